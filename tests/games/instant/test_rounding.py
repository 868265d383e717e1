"""Tests of games.instant.rounding."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from games.instant import Crash, Dice, HiLo, Limbo, Mines, Plinko
from games.instant.rounding import (
    MINIMUM_RETURN,
    MINIMUM_STAKE,
    STAKES,
    checked_return,
    paid,
    percent,
    return_at,
    rounded_down,
    rounding_note,
    written,
)

GAMES = (Crash, Dice, HiLo, Limbo, Mines, Plinko)


@pytest.mark.parametrize("value", [Fraction(9, 10), Fraction(19, 20), Fraction(1)])
def test_returns_that_a_game_can_be_made_for(value: Fraction) -> None:
    """From 90 to 100 %, both included."""
    assert checked_return(value) == value
    for kind in GAMES:
        assert kind(value).return_to_player == value


@pytest.mark.parametrize("value", [Fraction(0), Fraction(8_999, 10_000), Fraction(1_001, 1_000)])
def test_returns_that_are_refused(value: Fraction) -> None:
    """Above 100 %, and below the stated minimum."""
    with pytest.raises(ValueError, match="returns from 9/10 to 1"):
        checked_return(value)
    for kind in GAMES:
        with pytest.raises(ValueError, match="returns from 9/10 to 1"):
            kind(value)


def test_another_return_is_another_digest() -> None:
    """A game of another return cannot pass for the same version."""
    digests = {kind(value).digest for kind in GAMES for value in (MINIMUM_RETURN, Fraction(1))}

    assert len(digests) == 2 * len(GAMES)


def test_rounding_is_down() -> None:
    """Multipliers lose what is beyond their decimals, payouts what is beyond minor units."""
    assert rounded_down(Fraction(2)) == 200
    assert rounded_down(Fraction(1_999_999, 1_000_000)) == 199
    assert rounded_down(Fraction(1_999_999, 1_000_000), 10_000) == 19_999
    assert paid(100, 199) == 199
    assert paid(101, 199) == 200
    assert paid(100, 10_199, 10_000) == 101
    assert paid(2**53, 100) == 2**53


def test_written() -> None:
    """As many decimals as the scale has."""
    assert [written(each) for each in (0, 5, 100, 198, 100_000_000)] == [
        "0.00",
        "0.05",
        "1.00",
        "1.98",
        "1000000.00",
    ]
    assert written(10_199, 10_000) == "1.0199"
    assert percent(Fraction(490_153, 500_000)) == "98.0306 %"


def test_the_published_example_of_dice() -> None:
    """At a chance of 97.06 % and a stake of 1.00 rounding to the cent leaves 98.03 of 99 %."""
    ways = ((9_706, 10_199), (294, 0))

    assert return_at(ways, 100, 10_000) == Fraction(9_706 * 101, 1_000_000)
    assert percent(return_at(ways, 100, 10_000), 2) == "98.03 %"
    assert "98.0306 % at 100" in rounding_note(ways, Fraction(98_991_494, 10**8), 10_000)


def test_rounding_takes_most_at_the_lowest_stake() -> None:
    """Of the stakes offered none returns less than the lowest, whatever the multipliers are."""
    assert STAKES[0] == MINIMUM_STAKE
    assert not any(stake % STAKES[0] for stake in STAKES)
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - a failing test shows it
    chance = random.Random(seed)
    for _ in range(300):
        ways = tuple((chance.randrange(1, 99), chance.randrange(50_000)) for _ in range(3))
        returns = [return_at(ways, stake, 10_000) for stake in STAKES]
        assert min(returns) == returns[0]


def test_a_note_says_where_payouts_are_exact() -> None:
    """Two decimals are paid exactly at stakes that are multiples of 100."""
    assert rounding_note(((1, 199), (1, 0)), Fraction(199, 200)) == (
        "Payouts are exact at every stake offered"
    )
