"""SP 800-22 2.5 and 2.10, against the publication's examples."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from games.analysis.randomness.sp800_22.bits import from_text
from games.analysis.randomness.sp800_22.complexity import (
    COMPLEXITY_LAW,
    linear_complexity,
    linear_complexity_test,
    rank,
    rank_law,
    rank_test,
)
from tests.games.analysis.randomness.sp800_22.published import binary_e

MISPRINTED = (0.01047, *COMPLEXITY_LAW[1:-1], 0.020833)
"""The law with which the publication's examples were computed: 0.01047 instead of 0.010417."""


def test_ranks_of_all_small_matrices() -> None:
    """Of the 512 matrices of three rows, 168 have full rank, 294 two, 49 one and one none."""
    ranks = Counter(rank(list(rows)) for rows in itertools.product(range(8), repeat=3))

    assert ranks == {3: 168, 2: 294, 1: 49, 0: 1}
    assert rank_law(3) == pytest.approx((168 / 512, 294 / 512, 50 / 512))


def test_rank_law_of_the_publication() -> None:
    """2.5.4: 0.2888, 0.5776, 0.1336."""
    assert rank_law() == pytest.approx((0.2888, 0.5776, 0.1336), abs=5e-5)


def test_rank_example() -> None:
    """2.5.4: of two matrices of three rows one has rank two, one rank three."""
    found = rank_test(from_text("01011001001010101101"), 3)

    assert found.statistic == pytest.approx(0.596953, abs=1e-3)
    assert found.p_value == pytest.approx(0.741948, abs=1e-3)


def test_linear_complexity_example() -> None:
    """2.10.4: 1101011110001 needs a register of four."""
    assert linear_complexity(from_text("1101011110001")) == 4


def shortest_register(bits: tuple[int, ...]) -> int:
    """Find the shortest register by trying all."""
    for length in range(len(bits) + 1):
        for taps in itertools.product((0, 1), repeat=length):
            if all(
                bits[at] == sum(taps[i] & bits[at - 1 - i] for i in range(length)) % 2
                for at in range(length, len(bits))
            ):
                return length
    raise AssertionError


@pytest.mark.parametrize("length", [1, 2, 5, 8])
def test_linear_complexity_is_the_shortest_register(length: int) -> None:
    """For every sequence of that length."""
    for bits in itertools.product((0, 1), repeat=length):
        assert linear_complexity(bytes(bits)) == shortest_register(bits)


def test_a_register_is_found_out() -> None:
    """Bits of a shift register of 20 have far too low a complexity in every block."""
    bits = [1] + [0] * 19
    while len(bits) < 20_000:
        bits.append(bits[-20] ^ bits[-17])

    assert linear_complexity(bytes(bits[:500])) == 20
    assert linear_complexity_test(bytes(bits)).p_value < 1e-9


def test_hundred_thousand_bits_of_e() -> None:
    """2.5.8."""
    found = rank_test(binary_e(100_000))

    assert found.statistic == pytest.approx(1.2619656, abs=1e-6)
    assert found.p_value == pytest.approx(0.532069, abs=1e-6)


@pytest.mark.math
def test_a_million_bits_of_e() -> None:
    """2.10.8 and appendix B."""
    bits = binary_e(1_000_000)

    assert rank_test(bits).p_value == pytest.approx(0.306156, abs=1e-6)
    long = linear_complexity_test(bits, 1_000, MISPRINTED)
    assert long.statistic == pytest.approx(2.700348, abs=1e-5)
    assert long.p_value == pytest.approx(0.845406, abs=1e-6)
    assert linear_complexity_test(bits, 500, MISPRINTED).p_value == pytest.approx(
        0.826335, abs=1e-5
    )
