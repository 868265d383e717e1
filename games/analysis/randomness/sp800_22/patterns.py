"""SP 800-22 2.11 and 2.12: overlapping patterns of neighbouring lengths."""

from __future__ import annotations

import math
from collections import Counter

from games.analysis.randomness.distributions import upper_gamma
from games.analysis.randomness.sp800_22.bits import BitTest, windows


def pattern_counts(bits: bytes, length: int) -> list[int]:
    """Return how often each pattern of that many bits comes, the bits closed to a circle."""
    if length == 0:
        return [len(bits)]
    counts = Counter(windows(bits, length, closed=True))
    return [counts[pattern] for pattern in range(1 << length)]


def shortened(counts: list[int]) -> list[int]:
    """Return the counts of the patterns that are one bit shorter, which follow in a circle."""
    return [one + other for one, other in zip(counts[::2], counts[1::2], strict=True)]


def serial_test(counts: list[int]) -> tuple[BitTest, BitTest]:
    """Serial (2.11), from the counts of patterns of m bits, m at least 2."""
    length = len(counts).bit_length() - 1
    shorter = shortened(counts)
    shortest = shortened(shorter)
    whole, less, least = map(_psi_square, (counts, shorter, shortest))
    first = whole - less
    second = whole - 2 * less + least
    return (
        BitTest("Serial:1", first, upper_gamma(2.0 ** (length - 2), first / 2)),
        BitTest("Serial:2", second, upper_gamma(2.0 ** (length - 3), max(0.0, second) / 2)),
    )


def _psi_square(counts: list[int]) -> float:
    total = sum(counts)
    return len(counts) / total * sum(count * count for count in counts) - total


def approximate_entropy_test(counts: list[int]) -> BitTest:
    """Approximate entropy (2.12), from the counts of patterns of m + 1 bits."""
    length = len(counts).bit_length() - 2
    total = sum(counts)
    entropy = _negative_entropy(shortened(counts), total) - _negative_entropy(counts, total)
    statistic = 2 * total * (math.log(2) - entropy)
    p_value = upper_gamma(2.0 ** (length - 1), max(0.0, statistic) / 2)
    return BitTest("ApproximateEntropy", statistic, p_value)


def _negative_entropy(counts: list[int], total: int) -> float:
    return math.fsum(count / total * math.log(count / total) for count in counts if count)
