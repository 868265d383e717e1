"""Which shared tables this node owns, and for how long it may believe so.

A node holds a lease, a row that it renews each second by a connection of its own and that runs out
after three, by the database's clock. Its tables' fences name that lease. The node counts the three
seconds from before it sent the renewal, by a clock that nobody sets, so it stops by itself before
anybody else may take a table. What settles is compared with the fence's epoch all the same: a
process that was stopped and goes on settles nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import asyncpg
import structlog

from server.database.errors import DATABASE_ERRORS
from server.ledger.backend import application_name

__all__ = ["LEASE_S", "RENEW_S", "Fences", "Free", "steady_clock_s"]

log = structlog.get_logger(__name__)

LEASE_S: Final = 3.0
"""How long a lease lasts after a renewal, in seconds."""
RENEW_S: Final = 1.0
MARGIN_S: Final = 0.1
"""By how much sooner than the database an owner takes its lease for over."""
LOCK_TIMEOUT_MS: Final = 1_000
"""How long a taker waits for a late owner's calls before it ends them."""
RENEWAL_TIMEOUT_S: Final = 1.0
"""How long a renewal may take, so that another can be tried within the lease."""
_TAKE_S: Final = 4.0
_TIMEOUT_S: Final = 2.0
_CLOSE_TIMEOUT_S: Final = 2.0

_END_LATE: Final = (
    "SELECT a.pid, pg_terminate_backend(a.pid) FROM fence_late_owner($1) AS late"
    " JOIN pg_stat_activity AS a ON a.datname = current_database()"
    # A process id may belong to somebody else by now, who came later.
    " AND a.backend_start <= late.expired_at"
    " AND (a.pid = ANY (late.backends)"
    " OR a.application_name = format('croupier node %s settlement', late.node))"
)


def steady_clock_s() -> float:
    """Return seconds by a clock that nobody sets and that goes on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Free(NamedTuple):
    """What an election is about."""

    tables: tuple[int, ...]
    """Those without an owner, in order."""
    owned: dict[int, int]
    """How many tables each living lease owns that takes more, least first."""
    wanted: int
    """How many tables there are."""


class _Owned(NamedTuple):
    epoch: int
    since_s: float


class Fences:
    """The fences of one node. `lost` is called for each table that it owns no more."""

    def __init__(
        self,
        url: Callable[[], str],
        *,
        node: int,
        node_epoch: int,
        backends: Callable[[], list[int]],
        lost: Callable[[int, int], None],
        clock_s: Callable[[], float] = steady_clock_s,
    ) -> None:
        self._url = url
        self._node = node
        self._node_epoch = node_epoch
        self._backends = backends
        self._lost = lost
        self._clock_s = clock_s
        self._owned: dict[int, _Owned] = {}
        self._unknown: set[int] = set()
        """Owned by the database's word alone: taken by a call whose answer was lost."""
        self._past: list[int] = []
        """Leases that are over for this node, and perhaps not yet for the database."""
        self._deadline_s = 0.0
        self._renewing: Any = None
        self._taking: Any = None
        self._lock = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self.lease: int | None = None
        self.draining = False
        self._early = asyncio.Event()
        self.expired = 0
        """Leases that ran out because a renewal came too late."""
        self.taken = 0
        self.ended_backends = 0

    # -- what tables ask --------------------------------------------------------------------------

    @property
    def live(self) -> bool:
        """Whether the lease is held at this moment."""
        return self.lease is not None and self._clock_s() < self._deadline_s

    @property
    def owned(self) -> dict[int, int]:
        """The tables of this node with their epochs; none once the lease has run out."""
        if not self.live:
            return {}
        return {table: owned.epoch for table, owned in self._owned.items()}

    def owns(self, table: int, epoch: int) -> bool:
        """Whether this node may act for a table, at this moment."""
        owned = self._owned.get(table)
        return owned is not None and owned.epoch == epoch and self.live

    # -- life -------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take a lease and keep it. Raises OSError, TimeoutError or asyncpg errors."""
        try:
            await self._renew()
        except BaseException:
            await self._disconnect()
            raise
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._keep()), loop.create_task(self._watch())]

    async def stop(self) -> None:
        """Let everything go at once."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self._lose_all()
        if self._past and self._renewing is not None:
            with contextlib.suppress(*DATABASE_ERRORS):
                for past in self._past:
                    await self._renewing.execute(
                        "SELECT fence_lease_end($1)", past, timeout=_TIMEOUT_S
                    )
        await self._disconnect()

    def drain(self) -> None:
        """Take no more tables, and let the other nodes know at once."""
        self.draining = True
        self._early.set()

    async def _disconnect(self) -> None:
        for connection in (self._renewing, self._taking):
            if connection is not None:
                with contextlib.suppress(*DATABASE_ERRORS):
                    await connection.close(timeout=_CLOSE_TIMEOUT_S)
        self._renewing = self._taking = None

    async def _connect(self, role: str) -> Any:
        return await asyncpg.connect(
            self._url(),
            timeout=_TIMEOUT_S,
            server_settings={
                "search_path": "croupier",
                "lock_timeout": str(LOCK_TIMEOUT_MS),
                "application_name": application_name(self._node, role),
            },
        )

    # -- the lease --------------------------------------------------------------------------------

    async def _keep(self) -> None:
        """Renew every second; take a new lease when one has run out."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._early.wait(), RENEW_S)
            self._early.clear()
            try:
                await self._renew()
            except DATABASE_ERRORS as error:
                log.warning("the lease was not renewed", error=type(error).__name__)
                if self._renewing is not None:
                    self._renewing.terminate()
                    self._renewing = None

    async def _renew(self) -> None:
        if self._renewing is None or self._renewing.is_closed():
            self._renewing = await self._connect("fences")
        if not self.live:
            self._lose_all()
        sent_s = self._clock_s()
        if self.lease is None:
            for past in tuple(self._past):
                await self._renewing.execute("SELECT fence_lease_end($1)", past, timeout=_TIMEOUT_S)
                self._past.remove(past)
            sent_s = self._clock_s()
            lease = await self._renewing.fetchval(
                "SELECT fence_lease_start($1, $2, $3, $4, $5)",
                self._node,
                self._node_epoch,
                self._backends(),
                int(LEASE_S * 1000),
                self.draining,
                timeout=_TIMEOUT_S,
            )
            self._deadline_s = sent_s + LEASE_S - MARGIN_S
            self.lease = lease
            return
        row = await self._renewing.fetchrow(
            "SELECT live, tables, epochs FROM fence_lease_renew($1, $2, $3, $4)",
            self.lease,
            self._backends(),
            int(LEASE_S * 1000),
            self.draining,
            timeout=RENEWAL_TIMEOUT_S,
        )
        if not row["live"] or not self.live:
            self._lose_all()
            return
        self._deadline_s = sent_s + LEASE_S - MARGIN_S
        self._compare(dict(zip(row["tables"], row["epochs"], strict=True)), sent_s)

    def _compare(self, recorded: dict[int, int], sent_s: float) -> None:
        """Believe the database about what is owned, but for what was taken since it was asked."""
        for table, owned in tuple(self._owned.items()):
            if owned.since_s < sent_s and recorded.get(table) != owned.epoch:
                self._lose(table)
        unknown = recorded.keys() - self._owned.keys()
        # Twice in a row: else a take is on its way.
        for table in unknown & self._unknown:
            self._tasks.append(
                asyncio.get_running_loop().create_task(self._give_back(table, recorded[table]))
            )
        self._unknown = unknown - self._unknown
        self._tasks = [task for task in self._tasks if not task.done()]

    async def _give_back(self, table: int, epoch: int) -> None:
        with contextlib.suppress(*DATABASE_ERRORS):
            async with self._lock:
                if table not in self._owned:
                    await self._release(table, epoch)

    async def _watch(self) -> None:
        """Let the tables go in the moment in which the lease runs out."""
        while True:
            left_s = self._deadline_s - self._clock_s()
            if left_s <= 0 and self.lease is not None:
                self._lose_all()
            await asyncio.sleep(max(left_s, 0.02))

    def _lose(self, table: int) -> None:
        owned = self._owned.pop(table)
        try:
            self._lost(table, owned.epoch)
        except Exception:
            # The others must hear of it all the same.
            log.exception("a lost table was not stopped", table=table)

    def _lose_all(self) -> None:
        if self.lease is not None:
            self._past.append(self.lease)
            if self._tasks:
                self.expired += 1
                log.error("the lease has run out", node=self._node, tables=len(self._owned))
        self.lease = None
        for table in tuple(self._owned):
            self._lose(table)

    # -- taking and releasing ---------------------------------------------------------------------

    async def want(self, table: int, *, wanted: bool = True) -> None:
        """Say that a table should have an owner, or none. Raises asyncpg errors."""
        async with self._lock:
            connection = await self._connected()
            await connection.execute("SELECT fence_want($1, $2)", table, wanted)

    async def free(self) -> Free:
        """Ask which tables have no owner. Raises OSError, TimeoutError or asyncpg errors."""
        async with self._lock:
            connection = await self._connected()
            row = await connection.fetchrow("SELECT * FROM fences_free()", timeout=_TIMEOUT_S)
        owned = dict(zip(row["leases"], row["owned"], strict=True))
        return Free(tuple(row["tables"]), owned, row["wanted"])

    async def take(self, table: int) -> int | None:
        """Take a table; its new epoch, or None: it is not to be had. Never raises."""
        async with self._lock:
            lease = self.lease
            if not self.live or self.draining or table in self._owned:
                return None
            try:
                epoch = await self._take(table, lease)
                if epoch is None:
                    return None
                if self.lease == lease and self.live:
                    self._owned[table] = _Owned(epoch, self._clock_s())
                    self._unknown.discard(table)
                    self.taken += 1
                    return epoch
            except DATABASE_ERRORS as error:
                log.warning("a table was not taken", table=table, error=type(error).__name__)
                self._drop_taking()
        return None

    async def _take(self, table: int, lease: int | None) -> int | None:
        """Take a table, and end what a late owner left running if it stands in the way."""
        deadline_s = self._clock_s() + _TAKE_S
        while self._clock_s() < deadline_s and self.live:
            connection = await self._connected()
            try:
                epoch: int | None = await connection.fetchval(
                    "SELECT fence_take($1, $2)", table, lease, timeout=_TIMEOUT_S
                )
            except asyncpg.LockNotAvailableError:
                rows = await connection.fetch(_END_LATE, table, timeout=_TIMEOUT_S)
                self.ended_backends += len(rows)
                log.warning(
                    "ended backends of a late owner",
                    table=table,
                    backends=[row["pid"] for row in rows],
                )
                continue
            return epoch
        return None

    async def release(self, table: int) -> bool:
        """Let a table go, after its last settling call has ended. False: it was not ours.

        Raises OSError, TimeoutError or asyncpg errors; the table is no longer ours then either.
        """
        async with self._lock:
            owned = self._owned.pop(table, None)
            if owned is None:
                return False
            try:
                return await self._release(table, owned.epoch)
            except DATABASE_ERRORS:
                self._drop_taking()
                raise

    async def _release(self, table: int, epoch: int) -> bool:
        connection = await self._connected()
        return bool(
            await connection.fetchval(
                "SELECT fence_release($1, $2, $3)", table, epoch, self.lease, timeout=_TIMEOUT_S
            )
        )

    async def _connected(self) -> Any:
        if self._taking is None or self._taking.is_closed():
            self._taking = await self._connect("takeover")
        return self._taking

    def _drop_taking(self) -> None:
        if self._taking is not None:
            self._taking.terminate()
            self._taking = None
