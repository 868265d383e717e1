"""SP 800-22 2.1 to 2.4 and 2.13, against the publication's examples."""

from __future__ import annotations

import pytest

from games.analysis.randomness.sp800_22.bits import from_text
from games.analysis.randomness.sp800_22.frequencies import (
    block_frequency_test,
    cumulative_sums_test,
    longest_run_law,
    longest_run_test,
    monobit_test,
    runs_apply,
    runs_test,
)
from tests.games.analysis.randomness.sp800_22.published import HUNDRED, binary_e

LONGEST = from_text(
    "11001100000101010110110001001100111000000000001001"
    "00110101010001000100111101011010000000110101111100"
    "1100111001101101100010110010"
)

PRINTED_LAW = (0.0882, 0.2092, 0.2483, 0.1933, 0.1208, 0.0675, 0.0727)
"""Of the longest run in 10,000 bits, as the publication has it."""


def test_monobit_examples() -> None:
    """2.1.4 and 2.1.8."""
    assert monobit_test(from_text("1011010101")).p_value == pytest.approx(0.527089, abs=1e-6)
    assert monobit_test(HUNDRED).p_value == pytest.approx(0.109599, abs=1e-6)


def test_block_frequency_examples() -> None:
    """2.2.4 and 2.2.8."""
    short = block_frequency_test(from_text("0110011010"), 3)

    assert (short.statistic, short.p_value) == pytest.approx((1, 0.801252), abs=1e-6)
    assert block_frequency_test(HUNDRED, 10).p_value == pytest.approx(0.706438, abs=1e-6)


def test_runs_examples() -> None:
    """2.3.4 and 2.3.8; a sequence whose frequency is far off fails outright (2.3.4)."""
    short = runs_test(from_text("1001101011"))

    assert (short.statistic, short.p_value) == pytest.approx((7, 0.147232), abs=1e-6)
    assert runs_test(HUNDRED).statistic == 52
    assert runs_test(HUNDRED).p_value == pytest.approx(0.500798, abs=1e-6)
    assert runs_test(bytes(100)).p_value == 0
    assert not runs_apply(bytes(100))
    assert runs_apply(HUNDRED)


def test_longest_run_example() -> None:
    """2.4.8."""
    found = longest_run_test(LONGEST)

    assert found.statistic == pytest.approx(4.882457, abs=1e-6)
    assert found.p_value == pytest.approx(0.180609, abs=1e-6)
    with pytest.raises(ValueError, match="128"):
        longest_run_test(LONGEST[:127])


def test_law_of_the_longest_run_by_counting() -> None:
    """All 256 blocks of eight bits: 55 have at most one, 94 two, 59 three, 48 more."""
    assert longest_run_law(8, 1, 4) == (55 / 256, 94 / 256, 59 / 256, 48 / 256)


def test_laws_of_the_longest_run() -> None:
    """The exact laws are near those of the publication (2.4.4): within 0.0001 and 0.002."""
    medium = (0.1174, 0.2430, 0.2493, 0.1752, 0.1027, 0.1124)

    assert longest_run_law(128, 4, 6) == pytest.approx(medium, abs=1e-4)
    assert longest_run_law(10_000, 10, 7) == pytest.approx(PRINTED_LAW, abs=0.002)


def test_cumulative_sums_examples() -> None:
    """2.13.4 and 2.13.8."""
    short, _ = cumulative_sums_test(from_text("1011010111"))
    forward, backward = cumulative_sums_test(HUNDRED)

    assert (short.statistic, short.p_value) == pytest.approx((4, 0.4116588), abs=1e-6)
    assert (forward.statistic, forward.p_value) == pytest.approx((16, 0.219194), abs=1e-6)
    assert (backward.statistic, backward.p_value) == pytest.approx((19, 0.114866), abs=1e-6)


@pytest.mark.math
def test_a_million_bits_of_e() -> None:
    """Appendix B."""
    bits = binary_e(1_000_000)
    forward, backward = cumulative_sums_test(bits)

    for found, p_value in (
        (monobit_test(bits), 0.953749),
        (block_frequency_test(bits), 0.211072),
        (forward, 0.669887),
        (backward, 0.724266),
        (runs_test(bits), 0.561917),
        (longest_run_test(bits, PRINTED_LAW), 0.718945),
    ):
        assert found.p_value == pytest.approx(p_value, abs=1e-6), found.test
