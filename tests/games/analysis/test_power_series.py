"""Tests of `games.analysis.power_series`."""

from __future__ import annotations

from random import Random

import pytest

from games.analysis.power_series import packed, product, series, unpacked, weighted_sum

LENGTH = 12


def multiplied(first: dict[int, int], second: dict[int, int]) -> dict[int, int]:
    """Return the product term by term, cut off at the length."""
    found: dict[int, int] = {}
    for power, factor in first.items():
        for more, other in second.items():
            if power + more < LENGTH:
                found[power + more] = found.get(power + more, 0) + factor * other
    return dict(sorted(found.items()))


def some(random: Random) -> dict[int, int]:
    """Return coefficients of any size, some beyond the length."""
    powers = sorted(random.sample(range(LENGTH + 4), random.randint(0, 8)))
    return {power: random.randint(1, 10 ** random.randint(1, 30)) for power in powers}


@pytest.mark.parametrize("seed", range(40))
def test_products_and_sums_are_exact(seed: int) -> None:
    """Term by term, whatever the sizes, zeros below and what is cut off."""
    print(f"seed {seed}")  # noqa: T201 - a failing test shows it
    random = Random(seed)
    first, second = some(random), some(random)
    one, other = series(first, LENGTH), series(second, LENGTH)
    added = {
        power: 7 * first.get(power, 0) + second.get(power, 0)
        for power in range(LENGTH)
        if power in first or power in second
    }

    assert product(one, other).coefficients() == multiplied(first, second)
    assert weighted_sum([(7, one), (1, other)]).coefficients() == added
    assert product(one, other).total >= sum(product(one, other).coefficients().values())


def test_a_series_is_cut_off() -> None:
    """Powers from the length on are gone, but for the bound of what all can be."""
    one = series({0: 2, 3: 5, 9: 100}, 4)

    assert one.coefficients() == {0: 2, 3: 5}
    assert (one.length, one.total, one.blanks) == (4, 107, 0)
    assert series({2: 1}, 4).blanks == 2
    assert series({}, 4).blanks == 4


def test_products_that_are_cut_off_whole() -> None:
    """Two series that begin late have a product beyond the length."""
    assert product(series({3: 1}, 4), series({1: 1}, 4)).coefficients() == {}


@pytest.mark.parametrize(("length", "kept"), [(3, {0: 1}), (7, {0: 1, 3: 12, 6: 5}), (99, None)])
def test_another_step(length: int, kept: dict[int, int] | None) -> None:
    """A series in x^3 has the same coefficients three times as far apart."""
    one = series({0: 1, 1: 12, 2: 5, 4: 3}, 5)

    assert one.stretched(3, length).length == length
    assert one.stretched(3, length).coefficients() == (kept or {0: 1, 3: 12, 6: 5, 12: 3})


def test_packed_numbers() -> None:
    """Coefficients stand side by side, the lowest last."""
    number = packed(series({0: 12, 2: 7}, 3), 4)

    assert number == 700000012
    assert unpacked(number, 4, 2, 19).coefficients() == {0: 12}
