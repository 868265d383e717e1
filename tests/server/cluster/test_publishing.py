"""Tests of what the owner of a table tells."""

from __future__ import annotations

import asyncio

import pytest

from server.cluster import publishing as module
from server.cluster.bus import MAXIMUM_MESSAGE_BYTES, MessageTooLarge
from server.cluster.publishing import Ask, Event, Publishing, Snapshot, Tail, Top
from tests.server.cluster.faulty import Exchange
from tests.server.cluster.nodes import until

TABLE = 7


class Booth:
    """A publisher, and everything that another node hears of it."""

    def __init__(self) -> None:
        exchange = Exchange()
        here, self.there = exchange.add(), exchange.add()
        self.owned = {TABLE: 5}
        self.publishing = Publishing(here, lambda table, epoch: self.owned.get(table) == epoch)
        self.heard: list[Event | Top] = []
        self.answers: list[Tail | Snapshot] = []
        self.number = 0
        self.there.subscribe(module.events_topic(TABLE), Event | Top, self.heard.append)
        self.there.subscribe(
            module.missed_topic(self.there.instance), Tail | Snapshot, self.answers.append
        )
        self.publisher = self.publishing.open(TABLE, 5, lambda: b"state", lambda: b"present")

    async def ask(self, epoch: int, seq: int, table: int = TABLE) -> Tail | Snapshot:
        """Ask what was missed, and return the answer."""
        self.answers.clear()
        self.number += 1
        ask = Ask(self.there.instance, self.number, table, epoch, seq)
        self.there.publish(module.asks_topic(TABLE), ask)
        await until(lambda: self.answers)
        return self.answers[0]


async def test_events_are_dense() -> None:
    """Law 3: events of an epoch are numbered from 1 without a hole; the top comes first."""
    booth = Booth()
    assert [booth.publisher.publish(b"x") for _ in range(3)] == [1, 2, 3]
    booth.publisher.tell_top()
    await until(lambda: len(booth.heard) == 5)
    assert booth.heard == [
        Top(TABLE, 5, 0, b"present"),
        *(Event(TABLE, 5, seq, b"x") for seq in (1, 2, 3)),
        Top(TABLE, 5, 3, b"present"),
    ]


async def test_nothing_is_told_without_the_lease() -> None:
    """An owner whose lease has run out tells no event, no top and no answer."""
    booth = Booth()
    booth.publisher.publish(b"x")
    await until(lambda: len(booth.heard) == 2)
    booth.owned[TABLE] = 6
    assert booth.publisher.publish(b"y") is None
    booth.publisher.tell_top()
    booth.there.publish(module.asks_topic(TABLE), Ask(booth.there.instance, 1, TABLE, 5, 0))
    await asyncio.sleep(0.02)
    assert len(booth.heard) == 2
    assert not booth.answers


async def test_question_that_comes_again_is_not_answered_again() -> None:
    """A question sent twice, or kept by somebody and sent again and again, makes no more work."""
    booth = Booth()
    await booth.ask(0, 0)
    await booth.ask(0, 0)
    for number in (2, 1, 2, 2):
        ask = Ask(booth.there.instance, number, TABLE, 0, 0)
        booth.there.publish(module.asks_topic(TABLE), ask)
    await booth.ask(0, 0)
    assert [answer.number for answer in booth.answers] == [3]
    for number in range(module.MAXIMUM_ASKERS):
        ask = Ask(number.to_bytes(8, "big"), 1, TABLE, 0, 0)
        booth.there.publish(module.asks_topic(TABLE), ask)
    await until(lambda: len(booth.publisher._asked) == module.MAXIMUM_ASKERS)


async def test_tail_or_snapshot() -> None:
    """Who missed what the tail has gets exactly that; anyone else the state."""
    booth = Booth()
    for number in range(module.TAIL_EVENTS + 10):
        booth.publisher.publish(str(number).encode())
    top = module.TAIL_EVENTS + 10

    tail = await booth.ask(5, top - 2)
    assert isinstance(tail, Tail)
    assert [event.seq for event in tail.events] == [top - 1, top]
    assert await booth.ask(5, top) == Tail(booth.number, TABLE, 5, ())
    longest = await booth.ask(5, 10)
    assert isinstance(longest, Tail)
    assert len(longest.events) == module.TAIL_EVENTS
    for epoch, seq in ((5, 9), (5, 0), (5, top + 1), (4, top), (6, 1), (0, 0)):
        assert await booth.ask(epoch, seq) == Snapshot(booth.number, TABLE, 5, top, b"state")


async def test_tail_is_bounded_in_bytes() -> None:
    """A few large events do not become a tail that is too large to send."""
    booth = Booth()
    for _ in range(10):
        booth.publisher.publish(bytes(module.TAIL_BYTES // 4))
    assert isinstance(await booth.ask(5, 5), Snapshot)
    tail = await booth.ask(5, 6)
    assert isinstance(tail, Tail)
    assert len(tail.events) == 4


async def test_event_that_is_too_large() -> None:
    """An event that could not be sent takes no number."""
    booth = Booth()
    with pytest.raises(MessageTooLarge):
        booth.publisher.publish(bytes(MAXIMUM_MESSAGE_BYTES))
    assert booth.publisher.publish(b"x") == 1


async def test_tops_of_all_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table's top is told again and again, until it is closed."""
    monkeypatch.setattr(module, "TOP_S", 0.01)
    booth = Booth()
    for table in range(100, 200):
        booth.publishing.open(table, 1, bytes, bytes)
    assert len(booth.publishing) == 101
    running = asyncio.ensure_future(booth.publishing.run())
    await until(lambda: len(booth.heard) > 3)
    booth.publishing.close(TABLE)
    booth.publishing.close(TABLE)
    await asyncio.sleep(0)
    heard = len(booth.heard)
    await asyncio.sleep(0.05)
    assert len(booth.heard) == heard
    assert booth.publisher.publish(b"x") is None
    running.cancel()
