"""Sequences that the publication uses for its examples."""

from __future__ import annotations

import functools
import math

from games.analysis.randomness.sp800_22.bits import from_text

HUNDRED = from_text(
    "11001001000011111101101010100010001000010110100011"
    "00001000110100110001001100011001100010100010111000"
)
"""The 100 bits of many examples, from the binary expansion of π."""


@functools.cache
def binary_e(count: int) -> bytes:
    """Return the first bits of e, 10.1011011…, computed from the sum of 1/k!."""
    spare = 64
    last = 10
    while math.lgamma(last + 1) < (count + spare) * math.log(2):
        last = last * 6 // 5

    def split(low: int, high: int) -> tuple[int, int]:
        """Return (p, q): the sum of low! / k! for k from low + 1 to high is p / q."""
        if high - low == 1:
            return 1, high
        middle = (low + high) // 2
        p_low, q_low = split(low, middle)
        p_high, q_high = split(middle, high)
        return p_low * q_high + p_high, q_low * q_high

    p, q = split(0, last)
    shift = count + spare
    number = (p << shift) // q + (1 << shift)
    # The integer part has two bits.
    return from_text(f"{number >> (spare + 2):b}")
