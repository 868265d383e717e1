"""One kind of spin, prepared: from drawn values to the wins of a window.

Most of twenty lines have lost after two reels, so the lines that have not are kept for each pair of
stops; a spin then walks only those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from games.entropy import Draws
from games.slots.lines import LineRules
from games.slots.machine import Machine, ReelSet


class Column(NamedTuple):
    """What is seen of one reel at one stop."""

    stop: int
    window: tuple[str, ...]
    symbols: tuple[int, ...]
    """The same as places in the machine's list of symbols."""
    scatters: tuple[int, ...]
    """Cells of the whole window that show the scatter."""


class LineHit(msgspec.Struct, frozen=True, gc=False):
    """A line that pays."""

    line: int
    """From 1."""
    symbol: str
    run: int
    amount: int
    """Line bets."""
    positions: tuple[int, ...]


class Spin(msgspec.Struct, frozen=True, gc=False):
    """The outcome of one spin, free of any stake."""

    stops: tuple[int, ...]
    window: tuple[tuple[str, ...], ...]
    hits: tuple[LineHit, ...]
    scatters: tuple[int, ...]
    """Cells that show the scatter."""
    amount: int
    """Line bets, scatter pay included; no multiplier."""


_Live = tuple[tuple[int, int, tuple[int, ...]], ...]
"""Lines not lost after two reels: (index, state, rows on the other reels)."""


class Reels:
    """A reel set with everything that a spin looks up."""

    __slots__ = (
        "_columns",
        "_live",
        "_machine",
        "_positions",
        "_rest",
        "_rules",
        "_scatter_pays",
        "_values",
    )

    def __init__(self, machine: Machine, reels: ReelSet, rules: LineRules) -> None:
        self._machine = machine
        self._rules = rules
        columns = columns_of(machine, reels)
        self._columns = columns
        self._values = tuple(reels.values)
        self._rest = tuple(line[2:] for line in machine.lines)
        self._positions = tuple(
            tuple(reel * machine.rows + row for reel, row in enumerate(line))
            for line in machine.lines
        )
        # Filled as pairs turn up: at most stops of reel 1 times stops of reel 2.
        self._live: dict[tuple[int, ...], _Live] = {}
        cells = machine.reel_count * machine.rows
        self._scatter_pays = tuple(machine.scatter_pay(count) for count in range(cells + 1))

    def spin(self, draws: Draws) -> Spin:
        """Draw one value for each reel, in order, and return what the window shows and pays."""
        values = draws.below_each(self._values)
        return self._evaluate([table[value] for table, value in zip(self._columns, values)])  # noqa: B905 - one value for each reel

    def at(self, stops: tuple[int, ...]) -> Spin:
        """Return the spin that stops there."""
        columns = [
            next(column for column in table if column.stop == stop)
            for table, stop in zip(self._columns, stops, strict=True)
        ]
        return self._evaluate(columns)

    def _evaluate(self, columns: list[Column]) -> Spin:
        stops, window, symbols, marks = zip(*columns)  # noqa: B905 - a list of equal tuples
        key = stops[:2]
        live = self._live.get(key)
        if live is None:
            live = self._live[key] = self._find_live(columns[0], columns[1])
        hits: tuple[LineHit, ...] = ()
        amount = 0
        if live:
            hits = self._hits(live, symbols[2:])
            for hit in hits:
                amount += hit.amount
        scatters: tuple[int, ...] = sum(marks, ())
        if scatters:
            amount += self._scatter_pays[len(scatters)]
        return Spin(stops, window, hits, scatters, amount)

    def _hits(self, live: _Live, symbols: Sequence[tuple[int, ...]]) -> tuple[LineHit, ...]:
        step = self._rules.step
        hits = []
        for line, start, rows in live:
            state = start
            for column, row in zip(symbols, rows):  # noqa: B905 - costs, and both are the reels
                state = step[state][column[row]]
                if not state:
                    break
            else:
                result = self._rules.result[state]
                assert result is not None
                hits.append(
                    LineHit(
                        line + 1,
                        self._machine.pays[result.pay].name,
                        result.run,
                        result.amount,
                        self._positions[line][: result.run],
                    )
                )
        return tuple(hits)

    def _find_live(self, first: Column, second: Column) -> _Live:
        rules = self._rules
        live = []
        for index, line in enumerate(self._machine.lines):
            state = rules.step[rules.start][first.symbols[line[0]]]
            state = rules.step[state][second.symbols[line[1]]]
            if state:
                live.append((index, state, self._rest[index]))
        return tuple(live)


def columns_of(machine: Machine, reels: ReelSet) -> tuple[tuple[Column, ...], ...]:
    """Return for each reel the column of each drawn value: every stop as often as it weighs."""
    place = {symbol: index for index, symbol in enumerate(machine.symbols)}
    rows = range(machine.rows)
    tables = []
    for reel, (strip, weights) in enumerate(zip(reels.strips, reels.weights, strict=True)):
        columns = []
        for stop, weight in enumerate(weights):
            window = tuple(strip[(stop + row) % len(strip)] for row in rows)
            scatters = tuple(
                reel * machine.rows + row for row in rows if window[row] == machine.scatter_symbol
            )
            symbols = tuple(place[symbol] for symbol in window)
            columns.extend([Column(stop, window, symbols, scatters)] * weight)
        tables.append(tuple(columns))
    return tuple(tables)
