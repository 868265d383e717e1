"""Tests of dependence: along a series, between the draws of a round, and in its spectrum."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Final

from games.analysis.randomness.sequences import LEAST, Finding, Series, fitted, reduced
from games.analysis.randomness.sp800_22.spectral import spectral_test

LAGS: Final = 5
_LEAST_BITS: Final = 1 << 12


def standardised(series: Series) -> list[float]:
    """Return the values less their mean, in units of their standard deviation, both as known."""
    middle = (series.size - 1) / 2
    deviation = math.sqrt((series.size**2 - 1) / 12)
    return [(value - middle) / deviation for value in series.values]


def serial_correlation(series: Series) -> Finding | None:
    """Correlation with the outcomes 1 to 5 places before: five independent normal values."""
    values = standardised(series)
    if len(values) < 5 * LEAST:
        return None
    statistic = 0.0
    for lag in range(1, LAGS + 1):
        products = map(float.__mul__, values, itertools.islice(values, lag, None))
        statistic += math.fsum(products) ** 2 / (len(values) - lag)
    return fitted("serial correlation", statistic, LAGS, len(values))


def interplay_correlation(columns: Sequence[Series]) -> Finding | None:
    """Correlation between the draws of one round: `columns` hold one draw each, round by round."""
    scaled = [standardised(column) for column in columns]
    if len(scaled) < 2 or len(scaled[0]) < 5 * LEAST:
        return None
    rounds = len(scaled[0])
    statistic = 0.0
    pairs = 0
    for one, other in itertools.combinations(scaled, 2):
        total = math.fsum(a * b for a, b in zip(one, other, strict=True))
        statistic += total**2 / rounds
        pairs += 1
    return fitted("interplay correlation", statistic, pairs, rounds)


def spectral(series: Series) -> Finding | None:
    """Peaks of the discrete Fourier transform of lower and upper half (SP 800-22, 2.6)."""
    halves = reduced(series, 2).values
    if len(halves) < _LEAST_BITS:
        return None
    # A power of two is the quickest to transform.
    count = 1 << (len(halves).bit_length() - 1)
    outcome = spectral_test(halves[:count])
    return Finding("spectral", outcome.statistic, None, outcome.p_value, count)
