"""Tests of the order in which outcomes come: gaps, runs, permutations, complete sets, maxima.

Sources: D. E. Knuth, The Art of Computer Programming 2, section 3.3.2 (tests C to H), with the laws
made exact for outcomes that can tie. Each returns None for a series too short.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import Final

from games.analysis.randomness.distributions import kolmogorov_distance, kolmogorov_tail
from games.analysis.randomness.sequences import (
    LEAST,
    Finding,
    Series,
    compared,
    normal,
    reduced,
)

_RESOLUTION: Final = 1 << 20
_MAXIMUM_OF: Final = 5


def gap_law(chance: float, longest: int) -> list[float]:
    """Return the chance of a gap of 0, 1, … `longest` - 1 outcomes, and of a longer one."""
    law = [chance * (1 - chance) ** length for length in range(longest)]
    return [*law, (1 - chance) ** longest]


def gaps(series: Series) -> Finding | None:
    """How many outcomes lie between two of the lowest quarter."""
    symbols = reduced(series, 12)
    marked = max(1, symbols.size // 4)
    lengths = []
    length: int | None = None  # until the first marked outcome no gap has begun
    for value in symbols.values:
        if value < marked:
            if length is not None:
                lengths.append(length)
            length = 0
        elif length is not None:
            length += 1
    chance = marked / symbols.size
    longest = _useful(1 - chance, len(lengths))
    counts = Counter(min(length, longest) for length in lengths)
    observed = [counts[length] for length in range(longest + 1)]
    return compared("gap", observed, [len(lengths) * share for share in gap_law(chance, longest)])


def _useful(ratio: float, number: int) -> int:
    """Return from which length on a geometric law is counted as one cell."""
    if number < LEAST:
        return 1
    return max(1, int(math.log(LEAST / number) / math.log(ratio)))


def coupon_law(size: int, longest: int) -> list[float]:
    """Return the chance that a complete set takes `size`, … `longest` outcomes, or more."""
    complete = []
    for length in range(size - 1, longest + 1):
        ways = sum(
            (-1) ** missing * math.comb(size, missing) * (size - missing) ** length
            for missing in range(size)
        )
        complete.append(ways / size**length if length >= size else 0.0)
    law = [later - earlier for earlier, later in itertools.pairwise(complete)]
    return [*law, 1 - complete[-1]]


def coupons(series: Series) -> Finding | None:
    """Coupon collector: how many outcomes it takes until each has come."""
    symbols = reduced(series, 6)
    size = symbols.size
    lengths = []
    seen: set[int] = set()
    length = 0
    for value in symbols.values:
        length += 1
        seen.add(value)
        if len(seen) == size:
            lengths.append(length)
            seen.clear()
            length = 0
    longest = 8 * size
    counts = Counter(min(length, longest + 1) for length in lengths)
    observed = [counts[length] for length in range(size, longest + 2)]
    law = coupon_law(size, longest)
    return compared("coupon collector", observed, [len(lengths) * chance for chance in law])


def run_law(size: int, longest: int) -> list[float]:
    """Return the chance of a rising run of 1, … `longest` - 1 outcomes, and of more.

    A run of at least r has r rising values: C(size, r) of size^r.
    """
    reach = [math.comb(size, length) / size**length for length in range(1, longest + 1)]
    return [*(here - beyond for here, beyond in itertools.pairwise(reach)), reach[-1]]


def runs_up(series: Series) -> Finding | None:
    """Lengths of rising runs; the outcome that ends a run is left out, so runs are independent."""
    symbols = reduced(series, 1_024)
    lengths = []
    length, last = 0, -1
    for value in symbols.values:
        if value > last:
            length += 1
            last = value
        else:
            lengths.append(length)
            length, last = 0, -1
    longest = min(symbols.size, 8)
    counts = Counter(min(length, longest) for length in lengths)
    observed = [counts[length] for length in range(1, longest + 1)]
    law = run_law(symbols.size, longest)
    return compared("runs up", observed, [len(lengths) * chance for chance in law])


def runs_about_middle(series: Series) -> Finding | None:
    """How often the series changes between its lower and its upper half."""
    halves = reduced(series, 2).values
    places = len(halves) - 1
    if places < 4 * LEAST:
        return None
    changes = sum(one != other for one, other in itertools.pairwise(halves))
    return normal("runs", (2 * changes - places) / math.sqrt(places), places)


def permutations(series: Series) -> Finding | None:
    """In which order four (or three, of a short series) outcomes stand; ties are left out."""
    symbols = reduced(series, 1_024)
    length = 4 if len(symbols.values) >= 4 * 24 * 3 * LEAST else 3
    if symbols.size < length:
        return None
    counts: Counter[tuple[int, ...]] = Counter()
    columns = (symbols.values[start::length] for start in range(length))
    for group in zip(*columns, strict=False):
        if len(set(group)) == length:
            counts[tuple(sorted(range(length), key=group.__getitem__))] += 1
    orders = list(itertools.permutations(range(length)))
    share = counts.total() / len(orders)
    return compared("permutation", [counts[order] for order in orders], [share] * len(orders))


def order_statistic(series: Series) -> Finding | None:
    """The highest of five outcomes is at most v with a chance of ((v + 1) / size)^5."""
    symbols = reduced(series, 32)
    columns = (symbols.values[start::_MAXIMUM_OF] for start in range(_MAXIMUM_OF))
    counts = Counter(map(max, zip(*columns, strict=False)))
    reach = [(value / symbols.size) ** _MAXIMUM_OF for value in range(symbols.size + 1)]
    expected = [counts.total() * (beyond - here) for here, beyond in itertools.pairwise(reach)]
    return compared("order statistic", [counts[value] for value in range(symbols.size)], expected)


def kolmogorov_smirnov(series: Series) -> Finding | None:
    """Outcomes as the digits of numbers from 0 to 1, which are uniform (Kolmogorov-Smirnov)."""
    size, length, space = series.size, 1, series.size
    while space < _RESOLUTION:
        space *= size
        length += 1
    columns = (series.values[start::length] for start in range(length))
    numbers = []
    for digits in zip(*columns, strict=False):
        number = 0
        for digit in digits:
            number = number * size + digit
        numbers.append((number + 0.5) / space)
    if len(numbers) < 5 * LEAST:
        return None
    distance = kolmogorov_distance(numbers)
    p_value = kolmogorov_tail(distance, len(numbers))
    return Finding("Kolmogorov-Smirnov", distance, None, p_value, len(numbers))
