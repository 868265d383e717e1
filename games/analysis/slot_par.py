"""The tables of a slot's PAR sheet: parts of the return, strips, symbol counts, combinations."""

from __future__ import annotations

from fractions import Fraction

from games.analysis.decimals import decimal
from games.analysis.par_table import ParTable
from games.analysis.slots import SlotMathematics, mathematics
from games.slots.machine import Machine, ReelSet


def tables(machine: Machine) -> tuple[ParTable, ...]:
    """Return every table of a machine. Takes seconds: never call it on an event loop."""
    figures = mathematics(machine)
    found = [_parts(figures)]
    if figures.trigger_frequency:
        found.append(_free_games(figures))
    found += [_combinations(machine, figures), _pays(machine)]
    sets = [("", machine.reels)]
    if machine.free_games is not None and machine.free_games.reels != machine.reels:
        sets.append((" of the free games", machine.free_games.reels))
    for name, reels in sets:
        found += [_symbols(machine, reels, name), _strips(machine, reels, name)]
    return tuple(found)


def percent(value: Fraction, places: int = 6) -> str:
    """Return a share as per cent."""
    return f"{decimal(value * 100, places)} %"


def _parts(figures: SlotMathematics) -> ParTable:
    parts = (
        ("Lines", figures.line_return),
        ("Scatters", figures.scatter_return),
        ("Free games", figures.free_game_return),
        ("Total", figures.expected),
    )
    rows = tuple(
        (name, percent(value), percent(value / figures.expected if figures.expected else value, 2))
        for name, value in parts
    )
    return ParTable("Where the return comes from", ("Part", "Return", "Share"), rows)


def _free_games(figures: SlotMathematics) -> ParTable:
    rows = (
        ("Spins for one start", decimal(1 / figures.trigger_frequency, 2)),
        ("Free games a start, retriggers included", decimal(figures.free_games_played, 4)),
    )
    return ParTable("Free games", ("Figure", "On average"), rows)


def _combinations(machine: Machine, figures: SlotMathematics) -> ParTable:
    rows = []
    for cell in sorted(figures.line_cells, key=lambda cell: -cell.amount):
        chance = Fraction(cell.ways, figures.cycle)
        rows.append(
            (
                f"{machine.labels[cell.pay]} x {cell.run}",
                f"{cell.amount:,}",
                f"{cell.ways:,}",
                f"{decimal(1 / chance, 2)}" if chance else "-",
                percent(cell.amount * chance),
            )
        )
    return ParTable(
        f"Line 1: hits and wins, cycle {figures.cycle:,}",
        ("Run", "Line bets", "Combinations", "One in", "Return"),
        tuple(rows),
        "Every line pays alike in the long run; each is staked with its part of the total.",
    )


def _pays(machine: Machine) -> ParTable:
    counts = range(1, machine.reel_count + 1)
    rows = [
        (machine.labels[pay.name], *(f"{pay.amounts[count]:,}" for count in counts))
        for pay in machine.pays
    ]
    if machine.scatter is not None:
        amounts = machine.scatter.amounts
        label = f"{machine.labels[machine.scatter.symbol]} (total stakes)"
        rows.append((label, *(f"{amounts[count]:,}" for count in counts)))
    return ParTable("Pays, in line bets", ("Symbol", *map(str, counts)), tuple(rows))


def _symbols(machine: Machine, reels: ReelSet, name: str) -> ParTable:
    """Return how many of a reel's equally likely stops show each symbol."""
    rows = []
    for symbol in machine.symbols:
        counts = [
            sum(weight for each, weight in zip(strip, weights, strict=True) if each == symbol)
            for strip, weights in zip(reels.strips, reels.weights, strict=True)
        ]
        rows.append((machine.labels[symbol], *map(str, counts)))
    rows.append(("Total", *map(str, reels.values)))
    headings = _reel_names(reels)
    note = "" if all(set(w) == {1} for w in reels.weights) else "Stops count by their weight."
    return ParTable(f"Symbols{name}", ("Symbol", *headings), tuple(rows), note)


def _strips(machine: Machine, reels: ReelSet, name: str) -> ParTable:
    rows = []
    for stop in range(max(map(len, reels.strips))):
        cells = [
            _stop(machine, strip, weights, stop)
            for strip, weights in zip(reels.strips, reels.weights, strict=True)
        ]
        rows.append((str(stop), *cells))
    return ParTable(f"Strips{name}", ("Stop", *_reel_names(reels)), tuple(rows))


def _stop(machine: Machine, strip: tuple[str, ...], weights: tuple[int, ...], stop: int) -> str:
    if stop >= len(strip):
        return ""
    label = machine.labels[strip[stop]]
    return label if set(weights) == {1} else f"{label} ({weights[stop]})"


def _reel_names(reels: ReelSet) -> tuple[str, ...]:
    return tuple(f"Reel {number}" for number in range(1, len(reels.strips) + 1))
