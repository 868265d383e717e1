"""Tests of `games.analysis.chi_square`."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from games.analysis.chi_square import EXPECTED_MIN, Tail, chi_square, survival

F = Fraction
DIE = [(F(face), F(1, 6)) for face in range(1, 7)]


@pytest.mark.parametrize(
    ("statistic", "degrees", "p"),
    [
        # Quantiles from the standard table (Abramowitz and Stegun 26.8).
        (3.8414588206941236, 1, 0.05),
        (6.6348966010212145, 1, 0.01),
        (5.991464547107979, 2, 0.05),
        (18.307038053275146, 10, 0.05),
        (2.5582121601872063, 10, 0.99),
        (124.34211340400407, 100, 0.05),
        (29.58829844507442, 10, 0.001),
    ],
)
def test_known_quantiles(statistic: float, degrees: int, p: float) -> None:
    """The probability is that of the tables, on either side of the mean."""
    assert survival(statistic, degrees) == pytest.approx(p, rel=1e-9)


@pytest.mark.parametrize("statistic", [0.01, 0.5, 1.0, 3.0, 10.0, 60.0, 300.0, 1400.0])
def test_closed_forms(statistic: float) -> None:
    """One degree is erfc, two an exponential, 2k a finite Poisson sum, tails included."""
    half = statistic / 2
    poisson = math.exp(-half) * math.fsum(half**k / math.factorial(k) for k in range(20))

    assert survival(statistic, 1) == pytest.approx(math.erfc(math.sqrt(half)), rel=1e-11)
    assert survival(statistic, 2) == pytest.approx(math.exp(-half), rel=1e-11)
    assert survival(statistic, 40) == pytest.approx(poisson, rel=1e-9)


def test_many_degrees_of_freedom() -> None:
    """For many degrees the law is near the normal one of Wilson and Hilferty."""
    for degrees in (1_000, 100_000, 1_000_000):
        for deviations in (-3.0, 0.0, 2.5):
            statistic = degrees + deviations * math.sqrt(2 * degrees)
            spread = 2 / (9 * degrees)
            normal = ((statistic / degrees) ** (1 / 3) - 1 + spread) / math.sqrt(spread)
            near = math.erfc(normal / math.sqrt(2)) / 2
            assert survival(statistic, degrees) == pytest.approx(near, abs=2e-4)


def test_bounds() -> None:
    """Nothing is exceeded for sure, infinity never; nonsense is refused."""
    assert survival(0, 3) == 1
    assert survival(math.inf, 3) == 0
    assert survival(1e6, 3) == 0
    for statistic, degrees in ((1.0, 0), (-1.0, 1), (math.nan, 1)):
        with pytest.raises(ValueError, match="chi-square needs"):
            survival(statistic, degrees)


def test_a_fair_die() -> None:
    """The statistic is Pearson's sum."""
    counts = dict(zip((F(face) for face in range(1, 7)), (5, 8, 9, 8, 10, 20), strict=True))
    test = chi_square(counts, DIE)

    assert test.statistic == pytest.approx(13.4)
    assert test.degrees == 5
    assert test.p == pytest.approx(0.0199052, rel=1e-5)
    assert test.impossible == 0


def test_rare_outcomes_are_merged() -> None:
    """Neighbours share a bin until each expects five, and the tail goes to the last bin."""
    law = [
        (F(-1), F(9_000, 10_000)),
        (F(1), F(960, 10_000)),
        (F(5), F(30, 10_000)),
        (F(50), F(9, 10_000)),
        (F(500), F(1, 10_000)),
    ]
    counts = {F(-1): 900, F(1): 95, F(5): 3, F(50): 1, F(500): 1}
    test = chi_square(counts, law)

    assert [(each.low, each.high, each.observed) for each in test.bins] == [
        (F(-1), F(-1), 900),
        (F(1), F(500), 100),
    ]
    assert all(each.expected >= EXPECTED_MIN for each in test.bins)
    assert sum(each.probability for each in test.bins) == 1


def test_what_the_law_does_not_know() -> None:
    """One impossible result is enough: the probability is zero."""
    test = chi_square({**{F(face): 100 for face in range(1, 7)}, F(7): 1}, DIE)

    assert (test.impossible, test.p) == (1, 0)


def test_a_biased_die_is_found() -> None:
    """A face that comes a third more often has no chance in ten thousand throws."""
    counts = {F(face): 1_600 for face in range(1, 6)} | {F(6): 2_000}

    assert chi_square(counts, DIE).p < 1e-6


def test_a_tail() -> None:
    """All outcomes above one are a class of their own, and none of them is impossible."""
    law = [(F(-1), F(7, 10)), (F(1), F(2, 10))]
    counts = {F(-1): 70, F(1): 15, F(9): 10, F(1_000): 5}
    test = chi_square(counts, law, Tail(F(1), F(1, 10)))

    assert [(each.low, each.high, each.observed) for each in test.bins] == [
        (F(-1), F(-1), 70),
        (F(1), F(1), 15),
        (F(1), None, 15),
    ]
    assert test.statistic == pytest.approx(25 / 20 + 25 / 10)
    assert (test.degrees, test.impossible) == (2, 0)
    assert chi_square({**counts, F(0): 1}, law, Tail(F(1), F(1, 10))).impossible == 1


def test_a_rare_tail() -> None:
    """Is counted with the outcome before it."""
    law = [(F(-1), F(9, 10)), (F(1), F(99, 1000))]
    test = chi_square({F(-1): 90, F(1): 9, F(50): 1}, law, Tail(F(1), F(1, 1000)))

    assert [(each.low, each.high, each.observed) for each in test.bins] == [
        (F(-1), F(-1), 90),
        (F(1), None, 10),
    ]
    with pytest.raises(ValueError, match="add up to 1"):
        chi_square({}, law, Tail(F(1), F(1, 999)))


def test_a_sure_thing_and_a_broken_law() -> None:
    """A single outcome cannot be off; probabilities that do not add up are refused."""
    assert chi_square({F(0): 10}, [(F(0), F(1))]).p == 1
    with pytest.raises(ValueError, match="add up to 1"):
        chi_square({}, [(F(0), F(1, 2))])
