"""New live tables, and what a table takes, as operators make and change them over HTTP."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from protocol.schema.console_tables import TABLE, TableRow

__all__ = [
    "CHANGE",
    "MADE",
    "NEW_TABLE",
    "OFFER",
    "REVERT",
    "TERMS",
    "CurrencyOffer",
    "GameOffer",
    "NewTable",
    "TableChange",
    "TableMade",
    "TableOffer",
    "TableRevert",
    "TableTerms",
    "ValueOrigin",
]

Amount = Annotated[str, Meta(pattern=r"^[0-9]{1,12}(\.[0-9]{1,8})?$")]
"""In major units of the currency, as text: `"0.50"`."""
Milliseconds = Annotated[int, Meta(ge=1, le=86_400_000)]
DrawPause = Annotated[int, Meta(ge=0, le=600_000)]
Seats = Annotated[int, Meta(ge=1, le=500)]
Reason = Annotated[str, Meta(min_length=3, max_length=500)]


class GameOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A game that live tables can have, and what is usual at one."""

    name: str
    """Its name."""
    title: str
    """What people call it."""
    style: str
    """`window` (one draw), `turns` (seats decide), `rising` or `rolls`. The set is open."""
    seats_max: int
    """How many seats a table of it can have."""
    seats: int
    """How many are usual."""
    betting_ms: int
    """How long bets are usually taken."""
    decision_ms: int
    """How long a seat usually has for a decision; of no account where none is taken."""
    result_ms: int
    """The usual pause after a result."""
    seat_hold_ms: int
    """How long a seat is usually held for a player whose connection is gone."""
    draw_ms: int
    """The usual pause between the close of bets and the draw."""


class CurrencyOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A currency, and usual limits in it."""

    code: str
    """Its ISO 4217 code."""
    exponent: int
    """Digits behind the point of an amount."""
    minimum: str
    """The usual minimum, in major units."""
    maximum: str
    """The usual maximum, in major units."""


class TableOffer(msgspec.Struct, frozen=True, kw_only=True):
    """What a new table can be."""

    games: tuple[GameOffer, ...]
    """By name."""
    currencies: tuple[CurrencyOffer, ...]
    """By code."""


class NewTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table to be made. What is left out is as in the server's settings."""

    title: Annotated[str, Meta(min_length=1, max_length=64)]
    """Its name for good; no other table has it."""
    game: Annotated[str, Meta(min_length=1, max_length=64)]
    """The name of its game."""
    reason: Reason
    """Why, for the record; required."""
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "EUR"
    """The currency of its stakes."""
    minimum: Amount = "0.10"
    """Of a single bet where bets are a list, else of a round."""
    maximum: Amount = "100.00"
    """Of all bets of a seat on a round."""
    seats: Seats = 7
    """How many seats there are."""
    betting_ms: Milliseconds = 15_000
    """How long bets are taken."""
    decision_ms: Milliseconds = 15_000
    """How long a seat has for a decision, before the house decides for it."""
    result_ms: Milliseconds = 5_000
    """The pause after a result."""
    seat_hold_ms: Milliseconds = 60_000
    """How long a seat is held for a player whose connection is gone."""
    draw_ms: DrawPause | None = None
    """The pause between the close of bets and the draw; left out: as is usual at the game."""
    closed: bool = False
    """Whether it begins closed, to be opened later."""


class TableChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be different at a table; what is left out stays."""

    reason: Reason
    """Why, for the record; required."""
    minimum: Amount | None = None
    """As in `NewTable`."""
    maximum: Amount | None = None
    """As in `NewTable`."""
    seats: Seats | None = None
    """As in `NewTable`; no seat that is taken can go."""
    betting_ms: Milliseconds | None = None
    """As in `NewTable`."""
    decision_ms: Milliseconds | None = None
    """As in `NewTable`."""
    result_ms: Milliseconds | None = None
    """As in `NewTable`."""
    seat_hold_ms: Milliseconds | None = None
    """As in `NewTable`."""
    draw_ms: DrawPause | None = None
    """As in `NewTable`."""


class TableRevert(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a table is given back to the server's settings."""

    reason: Reason
    """For the record; required."""


class ValueOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a value of a table comes from."""

    field: str
    """`state`, or one of those that a change has. The set is open."""
    origin: str
    """`config`: the server's settings; or `operator:NAME` or `command:USER`, who set it."""
    at_ms: int | None = None
    """When, in milliseconds since 1970; null of what the settings say."""
    reason: str | None = None
    """Why; null of what the settings say, and where it is not on record."""
    record: str | None = None
    """The number under which it is recorded; null likewise."""


class TableTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What a table takes, as it is on record."""

    id: str
    """The table's id."""
    title: str
    """Its name."""
    game: str
    """The name of its game."""
    style: str
    """As in `GameOffer`; empty where this program has no such game."""
    currency: str
    """The currency of its stakes."""
    exponent: int
    """Digits behind the point of an amount."""
    minimum: str
    """In major units."""
    maximum: str
    """In major units."""
    seats: int
    """How many seats there are."""
    seats_max: int
    """How many its game can have."""
    betting_ms: int
    """How long bets are taken."""
    decision_ms: int
    """How long a seat has for a decision."""
    result_ms: int
    """The pause after a result."""
    seat_hold_ms: int
    """How long a seat is held for a player whose connection is gone."""
    draw_ms: int | None
    """The pause between the close of bets and the draw; null: as is usual at the game."""
    origin: str
    """`config`; or `operator:NAME` or `command:USER`, who made it or was the last to change it."""
    made_ms: int
    """When it was made, in milliseconds since 1970."""
    changed_ms: int | None
    """When an operator last changed it; null if none did."""
    configured: bool = False
    """Whether the settings of the node that answers list the table."""
    origins: tuple[ValueOrigin, ...] = ()
    """Where its state and each of its terms come from."""


class TableMade(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator asked for is done."""

    record: str
    """The number under which it is recorded."""
    id: str
    """The table's id."""
    table: TableRow | None
    """The table as it is now; null where no node runs it yet. The stream tells when one does."""


OFFER: Final = TableOffer(
    games=(
        GameOffer(
            name="roulette",
            title="European roulette",
            style="window",
            seats_max=500,
            seats=50,
            betting_ms=15_000,
            decision_ms=15_000,
            result_ms=5_000,
            seat_hold_ms=60_000,
            draw_ms=3_000,
        ),
    ),
    currencies=(CurrencyOffer(code="EUR", exponent=2, minimum="0.10", maximum="500.00"),),
)
NEW_TABLE: Final = NewTable(
    title="Roulette 7",
    game="roulette",
    minimum="0.50",
    maximum="500.00",
    seats=50,
    reason="Friday night: the other six are full.",
)
CHANGE: Final = TableChange(minimum="1.00", reason="The night begins.")
REVERT: Final = TableRevert(reason="The night is over.")
TERMS: Final = TableTerms(
    id="t7",
    title="Roulette 7",
    game="roulette",
    style="window",
    currency="EUR",
    exponent=2,
    minimum="0.50",
    maximum="500.00",
    seats=50,
    seats_max=500,
    betting_ms=15_000,
    decision_ms=15_000,
    result_ms=5_000,
    seat_hold_ms=60_000,
    draw_ms=None,
    origin="operator:mara",
    made_ms=1_790_000_000_000,
    changed_ms=None,
    configured=False,
    origins=(
        ValueOrigin(
            field="minimum",
            origin="operator:mara",
            at_ms=1_790_000_000_000,
            reason="Friday night: the other six are full.",
            record="4712",
        ),
    ),
)
MADE: Final = TableMade(record="4712", id="t7", table=TABLE)
