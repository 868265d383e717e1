"""Balance, history and the proof of a round."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec

from protocol.messages.common import (
    Amount,
    Balance,
    Counter,
    EntityId,
    Event,
    Message,
    Name,
    Reply,
    Request,
    StoredId,
)


class BalanceRequest(Request, frozen=True):
    """Ask for the balance."""

    TYPE: ClassVar = "balance"


class BalanceReply(Reply, frozen=True, omit_defaults=False):
    """Answers `balance`."""

    TYPE: ClassVar = "balance_now"

    balance: Balance
    """What the player has now."""


class BalanceChanged(Event, frozen=True, omit_defaults=False):
    """The balance changed without a request of this session."""

    TYPE: ClassVar = "balance_changed"

    balance: Balance
    """What the player has now."""


class History(Request, frozen=True):
    """Ask for ended rounds of this player, newest first."""

    TYPE: ClassVar = "history"

    before: StoredId | None = None
    """Rounds older than this one, which is one of the player's own; null for the newest."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    """How many rounds at most."""


class HistoryRound(Message, frozen=True, omit_defaults=False):
    """One ended round."""

    round: EntityId
    """Ask `round` for its proof."""
    game: Name
    """The game's name, as in the lobby."""
    version: Counter
    """The version of the rules that it was played under."""
    stake: Amount
    """Everything staked on it."""
    payout: Amount
    """What it paid."""
    voided: bool
    """Whether it could not go on, so that every stake was returned."""
    ended_ms: Counter
    """Milliseconds since 1970."""


class HistoryList(Reply, frozen=True, omit_defaults=False):
    """Answers `history`."""

    TYPE: ClassVar = "history_list"

    rounds: tuple[HistoryRound, ...]
    """Newest first."""
    more: bool
    """Whether there are older ones: ask again with `before` set to the last round of this list."""


class RoundRequest(Request, frozen=True):
    """Ask for one ended round with its proof."""

    TYPE: ClassVar = "round"

    round: StoredId
    """A round of this player that has ended."""


class RoundProof(Reply, frozen=True, omit_defaults=False):
    """Answers `round`."""

    TYPE: ClassVar = "round_proof"

    proof: dict[str, Any]
    """The document that `croupier verify` checks: see `docs/fairness.md` and the schema `Proof`.
    Its bytes are hex."""
