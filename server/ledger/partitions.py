"""Keeps partitions ahead of time, and retires old ones.

A row whose partition is missing is refused, and with it the bet. So partitions are made two months
ahead, at start and then daily, and the node stops being ready while less than a week is left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import asyncpg
import structlog

from server.ledger.ids import clock_ms

log = structlog.get_logger(__name__)

LEAST_AHEAD_MS: Final = 7 * 24 * 3600 * 1000
"""A week: with less than this ahead the node is not ready."""
_CHECK_EVERY_MS: Final = 24 * 3600 * 1000
_RETRY_AFTER_MS: Final = 60 * 1000

_ENSURE: Final = "SELECT partitions_ensure()"
_UNTIL: Final = "SELECT (extract(epoch FROM partitions_until()) * 1000)::bigint"


class PartitionKeeper:
    """Makes partitions ahead. `pool` is an asyncpg pool or connection with the app's rights."""

    def __init__(self, pool: Any, now_ms: Callable[[], int] = clock_ms) -> None:
        self._pool = pool
        self._now_ms = now_ms
        self._next_ms = 0
        self.until_ms = 0
        """Up to when every table can take rows, in milliseconds since 1970."""

    @property
    def ready(self) -> bool:
        """Whether partitions exist for at least a week from now."""
        return self.until_ms - self._now_ms() >= LEAST_AHEAD_MS

    async def ensure(self) -> int:
        """Make what is missing; a call within a day of the last good one does nothing.

        Returns how many partitions were made. A lock that a table's reader holds for too long, or
        another node doing the same, is no error: it is tried again. Raises OSError or asyncpg
        errors of the connection.
        """
        now = self._now_ms()
        if now < self._next_ms:
            return 0
        made = 0
        self._next_ms = now + _RETRY_AFTER_MS
        try:
            made = await self._pool.fetchval(_ENSURE)
            self._next_ms = now + _CHECK_EVERY_MS
        except (
            asyncpg.LockNotAvailableError,
            asyncpg.DeadlockDetectedError,
            asyncpg.DuplicateTableError,
            asyncpg.UniqueViolationError,
        ) as error:
            log.warning("partitions not made", sqlstate=error.sqlstate)
        self.until_ms = await self._pool.fetchval(_UNTIL)
        if not self.ready:
            log.error("less than a week of partitions is left", until_ms=self.until_ms)
        elif made:
            log.info("partitions made", count=made)
        return int(made)
