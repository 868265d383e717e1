"""The course of a round of blackjack: who may do what, and which card goes where.

The order in which cards are drawn is part of the rules, for whoever checks a round with a program
of their own. Each draw is `games.entropy.draw_card` from the counts of 52 faces, 6 of each at the
start of every round:

1. the first card of every seat in seat order, the dealer's up-card, the second card of every seat,
   the dealer's hole card. The hole card is drawn here although nobody sees it before the end.
2. Under an up-card ace every seat in order insures or declines. No card is drawn.
3. Under an ace or a ten the dealer peeks. A dealer's blackjack ends the round without a draw.
4. Seat by seat, hand by hand from left to right: a hit or a double draws one card. A split leaves
   the first card in place and moves the second to a new hand just right of it. A hand that a split
   has made draws its second card when its turn begins, so the left one draws at once. Split aces
   draw that one card and stand. A hand on 21 stands by itself.
5. If any hand stands (neither bust nor a blackjack), the dealer draws to 17. Else no card is drawn.

Every function returns a new state and leaves the one it was given as it was.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Final

import msgspec

from games.blackjack.hands import (
    ACE,
    DECKS,
    FACES,
    MAXIMUM_HANDS,
    TWENTY_ONE,
    VALUES,
    Hand,
    HandStatus,
    best_total,
    dealer_draws,
    dealer_peeks,
    hand_payout,
    insurance_payout,
    is_natural,
    total_of,
)
from games.entropy import Draws, draw_card

MAXIMUM_SEATS: Final = 7
FRESH_SHOE: Final = (DECKS,) * FACES
"""How many cards of each face a round starts with."""


class Action(enum.Enum):
    """Every decision the game knows."""

    HIT = "hit"
    STAND = "stand"
    DOUBLE = "double"
    SPLIT = "split"
    INSURE = "insure"
    DECLINE = "decline"


class Stage(enum.Enum):
    """What the round waits for."""

    INSURANCE = "insurance"
    """For the active seat to insure or to decline."""
    HANDS = "hands"
    """For the active hand to be played."""
    SETTLED = "settled"
    """For nothing: the round has ended."""


class Seat(msgspec.Struct, frozen=True, gc=False):
    """One seat's part of a round."""

    stake: int
    """The initial stake, in minor units."""
    hands: tuple[Hand, ...]
    insurance: int | None
    """In minor units, 0 if declined, None while undecided or never offered."""

    @property
    def total_stake(self) -> int:
        """Everything staked so far: hands with doubles and splits, and insurance."""
        return sum([hand.stake for hand in self.hands]) + (self.insurance or 0)


class State(msgspec.Struct, frozen=True, gc=False):
    """One round in play. A value: nothing changes it."""

    stage: Stage
    seats: tuple[Seat, ...]
    dealer: tuple[int, ...]
    """Up-card, hole card, then what the dealer drew."""
    active_seat: int
    """Whose turn it is; meaningless once settled."""
    active_hand: int
    counts: tuple[int, ...]
    """What is left of the shoe, by face."""
    draws: Draws
    """The stream where it stands; to be copied before use."""
    payouts: tuple[int | None, ...]
    """Of each seat in minor units, stakes and insurance included; None until settled."""

    @property
    def stakes(self) -> tuple[int, ...]:
        """Total stake of each seat so far, in minor units."""
        return tuple([seat.total_stake for seat in self.seats])

    @property
    def finished(self) -> bool:
        """Whether no decision or draw is left."""
        return self.stage is Stage.SETTLED


class _Deal:
    """A round while one step is taken: the parts of a state, but changeable."""

    __slots__ = ("counts", "dealer", "draws", "seats")

    def __init__(
        self, seats: list[Seat], dealer: tuple[int, ...], counts: list[int], draws: Draws
    ) -> None:
        self.seats = seats
        self.dealer = dealer
        self.counts = counts
        self.draws = draws

    def card(self) -> int:
        """Draw the next card of the shoe."""
        return draw_card(self.draws, self.counts)

    def put(self, seat: int, index: int, *hands: Hand) -> None:
        """Replace one hand of a seat by these."""
        old = self.seats[seat]
        new = (*old.hands[:index], *hands, *old.hands[index + 1 :])
        self.seats[seat] = Seat(old.stake, new, old.insurance)

    def state(self, stage: Stage, active_seat: int, active_hand: int) -> State:
        """Return the round as it stands, waiting for a decision."""
        return State(
            stage,
            tuple(self.seats),
            self.dealer,
            active_seat,
            active_hand,
            tuple(self.counts),
            self.draws,
            (None,) * len(self.seats),
        )


def open_round(stakes: Sequence[int], draws: Draws, shoe: Sequence[int] = FRESH_SHOE) -> State:
    """Deal a round; stakes are even numbers of minor units, one for each seat in seat order.

    `shoe` counts the cards of each face; a smaller one is for proofs by enumeration.

    Comes back settled where there is nothing to decide. Raises ValueError for no seat, for more
    than `MAXIMUM_SEATS`, and for a stake that is odd or not positive.
    """
    if not 1 <= len(stakes) <= MAXIMUM_SEATS:
        raise ValueError(f"a table has 1 to {MAXIMUM_SEATS} seats, not {len(stakes)}")
    if any(stake <= 0 or stake % 2 for stake in stakes):
        raise ValueError("a stake is a positive even number of minor units")
    draws = draws.copy()
    counts = list(shoe)
    first = [draw_card(draws, counts) for _ in stakes]
    up = draw_card(draws, counts)
    second = [draw_card(draws, counts) for _ in stakes]
    hole = draw_card(draws, counts)
    seats: list[Seat] = []
    for stake, one, other in zip(stakes, first, second, strict=True):
        total, soft = total_of((one, other))
        status = HandStatus.BLACKJACK if is_natural(total, 2) else HandStatus.WAITING
        hand = Hand((one, other), total, soft, stake, doubled=False, status=status)
        seats.append(Seat(stake, (hand,), None))
    deal = _Deal(seats, (up, hole), counts, draws)
    if VALUES[up] == ACE:
        return deal.state(Stage.INSURANCE, 0, 0)
    return _peek(deal)


def allowed(state: State) -> tuple[tuple[Action, int], ...]:
    """Return what the active seat may do, each with its further stake in minor units.

    Read from cards that lie open and from stakes alone.
    """
    if state.stage is Stage.SETTLED:
        return ()
    seat = state.seats[state.active_seat]
    if state.stage is Stage.INSURANCE:
        return ((Action.INSURE, seat.stake // 2), (Action.DECLINE, 0))
    hand = seat.hands[state.active_hand]
    if len(hand.cards) != 2:
        return _HIT_OR_STAND
    one, other = hand.cards
    if VALUES[one] == VALUES[other] and len(seat.hands) < MAXIMUM_HANDS:
        return (*_HIT_OR_STAND, (Action.DOUBLE, hand.stake), (Action.SPLIT, hand.stake))
    return (*_HIT_OR_STAND, (Action.DOUBLE, hand.stake))


_HIT_OR_STAND: Final = ((Action.HIT, 0), (Action.STAND, 0))


def decide(state: State, action: Action) -> State:
    """Return the state after the active seat has taken an action that is `allowed`."""
    deal = _Deal(list(state.seats), state.dealer, list(state.counts), state.draws.copy())
    index = state.active_seat
    if state.stage is Stage.INSURANCE:
        seat = state.seats[index]
        insurance = seat.stake // 2 if action is Action.INSURE else 0
        deal.seats[index] = Seat(seat.stake, seat.hands, insurance)
        if index + 1 < len(deal.seats):
            return deal.state(Stage.INSURANCE, index + 1, 0)
        return _peek(deal)
    hand = state.seats[index].hands[state.active_hand]
    if action is Action.SPLIT:
        left, right = hand.cards
        deal.put(
            index, state.active_hand, _one_card(left, hand.stake), _one_card(right, hand.stake)
        )
    elif action is Action.STAND:
        deal.put(index, state.active_hand, _with_status(hand, HandStatus.STANDING))
    else:
        doubled = action is Action.DOUBLE
        new = _with_card(hand, deal.card(), doubled=doubled)
        deal.put(index, state.active_hand, new)
        if new.status is HandStatus.PLAYING:
            return deal.state(Stage.HANDS, index, state.active_hand)
    return _advance(deal, index, state.active_hand)


def _with_status(hand: Hand, status: HandStatus, payout: int | None = None) -> Hand:
    """Return the hand with another status."""
    return Hand(hand.cards, hand.total, hand.soft, hand.stake, hand.doubled, status, payout)


def _one_card(face: int, stake: int) -> Hand:
    """Return one half of a split pair, waiting for its second card."""
    total, soft = total_of((face,))
    return Hand((face,), total, soft, stake, doubled=False, status=HandStatus.WAITING)


def _with_card(hand: Hand, face: int, *, doubled: bool = False) -> Hand:
    """Return the hand with one more card; a double takes twice the stake and no further card."""
    cards = (*hand.cards, face)
    total, soft = total_of(cards)
    if total > TWENTY_ONE:
        status = HandStatus.BUST
    elif doubled or total == TWENTY_ONE:
        status = HandStatus.STANDING
    else:
        status = HandStatus.PLAYING
    return Hand(cards, total, soft, hand.stake * (2 if doubled else 1), doubled, status)


def _dealer_natural(dealer: tuple[int, ...]) -> bool:
    """Tell whether the dealer's first two cards are a blackjack."""
    return len(dealer) == 2 and is_natural(total_of(dealer)[0], 2)


def _peek(deal: _Deal) -> State:
    """Let the dealer look at the hole card, then end the round or go on to the hands."""
    if dealer_peeks(VALUES[deal.dealer[0]]) and _dealer_natural(deal.dealer):
        return _settle(deal)
    return _advance(deal, 0, 0)


def _advance(deal: _Deal, seat: int, hand: int) -> State:
    """Give the turn to the next hand that has a choice, from this one on; else let the dealer play.

    Deals the second card of hands that a split has made.
    """
    while seat < len(deal.seats):
        hands = deal.seats[seat].hands
        while hand < len(hands):
            current = hands[hand]
            if current.status is HandStatus.WAITING:
                if len(current.cards) == 1:
                    one_card_only = VALUES[current.cards[0]] == ACE
                    current = _with_card(current, deal.card())
                    if one_card_only:
                        current = _with_status(current, HandStatus.STANDING)
                else:
                    current = _with_status(current, HandStatus.PLAYING)
                deal.put(seat, hand, current)
                if current.status is HandStatus.PLAYING:
                    return deal.state(Stage.HANDS, seat, hand)
            hand += 1
        seat, hand = seat + 1, 0
    _dealer_plays(deal)
    return _settle(deal)


def _dealer_plays(deal: _Deal) -> None:
    """Draw the dealer's cards, unless no hand is left for them to decide."""
    standing = HandStatus.STANDING
    if not any(hand.status is standing for seat in deal.seats for hand in seat.hands):
        return
    hard = 0
    ace = False
    for face in deal.dealer:
        hard += VALUES[face]
        ace = ace or VALUES[face] == ACE
    dealer = list(deal.dealer)
    while dealer_draws(*best_total(hard, ace=ace)):
        face = deal.card()
        dealer.append(face)
        hard += VALUES[face]
        ace = ace or VALUES[face] == ACE
    deal.dealer = tuple(dealer)


def _settle(deal: _Deal) -> State:
    """Pay every hand and insurance, and end the round."""
    dealer_natural = _dealer_natural(deal.dealer)
    dealer_total, _ = total_of(deal.dealer)
    seats: list[Seat] = []
    payouts: list[int] = []
    for seat in deal.seats:
        hands = tuple([_settled(hand, dealer_total, dealer_natural) for hand in seat.hands])
        insured = insurance_payout(seat.insurance or 0, dealer_natural=dealer_natural)
        payouts.append(sum([hand.payout or 0 for hand in hands]) + insured)
        seats.append(Seat(seat.stake, hands, seat.insurance))
    return State(
        Stage.SETTLED,
        tuple(seats),
        deal.dealer,
        0,
        0,
        tuple(deal.counts),
        deal.draws,
        tuple(payouts),
    )


def _settled(hand: Hand, dealer_total: int, dealer_natural: bool) -> Hand:  # noqa: FBT001
    """Return the hand with its payout and how it ended."""
    natural = hand.status is HandStatus.BLACKJACK
    payout = hand_payout(
        hand.stake,
        hand.total,
        natural=natural,
        dealer_total=dealer_total,
        dealer_natural=dealer_natural,
    )
    if hand.status is HandStatus.BUST:
        status = HandStatus.BUST
    elif payout == hand.stake:
        status = HandStatus.PUSH
    elif payout == 0:
        status = HandStatus.LOST
    else:
        status = HandStatus.BLACKJACK if natural else HandStatus.WON
    return _with_status(hand, status, payout)
