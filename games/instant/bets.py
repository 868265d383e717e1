"""Games of named bets that one draw decides: the bets, the money and the mathematics they share.

Each bet has a multiplier for each outcome, and its payout is stake times multiplier rounded down to
whole minor units. A game says which names it knows, what it draws, and what a bet pays then.
"""

from __future__ import annotations

import functools
import sys
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from fractions import Fraction
from types import ModuleType
from typing import ClassVar, Final

import msgspec

from games import chips, stakes
from games.analysis.decimals import published
from games.analysis.outcomes import bet_return
from games.chips import Chip, Chips
from games.digest import rules_digest
from games.entropy import Draws
from games.game import (
    BetReturn,
    Choice,
    Description,
    Game,
    RoundKind,
    StakeForm,
    StakeLimits,
)
from games.instant import rounding
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import MAXIMUM_INTEGER, Amount, Name

MAXIMUM_BETS: Final = 20
"""Bets of one round."""

Ways = tuple[tuple[int, int], ...]
"""Pairs of (ways, multiplier in parts of 1/`scale`) over all outcomes of a bet."""


class Win(msgspec.Struct, frozen=True, gc=False):
    """A bet that something came back of."""

    bet: Name
    stake: Amount
    multiplier: Name
    """What the stake was multiplied by, as a decimal: `2.00`."""
    payout: Amount
    """The stake included."""


class InstantRound(msgspec.Struct, frozen=True, gc=False):
    """A finished round."""

    stakes: tuple[int, ...]
    payouts: tuple[int | None, ...]
    outcome: int
    """What was drawn, in the game's own terms."""
    wins: tuple[Win, ...]
    bets: tuple[str, ...]
    finished: bool = True


class NamedBetsGame(Game[Chips, msgspec.Struct, InstantRound]):
    """A private game of one draw, for one player.

    Of a table's limits the minimum is that of each bet, the maximum that of the whole round.
    """

    kind: ClassVar[RoundKind] = RoundKind.INSTANT
    bets_type = Chips
    scale: ClassVar[int] = rounding.HUNDREDTHS
    """Multipliers are whole numbers of one part in so many."""
    presets: tuple[Choice, ...]
    help: str
    maximum_draws = 1

    def __init__(
        self, return_to_player: Fraction, version: int, modules: tuple[ModuleType, ...]
    ) -> None:
        self.return_to_player = rounding.checked_return(return_to_player)
        self.version = version
        shared = (sys.modules[__name__], chips, rounding, stakes)
        self.digest = rules_digest((*modules, *shared), str(return_to_player).encode())

    @abstractmethod
    def knows(self, bet: str) -> bool:
        """Say whether there is a bet of that name."""

    @abstractmethod
    def draw(self, draws: Draws) -> int:
        """Draw the outcome of a round."""

    @abstractmethod
    def multiplier(self, bet: str, outcome: int) -> int:
        """Return what a known bet pays on an outcome, in parts of 1/`scale`; 0 if it loses."""

    @abstractmethod
    def ways(self, bet: str) -> Ways:
        """Return all outcomes of a known bet as (ways, multiplier), without playing them."""

    def stake(self, bets: Chips, limits: StakeLimits) -> int:
        """Return the sum of all bets. A bet named twice is refused, not summed."""
        if not bets.bets:
            raise Refused(ErrorCode.BET_INVALID, "Place at least one bet.")
        if len(bets.bets) > MAXIMUM_BETS:
            raise Refused(ErrorCode.BET_INVALID, f"Place at most {MAXIMUM_BETS} bets a round.")
        minimum = max(limits.minimum, rounding.MINIMUM_STAKE)
        maximum = min(limits.maximum, MAXIMUM_INTEGER // self.maximum_payout_factor)
        total = 0
        seen = set()
        for bet in bets.bets:
            if not self.knows(bet.bet):
                raise Refused(ErrorCode.BET_INVALID, f"There is no bet named {bet.bet!r}.")
            if bet.bet in seen:
                raise Refused(ErrorCode.BET_INVALID, f"{bet.bet} is bet on twice; add the stakes.")
            seen.add(bet.bet)
            stake = stakes.whole(bet.stake)
            if stake < minimum:
                raise stakes.below(minimum)
            total += stake
        if total > maximum:
            raise stakes.above(maximum)
        return total

    def open(self, seats: Sequence[Chips], draws: Draws) -> InstantRound:
        """Draw the outcome and pay every bet."""
        outcome = self.draw(draws.copy())
        total = payout = 0
        wins = []
        for bet in seats[0].bets:
            stake = bet.stake
            assert type(stake) is int, "the bets have passed `stake`"
            total += stake
            multiplier = self.multiplier(bet.bet, outcome)
            if multiplier:
                won = rounding.paid(stake, multiplier, self.scale)
                payout += won
                wins.append(Win(bet.bet, stake, rounding.written(multiplier, self.scale), won))
        names = tuple([bet.bet for bet in seats[0].bets])
        return InstantRound((total,), (payout,), outcome, tuple(wins), names)

    def sample(self, bet: str, stake: int) -> Chips:
        """Return one bet of that name."""
        if not self.knows(bet):
            raise ValueError(f"there is no bet named {bet!r}")
        return Chips((Chip(bet, stake),))

    def return_at(self, bet: str, stake: int) -> Fraction:
        """Return the exact return of a bet at one stake, payouts rounded to whole minor units."""
        if not self.knows(bet):
            raise ValueError(f"there is no bet named {bet!r}")
        return rounding.return_at(self.ways(bet), stake, self.scale)

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the mathematics of every preset bet at the multipliers' own precision.

        The law holds to the last digit at every stake where payouts are whole by themselves, such
        as the highest one offered; the note says what rounding takes at the others.
        """
        return tuple(self.bet_return(choice.bet) for choice in self.presets)

    def bet_return(self, bet: str) -> BetReturn:
        """Return the mathematics of any bet. Raises ValueError for a name that is none."""
        if not self.knows(bet):
            raise ValueError(f"there is no bet named {bet!r}")
        ways = self.ways(bet)
        outcomes = [(weight, Fraction(multiplier, self.scale)) for weight, multiplier in ways]
        exact = bet_return(bet, outcomes, "")
        assert exact.expected is not None
        note = rounding.rounding_note(ways, exact.expected, self.scale)
        return msgspec.structs.replace(exact, note=f"Exact, counted over all draws. {note}")

    @property
    def compared(self) -> Iterable[str]:
        """The bets whose lowest return the game publishes: those that the description lists."""
        return (choice.bet for choice in self.presets)

    compared_words: ClassVar[str] = "all bets listed"

    @functools.cached_property
    def lowest(self) -> tuple[Fraction, str]:
        """The lowest return of the bets compared, at the stake where rounding takes most."""
        return min((self.return_at(bet, rounding.STAKES[0]), bet) for bet in self.compared)

    def describe(self) -> Description:
        """Return the machine-readable description."""
        return self._description

    @functools.cached_property
    def _description(self) -> Description:
        value, bet = self.lowest
        return Description(
            game=self.name,
            version=self.version,
            digest=self.digest,
            title=self.title,
            kind=self.kind,
            stake_form=StakeForm.LIST,
            stakes=rounding.STAKES,
            seats=self.seats,
            choices=self.presets,
            actions=(),
            returns=published(
                value,
                f"Exact: the lowest of {self.compared_words} at all stakes offered, with"
                f" multipliers and payouts rounded down ({bet} at a stake of"
                f" {rounding.STAKES[0]});"
                f" the game is made for {rounding.percent(self.return_to_player, 2)}",
            ),
            maximum_payout=f"{self.maximum_payout_factor:,} times the stake",
            help=self.help,
            paytable=tuple((choice.label, choice.pays) for choice in self.presets),
        )


def longest_wins(bet: str, multiplier: str) -> tuple[Win, ...]:
    """Return as many wins as a round can have, of the longest name and the highest amounts."""
    return (Win(bet, MAXIMUM_INTEGER, multiplier, MAXIMUM_INTEGER),) * MAXIMUM_BETS


def encoded_bytes(view: msgspec.Struct) -> int:
    """Return the length of a view in MessagePack."""
    return len(msgspec.msgpack.encode(view))


def settled(state: InstantRound) -> int:
    """Return the payout of the only seat."""
    payout = state.payouts[0]
    assert payout is not None, "an instant round is finished when it is opened"
    return payout
