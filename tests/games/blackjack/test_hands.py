"""Tests of games.blackjack.hands."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import product

import pytest

from games.blackjack import hands
from games.blackjack.hands import (
    FACES,
    VALUES,
    best_total,
    dealer_draws,
    hand_payout,
    insurance_payout,
    is_natural,
    total_of,
)
from tests.games.blackjack.stacked import faces_of

DECKS = 6


def test_a_deck_has_its_cards() -> None:
    """Of 52 faces, 16 count ten and 4 each count ace to nine."""
    assert Counter(VALUES) == {10: 16, **dict.fromkeys(range(1, 10), 4)}


@pytest.mark.parametrize(
    ("cards", "total", "soft"),
    [
        ("A", 11, True),
        ("A A", 12, True),
        ("A K", 21, True),
        ("A A A A A A A A A A A", 21, True),
        ("A A A A A A A A A A A A", 12, False),
        ("A 6", 17, True),
        ("A 6 T", 17, False),
        ("A 5 5 T", 21, False),
        ("T 6", 16, False),
        ("J Q K", 30, False),
        ("2 2 2", 6, False),
        ("9 A A", 21, True),
        ("T A A", 12, False),
    ],
)
def test_totals(cards: str, total: int, soft: bool) -> None:
    """One ace counts eleven where that does not bust."""
    assert total_of(faces_of(cards)) == (total, soft)


@pytest.mark.parametrize("hard", range(2, 31))
@pytest.mark.parametrize("ace", [False, True])
def test_best_total_in_every_state(hard: int, ace: bool) -> None:
    """A total is the hard one, or ten more where an ace allows it, and soft only then."""
    total, soft = best_total(hard, ace=ace)

    assert total - hard == (10 if soft else 0)
    assert soft == (ace and hard <= 11)


@pytest.mark.parametrize("total", range(2, 27))
@pytest.mark.parametrize("soft", [False, True])
def test_the_dealer_draws_below_17_only(total: int, soft: bool) -> None:
    """The dealer stands on every 17 or more, soft or not."""
    assert dealer_draws(total, soft) == (total < 17)


@pytest.mark.parametrize("total", range(4, 31))
def test_payout_in_every_cell(total: int) -> None:
    """Bust loses, else the higher total wins even money, and the same one gets its stake back."""
    for dealer in range(17, 27):
        if total > 21:
            expected = 0
        elif dealer > 21 or total > dealer:
            expected = 200
        else:
            expected = 100 if total == dealer else 0
        paid = hand_payout(100, total, natural=False, dealer_total=dealer, dealer_natural=False)
        assert paid == expected, dealer


@pytest.mark.parametrize("stake", [2, 4, 6, 98, 100, 102, 10**12])
def test_a_natural_pays_three_to_two_exactly(stake: int) -> None:
    """A natural brings back five halves of any even stake, also against a drawn 21."""
    for dealer in (17, 21, 26):
        back = hand_payout(stake, 21, natural=True, dealer_total=dealer, dealer_natural=False)
        assert 2 * back == 5 * stake
    assert hand_payout(stake, 21, natural=True, dealer_total=21, dealer_natural=True) == stake


def test_a_dealer_natural_beats_a_drawn_21() -> None:
    """Only a natural ties with a natural."""
    assert hand_payout(100, 21, natural=False, dealer_total=21, dealer_natural=True) == 0


def test_insurance_pays_two_to_one() -> None:
    """Insurance brings back three times itself on a dealer's blackjack, else nothing."""
    assert insurance_payout(50, dealer_natural=True) == 150
    assert insurance_payout(50, dealer_natural=False) == 0


def test_the_chance_of_a_natural_is_exact() -> None:
    """Of all ordered pairs from six decks 192/4043 are naturals."""
    naturals = 0
    for pair in product(range(FACES), repeat=2):
        if is_natural(total_of(pair)[0], 2):
            naturals += DECKS * (DECKS if pair[0] != pair[1] else DECKS - 1)
    cards = DECKS * FACES

    assert Fraction(naturals, cards * (cards - 1)) == Fraction(192, 4043)


def test_the_chance_that_insurance_wins_is_exact() -> None:
    """With an ace up, 96 of 311 unseen cards make a blackjack: the edge is 23/311."""
    ace = faces_of("A")[0]
    wins = sum(
        DECKS - (face == ace) for face in range(FACES) if is_natural(total_of((ace, face))[0], 2)
    )
    unseen = DECKS * FACES - 1
    expected = Fraction(insurance_payout(1, dealer_natural=True) * wins, unseen)

    assert wins == 96
    assert 1 - expected == Fraction(23, 311)


def test_hands_are_documented() -> None:
    """The order of suits and ranks, which a verifier needs, is stated where faces are."""
    assert "face // 13" in (hands.__doc__ or "")
    assert "face % 13" in (hands.__doc__ or "")
