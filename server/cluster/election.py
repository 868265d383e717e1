"""Which node takes a table that has no owner.

All nodes read the same rows and come to the same plan: the tables in order, each to the living node
that owns least. A node takes what is planned for it. What stays free for a while although it was
planned for another is taken by anybody; the fence sees to it that one gets it.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Callable
from typing import Final

import structlog

from server.cluster.fences import Fences, Free, steady_clock_s
from server.database.errors import DATABASE_ERRORS

__all__ = ["Election", "plan"]

log = structlog.get_logger(__name__)

LOOK_S: Final = 0.25
"""How often a node looks for free tables."""
GRACE_S: Final = 1.0
"""How long a table is left to the node that it is planned for."""
AVOID_S: Final = 10.0
"""How long a node leaves a table to others that it could not run."""


def plan(free: Free) -> dict[int, list[int]]:
    """Return the tables that each lease should take."""
    found: dict[int, list[int]] = {lease: [] for lease in free.owned}
    heap = [(owned, lease) for lease, owned in free.owned.items()]
    heapq.heapify(heap)
    for table in free.tables if heap else ():
        owned, lease = heap[0]
        found[lease].append(table)
        heapq.heapreplace(heap, (owned + 1, lease))
    return found


class Election:
    """Takes tables for one node; `taken` is called with each, and its epoch."""

    def __init__(
        self,
        fences: Fences,
        taken: Callable[[int, int], None],
        clock_s: Callable[[], float] = steady_clock_s,
    ) -> None:
        self._fences = fences
        self._taken = taken
        self._clock_s = clock_s
        self._free_since_s: dict[int, float] = {}
        self._wake = asyncio.Event()
        self._avoided_until_s: dict[int, float] = {}
        self.free = 0
        """Tables without an owner, when it was last looked."""

    def look(self) -> None:
        """Look at once: a table is free."""
        self._wake.set()

    def avoid(self, table: int) -> None:
        """Leave a table that this node cannot run to others for a while."""
        self._avoided_until_s[table] = self._clock_s() + AVOID_S

    async def run(self) -> None:
        """Take tables, for ever."""
        while True:
            self._wake.clear()
            try:
                await self.round()
            except DATABASE_ERRORS as error:
                log.warning("no election", error=type(error).__name__)
            try:
                # Nodes that started together do not look together.
                async with asyncio.timeout(LOOK_S * random.uniform(0.8, 1.2)):  # noqa: S311
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def round(self) -> None:
        """Look once and take what is due. Raises OSError, TimeoutError or asyncpg errors."""
        if not self._fences.live or self._fences.draining:
            return
        free = await self._fences.free()
        self.free = len(free.tables)
        now_s = self._clock_s()
        since = self._free_since_s
        self._free_since_s = {table: since.get(table, now_s) for table in free.tables}
        lease = self._fences.lease
        mine = plan(free).get(lease, []) if lease is not None else []
        left = [
            table
            for table in free.tables
            if now_s - self._free_since_s[table] > GRACE_S and table not in set(mine)
        ]
        for table in (*mine, *left):
            if self._avoided_until_s.get(table, 0.0) > now_s:
                continue
            epoch = await self._fences.take(table)
            if epoch is None:
                continue
            self.free -= 1
            self._free_since_s.pop(table, None)
            try:
                self._taken(table, epoch)
            except Exception:
                log.exception("a table could not be run", table=table)
                self.free += 1
                self.avoid(table)
                await self._fences.release(table)
