"""Moments from a list of outcomes."""

from __future__ import annotations

from fractions import Fraction

import pytest

from games.analysis.outcomes import bet_return


def test_moments_are_exact() -> None:
    """Ties count as outcomes; a payout of the stake is a hit, nothing is not."""
    entry = bet_return("x", [(3, 0), (2, 1), (1, Fraction(5, 2))], "by hand")

    assert entry.expected == Fraction(3, 4)
    assert entry.hit_frequency == Fraction(1, 2)
    assert entry.variance == Fraction(2 + Fraction(25, 4), 6) - Fraction(9, 16)
    assert (entry.bet, entry.note) == ("x", "by hand")


def test_a_bet_without_outcomes_is_a_fault() -> None:
    """Nothing can be said about it."""
    with pytest.raises(ValueError, match="x has no outcomes"):
        bet_return("x", [], "")
