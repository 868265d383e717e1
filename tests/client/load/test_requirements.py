"""Tests of `client.load.requirements`."""

from __future__ import annotations

from typing import Any

import pytest

from client.load.options import LoadError
from client.load.requirements import Requirement

RESULT: dict[str, Any] = {
    "latency_ms": {"p50": 1.0, "p90": 2.0, "p99": 49.9, "p999": 80.0, "max": 100.0},
    "errors": {"busy": 2, "stake_below": 1},
    "bets": 500,
    "bets_per_s": 50.0,
    "broke": 0,
    "dropped_sends": 3,
    "generator_us": 40.0,
    "reconnects": 0,
}


@pytest.mark.parametrize(
    "text",
    [
        "p99<50ms",
        "p99 <= 49.9 ms",
        "p99<50",
        "p99<0.0499001s",
        "p999>79999us",
        "errors<4",
        "errors>=3",
        "bets_per_s>49.9",
        "dropped_sends<=3",
        "broke<1",
        "max<=100ms",
    ],
)
def test_kept_bounds_are_silent(text: str) -> None:
    """Latencies compare in milliseconds whatever unit they are written in."""
    assert Requirement.parse(text).missed(RESULT) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("p99<49ms", "p99<49ms: it was 49.9 ms"),
        ("p50 < 1 ms", "p50<1ms: it was 1 ms"),
        ("errors<1", "errors<1: it was 3"),
        ("bets_per_s>1000", "bets_per_s>1000: it was 50"),
    ],
)
def test_missed_bounds_are_named(text: str, words: str) -> None:
    """With the bound as it was asked for and what was measured."""
    assert Requirement.parse(text).missed(RESULT) == words


def test_an_outcome_tells_bound_and_measure() -> None:
    """As the report shows it, in milliseconds for latencies."""
    assert Requirement.parse("p99 < 0.04 s").outcome(RESULT) == {
        "text": "p99<0.04s",
        "figure": "p99",
        "limit": 40.0,
        "measured": 49.9,
        "unit": "ms",
        "met": False,
    }
    assert Requirement.parse("errors<4").outcome(RESULT)["met"]


def test_a_bound_on_nothing_is_missed() -> None:
    """A run that measured nothing does not pass for a fast one."""
    nothing = {**RESULT, "latency_ms": dict.fromkeys(RESULT["latency_ms"])}
    assert Requirement.parse("p99<50ms").missed(nothing) == "p99<50ms: nothing was measured"


@pytest.mark.parametrize(
    "text", ["", "p99", "p99<", "p98<5ms", "p99=5", "p99<5min", "errors<5ms", "p99<-1", "<5"]
)
def test_what_is_no_bound_is_refused(text: str) -> None:
    """With the figures that there are."""
    with pytest.raises(LoadError, match="--require"):
        Requirement.parse(text)
