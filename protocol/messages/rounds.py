"""Playing rounds."""

from __future__ import annotations

from typing import ClassVar

from protocol.messages.common import (
    Amount,
    Balance,
    ChainInfo,
    ClientSeed,
    Counter,
    Digest,
    EntityId,
    GameData,
    Reply,
    Request,
)


class Spin(Request, frozen=True):
    """Play an instant round: bet and outcome in one."""

    TYPE: ClassVar = "spin"

    table: EntityId
    """The table's id, from `seated`."""
    round: EntityId
    """The round that the table's chain is at: `chain-n`. Any other is stale."""
    bets: GameData
    """The bets, in the game's own form: a map in the codec of the frame."""
    client_seed: ClientSeed = b""
    """This round's client seed: bytes that nobody could have known when the chain was committed."""


class Deal(Request, frozen=True):
    """Open a round with decisions: the stake is held."""

    TYPE: ClassVar = "deal"

    table: EntityId
    """The table's id, from `seated`."""
    round: EntityId
    """The round that the table's chain is at: `chain-n`. Any other is stale."""
    bets: GameData
    """The bets, in the game's own form: a map in the codec of the frame."""
    client_seed: ClientSeed = b""
    """This round's client seed: bytes that nobody could have known when the chain was committed."""


class Act(Request, frozen=True):
    """Take a decision in an open round."""

    TYPE: ClassVar = "act"

    table: EntityId
    """The table's id, from `seated`."""
    round: EntityId
    """The open round."""
    step: Counter
    """That of the newest `played`, so that a double click is not a second card."""
    decision: GameData
    """The decision, in the game's own form: a map in the codec of the frame."""


class Bet(Request, frozen=True):
    """Bet on a live table's round while it takes bets."""

    TYPE: ClassVar = "bet"

    table: EntityId
    """The table's id, from `seated`."""
    round: EntityId
    """The round that takes bets."""
    bets: GameData
    """Bets added to those that the seat has on this round, in the game's own form; all of them are
    taken, or none."""


class Played(Reply, frozen=True, omit_defaults=False):
    """Answers `spin`, `deal` and `act`: the round as it stands, committed."""

    TYPE: ClassVar = "played"

    table: EntityId
    """The table's id, from `seated`."""
    round: EntityId
    """The round's id."""
    step: Counter
    """What the next `act` must name."""
    finished: bool
    """Whether no decision is left."""
    stake: Amount
    """Everything staked on this round so far."""
    payout: Amount | None
    """What the round paid, null while it is open."""
    view: GameData
    """The round as this player may see it, in the game's own form."""
    balance: Balance
    """The balance behind it."""
    seed: Digest | None
    """The round's seed, once it has ended."""
    next: ChainInfo | None
    """What the next bet must name, once the round has ended; null if a new chain is on its way, or
    if the table takes no new rounds: `sit` tells which."""
    voided: bool = False
    """True where the round could not go on and every stake was returned."""


class Accepted(Reply, frozen=True, omit_defaults=False):
    """Answers `bet`: the stakes are held; the outcome comes as events."""

    TYPE: ClassVar = "accepted"

    table: EntityId
    """The table's id, from `seated`."""
    round: EntityId
    """The round bet on."""
    seat: Counter
    """The seat bet from."""
    stake: Amount
    """Held for this seat on this round, these bets included."""
    balance: Balance
    """The balance behind it."""
