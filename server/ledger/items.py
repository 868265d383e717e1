"""What is handed to the settling call, and what it answers."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import Any, Final

from protocol.errors import ErrorCode


class ItemKind(enum.IntEnum):
    """What an item does; the numbers are those of `settle` in the schema."""

    INSTANT = 0
    """An instant round: stake and payout at once."""
    DEAL = 1
    """Opens a round with decisions: takes a hold; may end at once."""
    ACT = 2
    """A player's decision: an input, perhaps a further hold, perhaps the end."""
    PLATFORM = 3
    """The platform's decision when a player's time has run out. No gate can refuse it."""
    VOID = 4
    """Returns every hold of a round that cannot go on. No gate can refuse it."""


class Verdict(enum.IntEnum):
    """The database's answer to one item; 0 to 6 and 15 to 17 are recorded in `request`."""

    ACCEPTED = 0
    INSUFFICIENT_FUNDS = 1
    SUSPENDED = 2
    EXCLUDED = 3
    STAKE_CAP = 4
    WAGER_LIMIT = 5
    LOSS_LIMIT = 6
    KNOWN = 10
    """This request id was decided before: the record answers."""
    ID_REUSED = 11
    REPLACED = 12
    SKIPPED = 13
    """Its account was locked elsewhere; it goes into the next batch."""
    STALE_GATE = 14
    STALE = 15
    """Round or step has moved on."""
    ROUND_OPEN = 16
    CLOSED = 17
    STALE_ROUND = 18
    """Another round than the due one. Decided by the table, recorded by `request_refuse`."""
    BETS_CLOSED = 19
    """A bet on a round of a live table that takes none any more."""
    MOVED = 20
    """The live table is owned under another epoch: by another node, or by this one anew."""
    TEMPORARY = 30
    """Certainly not executed. Made by the queue, not by the database."""
    BROKEN = 31
    """The item alone violates a constraint: refused, and a fault to look into."""


REFUSALS: Final[dict[int, ErrorCode]] = {
    Verdict.INSUFFICIENT_FUNDS: ErrorCode.INSUFFICIENT_FUNDS,
    Verdict.SUSPENDED: ErrorCode.ACCOUNT_SUSPENDED,
    Verdict.EXCLUDED: ErrorCode.EXCLUDED,
    Verdict.STAKE_CAP: ErrorCode.STAKE_CAP,
    Verdict.WAGER_LIMIT: ErrorCode.WAGER_LIMIT,
    Verdict.LOSS_LIMIT: ErrorCode.LOSS_LIMIT,
    Verdict.ID_REUSED: ErrorCode.REQUEST_ID_REUSED,
    Verdict.REPLACED: ErrorCode.REPLACED,
    Verdict.SKIPPED: ErrorCode.BUSY,
    Verdict.STALE_GATE: ErrorCode.BUSY,
    Verdict.STALE: ErrorCode.STALE_STEP,
    Verdict.ROUND_OPEN: ErrorCode.ROUND_OPEN,
    Verdict.CLOSED: ErrorCode.ACCOUNT_SUSPENDED,
    Verdict.STALE_ROUND: ErrorCode.STALE_ROUND,
    Verdict.BETS_CLOSED: ErrorCode.BETS_CLOSED,
    Verdict.MOVED: ErrorCode.TABLE_MOVED,
    Verdict.TEMPORARY: ErrorCode.UNAVAILABLE,
    Verdict.BROKEN: ErrorCode.STALE_ROUND,
}
"""The error code of every verdict that refuses."""

SETTLE: Final = (
    "SELECT verdict, balance, held, version FROM croupier.settle($1, $2, $3, $4, $5, $6)"
)
"""The settling call; `settle_arguments` makes what it takes."""
SETTLE_INSTANT: Final = (
    "SELECT verdict, balance, held, version FROM croupier.settle_instant($1, $2, $3, $4, $5)"
)
"""The quicker call for instant rounds alone; `instant_arguments` makes what it takes."""

Decided = Callable[["Item", int, int, int, int], None]
"""Called once on the event loop: (item, verdict, balance, held, version)."""


class Item:
    """One thing to settle. `row` holds the fields of the type `settle_item`, in its order.

    Whoever makes one for every bet gives the fields in that order: by name they cost twice as much.
    """

    __slots__ = (
        "account",
        "attempts",
        "context",
        "decided",
        "doubted",
        "kind",
        "payout",
        "row",
        "uncertain",
    )

    live: Final = False
    """Of a private table; see `LiveItem`."""

    def __init__(
        self,
        decided: Decided,
        context: Any,
        kind: int,
        session: int,
        request: int,
        digest: bytes,
        account: int,
        session_epoch: int,
        chain: int,
        n: int,
        step: int,
        game_version: int,
        client_seeds: bytes,
        data: bytes,
        stake: int,
        payout: int,
        finish: bool,  # noqa: FBT001 - its place is that of the field
        transfer: int,
        deadline_ms: int = 0,
        void_cause: str | None = None,
    ) -> None:
        self.decided = decided
        self.context = context
        self.account = account
        self.kind = kind
        self.payout = payout
        self.attempts = 0
        self.doubted = False
        self.uncertain = False
        self.row: tuple[Any, ...] = (
            kind,
            session,
            request,
            digest,
            account,
            session_epoch,
            chain,
            n,
            step,
            game_version,
            client_seeds,
            data,
            stake,
            payout,
            finish,
            transfer,
            deadline_ms,
            void_cause,
        )

    @property
    def transfer(self) -> int:
        """The id that orders the items of a call."""
        return int(self.row[15])


def settle_arguments(node: int, epoch: int, batch: int, items: Sequence[Item]) -> tuple[Any, ...]:
    """Return the arguments of `SETTLE` for the items of one call, at least one."""
    rows = [item.row for item in items]
    # None, which no kind is, must not pass for an instant round.
    decisions = any(item.kind != ItemKind.INSTANT for item in items)
    return (node, epoch, batch, [item.account for item in items], decisions, rows)


def instant_arguments(arguments: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Return the arguments of `SETTLE_INSTANT` from those of `SETTLE`; None: it is not for them."""
    node, epoch, batch, accounts, decisions, rows = arguments
    return None if decisions else (node, epoch, batch, accounts, rows)
