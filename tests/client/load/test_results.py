"""Tests of `client.load.results`."""

from __future__ import annotations

from client.load.options import LoadOptions
from client.load.results import Report, Tally, Window, report

OPTIONS = LoadOptions(http="http://127.0.0.1:1", players=3, seconds=9.0, mix={"slot": 1})


def result(window: Window, tally: Tally | None = None) -> Report:
    """Return the report of a run with this window."""
    return report(
        OPTIONS,
        (),
        tally or Tally(),
        window,
        retried={},
        repeated=0,
        started_ms=0,
        interrupted=False,
    )


def test_the_cost_is_cpu_time_by_bet() -> None:
    """Microseconds of this process for each bet settled within the window."""
    figures = result(Window(10.0, 1_000, 0.05), Tally(bets=1_010)).figures

    assert figures["generator_us"] == 50.0
    assert figures["bets_per_s"] == 100.0
    assert figures["bets"] == 1_010


def test_a_run_without_bets_has_no_cost() -> None:
    """Nothing is divided by nothing."""
    figures = result(Window()).figures

    assert figures["generator_us"] is None
    assert figures["bets_per_s"] == 0.0


def test_a_generator_on_a_full_core_is_warned_of() -> None:
    """Its figures are then about itself."""
    assert result(Window(10.0, 10, 8.0)).warning is None
    warning = result(Window(10.0, 10, 9.5)).warning

    assert warning is not None
    assert "95% of a core" in warning


def test_a_late_event_loop_is_warned_of() -> None:
    """A generator that waits for the CPU measures its own waiting."""
    window = Window(10.0, 10, 1.0)
    for _ in range(100):
        window.lag.record(80_000)
    warning = result(window).warning

    assert warning is not None
    assert "had to wait for the CPU" in warning
