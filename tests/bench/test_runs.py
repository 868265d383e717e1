"""From counts and accounts to figures."""

from __future__ import annotations

from typing import Any

import pytest

from bench.accounts import Reading
from bench.errors import BenchError
from bench.runs import Figures, Run, figures, together

RUN = Run(players=64, seconds=10.0, warm_up_s=2.0)
ENDED: dict[str, Any] = {
    "bets": 100_000,
    "seconds": 10.0,
    "latency_ms": {"p50": 4.0, "p99": 8.0},
    "request_bytes": 100,
    "reply_bytes": 480,
    "errors": {},
    "lost": 0,
}
DONE = {"answered": 120_000, "unanswered": 0}


def reading(**used: float) -> Reading:
    """Make what was spent in the window."""
    return Reading(at_s=10.0, used_s=used, busy_s=sum(used.values()) + 0.5, stolen_s=0.25)


def judge(**changed: Any) -> Figures:
    """Compute the figures of a window with some counts of its own."""
    spent = reading(server=4.0, postgres=3.0, generator=1.5)
    return figures(RUN, {**ENDED, **changed}, DONE, spent)


def test_cpu_time_is_divided_by_the_bets() -> None:
    """Seconds of a window become microseconds a bet, each process apart."""
    found = judge()

    assert (found.server_us, found.postgres_us, found.generator_us) == (40.0, 30.0, 15.0)
    assert found.casino_us == 70.0
    assert found.bets_per_s == 10_000.0
    assert found.as_json()["p99_ms"] == 8.0


def test_what_others_used_is_found() -> None:
    """The machine was busy for longer than what was measured: that was somebody else."""
    found = judge()

    assert found.other_cpu == pytest.approx(0.075)
    assert not found.disturbed
    assert judge(errors={"busy": 1}).disturbed
    assert judge(lost=1).disturbed


def test_a_server_without_a_database_has_no_cost_of_one() -> None:
    """The floor's PostgreSQL costs nothing."""
    assert figures(RUN, ENDED, DONE, reading(server=2.0, generator=1.0)).postgres_us == 0.0


def test_no_bets_are_an_error_and_no_division() -> None:
    """What the players were told is what the person is told."""
    with pytest.raises(BenchError, match="no bet was played: stake_above 64"):
        judge(bets=0, errors={"stake_above": 64})
    with pytest.raises(BenchError, match="did not answer"):
        judge(bets=0)


def test_turns_are_one_run() -> None:
    """What was used and played is added up; a turn that was disturbed does not tell the latency."""
    slow = judge(bets=50_000, latency_ms={"p50": 9.0, "p99": 90.0}, errors={"busy": 1}, lost=1)

    found = together([judge(), slow, judge()])

    assert found.bets == 250_000
    assert found.bets_per_s == pytest.approx(250_000 / 30)
    assert found.server_us == pytest.approx(12.0 / 250_000 * 1e6)
    assert found.casino_us == pytest.approx(21.0 / 250_000 * 1e6)
    assert (found.p50_ms, found.p99_ms) == (4.0, 8.0)
    assert (found.errors, found.lost, found.answered) == ({"busy": 1}, 1, 360_000)
    assert found.other_cpu == pytest.approx(0.075)
    assert found.disturbed
