"""The contract of a game: what the tables, the auditors and the clients rely on.

A round is its inputs: game version, seed, client seeds, bets and decisions in order. Every method
here is a pure function of them. `open` and `decide` return a new state and leave the old one as it
was, so a refused decision costs nothing to forget.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Generic, Protocol, TypeVar

import msgspec

from games.entropy import Draws


class RoundKind(enum.Enum):
    """Which request plays a round of the game."""

    INSTANT = "instant"
    """`spin`: bet and outcome in one request."""
    DECISIONS = "decisions"
    """`deal`, then `act` until the round has ended."""
    SHARED = "shared"
    """`bet`, with other seats, while betting is open."""


class StakeLimits(msgspec.Struct, frozen=True):
    """What a table takes, in minor units of its currency."""

    minimum: int
    maximum: int


class Choice(msgspec.Struct, frozen=True):
    """One thing a player can bet on, for a generic table and for simulated players."""

    bet: str
    """The name that goes into the bets, such as `straight-17`."""
    label: str
    group: str = ""
    pays: str = ""
    """What it pays, for reading: `35 to 1`."""


class StakeForm(enum.Enum):
    """The form of a game's bets body. There are only these two, so a generic table can bet."""

    ONE = "one"
    """`{"stake": 100}`"""
    LIST = "list"
    """`{"bets": [{"bet": "red", "stake": 100}, …]}`"""


class Option(msgspec.Struct, frozen=True):
    """A decision that the rules allow at this step, as the view of a round lists it."""

    action: str
    """Goes into the decision body: `{"action": "hit"}`."""
    label: str
    stake: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)] = 0
    """Further stake that the decision holds, in minor units."""


class PublishedReturn(msgspec.Struct, frozen=True):
    """The theoretical return of a bet and how it was determined (GLI-19 4.7.2, standards B2)."""

    exact: str | None
    """As a fraction `n/d`, where it was computed exactly."""
    decimal: str
    basis: str
    """How it was determined, and the strategy assumed."""


class Description(msgspec.Struct, frozen=True):
    """A game in machine-readable form (GLI-19 4.4.1, standards B4)."""

    game: str
    version: int
    digest: str
    """SHA-256 over rules, machine file and draw code, as hex."""
    title: str
    kind: RoundKind
    stake_form: StakeForm
    stakes: tuple[int, ...]
    """Stakes to offer, in minor units, ascending; for `LIST` for each single bet."""
    seats: int
    choices: tuple[Choice, ...]
    """Empty for `ONE`."""
    actions: tuple[str, ...]
    """Every decision the game knows; empty for instant rounds."""
    returns: PublishedReturn
    maximum_payout: str
    """The highest payout of a round, for reading: `5,000 times the stake`."""
    help: str
    """The rules, as Markdown."""
    paytable: tuple[tuple[str, str], ...] = ()
    """Rows of (combination, pays)."""


class RoundState(Protocol):
    """One round in play. A value: nothing changes it."""

    @property
    def stakes(self) -> tuple[int, ...]:
        """Total stake of each seat so far, in minor units."""

    @property
    def payouts(self) -> tuple[int | None, ...]:
        """Payout of each seat in minor units, None while undecided; may come early."""

    @property
    def finished(self) -> bool:
        """Whether no decision or draw is left."""


class BetReturn(msgspec.Struct, frozen=True):
    """Exact mathematics of one bet, for a PAR sheet; per unit staked."""

    bet: str
    expected: Fraction | None
    """Exact expected payout per unit of initial stake, or None where only a simulation is had."""
    hit_frequency: Fraction | None
    variance: Fraction | None
    """Of the net result (payout less all stakes) per unit of initial stake."""
    note: str = ""
    law: tuple[tuple[Fraction, Fraction], ...] | None = None
    """The whole law: (net result per unit of initial stake, probability), ascending in the result;
    the probabilities add up to 1. None where it is too long to be listed or not known."""
    highest_award: Fraction | None = None
    """The highest payout of a round per unit of initial stake, by the stated strategy."""
    highest_award_probability: Fraction | None = None
    reachable_award: Fraction | None = None
    """The highest payout that any decisions can reach, where that is above `highest_award`; so by
    the stated strategy it is never reached."""
    reachable_award_probability: Fraction | None = None
    """Of that, where every decision aims at it."""


class StrategyTable(msgspec.Struct, frozen=True):
    """A strategy for reading: what to do, by rows and columns."""

    title: str
    columns: tuple[str, ...]
    """Headings of the cells, without the row's own."""
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    """Each row's heading, and a cell for each column."""
    note: str = ""


BetsT = TypeVar("BetsT", bound=msgspec.Struct)
DecisionT = TypeVar("DecisionT", bound=msgspec.Struct)
StateT = TypeVar("StateT", bound=RoundState)


class Game(ABC, Generic[BetsT, DecisionT, StateT]):
    """One version of one game. Instances hold no state of any round."""

    name: str
    version: int
    title: str
    kind: ClassVar[RoundKind]
    bets_type: type[BetsT]
    decision_type: type[DecisionT] | None = None
    view_type: type[msgspec.Struct]
    """What a client sees of a round; `view` returns it."""
    view_notes: str = ""
    """What a reader of views and bets cannot guess, such as which card a number is."""
    seats: int = 1
    digest: str
    """SHA-256 (hex) over the rules module, the machine file and the draw code."""
    maximum_draws: int
    """No round consumes more values than this from its stream (rejected words not counted)."""
    maximum_payout_factor: int
    """No payout exceeds this many times the total stake of its seat."""
    maximum_reply_bytes: int
    """No view is longer than this in MessagePack."""

    @abstractmethod
    def stake(self, bets: BetsT, limits: StakeLimits) -> int:
        """Return the stake that these bets take at once, in minor units.

        Depends on nothing but the bets, never on an outcome. Raises `protocol.errors.Refused` with
        BET_INVALID, STAKE_BELOW, STAKE_ABOVE or STAKE_NOT_WHOLE.
        """

    @abstractmethod
    def open(self, seats: Sequence[BetsT], draws: Draws) -> StateT:
        """Start a round with the bets of every seat. Instant rounds come back finished.

        The bets have passed `stake`. The state may keep `draws`, and must `copy` it before use.
        """

    def price(self, state: StateT, seat: int, decision: DecisionT) -> int:
        """Return the further stake that a decision takes, in minor units (usually 0).

        Raises `protocol.errors.Refused` with DECISION_FORBIDDEN where the rules do not allow it.
        Never depends on cards that are still to come.
        """
        raise NotImplementedError

    def decide(self, state: StateT, seat: int, decision: DecisionT) -> StateT:
        """Return the state after a decision that `price` has allowed."""
        raise NotImplementedError

    def platform_decision(self, state: StateT) -> tuple[int, DecisionT]:
        """Return (seat, decision) that the platform takes when a player's time has run out.

        Never one that needs a further stake (GLI-19 4.16.3, standards C5).
        """
        raise NotImplementedError

    def sample(self, bet: str, stake: int) -> BetsT:
        """Return bets that stake `stake` minor units on one bet of `bet_returns` and nothing else.

        For simulations and simulated players. Raises ValueError for a bet it does not know.
        """
        raise NotImplementedError

    def advise(self, view: Any) -> DecisionT:
        """Return what the stated strategy decides in an open round.

        `view` is what a seat sees (an instance of `view_type`), and nothing else is known: the
        strategy that `bet_returns` assumes, where the game has one, else a sensible one.
        """
        raise NotImplementedError

    def strategy_table(self) -> tuple[StrategyTable, ...]:
        """Return the stated strategy for reading; empty where there is nothing to decide."""
        return ()

    @abstractmethod
    def view(self, state: StateT, seat: int | None) -> msgspec.Struct:
        """Return what one seat may see, or with None what a watcher may see. No hidden cards."""

    @abstractmethod
    def describe(self) -> Description:
        """Return the machine-readable description."""

    @abstractmethod
    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the exact mathematics of every bet; may take seconds, never on the event loop."""


AnyGame = Game[Any, Any, Any]
"""A game of whatever rules."""


def replay(
    game: AnyGame,
    seats: Sequence[Any],
    decisions: Sequence[tuple[int, Any]],
    draws: Draws,
) -> RoundState:
    """Play a recorded round again from its inputs; the one way to derive an outcome.

    `seats` are decoded bets, `decisions` pairs of (seat, decoded decision) in order. Raises
    `protocol.errors.Refused` if a decision is not one that the rules allow there.
    """
    state: RoundState = game.open(seats, draws)
    for seat, decision in decisions:
        game.price(state, seat, decision)
        state = game.decide(state, seat, decision)
    return state
