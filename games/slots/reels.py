"""One kind of spin, prepared: from drawn values to the wins of a window.

Most of twenty lines have lost after two reels, so the lines that have not are kept for each pair of
stops; a spin then walks only those.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from games.entropy import Draws
from games.slots.columns import Column, columns_of, is_filled, label_of, scatters_of
from games.slots.lines import LineRules
from games.slots.model import Cascades, Machine, ReelSet
from games.slots.windows import Hit, LineHit, WaysRules, WindowRules

Window = tuple[tuple[str, ...], ...]
"""Symbols of each reel from top to bottom."""


class Cascade(msgspec.Struct, frozen=True, gc=False):
    """A window after the winning symbols of the one before have gone."""

    window: Window
    hits: tuple[Hit, ...]
    multiplier: int
    """Of the wins of this window; not contained in them."""


class Spin(msgspec.Struct, frozen=True, gc=False):
    """The outcome of one spin, free of any stake."""

    stops: tuple[int, ...]
    window: Window
    hits: tuple[Hit, ...]
    scatters: tuple[int, ...]
    """Cells that show the scatter, in the last window where symbols cascade."""
    amount: int
    """Line bets, scatter pay and cascades included; no multiplier of free games."""
    label: int = 0
    """What features count, see `games.slots.columns`."""
    expanded: tuple[int, ...] = ()
    """Reels that a wild has filled, from 0."""
    cascades: tuple[Cascade, ...] = ()

    @property
    def last_window(self) -> Window:
        """The window that is left in the end."""
        return self.cascades[-1].window if self.cascades else self.window


_Live = tuple[tuple[int, int, tuple[int, ...]], ...]
"""Lines not lost after two reels: (index, state, rows on the other reels)."""


class Reels:
    """A reel set with everything that a spin looks up.

    `free` says that it is that of free games, `held` where wilds of earlier ones are held.
    """

    __slots__ = (
        "_columns",
        "_filled",
        "_free",
        "_live",
        "_machine",
        "_positions",
        "_rest",
        "_rules",
        "_scatter_pays",
        "_strips",
        "_values",
        "_ways",
        "_ways_rows",
        "_windows",
    )

    def __init__(
        self,
        machine: Machine,
        reels: ReelSet,
        rules: LineRules,
        *,
        free: bool = False,
        held: int = 0,
    ) -> None:
        self._machine = machine
        self._rules = rules
        self._free = free
        self._strips = reels.strips
        self._columns = columns_of(machine, reels, free=free, held=held)
        self._values = tuple(reels.values)
        self._rest = tuple(line[2:] for line in machine.lines)
        self._positions = tuple(
            tuple(reel * machine.rows + row for reel, row in enumerate(line))
            for line in machine.lines
        )
        # Filled as pairs turn up: at most stops of reel 1 times stops of reel 2.
        self._live: dict[tuple[int, ...], _Live] = {}
        self._scatter_pays = tuple(machine.scatter_pay(count) for count in range(machine.cells + 1))
        self._filled = {
            (reel, column.stop)
            for reel, table in enumerate(self._columns)
            for column in set(table)
            if is_filled(machine, column)
        }
        self._ways = WaysRules(machine) if machine.ways else None
        self._ways_rows: list[dict[int, dict[int, tuple[int, tuple[int, ...]]]]] = []
        if self._ways is not None:
            self._ways_rows = [
                {column.stop: self._ways.rows(reel, column.symbols) for column in set(table)}
                for reel, table in enumerate(self._columns)
            ]
        self._windows = WindowRules(machine, rules) if machine.cascades else None

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

    def each(self) -> Iterator[tuple[int, Spin]]:
        """Yield every combination of stops as (ways out of the cycle, spin); may take long."""
        reels = [Counter(table).items() for table in self._columns]
        for chosen in itertools.product(*reels):
            ways = math.prod([weight for _, weight in chosen])
            yield ways, self._evaluate([column for column, _ in chosen])

    def _evaluate(self, columns: list[Column]) -> Spin:
        if self._windows is not None:
            assert self._machine.cascades is not None
            return self._fall(columns, self._windows, self._machine.cascades)
        stops, window, symbols, marks, labels = zip(*columns)  # noqa: B905 - a list of equal tuples
        hits: tuple[Hit, ...] = ()
        amount = 0
        if self._ways is None:
            key = stops[:2]
            live = self._live.get(key)
            if live is None:
                live = self._live[key] = self._find_live(columns[0], columns[1])
            if live:
                hits = self._hits(live, symbols[2:])
        else:
            hits = self._ways.hits(
                [rows[stop] for rows, stop in zip(self._ways_rows, stops)]  # noqa: B905 - one stop for each reel
            )
        for hit in hits:
            amount += hit.amount
        label = sum(labels)
        scatters: tuple[int, ...] = ()
        if label:
            scatters = sum(marks, ())
            amount += self._scatter_pays[len(scatters)]
        if not self._filled:
            return Spin(stops, window, hits, scatters, amount, label)
        expanded = tuple([reel for reel, stop in enumerate(stops) if (reel, stop) in self._filled])
        return Spin(stops, window, hits, scatters, amount, label, expanded)

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
                        result.multiplier,
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

    def _fall(self, columns: list[Column], windows: WindowRules, rules: Cascades) -> Spin:
        """Return the spin with all its cascades, scatters counted when they are over."""
        machine = self._machine
        shown = [list(column.symbols) for column in columns]
        tops = [column.stop for column in columns]
        hits = first = windows.hits(shown)
        amount = rules.multiplier(0) * sum([hit.amount for hit in hits])
        cascades: list[Cascade] = []
        while hits and len(cascades) < rules.most:
            gone = {cell for hit in hits for cell in hit.positions}
            for reel, column in enumerate(shown):
                start = reel * machine.rows
                kept = [symbol for row, symbol in enumerate(column) if start + row not in gone]
                strip = self._strips[reel]
                for _ in range(len(column) - len(kept)):
                    tops[reel] = (tops[reel] - 1) % len(strip)
                    kept.insert(0, machine.symbols.index(strip[tops[reel]]))
                shown[reel] = kept
            hits = windows.hits(shown)
            multiplier = rules.multiplier(len(cascades) + 1)
            amount += multiplier * sum([hit.amount for hit in hits])
            cascades.append(Cascade(self._named(shown), hits, multiplier))
        window = tuple(column.window for column in columns)
        last = [list(column) for column in (cascades[-1].window if cascades else window)]
        label = label_of(machine, last, free=self._free)
        scatters = tuple(
            reel * machine.rows + row
            for reel, column in enumerate(last)
            for row, symbol in enumerate(column)
            if symbol == machine.scatter_symbol
        )
        return Spin(
            tuple(column.stop for column in columns),
            window,
            first,
            scatters,
            amount + self._scatter_pays[scatters_of(label)],
            label,
            (),
            tuple(cascades),
        )

    def _named(self, shown: list[list[int]]) -> Window:
        return tuple(tuple(self._machine.symbols[symbol] for symbol in column) for column in shown)
