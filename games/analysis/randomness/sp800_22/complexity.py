"""SP 800-22 2.5 and 2.10: linear dependence, in matrices and along the sequence."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Final

from games.analysis.randomness.distributions import chi_square, upper_gamma
from games.analysis.randomness.sp800_22.bits import BitTest, to_integer

_SIDE: Final = 32
_BLOCK: Final = 500
COMPLEXITY_LAW: Final = (1 / 96, 1 / 32, 1 / 8, 1 / 2, 1 / 4, 1 / 16, 1 / 48)
"""SP 800-22 2.10.4 (3.10): 0.010417, 0.03125, 0.125, 0.5, 0.25, 0.0625, 0.020833."""


def rank_test(bits: bytes, side: int = _SIDE) -> BitTest:
    """Binary matrix rank (2.5): matrices of full rank, of one less, and the others."""
    area = side * side
    matrices = len(bits) // area
    full = lower = 0
    for start in range(0, matrices * area, area):
        rows = [to_integer(bits[at : at + side]) for at in range(start, start + area, side)]
        missing = side - rank(rows)
        full += missing == 0
        lower += missing == 1
    law = rank_law()
    expected = [matrices * chance for chance in law]
    statistic = chi_square([full, lower, matrices - full - lower], expected)
    return BitTest("Rank", statistic, upper_gamma(1, statistic / 2))


def rank(rows: list[int]) -> int:
    """Return the rank over two elements of a matrix, each row a number."""
    basis: list[int] = []
    for row in rows:
        for known in basis:
            # Takes the highest bit of `known` out of the row, where it is set.
            row = min(row, row ^ known)  # noqa: PLW2901 - the row is what is left of it
        if row:
            basis.append(row)
    return len(basis)


@functools.cache
def rank_law(side: int = _SIDE) -> tuple[float, float, float]:
    """Return the chances of full rank, of one less and of less (SP 800-22 3.5)."""
    full = 1.0
    for power in range(1, side + 1):
        full *= 1 - 0.5**power
    # The product formula for one less, over that for full rank, leaves this ratio.
    lower = full * 2 * (1 - 0.5**side)
    return full, lower, 1 - full - lower


def linear_complexity_test(
    bits: bytes, block: int = _BLOCK, law: Sequence[float] = COMPLEXITY_LAW
) -> BitTest:
    """Linear complexity (2.10): the shortest register for each block."""
    sign = -1 if block % 2 else 1
    mean = block / 2 + (9 - sign) / 36 - (block / 3 + 2 / 9) * 0.5**block
    cells = [0] * len(law)
    blocks = len(bits) // block
    for index in range(blocks):
        complexity = linear_complexity(bits[index * block : (index + 1) * block])
        off = sign * (complexity - mean) + 2 / 9
        cell = 0
        while cell < 6 and off > cell - 2.5:
            cell += 1
        cells[cell] += 1
    statistic = chi_square(cells, [blocks * chance for chance in law])
    return BitTest("LinearComplexity", statistic, upper_gamma(3, statistic / 2))


def linear_complexity(bits: bytes) -> int:
    """Return the length of the shortest linear feedback register (Berlekamp and Massey)."""
    connection = former = 1
    complexity = 0
    since = 1  # places since the complexity rose
    past = 0  # the bits so far, the newest lowest
    for place, bit in enumerate(bits):
        past = past << 1 | bit
        if (connection & past).bit_count() & 1:
            before = connection
            connection ^= former << since
            if 2 * complexity <= place:
                complexity = place + 1 - complexity
                former = before
                since = 0
        since += 1
    return complexity
