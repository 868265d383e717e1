"""What happened in each second of a run, for the report that `croupier load --html` writes.

A bet pays for it with two list items; everything else is read off the tally once an interval. The
buckets are eight times as wide as those of `client.load.histogram`, which is finer than a chart
shows and cheap enough to add up every second.
"""

from __future__ import annotations

import math
from itertools import accumulate
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from client.load.histogram import Histogram

if TYPE_CHECKING:
    from client.load.results import Tally

__all__ = ["GameSeries", "MessageSeries", "Series"]

MAXIMUM_INTERVALS: Final = 3_600
"""A longer run gets longer intervals. Beyond twice as many they grow further."""
MAXIMUM_CODES: Final = 64
"""Error codes told apart; later ones count as `other`."""
_OTHER: Final = "other"
_LEAST_SHARE: Final = 0.25
"""A phase that ends sooner than this share of an interval leaves its counts to the next one."""

_BITS: Final = 7
_HALF: Final = 1 << _BITS
_WHOLE: Final = 2 * _HALF
_SHIFTS: Final = 29
_LIMIT: Final = (_WHOLE << (_SHIFTS - 1)) - 1
_BUCKETS: Final = _WHOLE + (_SHIFTS - 1) * _HALF

_COUNTED: Final = ("bets", "reconnects", "dropped_sends", "arrivals")
"""Counters of the tally that are kept by interval, under the same name."""


class MessageSeries:
    """Answers to one type of request in one game."""

    __slots__ = ("_counts", "errors", "maximum")

    def __init__(self) -> None:
        self._counts = [0] * _BUCKETS
        self.maximum = 0
        self.errors = 0

    def figures(self) -> dict[str, Any]:
        """Return what the table of the report shows."""
        found = _percentiles(self._counts, self.maximum)
        return {"answers": sum(self._counts), "errors": self.errors, "latency_ms": found}


class GameSeries:
    """The types of request that a simulated player makes in one game."""

    __slots__ = ("act", "deal", "name", "spin")

    def __init__(self, name: str) -> None:
        self.name = name
        self.spin = MessageSeries()
        self.deal = MessageSeries()
        self.act = MessageSeries()


class Series:
    """The intervals of a run. `answered` is on the way of a bet, all else is not."""

    def __init__(self, tally: Tally, *, expected_s: float, cpu_s: float) -> None:
        self._tally = tally
        self.interval_s = float(max(1, math.ceil(expected_s / MAXIMUM_INTERVALS)))
        self._widen_at = 2 * MAXIMUM_INTERVALS
        self.raw = Histogram()
        """Open loop: latencies from when a bet was really sent."""
        self._counts = [0] * _BUCKETS
        self._maximum = 0
        self._lag_us = 0
        self._began = perf_counter()
        self._due = self._began + self.interval_s
        self._zero: float | None = None
        self._cpu_s = cpu_s
        self._seen = dict.fromkeys(_COUNTED, 0)
        self._columns: dict[str, list[Any]] = {name: [] for name in _NAMES}
        self._errors: dict[str, int] = {}
        self._error_columns: dict[str, list[int]] = {}
        self._groups: dict[tuple[str, str], list[float]] = {}
        self._phases: list[tuple[str, float]] = [("connecting", self._began)]
        self._games: dict[str, GameSeries] = {}

    # On the way of a bet.

    def answered(self, message: MessageSeries, duration_us: int) -> None:
        """Count an answer by when it came and by what was asked."""
        if 0 <= duration_us < _WHOLE:
            index = duration_us
        else:
            value = min(max(duration_us, 0), _LIMIT)
            shift = max(value.bit_length() - _BITS - 1, 0)
            index = (shift << _BITS) + (value >> shift)
        self._counts[index] += 1
        message._counts[index] += 1  # noqa: SLF001 - a method call costs as much as all this
        if duration_us > self._maximum:  # noqa: PLR1730 - as in Histogram.record
            self._maximum = duration_us
        if duration_us > message.maximum:  # noqa: PLR1730 - the same
            message.maximum = duration_us

    # Now and then.

    def game(self, name: str) -> GameSeries:
        """Return what counts the answers of one game."""
        return self._games.setdefault(name, GameSeries(name))

    def error(self, code: str, where: str) -> None:
        """Count an error under its code and under where it happened, such as `slot spin`."""
        if code not in self._errors and len(self._errors) >= MAXIMUM_CODES:
            code = _OTHER
        self._errors[code] = self._errors.get(code, 0) + 1
        now = perf_counter()
        group = self._groups.setdefault((code, where), [0, now, now])
        group[0] += 1
        group[2] = now

    def lag(self, duration_us: int) -> None:
        """Note how late the event loop woke up."""
        self._lag_us = max(self._lag_us, duration_us)

    def wait(self) -> float:
        """Return the seconds until `close` is due."""
        return max(0.0, self._due - perf_counter())

    def phase(self, name: str, cpu_s: float) -> None:
        """Begin a phase, and with it an interval; bets begin at 0 on the axis of time."""
        now = perf_counter()
        self._phases.append((name, now))
        if name == "betting":
            self._zero = now
        if now - self._began >= _LEAST_SHARE * self.interval_s:
            self.close(cpu_s, now)
        self._due = now + self.interval_s

    def close(self, cpu_s: float, now: float | None = None) -> None:
        """End the interval under way; `cpu_s` is the CPU time of this process so far."""
        ended = perf_counter() if now is None else now
        length = ended - self._began
        if length <= 0:
            return
        tally, columns = self._tally, self._columns
        columns["at_s"].append(self._began)
        columns["length_s"].append(length)
        for name in _COUNTED:
            count: int = getattr(tally, name)
            columns[name].append(count - self._seen[name])
            self._seen[name] = count
        columns["answers"].append(sum(self._counts))
        for name, found in _percentiles(self._counts, self._maximum).items():
            columns[f"{name}_ms"].append(found)
        columns["connected"].append(tally.connected)
        columns["busy"].append(tally.busy)
        columns["generator_cpu"].append(round((cpu_s - self._cpu_s) / length, 4))
        columns["lag_ms"].append(round(self._lag_us / 1000, 3))
        self._close_errors()
        self._counts = [0] * _BUCKETS
        self._maximum = self._lag_us = 0
        self._cpu_s, self._began = cpu_s, ended
        if len(columns["at_s"]) >= self._widen_at:
            self._widen_at += MAXIMUM_INTERVALS
            self.interval_s *= 2
        while self._due <= ended:
            self._due += self.interval_s

    def finish(self, cpu_s: float) -> None:
        """End the last interval, unless nothing was counted since the one before."""
        changed = [name for name in _COUNTED if getattr(self._tally, name) != self._seen[name]]
        if changed or sum(self._counts) or sum(self._errors.values()):
            self.close(cpu_s)

    def _close_errors(self) -> None:
        closed = len(self._columns["at_s"]) - 1
        for code, count in self._errors.items():
            column = self._error_columns.setdefault(code, [0] * closed)
            column.append(count)
            self._errors[code] = 0

    # At the end.

    def seconds(self, moment: float) -> float:
        """Return a time of `perf_counter` on the axis of time."""
        return round(moment - (self._phases[0][1] if self._zero is None else self._zero), 3)

    def figures(self) -> dict[str, Any]:
        """Return the columns, one value an interval, and the phases."""
        columns = dict(self._columns)
        columns["at_s"] = [self.seconds(moment) for moment in columns["at_s"]]
        columns["length_s"] = [round(length, 3) for length in columns["length_s"]]
        return {
            "interval_s": self.interval_s,
            "phases": [
                {"name": name, "at_s": self.seconds(moment)} for name, moment in self._phases
            ],
            **columns,
            "errors": self._error_columns,
        }

    def messages(self) -> list[dict[str, Any]]:
        """Return a row for each game and type of request that was answered or refused."""
        rows = [
            {"game": game.name, "message": kind, **getattr(game, kind).figures()}
            for game in sorted(self._games.values(), key=lambda game: game.name)
            for kind in ("spin", "deal", "act")
        ]
        return [row for row in rows if row["answers"] or row["errors"]]

    def groups(self) -> list[dict[str, Any]]:
        """Return the errors by code and place, the most frequent first."""
        return [
            {
                "code": code,
                "where": where,
                "count": int(count),
                "first_s": self.seconds(first),
                "last_s": self.seconds(last),
            }
            for (code, where), (count, first, last) in sorted(
                self._groups.items(), key=lambda item: (-item[1][0], item[0])
            )
        ]


_SHARES: Final = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
_NAMES: Final = (
    "at_s",
    "length_s",
    *_COUNTED,
    "answers",
    *[f"{name}_ms" for name in (*_SHARES, "max")],
    "connected",
    "busy",
    "generator_cpu",
    "lag_ms",
)


def _percentiles(counts: list[int], maximum: int) -> dict[str, float | None]:
    """Return the usual percentiles in milliseconds; None for each if nothing was counted."""
    total = sum(counts)
    if not total:
        return dict.fromkeys((*_SHARES, "max"))
    found: dict[str, float | None] = {}
    wanted = [(name, max(1, math.ceil(share * total))) for name, share in _SHARES.items()]
    wanted.reverse()
    for index, seen in enumerate(accumulate(counts)):
        while wanted and seen >= wanted[-1][1]:
            found[wanted.pop()[0]] = round(min(_highest(index), maximum) / 1000, 3)
        if not wanted:
            break
    found["max"] = round(max(maximum, 0) / 1000, 3)
    return found


def _highest(index: int) -> int:
    """Return the longest duration of a bucket."""
    if index < _WHOLE:
        return index
    shift = (index >> _BITS) - 1
    return (((index & (_HALF - 1)) + _HALF + 1) << shift) - 1
