"""What a seat or a watcher sees of a round. The dealer's cards are cut until it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from games.cards import Face, labels
from games.game import Option
from games.three_card_poker import rules
from games.three_card_poker.hands import Category, name_of, score
from games.three_card_poker.rules import Action, State
from protocol.messages.common import Amount, Name


class ThreeCardPokerBet(msgspec.Struct, frozen=True, gc=False):
    """One bet of the round, or the bonus that came with the ante."""

    bet: Name
    """`ante`, `play`, `ante-bonus` or `pair-plus`."""
    stake: Amount
    payout: Amount | None
    """The stake included; null until the round has ended."""


class ThreeCardPokerView(msgspec.Struct, frozen=True, gc=False):
    """A round from its only seat; a watcher sees it without options."""

    player: tuple[Face, ...]
    dealer: tuple[Face | None, ...]
    """Null while hidden."""
    player_hand: str
    """In words: `pair of kings`."""
    dealer_hand: str | None
    """In words; null while hidden."""
    qualifies: bool | None
    """Whether the dealer has queen high or better; null while hidden."""
    decision: Name | None
    """`play` or `fold`; null while undecided and in a round without an ante."""
    bets: tuple[ThreeCardPokerBet, ...]
    stake: Amount
    """Everything staked so far, in minor units."""
    payout: Amount | None
    """All that comes back in minor units; null until the round has ended."""
    options: tuple[Option, ...]
    summary: str
    """For a history; before the end it tells the player's own hand."""


_HIDDEN: Final = (None, None, None)


def view_of(state: State, seat: int | None, pays: Mapping[Category, int]) -> ThreeCardPokerView:
    """Return what the seat may see, or with None what a watcher may see."""
    hand = name_of(state.player)
    if not state.finished:
        options: tuple[Option, ...] = ()
        if seat is not None:
            options = (
                Option(Action.PLAY.value, "Play", state.ante),
                Option(Action.FOLD.value, "Fold"),
            )
        bets = [ThreeCardPokerBet(rules.ANTE, state.ante, None)]
        if state.pair_plus:
            bets.append(ThreeCardPokerBet(rules.PAIR_PLUS, state.pair_plus, None))
        summary = f"{labels(state.player)}: {hand}"
        return ThreeCardPokerView(
            state.player,
            _HIDDEN,
            hand,
            None,
            None,
            None,
            tuple(bets),
            state.stakes[0],
            None,
            options,
            summary,
        )
    dealer_hand = name_of(state.dealer)
    qualifies = score(state.dealer) >= rules.QUALIFYING
    return ThreeCardPokerView(
        state.player,
        state.dealer,
        hand,
        dealer_hand,
        qualifies,
        None if state.decision is None else state.decision.value,
        tuple(
            [
                ThreeCardPokerBet(bet, _stake(state, bet), payout)
                for bet, payout in rules.bet_payouts(state, pays).items()
                if payout or bet != "ante-bonus"
            ]
        ),
        state.stakes[0],
        state.payouts[0],
        (),
        _result(state, hand, dealer_hand, qualifies=qualifies),
    )


def _stake(state: State, bet: str) -> int:
    if bet == "ante-bonus":
        return 0
    return state.pair_plus if bet == rules.PAIR_PLUS else state.ante


def _result(state: State, hand: str, dealer_hand: str, *, qualifies: bool) -> str:
    """Return an ended round in words."""
    if state.decision is Action.FOLD:
        return f"Folded {hand}; dealer {dealer_hand}"
    if state.decision is None:
        return f"Pair plus on {hand}"
    if qualifies:
        return f"{hand.capitalize()} against dealer's {dealer_hand}"
    return f"{hand.capitalize()}; dealer does not qualify with {dealer_hand}"
