"""Tail probabilities against tables and closed forms."""

from __future__ import annotations

import math

import pytest

from games.analysis.randomness.distributions import (
    binomial_chance,
    binomial_tail,
    chi_square,
    chi_square_tail,
    holm,
    kolmogorov_distance,
    kolmogorov_tail,
    merged,
    normal_below,
    normal_two_sided,
    two_sided,
    upper_gamma,
)


@pytest.mark.parametrize("x", [0.0, 0.1, 1.0, 2.5, 20.0, 200.0])
def test_upper_gamma_has_closed_forms(x: float) -> None:
    """Q(1, x) is an exponential, Q(1/2, x) a complementary error function, Q(3, x) a short sum."""
    assert upper_gamma(1, x) == pytest.approx(math.exp(-x), rel=1e-12)
    assert upper_gamma(0.5, x) == pytest.approx(math.erfc(math.sqrt(x)), rel=1e-11)
    assert upper_gamma(3, x) == pytest.approx(math.exp(-x) * (1 + x + x * x / 2), rel=1e-12)


def test_upper_gamma_of_a_large_shape() -> None:
    """Q(n, x) is a Poisson sum for whole n, also where thousands of cells are compared."""
    for x in (900.0, 1_000.0, 1_100.0):
        terms = [math.exp(k * math.log(x) - x - math.lgamma(k + 1)) for k in range(1_000)]
        assert upper_gamma(1_000, x) == pytest.approx(math.fsum(terms), rel=1e-9)


@pytest.mark.parametrize(("shape", "x"), [(0, 1), (-1, 1), (1, -0.1)])
def test_upper_gamma_is_not_defined_everywhere(shape: float, x: float) -> None:
    """Arguments without a value are a fault of the caller."""
    with pytest.raises(ValueError, match="not defined"):
        upper_gamma(shape, x)


@pytest.mark.parametrize(
    ("freedom", "statistic", "tail"),
    [
        (1, 3.841, 0.05),
        (1, 6.635, 0.01),
        (10, 18.307, 0.05),
        (36, 58.619, 0.01),
        (100, 149.449, 0.001),
    ],
)
def test_chi_square_tables(freedom: int, statistic: float, tail: float) -> None:
    """The critical values that every table of chi-square prints."""
    assert chi_square_tail(statistic, freedom) == pytest.approx(tail, rel=2e-3)


def test_normal_tables() -> None:
    """The critical values that every table of the normal law prints."""
    assert normal_below(0) == 0.5
    assert normal_below(1.6449) == pytest.approx(0.95, abs=1e-5)
    assert normal_two_sided(-2.5758) == pytest.approx(0.01, rel=1e-4)
    assert two_sided(0.999) == pytest.approx(0.002)
    assert two_sided(0.5) == 1.0


def test_binomial_by_counting() -> None:
    """Three or more heads of four: 5 of 16 ways. A tail from zero on is certain."""
    assert binomial_chance(2, 4, 0.5) == pytest.approx(6 / 16)
    assert binomial_tail(3, 4, 0.5) == pytest.approx(5 / 16)
    assert binomial_tail(0, 4, 0.5) == 1.0
    assert binomial_tail(3, 55, 0.01) == pytest.approx(0.0178, abs=5e-4)


def test_kolmogorov_tables() -> None:
    """The limit law: 1.3581 leaves 5 %, 1.6276 leaves 1 %. Of 20 values 0.294 leaves 5 %."""
    count = 10**12
    for critical, tail in ((1.3581, 0.05), (1.6276, 0.01)):
        assert kolmogorov_tail(critical / math.sqrt(count), count) == pytest.approx(tail, rel=1e-3)
    assert kolmogorov_tail(0.294, 20) == pytest.approx(0.05, rel=0.02)
    assert kolmogorov_tail(0.01, 100) == 1.0


def test_kolmogorov_distance_by_hand() -> None:
    """Half of the values lie at 0.7, where 70 % should lie below: the distance is 0.7."""
    assert kolmogorov_distance([0.9, 0.7]) == pytest.approx(0.7)
    assert kolmogorov_distance([0.25, 0.75]) == pytest.approx(0.25)


def test_chi_square_by_hand() -> None:
    """Knuth's two dice (3.3.1): 144 throws, V = 7 7/48 for the first run of his example."""
    observed = [2, 4, 10, 12, 22, 29, 21, 15, 14, 9, 6]
    expected = [4 * ways for ways in (1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1)]

    assert chi_square(observed, expected) == pytest.approx(7 + 7 / 48)


def test_cells_are_merged() -> None:
    """Neighbours are joined until each cell expects enough; a short rest goes to the last."""
    assert merged([1, 2, 3, 4, 5], [4, 4, 10, 6, 1], 8) == ([3, 12], [8, 17])
    assert merged([1, 2], [1, 1], 8) == ([3], [2])


def test_holm_by_hand() -> None:
    """The smallest is multiplied by the number of tests, the next by one less, never falling."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
