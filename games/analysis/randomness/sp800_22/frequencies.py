"""SP 800-22 2.1 to 2.4 and 2.13: how many ones, in all, in blocks, in runs and on the way."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from typing import Final

from games.analysis.randomness.distributions import chi_square, normal_below, upper_gamma
from games.analysis.randomness.sp800_22.bits import BitTest, to_integer

_LONGEST: Final = (
    # (least bits, block, longest run of the first cell, cells), SP 800-22 2.4.2 and 2.4.4
    (750_000, 10_000, 10, 7),
    (6_272, 128, 4, 6),
    (128, 8, 1, 4),
)


def monobit_test(bits: bytes) -> BitTest:
    """Frequency (2.1): ones and zeros are equally many."""
    statistic = abs(2 * bits.count(1) - len(bits)) / math.sqrt(len(bits))
    return BitTest("Frequency", statistic, math.erfc(statistic / math.sqrt(2)))


def block_frequency_test(bits: bytes, block: int = 128) -> BitTest:
    """Frequency within a block (2.2). A rest shorter than a block is left out."""
    blocks = len(bits) // block
    statistic = 0.0
    for index in range(blocks):
        ones = bits.count(1, index * block, (index + 1) * block)
        statistic += (ones / block - 0.5) ** 2
    statistic *= 4 * block
    return BitTest("BlockFrequency", statistic, upper_gamma(blocks / 2, statistic / 2))


def runs_apply(bits: bytes) -> bool:
    """Return whether the share of ones is near enough to a half for the runs test (2.3.4)."""
    return abs(bits.count(1) / len(bits) - 0.5) < 2 / math.sqrt(len(bits))


def runs_test(bits: bytes) -> BitTest:
    """Runs (2.3): the number of runs. The p-value is 0 where `runs_apply` is not so."""
    count = len(bits)
    share = bits.count(1) / count
    if not runs_apply(bits):
        return BitTest("Runs", 0.0, 0.0)
    number = to_integer(bits)
    changes = (number ^ (number >> 1)) & ((1 << (count - 1)) - 1)
    runs = changes.bit_count() + 1
    spread = 2 * math.sqrt(2 * count) * share * (1 - share)
    statistic = abs(runs - 2 * count * share * (1 - share)) / spread
    return BitTest("Runs", float(runs), math.erfc(statistic))


def longest_run_test(bits: bytes, law: Sequence[float] = ()) -> BitTest:
    """Longest run of ones in a block (2.4), by default with the exact law.

    The publication prints a law for each of three blocks; that of the longest is off by up to 2 %,
    which many sequences would show. Raises ValueError below 128 bits.
    """
    fitting = [row for row in _LONGEST if len(bits) >= row[0]]
    if not fitting:
        raise ValueError("the longest run needs 128 bits")
    _, block, shortest, number = fitting[0]
    law = law or longest_run_law(block, shortest, number)
    cells = [0] * number
    blocks = len(bits) // block
    for index in range(blocks):
        runs = bits[index * block : (index + 1) * block].split(b"\0")
        longest = max(map(len, runs))
        cells[min(max(longest - shortest, 0), number - 1)] += 1
    statistic = chi_square(cells, [blocks * chance for chance in law])
    return BitTest("LongestRun", statistic, upper_gamma((number - 1) / 2, statistic / 2))


@functools.cache
def longest_run_law(block: int, shortest: int, number: int) -> tuple[float, ...]:
    """Return the chance that the longest run has at most `shortest`, one more, … ones."""

    def at_most(longest: int) -> float:
        chances = [1.0] * (longest + 1)
        for bits in range(longest + 1, block + 1):
            # Lost is what had no such run so far and ends in a zero and `longest` + 1 ones.
            before = chances[bits - longest - 2] / 2 if bits > longest + 1 else 1.0
            chances.append(chances[-1] - before / 2 ** (longest + 1))
        return chances[block]

    reach = [0.0, *(at_most(shortest + cell) for cell in range(number - 1)), 1.0]
    return tuple(beyond - here for here, beyond in itertools.pairwise(reach))


def cumulative_sums_test(bits: bytes) -> tuple[BitTest, BitTest]:
    """Cumulative sums (2.13), forward and backward: how far the walk strays."""
    walk = list(itertools.accumulate(2 * bit - 1 for bit in bits))
    last = walk[-1]
    highest, lowest = max(walk), min(walk)
    forward = max(abs(highest), abs(lowest))
    # Backward the walk to the k-th place is the whole less what came before it.
    backward = max(abs(last - min(0, lowest)), abs(last - max(0, highest)))
    return (
        BitTest("CumulativeSums:forward", float(forward), _excursion_chance(forward, len(bits))),
        BitTest("CumulativeSums:backward", float(backward), _excursion_chance(backward, len(bits))),
    )


def _excursion_chance(distance: int, count: int) -> float:
    root = math.sqrt(count)

    def between(low: int, high: int) -> float:
        return normal_below(high * distance / root) - normal_below(low * distance / root)

    ratio = count / distance
    # The bounds of both sums are rounded towards zero, as the publication's program does.
    inner = sum(
        between(4 * k - 1, 4 * k + 1)
        for k in range(int((-ratio + 1) / 4), int((ratio - 1) / 4) + 1)
    )
    outer = sum(
        between(4 * k + 1, 4 * k + 3)
        for k in range(int((-ratio - 3) / 4), int((ratio - 1) / 4) + 1)
    )
    return min(1.0, max(0.0, 1 - inner + outer))
