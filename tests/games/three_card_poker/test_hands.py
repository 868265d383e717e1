"""Hands of three cards and their order."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from games.cards import FACES, QUEEN
from games.three_card_poker.hands import Category, category_of, high_card, name_of, score, short
from tests.games.dealt import faces

ORDER = (
    "Ah Kh Qh",
    "3h 2h Ah",
    "Ah As Ac",
    "2h 2s 2c",
    "Ah Ks Qc",
    "4h 3s 2c",
    "3h 2s Ac",
    "Ah Kh Jh",
    "5h 3h 2h",
    "Ah As Kc",
    "2h 2s Ac",
    "2h 2s 3c",
    "Ah Kh Js",
    "Ah 4h 2s",
    "Kh Qh Ts",
    "Qh 6h 4s",
    "Qh 6h 3s",
    "Qh 5h 4s",
    "Jh Th 8s",
    "5h 3h 2s",
)
"""Hands from the best to the worst."""


def test_order() -> None:
    """Each hand beats those after it, whatever the order of its cards."""
    scores = [score(faces(hand)) for hand in ORDER]

    assert scores == sorted(set(scores), reverse=True)
    for hand in ORDER:
        one, other, third = faces(hand)
        assert len({score(cards) for cards in ((one, other, third), (third, one, other))}) == 1


def test_suits_do_not_rank() -> None:
    """The same ranks tie, unless they make a flush."""
    assert score(faces("Ah Ks Jc")) == score(faces("Ad Kc Js"))
    assert score(faces("Ah Kh Jh")) == score(faces("As Ks Js"))
    assert score(faces("7h 7s 2c")) == score(faces("7c 7d 2h"))


def test_an_ace_does_not_go_round_the_corner() -> None:
    """King, ace, two is no straight."""
    assert category_of(score(faces("Kh As 2c"))) is Category.HIGH_CARD


def test_how_many_hands_of_each() -> None:
    """Of 22,100 hands each category has the published number."""
    counts = Counter(category_of(score(cards)) for cards in combinations(range(FACES), 3))

    assert counts == {
        Category.STRAIGHT_FLUSH: 48,
        Category.THREE_OF_A_KIND: 52,
        Category.STRAIGHT: 720,
        Category.FLUSH: 1_096,
        Category.PAIR: 3_744,
        Category.HIGH_CARD: 16_440,
    }


@pytest.mark.parametrize(
    ("hand", "name"),
    [
        ("Ah Kh Qh", "straight flush"),
        ("2h 2s 2c", "three of a kind"),
        ("3h 2s Ac", "straight"),
        ("Ah Kh Jh", "flush"),
        ("6h 6s Ac", "pair of sixes"),
        ("Kh Ks Ac", "pair of kings"),
        ("Ah Kh Js", "ace high"),
        ("Qh 6h 4s", "queen high"),
    ],
)
def test_names(hand: str, name: str) -> None:
    """A hand is told in words."""
    assert name_of(faces(hand)) == name


def test_scores_of_ranks() -> None:
    """A high-card hand can be named by its ranks."""
    assert high_card(QUEEN, 5, 3) == score(faces("Qh 6h 4s"))
    assert short(QUEEN, 5, 3) == "Q-6-4"
