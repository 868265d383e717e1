"""Who sits at a live table, who watches, and what a round has of them."""

from __future__ import annotations

from typing import Any, Protocol

from protocol.errors import Refused
from protocol.messages.common import Balance, Event, Reply

__all__ = ["Placed", "Player", "Push", "Seat"]


class Player(Protocol):
    """The session that plays or watches: whose request it is and where answers go."""

    id: int
    account: int
    epoch: int

    @property
    def connected(self) -> bool:
        """Whether its client is there."""

    def settled(self, request: int, digest: bytes, reply: Any) -> None:
        """Take the committed answer of a request; it has a balance."""

    def refused(self, request: int, digest: bytes, refusal: Refused) -> None:
        """Take the refusal of a request."""

    def recall(self, request: int, digest: bytes) -> None:
        """Answer a request from the record: it was decided before."""

    def doubt(self, request: int) -> None:
        """Hear that a request may or may not have been executed."""

    def note_balance(self, balance: Balance) -> None:
        """Keep the newest balance."""

    def reply(self, request: int, body: Reply) -> None:
        """Take an answer that is about no money."""


class Push:
    """One event of a table: what everybody may see, and what single accounts see in its place."""

    __slots__ = ("common", "own", "seq")

    def __init__(self, seq: int, common: Event, own: dict[int, Event] | None = None) -> None:
        self.seq = seq
        self.common = common
        self.own = own or {}
        """By account."""

    def seen_by(self, account: int) -> Event:
        """Return what one account may see of it."""
        return self.own.get(account, self.common)


class Seat:
    """A seat that is taken. `player` is None while its player is not on any connection."""

    __slots__ = (
        "account",
        "away_at",
        "client_seed",
        "leaving",
        "number",
        "player",
        "seed_chain",
        "standing_up",
        "told",
    )

    def __init__(
        self, number: int, account: int, client_seed: bytes, seed_chain: int | None, now: float
    ) -> None:
        self.number = number
        self.account = account
        self.client_seed = client_seed
        self.seed_chain = seed_chain
        """The chain that the seed counts for: its commitment was told before the seed."""
        self.player: Player | None = None
        self.away_at: float | None = now
        """Since when his client is gone; None while it is there."""
        self.told: bool | None = None
        """Whether everybody was told that its player is connected; None while nothing was told."""
        self.leaving = False
        """Whether the seat is given up as soon as its bets are settled."""
        self.standing_up = False
        """Whether it is being given up on record: nobody bets from it any more."""

    @property
    def connected(self) -> bool:
        """Whether its player's client is there."""
        return self.player is not None and self.player.connected


class Placed:
    """What one seat has on a round."""

    __slots__ = ("account", "at_ms", "balance", "bets", "paid", "pending", "seat", "stake")

    def __init__(self, seat: int, account: int) -> None:
        self.seat = seat
        self.account = account
        self.bets: Any = None
        """All its accepted bets in the game's own form; None before the first."""
        self.stake = 0
        """On hold, in minor units; raises included."""
        self.pending = False
        """Whether a bet or decision of the seat is being settled."""
        self.paid: int | None = None
        """What it was paid, once it was."""
        self.at_ms: int | None = None
        """When it cashed out of a rising round."""
        self.balance: Balance | None = None
        """Behind its settlement."""
