"""Latencies in buckets no wider than a thousandth of their value.

The layout is that of an HDR histogram. Recording is our own, because it happens for each reply and
costs a tenth of the library's; `hdr` hands the counts over to the library for its exchange format.
"""

from __future__ import annotations

import math
from itertools import accumulate
from typing import Final

__all__ = ["PERCENTILES", "Histogram", "shares"]

_BITS: Final = 10
_HALF: Final = 1 << _BITS
_WHOLE: Final = 2 * _HALF
_SHIFTS: Final = 26
MAXIMUM_US: Final = (_WHOLE << (_SHIFTS - 1)) - 1
"""Nineteen hours; whatever is longer counts as this long."""
PERCENTILES: Final = {
    "p50": 0.5,
    "p75": 0.75,
    "p90": 0.9,
    "p95": 0.95,
    "p99": 0.99,
    "p999": 0.999,
    "p9999": 0.9999,
    "max": 1.0,
}
"""What the report's table of percentiles shows."""
_STEPS: Final = 5
_HALVINGS: Final = 40


class Histogram:
    """Counts of durations in whole microseconds; exact below 2,048, within 0.1 % above."""

    __slots__ = ("_counts", "count", "maximum")

    def __init__(self) -> None:
        self._counts = [0] * (_WHOLE + (_SHIFTS - 1) * _HALF)
        self.count = 0
        self.maximum = 0

    def record(self, duration_us: int) -> None:
        """Count one duration; a negative one counts as 0."""
        if duration_us > self.maximum:  # noqa: PLR1730 - max() costs three times as much here
            self.maximum = duration_us
        self.count += 1
        if 0 <= duration_us < _WHOLE:
            self._counts[duration_us] += 1
        else:
            value = min(max(duration_us, 0), MAXIMUM_US)
            shift = max(value.bit_length() - _BITS - 1, 0)
            self._counts[(shift << _BITS) + (value >> shift)] += 1

    def percentile(self, share: float) -> int | None:
        """Return the duration that a share (0 to 1) of all do not exceed; None if there are none.

        The highest value of its bucket, and never above the highest duration recorded.
        """
        if not self.count:
            return None
        rank = max(1, math.ceil(share * self.count))
        seen = 0
        for index, count in enumerate(self._counts):
            seen += count
            if seen >= rank:
                return min(_highest(index), self.maximum)
        return self.maximum

    def milliseconds(self) -> dict[str, float | None]:
        """Return the usual percentiles in milliseconds."""
        shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}
        found = {name: _ms(self.percentile(share)) for name, share in shares.items()}
        found["max"] = _ms(self.maximum if self.count else None)
        return found

    def distribution(self) -> list[tuple[float, float]]:
        """Return durations in milliseconds by the share that does not exceed them."""
        wanted = [(share, max(1, math.ceil(share * self.count))) for share in shares(self.count)]
        points: list[tuple[float, float]] = []
        for index, seen in enumerate(accumulate(self._counts)):
            while len(points) < len(wanted) and seen >= wanted[len(points)][1]:
                duration_us = min(_highest(index), self.maximum)
                points.append((wanted[len(points)][0], round(duration_us / 1000, 3)))
        return points

    def hdr(self) -> str:
        """Return the histogram in the HDR exchange format V2 (base64), in microseconds."""
        from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]  # noqa: PLC0415

        histogram = HdrHistogram(1, MAXIMUM_US, 3)
        for index, count in enumerate(self._counts):
            if count:
                histogram.record_value(max(1, min(_highest(index), self.maximum)), count)
        encoded: bytes = histogram.encode()
        return encoded.decode("ascii")


def shares(count: int) -> list[float]:
    """Return the shares at which a distribution of so many is told, from 0 to 1.

    Five for each halving of what lies above, as far as there is anything above.
    """
    found: list[float] = []
    for halving in range(_HALVINGS):
        above: float = 0.5**halving
        if above * count < 1:
            break
        found += [1 - above * (1 - step / (2 * _STEPS)) for step in range(_STEPS)]
    return [*found, 1.0] if count else []


def _highest(index: int) -> int:
    if index < _WHOLE:
        return index
    shift = (index >> _BITS) - 1
    return (((index & (_HALF - 1)) + _HALF + 1) << shift) - 1


def _ms(duration_us: int | None) -> float | None:
    return None if duration_us is None else round(duration_us / 1000, 3)
