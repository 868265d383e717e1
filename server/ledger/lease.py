"""The lease of a node number: one process at a time settles under it.

An advisory lock, held by a connection of its own, says that the process lives. An earlier process
whose heartbeat is old by the database's clock is ended and replaced; a live one is left alone and
the newcomer refused.
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
from server.ledger.ids import clock_ms

log = structlog.get_logger(__name__)

LOCK_SPACE: Final = 0x43524F55
LOCK_DATABASE: Final = 0
"""The advisory lock (`CROU`, 0): without a bus between nodes, one server has the database."""
DEAD_AFTER_S: Final = 10
BEAT_S: Final = 1.0
MAXIMUM_DRIFT_MS: Final = 2_000
_PATIENCE_S: Final = 3.0
_TIMEOUT_S: Final = 5.0
_CLOSE_TIMEOUT_S: Final = 2.0


class NodeInUse(Exception):  # noqa: N818 - a state, not a fault
    """Another live process settles on this database."""


class NodeLease:
    """Holds a node number: `epoch` and `high_water` are known after `acquire`."""

    def __init__(self, url: Callable[[], str], node: int, address: str = "") -> None:
        self._url = url
        self._node = node
        self._address = address
        self._connection: Any = None
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
            await end_predecessors(self._connection)
            before = clock_ms()
            row = await self._connection.fetchrow(
                "SELECT epoch, high_water,"
                " (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS at_ms"
                " FROM node_start($1)",
                self._node,
            )
        except BaseException:
            self._drop()
            raise
        self.epoch, self.high_water = row["epoch"], row["high_water"]
        self._compare_clocks(before, row["at_ms"])
        self.live = True

    async def _wait_for_lock(self) -> None:
        """Connect and take the lock that says that this process lives. Raises NodeInUse."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _PATIENCE_S
        while True:
            try:
                if self._connection is None:
                    self._connection = await self._connect()
                if await self._lock():
                    return
                age = await self._connection.fetchval(
                    "SELECT extract(epoch FROM clock_timestamp() - max(at)) FROM node_heartbeat"
                )
                if age is not None and age > DEAD_AFTER_S:
                    log.warning("taking over from a silent process", node=self._node)
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
                message = "another server runs on this database; stop it, or take another database"
                raise NodeInUse(message)
            await asyncio.sleep(0.1)

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
                    self._node,
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
        epoch = await self._connection.fetchval("SELECT epoch FROM node WHERE id = $1", self._node)
        return bool(epoch != self.epoch)

    async def _connect(self) -> Any:
        return await asyncpg.connect(
            self._url(),
            timeout=_TIMEOUT_S,
            server_settings={
                "search_path": "croupier",
                "application_name": application_name(self._node, "lease"),
            },
        )

    async def _lock(self) -> bool:
        return bool(
            await self._connection.fetchval(
                "SELECT pg_try_advisory_lock($1, $2)", LOCK_SPACE, LOCK_DATABASE
            )
        )
