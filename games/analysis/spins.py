"""What one spin of a machine with lines comes to, counted exactly over its whole cycle.

The cycle of a video slot has 10^8 windows and more, so it is not walked window by window. The sum
of the line pays needs one line at a time, its square two lines at a time, and a spin without a win
all lines at once; each time the windows that cannot be told apart any more are merged reel by reel
(`games.slots.lines` gives the states). All counts are integers: ways out of the cycle.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from games.slots.columns import Column, columns_of, scatters_of
from games.slots.lines import LOST, LineRules
from games.slots.model import Machine, ReelSet


class SpinClass(NamedTuple):
    """All windows of a cycle with the same label: the same counts for scatters and features."""

    label: int
    """See `games.slots.columns`."""
    ways: int
    amount: int
    """Sum of line bets paid, scatter pays included."""
    squares: int
    """Sum of the squares of the same. Zero where only means were asked for."""
    blanks: int
    """Ways in which nothing pays. Zero where only means were asked for."""

    @property
    def scatters(self) -> int:
        """How many scatters these windows show."""
        return scatters_of(self.label)


class LineCell(NamedTuple):
    """One cell of the pay table: how often one line pays it."""

    pay: str
    run: int
    amount: int
    """Line bets; with ways of one way, without multipliers of wilds."""
    ways: int
    """Combinations of the cycle; with ways each counts as many times as it pays."""


class SpinCounter:
    """Counts over the cycle of one reel set of a machine with lines.

    `free` says that it is that of free games, `held` where wilds of earlier ones are held.
    """

    def __init__(
        self, machine: Machine, reels: ReelSet, *, free: bool = False, held: int = 0
    ) -> None:
        self._machine = machine
        self._rules = LineRules(machine)
        self.cycle = reels.cycle
        columns = columns_of(machine, reels, free=free, held=held)
        self._columns = [Counter(table) for table in columns]

    def classes(self, *, means_only: bool = False) -> tuple[SpinClass, ...]:
        """Return the cycle by label; labels that cannot happen are left out."""
        ways = label_ways(self._columns)
        sums = self._sums()
        squares: dict[int, int] = {}
        blanks: dict[int, int] = {}
        if not means_only:
            squares = self._squares()
            blanks = self._blanks()
        classes = []
        for label, count in sorted(ways.items()):
            pay = self._machine.scatter_pay(scatters_of(label))
            lines = sums.get(label, 0)
            amount = lines + pay * count
            square = 0
            if not means_only:
                square = squares.get(label, 0) + 2 * pay * lines + pay * pay * count
            blank = blanks.get(label, 0) if pay == 0 else 0
            classes.append(SpinClass(label, count, amount, square, blank))
        return tuple(classes)

    def line_cells(self, line: int) -> tuple[LineCell, ...]:
        """Return how often line `line` (from 0) pays each cell of the pay table."""
        ways: dict[tuple[int, int, int], int] = defaultdict(int)
        for (state, _), count in self._walk_line(line).items():
            result = self._rules.result[state]
            assert result is not None, "every reel has been seen"
            if result.amount:
                ways[result.pay, result.run, result.amount] += count
        return tuple(
            LineCell(self._machine.pays[pay].name, count, amount, number)
            for (pay, count, amount), number in sorted(ways.items())
        )

    def _walk_line(self, line: int) -> dict[tuple[int, int], int]:
        """Return ways by (state, label) after the last reel."""
        step = self._rules.step
        ways = {(self._rules.start, 0): 1}
        for reel, column_counts in enumerate(self._columns):
            row = self._machine.lines[line][reel]
            seen: dict[tuple[int, int], int] = defaultdict(int)
            for column, weight in column_counts.items():
                seen[column.symbols[row], column.label] += weight
            after: dict[tuple[int, int], int] = defaultdict(int)
            for (symbol, more), weight in seen.items():
                for (state, label), count in ways.items():
                    after[step[state][symbol], label + more] += count * weight
            ways = after
        return ways

    def _amount(self, state: int) -> int:
        result = self._rules.result[state]
        assert result is not None, "every reel has been seen"
        return result.amount

    def _sums(self) -> dict[int, int]:
        """Return the sum of all line pays by label."""
        sums: dict[int, int] = defaultdict(int)
        for line in range(len(self._machine.lines)):
            for (state, label), count in self._walk_line(line).items():
                sums[label] += count * self._amount(state)
        return sums

    def _squares(self) -> dict[int, int]:
        """Return the sum of the squared sum of line pays by label.

        (Σ X_i)² is the sum of X_i X_j over all ordered pairs of lines.
        """
        squares: dict[int, int] = defaultdict(int)
        lines = self._machine.lines
        for index, first in enumerate(lines):
            for second in lines[index:]:
                times = 1 if first is second else 2
                for (one, other, label), count in self._walk_pair(first, second).items():
                    product = self._amount(one) * self._amount(other)
                    squares[label] += times * count * product
        return squares

    def _walk_pair(
        self, first: tuple[int, ...], second: tuple[int, ...]
    ) -> dict[tuple[int, int, int], int]:
        """Return ways by (state, state, label); pairs of which one has lost are dropped."""
        step = self._rules.step
        ways = {(self._rules.start, self._rules.start, 0): 1}
        for reel, column_counts in enumerate(self._columns):
            seen: dict[tuple[int, int, int], int] = defaultdict(int)
            for column, weight in column_counts.items():
                symbols = column.symbols
                seen[symbols[first[reel]], symbols[second[reel]], column.label] += weight
            after: dict[tuple[int, int, int], int] = defaultdict(int)
            for (one, other, label), count in ways.items():
                one_step, other_step = step[one], step[other]
                for (symbol, other_symbol, more), weight in seen.items():
                    next_one = one_step[symbol]
                    if next_one == LOST:
                        continue
                    next_other = other_step[other_symbol]
                    if next_other != LOST:
                        after[next_one, next_other, label + more] += count * weight
            ways = after
        return ways

    def _blanks(self) -> dict[int, int]:
        """Return the ways in which no line pays, by label.

        A window is dropped as soon as one line is sure to pay; most are, or are all lost, after
        three reels.
        """
        rules = self._rules
        sure = _sure_to_pay(rules)
        lines = self._machine.lines
        ways = {((rules.start,) * len(lines), 0): 1}
        for reel, column_counts in enumerate(self._columns):
            after: dict[tuple[tuple[int, ...], int], int] = defaultdict(int)
            for column, weight in column_counts.items():
                shown = [column.symbols[line[reel]] for line in lines]
                more = column.label
                for (states, label), count in ways.items():
                    next_states = _advance(rules, states, shown, sure)
                    if next_states is not None:
                        after[next_states, label + more] += count * weight
            ways = after
        blanks: dict[int, int] = defaultdict(int)
        for (_, label), count in ways.items():
            blanks[label] += count
        return blanks


def _advance(
    rules: LineRules, states: tuple[int, ...], shown: list[int], sure: frozenset[int]
) -> tuple[int, ...] | None:
    """Return the next states of all lines, or None once one of them is sure to pay."""
    step = rules.step
    after = [
        step[state][symbol] if state else LOST for state, symbol in zip(states, shown, strict=True)
    ]
    return None if any(state in sure for state in after) else tuple(after)


def _sure_to_pay(rules: LineRules) -> frozenset[int]:
    """Return the states from which no symbols lead to nothing: a fixed point from below."""
    losing = {LOST}
    grew = True
    while grew:
        grew = False
        for state, nexts in enumerate(rules.step):
            if state not in losing and any(after in losing for after in nexts):
                losing.add(state)
                grew = True
    return frozenset(range(len(rules.step))) - losing


def label_ways(columns: Sequence[Mapping[Column, int]]) -> dict[int, int]:
    """Return ways by label of the window, from the weight of each column of each reel."""
    ways = {0: 1}
    for reel in columns:
        seen: dict[int, int] = defaultdict(int)
        for column, weight in reel.items():
            seen[column.label] += weight
        after: dict[int, int] = defaultdict(int)
        for more, weight in seen.items():
            for label, count in ways.items():
                after[label + more] += count * weight
        ways = after
    return ways


def mean(classes: Iterable[SpinClass], cycle: int) -> Fraction:
    """Return the mean of the line bets that a spin pays."""
    return Fraction(sum(group.amount for group in classes), cycle)
