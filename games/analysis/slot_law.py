"""The exact law of a round of any slot machine, wins collected.

A round is its paid spin and what that starts, and given what the spin shows those are independent:
the law of the spin by label (`games.analysis.slot_spin_law`), of hold and respin and the pick bonus
(`games.analysis.slot_features`), and of the free games (`games.analysis.slot_run_law`). All is
counted in whole numbers.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from games.analysis import slot_features
from games.analysis.payout_law import PayoutLaw
from games.analysis.slot_cycle import SpinLaw
from games.analysis.slot_run_law import RunLaws
from games.analysis.slot_spin_law import Budget, TooLongError, spin_law
from games.slots.columns import bonus_symbols_of, coins_of, held_of, scatters_of
from games.slots.model import Machine

_ENDS: Final = (1_000, 500, 400, 300, 200, 150, 100, 75, 50, 40, 30, 20, 10, 5, 2, 1)
"""Total stakes up to which payouts with free games are told apart: the first that is affordable."""


_WINDOWS: Final = 5_000_000
"""Groups of windows, each with one more reel, that are looked at before a law is given up."""


class _Paid(NamedTuple):
    """What a round pays without its free games."""

    ways: Mapping[int, Mapping[int, int]]
    """By free games awarded, then by line bets."""
    combinations: int


def payout_law(machine: Machine) -> PayoutLaw | None:
    """Return the law of a round, None where it would take too long.

    May take seconds: never call it on an event loop.
    """
    try:
        return _counted(machine, Budget(_WINDOWS))
    except TooLongError:
        return None


def _counted(machine: Machine, budget: Budget) -> PayoutLaw | None:
    paid = _paid(machine, budget)
    rules = machine.free_games
    starts = {award: law for award, law in paid.ways.items() if award}
    plain = paid.ways.get(0, {})
    if rules is None or not starts:
        return _law(machine, plain, paid.combinations, None)
    runs = RunLaws(rules, free_spin_laws(machine, budget), starts)
    highest = max(runs.highest, *plain)
    ends = (highest, *(end * machine.units for end in _ENDS if end * machine.units < highest))
    end = next((end for end in ends if runs.affordable(end + 1)), None)
    if end is None:
        return None
    total: dict[int, int] = defaultdict(int, runs.below(end + 1))
    for amount, ways in plain.items():
        if amount <= end:
            total[amount] += ways * runs.combinations
    combinations = paid.combinations * runs.combinations
    return _law(machine, total, combinations, None if end == highest else end)


def _law(
    machine: Machine, ways: Mapping[int, int], combinations: int, end: int | None
) -> PayoutLaw:
    points = tuple(
        (Fraction(amount, machine.units) - 1, Fraction(count, combinations))
        for amount, count in sorted(ways.items())
        if count
    )
    beyond = Fraction(combinations - sum(ways.values()), combinations)
    if end is None:
        assert not beyond, "every way is counted once"
        return PayoutLaw(points)
    return PayoutLaw(points, Fraction(end, machine.units) - 1, beyond)


def free_spin_laws(machine: Machine, budget: Budget | None = None) -> dict[int, SpinLaw]:
    """Return the law of a free game for each set of cells where wilds can be held."""
    found: dict[int, SpinLaw] = {}
    waiting = [0]
    while waiting:
        held = waiting.pop()
        if held not in found:
            found[held] = spin_law(machine, free=True, held=held, budget=budget)
            waiting += {held_of(label) for label, _ in found[held]}
    return found


def _paid(machine: Machine, budget: Budget) -> _Paid:
    groups: dict[tuple[int, int, bool], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for (label, amount), ways in spin_law(machine, budget=budget).items():
        groups[_starts(machine, label)][amount] += ways
    features = {
        (coins, picking): _features(machine, coins, picking=picking) for _, coins, picking in groups
    }
    scale = math.lcm(*(chance.denominator for law in features.values() for chance in law.values()))
    found: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for (award, coins, picking), law in groups.items():
        more = [
            (value * machine.units, chance.numerator * (scale // chance.denominator))
            for value, chance in features[coins, picking].items()
        ]
        budget.spend(len(law) * len(more))
        into = found[award]
        for amount, ways in law.items():
            for value, chance in more:
                into[amount + value] += ways * chance
    return _Paid(found, machine.reels.cycle * scale)


def _starts(machine: Machine, label: int) -> tuple[int, int, bool]:
    """Return (free games awarded, coins that start hold and respin, whether the pick starts)."""
    rules, respins, pick = machine.free_games, machine.respins, machine.pick
    coins = coins_of(label)
    return (
        rules.awards[scatters_of(label)] if rules is not None else 0,
        coins if respins is not None and coins >= respins.trigger else 0,
        pick is not None and bonus_symbols_of(label) >= pick.trigger,
    )


def _features(machine: Machine, coins: int, *, picking: bool) -> slot_features.Law:
    """Return the law of what the features that have started pay, in total stakes."""
    law: slot_features.Law = {0: Fraction(1)}
    if coins and machine.respins is not None:
        law = slot_features.respins_law(machine.respins, machine.cells, coins)
    if picking and machine.pick is not None:
        law = slot_features.convolved(law, slot_features.pick_law(machine.pick))
    return law
