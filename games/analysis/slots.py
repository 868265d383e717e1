"""The exact mathematics of a slot machine: return, hit frequency, variance, free games and all.

Free games are a walk over (games played, games awarded). The cap bounds it, so the expectations are
found backwards, exactly, in integers scaled by a power of the cycle; no infinite series is cut off.
Without a cap the expectation of a free game is the closed form E = m W / (1 - F p), of which the
capped one falls short by what the cap takes.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from games.analysis.spins import LineCell, ScatterClass, SpinCounter
from games.game import BetReturn
from games.slots.machine import FreeGames, Machine


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


class SlotMathematics(NamedTuple):
    """Everything about one machine, per unit of total stake."""

    expected: Fraction
    hit_frequency: Fraction
    variance: Fraction
    line_return: Fraction
    """Part of `expected` from the lines of paid spins."""
    scatter_return: Fraction
    """Part from the scatter pays of paid spins."""
    free_game_return: Fraction
    """Part from free games."""
    trigger_frequency: Fraction
    """Probability that a paid spin wins free games."""
    free_games_played: Fraction
    """Expected free games of a round that has any; 0 without free games."""
    line_cells: tuple[LineCell, ...]
    """How often the first line pays each cell, out of `cycle`."""
    cycle: int


def expected_return(machine: Machine) -> Fraction:
    """Return the exact expected payout per unit staked. Takes milliseconds."""
    counter = SpinCounter(machine, machine.reels)
    classes = counter.classes(means_only=True)
    free = _free_classes(machine, classes, means_only=True)
    values = _values_by_award(machine, classes, free)
    total = Fraction(0)
    for group in classes:
        total += group.amount + group.ways * values[_award(machine, group)].amount
    return total / counter.cycle / len(machine.lines)


def mathematics(machine: Machine) -> SlotMathematics:
    """Return everything, exactly. Takes seconds: never call it on an event loop."""
    counter = SpinCounter(machine, machine.reels)
    cycle = counter.cycle
    lines = len(machine.lines)
    classes = counter.classes()
    values = _values_by_award(machine, classes, _free_classes(machine, classes, means_only=False))
    scatter = sum(machine.scatter_pay(group.scatters) * group.ways for group in classes)
    paid = sum(group.amount for group in classes)
    total = Fraction(0)
    square = Fraction(0)
    blank = Fraction(0)
    free_total = Fraction(0)
    games = Fraction(0)
    triggers = 0
    for group in classes:
        value = values[_award(machine, group)]
        free_total += group.ways * value.amount
        square += group.squares + 2 * group.amount * value.amount + group.ways * value.square
        blank += group.blanks * value.blank
        games += group.ways * value.games
        triggers += group.ways if _award(machine, group) else 0
    total = (paid + free_total) / cycle
    return SlotMathematics(
        expected=total / lines,
        hit_frequency=1 - blank / cycle,
        variance=(square / cycle - total**2) / lines**2,
        line_return=Fraction(paid - scatter, cycle * lines),
        scatter_return=Fraction(scatter, cycle * lines),
        free_game_return=free_total / cycle / lines,
        trigger_frequency=Fraction(triggers, cycle),
        free_games_played=games / triggers if triggers else Fraction(0),
        line_cells=counter.line_cells(0),
        cycle=cycle,
    )


def bet_returns(machine: Machine) -> tuple[BetReturn, ...]:
    """Return one entry for each bet level. All pay in proportion, so they differ in name only."""
    figures = mathematics(machine)
    note = "exact, counted over the whole cycle; free games exact with their cap"
    return tuple(
        BetReturn(f"stake-{stake}", figures.expected, figures.hit_frequency, figures.variance, note)
        for stake in machine.stakes
    )


def top_pay(machine: Machine) -> tuple[int, Fraction]:
    """Return the highest pay of the first line, in line bets, and its probability.

    Players are told the odds of the highest award (GLI-19 4.7.3, standards B3).
    """
    counter = SpinCounter(machine, machine.reels)
    top = max(counter.line_cells(0), key=lambda cell: cell.amount)
    return top.amount, Fraction(top.ways, counter.cycle)


def _award(machine: Machine, group: ScatterClass) -> int:
    return machine.free_games.awards[group.scatters] if machine.free_games else 0


def _free_classes(
    machine: Machine, base: tuple[ScatterClass, ...], *, means_only: bool
) -> tuple[ScatterClass, ...]:
    games = machine.free_games
    if games is None or games.reels == machine.reels:
        return base
    return SpinCounter(machine, games.reels).classes(means_only=means_only)


def _values_by_award(
    machine: Machine, base: tuple[ScatterClass, ...], free: tuple[ScatterClass, ...]
) -> dict[int, FreeGameValue]:
    """Return the value of the free games that each class of paid spins wins."""
    nothing = FreeGameValue(Fraction(0), Fraction(0), Fraction(0), Fraction(1))
    values = {0: nothing}
    rules = machine.free_games
    if rules is not None:
        awards = {_award(machine, group) for group in base} - {0}
        values |= free_game_values(rules, free, awards)
    return values


class _Scaled(NamedTuple):
    """A `FreeGameValue` times a power of the cycle, in integers."""

    games: int
    amount: int
    square: int
    blank: int


def free_game_values(
    rules: FreeGames, classes: tuple[ScatterClass, ...], awards: set[int]
) -> dict[int, FreeGameValue]:
    """Return what each award is worth, by the number of games awarded at once.

    With n games played of a awarded, all values are scaled by cycle^(cap - n); so each step is a
    sum of products of integers and no fraction is reduced on the way.
    """
    cycle = sum(group.ways for group in classes)
    multiplier = rules.multiplier
    steps = [
        (
            rules.retrigger_awards[group.scatters],
            group.ways,
            multiplier * group.amount,
            multiplier**2 * group.squares,
            group.blanks,
        )
        for group in classes
    ]
    scale = 1
    later: dict[int, _Scaled] = {rules.cap: _Scaled(0, 0, 0, 1)}
    found: dict[int, FreeGameValue] = {}
    for played in range(rules.cap - 1, -1, -1):
        now: dict[int, _Scaled] = {played: _Scaled(0, 0, 0, scale * cycle)}
        for awarded in range(played + 1, rules.cap + 1):
            games = amount = square = blank = 0
            for award, ways, pay, pay_square, blanks in steps:
                after = later[min(rules.cap, awarded + award)]
                games += ways * (after.games + scale)
                amount += pay * scale + ways * after.amount
                square += pay_square * scale + 2 * pay * after.amount + ways * after.square
                blank += blanks * after.blank
            now[awarded] = _Scaled(games, amount, square, blank)
        scale *= cycle
        later = now
    for awarded in awards:
        value = later[awarded]
        found[awarded] = FreeGameValue(
            Fraction(value.games, scale),
            Fraction(value.amount, scale),
            Fraction(value.square, scale),
            Fraction(value.blank, scale),
        )
    return found
