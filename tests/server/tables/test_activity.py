"""Tests of `server.tables.activity`: what is counted, for how long, and what counting costs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from protocol.messages.tables import ActivityList
from server.tables.activity import EVERY_MS, HERE_S, LISTED_EVERY_S, WINDOW_S, Activity
from tests.patience import PATIENCE_S
from tests.server.harness import House
from tests.server.wire import Wire

Counts = dict[str, tuple[int, int]]


@dataclass
class Clock:
    """A clock that goes when it is told to."""

    now: float = 1_000.0

    def __call__(self) -> float:
        """Return its time."""
        return self.now


@dataclass
class Person:
    """A player as a table knows him."""

    connection: object = "a connection"


@dataclass
class Seat:
    """What counting looks at of a table."""

    player: Person | None = field(default_factory=Person)
    sat_at: float = float("-inf")
    made_at: float = 0.0
    used_at: float = 0.0


def counts(listed: ActivityList) -> Counts:
    """Return players and rounds by game."""
    assert listed.every_ms == EVERY_MS
    return {game.game: (game.players, game.rounds) for game in listed.games}


def listed(activity: Activity, clock: Clock, *players: dict[str, Any]) -> Counts:
    """Return the counts of now, when what was listed before is too old."""
    clock.now += LISTED_EVERY_S
    return counts(activity.listed(dict(enumerate(players))))


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def activity(clock: Clock) -> Activity:
    """Counts of two games."""
    activity = Activity(clock)
    activity.tally("slot")
    activity.tally("roulette")
    return activity


def test_rounds_of_a_minute(activity: Activity, clock: Clock) -> None:
    """A settled round is told for a minute and a few seconds, then no more."""
    assert activity.tally("slot") is activity.tally("slot")
    activity.tally("slot").rounds += 3
    told = []
    for _ in range(20):
        activity.sample()
        told.append(listed(activity, clock))
        clock.now += 5.0 - LISTED_EVERY_S
    sure = int(WINDOW_S / 5)
    assert told[: sure - 1] == [{"slot": (0, 3)}] * (sure - 1)
    assert told[sure + 1 :] == [{}] * (len(told) - sure - 1)


def test_rounds_go_on(activity: Activity, clock: Clock) -> None:
    """At one round a second about sixty are told, whether anybody asks meanwhile or not."""
    for ask in (True, False):
        for second in range(200):
            clock.now += 1.0
            activity.tally("roulette").rounds += 1
            if second % 5 == 0:
                activity.sample()
            if ask:
                activity.listed({})
        assert 58 <= listed(activity, clock)["roulette"][1] <= 66


def test_each_player_counts_once(activity: Activity, clock: Clock) -> None:
    """A player counts where he sat down or bet last, and nowhere else."""
    now = clock.now
    slot, roulette = Seat(sat_at=now - 20), Seat(sat_at=now - 10)
    assert listed(activity, clock, {"slot": slot, "roulette": roulette}) == {"roulette": (1, 0)}
    slot.used_at = now - 5  # a bet
    assert listed(activity, clock, {"slot": slot, "roulette": roulette}) == {"slot": (1, 0)}
    other = {"slot": Seat(sat_at=now)}
    assert listed(activity, clock, {"slot": slot}, other) == {"slot": (2, 0)}


def test_who_is_not_there(activity: Activity, clock: Clock) -> None:
    """Not counted: nobody, the disconnected, the idle, and tables that were only loaded again."""
    now = clock.now
    for seat in (
        Seat(player=None, sat_at=now),
        Seat(player=Person(connection=None), sat_at=now),
        Seat(sat_at=now - HERE_S),
        Seat(made_at=now, used_at=now),
    ):
        assert listed(activity, clock, {"slot": seat}) == {}


def test_counting_is_seldom(activity: Activity, clock: Clock) -> None:
    """Within two seconds everybody is told the same list, and the tables are not looked through."""
    clock.now += LISTED_EVERY_S
    first = activity.listed({1: {"slot": Seat(sat_at=clock.now)}})  # type: ignore[dict-item]
    clock.now += LISTED_EVERY_S - 0.1
    assert activity.listed({}) is first
    clock.now += 0.1
    assert activity.listed({}).games == ()


def test_many_tables(activity: Activity, clock: Clock) -> None:
    """Five thousand tables are counted as one figure."""
    players: dict[int, Any] = {
        account: {"slot": Seat(sat_at=clock.now)} for account in range(5_000)
    }
    clock.now += LISTED_EVERY_S

    assert counts(activity.listed(players)) == {"slot": (5_000, 0)}


async def test_at_the_tables(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who plays and what was settled is told to anybody; who leaves or goes away is not counted."""
    monkeypatch.setattr("server.tables.activity.LISTED_EVERY_S", 0.0)
    watcher = await house.player()
    assert (await watcher.ask("activity")).body == {"games": [], "every_ms": EVERY_MS}
    slot = await house.seat()
    table = await house.seat("blackjack")
    for _ in range(3):
        await slot.spin()
    await table.open_round()
    told = (await watcher.ask("activity")).body["games"]
    # A round that waits for a decision is not settled.
    assert [game["game"] for game in told] == ["blackjack", "slot"]
    assert told[1] == {"game": "slot", "players": 1, "rounds": 3}
    open_rounds = await house.count("open_round")
    settled = await house.count("round") - 3
    assert open_rounds == told[0]["players"] == 1
    assert told[0]["rounds"] == settled
    await slot.wire.ask("leave", table=slot.table)
    await table.wire.drop()
    async with asyncio.timeout(PATIENCE_S):
        # Nobody tells the test that the server has noticed.
        while any((await playing(watcher)).values()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await house.resume(table.wire.welcome["token"])
    assert await playing(watcher) == {"blackjack": 1, "slot": 0}


async def playing(wire: Wire) -> dict[str, int]:
    """Return how many play each game that something is told of."""
    told = (await wire.ask("activity")).body["games"]
    return {game["game"]: game["players"] for game in told}
