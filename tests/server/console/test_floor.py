"""Tests of live tables as operators of any node see them, and of their hand on them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from protocol.schema.console_tables import Action, TableRow
from server.console.floor import FOLLOWED_S, ConsoleFloor
from server.console.live import ActionRefused, Order
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.harness import House
from tests.server.tables.live.conftest import valkey  # noqa: F401 - a fixture
from tests.server.tables.live.people import (
    LONG_MS,
    Person,
    chips,
    live_house,
    table_settings,
)
from tests.server.tables.live.test_remote import casino


async def row_where(house: House, **said: Any) -> TableRow:
    """Wait until the only table on a node's board is so."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for row in house.casino.board.snapshot():
                if all(getattr(row, name) == value for name, value in said.items()):
                    return row
            await asyncio.sleep(0.02)


def order(round_id: str | None = None) -> Order:
    """Return an operator's order."""
    return Order("ann", "floor", "the wheel is looked at", 1, round_id)


async def test_an_operator_of_any_node_sees_and_rules(
    database: Database,
    valkey: Any,  # noqa: F811 - the fixture
) -> None:
    """Rows, seats and events of another node's table; pause, void and close reach its owner."""
    table = table_settings("roulette", betting_ms=LONG_MS)
    async with casino(database, valkey, table) as houses:
        for house in houses:
            row = await row_where(house, title=table.title)
        owner = next(h for h in houses if str(h.casino._lease.node) == row.node)
        other = next(h for h in houses if h is not owner)
        board = other.casino.board
        unfollow = board.follow(row.id, _Watcher())
        person = await Person.join(owner, table.title)
        opened = await person.opened()
        await person.bet(opened["round"], chips(red=100))
        seen = await row_where(other, held=100, phase="betting", players=1)
        assert seen.round == opened["round"]
        async with asyncio.timeout(PATIENCE_S):
            while True:
                detail = await board.detail(row.id)
                assert detail is not None
                if detail.seats and detail.seats[0].bets:
                    break
                await asyncio.sleep(0.02)
        assert (detail.seats[0].player, detail.seats[0].held) == (person.player, 100)

        with pytest.raises(ActionRefused, match="no_round"):
            await board.act(row.id, Action.VOID, order("1-1"))
        with pytest.raises(ActionRefused, match="wrong_state"):
            await board.act(row.id, Action.RESUME, order())
        await board.act(row.id, Action.PAUSE, order())
        await person.event("table_status")
        await board.act(row.id, Action.VOID, order(opened["round"]))
        voided = await person.event("round_voided")
        assert (voided["returned"], voided["reason"]) == (100, "the wheel is looked at")
        assert await owner.money(person.player) == (100_000, 0)
        await row_where(other, state="paused", phase="idle", held=0)
        replay = await board.replay(opened["round"])
        assert replay is not None
        assert (replay.void_cause, replay.agrees) == ("the wheel is looked at", True)

        await board.act(row.id, Action.RESUME, order())
        again = await person.opened(1)
        await person.bet(again["round"], chips(black=100))
        await board.act(row.id, Action.CLOSE, order())
        await row_where(other, state="closing")
        unfollow()


async def test_following_what_is_no_table(database: Database) -> None:
    """Whatever pages want to follow, the board of their node goes on, and forgets it in time."""
    title = "Table of roulette"
    async with live_house(database, table_settings("roulette", betting_ms=LONG_MS)) as house:
        row = await row_where(house, title=title)
        board, floor = house.casino.board, house.casino.board.engine
        assert isinstance(floor, ConsoleFloor)
        for table in ("²", "٣", "9" * 64, "-1", "x" * 64, ""):
            unfollow = board.follow(table, _Watcher())
            floor._follows_at = 0.0
            floor.flush()
            unfollow()
        await board.act(row.id, Action.PAUSE, order())
        await row_where(house, state="paused")
        floor._forget(time.monotonic() + 2 * FOLLOWED_S)
        assert not floor._followed


async def test_a_finished_round_is_played_again(
    database: Database,
    valkey: Any,  # noqa: F811 - the fixture
) -> None:
    """A replay pays what was paid, step by step."""
    table = table_settings("roulette", betting_ms=300)
    async with casino(database, valkey, table, nodes=1) as (house,):
        person = await Person.join(house, table.title)
        opened = await person.opened()
        await person.bet(opened["round"], chips(red=100, black=100))
        result = await person.newest("round_result", round=opened["round"])
        replay = await house.casino.board.replay(opened["round"])
        assert replay is not None
        assert replay.agrees
        assert (replay.staked, replay.paid) == (200, result["payout"])
        assert [step.kind for step in replay.steps] == ["bet", "result"]
        assert replay.result == result["summary"]


class _Watcher:
    """Somebody who looks at a table."""

    def changed(self, table: str) -> None:
        """Take note."""

    def gone(self, table: str) -> None:
        """Take note."""

    def happened(self, table: str, event: Any) -> None:
        """Take note."""

    def totals(self) -> None:
        """Take note."""
