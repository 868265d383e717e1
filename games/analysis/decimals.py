"""Fractions written as decimals, by integer arithmetic, so that every digit shown is right."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

from games.game import PublishedReturn

DIGITS: Final = 15
"""Decimal places that a document shows."""
_MAXIMUM_EXACT_DIGITS: Final = 4_000
"""Python refuses to read integers above 4,300 digits; a longer fraction helps nobody."""


def decimal(value: Fraction, places: int = DIGITS) -> str:
    """Return the value rounded half to even to that many decimal places."""
    scaled = round(value * 10**places)
    sign = "-" if scaled < 0 else ""
    whole, part = divmod(abs(scaled), 10**places)
    return f"{sign}{whole}.{part:0{places}}" if places else f"{sign}{whole}"


def square_root(value: Fraction, places: int = DIGITS) -> str:
    """Return the square root, rounded down to that many decimal places."""
    scaled = math.isqrt(value.numerator * 10 ** (2 * places) // value.denominator)
    return decimal(Fraction(scaled, 10**places), places)


def exact(value: Fraction) -> str | None:
    """Return `n/d`, or None where it has too many digits to be read back."""
    if value.denominator > 10**_MAXIMUM_EXACT_DIGITS:
        return None
    return f"{value.numerator}/{value.denominator}"


def published(value: Fraction, basis: str) -> PublishedReturn:
    """Return a return as a description states it."""
    return PublishedReturn(exact=exact(value), decimal=decimal(value), basis=basis)
