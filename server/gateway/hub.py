"""The hub: decides what a frame is, whose it is, and hands it on.

The socket's reader never awaits: what needs the database runs as a task, money requests go to the
table and come back as a call.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Final

import msgspec
import structlog

from protocol.codec import Codec, Envelope
from protocol.errors import CloseCode, ErrorCode, Refused
from protocol.messages import (
    account as account_messages,
    live,
    rounds,
    session as session_messages,
    tables,
)
from protocol.messages.common import Reply, Request
from server.background import Background
from server.cluster.bus import Bus
from server.database.errors import DATABASE_ERRORS
from server.gateway.account import AccountDesk
from server.gateway.connection import Connection
from server.gateway.elsewhere import Elsewhere
from server.gateway.entrance import MOST_MALFORMED, Entrance, Pending
from server.gateway.fingerprint import fingerprint, is_fingerprint
from server.gateway.recall import Recall
from server.gateway.sessions import Session, failure
from server.gateway.sign_in import SignIn
from server.ledger.queue import AnyItem
from server.tables.directory import Directory
from server.tables.live.hall import AnyLiveTable, Hall
from server.tables.live.records import LiveRecords
from server.tables.live.remote import RemoteTable
from server.tables.live.requests import has_live_digest
from server.tables.live.table import LiveTable
from server.tables.records import Records
from server.tables.table import Overtaken, PrivateTable, has_digest

log = structlog.get_logger(__name__)

_SWEEP_S: Final = 5.0
_CLOSE_S: Final = 2.0
_COSTLY_FRAMES: Final = 10
"""What a list of all tables, or where a table stands, counts as among `frames_per_second`."""
_NOT_MONEY: Final = b"-"
"""Marks what a request that moves no money says, where others have their digest."""
_encode: Final = msgspec.msgpack.Encoder().encode

Money = rounds.Spin | rounds.Deal | rounds.Act | rounds.Bet
_PLAYS: Final[dict[type[Money], Callable[..., bytes]]] = {
    rounds.Spin: PrivateTable.spin,
    rounds.Deal: PrivateTable.deal,
    rounds.Act: PrivateTable.act,
}
AnyTable = PrivateTable | AnyLiveTable


class Hub:
    """Every session of this node, and the handler of every connection's frames."""

    def __init__(
        self,
        pool: Any,
        *,
        directory: Directory,
        hall: Hall,
        records: Records,
        sign_in: SignIn,
        lobby: Callable[[str], tables.LobbyList],
        most_in_flight: int,
        resume_window_s: float,
    ) -> None:
        self._directory = directory
        self._hall = hall
        hall.overtaken = self._refuse_on_record
        live_records = LiveRecords(pool, records)
        self._recall = Recall(pool, directory, records, live_records)
        self._desk = AccountDesk(pool, records, live_records, sign_in)
        self._entrance = Entrance(self, sign_in, directory, hall)
        self._lobby = lobby
        self._most_in_flight = most_in_flight
        self._resume_window_s = resume_window_s
        self.sessions: dict[int, Session] = {}
        self._by_account: dict[int, Session] = {}
        self._background = Background("request failed")
        self._elsewhere: Elsewhere | None = None
        self.draining = False
        self.refusals: dict[str, int] = {}
        """How many refusals of each code were sent, for the metrics."""
        directory.player_of = self._by_account.get
        self._handlers: dict[type[Request], Callable[[Session, int, Any], None]] = {
            session_messages.Ping: self._ping,
            session_messages.Bye: self._bye,
            tables.Lobby: _costly(self._lobby_list),
            tables.Activity: self._activity,
            tables.Sit: self._sit,
            tables.Leave: self._leave,
            live.Tables: _costly(self._tables_list),
            live.Join: _costly(self._join),
            live.Watch: _costly(self._watch),
            rounds.Spin: self._money,
            rounds.Deal: self._money,
            rounds.Act: self._money,
            rounds.Bet: self._money,
            account_messages.BalanceRequest: self._balance,
            account_messages.History: self._history,
            account_messages.RoundRequest: self._round,
        }

    # -- frames ---------------------------------------------------------------------------------

    def opened(self, connection: Connection) -> None:
        """Take a new connection."""
        connection.session = Pending()

    def frame(self, connection: Connection, data: bytes) -> None:
        """Take one message. Whatever it holds, it is answered or the connection is closed."""
        codec = connection.codec
        try:
            envelope = codec.envelope(data)
        except Refused as refused:
            self._malformed(connection, data, refused)
            return
        session = connection.session
        if type(session) is not Session:
            self._before_hello(connection, session, data, envelope, codec)
            return
        if session.connection is not connection:
            return  # this connection was replaced; its close frame is on the way
        if session.unconfirmed is not None:
            token, session.unconfirmed = session.unconfirmed, None
            self._background.spawn(self._entrance.confirm(session, token))
        request_id = envelope.id
        try:
            message = codec.request(envelope)
            handler = self._handlers.get(type(message))
            if handler is None:
                raise Refused(ErrorCode.ALREADY_SIGNED_IN)
            handler(session, request_id, message)
        except Refused as refused:
            self._refuse(session, request_id, refused)

    def too_fast(self, connection: Connection, data: bytes) -> None:
        """Refuse a message because of the rate."""
        session, request_id = connection.session, connection.codec.salvage_id(data)
        seen = type(session) is Session and request_id is not None
        # What was seen before may be under way or executed: not told is that it was not.
        again = seen and request_id <= session.highest
        self._fail(connection, data, Refused(ErrorCode.IN_DOUBT if again else ErrorCode.TOO_FAST))

    def lost(self, connection: Connection) -> None:
        """Keep the session for whoever resumes it."""
        session = connection.session
        connection.session = None
        if type(session) is Session and session.connection is connection:
            session.connection = None
            session.away_since = time.monotonic()
            self._hall.away(session)

    def _malformed(self, connection: Connection, data: bytes, refused: Refused) -> None:
        self._fail(connection, data, refused)
        session = connection.session
        if type(session) is Pending:
            session.malformed += 1
            if session.malformed >= MOST_MALFORMED:
                connection.close(CloseCode.MALFORMED)

    def _fail(self, connection: Connection, data: bytes, refused: Refused) -> None:
        """Refuse a frame that was not looked at, under its id if it has one."""
        self.count(refused.code)
        codec = connection.codec
        request_id = codec.salvage_id(data)
        reply = failure(refused)
        if request_id is None:
            connection.send(codec.encode_failure(reply))
        else:
            connection.send(codec.encode_reply(request_id, reply))

    def _before_hello(
        self, connection: Connection, pending: Any, data: bytes, envelope: Envelope, codec: Codec
    ) -> None:
        try:
            message = codec.request(envelope)
            if not isinstance(message, session_messages.Hello | session_messages.Resume):
                if pending is None or not pending.signing_in:
                    raise Refused(ErrorCode.HELLO_FIRST)
                pending.hold(data, self._most_in_flight)
                return
            if pending is None or pending.signing_in:
                raise Refused(ErrorCode.HELLO_FIRST)
            if self.draining:
                raise Refused(ErrorCode.DRAINING)
        except Refused as refused:
            self.count(refused.code)
            connection.send(codec.encode_reply(envelope.id, failure(refused)))
            if pending is not None:
                pending.malformed += 1
                if pending.malformed >= MOST_MALFORMED:
                    connection.close(CloseCode.MALFORMED)
            return
        pending.signing_in = True
        connection.identified()  # from here on the sign-in has its own time limit
        self._background.spawn(self._entrance.identify(connection, envelope.id, message))

    # -- sessions -------------------------------------------------------------------------------

    def begin(self, row: Any) -> Session:
        """Begin a session in memory."""
        session = Session(row, self._recall_later, self.end, self.count)
        session.away_since = time.monotonic()
        self.sessions[session.id] = session
        self._by_account[session.account] = session
        return session

    def current(self, account: int) -> Session | None:
        """Return the live session of an account."""
        return self._by_account.get(account)

    def end(self, session: Session, code: CloseCode = CloseCode.REPLACED) -> None:
        """Take a session out: another one of the player is newer, or he said bye."""
        session.ended = True
        self.sessions.pop(session.id, None)
        if self._by_account.get(session.account) is session:
            del self._by_account[session.account]
        for table in self._directory.of_account(session.account):
            if table.player is session:
                table.player = None
        self._hall.ended(session)
        connection, session.connection = session.connection, None
        if connection is not None:
            connection.close(code)

    def meet_others(self, bus: Bus, node: int) -> None:
        """Tell the other nodes of the sessions that are welcomed here, and hear of theirs."""
        self._elsewhere = Elsewhere(
            bus, node, self, self._directory, self._entrance.is_newest, self._background.spawn
        )

    def welcomed(self, session: Session) -> None:
        """Take note that a session goes on here."""
        if self._elsewhere is not None:
            self._elsewhere.tell(session)

    # -- money ----------------------------------------------------------------------------------

    def _money(self, session: Session, request_id: int, message: Money) -> None:
        """Play, or answer again what was asked before."""
        if request_id <= session.highest and self._again(session, request_id, message):
            return
        connection = session.connection
        if connection is not None:
            self._play(session, request_id, message, connection.codec)

    def _play(self, session: Session, request_id: int, message: Money, codec: Codec) -> None:
        if len(session.in_flight) >= self._most_in_flight:
            raise Refused(ErrorCode.TOO_MANY_IN_FLIGHT)
        if request_id > session.highest:  # noqa: PLR1730 - max() costs more, and every bet comes here
            session.highest = request_id
        if session.connection is None:
            return
        try:
            table: AnyTable | None = self._directory.find(session.account, message.table)
            if table is None and (table := self._hall.find(message.table)) is None:
                raise Refused(ErrorCode.UNKNOWN_TABLE)
            session.in_flight[request_id] = _play_at(table, session, request_id, message, codec)
        except Overtaken as overtaken:
            session.in_flight[request_id] = overtaken.digest
            self._background.spawn(self._refuse_on_record(session, request_id, overtaken))
        except Refused as refused:
            session.keep_refusal(request_id, fingerprint(message, codec), refused)
            raise

    def _again(self, session: Session, request_id: int, message: Money) -> bool:
        """Deal with an id at or below the highest seen; False if it is new all the same."""
        connection = session.connection
        if connection is None:
            return True
        codec = connection.codec
        table = self._find(session, message.table)
        digest = session.in_flight.get(request_id)
        if digest is not None:
            if not _is_same(message, digest, table, codec):
                raise Refused(ErrorCode.REQUEST_ID_REUSED)
            return True  # its answer goes to whichever connection the session then has
        found = session.answered(request_id)
        # Where the table was left since, the record says which game it was.
        if found is not None and (table is not None or is_fingerprint(found[0])):
            digest, answer = found
            if not _is_same(message, digest, table, codec):
                raise Refused(ErrorCode.REQUEST_ID_REUSED)
            if session.answer_again(request_id, answer):
                return True
        if len(session.in_flight) >= self._most_in_flight:
            raise Refused(ErrorCode.IN_DOUBT)  # it may be on record: not told is that it was not
        session.in_flight[request_id] = fingerprint(message, codec)
        self._background.spawn(self._look_up(session, request_id, message, codec))
        return True

    async def _look_up(
        self, session: Session, request_id: int, message: Money, codec: Codec
    ) -> None:
        """Answer an id from the record, or play it if the record does not know it."""
        async with self._interrupted(session, request_id):
            reply = await self._recall.known(session, request_id, message, codec)
            session.in_flight.pop(request_id, None)
            if reply is not None:
                session.reply(request_id, reply)
                return
            self._play(session, request_id, message, codec)

    def _recall_later(self, session: Session, request_id: int, digest: bytes) -> None:
        """Answer a request that the settling call found on record."""

        async def recall() -> None:
            async with self._interrupted(session, request_id):
                reply = await self._recall.decided(session, request_id, digest)
                session.in_flight.pop(request_id, None)
                session.reply(request_id, reply)

        self._background.spawn(recall())

    async def _refuse_on_record(
        self, session: Session, request_id: int, overtaken: Overtaken
    ) -> None:
        """Refuse a request for another round or step than the due one, once that is on record."""
        async with self._interrupted(session, request_id):
            decided = await self._recall.refuse(session, request_id, overtaken)
            if decided is None:
                session.refused(request_id, overtaken.digest, overtaken)
                return
            session.in_flight.pop(request_id, None)
            session.reply(request_id, decided)

    @contextlib.asynccontextmanager
    async def _interrupted(self, session: Session, request_id: int) -> AsyncIterator[None]:
        """Answer a request whose record could not be read: in doubt, so it must be asked again."""
        try:
            yield
        except Refused as refused:
            session.in_flight.pop(request_id, None)
            self._refuse(session, request_id, refused)
        except Exception as error:
            session.in_flight.pop(request_id, None)
            session.doubt(request_id)
            if not isinstance(error, DATABASE_ERRORS):
                raise

    def in_doubt(self, item: AnyItem) -> None:
        """Tell the player that his bet may or may not have been taken."""
        turn = item.context
        if turn.player is not None:
            turn.player.doubt(turn.request)

    # -- the other requests -----------------------------------------------------------------------

    def _ping(self, session: Session, request_id: int, _: object) -> None:
        session.reply(request_id, session_messages.Pong(time.time_ns() // 1_000_000))

    def _bye(self, session: Session, request_id: int, message: session_messages.Bye) -> None:
        async def bye() -> Reply:
            await self._entrance.leave(session)
            session.reply(request_id, session_messages.Goodbye())
            self.end(session, CloseCode.NORMAL)
            return session_messages.Goodbye()  # to nobody: the connection is closing

        self._answer_later(session, request_id, message, bye())

    def _lobby_list(self, session: Session, request_id: int, _: object) -> None:
        connection = session.connection
        if connection is not None:
            # As long as there are many games: its size says nothing about how fast a client reads.
            lobby = self._lobby(session.currency)
            connection.send_snapshot(connection.codec.encode_reply(request_id, lobby))

    def _activity(self, session: Session, request_id: int, _: object) -> None:
        session.reply(request_id, self._directory.activity())

    def _sit(self, session: Session, request_id: int, message: tables.Sit) -> None:
        async def sit() -> Reply:
            table = await self._directory.sit(session.account, session.currency, message.game)
            table.sat_down(self._by_account.get(session.account))
            return table.seated(session.balance)

        self._answer_later(session, request_id, message, sit())

    def _leave(self, session: Session, request_id: int, message: tables.Leave) -> None:
        table = self._table(session, message.table)

        async def leave() -> Reply:
            if not isinstance(table, PrivateTable):
                return await self._hall.leave(session, message.table)
            await self._directory.leave(table)
            return tables.Left(table.wire_id)

        self._answer_later(session, request_id, message, leave())

    def _tables_list(self, session: Session, request_id: int, _: object) -> None:
        session.reply(request_id, self._hall.listed(session.currency))

    def _join(self, session: Session, request_id: int, message: live.Join) -> None:
        self._answer_later(session, request_id, message, self._hall.join(session, message))

    def _watch(self, session: Session, request_id: int, message: live.Watch) -> None:
        if self._directory.find(session.account, message.table) is not None:
            raise Refused(ErrorCode.NOT_WATCHABLE)
        self._answer_later(session, request_id, message, self._hall.watch(session, message))

    def _balance(
        self, session: Session, request_id: int, message: account_messages.BalanceRequest
    ) -> None:
        self._answer_later(session, request_id, message, self._desk.balance(session))

    def _history(
        self, session: Session, request_id: int, message: account_messages.History
    ) -> None:
        self._answer_later(session, request_id, message, self._desk.history(session, message))

    def _round(
        self, session: Session, request_id: int, message: account_messages.RoundRequest
    ) -> None:
        self._answer_later(session, request_id, message, self._desk.proof(session, message))

    # -- draining and sweeping --------------------------------------------------------------------

    async def drain(self, deadline_s: float) -> None:
        """Take nothing new, tell everybody, and return when what is under way has its answer."""
        self.draining = True
        event = session_messages.Draining(int(deadline_s * 1000))
        for session in list(self.sessions.values()):
            session.event(event)
        end = time.monotonic() + deadline_s
        # Polled: a drain is rare, and an event would cost every bet.
        while time.monotonic() < end and any(s.in_flight for s in self.sessions.values()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        """Let what still writes to the database finish, a bounded time."""
        await self._background.close(_CLOSE_S)

    async def sweep(self) -> None:
        """Forget sessions whose client stays away, for ever; the record can still resume them."""
        while True:
            await asyncio.sleep(_SWEEP_S)
            self.sweep_once()

    def sweep_once(self) -> None:
        """Forget the sessions whose client has stayed away for too long."""
        oldest = time.monotonic() - self._resume_window_s
        for session in list(self.sessions.values()):
            away = session.connection is None and session.away_since is not None
            if away and session.away_since < oldest and not session.in_flight:  # type: ignore[operator]
                self.end(session)

    # -- inner ------------------------------------------------------------------------------------

    def _find(self, session: Session, table_id: str) -> AnyTable | None:
        return self._directory.find(session.account, table_id) or self._hall.find(table_id)

    def _table(self, session: Session, table_id: str) -> AnyTable:
        table = self._find(session, table_id)
        if table is None:
            raise Refused(ErrorCode.UNKNOWN_TABLE)
        return table

    def _answer_later(
        self,
        session: Session,
        request_id: int,
        message: Request,
        work: Coroutine[Any, Any, Reply],
    ) -> None:
        said = _NOT_MONEY + message.TYPE.encode() + _encode(message)
        if request_id in session.in_flight or len(session.in_flight) >= self._most_in_flight:
            work.close()
            if request_id not in session.in_flight:
                raise Refused(ErrorCode.TOO_MANY_IN_FLIGHT)
            if session.in_flight[request_id] != said:
                raise Refused(ErrorCode.REQUEST_ID_REUSED)
            return
        session.highest = max(session.highest, request_id)
        session.in_flight[request_id] = said
        self._background.spawn(self._answer_task(session, request_id, work))

    async def _answer_task(
        self, session: Session, request_id: int, work: Coroutine[Any, Any, Reply]
    ) -> None:
        try:
            reply = await work
        except Refused as refused:
            session.in_flight.pop(request_id, None)
            self._refuse(session, request_id, refused)
        except Exception as error:
            session.in_flight.pop(request_id, None)
            self._refuse(session, request_id, Refused(ErrorCode.UNAVAILABLE))
            if not isinstance(error, DATABASE_ERRORS):
                raise  # for the log; the client has its answer
            log.warning("request interrupted", error=type(error).__name__)
        else:
            session.in_flight.pop(request_id, None)
            session.reply(request_id, reply)

    def _refuse(self, session: Session, request_id: int, refused: Refused) -> None:
        self.count(refused.code)
        session.reply(request_id, failure(refused))

    def count(self, code: ErrorCode) -> None:
        """Count a refusal for the metrics."""
        self.refusals[code.value] = self.refusals.get(code.value, 0) + 1


def _costly(
    handler: Callable[[Session, int, Any], None],
) -> Callable[[Session, int, Any], None]:
    """Make requests count as several frames whose answers are long, or that many hear of."""

    def charged(session: Session, request_id: int, message: Any) -> None:
        if session.connection is not None:
            session.connection.charge(_COSTLY_FRAMES - 1)
        handler(session, request_id, message)

    return charged


def _play_at(
    table: AnyTable, session: Session, request_id: int, message: Money, codec: Codec
) -> bytes:
    """Hand a money request to its table; returns its digest. Raises Refused, whatever the rules do.

    A fault of some rules is no reason to end the connection: its player has other tables too. It
    comes before the request is handed to the settlement queue, so nothing has been done.
    """
    try:
        if not isinstance(table, PrivateTable):
            if isinstance(message, rounds.Bet):
                return table.bet(session, request_id, message, codec)
            if isinstance(message, rounds.Act):
                return table.act(session, request_id, message, codec)
            raise Refused(ErrorCode.WRONG_REQUEST)
        play = _PLAYS.get(type(message))
        if play is None:
            raise Refused(ErrorCode.WRONG_REQUEST)
        return play(table, session, request_id, message, codec)
    except Refused:
        raise
    except Exception:
        log.exception("a game failed", game=table.game.name)
        act = isinstance(message, rounds.Act)
        code = ErrorCode.DECISION_FORBIDDEN if act else ErrorCode.TABLE_CLOSED
        raise Refused(code, "The game failed; nothing was done.") from None


def _is_same(message: Money, digest: bytes, table: AnyTable | None, codec: Codec) -> bool:
    """Whether a request that came under a known id is the one that this stands for."""
    if is_fingerprint(digest):
        return fingerprint(message, codec) == digest
    if isinstance(table, LiveTable | RemoteTable):
        return has_live_digest(message, digest, table.game, codec)
    if table is None or isinstance(message, rounds.Bet):
        return False
    return has_digest(message, digest, table.game, codec)


__all__ = ["Hub"]
