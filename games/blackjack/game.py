"""Blackjack under the contract of `games.game`: bets, limits, description, and the rules' calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from games.blackjack import hands, mathematics, rules
from games.blackjack.help import HELP, PAYTABLE
from games.blackjack.rules import Action, Stage, State, allowed
from games.blackjack.strategy import recommend
from games.blackjack.view import BlackjackView, view_of
from games.digest import rules_digest
from games.entropy import Draws
from games.game import BetReturn, Description, Game, RoundKind, StakeForm, StakeLimits
from games.stakes import Stake, above, below, whole
from protocol.errors import ErrorCode, Refused


class BlackjackBets(msgspec.Struct, frozen=True):
    """`{"stake": 100}`: an even number of minor units, so that 3 to 2 and half of it are whole."""

    stake: Stake


class BlackjackDecision(msgspec.Struct, frozen=True):
    """`{"action": "hit"}`; it is meant for the seat's active hand."""

    action: Action


_FORBIDDEN: Final = {
    Action.DOUBLE: "You can double on the first two cards of a hand only.",
    Action.SPLIT: "You can split two first cards of the same value, up to four hands.",
    Action.INSURE: "Insurance is offered once, before the first decision against an ace.",
    Action.DECLINE: "Insurance is offered once, before the first decision against an ace.",
}


class Blackjack(Game[BlackjackBets, BlackjackDecision, State]):
    """Six decks, a fresh shoe each round, dealer stands on soft 17; see `help.HELP`.

    Declared for one seat. The rules and the view take up to `rules.MAXIMUM_SEATS`.
    """

    name = "blackjack"
    version = 1
    title = "Blackjack"
    kind = RoundKind.DECISIONS
    bets_type = BlackjackBets
    decision_type = BlackjackDecision
    view_type = BlackjackView
    seats = 1
    digest = rules_digest([hands, rules])
    maximum_draws = 60
    """Where the dealer draws, a hand has stayed at or below 21. That hand, three hands of 20 and a
    dealer's 16 are at most 97 points, so 56 cards (24 aces, 24 twos, 8 threes); three hands and the
    dealer can take one last card each. Where the dealer does not draw there are fewer."""
    maximum_payout_factor = 3
    """A blackjack brings back 5/2 of its stake and nothing more than that; rounded up."""
    maximum_reply_bytes = 672

    def stake(self, bets: BlackjackBets, limits: StakeLimits) -> int:
        """Return the initial stake in minor units.

        Raises `Refused`: STAKE_NOT_WHOLE for a fraction or an odd number, STAKE_BELOW, STAKE_ABOVE.
        """
        stake = whole(bets.stake)
        minimum = max(limits.minimum, 2)
        if stake < minimum:
            raise below(minimum)
        if stake > limits.maximum:
            raise above(limits.maximum)
        if stake % 2:
            raise Refused(
                ErrorCode.STAKE_NOT_WHOLE,
                "Stake an even number of minor units, so that 3 to 2 and insurance pay exactly.",
            )
        return stake

    def open(self, seats: Sequence[BlackjackBets], draws: Draws) -> State:
        """Deal a round; comes back finished where there is nothing to decide."""
        return rules.open_round([int(bets.stake) for bets in seats], draws)

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
        raise Refused(ErrorCode.DECISION_FORBIDDEN, _FORBIDDEN[action])

    def decide(self, state: State, seat: int, decision: BlackjackDecision) -> State:
        """Return the state after a decision that `price` has allowed."""
        assert seat == state.active_seat
        return rules.decide(state, decision.action)

    def platform_decision(self, state: State) -> tuple[int, BlackjackDecision]:
        """Return the active seat and its safe decision: no insurance, else stand."""
        if state.stage is Stage.INSURANCE:
            return state.active_seat, BlackjackDecision(Action.DECLINE)
        return state.active_seat, BlackjackDecision(Action.STAND)

    def view(self, state: State, seat: int | None) -> BlackjackView:
        """Return what one seat or a watcher may see."""
        return view_of(state, seat)

    def advise(self, view: BlackjackView) -> BlackjackDecision:
        """Return what basic strategy does; it looks at the seat's view alone."""
        return BlackjackDecision(Action(recommend(view)))

    def describe(self) -> Description:
        """Return the machine-readable description."""
        return Description(
            game=self.name,
            version=self.version,
            digest=self.digest,
            title=self.title,
            kind=self.kind,
            stake_form=StakeForm.ONE,
            stakes=(100, 200, 500, 1_000, 2_500, 5_000, 10_000),
            seats=self.seats,
            choices=(),
            actions=tuple(action.value for action in Action),
            returns=mathematics.PUBLISHED,
            maximum_payout="16 times the first stake (four hands, all doubled, all won)",
            help=HELP,
            paytable=PAYTABLE,
        )

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the exact mathematics of the main bet and of insurance."""
        return mathematics.bet_returns()
