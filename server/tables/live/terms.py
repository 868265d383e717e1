"""What a live table may be: one check for the settings, the operators' pages and the commands."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple

import msgspec

from games.catalogue import Catalogue
from games.live import LiveRules, Style, live_rules
from protocol.messages.common import MAXIMUM_INTEGER
from server.config import LiveTableSettings
from server.config.keys import nearest
from server.config.live_tables import CLOCK_MS_MAX, CLOCKS, wrong_value
from server.tables.live.settings import TableState

__all__ = [
    "TableRefused",
    "Terms",
    "amount_text",
    "changes_of",
    "live_games",
    "read_table",
    "said_of",
    "terms_of",
    "text_of",
    "usual_table",
]

_USUAL_MINIMUM: Final = 10
_USUAL_MAXIMUM: Final = 50_000
"""In minor units, so that they suit a currency without decimal places too."""


class TableRefused(Exception):  # noqa: N818 - one clear line for a person
    """A live table cannot be so. `code` is one of the console's refusals.

    `field` names the setting that is wrong, `reason` says how.
    """

    def __init__(self, code: str, field: str, reason: str, title: str = "") -> None:
        super().__init__(f"{title}: {field}: {reason}" if title else f"{field}: {reason}")
        self.code = code
        self.field = field
        self.reason = reason


class Terms(NamedTuple):
    """What a table takes, as it goes on record: amounts in minor units, times in milliseconds."""

    minimum: int
    maximum: int
    seats: int
    betting_ms: int
    decision_ms: int
    result_ms: int
    seat_hold_ms: int
    draw_ms: int | None = None
    """Before the draw; None: as suits how the game is played."""


def read_table(said: Mapping[str, Any]) -> LiveTableSettings:
    """Return what was said of a table, as settings. Raises TableRefused for the first wrong value.

    What is not said has the default of the settings.
    """
    wrong = wrong_value(said)
    if wrong is not None:
        raise TableRefused("invalid_table", *wrong)
    return msgspec.convert(dict(said), LiveTableSettings)


def terms_of(table: LiveTableSettings, catalogue: Catalogue, exponents: Mapping[str, int]) -> Terms:
    """Return what a table takes. Raises TableRefused where it cannot be so.

    `exponents` are the decimal places of the currencies that there are.
    """
    if not table.title.isprintable() or table.title != table.title.strip():
        reason = "blanks at its ends and unseen letters are no name"
        raise TableRefused("invalid_table", "title", reason, table.title)
    rules = _rules_of(table, catalogue)
    if table.seats > rules.most_seats:
        reason = f"{table.game} has at most {rules.most_seats} seats, not {table.seats}"
        raise TableRefused("too_many_seats", "seats", reason, table.title)
    exponent = exponents.get(table.currency)
    if exponent is None:
        near = nearest(table.currency, exponents)
        hint = f"; did you mean {near}?" if near else ""
        reason = f"{table.currency} is no currency known here{hint}"
        raise TableRefused("unknown_currency", "currency", reason, table.title)
    low, high = _limits_of(table, rules, exponent)
    for name in CLOCKS:
        if getattr(table, name) > CLOCK_MS_MAX:
            reason = f"at most {CLOCK_MS_MAX}, which is a day"
            raise TableRefused("invalid_table", name, reason, table.title)
    return Terms(
        low,
        high,
        table.seats,
        table.betting_ms,
        table.decision_ms,
        table.result_ms,
        table.seat_hold_ms,
        table.draw_ms,
    )


def _rules_of(table: LiveTableSettings, catalogue: Catalogue) -> LiveRules:
    game = catalogue.current(table.game)
    rules = None if game is None else live_rules(game)
    if rules is None:
        names = [each.game.name for each in live_games(catalogue)]
        near = nearest(table.game, names)
        hint = f"did you mean {near}?" if near else f"those are {', '.join(names)}"
        reason = f"{table.game} is no game for a live table; {hint}"
        raise TableRefused("unknown_game", "game", reason, table.title)
    return rules


def _limits_of(table: LiveTableSettings, rules: LiveRules, exponent: int) -> tuple[int, int]:
    """Return the limits in minor units; the upper one as low as the game's payouts demand."""

    def refuse(field: str, reason: str) -> TableRefused:
        return TableRefused("wrong_limits", field, reason, table.title)

    for name in ("minimum", "maximum"):
        text = getattr(table, name)
        if (Fraction(text) * 10**exponent).denominator != 1:
            places = f"{table.currency} has {exponent} decimal places"
            raise refuse(name, f"{text} has too many: {places}")
    low, high = table.limits(exponent)
    most = MAXIMUM_INTEGER // rules.game.maximum_payout_factor
    if low <= 0:
        raise refuse("minimum", "it must be above zero")
    if low > most:
        raise refuse("minimum", f"at most {amount_text(most, exponent)} at this game")
    if high < low:
        raise refuse("maximum", f"it must not be below the minimum {table.minimum}")
    return low, min(high, most)


def live_games(catalogue: Catalogue) -> list[LiveRules]:
    """Return the games that live tables can have, by name."""
    found = (live_rules(game) for game in catalogue)
    return [rules for rules in found if rules is not None]


def usual_table(rules: LiveRules, currency: str, exponent: int) -> LiveTableSettings:
    """Return a usual table of a game, for a form to begin with."""
    seats, betting_ms, result_ms = {
        Style.WINDOW: (50, 15_000, 5_000),
        Style.TURNS: (rules.most_seats, 15_000, 5_000),
        Style.RISING: (200, 8_000, 4_000),
        Style.ROLLS: (20, 12_000, 3_000),
    }[rules.style]
    return LiveTableSettings(
        title=rules.game.title[:64],
        game=rules.game.name,
        currency=currency,
        minimum=amount_text(_USUAL_MINIMUM, exponent),
        maximum=amount_text(_USUAL_MAXIMUM, exponent),
        seats=seats,
        betting_ms=betting_ms,
        result_ms=result_ms,
    )


def said_of(title: str, game: str, currency: str, terms: Terms, exponent: int) -> dict[str, Any]:
    """Return a table on record as settings would say it, for `read_table`."""
    return {
        "title": title,
        "game": game,
        "currency": currency,
        **terms._asdict(),
        "minimum": amount_text(terms.minimum, exponent),
        "maximum": amount_text(terms.maximum, exponent),
    }


def text_of(table: LiveTableSettings, state: TableState) -> str:
    """Return what a new table is, for the record."""
    clocks = ", ".join(f"{name} {getattr(table, name)}" for name in CLOCKS)
    if table.draw_ms is not None:
        clocks += f", draw_ms {table.draw_ms}"
    limits = f"{table.currency} {table.minimum} to {table.maximum}"
    return f"{table.game}, {limits}, seats {table.seats}, {clocks}, {state.wire}"


def changes_of(before: Terms, after: Terms, exponent: int) -> str:
    """Return what is different, for the record: `seats 7 to 6, minimum 0.10 to 0.50`."""
    told = []
    for name, old, new in zip(Terms._fields, before, after, strict=True):
        if old != new:
            was, now = (_told(name, value, exponent) for value in (old, new))
            told.append(f"{name} {was} to {now}")
    return ", ".join(told)


def _told(name: str, value: int | None, exponent: int) -> str:
    if value is None:
        return "as usual"
    return amount_text(value, exponent) if name in ("minimum", "maximum") else str(value)


def amount_text(amount: int, exponent: int) -> str:
    """Return an amount of minor units in major ones, such as `0.50`."""
    if not exponent:
        return str(amount)
    whole, rest = divmod(amount, 10**exponent)
    return f"{whole}.{rest:0{exponent}}"
