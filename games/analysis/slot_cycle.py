"""A spin of a machine whose cycle is small enough to look at every combination of stops.

With cascades a window leads to others, so there is no shorter way; the reader of machine files
keeps their cycles small. The spins are those of the live engine.
"""

from __future__ import annotations

import functools
from collections import defaultdict

from games.analysis.spins import LineCell, SpinClass
from games.slots.lines import LineRules
from games.slots.machine import read_machine
from games.slots.model import Machine, ReelSet
from games.slots.reels import Reels, Spin
from games.slots.windows import Hit, WaysHit

SpinLaw = dict[tuple[int, int], int]
"""Ways out of the cycle by (label, line bets paid)."""


class CycleCounter:
    """Counts over all combinations of stops; see `games.analysis.spins.SpinCounter`."""

    def __init__(self, machine: Machine, reels: ReelSet, *, free: bool = False) -> None:
        self._machine = machine
        self.cycle = reels.cycle
        self.law: SpinLaw = defaultdict(int)
        self._cells: dict[tuple[str, int, int], int] = defaultdict(int)
        self._runs: dict[tuple[str, int], int] = defaultdict(int)
        for ways, spin in Reels(machine, reels, LineRules(machine), free=free).each():
            self.law[spin.label, spin.amount] += ways
            hits = hits_of(spin)
            for hit in hits:
                self._count(hit, ways)
            for run in {(hit.symbol, hit.run) for hit in hits}:
                self._runs[run] += ways

    def _count(self, hit: Hit, ways: int) -> None:
        if isinstance(hit, WaysHit):
            self._cells[hit.symbol, hit.run, hit.amount // hit.ways] += ways * hit.ways
        else:
            self._cells[hit.symbol, hit.run, hit.amount] += ways

    @property
    def highest(self) -> int:
        """The most line bets that a spin pays."""
        return max(amount for _, amount in self.law)

    def classes(self) -> tuple[SpinClass, ...]:
        """Return the cycle by label."""
        return classes_of(self.law)

    def line_cells(self) -> tuple[LineCell, ...]:
        """Return how often each cell of the pay table pays, all lines or ways together."""
        order = {pay.name: index for index, pay in enumerate(self._machine.pays)}
        return tuple(
            LineCell(*cell, ways)
            for cell, ways in sorted(
                self._cells.items(), key=lambda item: (order[item[0][0]], item[0][1:])
            )
        )

    def runs(self, name: str, run: int) -> int:
        """Return in how many combinations a row of the pay table has such a run anywhere."""
        return self._runs[name, run]


@functools.lru_cache(maxsize=8)
def cycle_of(source: bytes, *, free: bool) -> CycleCounter:
    """Return the counter of a machine file's paid spins or free games; the last ones are kept."""
    machine = read_machine(source, "the file")
    reels = machine.reels
    if free:
        assert machine.free_games is not None
        reels = machine.free_games.reels
    return CycleCounter(machine, reels, free=free)


def hits_of(spin: Spin) -> list[Hit]:
    """Return the wins of a spin and of all its cascades."""
    return [*spin.hits, *(hit for cascade in spin.cascades for hit in cascade.hits)]


def classes_of(law: SpinLaw) -> tuple[SpinClass, ...]:
    """Return the sums of a law by label."""
    rows: dict[int, list[int]] = {}
    for (label, amount), ways in law.items():
        row = rows.setdefault(label, [0, 0, 0, 0])
        row[0] += ways
        row[1] += ways * amount
        row[2] += ways * amount**2
        row[3] += 0 if amount else ways
    return tuple(SpinClass(label, *row) for label, row in sorted(rows.items()))
