"""SP 800-22 2.6: peaks in the discrete Fourier transform of the bits."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence

from games.analysis.randomness.sp800_22.bits import BitTest


def spectral_test(bits: Sequence[int]) -> BitTest:
    """Spectral (2.6): as many peaks stay under the 95 % threshold as should."""
    count = len(bits)
    threshold = math.log(1 / 0.05) * count
    below = sum(1 for power in power_spectrum([2.0 * bit - 1 for bit in bits]) if power < threshold)
    expected = 0.95 * count / 2
    statistic = (below - expected) / math.sqrt(count * 0.95 * 0.05 / 4)
    return BitTest("FFT", statistic, math.erfc(abs(statistic) / math.sqrt(2)))


def power_spectrum(values: Sequence[float]) -> list[float]:
    """Return the squared moduli of the first half of the transform of real values."""
    count = len(values)
    half = count // 2
    if count % 2:
        whole = transform([complex(value) for value in values])
        return [term.real**2 + term.imag**2 for term in whole[:half]]
    # Two neighbours make one complex value, so half the work is done; then they are taken apart.
    packed = transform(list(map(complex, values[::2], values[1::2])))
    mirrored = [packed[0], *packed[:0:-1]]
    powers = []
    step = -2j * math.pi / count
    for index, (one, other) in enumerate(zip(packed, mirrored, strict=True)):
        other_conjugate = other.conjugate()
        term = one + other_conjugate - 1j * cmath.exp(step * index) * (one - other_conjugate)
        powers.append((term.real**2 + term.imag**2) / 4)
    return powers


def transform(values: list[complex]) -> list[complex]:
    """Return the discrete Fourier transform, for any length; quick if its factors are small.

    By Stockham's method: each pass takes one factor out and works on whole lists.
    """
    length, stride, total = len(values), 1, len(values)
    while length > 1:
        radix = _factor(length)
        span = length // radix
        turn = -2j * math.pi / length
        twiddles = [
            [
                turned
                for turned in (cmath.exp(turn * q * p) for p in range(span))
                for _ in range(stride)
            ]
            for q in range(radix)
        ]
        size = total // radix
        parts = [values[k * size : (k + 1) * size] for k in range(radix)]
        if radix == 2:
            first, second = parts
            outputs = [
                [a + b for a, b in zip(first, second, strict=True)],
                [(a - b) * w for a, b, w in zip(first, second, twiddles[1], strict=True)],
            ]
        else:
            outputs = [_turned_sum(parts, q, twiddles[q]) for q in range(radix)]
        values = _interleaved(outputs, stride, span)
        length, stride = span, stride * radix
    return values


def _turned_sum(parts: list[list[complex]], q: int, twiddles: list[complex]) -> list[complex]:
    radix = len(parts)
    roots = [cmath.exp(-2j * math.pi * (k * q % radix) / radix) for k in range(radix)]
    total = parts[0]
    for root, part in zip(roots[1:], parts[1:], strict=True):
        total = [a + root * b for a, b in zip(total, part, strict=True)]
    return [a * w for a, w in zip(total, twiddles, strict=True)]


def _interleaved(outputs: list[list[complex]], stride: int, span: int) -> list[complex]:
    """Join outputs by turns, `stride` values from each at a time."""
    radix = len(outputs)
    joined = [0j] * (radix * stride * span)
    if stride < span:
        for q, output in enumerate(outputs):
            for offset in range(stride):
                joined[q * stride + offset :: radix * stride] = output[offset::stride]
    else:
        for q, output in enumerate(outputs):
            for p in range(span):
                at = (p * radix + q) * stride
                joined[at : at + stride] = output[p * stride : (p + 1) * stride]
    return joined


def _factor(number: int) -> int:
    """Return the smallest prime factor."""
    factor = 2
    while factor * factor <= number:
        if number % factor == 0:
            return factor
        factor += 1
    return number
