"""A series of outcomes that should be independent and uniform, and what a test finds in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from games.analysis.randomness.distributions import (
    chi_square,
    chi_square_tail,
    merged,
    normal_two_sided,
    two_sided,
)

LEAST: Final = 10.0
"""A cell of a chi-square comparison expects at least so many; Knuth asks for 5 (3.3.1)."""
_BOTH_ENDS: Final = 5


class Series(msgspec.Struct, frozen=True):
    """Outcomes in order. The hypothesis: independent, each of 0 to `size` - 1 equally likely."""

    values: Sequence[int]
    size: int


class Finding(msgspec.Struct, frozen=True):
    """What one test says of one series."""

    test: str
    statistic: float
    freedom: int | None
    """Degrees of freedom of a chi-square statistic, None for another law."""
    p_value: float
    """The chance of so extreme a statistic under the hypothesis, at either end where both count."""
    observations: int
    """How many independent observations were compared: cells' total, groups, runs."""


def reduced(series: Series, largest: int) -> Series:
    """Return the series on at most `largest` equally likely symbols: neighbours are joined.

    Where the size is no multiple, the few values above the largest multiple are left out; the
    rest stay independent and uniform.
    """
    if largest < 2:
        raise ValueError(f"a series has 2 symbols at least, not {largest}")
    if series.size <= largest:
        return series
    width = series.size // largest
    limit = width * largest
    return Series([value // width for value in series.values if value < limit], largest)


def compared(
    test: str, observed: Sequence[int], expected: Sequence[float], *, least: float = LEAST
) -> Finding | None:
    """Compare counts with expectations of the same total by chi-square, at both ends.

    Neighbouring cells are joined until each expects `least`. None where fewer than two are left.
    """
    cells, means = merged(observed, expected, least)
    if len(cells) < 2:
        return None
    return fitted(test, chi_square(cells, means), len(cells) - 1, sum(cells))


def fitted(test: str, statistic: float, freedom: int, observations: int) -> Finding:
    """Return the finding of a chi-square statistic.

    Both ends count, for a fit can be too good to be true; but not below five degrees of freedom,
    where counts are often exactly as expected by chance.
    """
    tail = chi_square_tail(statistic, freedom)
    p_value = two_sided(tail) if freedom >= _BOTH_ENDS else tail
    return Finding(test, statistic, freedom, p_value, observations)


def normal(test: str, z: float, observations: int) -> Finding:
    """Return the finding of a statistic that is standard normal, at both ends."""
    return Finding(test, z, None, normal_two_sided(z), observations)
