"""The rules of a slot once more, as plainly as they can be said, to compare the engine with."""

from __future__ import annotations

from collections.abc import Sequence

from games.slots.machine import Machine, ReelSet


def window(machine: Machine, reels: ReelSet, stops: Sequence[int]) -> list[list[str]]:
    """Return what is seen of each reel."""
    seen = []
    for strip, stop in zip(reels.strips, stops, strict=True):
        twice = strip + strip
        seen.append(list(twice[stop : stop + machine.rows]))
    return seen


def line_pay(machine: Machine, symbols: Sequence[str]) -> int:
    """Return the line bets that these symbols pay."""
    best = 0
    for pay in machine.pays:
        run = 0
        while run < len(symbols) and symbols[run] in pay.symbols:
            run += 1
        best = max(best, pay.amounts[run])
    return best


def spin_pay(machine: Machine, seen: Sequence[Sequence[str]]) -> tuple[int, int]:
    """Return (line bets paid, scatters) of a window."""
    total = 0
    for line in machine.lines:
        total += line_pay(machine, [reel[row] for reel, row in zip(seen, line, strict=True)])
    scatters = 0
    if machine.scatter is not None:
        scatters = sum(reel.count(machine.scatter.symbol) for reel in map(list, seen))
        total += machine.scatter.amounts[scatters] * len(machine.lines)
    return total, scatters
