"""SP 800-22 2.6, against the publication's examples, and the transform against its definition."""

from __future__ import annotations

import cmath
import math
from hashlib import sha256

import pytest

from games.analysis.randomness.sp800_22.bits import from_bytes, from_text
from games.analysis.randomness.sp800_22.spectral import power_spectrum, spectral_test, transform
from tests.games.analysis.randomness.sp800_22.published import HUNDRED, binary_e


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 12, 30, 49, 64, 100, 101])
def test_transform_is_the_sum_that_defines_it(count: int) -> None:
    """For lengths of one and of many factors, and for primes."""
    values = [
        complex(byte, index % 3) for index, byte in enumerate((sha256(b"x").digest() * 4)[:count])
    ]
    turn = -2j * math.pi / count
    defined = [
        sum(value * cmath.exp(turn * k * place) for place, value in enumerate(values))
        for k in range(count)
    ]

    assert transform(values) == pytest.approx(defined, abs=1e-8)


@pytest.mark.parametrize("count", [2, 5, 6, 9, 16, 100])
def test_power_spectrum_is_half_of_it(count: int) -> None:
    """Packing two real values into one complex value changes nothing."""
    values = [float(byte) for byte in (sha256(b"y").digest() * 4)[:count]]
    whole = transform([complex(value) for value in values])

    expected = [abs(term) ** 2 for term in whole[: count // 2]]
    assert power_spectrum(values) == pytest.approx(expected, abs=1e-6)


def test_spectral_examples() -> None:
    """2.6.4 and 2.6.8 as the publication's own program computes them.

    The text prints 0.029523 and 0.168669: it counts one and two peaks fewer under the threshold
    than there are by the definition.
    """
    assert spectral_test(from_text("1001010011")).p_value == pytest.approx(0.468160, abs=1e-6)
    assert spectral_test(HUNDRED).p_value == pytest.approx(0.646355, abs=1e-6)


def test_a_rhythm_is_found() -> None:
    """Every second bit taken from a rhythm: a few high peaks, and too many low ones."""
    bits = bytearray(from_bytes(b"".join(sha256(bytes((i,))).digest() for i in range(64))))
    assert spectral_test(bits).p_value > 0.01
    bits[::2] = bytes((0, 1)) * (len(bits) // 4)

    assert spectral_test(bits).p_value < 1e-6


@pytest.mark.math
def test_a_million_bits_of_e() -> None:
    """Appendix B; the length is no power of two."""
    assert spectral_test(binary_e(1_000_000)).p_value == pytest.approx(0.847187, abs=1e-6)
