"""What any window pays, by lines or by ways.

With ways a row of the pay table pays for the longest run of it from the leftmost reel, once for
each choice of one cell on each reel of the run; a wild with a multiplier counts as so many cells.
Every row pays for itself and the wins of all rows are added.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from games.slots.lines import LineRules
from games.slots.model import Machine

Symbols = Sequence[Sequence[int]]
"""Of each reel from top to bottom, as places in the machine's list of symbols."""


class LineHit(msgspec.Struct, frozen=True, gc=False):
    """A line that pays."""

    line: int
    """From 1."""
    symbol: str
    run: int
    amount: int
    """Line bets."""
    positions: tuple[int, ...]
    multiplier: int = 1
    """Of wilds; contained in the amount."""


class WaysHit(msgspec.Struct, frozen=True, gc=False):
    """A row of the pay table that pays by ways."""

    symbol: str
    run: int
    ways: int
    """Multipliers of wilds included."""
    amount: int
    """Line bets, for all ways together."""
    positions: tuple[int, ...]


Hit = LineHit | WaysHit

_Row = tuple[int, tuple[int, ...]]
"""How many cells of a reel continue a row's run (weighted by multipliers), and which."""


class WaysRules:
    """The pay table of a machine that pays ways."""

    __slots__ = ("_machine", "_pays", "_weights")

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._pays = [(pay.name, pay.amounts) for pay in machine.pays]
        multipliers = {wild.symbol: wild.multiplier for wild in machine.wilds}
        self._weights = [
            [
                multipliers.get(symbol, 1) if symbol in pay.symbols else 0
                for symbol in machine.symbols
            ]
            for pay in machine.pays
        ]
        """`_weights[row][symbol]`: for how many cells a symbol counts; 0 breaks the run."""

    def rows(self, reel: int, symbols: Sequence[int]) -> dict[int, _Row]:
        """Return what a reel adds to each row of the pay table that it can continue."""
        found = {}
        for index, weights in enumerate(self._weights):
            cells = [row for row, symbol in enumerate(symbols) if weights[symbol]]
            if cells:
                total = sum([weights[symbols[row]] for row in cells])
                found[index] = (total, tuple([reel * self._machine.rows + row for row in cells]))
        return found

    def hits(self, reels: Sequence[dict[int, _Row]]) -> tuple[WaysHit, ...]:
        """Return the wins of reels that `rows` has prepared."""
        hits = []
        for index, first in reels[0].items():
            ways, cells = first
            run = 1
            for reel in reels[1:]:
                row = reel.get(index)
                if row is None:
                    break
                ways *= row[0]
                cells += row[1]
                run += 1
            name, amounts = self._pays[index]
            if amounts[run]:
                hits.append(WaysHit(name, run, ways, amounts[run] * ways, cells))
        return tuple(hits)


class WindowRules:
    """The wins of any window: for cascades, where a window is no set of stops."""

    __slots__ = ("_lines", "_machine", "_rows", "_ways")

    def __init__(self, machine: Machine, lines: LineRules) -> None:
        self._machine = machine
        self._lines = lines
        self._ways = WaysRules(machine) if machine.ways else None
        # Filled as columns turn up; the reader keeps cycles with cascades small.
        self._rows: dict[tuple[int, ...], dict[int, _Row]] = {}

    def hits(self, symbols: Symbols) -> tuple[Hit, ...]:
        """Return the wins of a window, lines in their order or rows in that of the pay table."""
        if self._ways is not None:
            prepared = []
            for reel, column in enumerate(symbols):
                key = (reel, *column)
                rows = self._rows.get(key)
                if rows is None:
                    rows = self._rows[key] = self._ways.rows(reel, column)
                prepared.append(rows)
            return self._ways.hits(prepared)
        hits = []
        for number, line in enumerate(self._machine.lines):
            result = self._lines.evaluate(
                tuple([column[row] for column, row in zip(symbols, line, strict=True)])
            )
            if result.amount:
                cells = tuple([reel * self._machine.rows + row for reel, row in enumerate(line)])
                hits.append(
                    LineHit(
                        number + 1,
                        self._machine.pays[result.pay].name,
                        result.run,
                        result.amount,
                        cells[: result.run],
                        result.multiplier,
                    )
                )
        return tuple(hits)
