"""The chi-square test of counts against a law, with its probability computed here.

Pearson's statistic over bins whose expected count is at least five, the usual rule (Cochran 1954);
bins below it are merged with their neighbours. The probability of a larger statistic is the upper
incomplete gamma function Q(k/2, x/2), by its series below k/2 + 1 and by its continued fraction
above (Abramowitz and Stegun 6.5.29 and 6.5.31).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

EXPECTED_MIN: Final = 5
"""The least expected count of a bin."""
_PRECISION: Final = 1e-16
_TINY: Final = 1e-300
_TERMS: Final = 100_000


class Bin(NamedTuple):
    """Neighbouring outcomes counted together."""

    low: Fraction
    high: Fraction | None
    """Lowest and highest outcome of the bin; the latter None for one that is open above."""
    probability: Fraction
    expected: float
    observed: int


class ChiSquare(NamedTuple):
    """A test and its bins."""

    statistic: float
    degrees: int
    """Degrees of freedom: bins less one."""
    p: float
    """Probability of a statistic at least as large if the law holds."""
    bins: tuple[Bin, ...]
    impossible: int
    """Observations that the law gives no probability at all; any makes `p` zero."""


class Tail(NamedTuple):
    """All outcomes above one, which a law does not tell apart."""

    above: Fraction
    probability: Fraction


def chi_square(
    counts: Mapping[Fraction, int],
    law: Sequence[tuple[Fraction, Fraction]],
    tail: Tail | None = None,
) -> ChiSquare:
    """Test counts of outcomes against a law of (outcome, probability), ascending in the outcome.

    With a tail, all outcomes above it are one class after the last outcome of the law. Raises
    ValueError for a law whose probabilities, with that of the tail, do not add up to 1.
    """
    if sum(probability for _, probability in law) + (tail.probability if tail else 0) != 1:
        raise ValueError("the probabilities of a law add up to 1")
    total = sum(counts.values())
    cells = [
        Bin(outcome, outcome, probability, float(total * probability), counts.get(outcome, 0))
        for outcome, probability in law
    ]
    if tail is not None:
        seen = sum(count for outcome, count in counts.items() if outcome > tail.above)
        expected = float(total * tail.probability)
        cells.append(Bin(tail.above, None, tail.probability, expected, seen))
    bins = _merged(cells)
    impossible = total - sum(each.observed for each in bins)
    statistic = math.fsum((each.observed - each.expected) ** 2 / each.expected for each in bins)
    degrees = len(bins) - 1
    p = survival(statistic, degrees) if degrees > 0 else 1.0
    return ChiSquare(statistic, degrees, 0.0 if impossible else p, bins, impossible)


def _merged(cells: Sequence[Bin]) -> tuple[Bin, ...]:
    bins: list[Bin] = []
    open_bin: Bin | None = None
    for one in cells:
        if not one.probability:
            continue
        open_bin = one if open_bin is None else _joined(open_bin, one)
        if open_bin.expected >= EXPECTED_MIN:
            bins.append(open_bin)
            open_bin = None
    if open_bin is not None:  # what is left of the tail goes to the last bin
        bins.append(open_bin if not bins else _joined(bins.pop(), open_bin))
    return tuple(bins)


def _joined(low: Bin, high: Bin) -> Bin:
    return Bin(
        low.low,
        high.high,
        low.probability + high.probability,
        low.expected + high.expected,
        low.observed + high.observed,
    )


def survival(statistic: float, degrees: int) -> float:
    """Return the probability that a chi-square variable exceeds `statistic`.

    Good to nine digits for up to a million degrees of freedom. Raises ValueError for no
    degrees of freedom or a statistic below zero.
    """
    if degrees < 1 or not statistic >= 0:
        raise ValueError("chi-square needs a degree of freedom and a statistic from 0")
    shape, x = degrees / 2, statistic / 2
    if x == 0:
        return 1.0
    if math.isinf(x):
        return 0.0
    scale = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:
        return max(0.0, 1.0 - scale * _series(shape, x))
    return min(1.0, scale * _fraction(shape, x))


def _series(shape: float, x: float) -> float:
    """Return the lower gamma function over (x^a e^-x)."""
    term = total = 1.0 / shape
    for index in range(1, _TERMS):
        term *= x / (shape + index)
        total += term
        if term < total * _PRECISION:
            break
    return total


def _fraction(shape: float, x: float) -> float:
    """Return the upper gamma function over (x^a e^-x), by Lentz's method."""
    b = x + 1 - shape
    c = 1 / _TINY
    d = 1 / b
    value = d
    for index in range(1, _TERMS):
        a = -index * (index - shape)
        b += 2
        d = 1 / (a * d + b or _TINY)
        c = b + a / c or _TINY
        step = c * d
        value *= step
        if abs(step - 1) < _PRECISION:
            break
    return value
