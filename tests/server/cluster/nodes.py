"""Nodes of one database for the tests of this directory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from server.cluster.bus import Bus
from server.cluster.fences import Fences, steady_clock_s
from server.cluster.redis_bus import RedisBus
from server.cluster.signatures import Signatures
from server.ledger.lease import NodeLease
from tests.postgres import Database

KEYS: Final = {"1": bytes(range(32))}
"""What the nodes of the tests sign with."""


async def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Return once *condition* holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - several parts make it up
            await asyncio.sleep(0.002)


class Node:
    """One node: its number, its fences, and the tables that it lost."""

    def __init__(self, database: Database, number: int, clock_s: Callable[[], float]) -> None:
        self.lost: list[tuple[int, int]] = []
        self.backends: list[int] = []
        self.number = NodeLease(lambda: database.app, number, shared=True)
        self._database = database
        self._clock_s = clock_s
        self.fences: Fences

    async def start(self) -> None:
        """Take a number and a lease."""
        await self.number.acquire()
        self.fences = Fences(
            lambda: self._database.app,
            node=self.number.node,
            node_epoch=self.number.epoch,
            backends=lambda: self.backends,
            lost=lambda table, epoch: self.lost.append((table, epoch)),
            clock_s=self._clock_s,
        )
        await self.fences.start()

    async def stop(self) -> None:
        """Let everything go."""
        await self.fences.stop()
        await self.number.release()

    def die(self) -> None:
        """Stop like a process that is killed: its sockets close, and nobody says anything."""
        for task in self.fences._tasks:
            task.cancel()
        for connection in (self.fences._renewing, self.fences._taking, self.number._connection):
            if connection is not None:
                connection.terminate()


class Nodes:
    """Makes nodes and stops them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.all: list[Node] = []

    async def add(self, number: int = 1, clock_s: Callable[[], float] = steady_clock_s) -> Node:
        """Start a node."""
        node = Node(self.database, number, clock_s)
        await node.start()
        self.all.append(node)
        return node

    async def stop(self) -> None:
        """Stop all of them."""
        for node in self.all:
            await node.stop()

    async def execute(self, query: str, *arguments: Any) -> Any:
        """Ask the database as its owner."""
        async with self.database.connected("owner") as owner:
            await owner.execute("SET search_path = croupier")
            return await owner.fetchval(query, *arguments)


class Buses:
    """Makes buses to one server and stops them."""

    def __init__(self, url: str, prefix: str) -> None:
        self.url = url
        self.prefix = prefix
        self.all: list[Bus] = []

    async def add(self, url: str | None = None, prefix: str | None = None) -> RedisBus:
        """Start a bus."""
        bus = RedisBus(url or self.url, prefix or self.prefix, Signatures(KEYS))
        self.all.append(bus)
        await bus.start()
        return bus

    async def stop(self) -> None:
        """Stop all of them."""
        for bus in self.all:
            await bus.stop()
