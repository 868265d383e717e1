"""One timer for all connections."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

import structlog

__all__ = ["Timed", "TimerWheel"]

_log = structlog.get_logger(__name__)

_MAX_PER_TICK: Final = 2_000
"""Items looked at in one go; the rest wait for the next tick. After a restart all clients reconnect
at once, and fall due at once: to look at them must not stall those who play."""


class Timed(Protocol):
    """What a wheel can hold."""

    due: int
    """The tick it is due at; 0 when it is in no wheel. Only the wheel writes it."""

    def on_due(self) -> None:
        """Do what the time has come for. It may schedule itself again."""


class TimerWheel:
    """Calls each item once, when its number of ticks has passed.

    An item is in the wheel at most once, and stays there at the cost of one set entry: a timer of
    the event loop for each of 20,000 connections would be moved at every frame.

    Time is counted in ticks that happened, not in what a clock says. When the process is stopped
    or the loop is busy for a minute, that minute is one tick long: the frames that clients sent
    meanwhile are read before anyone is found silent.
    """

    __slots__ = ("_buckets", "_loop", "_timer", "tick", "tick_ms")

    def __init__(self, tick_ms: int) -> None:
        self.tick_ms = tick_ms
        self.tick = 1
        """The number of the present tick. It only grows."""
        self._buckets: dict[int, set[Timed]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def ticks(self, milliseconds: int) -> int:
        """Return how many ticks are certainly not less than a time."""
        return -(-milliseconds // self.tick_ms) + 1

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to turn on an event loop."""
        self._loop = loop
        self._timer = loop.call_later(self.tick_ms / 1_000, self._turn)

    def stop(self) -> None:
        """Stop turning. Items still in the wheel are forgotten."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop = None
        self._buckets.clear()

    def schedule(self, item: Timed, ticks: int) -> None:
        """Make an item due after a number of ticks, in place of when it was due before."""
        due = self.tick + max(1, ticks)
        if due == item.due:
            return
        if item.due:
            self.cancel(item)
        item.due = due
        bucket = self._buckets.get(due)
        if bucket is None:
            bucket = self._buckets[due] = set()
        bucket.add(item)

    def cancel(self, item: Timed) -> None:
        """Take an item out, if it is in."""
        bucket = self._buckets.get(item.due)
        item.due = 0
        if bucket is not None:
            bucket.discard(item)

    def advance(self) -> None:
        """Let one tick pass, and call what is due."""
        self.tick += 1
        bucket = self._buckets.get(self.tick)
        if bucket is None:
            return
        # The bucket stays in place meanwhile: what is called may take others out of it.
        budget = _MAX_PER_TICK
        while bucket and budget:
            budget -= 1
            item = bucket.pop()
            item.due = 0
            try:
                item.on_due()
            except Exception:  # noqa: BLE001 - the others are due as well
                _log.exception("a timer failed")
        del self._buckets[self.tick]
        if bucket:
            for item in bucket:
                item.due = self.tick + 1
            self._buckets.setdefault(self.tick + 1, set()).update(bucket)

    def _turn(self) -> None:
        if self._loop is not None:
            self._timer = self._loop.call_later(self.tick_ms / 1_000, self._turn)
            self.advance()
