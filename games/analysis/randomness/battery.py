"""The named tests on the final outcomes of the games, judged together at 99 % (standards A12).

GLI-19 3.3.2 names total distribution, overlaps, coupon collector, runs, interplay correlation,
serial correlation and duplicates. 25 CFR 547.14 adds gap, poker, permutation, spectral and
subsequences; 58 Pa. Code 810a.5 adjacency, order statistic, Kolmogorov-Smirnov, serial and Poisson.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from games.analysis.randomness import correlation, counting, ordering
from games.analysis.randomness.collection import Collection, columns_of, series_of
from games.analysis.randomness.distributions import holm
from games.analysis.randomness.sequences import Finding, Series

ALPHA: Final = 0.01
"""The chance that a perfect generator fails the battery as a whole."""
TESTS: Final[tuple[Callable[[Series], Finding | None], ...]] = (
    counting.frequency,
    counting.serial,
    counting.overlaps,
    counting.poker,
    counting.duplicates,
    counting.poisson,
    counting.subsequences,
    counting.adjacency,
    ordering.gaps,
    ordering.coupons,
    ordering.runs_up,
    ordering.runs_about_middle,
    ordering.permutations,
    ordering.order_statistic,
    ordering.kolmogorov_smirnov,
    correlation.serial_correlation,
    correlation.spectral,
)
"""Every test of one series. The one of several, interplay correlation, stands by itself."""


class Row(msgspec.Struct, frozen=True):
    """One test of one series of one game."""

    game: str
    series: str
    finding: Finding
    adjusted_p_value: float
    """By Holm over all rows of the battery; below 0.01 the battery fails."""


class OutcomesVerdict(msgspec.Struct, frozen=True):
    """The battery as a whole."""

    tests: int
    smallest_adjusted_p_value: float
    passed: bool
    """At 99 %: the smallest adjusted p-value is at least 0.01."""
    passed_at_95: bool
    below_one_percent: int
    """P-values below 0.01 before adjustment: about one in a hundred of them is as it should be."""
    rows: tuple[Row, ...]


Found = tuple[str, str, Finding]
"""Game, series and what a test found there."""


def findings(series: Series) -> Iterator[Finding]:
    """Run every test for which the series is long enough."""
    for test in TESTS:
        found = test(series)
        if found is not None:
            yield found


def examine(collection: Collection, tick: Callable[[], None] = lambda: None) -> Iterator[Found]:
    """Run every test on every series of a game; `tick` is called after each series."""
    for name, series in series_of(collection).items():
        for finding in findings(series):
            yield collection.game, name, finding
        tick()
    together = correlation.interplay_correlation(columns_of(collection))
    if together is not None:
        yield collection.game, "draws of a round", together


def judge(found: Iterable[Found]) -> OutcomesVerdict:
    """Judge all p-values together by Holm's procedure. Raises ValueError if there are none.

    Holm's holds the chance of any false alarm at 1 % for all tests of all games together, whatever
    the dependence between them; many tests each at 99 % would nearly always raise one.
    """
    listed = list(found)
    if not listed:
        raise ValueError("no series is long enough for a test")
    p_values = [finding.p_value for _, _, finding in listed]
    adjusted = holm(p_values)
    rows = [
        Row(game, series, finding, value)
        for (game, series, finding), value in zip(listed, adjusted, strict=True)
    ]
    smallest = min(adjusted)
    return OutcomesVerdict(
        tests=len(rows),
        smallest_adjusted_p_value=smallest,
        passed=smallest >= ALPHA,
        passed_at_95=smallest >= 5 * ALPHA,
        below_one_percent=sum(p_value < ALPHA for p_value in p_values),
        rows=tuple(rows),
    )
