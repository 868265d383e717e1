"""Live tables: many people at one table, one clock, one draw for all.

A round opens, takes bets until its window closes, is drawn, and is paid to every seat in one
settlement before anything of its outcome is told. Events of a table are dense in (epoch, seq); what
a recipient may not see is cut out of them, the numbers stay.
"""

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
    Event,
    GameData,
    Message,
    Name,
    Reply,
    Request,
)
from protocol.messages.tables import StakeRange


class Tables(Request, frozen=True):
    """Ask which live tables there are. Servers before it answer `unknown_type`."""

    TYPE: ClassVar = "tables"


class TableCard(Message, frozen=True, omit_defaults=False):
    """One live table of the lobby."""

    table: EntityId
    """The id that `join` and `watch` take."""
    title: Name
    """The table's own name."""
    game: Name
    """The game that is played there, one of the lobby's names or a live game's own."""
    style: Name
    """`window`: bets, then one draw. `turns`: the seats decide one after the other. `rising`: a
    multiplier rises until it crashes. `rolls`: one draw after another, each a round of its own;
    bets that a draw does not decide stand for the next."""
    stakes: StakeRange
    """What the table takes."""
    state: Name
    """`open`, `paused`, `closing`, `closed` or `parked`; see `table_status`."""
    phase: Name
    """`idle`, `betting`, `closed`, `playing` or `result`."""
    seats: Counter
    """How many seats the table has."""
    taken: Counter
    """How many of them are taken."""
    watchers: Counter
    """Who watches without a seat."""
    last: tuple[Name, ...]
    """The latest results in a few words, the newest first."""


class TableList(Reply, frozen=True, omit_defaults=False):
    """Answers `tables`: every live table in the session's currency."""

    TYPE: ClassVar = "table_list"

    tables: tuple[TableCard, ...]
    """By title."""
    every_ms: Counter
    """Milliseconds after which it is worth asking again."""


class SeatSeed(Message, frozen=True, omit_defaults=False):
    """The client seed that a seat has in a round."""

    seat: Counter
    """The seat's number, from 1."""
    client_seed: ClientSeed
    """As its player gave it when he sat down or renewed it."""


class SeatInfo(Message, frozen=True, omit_defaults=False):
    """A seat that is taken."""

    seat: Counter
    """The seat's number, from 1."""
    connected: bool
    """Whether its player is connected; a seat is held for a time when he is not."""


class PlacedBets(Message, frozen=True, omit_defaults=False):
    """What a seat has bet on the round, as accepted: its money is held."""

    seat: Counter
    """The seat's number, from 1."""
    stake: Amount
    """All that is held for the seat on this round."""
    bets: GameData
    """All its bets of this round, in the game's own form."""


class CashOut(Message, frozen=True, omit_defaults=False):
    """A seat that has cashed out of a rising round."""

    seat: Counter
    """The seat's number, from 1."""
    at_ms: Counter
    """Milliseconds of the round, which starts with the multiplier at 1.00."""
    payout: Amount
    """What it pays, the stake included."""


class BoardEntry(Message, frozen=True, omit_defaults=False):
    """One round of the history board."""

    round: EntityId
    """The round's id; `round` brings its proof to whoever had a seat in it."""
    summary: Name
    """Its result in a few words: `17 black`."""
    voided: bool = False
    """Whether every stake was returned."""


class LiveState(Message, frozen=True, omit_defaults=False):
    """Where a live table stands, for one recipient."""

    table: EntityId
    """The table's id."""
    title: Name
    """The table's own name."""
    game: Name
    """The game that is played there."""
    version: Counter
    """The version of its rules."""
    digest: str
    """Of the game's rules, as hex."""
    style: Name
    """`window`, `turns`, `rising` or `rolls`; see `TableCard`."""
    epoch: Counter
    """Grows when the table moves to another node; its events then count from the start again."""
    seq: Counter
    """The last event of the table; 0 before the first."""
    stakes: StakeRange
    """What the table takes."""
    state: Name
    """`open`, `paused`, `closing`, `closed` or `parked`; see `table_status`."""
    phase: Name
    """`idle`, `betting`, `closed`, `playing` or `result`."""
    phase_ms: Counter | None
    """Milliseconds until the phase, or the turn of the acting seat, ends by itself; null without a
    clock."""
    chain: ChainInfo | None
    """The chain in play and its present or next round; null where it is still being made."""
    round: EntityId | None
    """The round in play, which bets and decisions name; null between rounds."""
    client_seeds: tuple[SeatSeed, ...]
    """Those of the round in play, in seat order, fixed before its first bet."""
    seats: Counter
    """How many seats the table has."""
    seat: Counter | None
    """The recipient's own seat, null for a watcher."""
    players: tuple[SeatInfo, ...]
    """The seats taken, in order."""
    watchers: Counter
    """Who watches without a seat."""
    placed: tuple[PlacedBets, ...]
    """Bets accepted for the round in play, in seat order; the recipient's own among them."""
    step: Counter
    """What the next `act` must name, at a table of turns."""
    acting: Counter | None
    """The seat whose turn it is, at a table of turns."""
    view: GameData
    """The round as the recipient may see it, in the game's own form; null until it has been
    drawn."""
    elapsed_ms: Counter | None
    """Milliseconds since the multiplier started to rise; null where it does not."""
    cash_outs: tuple[CashOut, ...]
    """Of the round in play, in the order they came."""
    board: tuple[BoardEntry, ...]
    """The latest rounds, the newest first."""
    stage: GameData = None  # type: ignore[assignment]
    """What the round in play begins with, beside the bets that stand, in the game's own form: at
    craps the point. Null where the round follows none."""


class Join(Request, frozen=True):
    """Take a seat at a live table, come back to it, or renew its client seed."""

    TYPE: ClassVar = "join"

    table: EntityId
    """One of `table_list`."""
    seat: Counter | None = None
    """The seat wanted; left out: the lowest that is free, or the player's own."""
    client_seed: ClientSeed = b""
    """Drawn afresh by the client; it counts from the next round that opens, on the chain that is
    named. Left out, the seat's own stays; at a new seat that is none."""
    chain: EntityId | None = None
    """The chain in play, as a LiveState or `round_opened` has told it: a seed counts for this chain
    alone, whose commitment was known before the seed. On another chain the seat has none until it
    is renewed."""


class Joined(Reply, frozen=True, omit_defaults=False):
    """Answers `join`."""

    TYPE: ClassVar = "joined"

    live: LiveState
    """Where the table stands."""


class Watch(Request, frozen=True):
    """Watch a live table without a seat; `leave` ends it."""

    TYPE: ClassVar = "watch"

    table: EntityId
    """One of `table_list`."""


class Watching(Reply, frozen=True, omit_defaults=False):
    """Answers `watch`."""

    TYPE: ClassVar = "watching"

    live: LiveState
    """Where the table stands."""


class Acted(Reply, frozen=True, omit_defaults=False):
    """Answers `act` at a live table: the decision is on record; what follows comes as events."""

    TYPE: ClassVar = "acted"

    table: EntityId
    """The table's id."""
    round: EntityId
    """The round's id."""
    step: Counter
    """What the next `act` must name."""
    stake: Amount
    """Held for this seat on this round, a raise included."""
    payout: Amount | None
    """What was paid, where the decision ended the round for this seat."""
    at_ms: Counter | None
    """Milliseconds of the round at which a cash-out was stamped."""
    balance: Balance
    """The balance behind it."""


class TableEvent(Event, frozen=True):
    """Base of every event of a live table."""

    table: EntityId
    """The table's id."""
    epoch: Counter
    """Of the table."""
    seq: Counter
    """One above that of the table's event before, within an epoch."""


class RoundOpened(TableEvent, frozen=True, tag_field="type", tag="round_opened"):
    """A round takes bets. Its client seeds are fixed and told before the first of them."""

    TYPE: ClassVar = "round_opened"

    round: EntityId
    """The round that `bet` must name."""
    chain: ChainInfo
    """The chain it is played on."""
    client_seeds: tuple[SeatSeed, ...]
    """In seat order, as the draw stream takes them."""
    closes_ms: Counter
    """Milliseconds until bets are closed."""
    placed: tuple[PlacedBets, ...] = ()
    """What is on the table already, in seat order: at a table of rolls the bets that stand from the
    rolls before; where the table has moved, what was accepted before that."""
    stage: GameData = None  # type: ignore[assignment]
    """What the round begins with beside them; see `LiveState`."""


class BetsPlaced(TableEvent, frozen=True, tag_field="type", tag="bets_placed"):
    """Bets of a seat were accepted, or a decision that takes a further stake: its money is held."""

    TYPE: ClassVar = "bets_placed"

    round: EntityId
    """The round bet on."""
    placed: PlacedBets
    """All that the seat has bet on it."""


class BetsClosed(TableEvent, frozen=True, tag_field="type", tag="bets_closed"):
    """No more bets; nothing is drawn yet."""

    TYPE: ClassVar = "bets_closed"

    round: EntityId
    """The round closed."""
    draws_ms: Counter | None = None
    """Milliseconds until the draw, for a wheel to turn; left out where it follows at once."""


class Turn(TableEvent, frozen=True, tag_field="type", tag="turn", omit_defaults=False):
    """Cards were dealt, or a decision was taken; somebody's turn follows."""

    TYPE: ClassVar = "turn"

    round: EntityId
    """The round in play."""
    step: Counter
    """What the next `act` must name."""
    acting: Counter
    """The seat whose turn it is."""
    decided: Counter | None
    """The seat that decided, null at the deal."""
    platform: bool
    """Whether the house decided, because the seat's time had run out."""
    view: GameData
    """The round as the recipient may see it."""
    decide_ms: Counter
    """Milliseconds that the acting seat has."""


class Rising(TableEvent, frozen=True, tag_field="type", tag="rising"):
    """The multiplier starts to rise: 1.00 now, and a pure function of the round's time after."""

    TYPE: ClassVar = "rising"

    round: EntityId
    """The round in play."""


class CashedOut(TableEvent, frozen=True, tag_field="type", tag="cashed_out"):
    """A seat has cashed out and was paid."""

    TYPE: ClassVar = "cashed_out"

    round: EntityId
    """The round in play."""
    cash_out: CashOut
    """Who, when, how much."""


class RoundResult(TableEvent, frozen=True, tag_field="type", tag="round_result"):
    """A round has ended and every seat is paid."""

    TYPE: ClassVar = "round_result"

    round: EntityId
    """The round's id."""
    seed: Digest
    """The round's seed."""
    view: GameData
    """The round as the recipient may see it: the outcome, and his own bets if he had any."""
    summary: Name
    """The result in a few words, for the board."""
    stake: Amount | None
    """The recipient's own stake, null where he had none. At a table of rolls: that of his bets that
    this roll has decided, null where it has decided none."""
    payout: Amount | None
    """What it paid, null where he had none."""
    balance: Balance | None
    """The balance behind it, null where he had no bets."""
    next_ms: Counter | None
    """Milliseconds until the next round opens, null if none follows by itself."""


class RoundVoided(TableEvent, frozen=True, tag_field="type", tag="round_voided"):
    """A round could not go on: every stake was returned."""

    TYPE: ClassVar = "round_voided"

    round: EntityId
    """The round's id."""
    seed: Digest | None
    """The round's seed, which is used up."""
    reason: str
    """Why, in a sentence."""
    returned: Amount | None
    """What came back to the recipient, null where he had no bets."""
    balance: Balance | None
    """The balance behind it, null where he had no bets."""


class TableStatus(TableEvent, frozen=True, tag_field="type", tag="table_status"):
    """A table was paused, opened again, is closing, or its round is parked."""

    TYPE: ClassVar = "table_status"

    state: Name
    """`open`, `paused`, `closing`, `closed`, or `parked`: the round in play waits for an operator.
    Until he has seen to it, all that is on hold stays so; nothing is promised of how it ends."""


class SeatChanged(TableEvent, frozen=True, tag_field="type", tag="seat_changed"):
    """Somebody sat down, came back, went away or left."""

    TYPE: ClassVar = "seat_changed"

    seat: Counter
    """The seat's number, from 1."""
    taken: bool
    """Whether somebody has it now."""
    connected: bool
    """Whether he is connected."""


class LiveSnapshot(TableEvent, frozen=True, tag_field="type", tag="live_snapshot"):
    """Where the table stands, in place of events that cannot be told any more.

    It has moved to another node, or some were lost. Its events go on from here.
    """

    TYPE: ClassVar = "live_snapshot"

    live: LiveState
    """As the recipient may see it."""


LiveEvent = (
    RoundOpened
    | BetsPlaced
    | BetsClosed
    | Turn
    | Rising
    | CashedOut
    | RoundResult
    | RoundVoided
    | TableStatus
    | SeatChanged
    | LiveSnapshot
)
"""Any event of a live table."""
