"""Tests of games.instant.multiplier."""

from __future__ import annotations

from fractions import Fraction

import pytest

from games.instant import multiplier
from games.instant.multiplier import RANGE, winning_values

RETURNS = (Fraction(99, 100), Fraction(1), Fraction(97, 100), Fraction(9, 10))
MAXIMUM = 100_000_000


@pytest.mark.parametrize("value", RETURNS, ids=str)
def test_every_value_of_a_small_range(value: Fraction, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many values reach each target as the formula says: all of them are tried."""
    monkeypatch.setattr(multiplier, "RANGE", 1 << 12)
    drawn = sorted(multiplier.multiplier(each, value, MAXIMUM) for each in range(1 << 12))

    for target in range(101, 3_000):
        assert sum(each >= target for each in drawn) == winning_values(target, value)


@pytest.mark.parametrize("value", RETURNS, ids=str)
def test_borders_in_the_full_range(value: Fraction) -> None:
    """The last winning value wins and its neighbour loses, up to the highest target."""
    for target in (101, 102, 150, 200, 333, 99_999, 1_000_000, 99_999_999, MAXIMUM):
        wins = winning_values(target, value)

        assert multiplier.multiplier(RANGE - wins, value, MAXIMUM) >= target
        assert multiplier.multiplier(RANGE - wins - 1, value, MAXIMUM) < target


@pytest.mark.parametrize("value", RETURNS, ids=str)
def test_probability_is_the_return_over_the_target(value: Fraction) -> None:
    """It is never above r/m, and short of it by less than 2^-52."""
    for target in (101, 200, 12_345, 1_000_000, MAXIMUM):
        short = value / Fraction(target, 100) - Fraction(winning_values(target, value), RANGE)

        assert 0 <= short < Fraction(1, RANGE)


def test_extremes() -> None:
    """It is at least 1.00 and at most the maximum, and grows with the value."""
    ninety_nine = RETURNS[0]

    assert multiplier.multiplier(0, ninety_nine, MAXIMUM) == 100
    assert multiplier.multiplier(RANGE // 2, ninety_nine, MAXIMUM) == 198
    assert multiplier.multiplier(RANGE - 1, ninety_nine, MAXIMUM) == MAXIMUM
    values = [RANGE * part // 1_000 for part in range(1_000)]
    drawn = [multiplier.multiplier(each, ninety_nine, MAXIMUM) for each in values]
    assert drawn == sorted(drawn)
