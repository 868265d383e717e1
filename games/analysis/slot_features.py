"""The exact law of what hold and respin and the pick bonus pay, in total stakes.

Hold and respin: the number of coins in the end follows from a chain over the filled places. With e
empty places and chance c, a respin brings k coins with probability B(k) = C(e, k) c^k (1-c)^(e-k),
so with R respins to go nothing comes at all with B(0)^R, and the next coins are k with
B(k) (1 + B(0) + … + B(0)^(R-1)). The values of coins are independent of that.

Pick bonus: the prizes found are a set, each of its size as likely as any other; how many are found
before an end follows from the counts alone.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction

from games.slots.model import Pick, Respins

Law = Mapping[int, Fraction]
"""Probability by total stakes paid."""


def coin_counts(rules: Respins, cells: int, start: int) -> dict[int, Fraction]:
    """Return the law of the number of coins in the end, from `start` of `cells` places filled."""
    chance = Fraction(*rules.chance)
    reached = {start: Fraction(1)}
    final: dict[int, Fraction] = {}
    for filled in range(start, cells + 1):
        here = reached.get(filled, Fraction(0))
        empty = cells - filled
        if not empty:
            final[filled] = here
            break
        none = (1 - chance) ** empty
        tries = sum((none**number for number in range(rules.respins)), Fraction(0))
        final[filled] = here * none**rules.respins
        for more in range(1, empty + 1):
            brought = math.comb(empty, more) * chance**more * (1 - chance) ** (empty - more)
            reached[filled + more] = (
                reached.get(filled + more, Fraction(0)) + here * brought * tries
            )
    return final


def respins_law(rules: Respins, cells: int, start: int) -> dict[int, Fraction]:
    """Return the law of all that hold and respin pays."""
    counts = coin_counts(rules, cells, start)
    # In whole numbers over one denominator, as thousands of fractions would each be reduced.
    common = math.lcm(*(chance.denominator for chance in counts.values()))
    ways: dict[int, int] = defaultdict(int)
    sums = {0: 1}
    for coins in range(cells + 1):
        chance = counts.get(coins, Fraction(0))
        if chance:
            full = rules.full if coins == cells else 0
            scale = int(chance * common) * rules.weight ** (cells - coins)
            for value, number in sums.items():
                ways[value + full] += scale * number
        if coins < cells:
            longer: dict[int, int] = defaultdict(int)
            for value, number in sums.items():
                for more, weight in _merged(rules):
                    longer[value + more] += number * weight
            sums = longer
    total = common * rules.weight**cells
    return {value: Fraction(number, total) for value, number in ways.items()}


def _merged(rules: Respins) -> list[tuple[int, int]]:
    weights: dict[int, int] = defaultdict(int)
    for value, weight in rules.values:
        weights[value] += weight
    return list(weights.items())


def respins_moments(rules: Respins, cells: int, start: int) -> tuple[Fraction, Fraction]:
    """Return mean and mean square of the same without the law itself: quick for many values."""
    mean = sum((Fraction(v * w, rules.weight) for v, w in rules.values), Fraction(0))
    square = sum((Fraction(v * v * w, rules.weight) for v, w in rules.values), Fraction(0))
    variance = square - mean**2
    first = second = Fraction(0)
    for coins, chance in coin_counts(rules, cells, start).items():
        center = coins * mean + (rules.full if coins == cells else 0)
        first += chance * center
        second += chance * (coins * variance + center**2)
    return first, second


def pick_law(rules: Pick) -> dict[int, Fraction]:
    """Return the law of all that the pick bonus pays."""
    subsets = _subset_sums(rules.prizes)
    law: dict[int, Fraction] = defaultdict(Fraction)
    for found, chance in _prizes_found(rules).items():
        sets = math.comb(len(rules.prizes), found)
        for total, ways in subsets[found].items():
            law[total] += chance * Fraction(ways, sets)
    return dict(law)


def _prizes_found(rules: Pick) -> dict[int, Fraction]:
    """Return the law of how many prizes are found before an end or the last pick."""
    law: dict[int, Fraction] = {}
    still = Fraction(1)
    prizes = len(rules.prizes)
    for found in range(min(rules.picks, prizes) + 1):
        left = rules.places - found
        if found == rules.picks or not left:
            law[found] = still
            break
        end = Fraction(rules.stops, left)
        if end:
            law[found] = still * end
        still *= 1 - end
    return law


def _subset_sums(prizes: tuple[int, ...]) -> list[dict[int, int]]:
    """Return for each size how many sets of prizes have each sum."""
    sums: list[dict[int, int]] = [{} for _ in range(len(prizes) + 1)]
    sums[0][0] = 1
    for number, value in enumerate(prizes):
        for size in range(number, -1, -1):
            for total, ways in sums[size].items():
                larger = sums[size + 1]
                larger[total + value] = larger.get(total + value, 0) + ways
    return sums


def convolved(first: Law, second: Law) -> dict[int, Fraction]:
    """Return the law of the sum of two independent amounts."""
    law: dict[int, Fraction] = defaultdict(Fraction)
    for one, chance in first.items():
        for other, other_chance in second.items():
            law[one + other] += chance * other_chance
    return dict(law)


def moments(law: Law) -> tuple[Fraction, Fraction]:
    """Return mean and mean square."""
    mean = sum((value * chance for value, chance in law.items()), Fraction(0))
    square = sum((value**2 * chance for value, chance in law.items()), Fraction(0))
    return mean, square
