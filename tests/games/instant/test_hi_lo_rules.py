"""Tests of games.instant.hi_lo_rules."""

from __future__ import annotations

from fractions import Fraction

import pytest

from games.instant.hi_lo_rules import (
    FACTORS,
    GUESSES,
    RANK_NAMES,
    SMALLEST_FACTOR,
    Action,
    label,
    likelier,
    winning_ranks,
)

WAYS = {
    "A": (12, 1, "Higher", "Same"),
    "2": (12, 2, "Higher or same", "Lower or same"),
    "3": (11, 3, "Higher or same", "Lower or same"),
    "4": (10, 4, "Higher or same", "Lower or same"),
    "5": (9, 5, "Higher or same", "Lower or same"),
    "6": (8, 6, "Higher or same", "Lower or same"),
    "7": (7, 7, "Higher or same", "Lower or same"),
    "8": (6, 8, "Higher or same", "Lower or same"),
    "9": (5, 9, "Higher or same", "Lower or same"),
    "10": (4, 10, "Higher or same", "Lower or same"),
    "J": (3, 11, "Higher or same", "Lower or same"),
    "Q": (2, 12, "Higher or same", "Lower or same"),
    "K": (1, 12, "Same", "Lower"),
}
"""Of each rank how many of the 13 win `higher` and `lower`, and what these are called."""


def test_every_guess_on_every_rank() -> None:
    """Ways, odds and words, cell by cell."""
    assert tuple(WAYS) == RANK_NAMES
    for rank, (higher, lower, up, down) in enumerate(WAYS.values()):
        assert [len(winning_ranks(guess, rank)) for guess in GUESSES] == [higher, lower]
        assert FACTORS[Action.HIGHER][rank] == Fraction(13, higher)
        assert FACTORS[Action.LOWER][rank] == Fraction(13, lower)
        assert (label(Action.HIGHER, rank), label(Action.LOWER, rank)) == (up, down)
    assert Fraction(13, 12) == SMALLEST_FACTOR


def test_winning_ranks_are_on_the_right_side() -> None:
    """All 13 by 13 pairs: the same rank wins both but where the guess would be certain."""
    for rank in range(13):
        for drawn in range(13):
            higher = drawn > rank or (drawn == rank != 0)
            lower = drawn < rank or (drawn == rank != 12)
            assert (drawn in winning_ranks(Action.HIGHER, rank)) == higher
            assert (drawn in winning_ranks(Action.LOWER, rank)) == lower


def test_a_skip_wins_nothing() -> None:
    """Asking for what it wins on is a mistake."""
    with pytest.raises(AssertionError):
        winning_ranks(Action.SKIP, 5)


def test_the_likelier_guess() -> None:
    """Higher up to a seven, lower from an eight on."""
    assert [likelier(rank) for rank in range(13)] == [Action.HIGHER] * 7 + [Action.LOWER] * 6
    for rank in range(13):
        assert len(winning_ranks(likelier(rank), rank)) >= 7
