"""What live tables hand to their settling call, `settle_live`."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import Any, Final

__all__ = ["SETTLE_LIVE", "LiveItem", "LiveKind", "live_arguments"]

SETTLE_LIVE: Final = (
    "SELECT verdict, balance, held, version FROM croupier.settle_live($1, $2, $3, $4)"
)
"""The settling call of live tables; `live_arguments` makes what it takes."""


class LiveKind(enum.IntEnum):
    """What an item does; the numbers are those of `settle_live` in the schema."""

    BET = 1
    """A player's bets: held, and an input of the round."""
    ACT = 2
    """A player's decision: an input, perhaps a further hold."""
    OPEN = 3
    """A round opens for bets, its client seeds fixed."""
    CLOSE = 4
    """No more bets. Commits alone, before the outcome is derived."""
    DRAW = 5
    """The outcome is drawn: from now on seats are paid."""
    PLATFORM = 6
    """A decision of the house, for a seat whose time has run out."""
    SETTLE = 7
    """Pays one seat."""
    RETURN = 8
    """Returns what one seat has on hold: the round is void."""
    END = 9
    """The round has ended, or is void for a reason; no hold of it is left."""
    TICK = 10
    """How far a rising multiplier has come, for whoever takes the table over."""
    CASH_OUT = 11
    """A player's decision that pays his seat at once."""
    FOLLOW = 12
    """The round ends with its draw and another follows, with what stands; `input` is what the table
    comes with, the rest as for OPEN."""
    STAND = 13
    """A draw decides a part of a seat's bets: `stake` of it is settled, `data` stays on hold."""


LiveDecided = Callable[["LiveItem", int, int, int, int], None]
"""Called once on the event loop: (item, verdict, balance, held, version)."""


class LiveItem:
    """One thing of a live table to settle. `row` holds the fields of the type `live_item`.

    `account` is the player's; what concerns the round alone has the table's id, negative: so a call
    takes one such item a table, as it takes one an account. A cash-out is no new money: while the
    database is away it waits, where bets and other decisions are turned away.
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

    live: Final = True

    def __init__(
        self,
        decided: LiveDecided,
        context: Any,
        *,
        kind: LiveKind,
        table: int,
        epoch: int,
        chain: int,
        n: int,
        transfer: int,
        account: int | None = None,
        session: int = 0,
        request: int = 0,
        digest: bytes = b"",
        session_epoch: int = 0,
        step: int = -1,
        seat: int = 0,
        game_version: int = 0,
        input_data: bytes = b"",
        data: bytes = b"",
        seats: Sequence[int] = (),
        stake: int = 0,
        payout: int = 0,
        ticked_ms: int = 0,
        reason: str | None = None,
    ) -> None:
        self.decided = decided
        self.context = context
        self.account = -table if account is None else account
        self.kind = kind
        self.payout = payout
        self.attempts = 0
        self.doubted = False
        self.uncertain = False
        self.row: tuple[Any, ...] = (
            int(kind),
            table,
            epoch,
            session,
            request,
            digest,
            self.account,
            session_epoch,
            chain,
            n,
            step,
            seat,
            game_version,
            input_data,
            data,
            list(seats),
            stake,
            payout,
            transfer,
            ticked_ms,
            reason,
        )


def live_arguments(node: int, epoch: int, batch: int, items: Sequence[LiveItem]) -> tuple[Any, ...]:
    """Return the arguments of `SETTLE_LIVE` for the items of one call, at least one."""
    return (node, epoch, batch, [item.row for item in items])
