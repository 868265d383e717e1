"""Watching shared tables: one subscription a node and table, however many watch.

A node follows the events of a table by their numbers. A hole is healed once for all its watchers:
the owner is asked for what was missed and sends its tail, or a snapshot, and events go on from
there. Every watcher gets a snapshot first and then each event once, in order; or, where the hole
could not be filled, a snapshot again. Never a part.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Final, Protocol

import structlog

from server.cluster.bus import Bus
from server.cluster.publishing import (
    TAIL_EVENTS,
    TOP_S,
    Ask,
    Event,
    Snapshot,
    Tail,
    Top,
    asks_topic,
    events_topic,
    missed_topic,
)

__all__ = ["Watcher", "Watching"]

log = structlog.get_logger(__name__)

PAUSE_S: Final = 0.1
MAXIMUM_PAUSE_S: Final = 1.0
STALLED_S: Final = 3 * TOP_S
"""A table that is not heard of for so long has no owner, or the bus is down."""
MAXIMUM_EARLY: Final = 1_024
"""Events that wait for one before them."""

Position = tuple[int, int]
"""Epoch and number of the last event."""
_NOWHERE: Final = (0, 0)


class Watcher(Protocol):
    """Whoever watches a table. No method may wait."""

    def snapshot(self, epoch: int, seq: int, body: bytes) -> None:
        """Forget what was known of the table; this is its state after an event."""

    def event(self, epoch: int, seq: int, body: bytes) -> None:
        """Take the next event."""

    def presence(self, body: bytes) -> None:
        """Take who is there, about once a second."""

    def stalled(self, stalled: bool) -> None:  # noqa: FBT001 - the two states of a table
        """The table is not heard of for now; or it is again."""


class _Seat:
    """A watcher and what he has seen; nothing yet while `position` is None."""

    __slots__ = ("position", "watcher")

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self.position: Position | None = None


class _Table:
    """One table that this node watches."""

    def __init__(self, bus: Bus, table: int, counts: Counter[str], numbers: Iterator[int]) -> None:
        self._bus = bus
        self._table = table
        self._counts = counts
        self._numbers = numbers
        self._position: Position = _NOWHERE
        self._early: dict[Position, Event] = {}
        self._recent: deque[Event] = deque(maxlen=TAIL_EVENTS)
        self._seats: dict[Watcher, _Seat] = {}
        self._behind = False
        self._healing: asyncio.Task[None] | None = None
        self._answer: asyncio.Future[Tail | Snapshot] | None = None
        self._newest = 0
        """The highest epoch heard of. Whether there is such an owner is another question."""
        self._second_best: Tail | Snapshot | None = None
        """An answer under a lower epoch, for want of another."""
        self._asked = 0
        self._heard_s = asyncio.get_running_loop().time()
        self._stalled = False
        self._subscription = bus.subscribe(
            events_topic(table), Event | Top, self._on_message, resumed=self._resumed
        )

    # -- watchers ---------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._seats)

    def join(self, watcher: Watcher, since: Position | None) -> None:
        """Let one more watch. What he has seen goes up to *since*, or he gets a snapshot."""
        seat = self._seats[watcher] = _Seat(watcher)
        if since is None or not self._catch_up(seat, since):
            self._heal()

    def leave(self, watcher: Watcher) -> None:
        """Let one watch no more."""
        seat = self._seats.pop(watcher, None)
        if seat is not None:
            seat.position = None

    def close(self) -> None:
        """Watch no more."""
        self._subscription.close()
        if self._healing is not None:
            self._healing.cancel()

    def tick(self, now_s: float) -> None:
        """Notice that nothing was heard for long."""
        self._stall(stalled=now_s - self._heard_s > STALLED_S)

    def _stall(self, *, stalled: bool) -> None:
        if stalled != self._stalled:
            self._stalled = stalled
            for seat in tuple(self._seats.values()):
                self._tell(seat, seat.watcher.stalled, stalled)

    def _tell(self, seat: _Seat, tell: Callable[..., None], *arguments: Any) -> None:
        """Tell a watcher; one that fails is told no more, and takes nothing from the others."""
        try:
            tell(*arguments)
        except Exception:
            log.exception("a watcher failed", table=self._table)
            self._counts["watcher failed"] += 1
            self.leave(seat.watcher)

    def _show(self, seat: _Seat, snapshot: Snapshot) -> None:
        seat.position = (snapshot.epoch, snapshot.seq)
        self._tell(seat, seat.watcher.snapshot, snapshot.epoch, snapshot.seq, snapshot.body)

    def _catch_up(self, seat: _Seat, since: Position) -> bool:
        """Give a watcher what came after a position, if all of it is at hand."""
        epoch, seq = since
        recent = self._recent
        first = recent[0].seq if recent else self._position[1] + 1
        if epoch != self._position[0] or not epoch or not first - 1 <= seq <= self._position[1]:
            return False
        for event in recent:
            if event.seq > seq:
                self._tell(seat, seat.watcher.event, event.epoch, event.seq, event.body)
        seat.position = self._position
        return True

    # -- what comes -------------------------------------------------------------------------------

    def _on_message(self, message: Event | Top) -> None:
        if message.table != self._table:
            return
        if message.epoch < self._position[0]:
            self._counts["stale epoch"] += 1
            return
        self._heard_s = asyncio.get_running_loop().time()
        self._stall(stalled=False)
        self._newest = max(self._newest, message.epoch)
        here = (message.epoch, message.seq)
        if isinstance(message, Top):
            for seat in tuple(self._seats.values()):
                if seat.position is not None:
                    self._tell(seat, seat.watcher.presence, message.presence)
            if here > self._position:
                self._fell_behind()
            return
        if here <= self._position:
            self._counts["doubled"] += 1
            return
        self._early[here] = message
        self._go_on()
        if self._early:
            if len(self._early) > MAXIMUM_EARLY:
                self._early.clear()
                self._counts["too many early"] += 1
            self._fell_behind()

    def _go_on(self) -> None:
        """Tell every event that comes next."""
        epoch, seq = self._position
        while (event := self._early.pop((epoch, seq + 1), None)) is not None:
            before, self._position = self._position, (epoch, seq + 1)
            seq += 1
            self._recent.append(event)
            for seat in tuple(self._seats.values()):
                # One whose snapshot is newer has what this says.
                if seat.position == before:
                    seat.position = self._position
                    self._tell(seat, seat.watcher.event, epoch, seq, event.body)

    def _resumed(self) -> None:
        """The bus was interrupted; nobody knows what was lost."""
        if self._position != _NOWHERE:
            self._fell_behind()

    def _fell_behind(self) -> None:
        self._behind = True
        self._heal()

    # -- healing ----------------------------------------------------------------------------------

    def _heal(self) -> None:
        if self._healing is None or self._healing.done():
            self._healing = asyncio.get_running_loop().create_task(self._ask_until_whole())

    def _joining(self) -> tuple[_Seat, ...]:
        return tuple(seat for seat in self._seats.values() if seat.position is None)

    async def _ask_until_whole(self) -> None:
        """Ask the owner until nothing is missing and nobody waits for a snapshot."""
        await self._subscription.ready()
        pause_s = PAUSE_S
        while self._behind or self._joining():
            self._asked = next(self._numbers)
            self._counts["asked"] += 1
            early = tuple(self._early)
            joining = self._joining()
            epoch, seq = _NOWHERE if joining else self._position
            self._answer = asyncio.get_running_loop().create_future()
            self._second_best = None
            # Whatever shows a hole after this is asked about again.
            behind, self._behind = self._behind, False
            self._bus.publish(
                asks_topic(self._table),
                Ask(self._bus.instance, self._asked, self._table, epoch, seq),
            )
            wait_s = pause_s * random.uniform(0.75, 1.25)  # noqa: S311
            done, _ = await asyncio.wait((self._answer,), timeout=wait_s)
            answer = self._answer.result() if done else self._second_best
            if answer is None or answer.epoch < self._position[0]:
                self._behind |= behind
                pause_s = min(2 * pause_s, MAXIMUM_PAUSE_S)
                continue
            pause_s = PAUSE_S
            self._newest = answer.epoch
            if isinstance(answer, Tail):
                self._take_tail(answer)
            else:
                self._take_snapshot(answer, joining, everybody=behind)
            # The owner has answered since these came, so it would have sent them.
            for here in early:
                if self._early.pop(here, None) is not None and here > self._position:
                    self._counts["impossible"] += 1
            self._behind |= bool(self._early)

    def on_answer(self, answer: Tail | Snapshot) -> None:
        """Take what an owner says, if it answers the last question."""
        if self._answer is not None and not self._answer.done() and answer.number == self._asked:
            self._heard_s = asyncio.get_running_loop().time()
            self._stall(stalled=False)
            if answer.epoch < self._newest:
                self._second_best = answer
            else:
                self._answer.set_result(answer)

    def _take_tail(self, tail: Tail) -> None:
        for event in tail.events:
            here = (event.epoch, event.seq)
            if event.epoch == self._position[0] and here > self._position:
                self._early[here] = event
        self._counts["healed by tail"] += 1
        self._go_on()

    def _take_snapshot(
        self, snapshot: Snapshot, joining: tuple[_Seat, ...], *, everybody: bool
    ) -> None:
        here = (snapshot.epoch, snapshot.seq)
        alone = len(joining) == len(self._seats)
        if here > self._position and (everybody or alone or here[0] > self._position[0]):
            self._counts["healed by snapshot"] += 1
            self._position = here
            self._recent.clear()
            self._early = {key: event for key, event in self._early.items() if key > here}
            for seat in tuple(self._seats.values()):
                if seat.position is not None and seat.position < here:
                    self._show(seat, snapshot)
        for seat in joining:
            if self._seats.get(seat.watcher) is not seat:
                continue
            if here >= self._position:
                self._show(seat, snapshot)
            elif self._recent and self._recent[0].seq <= here[1] + 1:
                self._show(seat, snapshot)
                self._catch_up(seat, here)
        self._go_on()


class Watching:
    """All the tables that this node watches."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._tables: dict[int, _Table] = {}
        self._numbers = count(1)
        self._missed = bus.subscribe(missed_topic(bus.instance), Tail | Snapshot, self._on_answer)
        self.counts: Counter[str] = Counter()
        """How messages were dropped and holes healed."""

    @property
    def tables(self) -> int:
        """How many tables are watched."""
        return len(self._tables)

    @property
    def watchers(self) -> int:
        """How many watch them."""
        return sum(len(table) for table in self._tables.values())

    def join(self, table: int, watcher: Watcher, since: Position | None = None) -> None:
        """Let a watcher watch: he gets what came after *since*, or a snapshot, then every event."""
        found = self._tables.get(table)
        if found is None:
            found = self._tables[table] = _Table(self._bus, table, self.counts, self._numbers)
        found.join(watcher, since)

    def leave(self, table: int, watcher: Watcher) -> None:
        """Let a watcher watch no more; the last one ends the node's subscription."""
        found = self._tables.get(table)
        if found is not None:
            found.leave(watcher)
            if not len(found):
                self._tables.pop(table).close()

    def close(self) -> None:
        """Watch nothing any more."""
        self._missed.close()
        for table in self._tables.values():
            table.close()
        self._tables.clear()

    async def run(self) -> None:
        """Notice tables that are not heard of, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(TOP_S)
            for table in tuple(self._tables.values()):
                table.tick(loop.time())

    def _on_answer(self, answer: Tail | Snapshot) -> None:
        found = self._tables.get(answer.table)
        if found is not None:
            found.on_answer(answer)
