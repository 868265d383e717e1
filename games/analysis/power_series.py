"""Products of long laws: power series with whole coefficients, cut off at a length.

A law of amounts is a polynomial whose coefficient at x^k says in how many ways k is paid; the law
of a sum of independent amounts is the product. With its coefficients written side by side in as
many digits as the largest can need, a polynomial is one long decimal number, and one product of
numbers is the product of the polynomials (Kronecker 1882). `decimal` multiplies long numbers by a
number theoretic transform in time n log n, exactly; `int` takes n^1.58.
"""

from __future__ import annotations

import decimal
from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Series(NamedTuple):
    """The first coefficients of a power series, none of them below zero."""

    digits: str
    """Highest power first, `width` digits each."""
    width: int
    total: int
    """All coefficients together, those cut off too, are not above this."""

    @property
    def length(self) -> int:
        """How many coefficients are kept."""
        return len(self.digits) // self.width

    @property
    def blanks(self) -> int:
        """How many of the lowest coefficients are zero."""
        return (len(self.digits) - len(self.digits.rstrip("0"))) // self.width

    def stretched(self, times: int, length: int) -> Series:
        """Return the series in x^times, cut off at a length or filled up with zeros."""
        blank = "0" * (self.width * (times - 1))
        cells = [
            self.digits[place : place + self.width]
            for place in range(0, len(self.digits), self.width)
        ]
        digits = blank.join(cells).zfill(length * self.width)
        return self._replace(digits=digits[len(digits) - length * self.width :])

    def coefficients(self) -> dict[int, int]:
        """Return the coefficients that are not zero by their power, ascending."""
        width, end = self.width, len(self.digits)
        blank = "0" * width
        found = {}
        for power in range(self.length):
            cell = self.digits[end - (power + 1) * width : end - power * width]
            if cell != blank:
                found[power] = int(cell)
        return found


def series(coefficients: Mapping[int, int], length: int) -> Series:
    """Return a series; powers from `length` on are cut off."""
    total = sum(coefficients.values())
    width = len(str(total))
    cells = ["0" * width] * length
    for power, coefficient in coefficients.items():
        if power < length:
            cells[length - 1 - power] = str(coefficient).zfill(width)
    return Series("".join(cells), width, total)


def product(first: Series, second: Series) -> Series:
    """Return the product, as long as the factors, which are equally long."""
    length = first.length
    assert second.length == length
    total = first.total * second.total
    width = len(str(total))
    low, other_low = first.blanks, second.blanks
    kept = length - low - other_low
    if kept <= 0:
        return Series("0" * (length * width), width, total)
    one = decimal.Decimal(_spread(first, low, kept, width))
    other = decimal.Decimal(_spread(second, other_low, kept, width))
    cut = unpacked(exactly(2 * kept * width).multiply(one, other), width, kept, total)
    return cut._replace(digits=cut.digits + "0" * ((low + other_low) * width))


def weighted_sum(terms: Iterable[tuple[int, Series]]) -> Series:
    """Return the sum of series of one length, each times a whole number from 1."""
    chosen = list(terms)
    length = chosen[0][1].length
    total = sum(factor * term.total for factor, term in chosen)
    width = len(str(total))
    context = exactly(length * width)
    found = decimal.Decimal(0)
    for factor, term in chosen:
        assert term.length == length
        found = context.fma(packed(term, width), decimal.Decimal(factor), found)
    return unpacked(found, width, length, total)


def packed(one: Series, width: int) -> decimal.Decimal:
    """Return a series as a number, with `width` digits for each coefficient.

    Sums and products of such numbers are those of the series as long as none of their coefficients
    has more digits.
    """
    return decimal.Decimal(_spread(one, 0, one.length, width))


def unpacked(number: decimal.Decimal, width: int, length: int, total: int) -> Series:
    """Return the series of a packed number, cut off at a length."""
    digits = str(number).zfill(length * width)
    return Series(digits[len(digits) - length * width :], width, total)


def exactly(digits: int) -> decimal.Context:
    """Return a context in which whole numbers of so many digits are exact, or else raise."""
    return decimal.Context(
        prec=digits,
        Emax=decimal.MAX_EMAX,
        Emin=0,
        traps=[decimal.Inexact, decimal.InvalidOperation],
    )


def _spread(one: Series, low: int, kept: int, width: int) -> str:
    """Return the digits of some coefficients, from the power `low` on, with `width` digits each."""
    end = len(one.digits) - low * one.width
    start = end - kept * one.width
    if width == one.width:
        return one.digits[start:end]
    blank = "0" * (width - one.width)
    cells = [one.digits[place : place + one.width] for place in range(start, end, one.width)]
    return blank + blank.join(cells)
