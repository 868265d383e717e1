"""SP 800-22 2.11 and 2.12, against the publication's examples."""

from __future__ import annotations

import math

import pytest

from games.analysis.randomness.sp800_22.bits import from_text
from games.analysis.randomness.sp800_22.patterns import (
    approximate_entropy_test,
    pattern_counts,
    serial_test,
    shortened,
)
from tests.games.analysis.randomness.sp800_22.published import HUNDRED, binary_e


def test_serial_example() -> None:
    """2.11.4."""
    first, second = serial_test(pattern_counts(from_text("0011011101"), 3))

    assert (first.statistic, second.statistic) == pytest.approx((1.6, 0.8))
    assert (first.p_value, second.p_value) == pytest.approx((0.808792, 0.670320), abs=1e-6)


def test_approximate_entropy_examples() -> None:
    """2.12.4 and 2.12.8."""
    short = approximate_entropy_test(pattern_counts(from_text("0100110101"), 4))
    long = approximate_entropy_test(pattern_counts(HUNDRED, 3))

    assert short.statistic == pytest.approx(10.043859, abs=1e-5)
    assert short.p_value == pytest.approx(0.261961, abs=1e-6)
    assert math.log(2) - long.statistic / 200 == pytest.approx(0.665393, abs=1e-6)
    assert long.p_value == pytest.approx(0.235301, abs=1e-6)


@pytest.mark.parametrize("length", [1, 2, 5])
def test_shorter_patterns_follow_from_longer(length: int) -> None:
    """In a closed circle each pattern is counted once with either bit behind it."""
    assert shortened(pattern_counts(HUNDRED, length)) == pattern_counts(HUNDRED, length - 1)


@pytest.mark.math
def test_a_million_bits_of_e() -> None:
    """2.11.8 and appendix B."""
    bits = binary_e(1_000_000)
    first, second = serial_test(pattern_counts(bits, 2))
    assert (first.p_value, second.p_value) == pytest.approx((0.843764, 0.561915), abs=1e-6)
    first, second = serial_test(pattern_counts(bits, 16))
    assert (first.p_value, second.p_value) == pytest.approx((0.766182, 0.462921), abs=1e-6)
    entropy = approximate_entropy_test(pattern_counts(bits, 11))
    assert entropy.p_value == pytest.approx(0.700073, abs=1e-6)
