"""The lease of a node number: one process at a time settles under it.

Advisory locks, held by a connection of their own, say that the process lives. Without a bus between
nodes one server has the whole database: an earlier process whose heartbeat is old by the database's
clock is ended and replaced; a live one is left alone and the newcomer refused. Nodes that share the
database share that lock, each holds the lock of its own number, and a newcomer takes a free one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final

import asyncpg
import structlog

from server.database.errors import DATABASE_ERRORS
from server.ledger.backend import application_name, end_predecessors
from server.ledger.ids import MAXIMUM_NODE, clock_ms

log = structlog.get_logger(__name__)

LOCK_SPACE: Final = 0x43524F55
LOCK_DATABASE: Final = 0
"""The advisory lock (`CROU`, 0): held exclusively by a server that is alone, shared by nodes."""
LOCK_NODE: Final = 1
"""The advisory lock (`CROU`, 1 + number) of each node that shares the database."""
DEAD_AFTER_S: Final = 10
BEAT_S: Final = 1.0
MAXIMUM_DRIFT_MS: Final = 2_000
_PATIENCE_S: Final = 3.0
_TIMEOUT_S: Final = 5.0
_CLOSE_TIMEOUT_S: Final = 2.0


class NodeInUse(Exception):  # noqa: N818 - a state, not a fault
    """Another live process settles on this database."""


class NodeLease:
    """Holds a node number: `node`, `epoch` and `high_water` are known after `acquire`.

    With `shared` other nodes may settle on the same database, and `node` is only the number that is
    tried first.
    """

    def __init__(self, url: Callable[[], str], node: int, *, shared: bool = False) -> None:
        self._url = url
        self._shared = shared
        self._connection: Any = None
        self.node = node
        self.epoch = 0
        self.high_water = 0
        self.drift_ms = 0
        self.live = False

    @property
    def healthy(self) -> bool:
        """Whether the lease is held and the clocks agree within two seconds."""
        return self.live and abs(self.drift_ms) <= MAXIMUM_DRIFT_MS

    async def acquire(self) -> None:
        """Take the node number. Raises NodeInUse, OSError or asyncpg errors."""
        try:
            await self._wait_for_lock()
            if self._shared:
                await self._choose_node()
            await end_predecessors(self._connection, self.node if self._shared else None)
            before = clock_ms()
            row = await self._connection.fetchrow(
                "SELECT epoch, high_water,"
                " (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS at_ms"
                " FROM node_start($1)",
                self.node,
            )
        except BaseException:
            self._drop()
            raise
        self.epoch, self.high_water = row["epoch"], row["high_water"]
        self._compare_clocks(before, row["at_ms"])
        self.live = True

    async def _wait_for_lock(self) -> None:
        """Connect and take the lock of the database, alone or with others. Raises NodeInUse."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _PATIENCE_S
        while True:
            try:
                if self._connection is None:
                    self._connection = await self._connect()
                if await self._lock_database():
                    return
                age = await self._connection.fetchval(
                    "SELECT extract(epoch FROM clock_timestamp() - max(at)) FROM node_heartbeat"
                )
                if age is not None and age > DEAD_AFTER_S:
                    log.warning("taking over from a silent process", node=self.node)
                    await end_predecessors(self._connection)
                    continue
            except (
                asyncpg.PostgresConnectionError,
                asyncpg.AdminShutdownError,
                asyncpg.InterfaceError,
                asyncpg.InternalClientError,
            ):
                # Another newcomer was first and has ended this connection with the others.
                self._drop()
            if loop.time() > deadline:
                message = (
                    "a server without redis.url runs on this database; stop it, or take another"
                    if self._shared
                    else "another server runs on this database; stop it, or take another database"
                )
                raise NodeInUse(message)
            await asyncio.sleep(0.1)

    async def _choose_node(self) -> None:
        """Take a free number, else one whose process has been silent. Raises NodeInUse."""
        numbers = [self.node, *(n for n in range(MAXIMUM_NODE + 1) if n != self.node)]
        for number in numbers:
            if await self._lock_node(number):
                break
        else:
            number = await self._silent_node()
        self.node = number
        await self._connection.execute(
            "SELECT set_config('application_name', $1, false)", application_name(number, "lease")
        )

    async def _silent_node(self) -> int:
        """Take the number of a process that does not beat any more. Raises NodeInUse."""
        silent = await self._connection.fetchval(
            "SELECT node FROM node_heartbeat"
            " WHERE at < clock_timestamp() - $1 * interval '1 s' ORDER BY at LIMIT 1",
            DEAD_AFTER_S,
        )
        if silent is not None:
            log.warning("taking over from a silent process", node=silent)
            await end_predecessors(self._connection, silent)
            if await self._lock_node(silent):
                return int(silent)
        message = f"all {MAXIMUM_NODE + 1} node numbers are taken"
        raise NodeInUse(message)

    async def keep(self, backends: Callable[[], list[int]], fenced: Callable[[], None]) -> None:
        """Beat every second until cancelled; call `fenced` if another process has taken over."""
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                if self._connection is None or self._connection.is_closed():
                    self.live = False
                    self._connection = await self._connect()
                    if not await self._lock() and not await self._overtaken():
                        # Its own old backend still has the lock.
                        self._drop()
                        continue
                before = clock_ms()
                row = await self._connection.fetchrow(
                    "SELECT live, (extract(epoch FROM at) * 1000)::bigint AS at_ms"
                    " FROM node_beat($1, $2, $3)",
                    self.node,
                    self.epoch,
                    backends(),
                    timeout=_TIMEOUT_S,
                )
            except DATABASE_ERRORS as error:
                log.warning("heartbeat failed", error=type(error).__name__)
                self.live = False
                self._drop()
                continue
            self._compare_clocks(before, row["at_ms"])
            if not row["live"]:
                self.live = False
                fenced()
                return
            self.live = True

    async def release(self) -> None:
        """Give the number back."""
        self.live = False
        if self._connection is not None:
            with contextlib.suppress(OSError, asyncpg.PostgresError, TimeoutError):
                await self._connection.close(timeout=_CLOSE_TIMEOUT_S)
            self._connection = None

    def _compare_clocks(self, before: int, database_ms: int) -> None:
        """Note how far this machine's clock is off the database's, in the middle of a call."""
        self.drift_ms = (before + clock_ms()) // 2 - database_ms
        if abs(self.drift_ms) > MAXIMUM_DRIFT_MS:
            log.error("clock is off the database's", drift_ms=self.drift_ms)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _overtaken(self) -> bool:
        epoch = await self._connection.fetchval("SELECT epoch FROM node WHERE id = $1", self.node)
        return bool(epoch != self.epoch)

    async def _connect(self) -> Any:
        return await asyncpg.connect(
            self._url(),
            timeout=_TIMEOUT_S,
            server_settings={
                "search_path": "croupier",
                # A newcomer among nodes has no number yet, and is nobody's predecessor.
                "application_name": "croupier newcomer"
                if self._shared and not self.epoch
                else application_name(self.node, "lease"),
            },
        )

    async def _lock(self) -> bool:
        """Take every lock again."""
        if not await self._lock_database():
            return False
        return not self._shared or await self._lock_node(self.node)

    async def _lock_database(self) -> bool:
        function = "pg_try_advisory_lock_shared" if self._shared else "pg_try_advisory_lock"
        return bool(
            await self._connection.fetchval(
                f"SELECT {function}($1, $2)",
                LOCK_SPACE,
                LOCK_DATABASE,
            )
        )

    async def _lock_node(self, number: int) -> bool:
        return bool(
            await self._connection.fetchval(
                "SELECT pg_try_advisory_lock($1, $2)", LOCK_SPACE, LOCK_NODE + number
            )
        )
