"""What a page of operators cost is held against its bounds."""

from __future__ import annotations

import dataclasses

from bench.console import TABLES, Watched, row_of, watching_targets

WATCHED = Watched(TABLES, 10.0, TABLES, 0, 31.0, 59.0)


def test_bounds() -> None:
    """One long task, or fewer events than were meant to come, misses a target."""
    assert all(target.met for target in watching_targets(WATCHED))
    for changes in ({"long_tasks": 1}, {"events_a_second": TABLES // 2}):
        missed = watching_targets(dataclasses.replace(WATCHED, **changes))
        assert [target.met for target in missed].count(False) == 1


def test_every_round_changes_the_row() -> None:
    """No event leaves a row as it was, so that every one costs the page something."""
    for number in range(TABLES):
        assert row_of(number, 3) != row_of(number, 4)
        assert row_of(number, 3).id == row_of(number, 4).id
