"""Tests of games.blackjack.rules: rounds dealt from named cards."""

from __future__ import annotations

import pytest

from games.blackjack.hands import FACES, VALUES, HandStatus, total_of
from games.blackjack.rules import Action, Stage, allowed, open_round
from games.entropy import Draws
from protocol.errors import Refused
from tests.games.blackjack.stacked import (
    FRESH_SHOE,
    RANKS,
    SOFT_17S,
    act,
    deal,
    ranks,
    seat_ranks,
    unused,
)

HIT_OR_STAND = [Action.HIT, Action.STAND]


def actions(cards: str, *before: str) -> list[Action]:
    """Return what is allowed after these cards and decisions."""
    return [action for action, _ in allowed(act(deal(cards), *before))]


def test_the_order_of_the_deal() -> None:
    """Player, up-card, player, hole card."""
    state = deal("2 3 4 5")

    assert seat_ranks(state) == ["2 4"]
    assert ranks(state.dealer) == "3 5"
    assert unused(state) == 0


def test_the_order_of_the_deal_at_three_seats() -> None:
    """First cards in seat order, up-card, second cards in seat order, hole card."""
    state = deal("2 3 4 5 6 7 8 9", 100, 200, 300)

    assert [seat_ranks(state, seat) for seat in range(3)] == [["2 6"], ["3 7"], ["4 8"]]
    assert ranks(state.dealer) == "5 9"
    assert state.stakes == (100, 200, 300)


def test_the_shoe_is_full_and_each_card_leaves_it() -> None:
    """A round starts with six of each face, and what is dealt is gone."""
    state = open_round([100], Draws(bytes(32), []))
    dealt = [*state.seats[0].hands[0].cards, *state.dealer]

    assert FRESH_SHOE == (6,) * 52
    for face in range(FACES):
        assert state.counts[face] == 6 - dealt.count(face)


@pytest.mark.parametrize("stakes", [[], [100] * 8, [101], [0], [-2], [100, 3]])
def test_open_refuses_what_no_table_sends(stakes: list[int]) -> None:
    """No seat, too many seats and stakes that are odd or not positive are faults."""
    with pytest.raises(ValueError, match=r"seats|stake"):
        open_round(stakes, Draws(bytes(32), []))


class TestNatural:
    """A blackjack as dealt."""

    @pytest.mark.parametrize("cards", ["A 9 T 8", "K 9 A 8", "A T Q 8", "J 2 A K"])
    def test_pays_three_to_two_at_once(self, cards: str) -> None:
        """The round ends without a dealer's card."""
        state = deal(cards)

        assert state.finished
        assert state.payouts == (250,)
        assert state.seats[0].hands[0].status is HandStatus.BLACKJACK
        assert len(state.dealer) == 2

    def test_pushes_a_dealers_natural(self) -> None:
        """Against a dealer's blackjack the stake comes back."""
        state = deal("A T K A")

        assert state.payouts == (100,)
        assert state.seats[0].hands[0].status is HandStatus.PUSH

    def test_is_asked_for_insurance_too(self) -> None:
        """Under an ace a natural may insure, which makes it even money."""
        for hole in "T9":
            insured = act(deal(f"A A K {hole}"), "insure")
            assert insured.finished
            assert (insured.payouts[0] or 0) - insured.stakes[0] == 100

    def test_is_not_made_by_three_cards(self) -> None:
        """A drawn 21 stands by itself and wins even money."""
        state = act(deal("5 9 6 8 T"), "hit")

        assert state.payouts == (200,)
        assert state.seats[0].hands[0].status is HandStatus.WON


class TestPeek:
    """The dealer looks at the hole card under an ace or a ten."""

    @pytest.mark.parametrize("cards", ["T T 9 A", "8 K 8 A", "5 Q 6 A", "2 J 3 A"])
    def test_a_natural_under_a_ten_ends_the_round(self, cards: str) -> None:
        """Nothing can be doubled or split into a dealer's blackjack: one stake is lost."""
        state = deal(cards)

        assert state.finished
        assert state.stakes == (100,)
        assert state.payouts == (0,)

    @pytest.mark.parametrize(("choice", "payout"), [("decline", 0), ("insure", 150)])
    @pytest.mark.parametrize("cards", ["T A 9 T", "8 A 8 K", "5 A 6 Q"])
    def test_a_natural_under_an_ace_ends_the_round(
        self, cards: str, choice: str, payout: int
    ) -> None:
        """After insurance, the peek comes before any other decision."""
        state = act(deal(cards), choice)

        assert state.finished
        assert state.payouts == (payout,)
        assert state.stakes == (100 if choice == "decline" else 150,)

    def test_goes_on_without_a_natural(self) -> None:
        """Insurance is lost then, and the hands are played."""
        state = act(deal("T A 9 7"), "insure")

        assert state.stage is Stage.HANDS
        state = act(state, "stand")
        assert state.stakes == (150,)
        assert state.payouts == (200,)


class TestInsurance:
    """Offered under an ace and nowhere else."""

    @pytest.mark.parametrize("up", "23456789TJQK")
    def test_is_not_offered_under_other_cards(self, up: str) -> None:
        """The round goes to the hands at once."""
        state = deal(f"5 {up} 5 5")

        assert state.stage is Stage.HANDS
        assert state.seats[0].insurance is None

    def test_costs_exactly_half(self) -> None:
        """Half of an even stake is whole."""
        state = deal("T A 9 7", 102)

        assert allowed(state) == ((Action.INSURE, 51), (Action.DECLINE, 0))
        assert act(state, "insure").stakes == (153,)


class TestHit:
    """One card, until 21 or more."""

    def test_bust_ends_the_round_without_a_dealers_card(self) -> None:
        """A bust hand loses before the dealer plays."""
        state = act(deal("T 6 6 5 T"), "hit")

        assert state.finished
        assert state.payouts == (0,)
        assert ranks(state.dealer) == "6 5"
        assert state.seats[0].hands[0].status is HandStatus.BUST

    def test_goes_on_below_21(self) -> None:
        """A hand below 21 can be hit again, but not doubled."""
        state = act(deal("2 6 3 5 2 A"), "hit", "hit")

        assert seat_ranks(state) == ["2 3 2 A"]
        assert state.stage is Stage.HANDS
        assert [action for action, _ in allowed(state)] == HIT_OR_STAND

    def test_stands_by_itself_on_a_soft_21(self) -> None:
        """Nobody hits 21."""
        state = act(deal("A 6 6 T 4 T"), "hit")

        assert state.finished
        assert state.payouts == (200,)


class TestDouble:
    """Twice the stake, one card."""

    @pytest.mark.parametrize(("card", "payout"), [("T", 400), ("6", 200), ("2", 0)])
    def test_pays_on_twice_the_stake(self, card: str, payout: int) -> None:
        """Win, tie and loss count on the doubled stake."""
        state = act(deal(f"5 T 6 7 {card}"), "double")

        assert state.finished
        assert state.stakes == (200,)
        assert state.payouts == (payout,)
        assert state.seats[0].hands[0].doubled

    def test_can_bust(self) -> None:
        """A doubled hand that busts loses twice the stake."""
        state = act(deal("T 6 6 5 T"), "double")

        assert (state.stakes, state.payouts) == ((200,), (0,))

    @pytest.mark.parametrize("first", RANKS)
    def test_any_first_two_cards(self, first: str) -> None:
        """Every hand of two cards but a blackjack may be doubled."""
        for second in RANKS:
            state = deal(f"{first} 7 {second} 5")
            if total_of(state.seats[0].hands[0].cards)[0] == 21:
                assert state.finished
            else:
                assert (Action.DOUBLE, 100) in allowed(state), second


class TestSplit:
    """Two cards of one value."""

    @pytest.mark.parametrize("first", RANKS)
    def test_same_value_only(self, first: str) -> None:
        """Cards of one value split, every ten with every other; no other two cards do."""
        for second in RANKS:
            state = deal(f"{first} 7 {second} 5")
            one, other = state.seats[0].hands[0].cards
            can_split = (Action.SPLIT, 100) in allowed(state)
            assert can_split == (VALUES[one] == VALUES[other]), second

    def test_second_cards_come_when_a_hand_has_its_turn(self) -> None:
        """The left hand draws at once, the right one when the left one is done."""
        state = act(deal("8 6 8 5 3 2 T T"), "split")

        assert seat_ranks(state) == ["8 3", "8"]
        assert [hand.status for hand in state.seats[0].hands] == [
            HandStatus.PLAYING,
            HandStatus.WAITING,
        ]
        state = act(state, "hit", "stand")
        assert seat_ranks(state) == ["8 3 2", "8 T"]
        assert state.active_hand == 1

    def test_each_hand_is_settled_on_its_own(self) -> None:
        """One hand ties or wins, the other loses."""
        state = act(deal("8 6 8 T T 2 2"), "split", "stand", "stand")

        assert [hand.payout for hand in state.seats[0].hands] == [100, 0]
        state = act(deal("8 9 8 8 T 2"), "split", "stand", "stand")
        assert [hand.payout for hand in state.seats[0].hands] == [200, 0]
        assert (state.stakes, state.payouts) == ((200,), (200,))

    def test_up_to_four_hands_and_not_five(self) -> None:
        """The fourth hand may pair again without being split."""
        state = act(deal("8 6 8 5 8 8"), "split", "split")
        assert seat_ranks(state) == ["8 8", "8", "8"]
        state = act(deal("8 6 8 5 8 8 8"), "split", "split", "split")

        assert seat_ranks(state) == ["8 8", "8", "8", "8"]
        assert Action.SPLIT not in [action for action, _ in allowed(state)]
        with pytest.raises(Refused, match="up to four hands"):
            act(state, "split")

    def test_a_later_hand_can_be_split_again(self) -> None:
        """A new hand goes just right of the one that was split."""
        state = act(deal("8 6 8 5 T 8 9 7"), "split", "stand", "split", "stand")

        assert seat_ranks(state) == ["8 T", "8 9", "8 7"]
        assert state.stakes == (300,)

    def test_double_after_split(self) -> None:
        """A hand that a split has made doubles like any other."""
        state = act(deal("8 6 8 T 3 T 3 T 2"), "split", "double", "double")

        assert seat_ranks(state) == ["8 3 T", "8 3 T"]
        assert state.stakes == (400,)
        assert state.payouts == (800,)

    def test_four_doubled_hands_win_sixteen_stakes(self) -> None:
        """The highest payout of a round."""
        state = act(
            deal("8 6 8 5 8 8 3 T 3 T 3 T 3 T 6 A 8"),
            *["split"] * 3,
            *["double"] * 4,
        )

        assert state.stakes == (800,)
        assert ranks(state.dealer) == "6 5 6"
        assert state.payouts == (1600,)

    def test_aces_take_one_card_each(self) -> None:
        """Split aces stand on two cards, and the dealer plays at once."""
        state = act(deal("A 6 A 5 5 9 6"), "split")

        assert state.finished
        assert seat_ranks(state) == ["A 5", "A 9"]
        assert [hand.payout for hand in state.seats[0].hands] == [0, 200]

    def test_aces_are_not_split_again(self) -> None:
        """An ace on a split ace is soft 12, and stands."""
        state = act(deal("A 6 A T A A T"), "split")

        assert state.finished
        assert [(hand.total, hand.soft) for hand in state.seats[0].hands] == [(12, True)] * 2
        assert state.payouts == (400,)

    @pytest.mark.parametrize("cards", ["A 6 A T T T 5", "T 6 K T A A 5"])
    def test_21_is_not_a_blackjack(self, cards: str) -> None:
        """An ace and a ten after a split lose no tie and win no three to two."""
        state = act(deal(cards), "split")

        assert state.finished
        assert ranks(state.dealer) == "6 T 5"
        assert [hand.status for hand in state.seats[0].hands] == [HandStatus.PUSH] * 2
        assert state.payouts == (200,)

    def test_the_dealer_plays_for_the_hand_that_stands(self) -> None:
        """One bust hand does not end the round."""
        state = act(deal("8 6 8 T 8 T T T T"), "split", "hit", "stand")

        assert seat_ranks(state) == ["8 8 T", "8 T"]
        assert ranks(state.dealer) == "6 T T"
        assert [hand.payout for hand in state.seats[0].hands] == [0, 200]

    def test_the_dealer_rests_if_every_hand_is_bust(self) -> None:
        """The dealer draws no card against nothing."""
        state = act(deal("8 6 8 T 8 T 8 T"), "split", "hit", "hit")

        assert state.finished
        assert ranks(state.dealer) == "6 T"
        assert state.payouts == (0,)


def test_soft_17s_are_all_there() -> None:
    """Of the 64 ordered ways to make seven points, 8 have no ace."""
    assert len(SOFT_17S) == 64 - 8
    assert {"A6", "6A", "AAAAAAA", "24A", "2A4", "A24"} <= set(SOFT_17S)


@pytest.mark.parametrize("cards", SOFT_17S)
def test_the_dealer_stands_on_soft_17(cards: str) -> None:
    """However soft 17 comes about, the dealer takes no further card."""
    up, hole, *drawn = list(cards)
    state = deal(" ".join(["T", up, "8", hole, *drawn]))
    state = act(state, *(["decline", "stand"] if up == "A" else ["stand"]))

    assert state.finished
    assert ranks(state.dealer) == " ".join(cards)
    assert total_of(state.dealer) == (17, True)
    assert state.payouts == (200,)


@pytest.mark.parametrize(
    ("cards", "dealer"),
    [
        ("T 6 9 T A", "6 T A"),
        ("T 2 9 3 2 4 5 A", "2 3 2 4 5 A"),
        ("T 6 9 A", "6 A"),
        ("T 5 9 A T A", "5 A T A"),
        ("T 9 9 7 2", "9 7 2"),
        ("T T 9 6 K", "T 6 K"),
        ("T 7 9 T", "7 T"),
    ],
)
def test_the_dealer_draws_to_17(cards: str, dealer: str) -> None:
    """Below 17 a card, from 17 none."""
    state = act(deal(cards), "stand")

    assert ranks(state.dealer) == dealer
    assert unused(state) == 0


@pytest.mark.parametrize(
    ("cards", "expected"),
    [("T 7 7 T", HandStatus.PUSH), ("T 8 7 T", HandStatus.LOST), ("T 7 8 T", HandStatus.WON)],
)
def test_higher_wins(cards: str, expected: HandStatus) -> None:
    """The same total is a push."""
    state = act(deal(cards), "stand")

    assert state.seats[0].hands[0].status is expected


class TestSeats:
    """More than one seat at a table."""

    def test_play_goes_seat_by_seat(self) -> None:
        """Each seat plays its hands, then the next one does, then the dealer."""
        state = deal("8 T A 6 8 6 T T 3 T 5 5", 100, 200, 300)
        assert state.active_seat == 0
        state = act(state, "split", "stand")
        assert (state.active_seat, state.active_hand) == (0, 1)
        state = act(state, "stand")
        assert state.active_seat == 1
        state = act(state, "hit")

        assert state.finished
        assert state.stakes == (200, 200, 300)
        assert state.payouts == (0, 200, 750)
        assert ranks(state.dealer) == "6 T 5"

    def test_insurance_goes_seat_by_seat(self) -> None:
        """Every seat decides before the dealer peeks."""
        state = deal("8 9 A 8 9 T", 100, 200)
        state = act(state, "insure")
        assert (state.stage, state.active_seat) == (Stage.INSURANCE, 1)
        state = act(state, "decline")

        assert state.finished
        assert state.stakes == (150, 200)
        assert state.payouts == (150, 0)

    def test_seats_without_a_choice_are_passed_over(self) -> None:
        """A blackjack waits for the end of the round."""
        state = deal("A 9 6 T 9 T 7", 100, 100)

        assert state.active_seat == 1
        assert state.payouts == (None, None)
        assert act(state, "stand").payouts == (250, 200)
