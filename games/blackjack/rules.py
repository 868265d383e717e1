"""The course of a round of blackjack: who may do what, and which card goes where.

The order in which cards are drawn is part of the rules, for whoever checks a round with a program
of their own. Each draw is `games.entropy.draw_card` from the counts of 52 faces, as many of each as
the shoe has decks at the start of every round. With an infinite deck a draw is `below(52)`, the
face.

1. the first card of every seat in seat order, the dealer's up-card, the second card of every seat,
   the dealer's hole card. The hole card is drawn here although nobody sees it before the end. Where
   the dealer does not peek there is no hole card, and it is not drawn here.
2. Under an up-card ace every seat in order insures or declines, where there is insurance. No card
   is drawn.
3. Under an ace or a ten the dealer peeks. A dealer's blackjack ends the round without a draw.
4. Seat by seat, hand by hand from left to right: a hit or a double draws one card. A split leaves
   the first card in place and moves the second to a new hand just right of it. A hand that a split
   has made draws its second card when its turn begins, so the left one draws at once. Split aces
   draw that one card and stand, unless the rules let them be hit, or split again when that card is
   an ace. A hand on 21 stands by itself. A surrender draws nothing.
5. If any hand stands (neither bust, surrendered nor a blackjack), the dealer draws to 17, or past a
   soft 17 where the rules say so. Else no card is drawn; but without a hole card the dealer takes
   the second card under an ace or a ten if a blackjack, a surrender or an insurance depends on it.

Side bets are decided by the cards of step 1. With side bets alone, the round ends there.

Every function returns a new state and leaves the one it was given as it was.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Final

import msgspec

from games.blackjack.hands import (
    ACE,
    FACES,
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
    surrender_payout,
    total_of,
)
from games.blackjack.options import STANDARD, Rules
from games.blackjack.side_bets import PlacedSideBet, SideBet, decided
from games.entropy import Draws, draw_card

MAXIMUM_SEATS: Final = 7
SideStakes = tuple[tuple[SideBet, int], ...]
"""Side bets of a seat with their stakes in minor units."""


class Action(enum.Enum):
    """Every decision the game knows."""

    HIT = "hit"
    STAND = "stand"
    DOUBLE = "double"
    SPLIT = "split"
    SURRENDER = "surrender"
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
    side_bets: tuple[PlacedSideBet, ...] = ()

    @property
    def total_stake(self) -> int:
        """Everything staked so far: hands with doubles and splits, insurance and side bets."""
        total = sum([hand.stake for hand in self.hands]) + (self.insurance or 0)
        return total + sum([bet.stake for bet in self.side_bets])


class State(msgspec.Struct, frozen=True, gc=False):
    """One round in play. A value: nothing changes it."""

    stage: Stage
    seats: tuple[Seat, ...]
    dealer: tuple[int, ...]
    """Up-card, hole card, then what the dealer drew; without a hole card the up-card alone."""
    active_seat: int
    """Whose turn it is; meaningless once settled."""
    active_hand: int
    counts: tuple[int, ...]
    """What is left of the shoe, by face; empty for an infinite deck."""
    draws: Draws
    """The stream where it stands; to be copied before use."""
    payouts: tuple[int | None, ...]
    """Of each seat in minor units, stakes and insurance included; None until settled."""
    rules: Rules = STANDARD

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

    __slots__ = ("counts", "dealer", "draws", "rules", "seats")

    def __init__(
        self,
        seats: list[Seat],
        dealer: tuple[int, ...],
        counts: list[int],
        draws: Draws,
        rules: Rules,
    ) -> None:
        self.seats = seats
        self.dealer = dealer
        self.counts = counts
        self.draws = draws
        self.rules = rules

    def card(self) -> int:
        """Draw the next card of the shoe."""
        if self.rules.decks is None:
            return self.draws.below(FACES)
        return draw_card(self.draws, self.counts)

    def put(self, seat: int, index: int, *hands: Hand) -> None:
        """Replace one hand of a seat by these."""
        old = self.seats[seat]
        new = (*old.hands[:index], *hands, *old.hands[index + 1 :])
        self.seats[seat] = Seat(old.stake, new, old.insurance, old.side_bets)

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
            self.rules,
        )


def fresh_shoe(rules: Rules) -> tuple[int, ...]:
    """Return how many cards of each face a round starts with; nothing for an infinite deck."""
    return () if rules.decks is None else (rules.decks,) * FACES


def most_draws(rules: Rules) -> int:
    """Return how many cards no round of one seat exceeds.

    Where the dealer draws, a hand has stayed at or below 21. That hand, the others on a hard 20 and
    a dealer's 16 are at most so many points (97 with four hands), which the lowest cards of the
    shoe fill; the other hands and the dealer can take one last card each. Where the dealer does not
    draw, every hand can.
    """
    decks = rules.decks
    hands = rules.maximum_hands

    def most_cards(points: int) -> int:
        cards = 0
        for value in range(ACE, 11):
            have = points if decks is None else decks * VALUES.count(value)
            taken = min(have, points // value)
            cards, points = cards + taken, points - taken * value
        return cards

    drawing = most_cards(TWENTY_ONE + 20 * (hands - 1) + 16) + (hands - 1) + 1
    return max(drawing, most_cards(20 * hands) + hands + 2)


def open_round(
    stakes: Sequence[int],
    draws: Draws,
    rules: Rules = STANDARD,
    *,
    side_stakes: Sequence[SideStakes] = (),
    shoe: Sequence[int] | None = None,
) -> State:
    """Deal a round; stakes are minor units, one for each seat in seat order.

    A stake of 0 is a seat with side bets alone. `shoe` counts the cards of each face; a smaller one
    than the rules' is for proofs by enumeration.

    Comes back settled where there is nothing to decide. Raises ValueError for no seat, for more
    than `MAXIMUM_SEATS`, and for a stake that is no multiple of what the rules need, or that is 0
    without a side bet.
    """
    if not 1 <= len(stakes) <= MAXIMUM_SEATS:
        raise ValueError(f"a table has 1 to {MAXIMUM_SEATS} seats, not {len(stakes)}")
    if any(stake < 0 or stake % rules.stake_multiple for stake in stakes):
        raise ValueError(f"a stake is a positive multiple of {rules.stake_multiple} minor units")
    side_stakes = side_stakes or ((),) * len(stakes)
    if not all(stake or side for stake, side in zip(stakes, side_stakes, strict=True)):
        raise ValueError("a seat has a stake or a side bet")
    draws = draws.copy()
    deal = _Deal([], (), list(fresh_shoe(rules) if shoe is None else shoe), draws, rules)
    first = [deal.card() for _ in stakes]
    up = deal.card()
    second = [deal.card() for _ in stakes]
    deal.dealer = (up, deal.card()) if rules.peek else (up,)
    for stake, side, one, other in zip(stakes, side_stakes, first, second, strict=True):
        total, soft = total_of((one, other))
        status = HandStatus.BLACKJACK if is_natural(total, 2) else HandStatus.WAITING
        if not stake:
            status = HandStatus.NO_BET
        hand = Hand((one, other), total, soft, stake, doubled=False, status=status)
        placed = tuple([decided(bet, amount, (one, other), up) for bet, amount in side])
        deal.seats.append(Seat(stake, (hand,), None, placed))
    if not any(stakes):
        return _settle(deal)
    if VALUES[up] == ACE and rules.insurance:
        return _ask_insurance(deal, 0)
    return _peek(deal)


def _ask_insurance(deal: _Deal, seat: int) -> State:
    """Ask the next seat with a hand, from this one on, whether it insures; else go on."""
    while seat < len(deal.seats):
        if deal.seats[seat].stake:
            return deal.state(Stage.INSURANCE, seat, 0)
        seat += 1
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
    rules = state.rules
    from_split = len(seat.hands) > 1
    one, other = hand.cards
    split: tuple[tuple[Action, int], ...] = ()
    if VALUES[one] == VALUES[other] and len(seat.hands) < rules.maximum_hands:
        split = ((Action.SPLIT, hand.stake),)
    if from_split and VALUES[one] == ACE:
        if not rules.hit_split_aces:
            return ((Action.STAND, 0), *split)
        if not rules.resplit_aces:
            split = ()
    double: tuple[tuple[Action, int], ...] = ()
    if (not from_split or rules.double_after_split) and rules.double_on.allows(
        hand.total, soft=hand.soft
    ):
        double = ((Action.DOUBLE, hand.stake),)
    if rules.surrender and not from_split:
        return (*_HIT_OR_STAND, *double, *split, (Action.SURRENDER, 0))
    return (*_HIT_OR_STAND, *double, *split)


_HIT_OR_STAND: Final = ((Action.HIT, 0), (Action.STAND, 0))
_STATUS_AFTER: Final = {
    Action.STAND: HandStatus.STANDING,
    Action.SURRENDER: HandStatus.SURRENDERED,
}


def decide(state: State, action: Action) -> State:
    """Return the state after the active seat has taken an action that is `allowed`."""
    deal = _Deal(
        list(state.seats), state.dealer, list(state.counts), state.draws.copy(), state.rules
    )
    index = state.active_seat
    if state.stage is Stage.INSURANCE:
        seat = state.seats[index]
        insurance = seat.stake // 2 if action is Action.INSURE else 0
        deal.seats[index] = Seat(seat.stake, seat.hands, insurance, seat.side_bets)
        return _ask_insurance(deal, index + 1)
    hand = state.seats[index].hands[state.active_hand]
    if action is Action.SPLIT:
        left, right = hand.cards
        deal.put(
            index, state.active_hand, _one_card(left, hand.stake), _one_card(right, hand.stake)
        )
    elif action in _STATUS_AFTER:
        deal.put(index, state.active_hand, _with_status(hand, _STATUS_AFTER[action]))
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
    if deal.rules.peek and _dealer_natural(deal.dealer):
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
                    current = _with_card(current, deal.card())
                    if _stands_by_itself(current, len(hands), deal.rules):
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


def _stands_by_itself(hand: Hand, hands: int, rules: Rules) -> bool:
    """Tell whether a hand of two cards that a split has made leaves no choice: split aces."""
    one, other = hand.cards
    if VALUES[one] != ACE or rules.hit_split_aces:
        return False
    return not (rules.resplit_aces and VALUES[other] == ACE and hands < rules.maximum_hands)


def _dealer_plays(deal: _Deal) -> None:
    """Draw the dealer's cards, unless no hand is left for them to decide."""
    hands = [hand for seat in deal.seats for hand in seat.hands]
    if not any(hand.status is HandStatus.STANDING for hand in hands):
        if (
            not deal.rules.peek
            and dealer_peeks(VALUES[deal.dealer[0]])
            and (
                any(hand.status in _WAIT_FOR_NATURAL for hand in hands)
                or any(seat.insurance for seat in deal.seats)
            )
        ):
            deal.dealer = (*deal.dealer, deal.card())
        return
    hard = 0
    ace = False
    for face in deal.dealer:
        hard += VALUES[face]
        ace = ace or VALUES[face] == ACE
    dealer = list(deal.dealer)
    hits_soft_17 = deal.rules.hits_soft_17
    while dealer_draws(*best_total(hard, ace=ace), hits_soft_17=hits_soft_17):
        face = deal.card()
        dealer.append(face)
        hard += VALUES[face]
        ace = ace or VALUES[face] == ACE
    deal.dealer = tuple(dealer)


_WAIT_FOR_NATURAL: Final = (HandStatus.BLACKJACK, HandStatus.SURRENDERED)
"""What is settled by whether the dealer has a blackjack, and by nothing else."""


def _settle(deal: _Deal) -> State:
    """Pay every hand and insurance, and end the round."""
    dealer_natural = _dealer_natural(deal.dealer)
    dealer_total, _ = total_of(deal.dealer)
    seats: list[Seat] = []
    payouts: list[int] = []
    for seat in deal.seats:
        hands = tuple(
            [_settled(hand, dealer_total, dealer_natural, deal.rules) for hand in seat.hands]
        )
        insured = insurance_payout(seat.insurance or 0, dealer_natural=dealer_natural)
        side = sum([bet.payout for bet in seat.side_bets])
        payouts.append(sum([hand.payout or 0 for hand in hands]) + insured + side)
        seats.append(Seat(seat.stake, hands, seat.insurance, seat.side_bets))
    return State(
        Stage.SETTLED,
        tuple(seats),
        deal.dealer,
        0,
        0,
        tuple(deal.counts),
        deal.draws,
        tuple(payouts),
        deal.rules,
    )


def _settled(
    hand: Hand,
    dealer_total: int,
    dealer_natural: bool,  # noqa: FBT001
    rules: Rules,
) -> Hand:
    """Return the hand with its payout and how it ended."""
    if hand.status is HandStatus.NO_BET:
        return _with_status(hand, hand.status, 0)
    if hand.status is HandStatus.SURRENDERED:
        half = surrender_payout(hand.stake, dealer_natural=dealer_natural)
        return _with_status(hand, hand.status, half)
    natural = hand.status is HandStatus.BLACKJACK
    payout = hand_payout(
        hand.stake,
        hand.total,
        natural=natural,
        dealer_total=dealer_total,
        dealer_natural=dealer_natural,
        pays=rules.natural,
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
