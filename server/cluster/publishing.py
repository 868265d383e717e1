"""What the owner of a shared table tells: dense events, and every second how far it has come.

Pub/sub may lose any message. Each event has the number after the one before it, so a hole shows
with the next event, or with the top, which is told each second. Whoever finds a hole asks for what
it missed and gets it from the tail that the owner keeps, or a snapshot.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from server.cluster.bus import Bus, Subscription

__all__ = ["Ask", "Event", "Number", "Origin", "Publisher", "Publishing", "Snapshot", "Tail", "Top"]

TOP_S: Final = 1.0
TAIL_EVENTS: Final = 256
TAIL_BYTES: Final = 524_288
MAXIMUM_ASKERS: Final = 1_024
"""Processes whose last question to a table is remembered. A node has one at a time."""

Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Origin = Annotated[bytes, Meta(min_length=8, max_length=8)]


class Event(msgspec.Struct, frozen=True, tag="event"):
    """One thing that happened at a table, the `seq`-th under its epoch; counted from 1."""

    table: Number
    epoch: Number
    seq: Number
    body: bytes


class Top(msgspec.Struct, frozen=True, tag="top"):
    """The last event's number, 0 before the first, and who is there."""

    table: Number
    epoch: Number
    seq: Number
    presence: bytes


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """Asks for the events after `seq` of an epoch; for a snapshot where `epoch` is 0."""

    asker: Origin
    number: Number
    table: Number
    epoch: Number
    seq: Number


class Tail(msgspec.Struct, frozen=True, tag="tail"):
    """All events after the one asked about, in order; none if there were none."""

    number: Number
    table: Number
    epoch: Number
    events: tuple[Event, ...]


class Snapshot(msgspec.Struct, frozen=True, tag="snapshot"):
    """The whole state of a table after its event `seq`."""

    number: Number
    table: Number
    epoch: Number
    seq: Number
    body: bytes


def events_topic(table: int) -> str:
    """Return the topic of a table's events and tops."""
    return f"table/{table}/events"


def asks_topic(table: int) -> str:
    """Return the topic on which a table's owner is asked for what was missed."""
    return f"table/{table}/asks"


def missed_topic(asker: bytes) -> str:
    """Return the topic on which one node gets what it missed."""
    return f"missed/{asker.hex()}"


class Publisher:
    """Tells the events of one table under one epoch."""

    def __init__(
        self,
        bus: Bus,
        table: int,
        epoch: int,
        *,
        owns: Callable[[int, int], bool],
        snapshot: Callable[[], bytes],
        presence: Callable[[], bytes],
    ) -> None:
        assert epoch > 0, "an owner has an epoch"
        self.table = table
        self.epoch = epoch
        self.seq = 0
        self._bus = bus
        self._owns = owns
        self._snapshot = snapshot
        self._presence = presence
        self._topic = events_topic(table)
        self._tail: deque[Event] = deque()
        self._tail_bytes = 0
        self._asked: dict[bytes, int] = {}
        """The highest number of each asker."""
        self._asks: Subscription | None = bus.subscribe(asks_topic(table), Ask, self._on_ask)

    def publish(self, body: bytes) -> int | None:
        """Tell an event; its number. None: the table is not this node's any more, nothing is told.

        To be called after the commit of what it tells. Raises MessageTooLarge.
        """
        if self._asks is None or not self._owns(self.table, self.epoch):
            return None
        event = Event(self.table, self.epoch, self.seq + 1, body)
        self._bus.publish(self._topic, event)
        self.seq = event.seq
        self._tail.append(event)
        self._tail_bytes += len(body)
        while len(self._tail) > TAIL_EVENTS or self._tail_bytes > TAIL_BYTES:
            self._tail_bytes -= len(self._tail.popleft().body)
        return event.seq

    def tell_top(self) -> None:
        """Tell how far the table has come, and who is there."""
        if self._asks is not None and self._owns(self.table, self.epoch):
            self._bus.publish(self._topic, Top(self.table, self.epoch, self.seq, self._presence()))

    def close(self) -> None:
        """Tell nothing more."""
        if self._asks is not None:
            self._asks.close()
            self._asks = None

    def _on_ask(self, ask: Ask) -> None:
        if ask.table != self.table or not self._owns(self.table, self.epoch):
            return
        # Whoever asks again does so under a higher number. A snapshot is work: one that is sent
        # again by the bus, or by somebody who kept it, gets none.
        before = self._asked.pop(ask.asker, -1)
        self._asked[ask.asker] = max(before, ask.number)
        if len(self._asked) > MAXIMUM_ASKERS:
            del self._asked[next(iter(self._asked))]
        if ask.number <= before:
            return
        answer: Tail | Snapshot
        first = self._tail[0].seq if self._tail else self.seq + 1
        if ask.epoch == self.epoch and first - 1 <= ask.seq <= self.seq:
            missed = tuple(event for event in self._tail if event.seq > ask.seq)
            answer = Tail(ask.number, self.table, self.epoch, missed)
        else:
            answer = Snapshot(ask.number, self.table, self.epoch, self.seq, self._snapshot())
        self._bus.publish(missed_topic(ask.asker), answer)


class Publishing:
    """The publishers of one node, which tell their tops together."""

    def __init__(self, bus: Bus, owns: Callable[[int, int], bool]) -> None:
        self._bus = bus
        self._owns = owns
        self._publishers: dict[int, Publisher] = {}

    def __len__(self) -> int:
        return len(self._publishers)

    def open(
        self, table: int, epoch: int, snapshot: Callable[[], bytes], presence: Callable[[], bytes]
    ) -> Publisher:
        """Begin to tell of a table. Both callables give the state after all that was published."""
        self.close(table)
        publisher = self._publishers[table] = Publisher(
            self._bus, table, epoch, owns=self._owns, snapshot=snapshot, presence=presence
        )
        publisher.tell_top()
        return publisher

    def close(self, table: int) -> None:
        """Tell of a table no more."""
        publisher = self._publishers.pop(table, None)
        if publisher is not None:
            publisher.close()

    async def run(self) -> None:
        """Tell each table's top every second, for ever."""
        while True:
            await asyncio.sleep(TOP_S)
            for index, publisher in enumerate(tuple(self._publishers.values())):
                publisher.tell_top()
                if index % 50 == 49:
                    await asyncio.sleep(0)
