"""The cards and guesses of hi-lo: which ranks a guess wins on, and what it multiplies by.

Ranks are 0 to 12, ace low and king high. A guess wins on a card of the same rank as well, but on an
ace `higher` and on a king `lower` wins on another rank only, so that no guess is certain.
"""

from __future__ import annotations

import enum
from fractions import Fraction
from typing import Final

RANKS: Final = 13
RANK_NAMES: Final = ("A", "2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K")
_KING: Final = RANKS - 1


class Action(enum.Enum):
    """What a player can decide."""

    HIGHER = "higher"
    LOWER = "lower"
    SKIP = "skip"
    CASH_OUT = "cash-out"


GUESSES: Final = (Action.HIGHER, Action.LOWER)


def winning_ranks(guess: Action, rank: int) -> range:
    """Return the ranks that a guess on a card of this rank wins on."""
    if guess is Action.HIGHER:
        return range(1 if rank == 0 else rank, RANKS)
    assert guess is Action.LOWER, "a skip and a cash-out win nothing"
    return range(_KING if rank == _KING else rank + 1)


FACTORS: Final = {
    guess: tuple(Fraction(RANKS, len(winning_ranks(guess, rank))) for rank in range(RANKS))
    for guess in GUESSES
}
"""What a right guess multiplies by, by the rank of the card on the table."""
SMALLEST_FACTOR: Final = min(min(factors) for factors in FACTORS.values())
"""What the likeliest guess multiplies by: 13/12."""


def likelier(rank: int) -> Action:
    """Return the guess that more ranks win on, `higher` on a seven."""
    return Action.HIGHER if 2 * rank < RANKS else Action.LOWER


def label(guess: Action, rank: int) -> str:
    """Return a guess in words."""
    if guess is Action.HIGHER:
        return "Higher" if rank == 0 else "Higher or same" if rank < _KING else "Same"
    return "Lower" if rank == _KING else "Lower or same" if rank > 0 else "Same"
