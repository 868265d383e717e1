"""The course of a round of three card poker, and what each bet brings back.

Draws of a round, each `games.entropy.draw_card` from the counts of one deck of 52 faces, full at
the start of every round: the player's three cards, then the dealer's three. Both hands are drawn
when the round is opened, whatever is bet and decided; the dealer's stay hidden until the round has
ended.

With an ante the player then *plays*, which stakes the same again, or *folds*, which loses the
ante. The dealer qualifies with queen high or better. Of a hand that is played,

- the ante pays 1 to 1 if the dealer does not qualify, and the play stake comes back;
- else both pay 1 to 1 if the player's hand is better, come back on a tie, and are lost otherwise;
- the ante bonus pays 1, 4 or 5 to 1 on the ante for a straight, three of a kind or a straight
  flush, whatever the dealer has.

Pair plus looks at the player's cards alone, played or folded. With no ante there is nothing to
decide, and the round has ended when it is opened.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

import msgspec

from games.cards import FACES, QUEEN
from games.entropy import Draws, draw_card
from games.three_card_poker.hands import Category, category_of, high_card, score

ANTE: Final = "ante"
PAIR_PLUS: Final = "pair-plus"
MULTIPLES: Final = {ANTE: 1, PAIR_PLUS: 1}
"""Every bet, with what its stake must be a multiple of."""
CARDS: Final = 6
"""Of a round, and draws of a round."""

ANTE_BONUS: Final = {
    Category.STRAIGHT: 1,
    Category.THREE_OF_A_KIND: 4,
    Category.STRAIGHT_FLUSH: 5,
}
"""To one on the ante."""

QUALIFYING: Final = high_card(QUEEN, 2, 1)
"""Queen, three, two: the lowest score with which the dealer qualifies."""


class Action(enum.Enum):
    """Every decision the game knows."""

    PLAY = "play"
    FOLD = "fold"


class State(msgspec.Struct, frozen=True, gc=False):
    """One round. A value: nothing changes it."""

    ante: int
    pair_plus: int
    player: tuple[int, ...]
    dealer: tuple[int, ...]
    """Hidden until the round has ended."""
    decision: Action | None
    """None while undecided, and in a round without an ante."""
    payouts: tuple[int | None, ...]

    @property
    def stakes(self) -> tuple[int, ...]:
        """Total stake so far, in minor units."""
        play = self.ante if self.decision is Action.PLAY else 0
        return (self.ante + self.pair_plus + play,)

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to decide."""
        return self.payouts[0] is not None


def ante_payout(ante: int, player: int, dealer: int) -> int:
    """Return what the ante brings back in minor units, without its bonus; two scores."""
    if dealer < QUALIFYING or player > dealer:
        return 2 * ante
    return ante if player == dealer else 0


def play_payout(ante: int, player: int, dealer: int) -> int:
    """Return what the play stake, which is the ante's, brings back in minor units."""
    if dealer < QUALIFYING or player == dealer:
        return ante
    return 2 * ante if player > dealer else 0


def ante_bonus(ante: int, player: int) -> int:
    """Return the bonus of a hand that is played, in minor units; nothing comes back with it."""
    return ante * ANTE_BONUS.get(category_of(player), 0)


def pair_plus_payout(stake: int, player: int, pays: Mapping[Category, int]) -> int:
    """Return what pair plus brings back in minor units; `pays` is to one."""
    won = pays.get(category_of(player))
    return 0 if won is None else stake * (won + 1)


def open_round(ante: int, pair_plus: int, draws: Draws, pays: Mapping[Category, int]) -> State:
    """Deal both hands; comes back finished where there is no ante."""
    draws = draws.copy()
    counts = [1] * FACES
    cards = tuple([draw_card(draws, counts) for _ in range(CARDS)])
    state = State(ante, pair_plus, cards[:3], cards[3:], None, (None,))
    return state if ante else _settled(state, pays)


def decide(state: State, action: Action, pays: Mapping[Category, int]) -> State:
    """Return the round after the decision, which ends it."""
    return _settled(msgspec.structs.replace(state, decision=action), pays)


def bet_payouts(state: State, pays: Mapping[Category, int]) -> dict[str, int]:
    """Return what each part of a decided round brings back in minor units."""
    player, dealer = score(state.player), score(state.dealer)
    parts = {}
    if state.ante:
        played = state.decision is Action.PLAY
        parts[ANTE] = ante_payout(state.ante, player, dealer) if played else 0
        if played:
            parts[Action.PLAY.value] = play_payout(state.ante, player, dealer)
            parts["ante-bonus"] = ante_bonus(state.ante, player)
    if state.pair_plus:
        parts[PAIR_PLUS] = pair_plus_payout(state.pair_plus, player, pays)
    return parts


def _settled(state: State, pays: Mapping[Category, int]) -> State:
    total = sum(bet_payouts(state, pays).values())
    return msgspec.structs.replace(state, payouts=(total,))
