"""The rules that blackjack tables differ in, as one value.

The defaults are those of the game named `blackjack`: six decks, dealer stands on soft 17 and peeks,
double on any two cards and after a split, split to four hands, split aces take one card each, no
surrender, insurance, 3 to 2 for a blackjack.
"""

from __future__ import annotations

import enum
import math
from typing import Final

import msgspec

MAXIMUM_DECKS: Final = 8
MAXIMUM_SPLIT_HANDS: Final = 4
"""More hands than this come of no pair under any rules here."""


class DoubleOn(enum.Enum):
    """Which first two cards may be doubled."""

    ANY_TWO = "any two cards"
    NINE_TO_ELEVEN = "hard 9, 10 and 11"
    TEN_AND_ELEVEN = "hard 10 and 11"

    def allows(self, total: int, *, soft: bool) -> bool:
        """Tell whether two cards of this total may be doubled."""
        if self is DoubleOn.ANY_TWO:
            return True
        lowest = 9 if self is DoubleOn.NINE_TO_ELEVEN else 10
        return not soft and lowest <= total <= 11


class Natural(enum.Enum):
    """What a blackjack wins, as text for reading; `ratio` for reckoning."""

    THREE_TO_TWO = "3 to 2"
    SIX_TO_FIVE = "6 to 5"

    @property
    def ratio(self) -> tuple[int, int]:
        """Return (won, for each staked)."""
        return (3, 2) if self is Natural.THREE_TO_TWO else (6, 5)


class Rules(msgspec.Struct, frozen=True):
    """One choice of rules. Raises ValueError for a choice that cannot be played."""

    decks: int | None = 6
    """1 to 8, a full and fresh shoe each round; None for an infinite deck, dealt with return."""
    hits_soft_17: bool = False
    """Whether the dealer draws on soft 17."""
    peek: bool = True
    """The dealer has a hole card and looks at it under an ace or a ten. Without, the dealer takes
    the second card after the players (European, no hole card): doubles and splits lose whole to a
    dealer's blackjack."""
    natural: Natural = Natural.THREE_TO_TWO
    double_on: DoubleOn = DoubleOn.ANY_TWO
    double_after_split: bool = True
    maximum_hands: int = 4
    """A pair may be split, and split again, up to this many hands: 1 (no split) to 4."""
    resplit_aces: bool = False
    hit_split_aces: bool = False
    """Whether split aces are played on like other hands; else each takes one card and stands."""
    surrender: bool = False
    """Late: half the stake comes back for the first two cards, unless the dealer has blackjack."""
    insurance: bool = True

    def __post_init__(self) -> None:
        if self.decks is not None and not 1 <= self.decks <= MAXIMUM_DECKS:
            raise ValueError(f"a shoe has 1 to {MAXIMUM_DECKS} decks, not {self.decks}")
        if not 1 <= self.maximum_hands <= MAXIMUM_SPLIT_HANDS:
            raise ValueError(f"a seat has 1 to {MAXIMUM_SPLIT_HANDS} hands")

    @property
    def stake_multiple(self) -> int:
        """Stakes are multiples of this many minor units, so that every payout is whole."""
        multiple = self.natural.ratio[1]
        return math.lcm(multiple, 2) if self.insurance or self.surrender else multiple


STANDARD: Final = Rules()
"""The rules of the game named `blackjack`."""
