"""Free games, alone."""

from __future__ import annotations

from fractions import Fraction

from games.analysis.slot_free_games import free_game_values
from games.analysis.spins import SpinClass
from games.slots.machine import FreeGames, ReelSet

REELS = ReelSet(((), ()), ((), ()))
# Of ten windows, seven without a scatter pay 5 in all (two of them), three with one pay nothing.
CLASSES = (SpinClass(0, 7, 5, 13, 5), SpinClass(1, 3, 0, 0, 3))


def rules(cap: int, more: int) -> FreeGames:
    """Return free games at a multiplier of 2 in which a scatter wins more."""
    return FreeGames((0, 1), (0, more), 2, cap, REELS)


def test_games_without_retrigger_are_as_many_spins() -> None:
    """Means add up, squares as those of independent spins, and none pays with (8/10)^n."""
    value = free_game_values(rules(4, 0), {0: CLASSES}, {4})[4]
    mean, square = Fraction(2 * 5, 10), Fraction(4 * 13, 10)

    assert value.games == 4
    assert value.amount == 4 * mean
    assert value.square == 4 * square + 12 * mean**2
    assert value.blank == Fraction(8, 10) ** 4


def test_retriggers_approach_the_closed_form() -> None:
    """E = m W / (1 - F p) a free game, of which the cap takes ever less."""
    closed = Fraction(1) / (1 - Fraction(3, 10))
    short = [
        closed - free_game_values(rules(cap, 1), {0: CLASSES}, {1})[1].amount for cap in (1, 5, 40)
    ]

    assert short[0] > short[1] > short[2] > 0
    assert short[2] < Fraction(1, 10**15)


def test_held_wilds_lead_to_other_classes() -> None:
    """After a game in which a wild came, the next is played with it."""
    held = 1 << 24
    first = (SpinClass(0, 9, 0, 0, 9), SpinClass(held, 1, 0, 0, 1))
    then = (SpinClass(held, 10, 100, 1_000, 0),)
    value = free_game_values(rules(3, 0), {0: first, 1: then}, {3})[3]

    # Twice ten in each game after the first with a wild: of the second or only the third.
    assert value.amount == Fraction(1, 10) * 40 + Fraction(9, 10) * Fraction(1, 10) * 20
    assert value.blank == Fraction(81, 100)
