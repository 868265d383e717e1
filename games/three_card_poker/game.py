"""Three card poker under the contract of `games.game`: bets, decisions, description.

The draws of a round are in `games.three_card_poker.rules`.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import ClassVar, Final

import msgspec

from games import cards, chips, stakes
from games.analysis.decimals import decimal, published
from games.chips import Chips
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
from games.three_card_poker import hands, rules, strategy
from games.three_card_poker.hands import NAMES, Category
from games.three_card_poker.help import help_text
from games.three_card_poker.rules import Action, State
from games.three_card_poker.view import ThreeCardPokerView, view_of
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import MAXIMUM_INTEGER

STAKES: Final = (10, 50, 100, 500, 1_000, 2_500, 10_000)
PAIR_PLUS_40_30_6_3_1: Final = MappingProxyType(
    {
        Category.STRAIGHT_FLUSH: 40,
        Category.THREE_OF_A_KIND: 30,
        Category.STRAIGHT: 6,
        Category.FLUSH: 3,
        Category.PAIR: 1,
    }
)
"""To one."""
PAIR_PLUS_40_30_6_4_1: Final = MappingProxyType(
    {**PAIR_PLUS_40_30_6_3_1, Category.FLUSH: 4},
)
HANDS: Final = MappingProxyType(
    {
        Category.STRAIGHT_FLUSH: 48,
        Category.THREE_OF_A_KIND: 52,
        Category.STRAIGHT: 720,
        Category.FLUSH: 1_096,
        Category.PAIR: 3_744,
        Category.HIGH_CARD: 16_440,
    }
)
"""How many of the 22,100 hands are of each category."""
ANTE_RETURN: Final = 1 - Fraction(13_733_780, 407_170_400)
"""Expected net result of ante and play per unit of ante, and 1, with the best play."""


class ThreeCardPokerDecision(msgspec.Struct, frozen=True):
    """`{"action": "play"}` or `{"action": "fold"}`."""

    action: Action


class ThreeCardPoker(Game[Chips, ThreeCardPokerDecision, State]):
    """One player against the dealer, one fresh deck each round.

    `pair_plus` is what pair plus pays to one, by the category of the hand.
    """

    version = 1
    kind: ClassVar[RoundKind] = RoundKind.DECISIONS
    bets_type = Chips
    decision_type = ThreeCardPokerDecision
    view_type = ThreeCardPokerView
    view_notes = cards.NOTES
    maximum_draws = rules.CARDS

    def __init__(
        self,
        name: str = "three-card-poker",
        title: str = "Three card poker",
        pair_plus: Mapping[Category, int] = PAIR_PLUS_40_30_6_3_1,
    ) -> None:
        self.name = name
        self.title = title
        self.pair_plus = pair_plus
        self.maximum_payout_factor = max(pair_plus.values()) + 1
        pays = ",".join(f"{category.name}={pay}" for category, pay in sorted(pair_plus.items()))
        self.digest = rules_digest(
            (hands, rules, sys.modules[__name__], cards, chips, stakes), pays.encode()
        )
        self.maximum_reply_bytes = _maximum_reply_bytes(pair_plus)

    def stake(self, bets: Chips, limits: StakeLimits) -> int:
        """Return the sum of ante and pair plus; either can be bet on alone."""
        return chips.total_stake(bets.bets, limits, rules.MULTIPLES.get)

    def open(self, seats: Sequence[Chips], draws: Draws) -> State:
        """Deal a round; comes back finished where there is no ante."""
        amounts = {chip.bet: chips.whole_stake(chip) for chip in seats[0].bets}
        return rules.open_round(
            amounts.get(rules.ANTE, 0), amounts.get(rules.PAIR_PLUS, 0), draws, self.pair_plus
        )

    def price(self, state: State, seat: int, decision: ThreeCardPokerDecision) -> int:
        """Return the ante for `play`, 0 for `fold`; DECISION_FORBIDDEN after the end."""
        if state.finished:
            raise Refused(ErrorCode.DECISION_FORBIDDEN, "The round has ended.")
        if seat != 0:
            raise Refused(ErrorCode.DECISION_FORBIDDEN, "There is one seat.")
        return state.ante if decision.action is Action.PLAY else 0

    def decide(self, state: State, seat: int, decision: ThreeCardPokerDecision) -> State:
        """Return the ended round."""
        assert seat == 0
        return rules.decide(state, decision.action, self.pair_plus)

    def platform_decision(self, state: State) -> tuple[int, ThreeCardPokerDecision]:  # noqa: ARG002
        """Return a fold: anything else needs a further stake."""
        return 0, ThreeCardPokerDecision(Action.FOLD)

    def sample(self, bet: str, stake: int) -> Chips:
        """Return one bet of that name."""
        return chips.one_chip(bet, stake, rules.MULTIPLES.get)

    def advise(self, view: ThreeCardPokerView) -> ThreeCardPokerDecision:
        """Return the best decision: play queen, six, four or better."""
        return ThreeCardPokerDecision(strategy.best_action(view.player))

    def view(self, state: State, seat: int | None) -> ThreeCardPokerView:
        """Return what the seat or a watcher may see."""
        return view_of(state, seat, self.pair_plus)

    def describe(self) -> Description:
        """Return the machine-readable description."""
        return self._description

    @functools.cached_property
    def _description(self) -> Description:
        ordered = sorted(self.pair_plus.items(), reverse=True)
        pair_plus = [(NAMES[category].capitalize(), f"{pay} to 1") for category, pay in ordered]
        percents = (
            f"{decimal(ANTE_RETURN * 100, 4)} %",
            f"{decimal(pair_plus_return(self.pair_plus) * 100, 4)} %",
        )
        return Description(
            game=self.name,
            version=self.version,
            digest=self.digest,
            title=self.title,
            kind=self.kind,
            stake_form=StakeForm.LIST,
            stakes=STAKES,
            seats=self.seats,
            choices=(
                Choice(rules.ANTE, "Ante", "Against the dealer", "1 to 1"),
                Choice(rules.PAIR_PLUS, "Pair plus", "Own hand", f"up to {ordered[0][1]} to 1"),
            ),
            actions=tuple(action.value for action in Action),
            returns=published(
                ANTE_RETURN,
                "exact, ante and play per unit of ante, ties counted, playing queen-six-four or "
                f"better, which is the best play; pair plus {percents[1]}",
            ),
            maximum_payout=f"{self.maximum_payout_factor} times the stake, on pair plus",
            help=help_text(self.title, pair_plus, percents),
            paytable=(
                ("Ante and play, better than a dealer that qualifies", "1 to 1 each"),
                ("Ante, dealer does not qualify", "1 to 1, play comes back"),
                ("Ante and play, tie", "stakes back"),
                *(
                    (f"Ante bonus: {NAMES[category]}", f"{pay} to 1")
                    for category, pay in sorted(rules.ANTE_BONUS.items(), reverse=True)
                ),
                *((f"Pair plus: {hand.lower()}", pays) for hand, pays in pair_plus),
            ),
        )

    def strategy_table(self) -> tuple[StrategyTable, ...]:
        """Return the one rule there is."""
        return (strategy.TABLE,)

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the exact mathematics of ante and play, and of pair plus."""
        from games.analysis.three_card_poker import bet_returns  # noqa: PLC0415 - imports these

        return bet_returns(self.pair_plus)


def three_card_poker_games() -> tuple[ThreeCardPoker, ...]:
    """Return the games that ship: one for each pay table of pair plus."""
    return (
        ThreeCardPoker(),
        ThreeCardPoker(
            "three-card-poker-flush-four",
            "Three card poker, flush pays four",
            PAIR_PLUS_40_30_6_4_1,
        ),
    )


def pair_plus_return(pays: Mapping[Category, int]) -> Fraction:
    """Return the expected payout of pair plus per unit staked."""
    won = sum(HANDS[category] * (pay + 1) for category, pay in pays.items())
    return Fraction(won, sum(HANDS.values()))


def _maximum_reply_bytes(pays: Mapping[Category, int]) -> int:
    """Return a bound of a view's length: longest cards, hands, amounts and options.

    An open and an ended round taken together, so no real view is as long.
    """
    state = State(MAXIMUM_INTEGER, MAXIMUM_INTEGER, (49, 50, 51), (36, 37, 38), None, (None,))
    opened = view_of(state, 0, pays)
    ended = view_of(rules.decide(state, Action.PLAY, pays), 0, pays)
    view = msgspec.structs.replace(
        ended,
        player_hand="three of a kind",
        dealer_hand="three of a kind",
        bets=tuple(
            msgspec.structs.replace(bet, stake=MAXIMUM_INTEGER, payout=MAXIMUM_INTEGER)
            for bet in ended.bets
        ),
        stake=MAXIMUM_INTEGER,
        payout=MAXIMUM_INTEGER,
        options=opened.options,
        summary="Three of a kind; dealer does not qualify with " + "three of a kind",
    )
    return len(msgspec.msgpack.encode(view))
