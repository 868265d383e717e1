"""Tests of `client.load.arrivals`."""

from __future__ import annotations

import asyncio
import random
from time import perf_counter
from typing import Literal

import pytest

from client.load.arrivals import Arrivals
from client.load.results import Tally


async def collect(arrivals: Arrivals, due: list[float]) -> None:
    """Play without ever being busy."""
    while (turn := await arrivals.next()) is not None:
        due.append(turn)


@pytest.mark.parametrize("shape", ["poisson", "uniform"])
async def test_bets_arrive_at_the_rate(shape: Literal["poisson", "uniform"]) -> None:
    """As many as asked for, each with the time it was meant for."""
    tally, due = Tally(), list[float]()
    arrivals = Arrivals(2_000.0, shape, random.Random(3), tally)
    players = [asyncio.create_task(collect(arrivals, due)) for _ in range(100)]
    await asyncio.sleep(0)
    started = perf_counter()
    await arrivals.run(started + 0.5)
    await asyncio.gather(*players)

    assert tally.arrivals == len(due) + tally.dropped_sends
    assert tally.arrivals == pytest.approx(1_000, abs=5 if shape == "uniform" else 130)
    assert all(started < each < started + 0.5 for each in due)


async def test_times_repeat_under_the_same_seed() -> None:
    """The gaps come from the seed alone."""
    gaps = []
    for _ in range(2):
        arrivals = Arrivals(100.0, "poisson", random.Random(7), Tally())
        gaps.append([arrivals._wait() for _ in range(50)])

    assert gaps[0] == gaps[1]


async def test_what_finds_no_free_player_is_dropped() -> None:
    """A bet without a player is counted, not queued until one is free."""
    tally = Tally()
    arrivals = Arrivals(1_000.0, "uniform", random.Random(1), tally)
    only = asyncio.create_task(arrivals.next())
    await asyncio.sleep(0)
    await arrivals.run(perf_counter() + 0.05)

    assert await only is not None
    assert tally.dropped_sends == tally.arrivals - 1 > 20
    assert await arrivals.next() is None


async def test_the_longest_free_player_is_next() -> None:
    """Bets go round, so that all players are used alike."""
    arrivals = Arrivals(1.0, "uniform", random.Random(1), Tally())
    turns = [asyncio.create_task(arrivals.next()) for _ in range(3)]
    await asyncio.sleep(0)
    arrivals._arrive(1.0, 1.0)
    await asyncio.sleep(0)
    assert [turn.done() for turn in turns] == [True, False, False]
    turns[1].cancel()
    await asyncio.sleep(0)
    arrivals._arrive(2.0, 2.0)

    assert await turns[2] == 2.0
