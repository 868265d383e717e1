"""The reader of machine files.

A machine is described whole by one TOML file: reel strips, lines or ways, pays, wild and scatter
rules, features, bet levels and words. `games.slots.model` is its typed form.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from games.slots import contradictions
from games.slots.contradictions import WORDS
from games.slots.locating import MachineError
from games.slots.model import (
    Cascades,
    FreeGames,
    Gamble,
    Machine,
    Pay,
    Pick,
    ReelSet,
    Respins,
    Scatter,
    Wild,
)
from games.slots.reading import Reader, read_table
from games.slots.tables import FreeGamesTable, MachineTable

if TYPE_CHECKING:
    from games.game import AnyGame

__all__ = [
    "Cascades",
    "FreeGames",
    "Gamble",
    "Machine",
    "MachineError",
    "Pay",
    "Pick",
    "ReelSet",
    "Respins",
    "Scatter",
    "Wild",
    "read_machine",
    "shipped_machines",
]


def read_machine(data: bytes, origin: str) -> Machine:
    """Read and check a machine file.

    `origin` names it in errors. Raises `MachineError` with file, line, key and what is wrong.
    """
    table = read_table(data, origin)
    reader = Reader(table, data, origin)
    contradictions.check_tables(reader)
    reels = _reel_set(reader, table, "")
    free_games = _free_games(reader, table.free_games, reels)
    free_reels = free_games.reels if free_games else reels
    contradictions.check_reels(
        reader, reels.strips, free_games.reels.strips if free_games else None
    )
    reader.check_symbols_used([reels, free_reels])
    pays = _pays(reader, table)
    contradictions.check_pays(reader, pays, reels.strips)
    return Machine(
        name=table.name,
        version=table.version,
        title=table.title,
        reel_rows=tuple(table.reel_rows),
        units=table.ways.stake if table.ways else len(table.lines),
        line_bets=tuple(table.line_bets),
        symbols=tuple(table.symbols),
        labels=table.symbols | {name: group.title for name, group in table.groups.items()},
        reels=reels,
        lines=tuple(tuple(line) for line in table.lines),
        pays=pays,
        wilds=_wilds(table),
        scatter=_scatter(reader, table),
        free_games=free_games,
        cascades=_cascades(table),
        respins=_respins(reader, table),
        pick=_pick(table),
        gamble=Gamble(table.gamble.steps, table.gamble.maximum) if table.gamble else None,
        words=WORDS | table.words,
        help=table.help,
        source=data,
        origin=origin,
    )


def _reel_set(reader: Reader, table: MachineTable | FreeGamesTable, path: str) -> ReelSet:
    strips = reader.strips(table.strips, f"{path}strips")
    weights = reader.weights(table.weights, strips, f"{path}weights")
    return ReelSet(strips, weights)


def _pays(reader: Reader, table: MachineTable) -> tuple[Pay, ...]:
    reels = len(table.strips)
    rows = []
    for symbol, counts in table.pays.items():
        reader.known_symbol(symbol, f"pays.{symbol}")
        amounts = reader.by_count(counts, f"pays.{symbol}", reels)
        rows.append((symbol, {symbol}, amounts))
    for name, group in table.groups.items():
        for symbol in group.symbols:
            reader.known_symbol(symbol, f"groups.{name}.symbols")
        amounts = reader.by_count(group.pays, f"groups.{name}.pays", reels)
        rows.append((name, set(group.symbols), amounts))
    pays = []
    for name, symbols, amounts in rows:
        own = frozenset(symbols)
        for wild in table.wilds:
            replaced = own - set(wild.does_not_replace)
            if wild.replaces is not None:
                replaced &= set(wild.replaces)
            if replaced:
                symbols.add(wild.symbol)
        pays.append(Pay(name, frozenset(symbols), amounts))
    return tuple(pays)


def _wilds(table: MachineTable) -> tuple[Wild, ...]:
    return tuple(
        Wild(wild.symbol, wild.multiplier, wild.expands == "always", wild.expands != "never")
        for wild in table.wilds
    )


def _scatter(reader: Reader, table: MachineTable) -> Scatter | None:
    if table.scatter is None:
        return None
    cells = sum(table.reel_rows)
    return Scatter(table.scatter.symbol, reader.by_count(table.scatter.pays, "scatter.pays", cells))


def _free_games(reader: Reader, table: FreeGamesTable | None, base: ReelSet) -> FreeGames | None:
    if table is None:
        return None
    cells = sum(reader.table.reel_rows)
    awards = reader.by_count(table.awards, "free_games.awards", cells)
    retrigger = awards
    if table.retrigger_awards is not None:
        retrigger = reader.by_count(table.retrigger_awards, "free_games.retrigger_awards", cells)
    contradictions.check_cap(reader, table.cap, awards)
    reels = _reel_set(reader, table, "free_games.") if table.strips else base
    return FreeGames(awards, retrigger, table.multiplier, table.cap, reels, table.sticky_wilds)


def _cascades(table: MachineTable) -> Cascades | None:
    if table.cascades is None:
        return None
    return Cascades(tuple(table.cascades.multipliers), table.cascades.most)


def _respins(reader: Reader, table: MachineTable) -> Respins | None:
    rules = table.respins
    if rules is None:
        return None
    return Respins(
        symbol=rules.symbol,
        trigger=rules.trigger,
        respins=rules.respins,
        chance=rules.chance,
        values=reader.by_value(rules.values, "respins.values"),
        full=rules.full,
    )


def _pick(table: MachineTable) -> Pick | None:
    rules = table.pick
    if rules is None:
        return None
    return Pick(rules.symbol, rules.trigger, tuple(rules.prizes), rules.picks, rules.stops)


def shipped_machines() -> list[AnyGame]:
    """Return a game for every machine file in the package, by file name."""
    # The engine needs this module, so it can only be imported once both exist.
    from games.slots.engine import Slot  # noqa: PLC0415

    folder = resources.files("games.slots") / "machines"
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return [
        Slot(read_machine(file.read_bytes(), file.name))
        for file in files
        if file.name.endswith(".toml")
    ]
