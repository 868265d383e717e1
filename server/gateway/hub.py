"""The hub: decides what a frame is, whose it is, and hands it on.

The socket's reader never awaits: what needs the database runs as a task, money requests go to the
table and come back as a call.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final
from weakref import WeakValueDictionary

import asyncpg
import structlog

from protocol.codec import Codec, Envelope
from protocol.errors import CloseCode, ErrorCode, Refused
from protocol.messages import (
    account as account_messages,
    rounds,
    session as session_messages,
    tables,
)
from protocol.messages.common import Balance, Reply, Request
from server.gateway.connection import Connection
from server.gateway.sessions import Session, failure, recorded_answer
from server.gateway.sign_in import SignIn
from server.ledger.items import REFUSALS, Item, Verdict
from server.tables.directory import Directory
from server.tables.history import read_history
from server.tables.records import Records, parse_round_id
from server.tables.table import PrivateTable, has_digest

log = structlog.get_logger(__name__)

_MOST_MALFORMED: Final = 8
_SWEEP_S: Final = 5.0
_CLOSE_S: Final = 2.0
_REQUEST: Final = "SELECT * FROM request WHERE session = $1 AND id = $2"
_DATABASE_ERRORS: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

_SIGN_IN_CLOSES: Final = {
    ErrorCode.REPLACED: CloseCode.REPLACED,
    ErrorCode.UNAVAILABLE: CloseCode.INTERNAL,
}
_NOT_MONEY: Final = b"-"
"""Stands for the digest of a request that moves no money while it is under way."""

Money = rounds.Spin | rounds.Deal | rounds.Act
_PLAYS: Final[dict[type[Money], Callable[..., bytes]]] = {
    rounds.Spin: PrivateTable.spin,
    rounds.Deal: PrivateTable.deal,
    rounds.Act: PrivateTable.act,
}


class _Pending:
    """Stands in a connection's session slot: nobody yet, or signing in."""

    __slots__ = ("malformed", "signing_in")

    def __init__(self) -> None:
        self.malformed = 0
        self.signing_in = False


class Hub:
    """Every session of this node, and the handler of every connection's frames."""

    def __init__(
        self,
        pool: Any,
        *,
        directory: Directory,
        records: Records,
        sign_in: SignIn,
        lobby: Callable[[str], tables.LobbyList],
        most_in_flight: int,
        resume_window_s: float,
    ) -> None:
        self._pool = pool
        self._directory = directory
        self._records = records
        self._sign_in = sign_in
        self._lobby = lobby
        self._most_in_flight = most_in_flight
        self._resume_window_s = resume_window_s
        self.sessions: dict[int, Session] = {}
        self._by_account: dict[int, Session] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.draining = False
        self.refusals: dict[str, int] = {}
        """How many refusals of each code were sent, for the metrics."""
        directory.player_of = self._by_account.get
        self._handlers: dict[type[Request], Callable[[Session, int, Any], None]] = {
            session_messages.Ping: self._ping,
            session_messages.Bye: self._bye,
            tables.Lobby: self._lobby_list,
            tables.Sit: self._sit,
            tables.Leave: self._leave,
            tables.Watch: self._watch,
            rounds.Spin: self._money,
            rounds.Deal: self._money,
            rounds.Act: self._money,
            rounds.Bet: self._bet,
            account_messages.BalanceRequest: self._balance,
            account_messages.History: self._history,
            account_messages.RoundRequest: self._round,
        }

    # -- frames ---------------------------------------------------------------------------------

    def opened(self, connection: Connection) -> None:
        """Take a new connection."""
        connection.session = _Pending()

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
            self._before_hello(connection, session, envelope, codec)
            return
        if session.connection is not connection:
            return  # this connection was replaced; its close frame is on the way
        if session.unconfirmed is not None:
            token, session.unconfirmed = session.unconfirmed, None
            self._spawn(self._sign_in.confirm(session.id, token))
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

    def _malformed(self, connection: Connection, data: bytes, refused: Refused) -> None:
        self._fail(connection, data, refused)
        session = connection.session
        if type(session) is _Pending:
            session.malformed += 1
            if session.malformed >= _MOST_MALFORMED:
                connection.close(CloseCode.MALFORMED)

    def _fail(self, connection: Connection, data: bytes, refused: Refused) -> None:
        """Refuse a frame that was not looked at, under its id if it has one."""
        self._count(refused.code)
        codec = connection.codec
        request_id = codec.salvage_id(data)
        reply = failure(refused)
        if request_id is None:
            connection.send(codec.encode_failure(reply))
        else:
            connection.send(codec.encode_reply(request_id, reply))

    def _before_hello(
        self, connection: Connection, pending: Any, envelope: Envelope, codec: Codec
    ) -> None:
        try:
            message = codec.request(envelope)
            signing = isinstance(message, session_messages.Hello | session_messages.Resume)
            if not signing or pending is None or pending.signing_in:
                raise Refused(ErrorCode.HELLO_FIRST)
            if self.draining:
                raise Refused(ErrorCode.DRAINING)
        except Refused as refused:
            self._count(refused.code)
            connection.send(codec.encode_reply(envelope.id, failure(refused)))
            if pending is not None:
                pending.malformed += 1
                if pending.malformed >= _MOST_MALFORMED:
                    connection.close(CloseCode.MALFORMED)
            return
        pending.signing_in = True
        self._spawn(self._identify(connection, envelope.id, message))

    # -- signing in -----------------------------------------------------------------------------

    async def _identify(self, connection: Connection, request_id: int, message: Any) -> None:
        """Answer hello or resume. The token is judged before any session is touched."""
        try:
            hello = isinstance(message, session_messages.Hello)
            # One after the other: else the one whose token is not valid any more could come last.
            async with self._turn(message.ticket if hello else message.token):
                row, token = await (self._sign_in.hello if hello else self._sign_in.resume)(message)
                session = self._adopt(row)
                await self._directory.load(session.account)
                self._welcome(connection, request_id, message, session, token)
        except _DATABASE_ERRORS:
            connection.send(
                connection.codec.encode_reply(request_id, failure(Refused(ErrorCode.UNAVAILABLE)))
            )
            connection.close(CloseCode.INTERNAL)
            return
        except Refused as refused:
            self._count(refused.code)
            connection.send(connection.codec.encode_reply(request_id, failure(refused)))
            connection.close(_SIGN_IN_CLOSES.get(refused.code, CloseCode.SIGN_IN_REFUSED))

    def _turn(self, secret: str) -> asyncio.Lock:
        """Return the lock under which a ticket or a token is used."""
        lock = self._turns.get(secret)
        if lock is None:
            lock = self._turns[secret] = asyncio.Lock()
        return lock

    def _welcome(
        self,
        connection: Connection,
        request_id: int,
        message: Any,
        session: Session,
        token: str,
    ) -> None:
        """Hand a session to the connection that has identified itself, and welcome it."""
        if self.sessions.get(session.id) is not session:
            connection.close(CloseCode.REPLACED)  # while its tables were loaded, a newer one came
            return
        if connection.closing:
            return  # nobody is there to take the session over
        previous = session.connection
        if previous is not None and previous is not connection:
            previous.close(CloseCode.REPLACED)
        session.connection = connection
        session.away_since = None
        session.unconfirmed = token if isinstance(message, session_messages.Resume) else None
        connection.session = session
        connection.identified()
        positions = getattr(message, "positions", ())
        welcome = self._sign_in.welcome(session, token, self._table_states(session, positions))
        connection.send_snapshot(connection.codec.encode_reply(request_id, welcome))

    def _adopt(self, row: Any) -> Session:
        """Return the session of a record; one that it replaces ends here and now."""
        current = self._by_account.get(row["account"])
        if current is not None and current.id != row["session"]:
            if current.epoch > row["epoch"]:
                raise Refused(ErrorCode.REPLACED)  # since the database was asked
            self._end(current)
        session = self.sessions.get(row["session"])
        if session is None:
            session = Session(row, self._recall, self._end, self._count)
            session.away_since = time.monotonic()
            self.sessions[session.id] = session
            self._by_account[session.account] = session
        else:
            session.highest = max(session.highest, row["highest_request"])
            session.note_balance(Balance(row["balance"], row["held"], row["version"]))
        return session

    def _table_states(
        self, session: Session, positions: tuple[session_messages.Position, ...]
    ) -> tuple[session_messages.TableState, ...]:
        """Tell each table: all that was missed, or where it stands; never a part."""
        known = {position.table: position for position in positions}
        states = []
        for table in self._directory.of_account(session.account):
            table.player = session
            self._directory.ensure_chain(table)
            position = known.get(table.wire_id)
            missed = None if position is None else table.missed(position.epoch, position.seq)
            if missed is None:
                states.append(
                    session_messages.TableState(
                        table.wire_id, recovered=False, snapshot=table.seated(session.balance)
                    )
                )
            else:
                events: Any = missed
                states.append(
                    session_messages.TableState(table.wire_id, recovered=True, events=events)
                )
        return tuple(states)

    def _end(self, session: Session, code: CloseCode = CloseCode.REPLACED) -> None:
        """Take a session out: another one of the player is newer, or he said bye."""
        self.sessions.pop(session.id, None)
        if self._by_account.get(session.account) is session:
            del self._by_account[session.account]
        for table in self._directory.of_account(session.account):
            if table.player is session:
                table.player = None
        connection, session.connection = session.connection, None
        if connection is not None:
            connection.close(code)

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
        session.highest = max(session.highest, request_id)
        if session.connection is None:
            return
        try:
            table = self._table(session, message.table)
            play = _PLAYS[type(message)]
            session.in_flight[request_id] = play(table, session, request_id, message, codec)
        except Refused as refused:
            session.keep_refusal(request_id, refused)
            raise

    def _again(self, session: Session, request_id: int, message: Money) -> bool:
        """Deal with an id at or below the highest seen; False if it is new all the same."""
        connection = session.connection
        if connection is None:
            return True
        codec = connection.codec
        table = self._directory.find(session.account, message.table)
        digest = session.in_flight.get(request_id)
        if digest is not None:
            if digest and (table is None or not has_digest(message, digest, table.game, codec)):
                raise Refused(ErrorCode.REQUEST_ID_REUSED)
            return True  # its answer goes to whichever connection the session then has
        found = session.answered(request_id)
        # Where the table was left since, the record says which game it was.
        if found is not None and (table is not None or not found[0]):
            digest, reply = found
            if digest and table and not has_digest(message, digest, table.game, codec):
                raise Refused(ErrorCode.REQUEST_ID_REUSED)
            session.reply(request_id, reply)
            return True
        if len(session.in_flight) >= self._most_in_flight:
            raise Refused(ErrorCode.TOO_MANY_IN_FLIGHT)
        session.in_flight[request_id] = b""
        self._spawn(self._look_up(session, request_id, message, codec))
        return True

    async def _look_up(
        self, session: Session, request_id: int, message: Money, codec: Codec
    ) -> None:
        """Answer an id from the record, or play it if the record does not know it."""
        try:
            row = await self._pool.fetchrow(_REQUEST, session.id, request_id)
            if row is not None:
                record = await self._record(row["chain"], row["n"])
                game = record.game if record else await self._directory.game_of(row["chain"])
                if game is None or not has_digest(message, row["digest"], game, codec):
                    raise Refused(ErrorCode.REQUEST_ID_REUSED)
                session.in_flight.pop(request_id, None)
                session.reply(request_id, self._answer(session, row, record))
                return
            session.in_flight.pop(request_id, None)
            if request_id <= session.forgotten:
                raise Refused(ErrorCode.REQUEST_ID_REUSED)
            self._play(session, request_id, message, codec)
        except Refused as refused:
            session.in_flight.pop(request_id, None)
            self._refuse(session, request_id, refused)
        except _DATABASE_ERRORS:
            # Not known whether it was decided: the same id must be asked again.
            session.in_flight.pop(request_id, None)
            session.doubt(request_id)
        except Exception:
            session.in_flight.pop(request_id, None)
            session.doubt(request_id)
            raise

    def _recall(self, session: Session, request_id: int, digest: bytes) -> None:
        self._spawn(self._recall_later(session, request_id, digest))

    async def _recall_later(self, session: Session, request_id: int, digest: bytes) -> None:
        """Answer a request that the settling call found on record."""
        try:
            row = await self._pool.fetchrow(_REQUEST, session.id, request_id)
            if row is None or row["digest"] != digest:
                raise Refused(ErrorCode.REQUEST_ID_REUSED)
            record = await self._record(row["chain"], row["n"])
            # The table is behind the record: only when it has caught up can it say what is next.
            await self._directory.load(session.account)
            session.in_flight.pop(request_id, None)
            session.reply(request_id, self._answer(session, row, record))
        except Refused as refused:
            session.in_flight.pop(request_id, None)
            self._refuse(session, request_id, refused)
        except Exception as error:
            session.in_flight.pop(request_id, None)
            session.doubt(request_id)
            if not isinstance(error, _DATABASE_ERRORS):
                raise

    async def _record(self, chain: int, n: int) -> Any:
        """Return the round of a recorded request, ended or open."""
        return await self._records.ended(chain, n) or await self._records.undecided(chain, n)

    def _answer(self, session: Session, row: Any, record: Any) -> Reply:
        if row["verdict"] != Verdict.ACCEPTED:
            raise Refused(REFUSALS[row["verdict"]])
        if record is None:
            message = "the round of an accepted request is not on record"
            raise LookupError(message)
        table = self._directory.find(session.account, str(record.seating))
        return recorded_answer(row, record, table)

    def in_doubt(self, item: Item) -> None:
        """Tell the player that his bet may or may not have been taken."""
        turn = item.context
        if turn.player is not None:
            turn.player.doubt(turn.request)

    # -- the other requests -----------------------------------------------------------------------

    def _ping(self, session: Session, request_id: int, _: object) -> None:
        session.reply(request_id, session_messages.Pong(time.time_ns() // 1_000_000))

    def _bye(self, session: Session, request_id: int, _: object) -> None:
        session.reply(request_id, session_messages.Goodbye())
        self._spawn(self._sign_in.end(session.id, "bye"))
        self._end(session, CloseCode.NORMAL)

    def _lobby_list(self, session: Session, request_id: int, _: object) -> None:
        session.reply(request_id, self._lobby(session.currency))

    def _sit(self, session: Session, request_id: int, message: tables.Sit) -> None:
        async def sit() -> Reply:
            table = await self._directory.sit(session.account, session.currency, message.game)
            table.player = self._by_account.get(session.account)
            return table.seated(session.balance)

        self._answer_later(session, request_id, sit())

    def _leave(self, session: Session, request_id: int, message: tables.Leave) -> None:
        table = self._table(session, message.table)

        async def leave() -> Reply:
            await self._directory.leave(table)
            return tables.Left(table.wire_id)

        self._answer_later(session, request_id, leave())

    def _watch(self, session: Session, request_id: int, message: tables.Watch) -> None:
        del request_id
        self._table(session, message.table)
        raise Refused(ErrorCode.NOT_WATCHABLE)

    def _bet(self, session: Session, request_id: int, message: rounds.Bet) -> None:
        del request_id
        self._table(session, message.table)
        raise Refused(ErrorCode.WRONG_REQUEST)

    def _balance(self, session: Session, request_id: int, _: object) -> None:
        async def balance() -> Reply:
            session.note_balance(await self._sign_in.balance(session.account))
            return account_messages.BalanceReply(session.balance)

        self._answer_later(session, request_id, balance())

    def _history(
        self, session: Session, request_id: int, message: account_messages.History
    ) -> None:
        self._answer_later(
            session,
            request_id,
            read_history(self._pool, session.account, message.before, message.limit),
        )

    def _round(
        self, session: Session, request_id: int, message: account_messages.RoundRequest
    ) -> None:
        async def proof() -> Reply:
            parsed = parse_round_id(message.round)
            record = None if parsed is None else await self._records.ended(*parsed)
            if record is not None and record.account == session.account:
                return account_messages.RoundProof(record.proof())
            if parsed is not None:
                opened = await self._records.undecided(*parsed)
                if opened is not None and opened.account == session.account:
                    raise Refused(ErrorCode.ROUND_UNDECIDED)
            raise Refused(ErrorCode.UNKNOWN_ROUND)

        self._answer_later(session, request_id, proof())

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
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CLOSE_S)
        for task in list(self._tasks):
            task.cancel()

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
                self._end(session)

    # -- inner ------------------------------------------------------------------------------------

    def _table(self, session: Session, table_id: str) -> PrivateTable:
        table = self._directory.find(session.account, table_id)
        if table is None:
            raise Refused(ErrorCode.UNKNOWN_TABLE)
        return table

    def _answer_later(
        self, session: Session, request_id: int, work: Coroutine[Any, Any, Reply]
    ) -> None:
        if request_id in session.in_flight or len(session.in_flight) >= self._most_in_flight:
            work.close()
            if request_id not in session.in_flight:
                raise Refused(ErrorCode.TOO_MANY_IN_FLIGHT)
            if session.in_flight[request_id] != _NOT_MONEY:
                raise Refused(ErrorCode.REQUEST_ID_REUSED)
            return
        session.highest = max(session.highest, request_id)
        session.in_flight[request_id] = _NOT_MONEY
        self._spawn(self._answer_task(session, request_id, work))

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
            if not isinstance(error, _DATABASE_ERRORS):
                raise  # for the log; the client has its answer
            log.warning("request interrupted", error=type(error).__name__)
        else:
            session.in_flight.pop(request_id, None)
            session.reply(request_id, reply)

    def _refuse(self, session: Session, request_id: int, refused: Refused) -> None:
        self._count(refused.code)
        session.reply(request_id, failure(refused))

    def _count(self, code: ErrorCode) -> None:
        self.refusals[code.value] = self.refusals.get(code.value, 0) + 1

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("request failed", exc_info=task.exception())


__all__ = ["Hub"]
