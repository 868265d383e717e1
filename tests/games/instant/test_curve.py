"""Tests of games.instant.curve."""

from __future__ import annotations

import math

import pytest

from games.instant.curve import (
    DOUBLING,
    LONGEST,
    MAXIMUM,
    STEPS,
    milliseconds_until,
    multiplier_at,
)

VECTORS = {
    0: 100,
    1: 100,
    139: 100,
    140: 101,
    1_000: 107,
    2_500: 118,
    9_999: 199,
    10_000: 200,
    12_345: 235,
    20_000: 400,
    33_333: 1_008,
    60_000: 6_400,
    100_000: 102_400,
    132_872: 999_908,
    132_873: 999_975,
    132_874: 1_000_000,
    140_000: 1_000_000,
    10**12: 1_000_000,
}
"""Hundredths at milliseconds, for other languages to be tested on."""


def test_vectors() -> None:
    """The multiplier at given times, to the hundredth."""
    assert {time: multiplier_at(time) for time in VECTORS} == VECTORS


def test_steps_are_powers_of_the_tenth_root_of_two() -> None:
    """Each is the whole number just below 2^(k/10) millions: an exact comparison of powers."""
    for step, height in enumerate(STEPS):
        assert height**10 <= 2**step * 10**60 < (height + 1) ** 10


def test_it_never_falls_and_never_leaps() -> None:
    """At each of the 140,000 milliseconds: no less than before, and no more than 0.1 % more."""
    last = multiplier_at(0)
    assert last == 100
    for time in range(1, LONGEST + 2):
        now = multiplier_at(time)
        assert last <= now <= last + last // 1_000 + 1
        last = now
    assert last == MAXIMUM


def test_it_doubles_every_ten_seconds() -> None:
    """It keeps within 0.2 % and a hundredth of 2^(t / 10 s)."""
    for time in range(0, 132_000, 77):
        exact = 100 * 2 ** (time / DOUBLING)
        assert math.isclose(multiplier_at(time), exact, rel_tol=0.002, abs_tol=1)


def test_a_double_holds_every_number_on_the_way() -> None:
    """The largest product stays below 2^53, so a language with doubles only agrees."""
    assert STEPS[-1] * 1_000 * 2 ** ((LONGEST - 1) // DOUBLING) < 2**53


def test_the_time_of_a_multiplier_is_its_first() -> None:
    """It is there at that millisecond and was not a millisecond before."""
    for hundredths in (101, 102, 150, 200, 201, 1_234, 99_999, 765_432, MAXIMUM):
        time = milliseconds_until(hundredths)
        assert multiplier_at(time) >= hundredths > multiplier_at(time - 1)
    assert milliseconds_until(100) == 0
    assert milliseconds_until(0) == 0


def test_what_is_not_on_the_curve() -> None:
    """Times before the start and multipliers above the maximum are errors."""
    with pytest.raises(ValueError, match="before its start"):
        multiplier_at(-1)
    with pytest.raises(ValueError, match="never reaches"):
        milliseconds_until(MAXIMUM + 1)
