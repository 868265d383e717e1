"""The rules of a slot once more, as plainly as they can be said, to compare the engine with."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from games.slots.machine import Machine, ReelSet


def window(machine: Machine, reels: ReelSet, stops: Sequence[int]) -> list[list[str]]:
    """Return what is seen of each reel."""
    seen = []
    for strip, stop, rows in zip(reels.strips, stops, machine.reel_rows, strict=True):
        twice = strip + strip
        seen.append(list(twice[stop : stop + rows]))
    return seen


def expanded(machine: Machine, seen: Sequence[Sequence[str]], *, free: bool) -> list[list[str]]:
    """Return the window after wilds have filled their reels."""
    filling = {
        wild.symbol for wild in machine.wilds if (wild.expands_free if free else wild.expands)
    }
    after = []
    for reel in seen:
        wild = next((symbol for symbol in reel if symbol in filling), None)
        after.append(list(reel) if wild is None else [wild] * len(reel))
    return after


def _factor(machine: Machine, symbols: Sequence[str]) -> int:
    by_name = {wild.symbol: wild.multiplier for wild in machine.wilds}
    return math.prod(by_name.get(symbol, 1) for symbol in symbols)


def line_pay(machine: Machine, symbols: Sequence[str]) -> int:
    """Return the line bets that these symbols pay."""
    best = 0
    for pay in machine.pays:
        run = 0
        while run < len(symbols) and symbols[run] in pay.symbols:
            run += 1
        best = max(best, pay.amounts[run] * _factor(machine, symbols[:run]))
    return best


def ways_pay(machine: Machine, seen: Sequence[Sequence[str]]) -> int:
    """Return the line bets of all ways: each choice of one cell a reel is looked at."""
    total = 0
    for pay in machine.pays:
        run = 0
        while run < len(seen) and any(symbol in pay.symbols for symbol in seen[run]):
            run += 1
        for way in itertools.product(*seen[:run]):
            if run and all(symbol in pay.symbols for symbol in way):
                total += pay.amounts[run] * _factor(machine, way)
    return total


def pays(machine: Machine, seen: Sequence[Sequence[str]]) -> int:
    """Return the line bets that lines or ways pay."""
    if machine.ways:
        return ways_pay(machine, seen)
    return sum(
        line_pay(machine, [reel[row] for reel, row in zip(seen, line, strict=True)])
        for line in machine.lines
    )


def winners(machine: Machine, seen: Sequence[Sequence[str]]) -> set[tuple[int, int]]:
    """Return (reel, row) of every cell that a win goes through; without it that win is less."""
    cells = set()
    for reel, column in enumerate(seen):
        for row in range(len(column)):
            without = [list(other) for other in seen]
            without[reel][row] = "?"
            if pays(machine, without) < pays(machine, seen):
                cells.add((reel, row))
    return cells


def cascade(
    machine: Machine, reels: ReelSet, stops: Sequence[int]
) -> tuple[int, list[list[list[str]]]]:
    """Return (line bets with multipliers, every window) of a spin with cascades, no scatters."""
    assert machine.cascades is not None
    tops = list(stops)
    seen = window(machine, reels, stops)
    windows = [seen]
    multipliers = machine.cascades.multipliers
    total = pays(machine, seen) * multipliers[0]
    while pays(machine, seen) and len(windows) <= machine.cascades.most:
        gone = winners(machine, seen)
        after = []
        for reel, column in enumerate(seen):
            kept = [symbol for row, symbol in enumerate(column) if (reel, row) not in gone]
            while len(kept) < len(column):
                tops[reel] -= 1
                kept = [reels.strips[reel][tops[reel] % len(reels.strips[reel])], *kept]
            after.append(kept)
        seen = after
        total += pays(machine, seen) * multipliers[min(len(windows), len(multipliers) - 1)]
        windows.append(seen)
    return total, windows


def spin_pay(machine: Machine, seen: Sequence[Sequence[str]]) -> tuple[int, int]:
    """Return (line bets paid, scatters) of a window."""
    total = pays(machine, seen)
    scatters = 0
    if machine.scatter is not None:
        scatters = sum(reel.count(machine.scatter.symbol) for reel in map(list, seen))
        total += machine.scatter.amounts[scatters] * machine.units
    return total, scatters
