"""Tests of `client.load.series`."""

from __future__ import annotations

import random
from typing import Any

import pytest

from client.load import series as module
from client.load.results import Tally
from client.load.series import MAXIMUM_CODES, Series


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of every series."""
    clock = Clock()
    monkeypatch.setattr(module, "perf_counter", clock)
    return clock


def begun(expected_s: float = 60.0) -> tuple[Tally, Series]:
    """Return a tally and its series."""
    tally = Tally()
    tally.series = Series(tally, expected_s=expected_s, cpu_s=0.0)
    return tally, tally.series


def test_sums_equal_the_totals(clock: Clock) -> None:
    """Whatever is counted whenever, each count is in exactly one interval."""
    chance = random.Random(7)
    tally, series = begun()
    spin = series.game("slot").spin
    for step in range(400):
        clock.now += chance.uniform(0, 0.3)
        if not series.wait():
            series.close(0.0)
        if step in (20, 300):
            series.phase("betting" if step == 20 else "finishing", 0.0)
        tally.bets += chance.randrange(5)
        tally.arrivals += chance.randrange(5)
        tally.reconnects += chance.randrange(2)
        tally.dropped_sends += chance.randrange(2)
        series.answered(spin, chance.randrange(100_000))
        if chance.random() < 0.2:
            tally.error(chance.choice(["busy", "stale_round"]), "slot spin")
    series.finish(0.0)
    figures = series.figures()

    assert sum(figures["bets"]) == tally.bets
    assert sum(figures["arrivals"]) == tally.arrivals
    assert sum(figures["reconnects"]) == tally.reconnects
    assert sum(figures["dropped_sends"]) == tally.dropped_sends
    assert sum(figures["answers"]) == 400
    assert {code: sum(counts) for code, counts in figures["errors"].items()} == tally.errors
    assert sum(group["count"] for group in series.groups()) == sum(tally.errors.values())
    assert {len(column) for column in figures["errors"].values()} == {len(figures["at_s"])}


def test_time_counts_from_the_first_bet(clock: Clock) -> None:
    """What was before is negative, and intervals follow each other without a gap."""
    tally, series = begun()
    clock.now += 0.6
    series.phase("betting", 0.1)
    for _ in range(3):
        clock.now += series.wait()
        tally.bets += 10
        series.close(0.1)
    figures = series.figures()

    assert figures["phases"] == [
        {"name": "connecting", "at_s": -0.6},
        {"name": "betting", "at_s": 0.0},
    ]
    assert figures["at_s"] == [-0.6, 0.0, 1.0, 2.0]
    assert figures["length_s"] == [0.6, 1.0, 1.0, 1.0]
    assert figures["bets"] == [0, 10, 10, 10]


def test_a_short_phase_leaves_its_counts_to_the_next(clock: Clock) -> None:
    """A rate over some milliseconds would be noise."""
    tally, series = begun()
    clock.now += 0.01
    tally.bets = 3
    series.phase("betting", 0.0)
    clock.now += 1
    series.close(0.0)

    assert series.figures()["bets"] == [3]
    assert series.figures()["length_s"] == [1.01]


def test_percentiles_are_those_of_the_interval(clock: Clock) -> None:
    """Within a hundredth; an interval without answers has none."""
    _, series = begun()
    spin = series.game("slot").spin
    for value in range(1, 1_001):
        series.answered(spin, value * 100)
    clock.now += 1
    series.close(0.0)
    clock.now += 1
    series.close(0.0)
    figures = series.figures()

    assert figures["p50_ms"][0] == pytest.approx(50, rel=0.01)
    assert figures["p99_ms"][0] == pytest.approx(99, rel=0.01)
    assert figures["max_ms"] == [100.0, None]
    assert figures["p50_ms"][1] is None


@pytest.mark.parametrize("duration_us", [-5, 0, 255, 256, 10**6, 10**12])
def test_every_duration_finds_a_bucket(clock: Clock, duration_us: int) -> None:
    """Neither a clock that steps back nor a stall of days is lost."""
    _, series = begun()
    series.answered(series.game("slot").deal, duration_us)
    clock.now += 1
    series.close(0.0)

    assert series.figures()["answers"] == [1]
    assert series.messages()[0]["answers"] == 1


def test_the_generator_is_watched(clock: Clock) -> None:
    """Its CPU by interval, and the latest that its event loop woke up."""
    _, series = begun()
    series.lag(1_500)
    series.lag(500)
    clock.now += 2
    series.close(1.0)
    clock.now += 1
    series.close(1.25)
    figures = series.figures()

    assert figures["generator_cpu"] == [0.5, 0.25]
    assert figures["lag_ms"] == [1.5, 0.0]


def test_memory_is_bounded(clock: Clock) -> None:
    """A long run has long intervals, and one that will not end has ever longer ones."""
    assert begun(86_400.0)[1].interval_s == 24.0

    _, series = begun()
    for _ in range(200_000):
        clock.now += 1
        if not series.wait():
            series.close(0.0)
    assert len(series.figures()["at_s"]) < 26_000
    assert series.interval_s > 1


def test_codes_are_bounded(clock: Clock) -> None:
    """A server that makes up codes fills one more column, not the memory."""
    tally, series = begun()
    for number in range(500):
        tally.error(f"made_up_{number}", "slot spin")
    clock.now += 1
    series.close(0.0)
    errors: dict[str, Any] = series.figures()["errors"]

    assert len(errors) == MAXIMUM_CODES + 1
    assert sum(sum(counts) for counts in errors.values()) == 500
    assert series.groups()[0] == {
        "code": "other",
        "where": "slot spin",
        "count": 500 - MAXIMUM_CODES,
        "first_s": 0.0,
        "last_s": 0.0,
    }


def test_an_end_without_news_adds_no_interval(clock: Clock) -> None:
    """Players who have left would else look like players who fell out."""
    tally, series = begun()
    clock.now += 1
    series.close(0.0)
    clock.now += 0.5
    series.finish(0.0)
    assert len(series.figures()["at_s"]) == 1

    tally.bets += 1
    series.finish(0.0)
    assert series.figures()["bets"] == [0, 1]
