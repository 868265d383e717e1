"""A slot machine as data: the typed form of a machine file, and its reader.

A machine is described whole by one TOML file: reel strips, lines, pays, wild and scatter rules,
free games, bet levels and words. Terms: a *stop* is a place on a strip, a *window* is what is seen
of the strips, a *line* is a path of one row on each reel; a *pay* is stated in line bets, a
*scatter pay* in total stakes.
"""

from __future__ import annotations

import math
from importlib import resources
from typing import TYPE_CHECKING, Final

import msgspec

from games.slots.reading import FreeGamesTable, MachineError, MachineTable, Reader, read_table

if TYPE_CHECKING:
    from games.game import AnyGame

__all__ = [
    "FreeGames",
    "Machine",
    "MachineError",
    "Pay",
    "ReelSet",
    "Scatter",
    "read_machine",
    "shipped_machines",
]

NO_SCATTER: Final = ""


class ReelSet(msgspec.Struct, frozen=True):
    """The strips of one kind of spin; the base game and the free games may differ."""

    strips: tuple[tuple[str, ...], ...]
    """Symbols of each reel from top to bottom; the last is followed by the first."""
    weights: tuple[tuple[int, ...], ...]
    """How many of the reel's equally likely values land on each stop (all 1 on a plain reel)."""

    @property
    def values(self) -> tuple[int, ...]:
        """How many equally likely values each reel has."""
        return tuple(sum(weights) for weights in self.weights)

    @property
    def cycle(self) -> int:
        """How many equally likely combinations of values there are."""
        return math.prod(self.values)


class Pay(msgspec.Struct, frozen=True):
    """One row of the pay table: an unbroken run from the leftmost reel along a line."""

    name: str
    """The symbol, or the name of a group such as `any_bar`."""
    symbols: frozenset[str]
    """What continues the run: the symbol or the members of the group, and the wild."""
    amounts: tuple[int, ...]
    """Line bets paid for a run of 0, 1, 2 … reels."""


class Scatter(msgspec.Struct, frozen=True):
    """The symbol that counts anywhere in the window."""

    symbol: str
    amounts: tuple[int, ...]
    """Total stakes paid for 0, 1, 2 … scatters in the window."""


class FreeGames(msgspec.Struct, frozen=True):
    """Spins without a stake, played out within the round that won them."""

    awards: tuple[int, ...]
    """Games won for 0, 1, 2 … scatters in a paid spin."""
    retrigger_awards: tuple[int, ...]
    """The same in a free game."""
    multiplier: int
    """All pays of a free game are multiplied by this, scatter pays too."""
    cap: int
    """A round never has more free games than this: an award is cut to what is left under it."""
    reels: ReelSet


class Machine(msgspec.Struct, frozen=True):
    """A whole machine, checked."""

    name: str
    version: int
    title: str
    rows: int
    line_bets: tuple[int, ...]
    """Bet levels: stakes of one line in minor units, ascending."""
    symbols: tuple[str, ...]
    labels: dict[str, str]
    """What a player reads for each symbol and group."""
    reels: ReelSet
    lines: tuple[tuple[int, ...], ...]
    """For each line the row on each reel; 0 is the top row."""
    pays: tuple[Pay, ...]
    wild: str
    """The symbol that stands in for others, or an empty string."""
    scatter: Scatter | None
    free_games: FreeGames | None
    words: dict[str, str]
    """Words of the theme: `no_win`, `free_games`."""
    help: str
    source: bytes
    """The file itself, for the digest."""
    origin: str
    """What the file is called, for errors."""

    @property
    def reel_count(self) -> int:
        """How many reels there are."""
        return len(self.reels.strips)

    @property
    def scatter_symbol(self) -> str:
        """The scatter, or an empty string that is on no strip."""
        return self.scatter.symbol if self.scatter else NO_SCATTER

    def scatter_pay(self, count: int) -> int:
        """Return the line bets paid for that many scatters (total stakes times lines)."""
        return self.scatter.amounts[count] * len(self.lines) if self.scatter else 0

    @property
    def most_scatters(self) -> int:
        """The most scatters that a window can show."""
        reel_sets = [self.reels, self.free_games.reels] if self.free_games else [self.reels]
        return max(sum(map(self._most_on, reels.strips)) for reels in reel_sets)

    def _most_on(self, strip: tuple[str, ...]) -> int:
        around = strip + strip[: self.rows - 1]
        return max(
            around[stop : stop + self.rows].count(self.scatter_symbol) for stop in range(len(strip))
        )

    @property
    def stakes(self) -> tuple[int, ...]:
        """The total stakes that can be bet, in minor units, ascending."""
        return tuple(line_bet * len(self.lines) for line_bet in self.line_bets)


def read_machine(data: bytes, source: str) -> Machine:
    """Read and check a machine file.

    `source` names it in errors. Raises `MachineError` with one line that names the file, the key
    and what is wrong.
    """
    table = read_table(data, source)
    reader = Reader(table, source)
    reader.check()
    reels = _reel_set(reader, table, "")
    free_games = None
    if table.free_games is not None:
        free_games = _free_games(reader, table.free_games, reels)
    reader.check_symbols_used([reels, free_games.reels] if free_games else [reels])
    return Machine(
        name=table.name,
        version=table.version,
        title=table.title,
        rows=table.rows,
        line_bets=tuple(table.line_bets),
        symbols=tuple(table.symbols),
        labels=table.symbols | {name: group.title for name, group in table.groups.items()},
        reels=reels,
        lines=tuple(tuple(line) for line in table.lines),
        pays=_pays(reader, table),
        wild=table.wild.symbol if table.wild else "",
        scatter=_scatter(reader, table),
        free_games=free_games,
        words={"no_win": "No win", "free_games": "free games"} | table.words,
        help=table.help,
        source=data,
        origin=source,
    )


def _reel_set(reader: Reader, table: MachineTable | FreeGamesTable, path: str) -> ReelSet:
    strips = reader.strips(table.strips, f"{path}strips")
    weights = reader.weights(table.weights, strips, f"{path}weights")
    return ReelSet(strips, weights)


def _pays(reader: Reader, table: MachineTable) -> tuple[Pay, ...]:
    reels = len(table.strips)
    wild = table.wild
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
        if wild is not None and symbols - set(wild.does_not_replace):
            symbols.add(wild.symbol)
        pays.append(Pay(name, frozenset(symbols), amounts))
    return tuple(pays)


def _scatter(reader: Reader, table: MachineTable) -> Scatter | None:
    if table.scatter is None:
        return None
    window = len(table.strips) * table.rows
    return Scatter(
        table.scatter.symbol, reader.by_count(table.scatter.pays, "scatter.pays", window)
    )


def _free_games(reader: Reader, table: FreeGamesTable, base: ReelSet) -> FreeGames:
    window = len(base.strips) * reader.table.rows
    awards = reader.by_count(table.awards, "free_games.awards", window)
    retrigger = awards
    if table.retrigger_awards is not None:
        retrigger = reader.by_count(table.retrigger_awards, "free_games.retrigger_awards", window)
    reader.check_cap(table.cap, awards)
    reels = _reel_set(reader, table, "free_games.") if table.strips else base
    return FreeGames(awards, retrigger, table.multiplier, table.cap, reels)


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
