"""Tests of `client.load.histogram`."""

from __future__ import annotations

import random

import pytest
from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]

from client.load.histogram import MAXIMUM_US, Histogram


def test_short_durations_are_exact() -> None:
    """Below two milliseconds each microsecond has its own bucket."""
    histogram = Histogram()
    for value in range(2048):
        histogram.record(value)

    assert [histogram.percentile((value + 1) / 2048) for value in range(2048)] == list(range(2048))


@pytest.mark.parametrize("seed", range(5))
def test_percentiles_are_within_a_thousandth(seed: int) -> None:
    """Compared with the sorted durations themselves, never below them."""
    chance = random.Random(seed)
    values = sorted(int(chance.lognormvariate(9, 3)) for _ in range(5_000))
    histogram = Histogram()
    for value in values:
        histogram.record(value)
    for share in (0.001, 0.5, 0.9, 0.99, 0.999, 1.0):
        found = histogram.percentile(share)
        exact = values[max(1, round(share * 5_000)) - 1]
        assert found is not None
        assert exact <= found <= exact * 1.001 + 1

    assert histogram.maximum == values[-1]


def test_a_distribution_ends_with_the_longest() -> None:
    """Shares ascend from 0 to 1, each with the duration of that percentile."""
    histogram = Histogram()
    for value in range(1_000):
        histogram.record(value * 3)
    points = histogram.distribution()
    told = [share for share, _ in points]

    assert told == sorted(told)
    assert points[0] == (0.0, 0.0)
    assert points[-1] == (1.0, 2.997)
    assert all(
        duration == round((histogram.percentile(share) or 0) / 1000, 3)
        for share, duration in points
    )
    assert Histogram().distribution() == []


def test_out_of_range_durations_are_counted() -> None:
    """Neither a clock that steps back nor a stall of a day is lost."""
    histogram = Histogram()
    histogram.record(-5)
    histogram.record(MAXIMUM_US * 4)

    assert histogram.count == 2
    assert histogram.percentile(0.1) == 0
    assert histogram.maximum == MAXIMUM_US * 4
    assert histogram.percentile(1.0) == MAXIMUM_US


def test_nothing_recorded_is_no_latency() -> None:
    """An empty run has no percentiles rather than zeros."""
    assert set(Histogram().milliseconds().values()) == {None}


def test_milliseconds_are_named_as_the_report_has_them() -> None:
    """Five figures, in milliseconds."""
    histogram = Histogram()
    for value in range(1, 1001):
        histogram.record(value)

    assert histogram.milliseconds() == {
        "p50": 0.5,
        "p90": 0.9,
        "p99": 0.99,
        "p999": 0.999,
        "max": 1.0,
    }


def test_the_exchange_format_is_read_by_the_library() -> None:
    """The HDR form holds the same counts and, within its precision, the same percentiles."""
    histogram = Histogram()
    for value in (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000):
        histogram.record(value)
    decoded = HdrHistogram.decode(histogram.hdr())

    assert decoded.get_total_count() == 7
    assert decoded.get_value_at_percentile(50) == pytest.approx(1_000, rel=0.002)
    assert decoded.get_max_value() == pytest.approx(1_000_000, rel=0.002)
