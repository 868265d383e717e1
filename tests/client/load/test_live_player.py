"""Tests of `client.load.live_player`: how a simulated player plays at a live table."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from client.http import Ticket
from client.live import LiveTable
from client.load.live_player import LivePlayer
from client.load.options import LoadError, LoadOptions
from client.load.results import Tally
from protocol.messages.live import LiveState, RoundResult, RoundVoided
from tests.client.test_live import Clock, QuietHouse
from tests.client.test_live_state import VECTORS, event_of, state_of

OPTIONS = LoadOptions(http="http://127.0.0.1:1", players=1, seconds=1, mix={"live:Wheel": 1})
EVENTS = [event_of(step["event"]) for step in VECTORS["steps"]]


@pytest.fixture
async def player() -> LivePlayer:
    """A player who has not come to his table yet."""

    async def tickets() -> Ticket:
        raise AssertionError("nobody signs in here")

    player = LivePlayer("live:Wheel", OPTIONS, Tally(), tickets, None, seed=7)
    player._heard = asyncio.Event()
    return player


def state(**fields: object) -> LiveState:
    """Return where a table stands, but for some fields."""
    return msgspec.structs.replace(state_of(VECTORS["start"]), **fields)


async def test_results_are_counted(player: LivePlayer) -> None:
    """A result counts where he had a stake on it, and a void round as one."""
    for event in EVENTS:
        if isinstance(event, RoundResult | RoundVoided):
            player._hear(event)
    counts = player._counts

    assert (counts.bets, counts.stakes, counts.payouts, counts.voided) == (1, 300, 600, 1)
    assert player._tally.bets == 1
    assert not player.playing


async def test_who_rides(player: LivePlayer) -> None:
    """He rides while it rises, he has something on it, and he has not left."""
    rides = []
    table = LiveTable(QuietHouse(), state(), Clock())
    for event in EVENTS:
        table.take_event(event)
        rides.append((event.TYPE, player._rides(table)))

    assert ("rising", True) in rides
    assert [kind for kind, riding in rides if riding] == ["rising", "cashed_out"]


def test_live_tables_set_the_pace() -> None:
    """A rate cannot be kept at a table that has a clock of its own."""
    with pytest.raises(LoadError, match="pace"):
        LoadOptions(http="http://127.0.0.1:1", players=1, seconds=1, rate=5.0, mix={"live:A": 1})
