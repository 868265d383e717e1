"""All fifteen tests over many sequences of bits, and the verdict on the whole (standards A14)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from games.analysis.randomness.distributions import (
    binomial_tail,
    chi_square,
    chi_square_tail,
    holm,
)
from games.analysis.randomness.sp800_22.bits import BitTest
from games.analysis.randomness.sp800_22.complexity import linear_complexity_test, rank_test
from games.analysis.randomness.sp800_22.excursions import (
    excursions_tests,
    excursions_variant_tests,
    least_cycles,
    walk_of,
)
from games.analysis.randomness.sp800_22.frequencies import (
    block_frequency_test,
    cumulative_sums_test,
    longest_run_test,
    monobit_test,
    runs_apply,
    runs_test,
)
from games.analysis.randomness.sp800_22.patterns import (
    approximate_entropy_test,
    pattern_counts,
    serial_test,
    shortened,
)
from games.analysis.randomness.sp800_22.spectral import spectral_test
from games.analysis.randomness.sp800_22.templates import (
    non_overlapping_template_tests,
    overlapping_template_test,
    universal_test,
)

SEQUENCE_BITS: Final = 1 << 20
"""Bits of a sequence: at least the 10^6 that the tests ask for, and quick to transform."""
SEQUENCES: Final = 55
"""As many as uniformity of the p-values needs (SP 800-22 4.2.2)."""
LEAST_BITS: Final = 1_000_000
ALPHA: Final = 0.01
_SERIAL: Final = 16
_ENTROPY: Final = 10
_BINS: Final = 10
_UNIFORMITY: Final = 0.0001
_IMPOSSIBLE: Final = 1e-12
"""So far out the laws of some tests are off, but not by enough for this to happen by chance."""


def run_tests(bits: bytes) -> Iterator[BitTest]:
    """Run all fifteen tests on one sequence: 188 p-values.

    There are 26 fewer where the walk returns too rarely for both tests of excursions (once in four
    or five sequences), and one fewer where ones are so many or few that runs say nothing.
    Raises ValueError below a million bits.
    """
    if len(bits) < LEAST_BITS:
        raise ValueError(f"the tests need {LEAST_BITS:,} bits, not {len(bits):,}")
    yield monobit_test(bits)
    yield block_frequency_test(bits)
    yield from cumulative_sums_test(bits)
    if runs_apply(bits):  # else its p-value would only repeat that of the frequency, and as 0
        yield runs_test(bits)
    yield longest_run_test(bits)
    yield rank_test(bits)
    yield spectral_test(bits)
    yield from non_overlapping_template_tests(bits)
    yield overlapping_template_test(bits)
    yield universal_test(bits)
    counts = pattern_counts(bits, _SERIAL)
    yield from serial_test(counts)
    for _ in range(_SERIAL - _ENTROPY - 1):
        counts = shortened(counts)
    yield approximate_entropy_test(counts)
    walk = walk_of(bits)
    if walk.count(0) >= least_cycles(len(bits)):
        yield from excursions_tests(walk)
        yield from excursions_variant_tests(walk)
    yield linear_complexity_test(bits)


class Row(msgspec.Struct, frozen=True):
    """What one of the tests says of all sequences together."""

    test: str
    sequences: int
    """How many the test applied to."""
    failures: int
    """P-values below 0.01."""
    bins: tuple[int, ...]
    """How many p-values lie in each tenth from 0 to 1."""
    proportion: float
    """The share that passed."""
    proportion_bound: float
    """What the share should not fall below by itself: 0.99 - 3 √(0.99 · 0.01 / sequences)."""
    proportion_p_value: float
    """The chance of so many failures or more."""
    smallest_p_value: float
    uniformity_p_value: float | None
    """Of chi-square over the ten bins; None below 55 sequences."""
    within_bounds: bool
    """Whether it passes both of SP 800-22's own rules (4.2), each for itself."""


class BitsVerdict(msgspec.Struct, frozen=True):
    """The verdict of the suite as a whole."""

    bits: int
    sequences: int
    rows: tuple[Row, ...]
    smallest_adjusted_p_value: float
    """Of all proportions and uniformities together, by Holm."""
    passed: bool
    """Whether that is at least 0.01, and no p-value is below 10^-12: a perfect generator fails once
    in a hundred reports."""


def judge(outcomes: Iterable[Sequence[BitTest]], bits: int) -> BitsVerdict:
    """Judge the p-values of several sequences of `bits` bits in all.

    188 tests each at its own 99 % would nearly always find something. Therefore their p-values,
    of the number of failures and of uniformity, are adjusted together (Holm), and the whole is
    held at 99 % (standards A12). As few sequences can only fail so often, a single p-value that
    is next to impossible fails by itself. Raises ValueError without a sequence.
    """
    p_values: dict[str, list[float]] = {}
    sequences = 0
    for found in outcomes:
        sequences += 1
        for one in found:
            p_values.setdefault(one.test, []).append(one.p_value)
    if not sequences:
        raise ValueError("there is no sequence to judge")
    rows = tuple(_row(test, values) for test, values in p_values.items())
    together = [row.proportion_p_value for row in rows]
    together += [row.uniformity_p_value for row in rows if row.uniformity_p_value is not None]
    smallest = min(holm(together))
    passed = smallest >= ALPHA and all(row.smallest_p_value >= _IMPOSSIBLE for row in rows)
    return BitsVerdict(bits, sequences, rows, smallest, passed)


def _row(test: str, p_values: Sequence[float]) -> Row:
    number = len(p_values)
    failures = sum(p_value < ALPHA for p_value in p_values)
    bins = [0] * _BINS
    for p_value in p_values:
        bins[min(int(p_value * _BINS), _BINS - 1)] += 1
    uniformity = None
    if number >= SEQUENCES:
        statistic = chi_square(bins, [number / _BINS] * _BINS)
        uniformity = chi_square_tail(statistic, _BINS - 1)
    share = 1 - failures / number
    bound = 1 - ALPHA - 3 * math.sqrt(ALPHA * (1 - ALPHA) / number)
    return Row(
        test=test,
        sequences=number,
        failures=failures,
        bins=tuple(bins),
        proportion=share,
        proportion_bound=bound,
        proportion_p_value=binomial_tail(failures, number, ALPHA),
        smallest_p_value=min(p_values),
        uniformity_p_value=uniformity,
        within_bounds=share >= bound and (uniformity is None or uniformity >= _UNIFORMITY),
    )
