"""Tests of the timer wheel."""

from __future__ import annotations

import asyncio
import random

from structlog.testing import capture_logs

from server.gateway.wheel import TimerWheel
from tests.server.gateway.harness import until


class Item:
    """Notes the ticks at which it was due, and schedules itself again if it is told to."""

    def __init__(self, wheel: TimerWheel) -> None:
        self.due = 0
        self.wheel = wheel
        self.seen: list[int] = []
        self.again = 0
        self.also: Item | None = None
        self.error: Exception | None = None

    def on_due(self) -> None:
        """Note it."""
        self.seen.append(self.wheel.tick)
        if self.again:
            self.wheel.schedule(self, self.again)
        if self.also is not None:
            self.wheel.schedule(self.also, 3)
        if self.error is not None:
            raise self.error


def turn(wheel: TimerWheel, ticks: int) -> None:
    """Let ticks pass."""
    for _ in range(ticks):
        wheel.advance()


def test_an_item_is_due_once_after_its_ticks() -> None:
    """Nothing before, once then, nothing after."""
    wheel = TimerWheel(10)
    item = Item(wheel)
    wheel.schedule(item, 3)

    turn(wheel, 2)
    assert item.seen == []
    turn(wheel, 10)
    assert item.seen == [4]
    assert item.due == 0


def test_scheduling_again_moves_an_item() -> None:
    """An item is in the wheel at most once, wherever it was put last."""
    wheel = TimerWheel(10)
    item = Item(wheel)
    for ticks in (3, 9, 1, 5):
        wheel.schedule(item, ticks)

    turn(wheel, 20)
    assert item.seen == [6]


def test_a_cancelled_item_is_never_due() -> None:
    """Nor is one that was never in."""
    wheel = TimerWheel(10)
    item = Item(wheel)
    wheel.cancel(item)
    wheel.schedule(item, 3)
    wheel.cancel(item)

    turn(wheel, 20)
    assert item.seen == []


def test_an_item_may_schedule_itself_again() -> None:
    """A periodic check is an item that comes back."""
    wheel = TimerWheel(10)
    item = Item(wheel)
    item.again = 4
    wheel.schedule(item, 1)

    turn(wheel, 14)
    assert item.seen == [2, 6, 10, 14]


def test_an_item_due_at_the_same_tick_may_be_moved_by_another() -> None:
    """Moved while its tick is being worked off, it is due when it was moved to, and only then."""
    wheel = TimerWheel(10)
    items = [Item(wheel), Item(wheel)]
    items[0].also, items[1].also = items[1], None
    for item in items:
        wheel.schedule(item, 2)

    turn(wheel, 20)
    assert items[1].seen in ([6], [3, 6])


def test_too_many_items_at_one_tick_are_spread() -> None:
    """More than are looked at in one go wait for the next tick, and none is forgotten."""
    wheel = TimerWheel(10)
    items = [Item(wheel) for _ in range(5_000)]
    for item in items:
        wheel.schedule(item, 1)

    turn(wheel, 1)
    assert sum(bool(item.seen) for item in items) == 2_000
    turn(wheel, 2)
    assert all(len(item.seen) == 1 for item in items)
    assert not wheel._buckets


def test_a_failing_item_does_not_keep_others_from_being_due() -> None:
    """The fault is logged, and the wheel goes on."""
    wheel = TimerWheel(10)
    items = [Item(wheel) for _ in range(3)]
    items[1].error = ValueError("broken")
    for item in items:
        wheel.schedule(item, 1)

    with capture_logs() as logs:
        turn(wheel, 1)
    assert [item.seen for item in items] == [[2], [2], [2]]
    assert [entry["event"] for entry in logs] == ["a timer failed"]


def test_ticks_are_never_less_than_the_time() -> None:
    """A time limit may be a tick late, never early."""
    wheel = TimerWheel(50)

    assert [wheel.ticks(ms) for ms in (1, 50, 51, 1_000)] == [2, 2, 3, 21]


def test_random_operations_match_a_plain_list() -> None:
    """Whatever is scheduled, moved and cancelled, each item is due exactly when it should be."""
    seed = random.randrange(2**32)
    print("seed", seed)  # noqa: T201 - to repeat a failure
    source = random.Random(seed)
    wheel = TimerWheel(10)
    items = [Item(wheel) for _ in range(30)]
    expected: dict[int, int] = {}
    for _ in range(5_000):
        number = source.randrange(len(items))
        match source.randrange(3):
            case 0:
                ticks = source.randrange(1, 20)
                wheel.schedule(items[number], ticks)
                expected[number] = wheel.tick + ticks
            case 1:
                wheel.cancel(items[number])
                expected.pop(number, None)
            case _:
                wheel.advance()
                for index, item in enumerate(items):
                    due = expected.get(index) == wheel.tick
                    assert (item.seen[-1:] == [wheel.tick]) is due
                    if due:
                        del expected[index]


async def test_the_wheel_turns_on_a_loop_until_it_is_stopped() -> None:
    """Ticks pass by themselves; after the stop nothing is due any more."""
    wheel = TimerWheel(5)
    item = Item(wheel)
    item.again = 1
    wheel.start(asyncio.get_running_loop())
    wheel.schedule(item, 1)
    await until(lambda: len(item.seen) >= 3)
    wheel.stop()
    count = len(item.seen)
    await asyncio.sleep(0.03)

    assert len(item.seen) == count
