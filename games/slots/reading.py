"""The tables of a machine file as TOML gives them, and every check on them.

Each error is one line: file, key, what is wrong. Counts are keys such as `3 = 25`; a count that is
left out pays what the next lower one pays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final, NoReturn, Protocol

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
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_WORDS: Final = frozenset({"no_win", "free_games"})


class MachineError(ValueError):
    """A machine file that cannot be used; the message names file, key and what is wrong."""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every table: a misspelt key is an error, not a silent default."""


class WildTable(_Table, frozen=True):
    """`[wild]`: the symbol that stands in for others in line pays."""

    symbol: str
    does_not_replace: list[str] = []


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
    multiplier: Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_MULTIPLIER)] = 1
    retrigger_awards: dict[str, Any] | None = None
    """As `awards` when left out; an empty table means no retrigger."""
    strips: list[str] = []
    """The strips of the base game when left out."""
    weights: list[list[int]] = []


class MachineTable(_Table, frozen=True):
    """The whole file."""

    name: str
    version: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    rows: Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_ROWS)]
    line_bets: list[int]
    symbols: dict[str, str]
    strips: list[str]
    """One string a reel: symbols between blanks or line breaks."""
    lines: list[list[int]]
    pays: dict[str, dict[str, Any]]
    help: str
    weights: list[list[int]] = []
    groups: dict[str, GroupTable] = {}
    wild: WildTable | None = None
    scatter: ScatterTable | None = None
    free_games: FreeGamesTable | None = None
    words: dict[str, str] = {}


class _HasStrips(Protocol):
    @property
    def strips(self) -> tuple[tuple[str, ...], ...]: ...


def read_table(data: bytes, source: str) -> MachineTable:
    """Decode a machine file. Raises `MachineError`."""
    try:
        raw = msgspec.toml.decode(data.decode())
    except UnicodeDecodeError:
        raise MachineError(f"{source}: the file: not UTF-8 text") from None
    except msgspec.DecodeError as error:
        raise MachineError(f"{source}: the file: not TOML: {error}") from None
    except RecursionError:
        raise MachineError(f"{source}: the file: nested too deeply") from None
    try:
        return msgspec.convert(raw, MachineTable)
    except msgspec.ValidationError as error:
        place, what = _place(error)
        key = _with_keys(raw, place) or "the file"
        raise MachineError(f"{source}: {key}: {what}") from None


def _place(error: msgspec.ValidationError) -> tuple[str, str]:
    """Return (key, what is wrong) of a decoder's message, such as `… - at `$.pays[...]``."""
    what, _, place = str(error).partition(" - at `$")
    return place.rstrip("`").removeprefix("."), what


def _with_keys(raw: dict[str, Any], place: str) -> str:
    """Return the place with the names of keys that the decoder leaves out as `[...]`.

    A table of free keys is tried again with one key at a time; `raw` is cut down on the way. Items
    of lists are counted from 1, as everywhere in these errors.
    """
    while "[...]" in place:
        path, _, rest = place.partition("[...]")
        *above, last = path.split(".")
        parent = raw
        for name in above:
            parent = parent[name]
        for key, value in parent[last].items():
            parent[last] = {key: value}
            if _fails_at(raw, place):
                place = f"{path}.{key}{rest}"
                break
        else:
            return path
    return re.sub(r"\[(\d+)\]", lambda index: f"[{int(index[1]) + 1}]", place)


def _fails_at(raw: dict[str, Any], place: str) -> bool:
    try:
        msgspec.convert(raw, MachineTable)
    except msgspec.ValidationError as error:
        return _place(error)[0] == place
    return False


class Reader:
    """Checks the tables against each other; every method raises `MachineError`."""

    def __init__(self, table: MachineTable, source: str) -> None:
        self.table = table
        self._source = source

    def fail(self, key: str, what: str) -> NoReturn:
        """Raise the one-line error."""
        raise MachineError(f"{self._source}: {key}: {what}")

    def check(self) -> None:
        """Check everything that does not need the strips."""
        table = self.table
        if not _NAME.fullmatch(table.name):
            self.fail("name", f"{table.name!r} is not a name of a-z, 0-9, - and _")
        self._check_symbols()
        if not 2 <= len(table.strips) <= MAXIMUM_REELS:
            self.fail("strips", f"a machine has 2 to {MAXIMUM_REELS} reels")
        self._check_line_bets()
        self._check_lines()
        if not table.pays and not table.groups:
            self.fail("pays", "nothing pays on a line")
        self._check_special_symbols()
        for word in table.words:
            if word not in _WORDS:
                self.fail(f"words.{word}", f"not one of {', '.join(sorted(_WORDS))}")
        if table.free_games is not None:
            if table.scatter is None:
                self.fail("free_games", "only a scatter can win them, and there is no [scatter]")
            if table.free_games.weights and not table.free_games.strips:
                self.fail("free_games.weights", "weights without strips of their own")

    def _check_symbols(self) -> None:
        symbols = self.table.symbols
        if not 1 <= len(symbols) <= MAXIMUM_SYMBOLS:
            self.fail("symbols", f"a machine has 1 to {MAXIMUM_SYMBOLS} symbols")
        for name in (*symbols, *self.table.groups):
            if not _NAME.fullmatch(name):
                self.fail(f"symbols.{name}", "not a name of a-z, 0-9, - and _")
        for name in self.table.groups:
            if name in symbols:
                self.fail(f"groups.{name}", "a symbol has the same name")

    def _check_line_bets(self) -> None:
        bets = self.table.line_bets
        if not bets:
            self.fail("line_bets", "at least one bet level is needed")
        if bets != sorted(set(bets)):
            self.fail("line_bets", "not ascending")
        if bets[0] < 1 or bets[-1] > MAXIMUM_LINE_BET:
            self.fail("line_bets", f"a line bet is from 1 to {MAXIMUM_LINE_BET} minor units")

    def _check_lines(self) -> None:
        table = self.table
        if not 1 <= len(table.lines) <= MAXIMUM_LINES:
            self.fail("lines", f"a machine has 1 to {MAXIMUM_LINES} lines")
        for number, line in enumerate(table.lines, 1):
            if len(line) != len(table.strips):
                self.fail(
                    f"lines[{number}]", f"{len(line)} rows for {len(table.strips)} reels: {line}"
                )
            if not all(0 <= row < table.rows for row in line):
                self.fail(f"lines[{number}]", f"a row is from 0 to {table.rows - 1}: {line}")
            if line in table.lines[: number - 1]:
                self.fail(f"lines[{number}]", f"the same as an earlier line: {line}")

    def _check_special_symbols(self) -> None:
        table = self.table
        if table.wild is not None:
            self.known_symbol(table.wild.symbol, "wild.symbol")
            for symbol in table.wild.does_not_replace:
                self.known_symbol(symbol, "wild.does_not_replace")
        if table.scatter is not None:
            scatter = table.scatter.symbol
            self.known_symbol(scatter, "scatter.symbol")
            if table.wild is not None and table.wild.symbol == scatter:
                self.fail("scatter.symbol", f"{scatter!r} is the wild")
            if scatter in table.pays:
                self.fail(f"pays.{scatter}", "the scatter does not pay on lines")
            for name, group in table.groups.items():
                if scatter in group.symbols:
                    self.fail(f"groups.{name}.symbols", "the scatter does not pay on lines")

    def known_symbol(self, symbol: str, key: str) -> None:
        """Check that a symbol is declared."""
        if symbol not in self.table.symbols:
            self.fail(key, f"{symbol!r} is not among the symbols")

    def strips(self, strips: Sequence[str], key: str) -> tuple[tuple[str, ...], ...]:
        """Return the strips, split and checked."""
        if len(strips) != len(self.table.strips):
            self.fail(key, f"{len(strips)} strips for {len(self.table.strips)} reels")
        reels = []
        for number, text in enumerate(strips, 1):
            strip = tuple(text.split())
            if not self.table.rows <= len(strip) <= MAXIMUM_STOPS:
                self.fail(
                    f"{key}[{number}]",
                    f"{len(strip)} stops; a strip has {self.table.rows} to {MAXIMUM_STOPS}",
                )
            for symbol in strip:
                self.known_symbol(symbol, f"{key}[{number}]")
            reels.append(strip)
        return tuple(reels)

    def weights(
        self, weights: list[list[int]], strips: Sequence[Sequence[str]], key: str
    ) -> tuple[tuple[int, ...], ...]:
        """Return the weights of every stop, 1 each where the file gives none."""
        if not weights:
            return tuple((1,) * len(strip) for strip in strips)
        if len(weights) != len(strips):
            self.fail(key, f"{len(weights)} lists for {len(strips)} reels")
        for number, (values, strip) in enumerate(zip(weights, strips, strict=True), 1):
            if len(values) != len(strip):
                self.fail(f"{key}[{number}]", f"{len(values)} weights for {len(strip)} stops")
            if not all(weight >= 1 for weight in values) or sum(values) > MAXIMUM_WEIGHT:
                self.fail(
                    f"{key}[{number}]",
                    f"a weight is at least 1, and those of a reel add up to {MAXIMUM_WEIGHT}"
                    " at most",
                )
        return tuple(tuple(values) for values in weights)

    def by_count(self, table: Mapping[str, Any], key: str, most: int) -> tuple[int, ...]:
        """Return what 0 to `most` symbols give, from a table of counts."""
        given: dict[int, int] = {}
        for name, value in table.items():
            if not re.fullmatch(r"[1-9][0-9]{0,2}", name) or int(name) > most:
                self.fail(f"{key}.{name}", f"a count is a whole number from 1 to {most}")
            if type(value) is not int or not 0 <= value <= MAXIMUM_PAY:
                self.fail(f"{key}.{name}", f"{value!r} is not a whole number from 0 to 10^7")
            given[int(name)] = value
        amounts = [0]
        for count in range(1, most + 1):
            amount = given.get(count, amounts[-1])
            if amount < amounts[-1]:
                self.fail(f"{key}.{count}", f"{amount} is less than a lower count gives")
            amounts.append(amount)
        return tuple(amounts)

    def check_cap(self, cap: int, awards: Sequence[int]) -> None:
        """Check that the cap does not cut the first award, and that there is one."""
        if max(awards) < 1:
            self.fail("free_games.awards", "no count wins free games")
        if max(awards) > cap:
            self.fail("free_games.cap", f"{cap} is less than the highest award {max(awards)}")

    def check_symbols_used(self, reel_sets: Iterable[_HasStrips]) -> None:
        """Check that every declared symbol is on a strip, which a misspelling would break."""
        seen = {symbol for reels in reel_sets for strip in reels.strips for symbol in strip}
        for symbol in self.table.symbols:
            if symbol not in seen:
                self.fail(f"symbols.{symbol}", "on no strip")
