"""Tests of `client.backoff`."""

from __future__ import annotations

from client.backoff import Backoff


def test_the_span_doubles_up_to_the_cap() -> None:
    """Each wait is drawn from twice the span of the one before, up to the cap."""
    spans: list[float] = []

    def longest(_: float, span: float) -> float:
        spans.append(span)
        return span

    backoff = Backoff(0.5, 20.0, longest)
    for _ in range(8):
        backoff.next()

    assert spans == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0]


def test_reset_starts_from_the_beginning() -> None:
    """After a healthy connection the waits are short again."""
    backoff = Backoff(0.5, 20.0, lambda _, span: span)
    backoff.next()
    backoff.next()
    backoff.reset()

    assert backoff.next() == 0.5


def test_waits_are_spread_over_the_whole_span() -> None:
    """With full jitter even an immediate retry is possible, so that clients do not come at once."""
    waits = [Backoff(1.0, 1.0).next() for _ in range(500)]

    assert min(waits) < 0.1
    assert max(waits) > 0.9


def test_very_many_attempts_do_not_overflow() -> None:
    """A server that is away for days does not break the sum."""
    backoff = Backoff(0.5, 20.0, lambda _, span: span)

    assert {backoff.next() for _ in range(5_000)} >= {20.0}
