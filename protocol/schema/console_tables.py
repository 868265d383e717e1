"""What operators see of live tables, over `/api/v1/console/live`, and what they may do to one.

The stream is a WebSocket with JSON texts. The server says `snapshot` first and then `changes`, at
most four a second; a table that was named by `subscribe` is told in `detail` and `events` as well.
"""

from __future__ import annotations

import enum
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

__all__ = [
    "ACTION",
    "ACTION_DONE",
    "REPLAY",
    "TABLE",
    "Action",
    "ActionDone",
    "ActionOrder",
    "Bet",
    "Changes",
    "Detail",
    "Ended",
    "Events",
    "NodeRow",
    "PrivatePlay",
    "ReplayStep",
    "Round",
    "RoundReplay",
    "Seat",
    "Snapshot",
    "Subscribe",
    "TableDetail",
    "TableEvent",
    "TableRow",
    "Unsubscribe",
]

_BOUND: Final = 2**53 - 1
Amount = Annotated[int, Meta(ge=-_BOUND, le=_BOUND)]
"""Whole minor units of the table's currency."""
Count = Annotated[int, Meta(ge=0, le=_BOUND)]


class Action(enum.StrEnum):
    """What an operator may do to a table."""

    PAUSE = "pause"
    """The running round finishes, and no other begins."""
    RESUME = "resume"
    """Rounds begin again."""
    OPEN = "open"
    """A closed table takes seats and bets again."""
    CLOSE = "close"
    """The running round finishes, then everybody leaves."""
    VOID = "void"
    """The running round ends without a result, and every stake goes back."""


class TableRow(msgspec.Struct, frozen=True, kw_only=True):
    """One table in the grid."""

    id: str
    """The table's id."""
    game: str
    """The name of its game."""
    title: str
    """What people call the table."""
    currency: str
    """The currency of its stakes."""
    exponent: Count = 2
    """Digits behind the point of an amount."""
    state: str = "open"
    """`open`, `paused`, `closing` or `closed`. The set is open."""
    phase: str = "idle"
    """`idle`, `betting`, `closed`, `drawn`, `playing`, `settling`, `result`, `pause`. Open too."""
    phase_ms_left: Count | None = None
    """Until the phase ends by itself; null where it waits for something else."""
    round: str | None = None
    """The running round's id; null between rounds."""
    seats: Count = 0
    """How many seats there are; 0 where anybody may bet."""
    players: Count = 0
    """How many people are seated, or have bets."""
    watchers: Count = 0
    """How many look on without a seat."""
    held: Amount = 0
    """Money held for bets that are not decided."""
    last_result: str = ""
    """The last result in a few words."""
    node: str = ""
    """The node that owns the table."""
    alerts: tuple[str, ...] = ()
    """What needs a person's eyes, in a few words each."""


class PrivatePlay(msgspec.Struct, frozen=True, kw_only=True):
    """The private tables of one game on one node, as totals."""

    game: str
    """The name of the game."""
    title: str
    """What people call it."""
    node: str
    """The node."""
    players: Count
    """Players who are there."""
    rounds: Count
    """Rounds that were settled in the last minute."""


class NodeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One node that lives."""

    node: str
    """Its number."""
    program: str
    """Its program: the version, and how many migrations it knows, as `0.1.0 (schema 12)`."""
    state: str
    """`starting`, `ready` or `draining`. The set is open."""


class Bet(msgspec.Struct, frozen=True):
    """One accepted bet of a seat."""

    bet: str
    """On what."""
    stake: Amount
    """How much."""


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """One seat that is taken, or one bettor."""

    seat: Count
    """Its number, from 0."""
    player: str
    """The player's id."""
    connected: bool = True
    """Whether the player's connection is up."""
    held: Amount = 0
    """Money held for this seat."""
    bets: tuple[Bet, ...] = ()
    """What it has bet in the running round."""
    note: str = ""
    """What the seat does or waits for, as everybody at the table sees it."""


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """A finished round of a table."""

    round: str
    """Its id."""
    ended_ms: Count
    """When it ended, in milliseconds since 1970."""
    result: str = ""
    """The result in a few words."""
    staked: Amount = 0
    """All stakes together."""
    paid: Amount = 0
    """All payouts together."""
    voided: bool = False
    """Whether it was voided: then every stake went back."""


class TableEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that has happened at a table, after it was committed."""

    kind: str
    """Such as `betting`, `bet`, `closed`, `drawn`, `settled`, `void`, `operator`. An open set."""
    text: str
    """What it was, in a few words."""
    at_ms: Count
    """When, in milliseconds since 1970."""
    seat: Count | None = None
    """Whose seat, where it is of one."""
    amount: Amount | None = None
    """The money in it, where there is any."""
    round: str | None = None
    """In which round, where it was in one."""


class TableDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One table, nearer. It holds what somebody who watches the table may see, and totals."""

    row: TableRow
    """As in the grid."""
    seats: tuple[Seat, ...] = ()
    """Those that are taken."""
    rounds: tuple[Round, ...] = ()
    """Finished rounds, the newest first."""


# -- messages of the server ------------------------------------------------------------------------


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, tag="snapshot"):
    """Every table, once, at the beginning."""

    tables: list[TableRow]
    """All tables of all nodes."""
    private: list[PrivatePlay]
    """Private tables, as totals."""
    nodes: list[NodeRow] = []
    """The nodes that live, by number."""


class Changes(msgspec.Struct, frozen=True, kw_only=True, tag="changes", omit_defaults=True):
    """What has changed since the last message."""

    tables: list[TableRow]
    """Tables that are new or different, whole."""
    gone: list[str]
    """Ids of those that are no more."""
    private: list[PrivatePlay] | None = None
    """All totals of private tables, when one of them has changed."""
    nodes: list[NodeRow] | None = None
    """All nodes that live, when one of them has changed."""


class Detail(msgspec.Struct, frozen=True, kw_only=True, tag="detail"):
    """The table that was subscribed to, as it is now."""

    id: str
    """Its id."""
    table: TableDetail | None
    """Null where there is none of this id, or no more."""


class Events(msgspec.Struct, frozen=True, kw_only=True, tag="events"):
    """What has happened at the table that was subscribed to, in order."""

    id: str
    """Its id."""
    events: list[TableEvent]
    """The oldest first."""
    missed: Count = 0
    """Events before these that were left out: more happened than was worth sending."""


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag="ended"):
    """The last message: the operator may not watch any more."""

    code: str
    """`not_signed_in`, `not_permitted` or `unavailable`, as of a call that is refused."""


# -- messages of the page --------------------------------------------------------------------------


class Subscribe(
    msgspec.Struct, frozen=True, kw_only=True, tag="subscribe", forbid_unknown_fields=True
):
    """Tell of this table in detail, and of no other."""

    table: Annotated[str, Meta(min_length=1, max_length=64)]


class Unsubscribe(
    msgspec.Struct, frozen=True, kw_only=True, tag="unsubscribe", forbid_unknown_fields=True
):
    """Tell of no table in detail."""


# -- calls -----------------------------------------------------------------------------------------


class ActionOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why something is done to a table."""

    reason: Annotated[str, Meta(min_length=3, max_length=500)]
    """For the record; required."""
    round: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    """The round to be voided. It must be named, so that no later one is."""


class ActionDone(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator asked for is done."""

    record: str
    """The number under which it is recorded."""
    table: TableRow | None
    """The table as it is now; null if it is gone."""


class ReplayStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a finished round."""

    kind: str
    """Such as `bet`, `stands` (from the round before), `decision`, `result`. The set is open."""
    text: str
    """What happened, in a few words."""
    seat: Count | None = None
    """Whose seat, where it is of one."""
    amount: Amount | None = None
    """The money in it, where there is any."""
    by_house: bool = False
    """Whether the house decided, because the player's time had run out."""


class RoundReplay(msgspec.Struct, frozen=True, kw_only=True):
    """A finished round, computed again from what was recorded."""

    round: str
    """Its id."""
    game: str
    """The name of its game."""
    title: str
    """What people call it."""
    currency: str
    """The currency of its amounts."""
    exponent: Count = 2
    """Digits behind the point of an amount."""
    result: str
    """The result in a few words."""
    staked: Amount
    """All stakes together."""
    paid: Amount
    """All payouts together."""
    void_cause: str | None = None
    """Why it was voided, if it was."""
    agrees: bool
    """Whether the replay pays what was paid."""
    steps: tuple[ReplayStep, ...]
    """From the first bet to the result."""
    proof: dict[str, Any] | None = None
    """The document with which anybody can check the round."""


TABLE: Final = TableRow(
    id="t7",
    game="roulette",
    title="Roulette 7",
    currency="EUR",
    phase="betting",
    phase_ms_left=9_000,
    round="7203-17",
    players=4,
    watchers=12,
    held=45_00,
    last_result="17 black",
    node="1",
)
ACTION: Final = ActionOrder(reason="The wheel of this table is being looked at.")
ACTION_DONE: Final = ActionDone(
    record="4711", table=msgspec.structs.replace(TABLE, state="paused", phase="pause")
)
REPLAY: Final = RoundReplay(
    round="7203-17",
    game="dice",
    title="Dice",
    currency="EUR",
    result="Rolled 4217",
    staked=500,
    paid=990,
    agrees=True,
    steps=(
        ReplayStep(kind="bet", text="under 5000", seat=0, amount=500),
        ReplayStep(kind="result", text="Rolled 4217", amount=990),
    ),
)

FromPage = Subscribe | Unsubscribe
"""What a page may say."""
