"""Tests of the token bucket."""

from __future__ import annotations

import random

from server.gateway.limits import TokenBucket


def test_a_full_bucket_allows_its_burst_at_once() -> None:
    """As many frames as the burst go through at one instant, and not one more."""
    bucket = TokenBucket(10, 5, 100.0)

    allowed = [bucket.take(100.0) >= 0 for _ in range(7)]

    assert allowed == [True] * 5 + [False] * 2


def test_an_empty_bucket_fills_at_its_rate() -> None:
    """After the burst one token comes back each tenth of a second at ten a second."""
    bucket = TokenBucket(10, 5, 0.0)
    for _ in range(5):
        bucket.take(0.0)

    assert bucket.take(0.05) < 0
    assert bucket.take(0.25) >= 0


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    """An hour of silence allows the burst and no more."""
    bucket = TokenBucket(1_000, 5, 0.0)

    assert [bucket.take(3_600.0) >= 0 for _ in range(6)] == [True] * 5 + [False]


def test_taking_from_an_empty_bucket_is_a_debt() -> None:
    """Each refused frame sinks the balance further, so a flood can be told from a slip."""
    bucket = TokenBucket(10, 2, 0.0)

    assert [bucket.take(0.0) for _ in range(4)] == [1.0, 0.0, -1.0, -2.0]


def test_a_sender_at_the_rate_is_never_refused() -> None:
    """Evenly spaced frames at the allowed rate go through for ever."""
    bucket = TokenBucket(1_000, 10, 0.0)

    assert all(bucket.take(number / 1_000) >= 0 for number in range(1, 50_000))


def test_no_pattern_of_sending_gets_more_than_burst_and_rate() -> None:
    """Whatever the pauses, what is allowed in a stretch is at most the burst plus rate times it."""
    seed = random.randrange(2**32)
    print("seed", seed)  # noqa: T201 - to repeat a failure
    source = random.Random(seed)
    bucket, now, allowed = TokenBucket(50, 20, 0.0), 0.0, 0
    for _ in range(10_000):
        now += source.choice((0.0, 0.0, 0.001, 0.01, 0.1))
        allowed += bucket.take(now) >= 0

    assert allowed <= 20 + 50 * now


def test_what_is_more_work_counts_as_more() -> None:
    """Further tokens can be taken for a frame; the debt is paid before the next goes through."""
    bucket = TokenBucket(10, 20, 0.0)
    bucket.take(0.0)
    bucket.charge(24)

    assert bucket.take(0.0) == -6.0
    assert bucket.take(1.0) == 3.0
