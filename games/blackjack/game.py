"""Blackjack under the contract of `games.game`: bets, limits, description, and the rules' calls."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Final, TypeVar

import msgspec

from games import cards, chips
from games.blackjack import hands, mathematics, options, rules, side_bets
from games.blackjack.help import help_text, paytable
from games.blackjack.rules import Action, SideStakes, Stage, State, allowed, most_draws
from games.blackjack.side_bets import LABELS, PAYS, SideBet
from games.blackjack.strategy import recommend, strategy_tables
from games.blackjack.variants import BLACKJACK, SIDE_BETS, Variant
from games.blackjack.view import BlackjackView, longest_view, view_of
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
    StrategyTable,
)
from games.stakes import Stake, above, below, whole
from protocol.errors import ErrorCode, Refused

MAIN: Final = "main"
"""The bet on the hand, where bets are a list."""
STAKES: Final = (100, 200, 500, 1_000, 2_500, 5_000, 10_000)


class BlackjackBets(msgspec.Struct, frozen=True):
    """`{"stake": 100}`: a multiple of 2, 5 or 10 minor units, so that every payout is whole."""

    stake: Stake


class BlackjackDecision(msgspec.Struct, frozen=True):
    """`{"action": "hit"}`; it is meant for the seat's active hand."""

    action: Action


_FORBIDDEN: Final = {
    Action.HIT: "A split ace takes one card only.",
    Action.STAND: "There is no hand to stand on.",
    Action.DOUBLE: "You can double only first two cards that the rules name.",
    Action.SPLIT: "You can split two first cards of the same value, up to {hands} hands.",
    Action.SURRENDER: "You can surrender your first two cards only, where the rules have it.",
    Action.INSURE: "Insurance is offered once, before the first decision against an ace.",
    Action.DECLINE: "Insurance is offered once, before the first decision against an ace.",
}
_HANDS: Final = {1: "one", 2: "two", 3: "three", 4: "four"}

BetsT = TypeVar("BetsT", bound=msgspec.Struct)


class BlackjackTable(Game[BetsT, BlackjackDecision, State]):
    """What every game of blackjack shares, whatever its rules and its form of bets.

    Declared for one seat. The rules and the view take up to `rules.MAXIMUM_SEATS`.
    """

    version = 1
    kind: ClassVar[RoundKind] = RoundKind.DECISIONS
    stake_form: ClassVar[StakeForm]
    decision_type = BlackjackDecision
    view_type = BlackjackView
    view_notes = cards.NOTES
    seats = 1

    def __init__(self, variant: Variant) -> None:
        self.variant = variant
        self.rules = variant.rules
        self.name = variant.name
        self.title = variant.title
        self.digest = rules_digest(
            [hands, options, side_bets, rules, chips],
            msgspec.json.encode((variant.rules, variant.side_bets)),
        )
        self.maximum_draws = most_draws(variant.rules)
        # A blackjack brings back at most 5/2 of its stake; a side bet its best line and its stake.
        self.maximum_payout_factor = 3
        if variant.side_bets:
            self.maximum_payout_factor = 1 + max(max(lines.values()) for lines in PAYS.values())
        placed = tuple(SideBet) if variant.side_bets else ()
        self.maximum_reply_bytes = longest_view(self.maximum_draws, variant.rules, placed)

    def price(self, state: State, seat: int, decision: BlackjackDecision) -> int:
        """Return the further stake of a decision in minor units; DECISION_FORBIDDEN if illegal."""
        if state.stage is Stage.SETTLED:
            raise Refused(ErrorCode.DECISION_FORBIDDEN, "The round has ended.")
        if seat != state.active_seat:
            raise Refused(ErrorCode.DECISION_FORBIDDEN, "It is another seat's turn.")
        action = decision.action
        for option, stake in allowed(state):
            if option is action:
                return stake
        if state.stage is Stage.INSURANCE:
            raise Refused(ErrorCode.DECISION_FORBIDDEN, "Insure or decline first.")
        hands = self.rules.maximum_hands
        reason = _FORBIDDEN[action].format(hands=_HANDS[hands])
        if action is Action.SPLIT and hands < 2:
            reason = "Pairs cannot be split."
        raise Refused(ErrorCode.DECISION_FORBIDDEN, reason)

    def decide(self, state: State, seat: int, decision: BlackjackDecision) -> State:
        """Return the state after a decision that `price` has allowed."""
        assert seat == state.active_seat
        return rules.decide(state, decision.action)

    def platform_decision(self, state: State) -> tuple[int, BlackjackDecision]:
        """Return the active seat and its safe decision: no insurance, else stand."""
        if state.stage is Stage.INSURANCE:
            return state.active_seat, BlackjackDecision(Action.DECLINE)
        return state.active_seat, BlackjackDecision(Action.STAND)

    def advise(self, view: BlackjackView) -> BlackjackDecision:
        """Return basic strategy's decision. Raises ValueError out of turn."""
        return BlackjackDecision(Action(recommend(view, self.variant.strategy)))

    def strategy_table(self) -> tuple[StrategyTable, ...]:
        """Return the charts of basic strategy for these rules."""
        return strategy_tables(self.variant.strategy, f"{self.title}.")

    def view(self, state: State, seat: int | None) -> BlackjackView:
        """Return what one seat or a watcher may see."""
        return view_of(state, seat)

    def describe(self) -> Description:
        """Return the machine-readable description."""
        variant = self.variant
        most = self.rules.maximum_hands * 2
        doubled = "all doubled, "
        if not self.rules.double_after_split:
            most, doubled = max(self.rules.maximum_hands, 2), ""
        multiple = f"{2 * most} times the first stake" if most > 2 else "4 times the first stake"
        won = f"{_HANDS[self.rules.maximum_hands]} hands, {doubled}all won"
        if self.rules.maximum_hands < 2:
            won = "a double that won"
        side = "; side bets 26 and 101 times theirs" if variant.side_bets else ""
        return Description(
            game=self.name,
            version=self.version,
            digest=self.digest,
            title=self.title,
            kind=self.kind,
            stake_form=self.stake_form,
            stakes=STAKES,
            seats=self.seats,
            choices=self._choices(),
            actions=tuple(action.value for action in self._actions()),
            returns=mathematics.published_return(variant),
            maximum_payout=f"{multiple} ({won}){side}",
            help=help_text(self.rules, side_bets=variant.side_bets),
            paytable=paytable(self.rules, side_bets=variant.side_bets),
        )

    def _actions(self) -> list[Action]:
        """Return the decisions that these rules know."""
        unknown = set()
        if not self.rules.surrender:
            unknown.add(Action.SURRENDER)
        if not self.rules.insurance:
            unknown |= {Action.INSURE, Action.DECLINE}
        if self.rules.maximum_hands < 2:
            unknown.add(Action.SPLIT)
        return [action for action in Action if action not in unknown]

    @abstractmethod
    def _choices(self) -> tuple[Choice, ...]:
        """Return the bets that can be named."""

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the mathematics of the main bet, of insurance and of side bets."""
        return mathematics.bet_returns(self.variant)

    def _main_stake(self, given: Stake, limits: StakeLimits) -> int:
        stake = whole(given)
        multiple = self.rules.stake_multiple
        minimum = max(limits.minimum, multiple)
        if stake < minimum:
            raise below(minimum)
        if stake > limits.maximum:
            raise above(limits.maximum)
        if stake % multiple:
            what = "an even number" if multiple == 2 else f"a multiple of {multiple}"
            raise Refused(
                ErrorCode.STAKE_NOT_WHOLE,
                f"Stake {what} of minor units, so that every payout is exact.",
            )
        return stake


class Blackjack(BlackjackTable[BlackjackBets]):
    """A game of one bet; by default the game named `blackjack`."""

    bets_type = BlackjackBets
    stake_form = StakeForm.ONE

    def __init__(self, variant: Variant = BLACKJACK) -> None:
        if variant.side_bets:
            raise ValueError("side bets need a list of bets")
        super().__init__(variant)

    def stake(self, bets: BlackjackBets, limits: StakeLimits) -> int:
        """Return the initial stake in minor units.

        Raises `Refused`: STAKE_NOT_WHOLE for a fraction or a number that is no multiple of what the
        rules need, STAKE_BELOW, STAKE_ABOVE.
        """
        return self._main_stake(bets.stake, limits)

    def open(self, seats: Sequence[BlackjackBets], draws: Draws) -> State:
        """Deal a round; comes back finished where there is nothing to decide."""
        return rules.open_round([int(bets.stake) for bets in seats], draws, self.rules)

    def sample(self, bet: str, stake: int) -> BlackjackBets:
        """Return the bet on the hand; insurance is staked by a decision, not by a bet."""
        if bet != MAIN:
            raise ValueError(f"there is no bet named {bet!r}")
        return BlackjackBets(stake)

    def _choices(self) -> tuple[Choice, ...]:
        return ()


class BlackjackWithSideBets(BlackjackTable[Chips]):
    """A game with side bets: of the limits the minimum is each bet's, the maximum the sum's."""

    bets_type = Chips
    stake_form = StakeForm.LIST

    def __init__(self, variant: Variant = SIDE_BETS) -> None:
        super().__init__(variant)

    def stake(self, bets: Chips, limits: StakeLimits) -> int:
        """Return the sum of all bets. A bet named twice is refused, not summed."""
        if not bets.bets:
            raise Refused(ErrorCode.BET_INVALID, "Place at least one bet.")
        known = {MAIN, *(bet.value for bet in SideBet)}
        total = 0
        seen = set()
        for bet in bets.bets:
            if bet.bet not in known:
                raise Refused(ErrorCode.BET_INVALID, f"There is no bet named {bet.bet!r}.")
            if bet.bet in seen:
                raise Refused(ErrorCode.BET_INVALID, f"{bet.bet} is bet on twice; add the stakes.")
            seen.add(bet.bet)
            if bet.bet == MAIN:
                total += self._main_stake(bet.stake, limits)
                continue
            stake = whole(bet.stake)
            if stake < max(1, limits.minimum):
                raise below(max(1, limits.minimum))
            total += stake
        if total > limits.maximum:
            raise above(limits.maximum)
        return total

    def open(self, seats: Sequence[Chips], draws: Draws) -> State:
        """Deal a round; comes back finished where there is nothing to decide."""
        stakes = []
        side_stakes: list[SideStakes] = []
        for bets in seats:
            placed = {bet.bet: int(bet.stake) for bet in bets.bets}
            stakes.append(placed.pop(MAIN, 0))
            side_stakes.append(tuple((SideBet(name), stake) for name, stake in placed.items()))
        return rules.open_round(stakes, draws, self.rules, side_stakes=side_stakes)

    def sample(self, bet: str, stake: int) -> Chips:
        """Return that bet alone; insurance is staked by a decision, not by a bet."""
        if bet != MAIN and bet not in {side.value for side in SideBet}:
            raise ValueError(f"there is no bet named {bet!r}")
        return Chips((Chip(bet, stake),))

    def _choices(self) -> tuple[Choice, ...]:
        side = (
            Choice(bet.value, LABELS[bet], "Side bets", f"up to {max(PAYS[bet].values())} to 1")
            for bet in SideBet
        )
        return (Choice(MAIN, "Blackjack", "Hand", "1 to 1"), *side)
