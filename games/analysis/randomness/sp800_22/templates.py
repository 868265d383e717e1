"""SP 800-22 2.7 to 2.9: how often patterns come, and how far apart."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from games.analysis.randomness.distributions import chi_square, upper_gamma
from games.analysis.randomness.sp800_22.bits import BitTest, windows

TEMPLATE: Final = 9
BLOCKS: Final = 8
_OVERLAPPING_BLOCK: Final = 1_032
_MOST: Final = 5
_UNIVERSAL: Final = {
    # block: (expected value, variance), SP 800-22 2.9.4
    1: (0.7326495, 0.690),
    2: (1.5374383, 1.338),
    3: (2.4016068, 1.901),
    4: (3.3112247, 2.358),
    5: (4.2534266, 2.705),
    6: (5.2177052, 2.954),
    7: (6.1962507, 3.125),
    8: (7.1836656, 3.238),
    9: (8.1764248, 3.311),
    10: (9.1723243, 3.356),
    11: (10.170032, 3.384),
    12: (11.168765, 3.401),
    13: (12.168070, 3.410),
    14: (13.167693, 3.416),
    15: (14.167488, 3.419),
    16: (15.167379, 3.421),
}


@functools.cache
def aperiodic_templates(length: int) -> tuple[int, ...]:
    """Return the patterns that cannot overlap themselves: no front of one is also its end."""
    return tuple(
        pattern
        for pattern in range(1 << length)
        if all(
            pattern >> shift != pattern & ((1 << (length - shift)) - 1)
            for shift in range(1, length)
        )
    )


def non_overlapping_template_tests(
    bits: bytes, length: int = TEMPLATE, blocks: int = BLOCKS
) -> Iterator[BitTest]:
    """Non-overlapping template matching (2.7), one p-value for each aperiodic template."""
    block = len(bits) // blocks
    patterns = windows(bits, length, closed=False)
    # These templates cannot overlap themselves, so all places where one stands count.
    counts = [
        Counter(patterns[start : start + block - length + 1])
        for start in range(0, blocks * block, block)
    ]
    for template in aperiodic_templates(length):
        yield template_test([count[template] for count in counts], block, template, length)


def template_test(found: Sequence[int], block: int, template: int, length: int) -> BitTest:
    """Return the p-value of one template from how often it was found in each block."""
    mean = (block - length + 1) / 2**length
    variance = block * (1 / 2**length - (2 * length - 1) / 2 ** (2 * length))
    statistic = sum((number - mean) ** 2 / variance for number in found)
    name = f"NonOverlappingTemplate:{template:0{length}b}"
    return BitTest(name, statistic, upper_gamma(len(found) / 2, statistic / 2))


def overlapping_template_test(
    bits: bytes,
    length: int = TEMPLATE,
    block: int = _OVERLAPPING_BLOCK,
    law: Sequence[float] | None = None,
) -> BitTest:
    """Overlapping template matching (2.8) with a template of ones.

    `law` is the chance of 0, 1, … and of the most matches in a block; by default the exact one.
    """
    chances = overlapping_law(length, block) if law is None else law
    blocks = len(bits) // block
    cells = [0] * len(chances)
    for index in range(blocks):
        runs = bits[index * block : (index + 1) * block].split(b"\0")
        matches = sum(len(run) - length + 1 for run in runs if len(run) >= length)
        cells[min(matches, len(chances) - 1)] += 1
    statistic = chi_square(cells, [blocks * chance for chance in chances])
    p_value = upper_gamma((len(chances) - 1) / 2, statistic / 2)
    return BitTest("OverlappingTemplate", statistic, p_value)


@functools.cache
def overlapping_law(length: int, block: int, most: int = _MOST) -> tuple[float, ...]:
    """Return the exact chance of 0, 1, … `most` or more matches of `length` ones in a block.

    Bit by bit over (ones at the end, matches); the publication's approximation is corrected so, and
    the result is that of Hamano and Kaneko (2007), which revision 1a prints for its defaults.
    """
    states = {(0, 0): 1.0}
    for _ in range(block):
        following: dict[tuple[int, int], float] = {}
        for (ones, matches), chance in states.items():
            longer = min(ones + 1, length)
            more = min(matches + (longer == length), most)
            for state in ((0, matches), (longer, more)):
                following[state] = following.get(state, 0.0) + chance / 2
        states = following
    law = [0.0] * (most + 1)
    for (_, matches), chance in states.items():
        law[matches] += chance
    return tuple(law)


def universal_test(bits: bytes, block: int = 0, first: int = 0) -> BitTest:
    """Maurer's universal statistical test (2.9): how far apart equal blocks lie.

    By default the block and the number of first blocks follow from the length (2.9.7). Raises
    ValueError below 387,840 bits then.
    """
    block = block or universal_block(len(bits))
    first = first or 10 * 2**block
    statistic = universal_statistic(bits, block, first)
    later = len(bits) // block - first
    expected, variance = _UNIVERSAL[block]
    correction = 0.7 - 0.8 / block + (4 + 32 / block) * later ** (-3 / block) / 15
    deviation = correction * math.sqrt(variance / later)
    p_value = math.erfc(abs(statistic - expected) / (math.sqrt(2) * deviation))
    return BitTest("Universal", statistic, p_value)


def universal_statistic(bits: bytes, block: int, first: int) -> float:
    """Return the mean binary logarithm of the distance to the last equal block."""
    blocks = windows(bits, block, closed=False)[::block]
    seen = {pattern: place for place, pattern in enumerate(blocks[:first])}
    # A pattern that was not among the first blocks counts from place -1, before the first.
    total = 0.0
    for place in range(first, len(blocks)):
        pattern = blocks[place]
        total += math.log2(place - seen.get(pattern, -1))
        seen[pattern] = place
    return total / (len(blocks) - first)


def universal_block(count: int) -> int:
    """Return the block for so many bits: the largest with room for 1,000 blocks a pattern."""
    for block in range(16, 5, -1):
        if count >= 1_010 * 2**block * block:
            return block
    raise ValueError("the universal test needs 387,840 bits")
