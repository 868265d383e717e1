"""What is seen of one reel at each of its stops, prepared once.

Here a wild fills its reel and a held wild covers what the reel shows, so that nothing but lines or
ways is left to be looked at in a spin.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from games.slots.model import Machine, ReelSet, Wild

_FIELD: Final = 8
_MASK: Final = (1 << _FIELD) - 1
_HELD: Final = 3 * _FIELD


class Column(NamedTuple):
    """What is seen of one reel at one stop."""

    stop: int
    window: tuple[str, ...]
    """As it is shown when the reel stops, held wilds included."""
    symbols: tuple[int, ...]
    """What pays, as places in the machine's list of symbols: after wilds have expanded."""
    scatters: tuple[int, ...]
    """Cells of the whole window that show the scatter."""
    label: int
    """What features count; the labels of the reels add up to that of the window."""


def scatters_of(label: int) -> int:
    """Return how many scatters a window shows."""
    return label & _MASK


def coins_of(label: int) -> int:
    """Return how many coins the window of a paid spin shows; 0 without respins."""
    return label >> _FIELD & _MASK


def bonus_symbols_of(label: int) -> int:
    """Return how many bonus symbols the window of a paid spin shows; 0 without a pick bonus."""
    return label >> 2 * _FIELD & _MASK


def held_of(label: int) -> int:
    """Return the set of cells where wilds are held from now on, one bit a cell."""
    return label >> _HELD


def cells_of(held: int) -> tuple[int, ...]:
    """Return the cells of a set of bits, ascending."""
    return tuple(cell for cell in range(held.bit_length()) if held >> cell & 1)


def columns_of(
    machine: Machine, reels: ReelSet, *, free: bool = False, held: int = 0
) -> tuple[tuple[Column, ...], ...]:
    """Return for each reel the column of each drawn value: every stop as often as it weighs.

    `free` says that these are free games, `held` in which cells wilds of earlier ones are held.
    """
    tables = []
    for reel, (strip, weights) in enumerate(zip(reels.strips, reels.weights, strict=True)):
        columns: list[Column] = []
        for stop, weight in enumerate(weights):
            column = _column(machine, reel, strip, stop, free=free, held=held)
            columns.extend([column] * weight)
        tables.append(tuple(columns))
    return tuple(tables)


def _column(
    machine: Machine, reel: int, strip: tuple[str, ...], stop: int, *, free: bool, held: int
) -> Column:
    rows = range(machine.reel_rows[reel])
    first = reel * machine.rows
    window = [strip[(stop + row) % len(strip)] for row in rows]
    for row in rows:
        if held >> (first + row) & 1:
            window[row] = machine.wilds[0].symbol
    filling = _filling(machine, window, free=free)
    shown = window if filling is None else [filling.symbol] * len(window)
    scatters = tuple(first + row for row in rows if window[row] == machine.scatter_symbol)
    return Column(
        stop,
        tuple(window),
        tuple(machine.symbols.index(symbol) for symbol in shown),
        scatters,
        label_of(machine, [window], free=free) | _held(machine, reel, shown, free=free),
    )


def is_filled(machine: Machine, column: Column) -> bool:
    """Say whether a wild has filled the reel beyond the cells where it shows."""
    return column.window != tuple(machine.symbols[symbol] for symbol in column.symbols)


def _filling(machine: Machine, window: list[str], *, free: bool) -> Wild | None:
    """Return the wild that fills the reel: the uppermost of those that expand."""
    for symbol in window:
        wild = machine.wild(symbol)
        if wild is not None and (wild.expands_free if free else wild.expands):
            return wild
    return None


def label_of(machine: Machine, window: list[list[str]], *, free: bool) -> int:
    """Return the counts of a window, without the cells where wilds are held."""
    scatters = coins = bonus = 0
    for column in window:
        scatters += column.count(machine.scatter_symbol)
        if not free and machine.respins is not None:
            coins += column.count(machine.respins.symbol)
        if not free and machine.pick is not None:
            bonus += column.count(machine.pick.symbol)
    return scatters | coins << _FIELD | bonus << 2 * _FIELD


def _held(machine: Machine, reel: int, shown: list[str], *, free: bool) -> int:
    if not free or machine.free_games is None or not machine.free_games.sticky:
        return 0
    wild = machine.wilds[0].symbol
    cells = [reel * machine.rows + row for row, symbol in enumerate(shown) if symbol == wild]
    return sum(1 << cell for cell in cells) << _HELD
