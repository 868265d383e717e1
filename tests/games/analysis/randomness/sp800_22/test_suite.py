"""All fifteen tests together: what passes, what must not, and how the whole is judged (A14)."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import shake_256

import pytest

from games.analysis.randomness.sp800_22.bits import BitTest, from_bytes
from games.analysis.randomness.sp800_22.suite import (
    SEQUENCE_BITS,
    SEQUENCES,
    judge,
    run_tests,
)
from games.entropy import Draws
from tests.games.analysis.randomness.biased import seed_of

TESTS = (
    ("Frequency", 1),
    ("BlockFrequency", 1),
    ("CumulativeSums", 2),
    ("Runs", 1),
    ("LongestRun", 1),
    ("Rank", 1),
    ("FFT", 1),
    ("NonOverlappingTemplate", 148),
    ("OverlappingTemplate", 1),
    ("Universal", 1),
    ("Serial", 2),
    ("ApproximateEntropy", 1),
    ("RandomExcursions", 8),
    ("RandomExcursionsVariant", 18),
    ("LinearComplexity", 1),
)
"""The fifteen tests and how many p-values each gives."""


def raw_bits(number: int) -> bytes:
    """Return a sequence of the words of 32 streams, as the draw code makes them."""
    data = bytearray()
    for stream in range(32):
        draws = Draws(seed_of("raw 1", 32 * number + stream), (b"test",))
        data += b"".join(draws.word().to_bytes(4, "big") for _ in range(1_024))
    return from_bytes(bytes(data))


def repeating() -> bytes:
    """Return a cycle of 4,096 bits."""
    return from_bytes(shake_256(b"cycle").digest(512)) * (SEQUENCE_BITS // 4_096)


def leaning() -> bytes:
    """Return bits of which 129 in 256 are ones: a percent and a half more than zeros."""
    data = shake_256(b"leaning").digest(SEQUENCE_BITS)
    return bytes(byte < 129 for byte in data)


def sticking() -> bytes:
    """Return bits of which one in fifty repeats the one before it."""
    data = shake_256(b"sticking").digest(2 * SEQUENCE_BITS)
    bits = bytearray()
    last = 0
    for one, other in zip(data[::2], data[1::2], strict=True):
        last = last if one < 5 else other & 1
        bits.append(last)
    return bytes(bits)


def register() -> bytes:
    """Return bits of a shift register of 89 places, even in every other way."""
    bits = bytearray(from_bytes(shake_256(b"register").digest(12))[:89])
    while len(bits) < SEQUENCE_BITS:
        bits.append(bits[-89] ^ bits[-51])
    return bytes(bits)


def test_all_fifteen_tests_pass_a_sequence() -> None:
    """The words of 32 rounds' streams: 188 p-values, none of them tiny."""
    found = list(run_tests(raw_bits(0)))

    counts: dict[str, int] = {}
    for one in found:
        name = one.test.partition(":")[0]
        counts[name] = counts.get(name, 0) + 1
    assert tuple(counts.items()) == TESTS
    assert min(one.p_value for one in found) > 0.01 / len(found)


@pytest.mark.math
@pytest.mark.timeout(1_200)
def test_the_full_battery_passes() -> None:
    """55 sequences of 2^20 bits, 57.7 million in all, judged together at 99 %."""
    verdict = judge((list(run_tests(raw_bits(n))) for n in range(SEQUENCES)), 55 * SEQUENCE_BITS)

    for row in sorted(verdict.rows, key=lambda row: row.proportion_p_value)[:5]:
        print(row)  # noqa: T201
    assert verdict.sequences == 55
    assert verdict.passed
    assert sum(not row.within_bounds for row in verdict.rows) < 15


@pytest.mark.math
@pytest.mark.parametrize(
    ("bits", "test"),
    [
        (leaning, "Frequency"),
        (repeating, "Serial:1"),
        (sticking, "Runs"),
        (register, "LinearComplexity"),
    ],
    ids=["leaning", "repeating", "sticking", "register"],
)
def test_biased_bits_fail(bits: Callable[[], bytes], test: str) -> None:
    """A few more ones than zeros, a cycle, bits that cling, a shift register: each is found out."""
    found = {one.test: one.p_value for one in run_tests(bits())}

    assert found[test] < 1e-9
    assert not judge([[BitTest(name, 0, value) for name, value in found.items()]], 1).passed


def test_the_tests_need_a_million_bits() -> None:
    """Fewer would make the p-values of several tests meaningless."""
    with pytest.raises(ValueError, match="1,000,000"):
        next(run_tests(bytes(999_999)))


def sequences(p_values: list[float]) -> list[list[BitTest]]:
    """Return a sequence with a single test for each p-value."""
    return [[BitTest("Frequency", 0, value)] for value in p_values]


def test_proportion_and_uniformity_by_hand() -> None:
    """Of 100 evenly spread p-values one is below 0.01: the bound is 0.9602 (4.2.1)."""
    verdict = judge(sequences([(index + 0.5) / 100 for index in range(100)]), 100)
    (row,) = verdict.rows

    assert (row.failures, row.bins, row.sequences) == (1, (10,) * 10, 100)
    assert row.proportion == pytest.approx(0.99)
    assert row.proportion_bound == pytest.approx(0.960150, abs=1e-6)
    assert row.uniformity_p_value == 1
    assert row.proportion_p_value == pytest.approx(1 - 0.99**100)
    assert row.within_bounds
    assert verdict.passed


def test_too_many_failures_fail() -> None:
    """Seven of 100 below 0.01 are far more than one."""
    verdict = judge(sequences([0.001] * 7 + [(index + 0.5) / 93 for index in range(93)]), 100)

    assert not verdict.rows[0].within_bounds
    assert not verdict.passed


def test_p_values_in_a_heap_fail() -> None:
    """All p-values in one tenth: each passes, together they are no p-values."""
    verdict = judge(sequences([0.55] * 55), 55)

    assert verdict.rows[0].failures == 0
    assert not verdict.passed
    assert judge(sequences([0.55] * 54), 54).passed  # too few to tell


def test_the_impossible_fails_by_itself() -> None:
    """A single sequence can fail but once; a p-value of 10^-13 is enough all the same."""
    assert judge(sequences([1e-9]), 1).passed
    assert not judge(sequences([1e-13]), 1).passed


def test_nothing_to_judge() -> None:
    """A verdict without a sequence would be none."""
    with pytest.raises(ValueError, match="no sequence"):
        judge([], 0)
