"""A small report on randomness, made once for all tests of the commands."""

from __future__ import annotations

import functools

from games.catalogue import standard
from server.cli.rng_report import Report, Steps, make_report

SECRET = bytes(range(32))
MADE = "2000-01-01T00:00:00+00:00"
GAMES = [game for game in standard() if game.name in {"roulette", "slot"}]
TOLD: list[str] = []
"""The parts that were told while it was made."""


@functools.cache
def small_report() -> Report:
    """Return it: one sequence of bits, 1,500 rounds of two games."""
    seen = Steps(begin=lambda name, _: TOLD.append(name), step=lambda: None)
    return make_report(GAMES, SECRET, sequences=1, rounds=1_500, made=MADE, steps=seen)
