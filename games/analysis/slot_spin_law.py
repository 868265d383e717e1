"""The exact law of one spin: how many combinations of stops pay each amount, label by label.

The cycle of a video slot has 10^8 windows and more. Reels are seen from left to right, and windows
that cannot be told apart any more are merged: of lines it matters which states are still undecided
and on which rows they go on, of ways which rows of the pay table are still alive with how many
ways. What is already decided is an amount. Everything is counted in integers, ways out of the
cycle.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Mapping

from games.analysis.slot_cycle import SpinLaw, cycle_of
from games.slots.columns import columns_of, scatters_of
from games.slots.lines import LineRules
from games.slots.model import Machine, ReelSet
from games.slots.windows import WaysRules

_Seen = tuple[tuple[int, ...], int]
"""What a reel shows: its symbols and its label."""


class TooLongError(Exception):
    """A law would take longer than it is worth."""


class Budget:
    """How much work laws may be."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def spend(self, steps: int) -> None:
        """Take so many steps. Raises TooLongError when all are used up."""
        self._left -= steps
        if self._left < 0:
            raise TooLongError


def spin_law(
    machine: Machine, *, free: bool = False, held: int = 0, budget: Budget | None = None
) -> SpinLaw:
    """Return ways out of the cycle by (label, line bets paid), scatter pays included.

    `free` says that it is the spin of a free game, whose multiplier is left out; `held` in which
    cells wilds of earlier ones are held. Takes a tenth of a second for a usual machine. Raises
    TooLongError when the budget is used up.
    """
    if machine.cascades is not None:
        return cycle_of(machine.source, free=free).law
    reels = machine.reels
    if free:
        assert machine.free_games is not None
        reels = machine.free_games.reels
    columns = _seen(machine, reels, free=free, held=held)
    budget = budget or Budget(sys.maxsize)
    walk = _ways_law if machine.ways else _lines_law
    law = walk(machine, columns, budget)
    total: SpinLaw = defaultdict(int)
    for (label, amount), ways in law.items():
        total[label, amount + machine.scatter_pay(scatters_of(label))] += ways
    return total


def _seen(machine: Machine, reels: ReelSet, *, free: bool, held: int) -> list[Mapping[_Seen, int]]:
    """Return for each reel how many of its values show each column."""
    return [
        Counter((column.symbols, column.label) for column in table)
        for table in columns_of(machine, reels, free=free, held=held)
    ]


_Undecided = tuple[tuple[int, tuple[int, ...]], ...]
"""Lines as (state, rows on the reels to come), sorted; several may be alike."""


def _lines_law(machine: Machine, columns: list[Mapping[_Seen, int]], budget: Budget) -> SpinLaw:
    rules = LineRules(machine)
    start: _Undecided = tuple(sorted((rules.start, line) for line in machine.lines))
    windows: dict[_Undecided, SpinLaw] = {start: {(0, 0): 1}}
    for seen in columns[:-1]:
        after: dict[_Undecided, SpinLaw] = {}
        for lines, law in windows.items():
            budget.spend(len(seen) * (1 + len(law)))
            for (symbols, more), weight in seen.items():
                left, paid = _advanced(rules, lines, symbols)
                into = after.setdefault(left, defaultdict(int))
                for (label, amount), ways in law.items():
                    into[label + more, amount + paid] += ways * weight
        windows = after
    total: SpinLaw = defaultdict(int)
    ends = _Ends(rules, columns[-1])
    for lines, law in windows.items():
        budget.spend(len(columns[-1]) + len(law))
        for (more, paid), weight in ends.of(lines).items():
            for (label, amount), ways in law.items():
                total[label + more, amount + paid] += ways * weight
    return total


def _advanced(
    rules: LineRules, lines: _Undecided, symbols: tuple[int, ...]
) -> tuple[_Undecided, int]:
    """Return the lines still undecided after one more reel, and what the others pay."""
    left, paid = [], 0
    for state, rows in lines:
        after = rules.step[state][symbols[rows[0]]]
        if not after:
            continue
        result = rules.result[after]
        if result is None:
            left.append((after, rows[1:]))
        else:
            paid += result.amount
    left.sort()
    return tuple(left), paid


class _Ends:
    """What the last reel makes of undecided lines."""

    def __init__(self, rules: LineRules, seen: Mapping[_Seen, int]) -> None:
        self._rules = rules
        self._columns = tuple(seen)
        self._weights = tuple(seen.values())
        self._labels = tuple(label for _, label in seen)
        self._amounts: dict[tuple[int, tuple[int, ...]], tuple[int, ...]] = {}

    def of(self, lines: _Undecided) -> Mapping[tuple[int, int], int]:
        """Return weights by (label, line bets paid)."""
        amounts = [0] * len(self._columns)
        for line in lines:
            if line not in self._amounts:
                self._amounts[line] = tuple(self._amount(line, seen) for seen, _ in self._columns)
            amounts = [one + more for one, more in zip(amounts, self._amounts[line], strict=True)]
        found: dict[tuple[int, int], int] = defaultdict(int)
        for label, amount, weight in zip(self._labels, amounts, self._weights, strict=True):
            found[label, amount] += weight
        return found

    def _amount(self, line: tuple[int, tuple[int, ...]], symbols: tuple[int, ...]) -> int:
        state, (row,) = line
        result = self._rules.result[self._rules.step[state][symbols[row]]]
        assert result is not None, "every reel has been seen"
        return result.amount


_Alive = tuple[tuple[int, int], ...]
"""Rows of the pay table whose run is unbroken, each with its ways."""


def _ways_law(machine: Machine, columns: list[Mapping[_Seen, int]], budget: Budget) -> SpinLaw:
    rules = WaysRules(machine)
    windows: dict[_Alive, SpinLaw] = {
        tuple((row, 1) for row in range(len(machine.pays))): {(0, 0): 1}
    }
    for reel, seen in enumerate(columns):
        shown: Counter[tuple[tuple[tuple[int, int], ...], int]] = Counter()
        for (symbols, label), weight in seen.items():
            cells = tuple((row, each[0]) for row, each in rules.rows(reel, symbols).items())
            shown[cells, label] += weight
        after: dict[_Alive, SpinLaw] = {}
        for alive, law in windows.items():
            budget.spend(len(shown) * (1 + len(law)))
            for (cells, more), weight in shown.items():
                left, paid = _continued(machine, reel, alive, dict(cells))
                into = after.setdefault(left, defaultdict(int))
                for (label, amount), ways in law.items():
                    into[label + more, amount + paid] += ways * weight
        windows = after
    total: SpinLaw = defaultdict(int)
    for alive, law in windows.items():
        paid = sum(ways * machine.pays[row].amounts[-1] for row, ways in alive)
        for (label, amount), count in law.items():
            total[label, amount + paid] += count
    return total


def _continued(
    machine: Machine, reel: int, alive: _Alive, cells: Mapping[int, int]
) -> tuple[_Alive, int]:
    """Return the rows still alive after one more reel, and what the others pay."""
    left, paid = [], 0
    for row, ways in alive:
        if row in cells:
            left.append((row, ways * cells[row]))
        else:
            paid += ways * machine.pays[row].amounts[reel]
    return tuple(left), paid
