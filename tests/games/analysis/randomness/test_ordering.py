"""Tests of order: laws by enumeration and from Knuth, statistics by hand."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import pytest

from games.analysis.randomness.ordering import (
    coupon_law,
    coupons,
    gap_law,
    gaps,
    kolmogorov_smirnov,
    order_statistic,
    permutations,
    run_law,
    runs_about_middle,
    runs_up,
)
from games.analysis.randomness.sequences import Series
from tests.games.analysis.randomness.biased import fair


def test_gap_law() -> None:
    """A gap of r has the chance p (1 - p)^r; what is longer has the rest (Knuth 3.3.2 C)."""
    assert gap_law(0.25, 2) == pytest.approx([0.25, 0.1875, 0.5625])


def test_gaps_by_hand() -> None:
    """Of two symbols: 60 gaps of nothing, 20 of one; the law has half and half."""
    found = gaps(Series([0] * 61 + [1, 0] * 20, 2))

    assert found is not None
    # The cells 0, 1, 2 and longer expect 40, 20, 10 and 10.
    assert found.statistic == pytest.approx(400 / 40 + 0 + 10 + 10)
    assert found.observations == 80


def test_what_comes_before_the_first_is_no_gap() -> None:
    """The way to the first marked value has no beginning, so it is not counted."""
    with_way = gaps(Series([1] * 50 + [0] * 61 + [1, 0] * 20, 2))

    assert with_way == gaps(Series([0] * 61 + [1, 0] * 20, 2))


def test_coupon_law_by_counting() -> None:
    """All ways to draw seven of three, by the draw that completes the set."""
    lengths: Counter[int] = Counter()
    for draws in itertools.product(range(3), repeat=7):
        complete = (n for n in range(3, 8) if len(set(draws[:n])) == 3)
        lengths[next(complete, 8)] += 1

    assert coupon_law(3, 7) == pytest.approx([lengths[n] / 3**7 for n in range(3, 9)])


def test_coupon_law_has_the_known_mean() -> None:
    """Six sides of a die take 6 (1 + 1/2 + … + 1/6) = 14.7 throws on average."""
    law = coupon_law(6, 400)

    assert sum(n * chance for n, chance in enumerate(law, 6)) == pytest.approx(14.7)


def test_coupons_by_hand() -> None:
    """Of two symbols: 30 sets after two draws, 10 after three; half and a quarter are expected."""
    found = coupons(Series([0, 1] * 30 + [0, 0, 1] * 10, 2))

    assert found is not None
    assert found.statistic == pytest.approx(10**2 / 20 + 0 + 10)
    assert found.observations == 40


def test_run_law_by_counting() -> None:
    """All sequences of three of five, by the first rising run."""
    lengths: Counter[int] = Counter()
    for a, b, c in itertools.product(range(5), repeat=3):
        lengths[1 if b <= a else 2 if c <= b else 3] += 1

    assert run_law(5, 3) == pytest.approx([lengths[n] / 125 for n in (1, 2, 3)])


def test_run_law_tends_to_knuths() -> None:
    """Without ties a run of r has the chance 1/r! - 1/(r + 1)! (Knuth 3.3.2, exercise 14)."""
    known = [1 / math.factorial(r) - 1 / math.factorial(r + 1) for r in range(1, 5)]

    assert run_law(10**9, 5)[:4] == pytest.approx(known, abs=1e-8)


def test_runs_up_by_hand() -> None:
    """Of two symbols: three runs in four have one value, whose end is left out."""
    # 1 ends at once with a 1 or 0 behind it; 0 1 is a run of two and takes one more.
    found = runs_up(Series([1, 0] * 50 + [0, 1, 0] * 30, 2))

    assert found is not None
    assert found.observations == 80
    assert found.statistic == pytest.approx(10**2 / 60 + 10**2 / 20)


def test_runs_about_middle_by_hand() -> None:
    """Of 100 places 60 changes: (2 · 60 - 100) / 10 = 2 standard deviations."""
    values = [index % 2 for index in range(61)] + [0] * 40

    found = runs_about_middle(Series(values, 2))

    assert found is not None
    assert found.statistic == pytest.approx(2)
    assert found.p_value == pytest.approx(0.0455, abs=5e-5)


def test_permutations_by_hand() -> None:
    """Six orders of three; groups with a tie are left out."""
    groups = [list(order) for order in itertools.permutations(range(3)) for _ in range(10)]
    groups += [[0, 1, 2]] * 6 + [[1, 1, 0]] * 100
    found = permutations(Series([value for group in groups for value in group], 3))

    assert found is not None
    assert (found.observations, found.freedom) == (66, 5)
    assert found.statistic == pytest.approx(5 * 1**2 / 11 + 5**2 / 11)


def test_order_statistic_by_hand() -> None:
    """The highest of five coins is tails once in 32 (Knuth 3.3.2 H)."""
    found = order_statistic(Series([0] * 5 * 20 + [0, 0, 0, 0, 1] * 300, 2))

    assert found is not None
    assert found.statistic == pytest.approx(10**2 / 10 + 10**2 / 310)


def test_kolmogorov_smirnov_sees_a_gentle_slope() -> None:
    """Fair digits pass; with a twentieth of the lower half left out they do not."""
    values = fair(64, 40_000)
    sloping = [value for index, value in enumerate(values) if value >= 32 or index % 10]
    even, odd = kolmogorov_smirnov(Series(values, 64)), kolmogorov_smirnov(Series(sloping, 64))

    assert even is not None
    assert odd is not None
    assert even.p_value > 0.01
    assert odd.p_value < 1e-4


def test_kolmogorov_smirnov_by_hand() -> None:
    """Fifty numbers, all in the middle of the lower half: the distance is half and more."""
    found = kolmogorov_smirnov(Series([1 << 19] * 50, 1 << 21))

    assert found is not None
    assert found.statistic == pytest.approx(0.75, abs=1e-6)


@pytest.mark.parametrize(
    "test",
    [
        gaps,
        coupons,
        runs_up,
        runs_about_middle,
        permutations,
        order_statistic,
        kolmogorov_smirnov,
    ],
)
def test_short_series_say_nothing(test: object) -> None:
    """A test that cannot be relied on gives no p-value."""
    assert callable(test)
    assert test(Series([0, 1, 2, 3, 4], 37)) is None
