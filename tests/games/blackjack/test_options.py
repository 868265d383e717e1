"""Tests of games.blackjack.options, and of rounds under each option, dealt from named cards."""

from __future__ import annotations

import pytest

from games.blackjack.hands import HandStatus, total_of
from games.blackjack.options import STANDARD, DoubleOn, Natural, Rules
from games.blackjack.rules import Action, Stage, allowed, open_round
from games.entropy import Draws
from tests.games.blackjack.stacked import SOFT_17S, Stacked, act, deal, ranks, seat_ranks, unused


@pytest.mark.parametrize("decks", [0, -1, 9])
def test_a_shoe_has_one_to_eight_decks(decks: int) -> None:
    """Other shoes are refused; None is an infinite deck."""
    with pytest.raises(ValueError, match="decks"):
        Rules(decks=decks)
    assert Rules(decks=None).decks is None


@pytest.mark.parametrize("hands", [0, 5])
def test_a_seat_has_one_to_four_hands(hands: int) -> None:
    """Other numbers of hands are refused."""
    with pytest.raises(ValueError, match="hands"):
        Rules(maximum_hands=hands)


@pytest.mark.parametrize(
    ("rules", "multiple"),
    [
        (STANDARD, 2),
        (Rules(insurance=False), 2),
        (Rules(natural=Natural.SIX_TO_FIVE, insurance=False), 5),
        (Rules(natural=Natural.SIX_TO_FIVE, insurance=False, surrender=True), 10),
        (Rules(natural=Natural.SIX_TO_FIVE), 10),
    ],
)
def test_stakes_make_every_payout_whole(rules: Rules, multiple: int) -> None:
    """3 to 2, half a stake and 6 to 5 need multiples of 2, 2 and 5."""
    assert rules.stake_multiple == multiple
    won, each = rules.natural.ratio
    assert multiple * won % each == 0


@pytest.mark.parametrize("total", range(4, 21))
@pytest.mark.parametrize("soft", [False, True])
def test_what_may_be_doubled(total: int, soft: bool) -> None:
    """Any two cards, hard 9 to 11, or hard 10 and 11."""
    assert DoubleOn.ANY_TWO.allows(total, soft=soft)
    assert DoubleOn.NINE_TO_ELEVEN.allows(total, soft=soft) == (not soft and total in (9, 10, 11))
    assert DoubleOn.TEN_AND_ELEVEN.allows(total, soft=soft) == (not soft and total in (10, 11))


NO_HOLE = Rules(peek=False, surrender=True)


class TestNoHoleCard:
    """The dealer takes the second card after the players."""

    def test_the_order_of_the_deal(self) -> None:
        """Player, up-card, player; then the player's cards, then the dealer's."""
        state = deal("2 T 3 5 6 7 8", rules=NO_HOLE)
        assert (seat_ranks(state), ranks(state.dealer)) == (["2 3"], "T")
        state = act(state, "hit", "hit", "stand")

        assert seat_ranks(state) == ["2 3 5 6"]
        assert ranks(state.dealer) == "T 7"
        assert unused(state) == 1

    @pytest.mark.parametrize(
        ("cards", "actions", "stakes"),
        [("5 T 6 T A", "double", 200), ("8 T 8 T T A", "split stand stand", 200)],
    )
    def test_a_dealers_blackjack_takes_doubles_and_splits(
        self, cards: str, actions: str, stakes: int
    ) -> None:
        """Everything that was put in is lost, a drawn 21 too."""
        state = act(deal(cards, rules=NO_HOLE), *actions.split())

        assert (state.stakes, state.payouts) == ((stakes,), (0,))

    @pytest.mark.parametrize(
        ("cards", "actions", "dealer", "payout"),
        [
            ("A T K A", "", "T A", 100),
            ("A T K 9", "", "T 9", 250),
            ("A 9 K", "", "9", 250),
            ("T T 6 A", "surrender", "T A", 0),
            ("T T 6 5", "surrender", "T 5", 50),
            ("T 9 6", "surrender", "9", 50),
            ("T A 6 T K", "insure hit", "A K", 150),
            ("T A 6 T 9", "insure hit", "A 9", 0),
            ("T A 6 T", "decline hit", "A", 0),
            ("T T 6 T", "hit", "T", 0),
        ],
    )
    def test_the_second_card_comes_where_something_hangs_on_it(
        self, cards: str, actions: str, dealer: str, payout: int
    ) -> None:
        """A blackjack, a surrender or insurance waits for it; a bust hand does not."""
        state = act(deal(cards, rules=NO_HOLE), *actions.split())

        assert state.finished
        assert ranks(state.dealer) == dealer
        assert state.payouts == (payout,)
        assert unused(state) == 0


class TestSurrender:
    """Half the stake for the first two cards."""

    def test_brings_half_back(self) -> None:
        """The round ends without a dealer's card."""
        state = act(deal("T 9 6 T", rules=Rules(surrender=True)), "surrender")

        assert (state.stakes, state.payouts) == ((100,), (50,))
        assert state.seats[0].hands[0].status is HandStatus.SURRENDERED
        assert ranks(state.dealer) == "9 T"

    def test_is_late(self) -> None:
        """The dealer has looked for a blackjack before: then nothing can be given up."""
        assert deal("T T 6 A", rules=Rules(surrender=True)).payouts == (0,)

    def test_is_for_first_cards_only(self) -> None:
        """Not after a hit and not after a split."""
        rules = Rules(surrender=True)
        for cards, action in (("2 9 3 T 5", "hit"), ("8 9 8 T 5", "split")):
            state = deal(cards, rules=rules)
            assert (Action.SURRENDER, 0) in allowed(state)
            assert (Action.SURRENDER, 0) not in allowed(act(state, action))


class TestSplitAces:
    """What split aces may do."""

    def test_are_split_again(self) -> None:
        """An ace on a split ace may be split or stood on, up to four hands."""
        rules = Rules(resplit_aces=True)
        state = act(deal("A 6 A T A 5 9 8 7 4", rules=rules), "split")
        assert allowed(state) == ((Action.STAND, 0), (Action.SPLIT, 100))
        state = act(state, "split")

        assert state.finished
        assert seat_ranks(state) == ["A 5", "A 9", "A 8"]
        state = act(deal("A 6 A T A 9 T", rules=rules), "split", "stand")
        assert seat_ranks(state) == ["A A", "A 9"]

    def test_are_hit(self) -> None:
        """They are played like other hands, doubles too, where the rules say so."""
        rules = Rules(hit_split_aces=True)
        state = act(deal("A 6 A T 2 3 8 7 T", rules=rules), "split")
        assert [action for action, _ in allowed(state)] == [Action.HIT, Action.STAND, Action.DOUBLE]
        state = act(state, "hit", "stand", "double")

        assert seat_ranks(state) == ["A 2 3", "A 8 7"]
        assert state.stakes == (300,)

    def test_are_hit_but_not_split_again(self) -> None:
        """A third ace is played as soft 12."""
        state = act(deal("A 6 A T A 9", rules=Rules(hit_split_aces=True)), "split")

        assert seat_ranks(state) == ["A A", "A"]
        assert Action.SPLIT not in [action for action, _ in allowed(state)]


class TestOptions:
    """The other options, each with named cards."""

    @pytest.mark.parametrize(("hands", "pairs"), [(1, 0), (2, 1), (3, 2), (4, 3)])
    def test_up_to_so_many_hands(self, hands: int, pairs: int) -> None:
        """One split fewer than hands, and no more."""
        state = deal("8 6 8 5 8 8 8 8", rules=Rules(maximum_hands=hands))
        for _ in range(pairs):
            assert (Action.SPLIT, 100) in allowed(state)
            state = act(state, "split")

        assert len(state.seats[0].hands) == hands
        assert (Action.SPLIT, 100) not in allowed(state)

    def test_no_double_after_a_split(self) -> None:
        """First cards may be doubled, halves of a pair may not."""
        state = deal("8 6 8 5 3", rules=Rules(double_after_split=False))
        assert (Action.DOUBLE, 100) in allowed(state)

        assert (Action.DOUBLE, 100) not in allowed(act(state, "split"))

    @pytest.mark.parametrize(
        ("cards", "any_nine_ten"), [("4 5", "yyn"), ("6 4", "yyy"), ("A 9", "ynn"), ("6 6", "ynn")]
    )
    def test_double_on_what(self, cards: str, any_nine_ten: str) -> None:
        """Any two cards, hard 9 to 11, hard 10 and 11."""
        one, other = cards.split()
        for double_on, answer in zip(DoubleOn, any_nine_ten, strict=True):
            state = deal(f"{one} 6 {other} 5", rules=Rules(double_on=double_on))
            assert ((Action.DOUBLE, 100) in allowed(state)) == (answer == "y"), double_on

    def test_six_to_five(self) -> None:
        """A blackjack of 100 wins 120."""
        assert deal("A 9 K 8", rules=Rules(natural=Natural.SIX_TO_FIVE)).payouts == (220,)

    @pytest.mark.parametrize("cards", SOFT_17S)
    def test_the_dealer_hits_soft_17(self, cards: str) -> None:
        """However soft 17 comes about, the dealer takes a card more, and may lose by it."""
        up, hole, *drawn = list(cards)
        named = " ".join(["T", up, "8", hole, *drawn, "T", "2"])
        state = deal(named, rules=Rules(hits_soft_17=True, insurance=False))
        state = act(state, "stand")

        assert ranks(state.dealer) == " ".join([*cards, "T"])
        assert total_of(state.dealer) == (17, False)

    def test_no_insurance(self) -> None:
        """Under an ace the dealer peeks at once."""
        assert deal("T A 9 K", rules=Rules(insurance=False)).payouts == (0,)
        assert deal("T A 9 8", rules=Rules(insurance=False)).stage is Stage.HANDS

    def test_an_infinite_deck_keeps_its_cards(self) -> None:
        """The same face can come as often as chance will have it, more than any shoe holds."""
        rules = Rules(decks=None)
        draws = Stacked([4] * 4 + [9], ())
        state = open_round((100,), draws, rules)

        assert state.counts == ()
        assert state.seats[0].hands[0].cards == (4, 4)
        assert ranks(act(state, "hit").seats[0].hands[0].cards) == "5 5 T"


def test_a_stake_or_a_side_bet_is_needed() -> None:
    """A seat with neither is a fault, as is a stake that the rules cannot pay whole."""
    with pytest.raises(ValueError, match="side bet"):
        open_round([0], Draws(bytes(32), []))
    with pytest.raises(ValueError, match="multiple of 10"):
        open_round([12], Draws(bytes(32), []), Rules(natural=Natural.SIX_TO_FIVE))
