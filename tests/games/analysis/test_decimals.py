"""Fractions as decimals."""

from __future__ import annotations

from fractions import Fraction

import pytest

from games.analysis.decimals import decimal, exact, published, square_root


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Fraction(36, 37), 15, "0.972972972972973"),
        (Fraction(-1, 3), 4, "-0.3333"),
        (Fraction(-1, 10**9), 4, "0.0000"),
        (Fraction(5, 2), 0, "2"),
        (Fraction(1), 3, "1.000"),
        (Fraction(199_999, 100_000), 2, "2.00"),
        (Fraction(1, 400), 2, "0.00"),
        (Fraction(3, 400), 2, "0.01"),
    ],
)
def test_decimals_are_rounded_rightly(value: Fraction, places: int, text: str) -> None:
    """Every digit shown is right, whatever the size of the fraction."""
    assert decimal(value, places) == text


def test_square_root() -> None:
    """The root is exact in every digit shown, rounded down."""
    assert square_root(Fraction(2), 20) == "1.41421356237309504880"
    assert square_root(Fraction(9, 4), 3) == "1.500"
    assert square_root(Fraction(0), 3) == "0.000"


def test_exact_is_a_fraction_with_both_parts() -> None:
    """Whole numbers have a denominator too; what cannot be read back is left out."""
    assert exact(Fraction(36, 37)) == "36/37"
    assert exact(Fraction(1)) == "1/1"
    assert exact(Fraction(1, 10**5_000)) is None


def test_published() -> None:
    """A description states fraction, decimal and basis."""
    stated = published(Fraction(1, 4), "by hand")

    assert (stated.exact, stated.decimal, stated.basis) == ("1/4", "0.250000000000000", "by hand")
