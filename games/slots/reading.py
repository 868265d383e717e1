"""Reading a machine file, and the checks on names, strips, weights and tables of counts.

Each error is one line: file, line, key, what is wrong. `games.slots.contradictions` checks what the
tables say together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NoReturn, Protocol

import msgspec

from games.slots.locating import Locator, MachineError, path_of
from games.slots.tables import (
    MAXIMUM_PAY,
    MAXIMUM_REELS,
    MAXIMUM_ROWS,
    MAXIMUM_STOPS,
    MAXIMUM_SYMBOLS,
    MAXIMUM_WEIGHT,
    MachineTable,
)

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_STACK: Final = re.compile(r"([^*]+)\*([1-9][0-9]?)")
_SYNTAX: Final = re.compile(r"(.*?)\s*\(at (?:line (\d+), column \d+|end of document)\)", re.DOTALL)
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`")
_THE_FILE: Final = "the file"


def read_table(data: bytes, origin: str) -> MachineTable:
    """Decode a machine file. Raises `MachineError`."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MachineError(origin, line, _THE_FILE, "not UTF-8 text") from None
    try:
        raw = msgspec.toml.decode(text)
    except msgspec.DecodeError as error:
        found = _SYNTAX.fullmatch(str(error))
        line = text.rstrip().count("\n") + 1
        reason = str(error)
        if found is not None:
            reason = found[1]
            line = int(found[2]) if found[2] else line
        raise MachineError(origin, line, _THE_FILE, f"not TOML: {reason}") from None
    except RecursionError:
        raise MachineError(origin, 1, _THE_FILE, "nested too deeply") from None
    try:
        return msgspec.convert(raw, MachineTable)
    except msgspec.ValidationError as error:
        place, what = _place(error)
        key = _with_keys(raw, place)
        if unknown := _UNKNOWN.fullmatch(what):
            key = f"{key}.{unknown[1]}" if key else unknown[1]
            what = "no such key"
        line = Locator(text).line(path_of(key))
        raise MachineError(origin, line, key or _THE_FILE, what) from None


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


class _HasStrips(Protocol):
    @property
    def strips(self) -> tuple[tuple[str, ...], ...]: ...


class Reader:
    """Checks the tables; every method raises `MachineError`."""

    def __init__(self, table: MachineTable, data: bytes, origin: str) -> None:
        self.table = table
        self._data = data
        self._origin = origin

    def fail(self, key: str, what: str, word: str = "") -> NoReturn:
        """Raise the error at a key, or at the first line from there on that holds `word`."""
        locator = Locator(self._data.decode())
        path = path_of(key)
        line = locator.line_of_word(path, word) if word else locator.line(path)
        raise MachineError(self._origin, line, key, what)

    def check_names(self) -> None:
        """Check the names of machine, symbols and groups, and how many reels and rows there are."""
        table = self.table
        if not _NAME.fullmatch(table.name):
            self.fail("name", f"{table.name!r} is not a name of a-z, 0-9, - and _")
        if not 1 <= len(table.symbols) <= MAXIMUM_SYMBOLS:
            self.fail("symbols", f"a machine has 1 to {MAXIMUM_SYMBOLS} symbols")
        for kind, names in (("symbols", table.symbols), ("groups", table.groups)):
            for name in names:
                if not _NAME.fullmatch(name):
                    self.fail(f"{kind}.{name}", "not a name of a-z, 0-9, - and _")
        for name in table.groups:
            if name in table.symbols:
                self.fail(f"groups.{name}", "a symbol has the same name")
        self._check_window()

    def _check_window(self) -> None:
        table = self.table
        if not 2 <= len(table.strips) <= MAXIMUM_REELS:
            self.fail("strips", f"a machine has 2 to {MAXIMUM_REELS} reels")
        if len(table.reel_rows) != len(table.strips):
            self.fail("rows", f"{len(table.reel_rows)} numbers for {len(table.strips)} reels")
        if not all(1 <= rows <= MAXIMUM_ROWS for rows in table.reel_rows):
            self.fail("rows", f"a reel has 1 to {MAXIMUM_ROWS} rows")

    def known_symbol(self, symbol: str, key: str) -> None:
        """Check that a symbol is declared."""
        if symbol not in self.table.symbols:
            self.fail(key, f"{symbol!r} is not among the symbols", symbol)

    def strips(self, strips: Sequence[str], key: str) -> tuple[tuple[str, ...], ...]:
        """Return the strips, split and checked, with their stacks laid out."""
        if len(strips) != len(self.table.strips):
            self.fail(key, f"{len(strips)} strips for {len(self.table.strips)} reels")
        reels = []
        for number, (text, rows) in enumerate(zip(strips, self.table.reel_rows, strict=True), 1):
            strip: list[str] = []
            for word in text.split():
                stack = _STACK.fullmatch(word)
                symbol, times = (stack[1], int(stack[2])) if stack else (word, 1)
                if symbol not in self.table.symbols:
                    self.fail(f"{key}[{number}]", f"{symbol!r} is not among the symbols", symbol)
                strip += [symbol] * times
            if not rows <= len(strip) <= MAXIMUM_STOPS:
                self.fail(
                    f"{key}[{number}]", f"{len(strip)} stops; a strip has {rows} to {MAXIMUM_STOPS}"
                )
            reels.append(tuple(strip))
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
            given[int(name)] = self._amount(value, f"{key}.{name}")
        amounts = [0]
        for count in range(1, most + 1):
            amount = given.get(count, amounts[-1])
            if amount < amounts[-1]:
                self.fail(f"{key}.{count}", f"{amount} is less than a lower count gives")
            amounts.append(amount)
        return tuple(amounts)

    def by_value(self, table: Mapping[str, Any], key: str) -> tuple[tuple[int, int], ...]:
        """Return (value, weight) in the order of the file, from a table of weights by value."""
        given = []
        for name, weight in table.items():
            if not re.fullmatch(r"[1-9][0-9]{0,6}", name):
                self.fail(f"{key}.{name}", "a value is a whole number from 1 to 9,999,999")
            if self._amount(weight, f"{key}.{name}") < 1:
                self.fail(f"{key}.{name}", "a weight is at least 1")
            given.append((int(name), weight))
        if not given or sum(weight for _, weight in given) > MAXIMUM_WEIGHT:
            self.fail(key, f"the weights add up to 1 to {MAXIMUM_WEIGHT}")
        return tuple(given)

    def _amount(self, value: object, key: str) -> int:
        if type(value) is not int or not 0 <= value <= MAXIMUM_PAY:
            self.fail(key, f"{value!r} is not a whole number from 0 to 10^7")
        return value

    def check_symbols_used(self, reel_sets: Iterable[_HasStrips]) -> None:
        """Check that every declared symbol is on a strip, which a misspelling would break."""
        seen = {symbol for reels in reel_sets for strip in reels.strips for symbol in strip}
        for symbol in self.table.symbols:
            if symbol not in seen:
                self.fail(f"symbols.{symbol}", "on no strip")
