"""Time-ordered ids: milliseconds since 2026-01-01, node, counter.

    bits 22 to 62: milliseconds    bits 14 to 21: node    bits 0 to 13: counter

A range of ids is a range of time, which is how the record is partitioned.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

EPOCH_MS: Final = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""
TIME_SHIFT: Final = 22
NODE_SHIFT: Final = 14
MAXIMUM_NODE: Final = 255
BLOCK: Final = 4
"""Every id is the first of this many, so that the transfers of one call have ids of their own."""
_COUNTER_END: Final = 1 << NODE_SHIFT


def clock_ms() -> int:
    """Return the machine's clock in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class IdGenerator:
    """Ids of one node. Never goes back, whatever the clock does."""

    __slots__ = ("_clock_ms", "_counter", "_ms", "_node")

    def __init__(
        self, node: int, high_water: int = 0, clock_ms: Callable[[], int] = clock_ms
    ) -> None:
        if not 0 <= node <= MAXIMUM_NODE:
            message = f"a node number is from 0 to {MAXIMUM_NODE}, not {node}"
            raise ValueError(message)
        self._node = node << NODE_SHIFT
        self._clock_ms = clock_ms
        self._ms = max(clock_ms() - EPOCH_MS, (high_water >> TIME_SHIFT) + 1)
        self._counter = -BLOCK

    def next(self) -> int:
        """Return the first of `BLOCK` new ids, above every id before it."""
        now = self._clock_ms() - EPOCH_MS
        if now > self._ms:
            self._ms = now
            self._counter = 0
        else:
            self._counter += BLOCK
            if self._counter >= _COUNTER_END:
                self._ms += 1
                self._counter = 0
        return (self._ms << TIME_SHIFT) | self._node | self._counter


def id_time_ms(identifier: int) -> int:
    """Return when an id was made, in milliseconds since 1970."""
    return (identifier >> TIME_SHIFT) + EPOCH_MS
