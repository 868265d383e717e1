"""Tests of games.blackjack.side_bets: every line counted again in closed form."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import comb

import pytest

from games.blackjack.side_bets import (
    PAYS,
    SideBet,
    counted,
    decided,
    perfect_pair,
    side_bet_returns,
    twenty_one_plus_three,
)
from tests.games.blackjack.stacked import RANKS

SUITS = "cdhs"


def face(name: str) -> int:
    """Return the face of a name such as `Kh`."""
    return SUITS.index(name[1]) * 13 + RANKS.index(name[0])


@pytest.mark.parametrize(
    ("cards", "line"),
    [
        ("Kh Kh", "perfect pair"),
        ("Kh Kd", "coloured pair"),
        ("Kc Ks", "coloured pair"),
        ("Kc Kd", "mixed pair"),
        ("Ks Kh", "mixed pair"),
        ("Kh Qh", ""),
        ("Th Jh", ""),
    ],
)
def test_pairs(cards: str, line: str) -> None:
    """A king and a queen are no pair, though both count ten."""
    one, other = (face(name) for name in cards.split())
    assert perfect_pair(one, other) == line
    assert perfect_pair(other, one) == line


@pytest.mark.parametrize(
    ("cards", "line"),
    [
        ("7h 7h 7h", "suited three of a kind"),
        ("7h 7h 7d", "three of a kind"),
        ("7h 8h 9h", "straight flush"),
        ("Ah 2h 3h", "straight flush"),
        ("Qd Kd Ad", "straight flush"),
        ("Qd Kd Ah", "straight"),
        ("2c Ah 3h", "straight"),
        ("Kd Ad 2d", "flush"),
        ("Kd Ah 2d", ""),
        ("7h 7h 9h", "flush"),
        ("7h 7d 9h", ""),
        ("Th Jd Kh", ""),
    ],
)
def test_hands_of_three(cards: str, line: str) -> None:
    """An ace is low or high in a straight, and does not go round the corner."""
    faces = [face(name) for name in cards.split()]
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        assert twenty_one_plus_three([faces[place] for place in order]) == line


def test_every_pay() -> None:
    """The pay tables, cell by cell."""
    assert PAYS == {
        SideBet.PERFECT_PAIRS: {"perfect pair": 25, "coloured pair": 12, "mixed pair": 6},
        SideBet.TWENTY_ONE_PLUS_THREE: {
            "suited three of a kind": 100,
            "straight flush": 40,
            "three of a kind": 30,
            "straight": 10,
            "flush": 5,
        },
    }
    paid = decided(SideBet.TWENTY_ONE_PLUS_THREE, 7, (face("7h"), face("7h")), face("7h"))
    assert (paid.combination, paid.payout) == ("suited three of a kind", 707)
    paid = decided(SideBet.PERFECT_PAIRS, 7, (face("7h"), face("8h")), face("8h"))
    assert (paid.combination, paid.payout) == ("", 0)


@pytest.mark.parametrize("decks", [1, 2, 6, 8])
def test_counts_in_closed_form(decks: int) -> None:
    """The enumeration counts every line as combinations do."""
    ways: Counter[str] = Counter()
    for count, line in counted(SideBet.TWENTY_ONE_PLUS_THREE, decks):
        ways[line] += count
    suited = 52 * comb(decks, 3)
    straight_flushes = 48 * decks**3
    assert ways.total() == comb(52 * decks, 3)
    assert ways["suited three of a kind"] == suited
    assert ways["straight flush"] == straight_flushes
    assert ways["three of a kind"] == 13 * comb(4 * decks, 3) - suited
    assert ways["straight"] == 12 * (4 * decks) ** 3 - straight_flushes
    assert ways["flush"] == 4 * comb(13 * decks, 3) - suited - straight_flushes

    pairs: Counter[str] = Counter()
    for count, line in counted(SideBet.PERFECT_PAIRS, decks):
        pairs[line] += count
    cards = 52 * decks
    assert pairs.total() == cards * (cards - 1)
    assert pairs["perfect pair"] == cards * (decks - 1)
    assert pairs["coloured pair"] == cards * decks
    assert pairs["mixed pair"] == cards * 2 * decks


def test_exact_returns() -> None:
    """Perfect pairs with six decks costs 19/311 of a stake, with eight 17/415; 21+3 4.62 %."""
    pairs, three = side_bet_returns(6)
    assert (pairs.bet, three.bet) == ("perfect-pairs", "twenty-one-plus-three")
    assert 1 - (pairs.expected or 0) == Fraction(19, 311)
    assert 1 - (side_bet_returns(8)[0].expected or 0) == Fraction(17, 415)
    assert three.expected == Fraction(4_781_656, 5_013_320)
    assert pairs.hit_frequency == Fraction(23, 311)
    assert three.highest_award == 101
    assert three.highest_award_probability == Fraction(1040, 5_013_320)


def test_an_infinite_deck_draws_with_return() -> None:
    """Its counts are those of so many decks that no card is missed."""
    for bet, exact in zip(SideBet, side_bet_returns(None), strict=True):
        many = Counter[str]()
        for count, line in counted(bet, 10_000):
            many[line] += count
        for line, pays in PAYS[bet].items():
            chance = dict(exact.law or ())[Fraction(pays)]
            assert float(chance) == pytest.approx(many[line] / many.total(), rel=0.001)
