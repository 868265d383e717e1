"""Playing cards: faces, ranks, suits and their names, for every card game but blackjack.

A *face* is a number from 0 to 51: `face // 13` is the suit (clubs, diamonds, hearts, spades) and
`face % 13` the rank (0 ace, 1 two, … 9 ten, 10 jack, 11 queen, 12 king), the same numbers that
blackjack uses. `JOKER` is face 52, where a game has one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

import msgspec

RANKS: Final = 13
SUITS: Final = 4
FACES: Final = RANKS * SUITS
JOKER: Final = FACES

ACE: Final = 0
TEN: Final = 9
JACK: Final = 10
QUEEN: Final = 11
KING: Final = 12

NOTES: Final = (
    "A card is a number from 0 to 51. Divided by 13 it is the suit (0 clubs, 1 diamonds, 2 hearts,"
    " 3 spades), and what remains is the rank (0 ace, 1 two, and so on to 9 ten, 10 jack, 11 queen,"
    " 12 king)."
)
"""For readers of views that have cards."""

Face = Annotated[int, msgspec.Meta(ge=0, le=JOKER)]
"""A card on the wire."""

RANK_LABELS: Final = ("A", "2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K")
SUIT_LABELS: Final = "♣♦♥♠"
RANK_NAMES: Final = (
    "ace",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "jack",
    "queen",
    "king",
)
CARD_LABELS: Final = (
    *(rank + suit for suit in SUIT_LABELS for rank in RANK_LABELS),
    "Joker",
)
"""How each face is written: `K♠`, `10♦`, `Joker`."""


def rank_of(face: int) -> int:
    """Return the rank of a face, 0 for an ace to 12 for a king; not for a joker."""
    return face % RANKS


def suit_of(face: int) -> int:
    """Return the suit of a face, 0 to 3: clubs, diamonds, hearts, spades; not for a joker."""
    return face // RANKS


def labels(cards: Iterable[int]) -> str:
    """Return cards for reading, such as `K♠ 10♦`."""
    return " ".join([CARD_LABELS[face] for face in cards])
