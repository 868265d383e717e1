"""The exact mathematics of a slot machine: return, hit frequency, variance, and their parts.

A paid spin is counted by label, that is by what its features count (`games.slots.columns`). Given
the label, what lines and scatters pay, the free games, hold and respin and the pick bonus are
independent, so their expectations add up. A gamble is fair and is left out: wins are collected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Final, NamedTuple

from games.analysis import slot_features
from games.analysis.slot_cycle import CycleCounter, cycle_of
from games.analysis.slot_free_games import FreeGameValue, free_game_values
from games.analysis.slot_highest import highest_award
from games.analysis.slot_law import payout_law
from games.analysis.slot_ways import WaysCounter
from games.analysis.spins import LineCell, SpinClass, SpinCounter
from games.game import BetReturn
from games.slots.columns import bonus_symbols_of, coins_of, held_of
from games.slots.locating import MachineError
from games.slots.model import FreeGames, Machine, ReelSet

_LAW_ROWS: Final = 5_000
"""A law with more results than this is not listed."""
_NOTHING: Final = FreeGameValue(Fraction(0), Fraction(0), Fraction(0), Fraction(1))


class ReelFigures(NamedTuple):
    """One reel, for a PAR sheet."""

    game: str
    """`paid` or `free`."""
    reel: int
    """From 1."""
    strip: tuple[tuple[str, int], ...]
    """(symbol, weight) of each stop, from top to bottom."""
    counts: tuple[tuple[str, int], ...]
    """(symbol, sum of the weights of its stops), in the order of the machine's symbols."""


class SlotMathematics(NamedTuple):
    """Everything about one machine, per unit of total stake."""

    expected: Fraction
    hit_frequency: Fraction
    variance: Fraction
    line_return: Fraction
    """Part of `expected` from the lines or ways of paid spins, cascades included."""
    scatter_return: Fraction
    """Part from the scatter pays of paid spins."""
    free_game_return: Fraction
    """Part from free games."""
    trigger_frequency: Fraction
    """Probability that a paid spin wins free games."""
    free_games_played: Fraction
    """Expected free games of a round that has any; 0 without free games."""
    line_cells: tuple[LineCell, ...]
    """How often the first line pays each cell, out of `cycle`; all ways, where ways pay, and all
    lines and windows, where symbols cascade."""
    cycle: int
    respins_return: Fraction
    """Part from hold and respin."""
    respins_frequency: Fraction
    """Probability that a paid spin starts it."""
    pick_return: Fraction
    """Part from the pick bonus."""
    pick_frequency: Fraction
    """Probability that a paid spin starts it."""
    reels: tuple[ReelFigures, ...]

    @property
    def parts(self) -> tuple[tuple[str, Fraction], ...]:
        """Where the return comes from: every part that is not zero; they add up to `expected`."""
        parts = (
            ("Lines or ways", self.line_return),
            ("Scatters", self.scatter_return),
            ("Free games", self.free_game_return),
            ("Hold and respin", self.respins_return),
            ("Pick bonus", self.pick_return),
        )
        return tuple((name, value) for name, value in parts if value)


def expected_return(machine: Machine) -> Fraction:
    """Return the exact expected payout per unit staked.

    Takes milliseconds; a second or two where symbols cascade.
    """
    counter = _counter(machine, machine.reels)
    classes = _classes(counter, means_only=True)
    worth = _Features(machine, classes, means_only=True)
    total = Fraction(0)
    for group in classes:
        total += group.amount + group.ways * worth.all_of(group).amount
    return total / counter.cycle / machine.units


def mathematics(machine: Machine) -> SlotMathematics:
    """Return everything, exactly. Takes a second or two: never call it on an event loop."""
    counter = _counter(machine, machine.reels)
    classes = _classes(counter, means_only=False)
    features = _Features(machine, classes, means_only=False)
    unit = counter.cycle * machine.units
    scatter = sum(machine.scatter_pay(group.scatters) * group.ways for group in classes)
    paid = sum(group.amount for group in classes)
    total = square = blank = Fraction(0)
    for group in classes:
        worth = features.all_of(group)
        total += group.amount + group.ways * worth.amount
        square += group.squares + 2 * group.amount * worth.amount + group.ways * worth.square
        blank += group.blanks * worth.blank
    total /= counter.cycle

    def mean(part: Callable[[SpinClass], FreeGameValue]) -> Fraction:
        amounts = (group.ways * part(group).amount for group in classes)
        return sum(amounts, Fraction(0)) / unit

    def frequency(part: Callable[[SpinClass], FreeGameValue]) -> Fraction:
        ways = sum(group.ways for group in classes if part(group) is not _NOTHING)
        return Fraction(ways, counter.cycle)

    triggers = frequency(features.free_games)
    games = sum((group.ways * features.free_games(group).games for group in classes), Fraction(0))
    return SlotMathematics(
        expected=total / machine.units,
        hit_frequency=1 - blank / counter.cycle,
        variance=(square / counter.cycle - total**2) / machine.units**2,
        line_return=Fraction(paid - scatter, unit),
        scatter_return=Fraction(scatter, unit),
        free_game_return=mean(features.free_games),
        trigger_frequency=triggers,
        free_games_played=games / (triggers * counter.cycle) if triggers else Fraction(0),
        line_cells=_line_cells(counter),
        cycle=counter.cycle,
        respins_return=mean(features.respins),
        respins_frequency=frequency(features.respins),
        pick_return=mean(features.pick),
        pick_frequency=frequency(features.pick),
        reels=_reel_figures(machine),
    )


def bet_returns(machine: Machine) -> tuple[BetReturn, ...]:
    """Return one entry for each bet level. All pay in proportion, so they differ in name only."""
    figures = mathematics(machine)
    note = "exact, counted over the whole cycle"
    if machine.free_games is not None:
        note += "; free games exact with their cap"
    if machine.gamble is not None:
        note += "; wins collected, a gamble returns exactly 100 %"
    law = None
    if machine.free_games is None:
        whole = payout_law(machine)
        law = whole.points if whole is not None and len(whole.points) <= _LAW_ROWS else None
    highest = highest_award(machine) or (None, None)
    reachable = reachable_award(machine, law) or (None, None)
    return tuple(
        BetReturn(
            bet=f"stake-{stake}",
            expected=figures.expected,
            hit_frequency=figures.hit_frequency,
            variance=figures.variance,
            note=note,
            law=law,
            highest_award=highest[0],
            highest_award_probability=highest[1],
            reachable_award=reachable[0],
            reachable_award_probability=reachable[1],
        )
        for stake in machine.stakes
    )


def reachable_award(
    machine: Machine, law: tuple[tuple[Fraction, Fraction], ...] | None
) -> tuple[Fraction, Fraction] | None:
    """Return the highest payout that a gamble can reach, and its probability if all aim at it.

    `law` is that of the net result where wins are collected. A win is doubled as often as the rules
    allow; which one ends highest is not always the highest win. None without a gamble or a law, and
    where no gamble leads above the highest win.
    """
    rules = machine.gamble
    if rules is None or law is None:
        return None
    chances: dict[Fraction, Fraction] = {}
    for net, chance in law:
        award, doubled = net + 1, 0
        while 0 < 2 * award <= rules.maximum and doubled < rules.steps:
            award, doubled = 2 * award, doubled + 1
        chances[award] = chances.get(award, Fraction(0)) + chance / 2**doubled
    best = max(chances)
    return (best, chances[best]) if best > law[-1][0] + 1 else None


def top_pay(machine: Machine) -> tuple[int, Fraction]:
    """Return the highest pay of the first line, in line bets, and its probability.

    With ways it is that of one way, before multipliers of wilds, and the probability that a spin
    has it; with cascades on any line or way of any window. Players are told the odds of the highest
    award (GLI-19 4.7.3, standards B3).
    """
    counter = _counter(machine, machine.reels)
    top = max(_line_cells(counter), key=lambda cell: cell.amount)
    ways = top.ways if isinstance(counter, SpinCounter) else counter.runs(top.pay, top.run)
    return top.amount, Fraction(ways, counter.cycle)


def check_return(machine: Machine, minimum: Fraction) -> None:
    """Check that the return is from `minimum` to 1. Takes as long as `expected_return`.

    Raises `MachineError` at the pay table of the file.
    """
    expected = expected_return(machine)
    if expected > 1:
        what = "above 100 %"
    elif expected < minimum:
        what = f"below the minimum of {float(minimum):.2%}"
    else:
        return
    raise MachineError.at(
        machine.source, machine.origin, "pays", f"the return is {float(expected):.4%}, {what}"
    )


def _counter(
    machine: Machine, reels: ReelSet, *, free: bool = False, held: int = 0
) -> SpinCounter | WaysCounter | CycleCounter:
    if machine.cascades is not None:
        return cycle_of(machine.source, free=free)
    kind = WaysCounter if machine.ways else SpinCounter
    return kind(machine, reels, free=free, held=held)


def _classes(
    counter: SpinCounter | WaysCounter | CycleCounter, *, means_only: bool
) -> tuple[SpinClass, ...]:
    if isinstance(counter, CycleCounter):
        return counter.classes()
    return counter.classes(means_only=means_only)


def _line_cells(counter: SpinCounter | WaysCounter | CycleCounter) -> tuple[LineCell, ...]:
    return counter.line_cells(0) if isinstance(counter, SpinCounter) else counter.line_cells()


class _Features:
    """What each feature is worth, given what the paid spin shows."""

    def __init__(
        self, machine: Machine, classes: tuple[SpinClass, ...], *, means_only: bool
    ) -> None:
        self._machine = machine
        self._free_games = {0: _NOTHING}
        if machine.free_games is not None:
            awards = {machine.free_games.awards[group.scatters] for group in classes} - {0}
            free = _free_classes(machine, machine.free_games, classes, means_only=means_only)
            self._free_games |= free_game_values(machine.free_games, free, awards)
        self._respins: dict[int, FreeGameValue] = {}
        self._pick = _NOTHING
        if machine.pick is not None:
            law = slot_features.pick_law(machine.pick)
            blank = law.get(0, Fraction(0))
            self._pick = self._valued(*slot_features.moments(law), blank)

    def free_games(self, group: SpinClass) -> FreeGameValue:
        """Return what the free games of a paid spin are worth."""
        rules = self._machine.free_games
        return self._free_games[rules.awards[group.scatters] if rules else 0]

    def respins(self, group: SpinClass) -> FreeGameValue:
        """Return what its hold and respin is worth."""
        rules = self._machine.respins
        coins = coins_of(group.label)
        if rules is None or coins < rules.trigger:
            return _NOTHING
        if coins not in self._respins:
            cells = self._machine.cells
            moments = slot_features.respins_moments(rules, cells, coins)
            self._respins[coins] = self._valued(*moments, Fraction(0))
        return self._respins[coins]

    def pick(self, group: SpinClass) -> FreeGameValue:
        """Return what its pick bonus is worth."""
        rules = self._machine.pick
        starts = rules is not None and bonus_symbols_of(group.label) >= rules.trigger
        return self._pick if starts else _NOTHING

    def all_of(self, group: SpinClass) -> FreeGameValue:
        """Return what all of them are worth together; given the spin they are independent."""
        worth = self.free_games(group)
        for other in (self.respins(group), self.pick(group)):
            if other is not _NOTHING:
                worth = FreeGameValue(
                    worth.games,
                    worth.amount + other.amount,
                    worth.square + 2 * worth.amount * other.amount + other.square,
                    worth.blank * other.blank,
                )
        return worth

    def _valued(self, mean: Fraction, square: Fraction, blank: Fraction) -> FreeGameValue:
        """Return the value of a feature from its moments in total stakes."""
        units = self._machine.units
        return FreeGameValue(Fraction(0), mean * units, square * units**2, blank)


def _free_classes(
    machine: Machine, rules: FreeGames, base: tuple[SpinClass, ...], *, means_only: bool
) -> dict[int, tuple[SpinClass, ...]]:
    """Return the classes of a free game for each set of held wilds that can come."""
    differs = any(wild.expands != wild.expands_free for wild in machine.wilds)
    alike = rules.reels == machine.reels and not (
        machine.respins or machine.pick or rules.sticky or differs
    )
    if alike:
        return {0: base}
    found: dict[int, tuple[SpinClass, ...]] = {}
    waiting = [0]
    while waiting:
        held = waiting.pop()
        if held not in found:
            counter = _counter(machine, rules.reels, free=True, held=held)
            found[held] = _classes(counter, means_only=means_only)
            waiting += {held_of(group.label) for group in found[held]}
    return found


def _reel_figures(machine: Machine) -> tuple[ReelFigures, ...]:
    sets = [("paid", machine.reels)]
    if machine.free_games is not None and machine.free_games.reels != machine.reels:
        sets.append(("free", machine.free_games.reels))
    figures = []
    for game, reels in sets:
        pairs = zip(reels.strips, reels.weights, strict=True)
        for number, (strip, weights) in enumerate(pairs, 1):
            stops = tuple(zip(strip, weights, strict=True))
            counts: Counter[str] = Counter()
            for symbol, weight in stops:
                counts[symbol] += weight
            ordered = tuple((symbol, counts[symbol]) for symbol in machine.symbols)
            figures.append(ReelFigures(game, number, stops, ordered))
    return tuple(figures)
