"""What free games are worth: a walk over games played, games awarded and wilds held.

The cap bounds the walk, so the expectations are found backwards, exactly, in integers scaled by a
power of the cycle; no infinite series is cut off. Without a cap the expectation of a free game is
the closed form E = m W / (1 - F p), of which the capped one falls short by what the cap takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from games.analysis.spins import SpinClass
from games.slots.columns import held_of
from games.slots.model import FreeGames


class FreeGameValue(NamedTuple):
    """What a run of free games is worth from its start, by the number awarded."""

    games: Fraction
    """Expected number played."""
    amount: Fraction
    """Expected line bets paid."""
    square: Fraction
    """Expected square of the same."""
    blank: Fraction
    """Probability that all of them pay nothing."""


class _Scaled(NamedTuple):
    """A `FreeGameValue` times a power of the cycle, in integers."""

    games: int
    amount: int
    square: int
    blank: int


class _Step(NamedTuple):
    """One class of free games as the walk needs it."""

    award: int
    held: int
    ways: int
    pay: int
    square: int
    blanks: int


def free_game_values(
    rules: FreeGames, classes: Mapping[int, tuple[SpinClass, ...]], awards: set[int]
) -> dict[int, FreeGameValue]:
    """Return what each award is worth, by the number of games awarded at once.

    `classes` are those of a free game by the set of cells where wilds are held; only 0 where none
    are. With n games played of a awarded, all values are scaled by cycle^(cap - n); so each step is
    a sum of products of integers and no fraction is reduced on the way.
    """
    cycle = sum(group.ways for group in classes[0])
    steps = {held: _steps(rules, groups) for held, groups in classes.items()}
    scale = 1
    later = {(rules.cap, held): _Scaled(0, 0, 0, 1) for held in steps}
    for played in range(rules.cap - 1, -1, -1):
        nothing = _Scaled(0, 0, 0, scale * cycle)
        now = {(played, held): nothing for held in steps}
        for awarded in range(played + 1, rules.cap + 1):
            for held, groups in steps.items():
                games = amount = square = blank = 0
                for step in groups:
                    after = later[min(rules.cap, awarded + step.award), step.held]
                    games += step.ways * (after.games + scale)
                    amount += step.pay * scale + step.ways * after.amount
                    square += (
                        step.square * scale + 2 * step.pay * after.amount + step.ways * after.square
                    )
                    blank += step.blanks * after.blank
                now[awarded, held] = _Scaled(games, amount, square, blank)
        scale *= cycle
        later = now
    found: dict[int, FreeGameValue] = {}
    for awarded in awards:
        value = later[awarded, 0]
        found[awarded] = FreeGameValue(
            Fraction(value.games, scale),
            Fraction(value.amount, scale),
            Fraction(value.square, scale),
            Fraction(value.blank, scale),
        )
    return found


def _steps(rules: FreeGames, groups: tuple[SpinClass, ...]) -> list[_Step]:
    multiplier = rules.multiplier
    return [
        _Step(
            rules.retrigger_awards[group.scatters],
            held_of(group.label),
            group.ways,
            multiplier * group.amount,
            multiplier**2 * group.squares,
            group.blanks,
        )
        for group in groups
    ]
