"""A whole node in this process, and the players at its tables."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import ssl
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest import mock

import aiohttp
import structlog
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from games.catalogue import Catalogue
from server.app import Casino
from server.cluster import fences
from server.config import Settings
from server.config.settings import Database as DatabaseSettings, Gateway, Http, Live
from server.database.connect import Connection
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.wire import CLIENT, MSGPACK, Answer, Wire


class Ticket(NamedTuple):
    """What a sign-up gives."""

    player: int
    ticket: str
    currency: str
    balance: int


class Seat:
    """One player at one table: knows the round to bet on next."""

    def __init__(self, wire: Wire, seated: dict[str, Any]) -> None:
        self.wire = wire
        self.table: str = seated["table"]
        self.chain: dict[str, Any] | None = seated["chain"]
        self.open: dict[str, Any] | None = seated["open"]
        self._heard = (seated["epoch"], seated["seq"])

    @property
    def round(self) -> str:
        """The round that the next bet must name."""
        assert self.chain is not None
        return str(self.chain["round"])

    async def ready(self) -> None:
        """Wait for the chain that is on its way, where the last answer named none."""

        def heard() -> dict[str, Any] | None:
            for event in reversed(self.wire.events):
                body = event.body
                if event.type == "chain_started" and body["table"] == self.table:
                    return body if (body["epoch"], body["seq"]) > self._heard else None
            return None

        if self.chain is None:
            await self.wire.until(lambda: heard() is not None)
            body = heard()
            assert body is not None
            self.chain = body["chain"]
            self._heard = body["epoch"], body["seq"]

    def body(self, bets: Any, **changes: Any) -> dict[str, Any]:
        """Return the body of a spin or deal on the next round."""
        base = {"table": self.table, "bets": bets, "client_seed": os.urandom(16)}
        if "round" not in changes:
            base["round"] = self.round
        return {**base, **changes}

    async def bet(
        self, kind: str, bets: Any, /, request: int | None = None, **changes: Any
    ) -> Answer:
        """Send a spin or deal, wait for its answer, and go on to the round that it names."""
        return self.took(await self.wire.ask(kind, request, **self.body(bets, **changes)))

    async def spin(self, stake: int = 20, /, **changes: Any) -> Answer:
        """Spin the slot."""
        answer = await self.bet("spin", {"stake": stake}, **changes)
        assert answer.type == "played", answer
        return answer

    async def deal(self, stake: int = 100, /, **changes: Any) -> Answer:
        """Deal a round of blackjack."""
        answer = await self.bet("deal", {"stake": stake}, **changes)
        assert answer.type == "played", answer
        return answer

    async def open_round(self, stake: int = 100, *, option: str = "") -> dict[str, Any]:
        """Deal until a round waits for a decision, and offers *option* if one is named."""
        for _ in range(500):
            played = (await self.deal(stake)).body
            while not played["finished"]:
                options = {entry["action"] for entry in played["view"]["options"]}
                if not option or option in options:
                    return dict(played)
                safe = "decline" if "decline" in options else "stand"
                played = (await self.act(played, safe)).body
        message = f"no round offered {option!r}"
        raise AssertionError(message)

    async def act(
        self,
        played: dict[str, Any],
        action: str,
        /,
        request: int | None = None,
        **changes: Any,
    ) -> Answer:
        """Take a decision in an open round."""
        body = {
            "table": self.table,
            "round": played["round"],
            "step": played["step"],
            "decision": {"action": action},
        }
        return self.took(await self.wire.ask("act", request, **{**body, **changes}))

    async def finish(self, played: dict[str, Any]) -> dict[str, Any]:
        """Stand to the end of an open round."""
        while not played["finished"]:
            options = {entry["action"] for entry in played["view"]["options"]}
            action = "decline" if "decline" in options else "stand"
            answer = await self.act(played, action)
            assert answer.type == "played", answer
            played = answer.body
        return played

    def took(self, answer: Answer) -> Answer:
        """Follow an answer to the next round."""
        if answer.type == "played" and answer.body["finished"]:
            self.chain = answer.body["next"]
        return answer


class Clients:
    """Makes players and their connections, for a server wherever it runs."""

    def __init__(self, http: str = "", gateway: str = "") -> None:
        self.http = http
        self.gateway = gateway
        self._web: aiohttp.ClientSession | None = None
        self._wires: list[Wire] = []

    @property
    def web(self) -> aiohttp.ClientSession:
        """An HTTP client, made at its first use."""
        if self._web is None:
            self._web = aiohttp.ClientSession()
        return self._web

    async def leave(self) -> None:
        """End every connection."""
        try:
            for wire in self._wires:
                wire.socket.transport.abort()
            for wire in self._wires:
                await wire.closed()
        finally:
            if self._web is not None:
                await self._web.close()

    async def sign_up(self, amount: str = "1000.00", currency: str = "EUR") -> Ticket:
        """Sign a play-money player up."""
        body = {"amount": amount, "currency": currency}
        async with self.web.post(f"{self.http}/api/v1/demo", json=body) as response:
            told = await response.json()
            assert response.status == 200, told
        return Ticket(int(told["player"]), told["ticket"], told["currency"], told["balance"])

    async def connect(
        self, subprotocol: str = MSGPACK, tls: ssl.SSLContext | None = None, **options: Any
    ) -> Wire:
        """Open a connection that has not said hello yet."""
        socket = await connect(
            self.gateway,
            subprotocols=[Subprotocol(subprotocol)],
            compression=None,
            ping_interval=None,
            proxy=None,
            ssl=tls,
            **options,
        )
        wire = Wire(socket, binary=subprotocol == MSGPACK)
        self._wires.append(wire)
        return wire

    async def hello(
        self, ticket: str, nonce: str = "", subprotocol: str = MSGPACK, **options: Any
    ) -> Wire:
        """Connect and say hello; fails unless welcomed."""
        wire = await self.connect(subprotocol, **options)
        nonce = nonce or os.urandom(8).hex()
        answer = await wire.ask("hello", ticket=ticket, nonce=nonce, client=CLIENT)
        assert answer.type == "welcome", answer
        wire.welcome = answer.body
        return wire

    async def resume(
        self,
        token: str,
        positions: list[dict[str, Any]] | None = None,
        subprotocol: str = MSGPACK,
    ) -> Wire:
        """Connect and resume; fails unless welcomed."""
        wire = await self.connect(subprotocol)
        answer = await wire.ask("resume", token=token, client=CLIENT, positions=positions or [])
        assert answer.type == "welcome", answer
        wire.welcome = answer.body
        wire._next = max(1, answer.body["highest_request"])
        return wire

    async def player(self, amount: str = "1000.00", **options: Any) -> Wire:
        """Sign up and say hello."""
        return await self.hello((await self.sign_up(amount)).ticket, **options)

    async def sit(self, wire: Wire, game: str = "slot") -> Seat:
        """Sit down."""
        answer = await wire.ask("sit", game=game)
        assert answer.type == "seated", answer
        return Seat(wire, answer.body)

    async def seat(self, game: str = "slot", amount: str = "1000.00", **options: Any) -> Seat:
        """Sign up, say hello and sit down."""
        return await self.sit(await self.player(amount, **options), game)


@asynccontextmanager
async def clients_of(ready: dict[str, Any]) -> AsyncIterator[Clients]:
    """Make clients of a server that has said where it is; they leave at the end."""
    clients = Clients(ready["http"], ready["gateway"])
    try:
        yield clients
    finally:
        await clients.leave()


class House(Clients):
    """A running node and what a test needs around it."""

    def __init__(self, casino: Casino, database: Database, owner: Connection) -> None:
        super().__init__()
        self.casino = casino
        self.database = database
        self.owner = owner
        self.logs: list[Any] = []
        self._one_at_a_time = asyncio.Lock()
        self.expected_errors: set[str] = set()
        """Events that this test may log as errors."""

    async def start(self) -> None:
        """Start the node."""
        await self.casino.start()
        secure = self.casino.settings.http.tls_certificate is not None
        host, port = self.casino.http_address
        self.http = f"{'https' if secure else 'http'}://{host}:{port}"
        host, port = self.casino.gateway_address
        self.gateway = f"{'wss' if secure else 'ws'}://{host}:{port}/"

    async def stop(self) -> None:
        """Drain and stop the node."""
        await self.casino.drain()
        await self.casino.stop()

    async def crash(self) -> None:
        """Stop the node without draining it."""
        await self.casino.stop()

    async def restart(self, **changes: Any) -> None:
        """Replace the node by a new one on the same database and data directory."""
        await self.crash()
        settings = _with(self.casino.settings, **changes)
        self.casino = Casino(settings, self.casino._catalogue)
        await self.start()

    async def aclose(self) -> None:
        """End every client, then the node."""
        await self.leave()
        await self.casino.stop()

    async def ticket(self, player: int) -> str:
        """Give a player another ticket, as a further sign-in would."""
        text = os.urandom(24).hex()
        async with self._one_at_a_time:
            await self.owner.execute(
                "INSERT INTO croupier.ticket (hash, player, account, expires_at)"
                " SELECT sha256(convert_to($2, 'UTF8')), owner, id,"
                " clock_timestamp() + interval '1 hour'"
                " FROM croupier.account WHERE owner = $1 AND kind = 1",
                player,
                text,
            )
        return text

    # -- the record ------------------------------------------------------------------------------

    async def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return int(await self.owner.fetchval(f"SELECT count(*) FROM croupier.{table}"))

    async def overdue(self, rounds: int) -> None:
        """Wait until the decisions of so many rounds are due.

        A deadline of a millisecond is not over at once on a quick machine.
        """
        async with asyncio.timeout(PATIENCE_S):
            while await self.count("open_round WHERE deadline < clock_timestamp()") < rounds:  # noqa: ASYNC110
                await asyncio.sleep(0)  # the database tells nobody

    def grow_idle(self) -> None:
        """Put the last use of every table a second back."""
        for table in self.casino._directory._tables.values():
            table.used_at -= 1

    async def money(self, player: int | str) -> tuple[int, int]:
        """Return balance and held of a player."""
        row = await self.owner.fetchrow(
            "SELECT balance, held FROM croupier.account WHERE owner = $1 AND kind = 1", int(player)
        )
        assert row is not None
        return row["balance"], row["held"]

    async def limit(
        self, player: int | str, kind: str, amount: int, hours: int = 24, by: str = "player"
    ) -> None:
        """Set a limit."""
        await self.owner.execute(
            "SELECT croupier.limit_set($1, 'EUR', $2, $3, $4, $5)",
            int(player),
            kind,
            hours,
            amount,
            by,
        )

    async def exclude(self, player: int | str, kind: str = "exclusion") -> None:
        """Exclude a player from now on for a day."""
        await self.owner.execute(
            "SELECT croupier.exclusion_add($1, $2, 'player', '', clock_timestamp(),"
            " clock_timestamp() + interval '1 day')",
            int(player),
            kind,
        )

    @asynccontextmanager
    async def locked(self, player: int | str) -> AsyncIterator[None]:
        """Hold the lock of a player's account, so that nothing of his can settle."""
        async with self.database.connected("owner") as other, other.transaction():
            await other.execute(
                "SELECT FROM croupier.account WHERE owner = $1 FOR UPDATE", int(player)
            )
            yield

    @asynccontextmanager
    async def stalled(self) -> AsyncIterator[None]:
        """Hold the node's fence row, so that no settling call can begin."""
        async with self.database.connected("owner") as other, other.transaction():
            await other.execute("SELECT FROM croupier.node FOR UPDATE")
            yield


def settings_for(database: Database, data: Path, **changes: Any) -> Settings:
    """Return the settings of a node on *database*; `section__name` sets one setting."""
    base = Settings(
        data=data,
        database=DatabaseSettings(url=database.app),
        http=Http(port=0),
        gateway=Gateway(port=0),
        live=Live(sample_tables=False),
    )
    return _with(base, **changes)


def _with(settings: Settings, **changes: Any) -> Settings:
    import msgspec  # noqa: PLC0415 - the client above must not need it

    for name, value in changes.items():
        section, _, key = name.partition("__")
        part = msgspec.structs.replace(getattr(settings, section), **{key: value})
        settings = msgspec.structs.replace(settings, **{section: part})
    return settings


_LEASE_S: Final = fences.LEASE_S


@contextlib.contextmanager
def _patient_lease(*, alone: bool) -> Iterator[None]:
    """Give a node that runs alone a lease that outlasts what a test computes in its loop.

    Nobody else wants its tables then. A lease that a test has set stays as it is.
    """
    if not alone or fences.LEASE_S != _LEASE_S:
        yield
        return
    with mock.patch.object(fences, "LEASE_S", 60.0):
        yield


@asynccontextmanager
async def open_house(
    database: Database,
    catalogue: Catalogue | None = None,
    logs: list[Any] | None = None,
    **changes: Any,
) -> AsyncIterator[House]:
    """Run a node. Fails afterwards if it logged a fault that the test did not expect."""
    loop = asyncio.get_running_loop()
    unhandled: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: unhandled.append(context))
    with (
        structlog.testing.capture_logs() as captured,
        tempfile.TemporaryDirectory(prefix="croupier-house-") as data,
        _patient_lease(alone="redis__url" not in changes),
    ):
        async with database.connected("owner") as owner:
            casino = Casino(settings_for(database, Path(data), **changes), catalogue)
            house = House(casino, database, owner)
            house.logs = captured
            try:
                await house.start()
                yield house
            finally:
                await house.aclose()
        gc.collect()  # a task whose exception nobody took tells of it now
        await asyncio.sleep(0)
        loop.set_exception_handler(None)
    faults = [
        entry
        for entry in captured
        if entry["log_level"] in {"error", "critical"}
        and entry["event"] not in house.expected_errors
    ]
    assert not faults, faults
    assert not unhandled, unhandled
