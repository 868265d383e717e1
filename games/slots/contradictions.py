"""What the tables of a machine file must not say together.

Each function takes the reader and raises `MachineError` through it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from games.slots.model import Pay
from games.slots.reading import Reader
from games.slots.tables import (
    MAXIMUM_CASCADE_CYCLE,
    MAXIMUM_LINE_BET,
    MAXIMUM_LINES,
    MAXIMUM_STICKY_PLACES,
)

Strips = tuple[tuple[str, ...], ...]

WORDS: Final = {
    "no_win": "No win",
    "free_games": "free games",
    "respins": "hold and respin",
    "coin": "coins",
    "pick": "bonus",
}
"""Words of the theme that a file can change, and what is said where it does not."""


def check_tables(reader: Reader) -> None:
    """Check everything that does not need the strips."""
    table = reader.table
    reader.check_names()
    _check_line_bets(reader)
    _check_lines(reader)
    if not table.pays and not table.groups:
        reader.fail("pays", "nothing pays on a line")
    _check_wilds(reader)
    _check_special_symbols(reader)
    _check_counts(reader)
    for word in table.words:
        if word not in WORDS:
            reader.fail(f"words.{word}", f"not one of {', '.join(sorted(WORDS))}")


def _check_line_bets(reader: Reader) -> None:
    bets = reader.table.line_bets
    if not bets:
        reader.fail("line_bets", "at least one bet level is needed")
    if bets != sorted(set(bets)):
        reader.fail("line_bets", "not ascending")
    if bets[0] < 1 or bets[-1] > MAXIMUM_LINE_BET:
        reader.fail("line_bets", f"a line bet is from 1 to {MAXIMUM_LINE_BET} minor units")


def _check_lines(reader: Reader) -> None:
    table = reader.table
    if table.ways is not None:
        if table.lines:
            reader.fail("ways", "a machine pays lines or ways, and there are lines")
        if table.groups:
            reader.fail("groups", "a group pays on lines only, and this machine pays ways")
        return
    if not 1 <= len(table.lines) <= MAXIMUM_LINES:
        reader.fail("lines", f"a machine has 1 to {MAXIMUM_LINES} lines, or [ways]")
    for number, line in enumerate(table.lines, 1):
        key = f"lines[{number}]"
        if len(line) != len(table.strips):
            reader.fail(key, f"{len(line)} rows for {len(table.strips)} reels: {line}")
        for row, rows in zip(line, table.reel_rows, strict=True):
            if not 0 <= row < rows:
                reader.fail(key, f"a row is from 0 to {rows - 1}: {line}")
        if line in table.lines[: number - 1]:
            reader.fail(key, f"the same as an earlier line: {line}")


def _check_wilds(reader: Reader) -> None:
    table = reader.table
    seen: set[str] = set()
    for number, wild in enumerate(table.wilds):
        key = table.wild_key(number)
        reader.known_symbol(wild.symbol, f"{key}.symbol")
        if wild.symbol in seen:
            reader.fail(f"{key}.symbol", f"{wild.symbol!r} is a wild already")
        seen.add(wild.symbol)
        if wild.replaces is not None and wild.does_not_replace:
            reader.fail(f"{key}.replaces", "only one of replaces and does_not_replace can be said")
        for symbol in wild.does_not_replace:
            reader.known_symbol(symbol, f"{key}.does_not_replace")
        for symbol in wild.replaces or []:
            reader.known_symbol(symbol, f"{key}.replaces")
        if wild.expands == "free_games" and table.free_games is None:
            reader.fail(f"{key}.expands", "there are no [free_games]")
        if wild.expands != "never" and table.cascades is not None:
            reader.fail(f"{key}.expands", "a wild does not expand where symbols cascade")


def _check_special_symbols(reader: Reader) -> None:
    """Scatter, coin and bonus symbol are three symbols, no wild is among them, none pays a run."""
    table = reader.table
    taken = {wild.symbol: "the wild" for wild in table.wilds}
    for key, name, part in (
        ("scatter", "the scatter", table.scatter),
        ("respins", "the coin", table.respins),
        ("pick", "the bonus symbol", table.pick),
    ):
        if part is None:
            continue
        symbol = part.symbol
        reader.known_symbol(symbol, f"{key}.symbol")
        if symbol in taken:
            reader.fail(f"{key}.symbol", f"{symbol!r} is {taken[symbol]}")
        taken[symbol] = name
        if symbol in table.pays:
            reader.fail(f"pays.{symbol}", f"{name} does not pay on lines")
        for group_name, group in table.groups.items():
            if symbol in group.symbols:
                reader.fail(f"groups.{group_name}.symbols", f"{name} does not pay on lines")


def _check_counts(reader: Reader) -> None:
    table = reader.table
    cells = sum(table.reel_rows)
    if table.free_games is not None:
        if table.scatter is None:
            reader.fail("free_games", "only a scatter can win them, and there is no [scatter]")
        if table.free_games.weights and not table.free_games.strips:
            reader.fail("free_games.weights", "weights without strips of their own")
    if table.respins is not None:
        if table.respins.trigger > cells:
            reader.fail("respins.trigger", f"the window has {cells} places")
        if table.respins.chance[0] >= table.respins.chance[1]:
            reader.fail("respins.chance", "a chance is below 1: [1, 20] is one in twenty")
    if table.pick is not None:
        if table.pick.trigger > cells:
            reader.fail("pick.trigger", f"the window has {cells} places")
        if table.pick.picks > len(table.pick.prizes) + table.pick.stops:
            reader.fail("pick.picks", "more than there are places")


def check_cap(reader: Reader, cap: int, awards: tuple[int, ...]) -> None:
    """Check that the cap does not cut the first award, and that there is one."""
    if max(awards) < 1:
        reader.fail("free_games.awards", "no count wins free games")
    if max(awards) > cap:
        reader.fail("free_games.cap", f"{cap} is less than the highest award {max(awards)}")


def check_reels(reader: Reader, base: Strips, free: Strips | None) -> None:
    """Check what the strips and the features say together."""
    table = reader.table
    wilds = {wild.symbol for wild in table.wilds}
    for key, strips in (("strips", base), ("free_games.strips", free or base)):
        if table.ways is not None and wilds & set(strips[0]):
            reader.fail(
                f"{key}[1]", "with ways there is no wild on the first reel: it would pay every row"
            )
        cycle = math.prod(map(len, strips))
        if table.cascades is not None and cycle > MAXIMUM_CASCADE_CYCLE:
            reader.fail(
                "cascades",
                f"{cycle:,} combinations of stops; for an exact return there are at most"
                f" {MAXIMUM_CASCADE_CYCLE:,}",
            )
    for key, part in (("respins", table.respins), ("pick", table.pick)):
        if part is not None and not any(part.symbol in strip for strip in base):
            reader.fail(f"{key}.symbol", f"{part.symbol!r} is on no strip of the paid spins")
    if table.free_games is not None and table.free_games.sticky_wilds:
        _check_sticky(reader, free or base)


def check_pays(reader: Reader, pays: Sequence[Pay], base: Strips) -> None:
    """Check that each row of the pay table can come in a paid spin, with its shortest run."""
    for pay in pays:
        run = next((count for count, amount in enumerate(pay.amounts) if amount), 0)
        missing = [reel for reel in range(run) if not pay.symbols & set(base[reel])]
        if not run or missing:
            group = pay.name in reader.table.groups
            key = f"groups.{pay.name}.pays" if group else f"pays.{pay.name}"
            why = f"reel {missing[0] + 1} has no symbol for it" if missing else "it has no amount"
            reader.fail(key, f"can never be paid: {why}")


def _check_sticky(reader: Reader, strips: Strips) -> None:
    table = reader.table
    key = "free_games.sticky_wilds"
    if table.cascades is not None:
        reader.fail(key, "a wild does not stay where symbols cascade")
    if len(table.wilds) != 1:
        reader.fail(key, f"exactly one wild can be sticky, and there are {len(table.wilds)}")
    wild = table.wilds[0]
    places = sum(
        1 if wild.expands != "never" else rows
        for strip, rows in zip(strips, table.reel_rows, strict=True)
        if wild.symbol in strip
    )
    if not 1 <= places <= MAXIMUM_STICKY_PLACES:
        reader.fail(
            key,
            f"wilds could stay in {places} places; for an exact return there are 1 to"
            f" {MAXIMUM_STICKY_PLACES}",
        )
