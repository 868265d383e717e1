"""Tests that count how often outcomes, and groups of outcomes, come up.

Sources: D. E. Knuth, The Art of Computer Programming 2, section 3.3.2 (tests A, B, D and I, and the
collision test); I. J. Good 1953 for overlapping groups. Each returns None for a series too short.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

from games.analysis.randomness.distributions import (
    binomial_chance,
    chi_square,
)
from games.analysis.randomness.sequences import LEAST, Finding, Series, compared, fitted, reduced

_MOST_CELLS: Final = 4_096
_HAND: Final = 5
_BALLS: Final = 64
_LEAST_URNS: Final = 512
_PARTS: Final = 5


def frequency(series: Series) -> Finding | None:
    """Total distribution: each outcome comes equally often. Many outcomes are counted in ranges."""
    count, size = len(series.values), series.size
    cells = min(size, int(count / LEAST), _MOST_CELLS)
    if cells < 2:
        return None
    if cells == size:
        counts = Counter(series.values)
        expected = [count / size] * size
    else:
        counts = Counter(value * cells // size for value in series.values)
        # value * cells // size == cell holds for whole values from ceil(cell * size / cells) on.
        starts = [-(-cell * size // cells) for cell in range(cells + 1)]
        expected = [count * (end - start) / size for start, end in itertools.pairwise(starts)]
    return compared("frequency", [counts[cell] for cell in range(cells)], expected)


def serial(series: Series) -> Finding | None:
    """Pairs that follow each other without overlap: each pair is equally likely."""
    largest = min(64, math.isqrt(int(len(series.values) / 2 / LEAST)))
    if largest < 2:
        return None
    pairs = reduced(series, largest)
    size, values = pairs.size, pairs.values
    counts = Counter(zip(values[::2], values[1::2], strict=False))
    observed = [counts[one, other] for one in range(size) for other in range(size)]
    return compared("serial", observed, [sum(observed) / size**2] * size**2)


def overlapping_statistic(values: Sequence[int], size: int, length: int) -> float:
    """Return ψ² of overlapping groups, the series closed to a circle (SP 800-22, 2.11)."""
    if length == 0:
        return 0.0
    count = len(values)
    closed = [*values, *values[: length - 1]]
    groups = Counter(zip(*(closed[start : start + count] for start in range(length)), strict=True))
    squares = sum(number * number for number in groups.values())
    return float(size**length) / count * squares - count


def overlaps(series: Series) -> Finding | None:
    """Overlapping groups of three: ψ²₃ - ψ²₂ is chi-square (Good)."""
    largest = min(16, int((len(series.values) / LEAST) ** (1 / 3)))
    if largest < 2:
        return None
    groups = reduced(series, largest)
    size, values = groups.size, groups.values
    if len(values) < size**3:
        return None  # of a stuck series most is left out where symbols are joined
    statistic = overlapping_statistic(values, size, 3) - overlapping_statistic(values, size, 2)
    freedom = size**3 - size**2
    return fitted("overlaps", statistic, freedom, len(values))


def poker_law(size: int, hand: int) -> list[float]:
    """Return the chance of exactly 1, 2, … `hand` different outcomes in a hand.

    S(hand, r) size! / (size - r)! / size^hand, S being Stirling numbers of the second kind.
    """
    stirling = [1] + [0] * hand
    for _ in range(hand):
        stirling = [r * stirling[r] + (stirling[r - 1] if r else 0) for r in range(hand + 1)]
    return [stirling[r] * math.perm(size, r) / size**hand for r in range(1, hand + 1)]


def poker(series: Series) -> Finding | None:
    """How many different outcomes are among five."""
    hands = reduced(series, 10)
    values = hands.values
    number = len(values) // _HAND
    counts = Counter(
        len(set(values[start : start + _HAND])) for start in range(0, number * _HAND, _HAND)
    )
    law = poker_law(hands.size, _HAND)
    observed = [counts[different] for different in range(1, _HAND + 1)]
    return compared("poker", observed, [number * chance for chance in law])


def collision_law(balls: int, urns: int) -> list[float]:
    """Return the chance of 0, 1, … collisions when balls are thrown into urns.

    A collision is a ball that falls into an urn that is not empty.
    """
    occupied = [1.0]  # chance of so many urns being occupied
    for _ in range(balls):
        longer = [0.0] * (len(occupied) + 1)
        for number, chance in enumerate(occupied):
            longer[number] += chance * number / urns
            longer[number + 1] += chance * (urns - number) / urns
        occupied = longer
    return [occupied[balls - collisions] for collisions in range(balls)]


def duplicates(series: Series) -> Finding | None:
    """How many of 64 groups have been there before: Knuth's collision test, repeated."""
    groups = reduced(series, 32)
    size, values = groups.size, groups.values
    length = 1
    while size**length < _LEAST_URNS:
        length += 1
    tuples = list(zip(*(values[start::length] for start in range(length)), strict=False))
    throws = len(tuples) // _BALLS
    if throws < 2 * LEAST:
        return None
    counts = Counter(
        _BALLS - len(set(tuples[start : start + _BALLS]))
        for start in range(0, throws * _BALLS, _BALLS)
    )
    law = collision_law(_BALLS, size**length)
    observed = [counts[collisions] for collisions in range(len(law))]
    return compared("duplicates", observed, [throws * chance for chance in law])


def poisson(series: Series) -> Finding | None:
    """How often the first outcome comes in a window of twice as many as there are outcomes.

    The exact law is binomial; for many outcomes it is Poisson's with mean 2.
    """
    windows = reduced(series, 16)
    size, values = windows.size, windows.values
    width = 2 * size
    number = len(values) // width
    counts = Counter(
        list(values[start : start + width]).count(0) for start in range(0, number * width, width)
    )
    law = [binomial_chance(times, width, 1 / size) for times in range(width + 1)]
    observed = [counts[times] for times in range(width + 1)]
    return compared("Poisson", observed, [number * chance for chance in law])


def subsequences(series: Series) -> Finding | None:
    """Every fifth outcome, from each of the first five on: each part is uniform by itself."""
    largest = min(64, int(len(series.values) / _PARTS / LEAST))
    if largest < 2:
        return None
    whole = reduced(series, largest)
    size = whole.size
    if len(whole.values) < _PARTS * size:
        return None  # of a stuck series most is left out where symbols are joined
    statistic = 0.0
    for start in range(_PARTS):
        part = whole.values[start::_PARTS]
        counts = Counter(part)
        observed = [counts[value] for value in range(size)]
        statistic += chi_square(observed, [len(part) / size] * size)
    freedom = _PARTS * (size - 1)
    return fitted("subsequences", statistic, freedom, len(whole.values))


def adjacency(series: Series) -> Finding | None:
    """How far the second of a pair lies from the first, counted in a circle."""
    largest = min(64, int(len(series.values) / 2 / LEAST))
    if largest < 2:
        return None
    pairs = reduced(series, largest)
    size, values = pairs.size, pairs.values
    counts = Counter(
        (other - one) % size for one, other in zip(values[::2], values[1::2], strict=False)
    )
    observed = [counts[distance] for distance in range(size)]
    return compared("adjacency", observed, [sum(observed) / size] * size)
