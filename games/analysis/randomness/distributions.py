"""Tail probabilities of the distributions that the tests refer to, in pure Python."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

_PRECISION: Final = 1e-16
_TINY: Final = 1e-300
_MAXIMUM_STEPS: Final = 100_000


def upper_gamma(shape: float, x: float) -> float:
    """Return the regularised upper incomplete gamma function Q(shape, x), `igamc` of SP 800-22.

    By its series below shape + 1 and by a continued fraction (Lentz) above; to about 1e-13. Raises
    ValueError for a shape that is not positive or a negative x.
    """
    if shape <= 0 or x < 0:
        raise ValueError(f"Q({shape}, {x}) is not defined")
    if x == 0:
        return 1.0
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:
        term = total = 1 / shape
        for step in range(1, _MAXIMUM_STEPS):
            term *= x / (shape + step)
            total += term
            if term < total * _PRECISION:
                break
        return max(0.0, 1 - front * total)
    b = x + 1 - shape
    c = 1 / _TINY
    d = 1 / b
    fraction = d
    for step in range(1, _MAXIMUM_STEPS):
        a = step * (shape - step)
        b += 2
        d = 1 / _off_zero(a * d + b)
        c = _off_zero(b + a / c)
        change = d * c
        fraction *= change
        if abs(change - 1) < _PRECISION:
            break
    return min(1.0, front * fraction)


def _off_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def chi_square_tail(statistic: float, freedom: float) -> float:
    """Return the chance that chi-square with that many degrees of freedom is at least this."""
    return upper_gamma(freedom / 2, statistic / 2)


def normal_below(z: float) -> float:
    """Return the chance that a standard normal value lies below `z`."""
    return math.erfc(-z / math.sqrt(2)) / 2


def normal_two_sided(z: float) -> float:
    """Return the chance that a standard normal value is at least as far from 0 as `z`."""
    return math.erfc(abs(z) / math.sqrt(2))


def two_sided(tail: float) -> float:
    """Return the chance of being as far out at either end, from the chance of one tail.

    A fit that is too good to be true is as suspect as one that is too bad (Knuth, 3.3.1).
    """
    return min(1.0, 2 * min(tail, 1 - tail))


def binomial_tail(successes: int, trials: int, chance: float) -> float:
    """Return the chance of at least so many successes."""
    if successes <= 0:
        return 1.0
    total = 0.0
    for number in range(successes, trials + 1):
        term = binomial_chance(number, trials, chance)
        total += term
        if number > trials * chance and term < total * _PRECISION:
            break
    return min(1.0, total)


def binomial_chance(successes: int, trials: int, chance: float) -> float:
    """Return the chance of exactly so many successes; 0 < chance < 1."""
    logarithm = (
        math.lgamma(trials + 1)
        - math.lgamma(successes + 1)
        - math.lgamma(trials - successes + 1)
        + successes * math.log(chance)
        + (trials - successes) * math.log1p(-chance)
    )
    return math.exp(logarithm)


def kolmogorov_distance(values: Sequence[float]) -> float:
    """Return how far the distribution of values is from uniform between 0 and 1 at most."""
    count = len(values)
    return max(
        max((index + 1) / count - value, value - index / count)
        for index, value in enumerate(sorted(values))
    )


def kolmogorov_tail(distance: float, count: int) -> float:
    """Return the chance of so great a distance or more by that many values (Kolmogorov-Smirnov).

    By the limit law with Stephens's correction for finite numbers, good from about 10 values on.
    """
    root = math.sqrt(count)
    scaled = (root + 0.12 + 0.11 / root) * distance
    if scaled < 0.2:  # the series does not converge there; the chance differs from 1 by 1e-11
        return 1.0
    total = sum(
        (-1.0) ** (term - 1) * math.exp(-2 * (term * scaled) ** 2) for term in range(1, 101)
    )
    return min(1.0, max(0.0, 2 * total))


def chi_square(observed: Sequence[int], expected: Sequence[float]) -> float:
    """Return Pearson's statistic."""
    return sum((seen - mean) ** 2 / mean for seen, mean in zip(observed, expected, strict=True))


def merged(
    observed: Sequence[int], expected: Sequence[float], least: float
) -> tuple[list[int], list[float]]:
    """Join neighbouring cells until each expects at least `least`, the rest into the last one."""
    cells: list[int] = []
    means: list[float] = []
    seen, mean = 0, 0.0
    for count, share in zip(observed, expected, strict=True):
        seen += count
        mean += share
        if mean >= least:
            cells.append(seen)
            means.append(mean)
            seen, mean = 0, 0.0
    if (mean or seen) and cells:
        cells[-1] += seen
        means[-1] += mean
    elif mean or seen:
        cells, means = [seen], [mean]
    return cells, means


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's adjusted p-values, in the order given.

    Rejecting what is below a level rejects any true hypothesis with at most that chance, however
    the tests depend on each other (Holm 1979).
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted
