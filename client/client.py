"""The client that a program uses."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl as ssl_module
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Literal, Self, cast
from urllib.parse import urlsplit

from client.errors import ClientError, CroupierError, FairnessError
from client.events import ClientEvent, Listeners, Problem, State, StateChanged
from client.http import DemoTickets, Ticket, TicketProvider
from client.live import LiveTable
from client.live_desk import LiveDesk
from client.policy import Policy
from client.requests import Observer, Outbox
from client.session import Session
from client.tables import Table
from protocol.codec import JSON, MSGPACK
from protocol.errors import Certainty
from protocol.messages.account import (
    BalanceChanged,
    BalanceReply,
    BalanceRequest,
    History,
    HistoryList,
    RoundProof,
    RoundRequest,
)
from protocol.messages.common import Balance, Event, Request
from protocol.messages.live import Join, LiveEvent, TableList, Tables, Watch
from protocol.messages.session import Bye, ClientInfo, Ping, Pong, Position, Welcome
from protocol.messages.tables import (
    Activity,
    ActivityList,
    ChainStarted,
    Lobby,
    LobbyGame,
    LobbyList,
    RoundEnded,
    Seated,
    Sit,
)

__all__ = ["VERSION", "Client", "draw_seed"]

VERSION = "0.1.0"
"""The version that the client tells the gateway (GLI-19 2.6.2, standards K8)."""


def draw_seed() -> bytes:
    """Return 16 bytes from the operating system, the default client seed."""
    return secrets.token_bytes(16)


class Client:
    """A player's connection to a casino, which it keeps up by itself.

    ::

        async with Client("http://127.0.0.1:8080") as casino:
            table = await casino.sit("slot")
            played = await table.spin({"stake": 100})

    Args:
        url: `http(s)://` of the server, whose play-money sign-up then gives the tickets, or
            `ws(s)://` of a gateway together with `tickets`.
        tickets: called whenever a new session is needed, at first and where the server no longer
            knows the old one. A play-money sign-up in `currency` by default.
        encoding: MessagePack, or JSON for whoever wants to read along.
        policy: how patient to be.
        ssl: for `wss`; the system's certificates by default.
        check_fairness: whether each revealed seed is checked against the commitment.
        retry_stale: whether a bet that named a stale round is made once more, on the due one.
        client_seeds: draws the client seed of a bet, 1 to 32 bytes.
        observer: sees every request and reply.
        name: the program's name, told to the gateway.
    """

    def __init__(
        self,
        url: str,
        tickets: TicketProvider | None = None,
        *,
        encoding: Literal["msgpack", "json"] = "msgpack",
        currency: str = "EUR",
        policy: Policy | None = None,
        ssl: ssl_module.SSLContext | None = None,
        check_fairness: bool = True,
        retry_stale: bool = True,
        client_seeds: Callable[[], bytes] = draw_seed,
        observer: Observer | None = None,
        name: str = "croupier-python",
        version: str = VERSION,
    ) -> None:
        scheme = urlsplit(url).scheme
        if tickets is None:
            if scheme not in ("http", "https"):
                raise ValueError("a gateway's address needs a ticket provider beside it")
            tickets = DemoTickets(url, currency)
        elif scheme in ("ws", "wss"):
            tickets = _through(tickets, url)
        self.codec = MSGPACK if encoding == "msgpack" else JSON
        self.check_fairness = check_fairness
        self.retry_stale = retry_stale
        self._policy = policy or Policy()
        self._tickets = tickets
        self._ssl = ssl
        self._client_seeds = client_seeds
        self._observer = observer
        self._info = ClientInfo(name=name, version=version)
        self._listeners = Listeners()
        self._session: Session | None = None
        self._welcome: Welcome | None = None
        self._takes_seeds = True
        self._balance: Balance | None = None
        self._tables: dict[str, Table] = {}
        self._live = LiveDesk(self, self._later)
        self._refreshing: set[asyncio.Future[Any]] = set()

    # Life.

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def connect(self) -> None:
        """Sign in, or resume after `disconnect`.

        Raises ConnectError, TicketError, CroupierError or SessionEndedError.
        """
        if self._session is None:
            self._session = Session(
                self,
                self._tickets,
                self.codec,
                self._policy,
                info=self._info,
                ssl=self._ssl,
                observer=self._observer,
            )
        await self._session.connect()

    async def disconnect(self) -> None:
        """Close the connection and keep the session, for `connect` to resume."""
        if self._session is not None:
            await self._session.stop()

    async def close(self) -> None:
        """End the session. Open rounds stay open and are found again at the next sign-in.

        Requests without an answer raise CroupierError: in doubt where they may have moved money.
        """
        session, self._session = self._session, None
        if session is None:
            return
        if session.state is State.CONNECTED:
            with contextlib.suppress(ClientError, TimeoutError):
                async with asyncio.timeout(self._policy.bye_timeout_s):
                    await session.outbox.submit(Bye())
        await session.stop()
        session.outbox.fail(_closed)

    # What is known.

    @property
    def state(self) -> State:
        """Whether requests go out."""
        return State.DISCONNECTED if self._session is None else self._session.state

    @property
    def welcome(self) -> Welcome:
        """The last welcome: session, player, currency, limits. Raises ClientError before it."""
        if self._welcome is None:
            raise ClientError("not signed in")
        return self._welcome

    @property
    def player(self) -> str:
        """The player's id."""
        return self.welcome.player

    @property
    def balance(self) -> Balance:
        """The newest balance known, in minor units. Raises ClientError before the sign-in."""
        if self._balance is None:
            raise ClientError("not signed in")
        return self._balance

    @property
    def tables(self) -> Sequence[Table]:
        """The private tables that the player sits at."""
        return tuple(self._tables.values())

    @property
    def live_tables(self) -> Sequence[LiveTable]:
        """The live tables that the player sits at or watches."""
        return self._live.tables

    @property
    def outbox(self) -> Outbox:
        """The requests without an answer, and how often any was repeated."""
        if self._session is None:
            raise ClientError("not connected")
        return self._session.outbox

    @property
    def connections(self) -> int:
        """How many connections have been signed in."""
        return 0 if self._session is None else self._session.connections

    # Asking.

    async def lobby(self) -> tuple[LobbyGame, ...]:
        """Return the games there are, with their stakes and descriptions."""
        reply: LobbyList = await self.call(Lobby())
        return reply.games

    async def activity(self) -> ActivityList:
        """Return how much is going on at the games, and how often it is worth asking.

        Raises CroupierError with the code `unknown_type` where the server is too old to tell.
        """
        return cast("ActivityList", await self.call(Activity()))

    async def sit(self, game: str) -> Table:
        """Sit down at a private table of a game, or come back to the one there is."""
        return cast("Table", await self.call(Sit(game=game), self._seated))

    async def list_live_tables(self) -> TableList:
        """Return the live tables there are, and how often it is worth asking.

        Raises CroupierError with the code `unknown_type` where the server is too old to tell.
        """
        return cast("TableList", await self.call(Tables()))

    async def watch(self, table: str) -> LiveTable:
        """Watch a live table without a seat."""
        return cast("LiveTable", await self.call(Watch(table=table), self._live.answered))

    async def join(
        self, table: str, seat: int | None = None, *, client_seed: bytes | None = None
    ) -> LiveTable:
        """Take a seat at a live table, the lowest that is free by default, or come back to it.

        The client seed is drawn afresh unless one is given, and sent once the table has told the
        chain that it is for: the first round may be without it. For each later chain one is drawn
        and sent by itself. Raises CroupierError: `seat_taken`, `table_full`.
        """
        known = self._live.get(table)
        if known is not None:
            await known.join(seat, client_seed=client_seed)
            return known
        answered = partial(self._live.answered, client_seed=client_seed)
        return cast("LiveTable", await self.call(Join(table=table, seat=seat), answered))

    async def fetch_balance(self) -> Balance:
        """Ask for the balance; `balance` tells the newest one known without asking."""
        reply: BalanceReply = await self.call(BalanceRequest())
        self.take_balance(reply.balance)
        return reply.balance

    async def history(self, before: str | None = None, limit: int = 20) -> HistoryList:
        """Return ended rounds, newest first, older than the round `before`; at most 100."""
        return cast("HistoryList", await self.call(History(before=before, limit=limit)))

    async def proof(self, round_id: str) -> dict[str, Any]:
        """Return the proof of an ended round, the document that `croupier verify` checks."""
        reply: RoundProof = await self.call(RoundRequest(round=round_id))
        return reply.proof

    async def ping(self) -> Pong:
        """Ask for the server's clock."""
        return cast("Pong", await self.call(Ping()))

    def call(
        self, body: Request, on_reply: Callable[[Any], Any] | None = None
    ) -> asyncio.Future[Any]:
        """Send any request; the future gets the reply. For what has no method here."""
        session = self._session
        if session is None:
            raise ClientError("not connected")
        if session.state is State.DISCONNECTED:
            raise ClientError("the session has ended")
        return session.outbox.submit(body, on_reply)

    # Listening.

    def subscribe(self, callback: Callable[[ClientEvent], None]) -> Callable[[], None]:
        """Call `callback` for every event and change of state; returns what ends it."""
        return self._listeners.subscribe(callback)

    def events(self) -> AsyncIterator[ClientEvent]:
        """Iterate over events and changes of state as they come."""
        return self._listeners.stream()

    # For the tables (`client.tables.House`).

    def draw_client_seed(self) -> bytes:
        """Return a fresh client seed, empty where the server takes none."""
        return self._client_seeds() if self._takes_seeds else b""

    def take_balance(self, balance: Balance) -> None:
        """Keep a balance if it is the newest."""
        if self._balance is None or balance.version >= self._balance.version:
            self._balance = balance

    def left(self, table: Table) -> None:
        """Forget a table that was left."""
        if self._tables.get(table.id) is table:
            del self._tables[table.id]

    def left_live(self, table: LiveTable) -> None:
        """Forget a live table that was left."""
        self._live.forget(table)

    # For the session (`client.session.Owner`).

    def welcomed(self, welcome: Welcome, *, resumed: bool) -> None:
        """Take the state that a sign-in or a resume brought."""
        self._welcome = welcome
        self._takes_seeds = welcome.client_seed
        if not resumed:
            self._balance = None
        self.take_balance(welcome.balance)
        with self._problems():
            self._live.welcomed(welcome, resumed=resumed)
        if not resumed and self._tables:
            self._sit_again()
            return
        for state in welcome.tables:
            table = self._tables.get(state.table)
            if table is not None:
                with self._problems():
                    table.take_state(state)

    def session_lost(self) -> None:
        """Make every table wait for its new seat."""
        for table in self._tables.values():
            table.unseat()

    def happened(self, event: Event) -> None:
        """Take an event and hand it on."""
        if isinstance(event, ChainStarted | RoundEnded):
            table = self._tables.get(event.table)
            if table is not None:
                with self._problems():
                    if not table.take_event(event):
                        self._later(self.call(Sit(game=table.game), table.take_seat))
            elif isinstance(event, RoundEnded):
                self.take_balance(event.round.balance)
        elif isinstance(event, LiveEvent):
            with self._problems():
                self._live.take_event(event)
        elif isinstance(event, BalanceChanged):
            self.take_balance(event.balance)
        self._listeners.tell(event)

    def state_changed(self, change: StateChanged) -> None:
        """Hand on a change of state."""
        self._listeners.tell(change)

    def positions(self) -> Sequence[Position]:
        """Return the last event seen of each table."""
        private = [table.position() for table in self._tables.values()]
        return [*private, *self._live.positions()]

    # Inside.

    def _seated(self, seated: Seated) -> Table:
        table = self._tables.get(seated.table)
        if table is None:
            table = self._tables[seated.table] = Table(self, seated)
            return table
        return table.take_seat(seated)

    def _sit_again(self) -> None:
        """Take the seats of a lost session under the new one."""
        tables, self._tables = list(self._tables.values()), {}
        for table in tables:

            def seated(reply: Seated, table: Table = table) -> Table:
                self._tables[reply.table] = table
                return table.take_seat(reply)

            assert self._session is not None
            self._later(self._session.outbox.submit(Sit(game=table.game), seated))

    def _later(self, future: asyncio.Future[Any]) -> None:
        """Keep a request of the client's own, and tell the listeners if it fails."""
        self._refreshing.add(future)

        def done(future: asyncio.Future[Any]) -> None:
            self._refreshing.discard(future)
            error = None if future.cancelled() else future.exception()
            if isinstance(error, ClientError):
                self._listeners.tell(Problem(error))

        future.add_done_callback(done)

    @contextlib.contextmanager
    def _problems(self) -> Iterator[None]:
        """Tell the listeners of a fairness failure that no request can be told about."""
        try:
            yield
        except FairnessError as error:
            self._listeners.tell(Problem(error))


def _through(tickets: TicketProvider, gateway: str) -> TicketProvider:
    """Take every ticket to this gateway, whatever address came with it."""

    async def provide() -> Ticket:
        ticket = await tickets()
        return Ticket(ticket.ticket, gateway)

    return provide


def _closed(in_doubt: bool) -> ClientError:  # noqa: FBT001 - the outbox calls it so
    certainty = Certainty.UNKNOWN if in_doubt else Certainty.TEMPORARY
    return CroupierError("closed", certainty, "the client was closed before the answer came")
