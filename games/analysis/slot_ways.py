"""What one spin of a machine that pays ways comes to, counted exactly over its whole cycle.

The ways of a run are a product of one number a reel, and the reels are independent. So sums and
sums of products come from one walk over the reels, without looking at any window.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from games.analysis.spins import LineCell, SpinClass, label_ways
from games.slots.columns import columns_of, scatters_of
from games.slots.model import Machine, ReelSet
from games.slots.windows import WaysRules

_Sums = dict[int, int]
"""By label."""


class WaysCounter:
    """Counts over the cycle of one reel set; see `games.analysis.spins.SpinCounter`."""

    def __init__(
        self, machine: Machine, reels: ReelSet, *, free: bool = False, held: int = 0
    ) -> None:
        self._machine = machine
        self.cycle = reels.cycle
        self._columns = [
            Counter(table) for table in columns_of(machine, reels, free=free, held=held)
        ]
        rules = WaysRules(machine)
        self._reels: list[Counter[tuple[tuple[int, ...], int]]] = []
        """For each reel how often each (cells that continue each row, label) is seen."""
        for reel, counts in enumerate(self._columns):
            seen: Counter[tuple[tuple[int, ...], int]] = Counter()
            for column, weight in counts.items():
                rows = rules.rows(reel, column.symbols)
                cells = tuple(rows[row][0] if row in rows else 0 for row in range(self._rows))
                seen[cells, column.label] += weight
            self._reels.append(seen)

    @property
    def _rows(self) -> int:
        return len(self._machine.pays)

    def classes(self, *, means_only: bool = False) -> tuple[SpinClass, ...]:
        """Return the cycle by label; labels that cannot happen are left out."""
        sums: _Sums = defaultdict(int)
        squares: _Sums = defaultdict(int)
        blanks: _Sums = {}
        for row in range(self._rows):
            self._add_sums(row, sums)
        if not means_only:
            blanks = self._blanks()
            for row in range(self._rows):
                for other in range(row, self._rows):
                    self._add_products(row, other, 1 if row == other else 2, squares)
        classes = []
        for label, count in sorted(label_ways(self._columns).items()):
            pay = self._machine.scatter_pay(scatters_of(label))
            ways = sums.get(label, 0)
            square = 0
            if not means_only:
                square = squares.get(label, 0) + 2 * pay * ways + pay * pay * count
            blank = blanks.get(label, 0) if pay == 0 else 0
            classes.append(SpinClass(label, count, ways + pay * count, square, blank))
        return tuple(classes)

    def line_cells(self) -> tuple[LineCell, ...]:
        """Return how often each cell of the pay table pays, each way counted for itself."""
        cells = []
        for row, pay in enumerate(self._machine.pays):
            alive = 1
            totals = [sum(seen.values()) for seen in self._reels]
            rest = self.cycle
            for run, seen in enumerate(self._reels):
                rest //= totals[run]
                broken = sum(weight for (ways, _), weight in seen.items() if not ways[row])
                if run and pay.amounts[run]:
                    ways = alive * broken * rest
                    cells.append(LineCell(pay.name, run, pay.amounts[run], ways))
                alive *= sum(ways[row] * weight for (ways, _), weight in seen.items())
            if pay.amounts[len(self._reels)]:
                cells.append(
                    LineCell(pay.name, len(self._reels), pay.amounts[len(self._reels)], alive)
                )
        return tuple(cell for cell in cells if cell.ways)

    def runs(self, name: str, run: int) -> int:
        """Return in how many combinations of the cycle a row has a run of so many reels."""
        row = [pay.name for pay in self._machine.pays].index(name)
        ways = 1
        for reel, seen in enumerate(self._reels):
            total = sum(seen.values())
            broken = sum(weight for (cells, _), weight in seen.items() if not cells[row])
            ways *= total if reel > run else broken if reel == run else total - broken
        return ways

    def _add_sums(self, row: int, sums: _Sums) -> None:
        """Add the pays of one row of the pay table."""
        amounts = self._machine.pays[row].amounts
        alive: _Sums = {0: 1}
        done: _Sums = {}
        for run, seen in enumerate(self._reels):
            next_alive: _Sums = defaultdict(int)
            next_done: _Sums = defaultdict(int)
            for (cells, more), weight in seen.items():
                for label, value in done.items():
                    next_done[label + more] += value * weight
                for label, value in alive.items():
                    if cells[row]:
                        next_alive[label + more] += value * cells[row] * weight
                    else:
                        next_done[label + more] += value * amounts[run] * weight
            alive, done = next_alive, next_done
        for label, value in done.items():
            sums[label] += value
        for label, value in alive.items():
            sums[label] += value * amounts[-1]

    def _add_products(self, row: int, other: int, times: int, squares: _Sums) -> None:
        """Add the products of the pays of two rows.

        A state says of each row whether it is still alive; its number is the sum over all partial
        windows of the product of ways (of the alive) and amounts (of the done).
        """
        first, second = self._machine.pays[row].amounts, self._machine.pays[other].amounts
        states: dict[tuple[bool, bool, int], int] = {(True, True, 0): 1}
        for run, seen in enumerate(self._reels):
            pairs: Counter[tuple[int, int, int]] = Counter()
            for (cells, more), weight in seen.items():
                pairs[cells[row], cells[other], more] += weight
            after: dict[tuple[bool, bool, int], int] = defaultdict(int)
            for (one, two, label), value in states.items():
                for (ways, other_ways, more), weight in pairs.items():
                    product = value * weight
                    if one:
                        product *= ways or first[run]
                    if two:
                        product *= other_ways or second[run]
                    if product:
                        key = (one and ways > 0, two and other_ways > 0, label + more)
                        after[key] += product
            states = after
        for (one, two, label), value in states.items():
            product = value * (first[-1] if one else 1) * (second[-1] if two else 1)
            squares[label] += times * product

    def _blanks(self) -> _Sums:
        """Return the ways in which nothing pays: no row may live to where its amounts begin."""
        pays = self._machine.pays
        ways: dict[tuple[frozenset[int], int], int] = {(frozenset(range(self._rows)), 0): 1}
        for run, seen in enumerate(self._reels, 1):
            paying = {row for row in range(self._rows) if pays[row].amounts[run]}
            after: dict[tuple[frozenset[int], int], int] = defaultdict(int)
            for (cells, more), weight in seen.items():
                shown = {row for row in range(self._rows) if cells[row]}
                for (alive, label), count in ways.items():
                    still = alive & shown
                    if not still & paying:
                        after[still, label + more] += count * weight
            ways = after
        blanks: _Sums = defaultdict(int)
        for (_, label), count in ways.items():
            blanks[label] += count
        return blanks
