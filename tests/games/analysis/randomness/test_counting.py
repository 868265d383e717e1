"""Tests that count: laws by enumeration and from Knuth, statistics by hand."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import pytest

from games.analysis.randomness.counting import (
    adjacency,
    collision_law,
    duplicates,
    frequency,
    overlapping_statistic,
    overlaps,
    poisson,
    poker,
    poker_law,
    serial,
    subsequences,
)
from games.analysis.randomness.distributions import chi_square_tail
from games.analysis.randomness.sequences import Series
from tests.games.analysis.randomness.biased import fair


def test_frequency_by_hand() -> None:
    """Counts 12, 8, 10 and 10 give 4/10 + 4/10 = 0.8 with three degrees of freedom."""
    found = frequency(Series([0] * 12 + [1] * 8 + [2] * 10 + [3] * 10, 4))

    assert found is not None
    assert found.statistic == pytest.approx(0.8)
    assert found.freedom == 3
    assert found.p_value == pytest.approx(chi_square_tail(0.8, 3))


def test_frequency_counts_ranges_of_many() -> None:
    """A range expects as much as it has values: 7 in three ranges are 3, 2 and 2."""
    found = frequency(Series([0, 1, 2] * 4 + [3, 4] * 4 + [5, 6] * 5, 7))

    assert found is not None
    expected = (30 * 3 / 7, 30 * 2 / 7, 30 * 2 / 7)
    # Expectations of 12.9, 8.6 and 8.6: the last two are joined to reach ten.
    statistic = (12 - expected[0]) ** 2 / expected[0] + (18 - 2 * expected[1]) ** 2 / (
        2 * expected[1]
    )
    assert found.statistic == pytest.approx(statistic)


def test_serial_by_hand() -> None:
    """Pairs 00, 01, 10 and 11 that come 16, 8, 8 and 8 times of 10 each give 4.8."""
    pairs = [(0, 0)] * 16 + [(0, 1)] * 8 + [(1, 0)] * 8 + [(1, 1)] * 8
    found = serial(Series([value for pair in pairs for value in pair], 2))

    assert found is not None
    assert found.statistic == pytest.approx(4.8)
    assert found.freedom == 3


def test_overlapping_statistic_of_the_publication() -> None:
    """SP 800-22 2.11.4: ψ² of 0011011101 is 2.8, 1.2 and 0.4 for groups of 3, 2 and 1."""
    values = [int(digit) for digit in "0011011101"]
    found = [overlapping_statistic(values, 2, length) for length in (3, 2, 1, 0)]

    assert found == pytest.approx([2.8, 1.2, 0.4, 0])


def test_overlaps_have_the_freedom_of_good() -> None:
    """Groups of three of d symbols: d³ - d² degrees of freedom."""
    found = overlaps(Series(fair(10, 20_000), 10))

    assert found is not None
    assert found.freedom == 1_000 - 100


def test_poker_law_by_counting() -> None:
    """All hands of five out of four, counted; and Knuth's for ten digits: 30.24 % all different."""
    counts = Counter(len(set(hand)) for hand in itertools.product(range(4), repeat=5))

    assert poker_law(4, 5) == pytest.approx([counts[r] / 4**5 for r in range(1, 6)])
    assert poker_law(10, 5) == pytest.approx([0.0001, 0.0135, 0.18, 0.504, 0.3024])


def test_poker_by_hand() -> None:
    """Hands of two: all equal 1 of 16, both 15 of 16."""
    found = poker(Series([0] * 5 * 30 + [0, 0, 0, 0, 1] * 290, 2))

    assert found is not None
    assert found.statistic == pytest.approx(10**2 / 20 + 10**2 / 300)
    assert found.freedom == 1


def test_collision_law_by_counting() -> None:
    """Three balls in four urns: 24 of 64 ways without a collision, 36 with one, 4 with two."""
    assert collision_law(3, 4) == pytest.approx([24 / 64, 36 / 64, 4 / 64])


def test_collision_law_of_the_birthdays() -> None:
    """23 birthdays are all different with a chance of 49.27 %."""
    assert collision_law(23, 365)[0] == pytest.approx(0.4927, abs=5e-5)
    assert math.fsum(collision_law(64, 1_024)) == pytest.approx(1)


def test_duplicates_need_a_long_series() -> None:
    """Twenty throws of 64 groups at least; and a series that repeats itself is found out."""
    assert duplicates(Series(fair(32, 2_000), 32)) is None
    found = duplicates(Series(fair(32, 50) * 400, 32))
    assert found is not None
    assert found.p_value < 1e-9


def test_poisson_by_hand() -> None:
    """Two symbols, windows of four: the binomial law 1, 4, 6, 4, 1 of 16."""
    windows = [[1] * 4] * 16 + [[0, 1, 1, 1]] * 36 + [[0, 0, 1, 1]] * 60
    windows += [[0, 0, 0, 1]] * 38 + [[0] * 4] * 10
    found = poisson(Series([value for window in windows for value in window], 2))

    assert found is not None
    expected = (10, 40, 60, 40, 10)
    observed = (16, 36, 60, 38, 10)
    statistic = sum((o - e) ** 2 / e for o, e in zip(observed, expected, strict=True))
    assert found.statistic == pytest.approx(statistic)
    assert found.freedom == 4


def test_subsequences_by_hand() -> None:
    """Every fifth value is 0 three times in four, the others are even: 20 · (1/4)² · 4 = 5."""
    part = [0, 0, 0, 1]
    values = []
    for index in range(20):
        values += [part[index % 4], index % 2, index % 2, index % 2, index % 2]
    found = subsequences(Series(values, 2))

    assert found is not None
    assert found.statistic == pytest.approx(5)
    assert found.freedom == 5


def test_adjacency_by_hand() -> None:
    """Distances of three symbols in a circle: 20, 10 and 15 of 15 each give 50/15."""
    pairs = [(2, 2)] * 20 + [(2, 0)] * 10 + [(0, 2)] * 15
    found = adjacency(Series([value for pair in pairs for value in pair], 3))

    assert found is not None
    assert found.statistic == pytest.approx(50 / 15)
    assert found.freedom == 2


@pytest.mark.parametrize(
    "test", [frequency, serial, overlaps, poker, duplicates, poisson, subsequences, adjacency]
)
def test_short_series_say_nothing(test: object) -> None:
    """A test that cannot be relied on gives no p-value."""
    assert callable(test)
    assert test(Series([0, 1, 2, 3, 4], 37)) is None
