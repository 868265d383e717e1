"""Hands of three cards and how they rank.

From the best: straight flush, three of a kind, straight, flush, pair, high card. With three cards a
straight is rarer than a flush, so it ranks above it. Aces are high, and low in ace-two-three, the
lowest straight. Suits never rank.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Final

from games.cards import ACE, RANK_LABELS, RANK_NAMES, RANKS, rank_of, suit_of


class Category(enum.IntEnum):
    """Kinds of hands, the better the higher."""

    HIGH_CARD = 0
    PAIR = 1
    FLUSH = 2
    STRAIGHT = 3
    THREE_OF_A_KIND = 4
    STRAIGHT_FLUSH = 5


NAMES: Final = {
    Category.HIGH_CARD: "high card",
    Category.PAIR: "pair",
    Category.FLUSH: "flush",
    Category.STRAIGHT: "straight",
    Category.THREE_OF_A_KIND: "three of a kind",
    Category.STRAIGHT_FLUSH: "straight flush",
}
_BASE: Final = RANKS
_TOP: Final = _BASE**3


def height(rank: int) -> int:
    """Return a rank's height, 0 for a two to 12 for an ace."""
    return (rank - 1) % RANKS


def score(cards: Sequence[int]) -> int:
    """Return a number that is higher for a better hand, and equal for hands that tie."""
    heights = sorted([height(rank_of(face)) for face in cards], reverse=True)
    high, middle, low = heights
    flush = suit_of(cards[0]) == suit_of(cards[1]) == suit_of(cards[2])
    if high == low:
        category = Category.THREE_OF_A_KIND
    elif middle in (high, low):
        category = Category.PAIR
        if middle == low:
            high, low = middle, high
    elif high - low == 2 or heights == [12, 1, 0]:
        category = Category.STRAIGHT_FLUSH if flush else Category.STRAIGHT
        if low == 0 and high == height(ACE):
            high, middle, low = 1, 0, 0
    else:
        category = Category.FLUSH if flush else Category.HIGH_CARD
    return ((category * _BASE + high) * _BASE + middle) * _BASE + low


def category_of(value: int) -> Category:
    """Return the category of a score."""
    return Category(value // _TOP)


def high_card(*ranks: int) -> int:
    """Return the score of three ranks, from the highest, that make nothing."""
    high, middle, low = map(height, ranks)
    return (high * _BASE + middle) * _BASE + low


def name_of(cards: Sequence[int]) -> str:
    """Return a hand in words: `pair of kings`, `queen high`, `flush`."""
    value = score(cards)
    category = category_of(value)
    highest = (value // _BASE**2 % _BASE + 1) % RANKS
    if category is Category.HIGH_CARD:
        return f"{RANK_NAMES[highest]} high"
    if category is Category.PAIR:
        name = RANK_NAMES[highest]
        return f"pair of {name}es" if name == "six" else f"pair of {name}s"
    return NAMES[category]


def short(*ranks: int) -> str:
    """Return ranks as a player writes them: `Q-6-4`."""
    return "-".join(RANK_LABELS[rank] for rank in ranks)
