"""The one object that joins a node to the others.

The node that holds it calls `start` before it is ready for tables, `ready` when it is, `drain` when
it should take no more, and `stop`. It is told which shared tables to run, and which no longer.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final

import structlog

from server.cluster.balance import Balancer
from server.cluster.bus import Bus
from server.cluster.commands import Commands
from server.cluster.election import Election
from server.cluster.fences import Fences
from server.cluster.members import Members
from server.cluster.owners import Owner, Owners
from server.cluster.publishing import Publisher, Publishing
from server.cluster.redis_bus import RedisBus
from server.cluster.schema_watch import SchemaWatch
from server.cluster.signatures import Signatures
from server.cluster.watching import Watching
from server.config import Redis
from server.database.errors import DATABASE_ERRORS
from server.ledger.lease import NodeLease

__all__ = ["Cluster", "open_bus", "open_cluster"]

log = structlog.get_logger(__name__)

_PREFIX: Final = (
    "SELECT format('%s-%s', (SELECT system_identifier FROM pg_control_system()),"
    " (SELECT oid FROM pg_database WHERE datname = current_database()))"
)


def _no_table(_table: int, _epoch: int) -> None:
    """Run no table: for a node that holds no election."""


async def open_bus(settings: Redis, pool: Any, keys: Mapping[str, bytes]) -> Bus:
    """Make the bus that the settings ask for; it is not started yet.

    Its channels carry the database's identity, so that casinos may share a server; what is sent is
    signed under the last of *keys*. Raises asyncpg errors.
    """
    if not settings.url:
        return Bus()
    prefix = await pool.fetchval(_PREFIX)
    return RedisBus(settings.url, prefix, Signatures(keys), cluster=settings.cluster)


async def open_cluster(
    settings: Redis,
    pool: Any,
    url: Callable[[], str],
    lease: NodeLease,
    backends: Callable[[], list[int]],
    taken: Callable[[int, int], None] = _no_table,
    lost: Callable[[int, int], None] = _no_table,
    *,
    keys: Mapping[str, bytes],
) -> Cluster:
    """Build a node's cluster under the number that it leased. Raises asyncpg errors.

    *keys* are those that the nodes of the casino share, by number, the one that signs last.
    """
    return Cluster(
        await open_bus(settings, pool, keys),
        pool,
        url,
        node=lease.node,
        node_epoch=lease.epoch,
        backends=backends,
        taken=taken,
        lost=lost,
    )


class Cluster:
    """One node among others; with a bus of its own alone, the only one."""

    def __init__(
        self,
        bus: Bus,
        pool: Any,
        url: Callable[[], str],
        *,
        node: int,
        node_epoch: int,
        backends: Callable[[], list[int]],
        taken: Callable[[int, int], None],
        lost: Callable[[int, int], None],
    ) -> None:
        """Build all parts; nothing is connected yet.

        Args:
            bus: from `open_bus`, not started.
            pool: connections of the application, for short reads.
            url: the database's address, asked anew at every connect.
            node: the node's number.
            node_epoch: the epoch under which the node holds it.
            backends: the process ids of the connections that settle.
            taken: called with table and epoch when this node is to run a table.
            lost: called with table and epoch when it is to stop at once: nothing it would still
                settle or tell is taken.
        """
        self.node = node
        self.bus = bus
        self._told_lost = lost
        self._told_taken = taken
        self.fences = Fences(
            url, node=node, node_epoch=node_epoch, backends=backends, lost=self._lost
        )
        self.election = Election(self.fences, self._taken)
        self.schema = SchemaWatch(pool)
        self.balancer = Balancer(self.fences, pool, bus, node)
        self.members = Members(bus, pool, node=node, epoch=node_epoch, program=self.schema.program)
        self.owners = Owners(bus, pool, self._owner_changed)
        self.commands = Commands(bus, node, self.fences.owns)
        self.publishing = Publishing(bus, self.fences.owns)
        self.watching = Watching(bus)
        self._tasks: list[asyncio.Task[None]] = []
        self._released = asyncio.Event()
        self._started = False

    # -- life -------------------------------------------------------------------------------------

    async def start(self, *, http: str, gateway: str) -> None:
        """Join, and say where this node's two listeners are reached.

        Raises OSError, TimeoutError or asyncpg errors. A bus that is away raises nothing: the node
        goes on without the others until it is there.
        """
        self.members.http, self.members.gateway = http, gateway
        self._started = True
        try:
            await self.bus.start()
            await self.members.announce("starting")
            await self.fences.start()
            await self.owners.check()
            await self.members.read()
        except BaseException:
            await self.stop()
            raise
        for work in (
            self.members.run(),
            self.schema.run(),
            self.owners.run(),
            self.publishing.run(),
            self.watching.run(),
        ):
            self._spawn(work)

    async def ready(self) -> None:
        """Take tables from now on. Raises OSError, TimeoutError or asyncpg errors."""
        await self.members.announce("ready")
        self._spawn(self.election.run())
        self._spawn(self.balancer.run())

    async def drain(self, deadline_s: float) -> bool:
        """Take no more tables and wait until all are released; False: some were not in time.

        Each table is to be released by `release` once its round has ended.
        """
        if not self._started:
            return True
        self.fences.drain()
        with contextlib.suppress(*DATABASE_ERRORS):
            await self.members.announce("draining")
        try:
            async with asyncio.timeout(deadline_s):
                while self.fences.owned:
                    self._released.clear()
                    await self._released.wait()
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        """Leave: every table that is left is free at once for another node."""
        started, self._started = self._started, False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        owned = self.fences.owned
        await self.commands.close()
        self.watching.close()
        await self.fences.stop()
        if started:
            with contextlib.suppress(*DATABASE_ERRORS):
                await self.members.announce("stopped")
        for table, epoch in owned.items():
            self.owners.tell(table, epoch, None)
        self.owners.close()
        self.balancer.close()
        self.members.close()
        await self.bus.stop()

    # -- tables -----------------------------------------------------------------------------------

    def serve(
        self,
        table: int,
        epoch: int,
        *,
        handler: Callable[[bytes], Awaitable[bytes]],
        snapshot: Callable[[], bytes],
        presence: Callable[[], bytes],
    ) -> Publisher:
        """Answer commands to a table that was taken; what it tells goes by the publisher."""
        publisher = self.publishing.open(table, epoch, snapshot, presence)
        self.commands.serve(table, epoch, handler)
        return publisher

    async def release(self, table: int) -> None:
        """Let a table go after its last settling call, for another node to take.

        Raises OSError, TimeoutError or asyncpg errors; the lease's end releases it then.
        """
        epoch = self.fences.owned.get(table)
        self._close(table)
        try:
            if await self.fences.release(table) and epoch is not None:
                self.owners.tell(table, epoch + 1, None)
        finally:
            self._released.set()

    def _close(self, table: int) -> None:
        self.commands.retire(table)
        self.publishing.close(table)

    def _taken(self, table: int, epoch: int) -> None:
        self.owners.tell(table, epoch, self.node)
        self.balancer.took(table)
        self._told_taken(table, epoch)

    def _lost(self, table: int, epoch: int) -> None:
        self._close(table)
        self._released.set()
        self._told_lost(table, epoch)

    def _owner_changed(self, table: int, owner: Owner) -> None:  # noqa: ARG002 - any table will do
        if owner.node is None:
            self.election.look()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(_tell_failure)
        self._tasks.append(task)


def _tell_failure(task: asyncio.Task[None]) -> None:
    """Log work that should never end and did."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a part of the cluster stopped", exc_info=error)
