"""A slot machine as data: the typed and checked form of a machine file.

Terms: a *stop* is a place on a strip, a *window* is what is seen of the strips, a *cell* is a place
in the window, a *line* is a path of one row on each reel. A *line bet* is the stake divided by the
number of lines, or by the number that the file states where the machine pays ways; a pay is stated
in line bets, a scatter pay and every prize of a feature in total stakes.
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

NO_SYMBOL: Final = ""
"""Is on no strip."""


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
    """What continues the run: the symbol or the members of the group, and the wilds."""
    amounts: tuple[int, ...]
    """Line bets paid for a run of 0, 1, 2 … reels."""


class Wild(msgspec.Struct, frozen=True):
    """A symbol that stands in for others."""

    symbol: str
    multiplier: int
    """Multiplies every win that the wild is part of; several multiply each other."""
    expands: bool
    """In paid spins it fills its reel."""
    expands_free: bool
    """In free games it fills its reel."""


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
    sticky: bool = False
    """A wild stays where it came for the rest of the free games of the round."""


class Cascades(msgspec.Struct, frozen=True):
    """Winning symbols vanish, those above fall down, the strip moves on into the gap."""

    multipliers: tuple[int, ...]
    """Of the wins of the window as it stopped, of the one after the first cascade and so on; the
    last one stays."""
    most: int
    """A spin has no more cascades than this."""

    def multiplier(self, number: int) -> int:
        """Return the multiplier of the window after that many cascades."""
        return self.multipliers[min(number, len(self.multipliers) - 1)]


class Respins(msgspec.Struct, frozen=True):
    """Hold and respin: coins stay, every other place is drawn again until no more come."""

    symbol: str
    trigger: int
    """So many coins or more in the window of a paid spin start it."""
    respins: int
    """Respins without a new coin that end it."""
    chance: tuple[int, int]
    """An empty place gets a coin in a respin with this chance, as a fraction."""
    values: tuple[tuple[int, int], ...]
    """What a coin can be worth, as (total stakes, weight)."""
    full: int
    """Total stakes on top where every place holds a coin."""

    @property
    def weight(self) -> int:
        """The sum of the weights."""
        return sum(weight for _, weight in self.values)

    def value(self, drawn: int) -> int:
        """Return the value that a draw below `weight` stands for."""
        for value, weight in self.values:
            if drawn < weight:
                return value
            drawn -= weight
        raise AssertionError("unreachable: the draw is below the sum of the weights")


class Pick(msgspec.Struct, frozen=True):
    """A bonus in which the player picks among hidden prizes."""

    symbol: str
    trigger: int
    """So many of the symbol or more in the window of a paid spin start it."""
    prizes: tuple[int, ...]
    """Total stakes, one for each place that hides a prize."""
    picks: int
    """Most places that the player opens."""
    stops: int
    """Places that hide no prize but the end of the bonus."""

    @property
    def places(self) -> int:
        """How many places there are to pick from."""
        return len(self.prizes) + self.stops


class Gamble(msgspec.Struct, frozen=True):
    """A win can be staked on red or black, at even odds, doubled or lost."""

    steps: int
    """Times in a row."""
    maximum: int
    """Total stakes: no gamble is offered that could win more."""


class Machine(msgspec.Struct, frozen=True):
    """A whole machine, checked."""

    name: str
    version: int
    title: str
    reel_rows: tuple[int, ...]
    """How many rows are seen of each reel."""
    units: int
    """Line bets in a total stake."""
    line_bets: tuple[int, ...]
    """Bet levels: one line bet in minor units, ascending."""
    symbols: tuple[str, ...]
    labels: dict[str, str]
    """What a player reads for each symbol and group."""
    reels: ReelSet
    lines: tuple[tuple[int, ...], ...]
    """For each line the row on each reel; 0 is the top row. Empty where ways pay."""
    pays: tuple[Pay, ...]
    wilds: tuple[Wild, ...]
    scatter: Scatter | None
    free_games: FreeGames | None
    cascades: Cascades | None
    respins: Respins | None
    pick: Pick | None
    gamble: Gamble | None
    words: dict[str, str]
    """Words of the theme: `no_win`, `free_games` and so on."""
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
    def rows(self) -> int:
        """Rows of the tallest reel: cells are numbered `reel * rows + row`."""
        return max(self.reel_rows)

    @property
    def cells(self) -> int:
        """How many cells the window has."""
        return sum(self.reel_rows)

    @property
    def ways(self) -> bool:
        """Whether runs pay on any rows instead of along lines."""
        return not self.lines

    @property
    def has_decisions(self) -> bool:
        """Whether the player has something to decide in a round."""
        return self.pick is not None or self.gamble is not None

    @property
    def scatter_symbol(self) -> str:
        """The scatter, or an empty string that is on no strip."""
        return self.scatter.symbol if self.scatter else NO_SYMBOL

    def scatter_pay(self, count: int) -> int:
        """Return the line bets paid for that many scatters."""
        return self.scatter.amounts[count] * self.units if self.scatter else 0

    @property
    def most_scatters(self) -> int:
        """The most scatters that a window can show."""
        if self.cascades is not None:
            return self.cells  # a chain can gather them
        reel_sets = [self.reels, self.free_games.reels] if self.free_games else [self.reels]
        return max(sum(map(self._most_on, reels.strips, self.reel_rows)) for reels in reel_sets)

    def _most_on(self, strip: tuple[str, ...], rows: int) -> int:
        around = strip + strip[: rows - 1]
        return max(
            around[stop : stop + rows].count(self.scatter_symbol) for stop in range(len(strip))
        )

    def wild(self, symbol: str) -> Wild | None:
        """Return the wild of that name."""
        return next((wild for wild in self.wilds if wild.symbol == symbol), None)

    @property
    def stakes(self) -> tuple[int, ...]:
        """The total stakes that can be bet, in minor units, ascending."""
        return tuple(line_bet * self.units for line_bet in self.line_bets)
