"""Tests of `games.analysis.payout_law`."""

from __future__ import annotations

from fractions import Fraction

from games.analysis.payout_law import PayoutLaw

HALF = Fraction(1, 2)


def test_the_classes_are_told() -> None:
    """How many results have their own class, and from where on they have not."""
    whole = PayoutLaw(((Fraction(-1), HALF), (Fraction(1), HALF)))
    cut = PayoutLaw(((Fraction(-1), HALF),), Fraction(1_499), HALF)

    assert whole.classes == "2 net results, which are all that there are"
    assert cut.classes == (
        "each of the 1 net results up to 1,499 initial stakes, and all higher ones as one"
    )
