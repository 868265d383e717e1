"""The way in: from a connection's first frame to its session, new or gone on with."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final, Protocol
from weakref import WeakValueDictionary

from protocol.errors import CloseCode, ErrorCode, Refused
from protocol.messages.common import Balance
from protocol.messages.session import Hello, Position, Resume, TableState
from server.database.errors import DATABASE_ERRORS
from server.gateway.connection import Connection
from server.gateway.sessions import Session, failure
from server.gateway.sign_in import SignIn, secret_hash
from server.tables.directory import Directory
from server.tables.live.hall import Hall

__all__ = ["Entrance", "Pending"]

MOST_MALFORMED: Final = 8
_SIGN_IN_S: Final = 10.0
_GONE_S: Final = 60.0
_MOST_HELD_BYTES: Final = 65_536
"""Of frames that wait for a sign-in to end."""
_CLOSES: Final = {
    ErrorCode.REPLACED: CloseCode.REPLACED,
    ErrorCode.UNAVAILABLE: CloseCode.INTERNAL,
}


class Pending:
    """Stands in a connection's session slot: nobody yet, or signing in."""

    __slots__ = ("held", "held_bytes", "malformed", "signing_in")

    def __init__(self) -> None:
        self.malformed = 0
        self.signing_in = False
        self.held: list[bytes] = []
        """What came in behind hello or resume: a client need not wait for its welcome."""
        self.held_bytes = 0

    def hold(self, data: bytes, most: int) -> None:
        """Keep a frame until the sign-in is over. Raises Refused, in doubt: it may be on record."""
        if len(self.held) >= most or self.held_bytes > _MOST_HELD_BYTES:
            raise Refused(ErrorCode.IN_DOUBT)
        self.held.append(data)
        self.held_bytes += len(data)


class Sessions(Protocol):
    """The sessions of the node."""

    sessions: dict[int, Session]

    def begin(self, row: Any) -> Session:
        """Begin a session in memory."""

    def end(self, session: Session, code: CloseCode = CloseCode.REPLACED) -> None:
        """Take a session out."""

    def current(self, account: int) -> Session | None:
        """Return the live session of an account."""

    def welcomed(self, session: Session) -> None:
        """Take note that a session goes on here."""

    def count(self, code: ErrorCode) -> None:
        """Count a refusal."""

    def frame(self, connection: Connection, data: bytes) -> None:
        """Take one message."""


class Entrance:
    """Signs connections in."""

    def __init__(
        self, sessions: Sessions, sign_in: SignIn, directory: Directory, hall: Hall
    ) -> None:
        self._sessions = sessions
        self._sign_in = sign_in
        self._directory = directory
        self._hall = hall
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._gone: dict[int, float] = {}
        """When sessions said bye, until nothing of them can be under way any more."""

    async def identify(
        self, connection: Connection, request_id: int, message: Hello | Resume
    ) -> None:
        """Answer hello or resume. The token is judged before any session is touched."""
        try:
            # One after the other: else the one whose token is not valid any more could come last.
            secret = message.ticket if isinstance(message, Hello) else message.token
            async with asyncio.timeout(_SIGN_IN_S), self._turn(secret):
                if isinstance(message, Hello):
                    row, token = await self._sign_in.hello(message)
                else:
                    row, token = await self._sign_in.resume(message)
                session = self._adopt(row)
                session.token = secret_hash(token)
                await self._directory.load(session.account)
                await self._hall.load(session)
            self._welcome(connection, request_id, message, session, token)
        except DATABASE_ERRORS:
            self._turn_away(connection, request_id, Refused(ErrorCode.UNAVAILABLE))
        except Refused as refused:
            self._turn_away(connection, request_id, refused)

    async def confirm(self, session: Session, token: str) -> None:
        """End the token before this one; where that fails the next frame tries again."""
        if not await self._sign_in.confirm(session.id, token) and session.unconfirmed is None:
            session.unconfirmed = token

    async def is_newest(self, session: Session) -> bool:
        """Whether nobody has gone on with a session since this node let it in.

        Raises the database's errors.
        """
        return await self._sign_in.has_token(session.id, session.token)

    async def leave(self, session: Session) -> None:
        """End a session that says bye. Raises the database's errors."""
        await self._sign_in.end(session.id, "bye")
        # A resume that the database let in just before comes too late.
        now = time.monotonic()
        self._gone = {each: at for each, at in self._gone.items() if now - at < _GONE_S}
        self._gone[session.id] = now

    def _turn_away(self, connection: Connection, request_id: int, refused: Refused) -> None:
        self._sessions.count(refused.code)
        connection.send(connection.codec.encode_reply(request_id, failure(refused)))
        connection.close(_CLOSES.get(refused.code, CloseCode.SIGN_IN_REFUSED))

    def _turn(self, secret: str) -> asyncio.Lock:
        """Return the lock under which a ticket or a token is used."""
        lock = self._turns.get(secret)
        if lock is None:
            lock = self._turns[secret] = asyncio.Lock()
        return lock

    def _adopt(self, row: Any) -> Session:
        """Return the session of a record; one that it replaces ends here and now."""
        if row["session"] in self._gone:
            raise Refused(ErrorCode.TOKEN_INVALID)
        current = self._sessions.current(row["account"])
        if current is not None and current.id != row["session"]:
            if current.epoch > row["epoch"]:
                raise Refused(ErrorCode.REPLACED)  # since the database was asked
            self._sessions.end(current)
        session = self._sessions.sessions.get(row["session"])
        if session is None:
            return self._sessions.begin(row)
        session.highest = max(session.highest, row["highest_request"])
        session.note_balance(Balance(row["balance"], row["held"], row["version"]))
        return session

    def _welcome(
        self,
        connection: Connection,
        request_id: int,
        message: Hello | Resume,
        session: Session,
        token: str,
    ) -> None:
        """Hand a session to the connection that has identified itself, and welcome it."""
        if self._sessions.sessions.get(session.id) is not session:
            connection.close(CloseCode.REPLACED)  # while its tables were loaded, a newer one came
            return
        pending = connection.session
        if connection.closing or type(pending) is not Pending:
            return  # nobody is there to take the session over
        previous = session.connection
        if previous is not None and previous is not connection:
            previous.close(CloseCode.REPLACED)
        session.connection = connection
        session.away_since = None
        resumed = isinstance(message, Resume)
        session.unconfirmed = token if resumed else None
        connection.session = session
        positions = message.positions if isinstance(message, Resume) else ()
        welcome = self._sign_in.welcome(session, token, self._table_states(session, positions))
        connection.send_snapshot(connection.codec.encode_reply(request_id, welcome))
        self._hall.back(session)
        self._sessions.welcomed(session)
        for data in pending.held:
            self._sessions.frame(connection, data)

    def _table_states(
        self, session: Session, positions: tuple[Position, ...]
    ) -> tuple[TableState, ...]:
        """Tell each table: all that was missed, or where it stands; never a part."""
        known = {position.table: position for position in positions}
        states = []
        for table in self._directory.of_account(session.account):
            table.player = session
            self._directory.ensure_chain(table)
            position = known.get(table.wire_id)
            missed = None if position is None else table.missed(position.epoch, position.seq)
            if missed is None:
                snapshot = table.seated(session.balance)
                states.append(TableState(table.wire_id, recovered=False, snapshot=snapshot))
            else:
                events: Any = missed
                states.append(TableState(table.wire_id, recovered=True, events=events))
        return (*states, *self._hall.states(session, positions))
