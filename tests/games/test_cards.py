"""Faces, ranks, suits and how they are written."""

from __future__ import annotations

from games.cards import (
    ACE,
    CARD_LABELS,
    FACES,
    JOKER,
    KING,
    RANK_NAMES,
    labels,
    rank_of,
    suit_of,
)


def test_every_face_is_another_card() -> None:
    """52 faces are 13 ranks in 4 suits, and the joker comes after them."""
    assert {(rank_of(face), suit_of(face)) for face in range(FACES)} == {
        (rank, suit) for rank in range(13) for suit in range(4)
    }
    assert JOKER == FACES == 52


def test_labels() -> None:
    """Cards are written with rank and suit, each in its own way."""
    assert labels([0, 9, 25, 26, 51, 52]) == "A♣ 10♣ K♦ A♥ K♠ Joker"
    assert len(set(CARD_LABELS)) == len(CARD_LABELS) == 53
    assert RANK_NAMES[ACE] == "ace"
    assert RANK_NAMES[KING] == "king"
