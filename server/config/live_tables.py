"""Which value of a live table is wrong, and what was expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from server.config.keys import nearest
from server.config.settings import LiveTableSettings

__all__ = ["CLOCKS", "CLOCK_MS_MAX", "WrongValue", "wrong_table", "wrong_value"]

CLOCK_MS_MAX: Final = 86_400_000
"""No clock of a table runs longer than a day; a column of the record holds three weeks."""
CLOCKS: Final = ("betting_ms", "decision_ms", "result_ms", "seat_hold_ms")

_EXPECTED: Final[Mapping[str, str]] = {
    "title": "expected a name of 1 to 64 characters",
    "game": "expected the name of a game",
    "currency": "expected three capital letters, such as EUR",
    "minimum": 'expected an amount in major units as a string, such as "0.50"',
    "maximum": 'expected an amount in major units as a string, such as "500.00"',
    "seats": "expected a whole number from 1 to 500",
    **dict.fromkeys(CLOCKS, f"expected whole milliseconds from 1 to {CLOCK_MS_MAX}"),
    "draw_ms": "expected whole milliseconds from 0 to 600000",
}


class WrongValue(NamedTuple):
    """A field of a table, and what is wrong with it."""

    field: str
    reason: str


def wrong_value(said: Mapping[str, Any]) -> WrongValue | None:
    """Return the first wrong value of what was said of one table, or None."""
    known = LiveTableSettings.__struct_fields__
    for name in said:
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean {near}?" if near else f"there are {', '.join(known)}"
            return WrongValue(name, f"a table has no such setting; {hint}")
    for name in ("title", "game"):
        if name not in said:
            return WrongValue(name, f"it is missing; {_EXPECTED[name]}")
    for name, value in said.items():
        try:
            msgspec.convert({"title": "a", "game": "a", name: value}, LiveTableSettings)
        except msgspec.ValidationError:
            return WrongValue(name, _EXPECTED[name])
        if name in CLOCKS and value > CLOCK_MS_MAX:
            return WrongValue(name, _EXPECTED[name])
    return None


def wrong_table(tables: object) -> str:
    """Return which table of a list is wrong and how, or an empty string."""
    for number, table in enumerate(tables if isinstance(tables, list) else (), start=1):
        if not isinstance(table, dict):
            continue
        wrong = wrong_value(table)
        if wrong is not None:
            title = table.get("title")
            which = f"table {number}" if not isinstance(title, str) else f"{title!r}"
            return f"{which}: {wrong.field}: {wrong.reason}"
    return ""
