"""SP 800-22 2.7 to 2.9, against the publication's examples."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from hashlib import sha256

import pytest

from games.analysis.randomness.sp800_22.bits import from_bytes, from_text
from games.analysis.randomness.sp800_22.templates import (
    aperiodic_templates,
    non_overlapping_template_tests,
    overlapping_law,
    overlapping_template_test,
    template_test,
    universal_block,
    universal_statistic,
    universal_test,
)
from tests.games.analysis.randomness.sp800_22.published import binary_e

UNCORRECTED = (0.367879, 0.183940, 0.137955, 0.099634, 0.069935, 0.140657)
"""The law of overlapping matches before its correction, which the publication's examples use."""


def test_templates_are_those_of_the_publication() -> None:
    """2.7: 148 aperiodic templates of nine bits, 2 of two, 4 of three, 6 of four."""
    assert [len(aperiodic_templates(length)) for length in (2, 3, 4, 5, 9)] == [2, 4, 6, 12, 148]
    assert aperiodic_templates(3) == (0b001, 0b011, 0b100, 0b110)


def test_non_overlapping_example() -> None:
    """2.7.4: two blocks of ten with 001 twice and once."""
    found = next(non_overlapping_template_tests(from_text("10100100101110010110"), 3, 2))

    assert found.test == "NonOverlappingTemplate:001"
    assert found.statistic == pytest.approx(2.133333, abs=1e-6)
    assert found.p_value == pytest.approx(0.344154, abs=1e-6)


def test_windows_find_what_a_search_finds() -> None:
    """The search that goes on behind a match finds as many of each template as stand there."""
    bits = from_bytes(b"".join(sha256(bytes((i,))).digest() for i in range(64)))
    block = len(bits) // 8
    for found, template in zip(
        non_overlapping_template_tests(bits), aperiodic_templates(9), strict=True
    ):
        needle = from_text(f"{template:09b}")
        counts = [bits[at : at + block].count(needle) for at in range(0, len(bits), block)]
        assert found == template_test(counts, block, template, 9)


def test_overlapping_law_by_counting() -> None:
    """All 1,024 blocks of ten bits, counted: the exact law of matches of 11 (2.8.4)."""
    counts: Counter[int] = Counter()
    for block in itertools.product((0, 1), repeat=10):
        counts[min(5, sum(map(int.__mul__, block, block[1:])))] += 1

    assert overlapping_law(2, 10) == pytest.approx([counts[i] / 1_024 for i in range(6)])


def test_overlapping_law_is_the_corrected_one() -> None:
    """Hamano and Kaneko's values for 1,032 bits and nine ones, which revision 1a prints (3.8)."""
    corrected = (0.364091, 0.185659, 0.139381, 0.100571, 0.070432, 0.139865)

    assert overlapping_law(9, 1_032) == pytest.approx(corrected, abs=1e-6)


def test_overlapping_example() -> None:
    """The bits and the law of 2.8.4. The blocks match 5, 1, 3, 4 and 1 times, counted by hand."""
    bits = from_text("10111011110010110100011100101110111110000101101001")
    law = (0.324652, 0.182617, 0.142670, 0.106645, 0.077147, 0.166269)
    found = overlapping_template_test(bits, 2, 10, law)

    assert found.statistic == pytest.approx(5.051457, abs=1e-5)
    assert found.p_value == pytest.approx(0.4096, abs=1e-4)


def test_universal_example() -> None:
    """2.9.4: blocks of two bits, four of them first."""
    assert universal_statistic(from_text("01011010011101010111"), 2, 4) == pytest.approx(1.1949875)
    off = abs(1.1949875 - 1.5374383) / math.sqrt(2 * 1.338)
    assert math.erfc(off) == pytest.approx(0.767189, abs=1e-6)


@pytest.mark.parametrize(
    ("count", "block"), [(387_840, 6), (904_959, 6), (904_960, 7), (1 << 20, 7), (2_068_480, 8)]
)
def test_universal_block_follows_the_length(count: int, block: int) -> None:
    """The table of 2.9.7."""
    assert universal_block(count) == block


def test_universal_needs_its_bits() -> None:
    """Below the table there is no block."""
    with pytest.raises(ValueError, match="387,840"):
        universal_test(bytes(387_839))


@pytest.mark.math
def test_a_million_bits_of_e() -> None:
    """Appendix B, 2.7 to 2.9; the overlapping one with the law before its correction."""
    bits = binary_e(1_000_000)
    first = next(non_overlapping_template_tests(bits))

    assert first.test == "NonOverlappingTemplate:000000001"
    assert first.p_value == pytest.approx(0.078790, abs=1e-6)
    overlapping = overlapping_template_test(bits, law=UNCORRECTED)
    assert overlapping.statistic == pytest.approx(8.965859, abs=1e-3)
    assert overlapping.p_value == pytest.approx(0.110434, abs=1e-4)
    assert universal_test(bits).p_value == pytest.approx(0.282568, abs=1e-6)
