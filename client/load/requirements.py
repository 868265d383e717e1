"""Bounds that a run must keep, such as `p99<50ms`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from client.load.options import LoadError

__all__ = ["Requirement"]

_LATENCIES: Final = ("p50", "p90", "p99", "p999", "max")
_FIGURES: Final = (
    "bets",
    "bets_per_s",
    "broke",
    "dropped_sends",
    "errors",
    "generator_us",
    "reconnects",
)
_MILLISECONDS: Final = {"us": 0.001, "ms": 1.0, "s": 1000.0, "": 1.0}
_COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FORM: Final = re.compile(r"\s*([a-z0-9_]+)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*(us|ms|s)?\s*")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One bound on one figure; `limit` is in milliseconds for latencies."""

    text: str
    figure: str
    comparison: str
    limit: float

    @classmethod
    def parse(cls, text: str) -> Requirement:
        """Read a bound. Raises LoadError that names the figures there are."""
        match = _FORM.fullmatch(text)
        figure = match[1] if match else ""
        if match is None or figure not in (*_LATENCIES, *_FIGURES):
            raise LoadError(
                f"--require: {text!r} is not understood; write for instance 'p99<50ms', with one "
                f"of {', '.join((*_LATENCIES, *_FIGURES))}"
            )
        unit = match[4] or ""
        if unit and figure not in _LATENCIES:
            raise LoadError(f"--require: {figure} has no unit of time")
        limit = float(match[3]) * (_MILLISECONDS[unit] if figure in _LATENCIES else 1.0)
        return cls("".join(text.split()), figure, match[2], limit)

    def measured(self, result: Mapping[str, Any]) -> float | None:
        """Return what the result says of the figure; milliseconds for latencies."""
        if self.figure in _LATENCIES:
            value = result["latency_ms"][self.figure]
        elif self.figure == "errors":
            value = sum(result["errors"].values())
        else:
            value = result[self.figure]
        return None if value is None else float(value)

    def outcome(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """Return the bound, what was measured, and whether it was kept."""
        return {
            "text": self.text,
            "figure": self.figure,
            "limit": self.limit,
            "measured": self.measured(result),
            "unit": "ms" if self.figure in _LATENCIES else None,
            "met": self.missed(result) is None,
        }

    def missed(self, result: Mapping[str, Any]) -> str | None:
        """Return one line that says how the result misses the bound, or None if it keeps it."""
        value, unit = self.measured(result), " ms" if self.figure in _LATENCIES else ""
        if value is None:
            return f"{self.text}: nothing was measured"
        if _COMPARISONS[self.comparison](value, self.limit):
            return None
        return f"{self.text}: it was {value:,.10g}{unit}"
