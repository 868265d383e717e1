"""The tables of a machine file as TOML gives them, before they are checked against each other.

Counts are keys such as `3 = 25`; a count that is left out pays what the next lower one pays.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec

MAXIMUM_REELS: Final = 10
MAXIMUM_ROWS: Final = 10
MAXIMUM_LINES: Final = 200
MAXIMUM_STOPS: Final = 256
MAXIMUM_WEIGHT: Final = 1_000_000
MAXIMUM_SYMBOLS: Final = 32
MAXIMUM_PAY: Final = 10_000_000
MAXIMUM_LINE_BET: Final = 1_000_000_000
MAXIMUM_FREE_GAMES: Final = 250
"""Bounds the draws of a round, and the digits of its exact return."""
MAXIMUM_MULTIPLIER: Final = 100
MAXIMUM_CASCADE_CYCLE: Final = 100_000
"""Combinations of stops of a machine with cascades: its exact return looks at every one."""
MAXIMUM_STICKY_PLACES: Final = 6
"""Reels or cells that a wild can hold: the exact return looks at every set of them."""

_Multiplier = Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_MULTIPLIER)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_REELS * MAXIMUM_ROWS)]
_Prize = Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_PAY)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every table: a misspelt key is an error, not a silent default."""


class WildTable(_Table, frozen=True):
    """`[wild]`, or `[[wild]]` for each of several: a symbol that stands in for others."""

    symbol: str
    does_not_replace: list[str] = []
    replaces: list[str] | None = None
    """The only symbols that it stands in for, instead of all but some."""
    multiplier: _Multiplier = 1
    expands: Literal["never", "always", "free_games"] = "never"


class WaysTable(_Table, frozen=True):
    """`[ways]`: instead of lines, a run pays once for each choice of one cell a reel."""

    stake: Annotated[int, msgspec.Meta(ge=1, le=1_000)]
    """Line bets in a total stake."""


class ScatterTable(_Table, frozen=True):
    """`[scatter]`: pays in total stakes by count, anywhere in the window."""

    symbol: str
    pays: dict[str, Any] = {}


class GroupTable(_Table, frozen=True):
    """`[groups.NAME]`: a pay for a run of any of several symbols."""

    title: str
    symbols: list[str]
    pays: dict[str, Any]


class FreeGamesTable(_Table, frozen=True):
    """`[free_games]`: awards by scatter count."""

    awards: dict[str, Any]
    cap: Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_FREE_GAMES)]
    multiplier: _Multiplier = 1
    retrigger_awards: dict[str, Any] | None = None
    """As `awards` when left out; an empty table means no retrigger."""
    strips: list[str] = []
    """The strips of the base game when left out."""
    weights: list[list[int]] = []
    sticky_wilds: bool = False


class CascadesTable(_Table, frozen=True):
    """`[cascades]`: winning symbols vanish and the strips move on."""

    multipliers: Annotated[list[_Multiplier], msgspec.Meta(min_length=1, max_length=20)]
    most: Annotated[int, msgspec.Meta(ge=1, le=50)]


class RespinsTable(_Table, frozen=True):
    """`[respins]`: hold and respin."""

    symbol: str
    trigger: _Count
    respins: Annotated[int, msgspec.Meta(ge=1, le=10)]
    chance: tuple[
        Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_WEIGHT)],
        Annotated[int, msgspec.Meta(ge=2, le=MAXIMUM_WEIGHT)],
    ]
    values: dict[str, Any]
    """Weights by value in total stakes."""
    full: Annotated[int, msgspec.Meta(ge=0, le=MAXIMUM_PAY)] = 0


class PickTable(_Table, frozen=True):
    """`[pick]`: a bonus of hidden prizes in total stakes."""

    symbol: str
    trigger: _Count
    prizes: Annotated[list[_Prize], msgspec.Meta(min_length=2, max_length=30)]
    picks: Annotated[int, msgspec.Meta(ge=1, le=30)]
    stops: Annotated[int, msgspec.Meta(ge=0, le=10)] = 0


class GambleTable(_Table, frozen=True):
    """`[gamble]`: red or black for the win of the round."""

    steps: Annotated[int, msgspec.Meta(ge=1, le=20)]
    maximum: Annotated[int, msgspec.Meta(ge=2, le=MAXIMUM_PAY)]


class MachineTable(_Table, frozen=True):
    """The whole file."""

    name: str
    version: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    rows: int | list[int]
    """Of all reels, or of each."""
    line_bets: list[int]
    symbols: dict[str, str]
    strips: list[str]
    """One string a reel: symbols between blanks or line breaks; `ace*3` is a stack of three."""
    pays: dict[str, dict[str, Any]]
    help: str
    lines: list[list[int]] = []
    ways: WaysTable | None = None
    weights: list[list[int]] = []
    groups: dict[str, GroupTable] = {}
    wild: WildTable | list[WildTable] = []
    scatter: ScatterTable | None = None
    free_games: FreeGamesTable | None = None
    cascades: CascadesTable | None = None
    respins: RespinsTable | None = None
    pick: PickTable | None = None
    gamble: GambleTable | None = None
    words: dict[str, str] = {}

    @property
    def wilds(self) -> list[WildTable]:
        """The wilds, however many the file has."""
        return [self.wild] if isinstance(self.wild, WildTable) else self.wild

    def wild_key(self, number: int) -> str:
        """Return the key of wild `number` (from 0), for errors."""
        return "wild" if isinstance(self.wild, WildTable) else f"wild[{number + 1}]"

    @property
    def reel_rows(self) -> list[int]:
        """Rows of each reel."""
        return self.rows if isinstance(self.rows, list) else [self.rows] * len(self.strips)
