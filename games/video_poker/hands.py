"""Decks of video poker, and what five cards make.

A card's *slot* is its rank, 0 for an ace to 12 for a king, or `WILD` for a wild card: a deuce in
deuces wild, the joker in joker poker. A wild card stands for whatever makes the best hand.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from games.cards import ACE, FACES, JACK, JOKER, KING, QUEEN, RANKS, TEN, rank_of, suit_of

HAND: Final = 5
"""Cards in a hand."""
WILD: Final = RANKS
SLOTS: Final = RANKS + 1
ANY_SUIT: Final = -1
"""The suit of a wild card."""
_TWO: Final = 1

ROYAL: Final = frozenset({ACE, TEN, JACK, QUEEN, KING})
RUNS: Final = (*(frozenset(range(low, low + HAND)) for low in range(RANKS - HAND + 1)), ROYAL)
"""The ranks of each straight, ace-low first."""


class Row(enum.Enum):
    """What five cards make, best first; a machine pays some of them."""

    ROYAL_FLUSH = "royal-flush"
    """Without a wild card."""
    FOUR_DEUCES = "four-deuces"
    WILD_ROYAL_FLUSH = "wild-royal-flush"
    FIVE_OF_A_KIND = "five-of-a-kind"
    STRAIGHT_FLUSH = "straight-flush"
    FOUR_OF_A_KIND = "four-of-a-kind"
    FULL_HOUSE = "full-house"
    FLUSH = "flush"
    STRAIGHT = "straight"
    THREE_OF_A_KIND = "three-of-a-kind"
    TWO_PAIR = "two-pair"
    HIGH_PAIR = "high-pair"
    """A pair that the machine pays."""
    NOTHING = "nothing"


class Deck(msgspec.Struct, frozen=True):
    """What a machine deals from: one deck, full for every round."""

    faces: int
    """52, or 53 with the joker."""
    wild: frozenset[int]

    @property
    def copies(self) -> tuple[int, ...]:
        """How many cards of each slot the deck has."""
        counts = [0] * SLOTS
        for face in range(self.faces):
            counts[self.slot(face)] += 1
        return tuple(counts)

    def slot(self, face: int) -> int:
        """Return a card's slot."""
        return WILD if face in self.wild else rank_of(face)

    def suit(self, face: int) -> int:
        """Return a card's suit, `ANY_SUIT` for a wild card."""
        return ANY_SUIT if face in self.wild else suit_of(face)


STANDARD: Final = Deck(FACES, frozenset())
DEUCES: Final = Deck(FACES, frozenset(face for face in range(FACES) if rank_of(face) == _TWO))
WITH_JOKER: Final = Deck(FACES + 1, frozenset({JOKER}))


def row_of(slots: Sequence[int], *, flush: bool, pairs: Collection[int]) -> Row:
    """Return the best that five slots make.

    `flush` tells whether the natural cards are of one suit, `pairs` the ranks of which a pair is a
    `HIGH_PAIR`.
    """
    natural = [slot for slot in slots if slot != WILD]
    wild = HAND - len(natural)
    if wild == 4:
        return Row.FOUR_DEUCES
    ranks = set(natural)
    straight = len(ranks) == len(natural) and any(ranks <= run for run in RUNS)
    if flush and straight:
        return _straight_flush(ranks, wild)
    alike = max(map(natural.count, ranks)) + wild
    if alike >= 4:
        return Row.FOUR_OF_A_KIND if alike == 4 else Row.FIVE_OF_A_KIND
    if len(ranks) == 2:
        return Row.FULL_HOUSE
    if flush:
        return Row.FLUSH
    if straight:
        return Row.STRAIGHT
    if alike == 3:
        return Row.THREE_OF_A_KIND
    if len(ranks) == 3:
        return Row.TWO_PAIR
    paired = any(natural.count(rank) + wild == 2 for rank in pairs if rank in ranks)
    return Row.HIGH_PAIR if paired else Row.NOTHING


def _straight_flush(ranks: set[int], wild: int) -> Row:
    if not ranks <= ROYAL:
        return Row.STRAIGHT_FLUSH
    return Row.WILD_ROYAL_FLUSH if wild else Row.ROYAL_FLUSH


def hand_row(deck: Deck, cards: Sequence[int], pairs: Collection[int]) -> Row:
    """Return the best that five faces make."""
    suits = {deck.suit(face) for face in cards} - {ANY_SUIT}
    return row_of([deck.slot(face) for face in cards], flush=len(suits) == 1, pairs=pairs)
