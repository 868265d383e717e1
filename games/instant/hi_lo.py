"""Hi-lo: guess whether the next card is higher or lower, as often as you dare, then cash out.

Cards come from an endless deck, so each of the 52 is as likely as any other at every draw. Aces
are low and kings high. `higher` wins on a card of the same rank or a higher one, `lower` on one of
the same rank or a lower one; but on an ace `higher`, and on a king `lower`, wins on another rank
only, so that no guess is certain. A guess that n of the 13 ranks win multiplies by 13/n. The
multiplier is the return of the game, once, times all of these, rounded down to two decimals, and
the payout is the stake times that, rounded down once. A wrong guess loses the stake.

`skip` draws a new card without a guess, and `cash-out` ends the round; before the first guess it
gives the stake back. A guess that would bring the multiplier above 10,000 cannot be made, so no
guess is ever paid less than its odds. After 50 guesses and skips, or when no guess is left below
the maximum on any card, the round cashes out by itself; so does the platform when time has run
out.

Draws of a round: `below(52)` for the first card when it opens, and for each guess and each skip.
Faces are 0 to 51: `face div 13` is the suit (clubs, diamonds, hearts, spades), `face mod 13` the
rank (0 ace, 1 two, … 12 king).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, ClassVar, Final

import msgspec

from games import cards, stakes
from games.digest import rules_digest
from games.entropy import Draws
from games.game import BetReturn, Description, Game, Option, RoundKind, StakeLimits
from games.instant import hi_lo_help, hi_lo_rules, rounding
from games.instant.hi_lo_rules import (
    FACTORS,
    GUESSES,
    RANK_NAMES,
    RANKS,
    SMALLEST_FACTOR,
    Action,
    label,
    likelier,
    winning_ranks,
)
from games.instant.rounding import DEFAULT_RETURN, HUNDREDTHS, written
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import MAXIMUM_INTEGER, Amount, Name

FACES: Final = 52
MAXIMUM_STEPS: Final = 50
"""Guesses and skips of a round."""
MAXIMUM: Final = 1_000_000
"""The highest multiplier, in hundredths: 10,000.00."""

Face = Annotated[int, msgspec.Meta(ge=0, le=FACES - 1)]


class HiLoBets(msgspec.Struct, frozen=True):
    """`{"stake": 100}`."""

    stake: stakes.Stake


class HiLoDecision(msgspec.Struct, frozen=True):
    """`{"action": "higher"}`."""

    action: Action


class HiLoRound(msgspec.Struct, frozen=True):
    """A round in play."""

    stake: int
    draws: Draws
    cards: tuple[int, ...]
    decisions: tuple[Action, ...] = ()
    """The guesses and skips so far, each of which drew a card."""
    fair: Fraction = Fraction(1)
    """The product of 13/n over the guesses so far."""
    guesses: int = 0
    multiplier: int = HUNDREDTHS
    """What cashing out pays, in hundredths; 0 after a wrong guess."""
    payout: int | None = None

    @property
    def rank(self) -> int:
        """The rank of the card on the table, 0 to 12."""
        return self.cards[-1] % RANKS

    @property
    def stakes(self) -> tuple[int, ...]:
        """The stake of the only seat."""
        return (self.stake,)

    @property
    def payouts(self) -> tuple[int | None, ...]:
        """The payout, None while the round is open."""
        return (self.payout,)

    @property
    def finished(self) -> bool:
        """Whether a guess was wrong or the round was cashed out."""
        return self.payout is not None


class HiLoView(msgspec.Struct, frozen=True):
    """A round from its seat."""

    cards: tuple[Face, ...]
    """In the order in which they came; the last one is guessed on."""
    decisions: tuple[Action, ...]
    """The guesses and skips so far; each drew the card that follows it."""
    multiplier: Name
    """What cashing out pays now, or paid; `0.00` after a wrong guess."""
    stake: Amount
    payout: Amount | None
    options: tuple[Option, ...]
    summary: str


class HiLo(Game[HiLoBets, HiLoDecision, HiLoRound]):
    """A private game for one player."""

    name = "hi-lo"
    title = "Hi-lo"
    kind: ClassVar[RoundKind] = RoundKind.DECISIONS
    bets_type = HiLoBets
    decision_type = HiLoDecision
    view_type = HiLoView
    view_notes = cards.NOTES
    maximum_draws = 1 + MAXIMUM_STEPS
    maximum_payout_factor = MAXIMUM // HUNDREDTHS

    def __init__(self, return_to_player: Fraction = DEFAULT_RETURN, version: int = 1) -> None:
        self.return_to_player = rounding.checked_return(return_to_player)
        self.version = version
        modules = (sys.modules[__name__], hi_lo_rules, rounding, stakes)
        self.digest = rules_digest(modules, str(return_to_player).encode())
        self._highest = Fraction(MAXIMUM, HUNDREDTHS) / return_to_player
        """The highest product of odds that may be paid."""
        self.maximum_reply_bytes = _maximum_reply_bytes()

    def stake(self, bets: HiLoBets, limits: StakeLimits) -> int:
        """Return the stake in minor units."""
        stake = stakes.whole(bets.stake)
        minimum = max(limits.minimum, rounding.MINIMUM_STAKE)
        maximum = min(limits.maximum, MAXIMUM_INTEGER // self.maximum_payout_factor)
        if stake < minimum:
            raise stakes.below(minimum)
        if stake > maximum:
            raise stakes.above(maximum)
        return stake

    def open(self, seats: Sequence[HiLoBets], draws: Draws) -> HiLoRound:
        """Turn up the first card."""
        stake = seats[0].stake
        assert type(stake) is int, "the bets have passed `stake`"
        stream = draws.copy()
        face = stream.below(FACES)
        return HiLoRound(stake, stream, (face,))

    def fair_after(self, state: HiLoRound, guess: Action) -> Fraction | None:
        """Return the product of odds after a right guess, or None if it would be too high."""
        fair = state.fair * FACTORS[guess][state.rank]
        return fair if fair <= self._highest else None

    def price(self, state: HiLoRound, seat: int, decision: HiLoDecision) -> int:  # noqa: ARG002
        """Return 0: no decision costs anything. DECISION_FORBIDDEN if it is not legal."""
        if state.finished:
            raise Refused(ErrorCode.DECISION_FORBIDDEN, "The round has ended.")
        if decision.action in GUESSES and self.fair_after(state, decision.action) is None:
            raise Refused(
                ErrorCode.DECISION_FORBIDDEN,
                f"This guess would bring the multiplier above {written(MAXIMUM)}.",
            )
        return 0

    def decide(self, state: HiLoRound, seat: int, decision: HiLoDecision) -> HiLoRound:
        """Return the state after a guess, a skip or a cash-out."""
        assert seat == 0
        action = decision.action
        if action is Action.CASH_OUT:
            return _cashed_out(state)
        stream = state.draws.copy()
        face = stream.below(FACES)
        after = msgspec.structs.replace(
            state,
            draws=stream,
            cards=(*state.cards, face),
            decisions=(*state.decisions, action),
        )
        if action is not Action.SKIP:
            after = self._guessed(state, action, after)
        if after.finished:
            return after
        if len(after.decisions) == MAXIMUM_STEPS or after.fair * SMALLEST_FACTOR > self._highest:
            return _cashed_out(after)
        return after

    def _guessed(self, state: HiLoRound, guess: Action, after: HiLoRound) -> HiLoRound:
        fair = self.fair_after(state, guess)
        assert fair is not None, "`price` has allowed the guess"
        if after.rank not in winning_ranks(guess, state.rank):
            return msgspec.structs.replace(after, guesses=state.guesses + 1, multiplier=0, payout=0)
        return msgspec.structs.replace(
            after,
            guesses=state.guesses + 1,
            fair=fair,
            multiplier=rounding.rounded_down(self.return_to_player * fair),
        )

    def platform_decision(self, state: HiLoRound) -> tuple[int, HiLoDecision]:  # noqa: ARG002
        """Return the cash-out, which costs and risks nothing."""
        return 0, HiLoDecision(Action.CASH_OUT)

    def sample(self, bet: str, stake: int) -> HiLoBets:
        """Return the stake; the only bet is `main`."""
        if bet != "main":
            raise ValueError(f"there is no bet named {bet!r}")
        return HiLoBets(stake)

    def advise(self, view: HiLoView) -> HiLoDecision:
        """Take the likelier guess, higher on a seven, until the multiplier is at least 2.00."""
        whole, _, part = view.multiplier.partition(".")
        if int(whole + part) >= 2 * HUNDREDTHS:
            return HiLoDecision(Action.CASH_OUT)
        return HiLoDecision(likelier(view.cards[-1] % RANKS))

    def view(self, state: HiLoRound, seat: int | None) -> HiLoView:
        """Return what a seat or a watcher sees; no card lies hidden."""
        multiplier = written(state.multiplier)
        return HiLoView(
            state.cards,
            state.decisions,
            multiplier,
            state.stake,
            state.payout,
            () if state.finished or seat is None else self._options(state, multiplier),
            _summary(state, multiplier),
        )

    def _options(self, state: HiLoRound, multiplier: str) -> tuple[Option, ...]:
        options = []
        for guess in GUESSES:
            fair = self.fair_after(state, guess)
            if fair is not None:
                after = written(rounding.rounded_down(self.return_to_player * fair))
                options.append(Option(guess.value, f"{label(guess, state.rank)}, {after}x"))
        options.append(Option(Action.SKIP.value, "Skip this card"))
        options.append(Option(Action.CASH_OUT.value, f"Cash out at {multiplier}x"))
        return tuple(options)

    def describe(self) -> Description:
        """Return the machine-readable description."""
        return hi_lo_help.description(self)

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the mathematics of the strategy of `advise`."""
        return (hi_lo_help.bet_return(self.return_to_player),)


def _cashed_out(state: HiLoRound) -> HiLoRound:
    return msgspec.structs.replace(state, payout=rounding.paid(state.stake, state.multiplier))


def _summary(state: HiLoRound, multiplier: str) -> str:
    name = RANK_NAMES[state.rank]
    if state.payout == 0:
        return f"Wrong on {name} after {state.guesses - 1} right"
    if state.finished:
        return f"{multiplier}x after {state.guesses} right"
    return f"{name}, {multiplier}x"


def _maximum_reply_bytes() -> int:
    """Return a length that no view exceeds: the most cards, and every option at its longest."""
    most = MAXIMUM_INTEGER
    highest = written(MAXIMUM)
    options = (
        Option(Action.HIGHER.value, f"Higher or same, {highest}x"),
        Option(Action.LOWER.value, f"Lower or same, {highest}x"),
        Option(Action.SKIP.value, "Skip this card"),
        Option(Action.CASH_OUT.value, f"Cash out at {highest}x"),
    )
    cards = (FACES - 1,) * (MAXIMUM_STEPS + 1)
    decisions = (Action.HIGHER,) * MAXIMUM_STEPS
    summary = f"{highest}x after {MAXIMUM_STEPS} right; wrong on 10"
    return len(
        msgspec.msgpack.encode(HiLoView(cards, decisions, highest, most, most, options, summary))
    )
