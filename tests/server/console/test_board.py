"""Tests of `server.console.board`: what is written on the board is what operators read."""

from __future__ import annotations

import pytest

from protocol.schema.console_tables import Action, PrivatePlay, Round, Seat, TableEvent
from server.console.board import ROUNDS_KEPT, LiveBoard
from server.console.live import ActionRefused, Order
from tests.server.console.tables import Engine, event, row

ORDER = Order("mara", "floor", "because", 1)


class Ear:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def changed(self, table: str) -> None:
        """Remember it."""
        self.heard.append(("changed", table))

    def gone(self, table: str) -> None:
        """Remember it."""
        self.heard.append(("gone", table))

    def happened(self, table: str, event: TableEvent) -> None:
        """Remember it."""
        self.heard.append((event.text, table))

    def totals(self) -> None:
        """Remember it."""
        self.heard.append(("totals", ""))


def test_clocks_go_on() -> None:
    """A clock that was written once runs on the board, down to zero and no further."""
    now = [100.0]
    board = LiveBoard(monotonic=lambda: now[0])
    board.put(row(phase_ms_left=9_000))
    board.put(row("t2", phase_ms_left=None))
    now[0] += 2.5
    assert [each.phase_ms_left for each in board.snapshot()] == [6_500, None]
    now[0] += 60
    told = board.row("t1")
    assert told is not None
    assert told.phase_ms_left == 0
    board.put(row(phase_ms_left=1_000))
    assert board.snapshot()[0].phase_ms_left == 1_000
    assert board.row("t9") is None


async def test_detail() -> None:
    """Seats and rounds stay until others are written, and a row alone leaves them as they are."""
    board = LiveBoard()
    seat, old = Seat(seat=0, player="p1"), Round(round="77-0", ended_ms=1)
    board.put(row(), seats=[seat], rounds=[old])
    board.put(row(held=700))
    for n in range(ROUNDS_KEPT):
        board.finished("t1", Round(round=f"77-{n + 1}", ended_ms=n))
    board.finished("t9", old)
    detail = await board.detail("t1")
    assert detail is not None
    assert (detail.row.held, detail.seats) == (700, (seat,))
    assert len(detail.rounds) == ROUNDS_KEPT
    assert (detail.rounds[0].round, detail.rounds[-1].round) == (f"77-{ROUNDS_KEPT}", "77-1")
    assert await board.detail("t9") is None


def test_watchers() -> None:
    """Whoever subscribes is told of all tables, of events only at the one that he follows."""
    board, ear = LiveBoard(), Ear()
    unsubscribe = board.subscribe(ear)
    unfollow = board.follow("t1", ear)
    board.put(row())
    board.put(row("t2"))
    board.event("t1", event("one"))
    board.event("t2", event("two"))
    board.remove("t2")
    board.remove("t2")
    assert ear.heard == [("changed", "t1"), ("changed", "t2"), ("one", "t1"), ("gone", "t2")]
    for end in (unfollow, unsubscribe, unfollow, unsubscribe):
        end()
    board.put(row())
    board.event("t1", event("three"))
    assert len(ear.heard) == 4
    assert len(board) == 1


def test_the_engine_is_told_who_is_followed() -> None:
    """Only the first who follows a table and the last who leaves it are told on."""
    board = LiveBoard()
    engine = Engine(board)
    ends = [board.follow("t1", Ear()) for _ in range(3)]
    assert board.is_followed("t1")
    for end in ends:
        end()
        end()
    assert engine.follows == [("t1", True), ("t1", False)]
    assert not board.is_followed("t1")
    board.follow("t1", Ear())
    assert engine.follows[-1] == ("t1", True)


async def test_actions_go_to_the_owner() -> None:
    """An action is the engine's to do; without one, or of no table, it is refused."""
    board = LiveBoard()
    board.put(row())
    with pytest.raises(ActionRefused) as refused:
        await board.act("t1", Action.PAUSE, ORDER)
    assert refused.value.code == "unreachable"
    assert await board.replay("shared-1") is None
    engine = Engine(board)
    with pytest.raises(ActionRefused) as refused:
        await board.act("t9", Action.PAUSE, ORDER)
    assert refused.value.code == "no_table"
    await board.act("t1", Action.PAUSE, ORDER)
    assert engine.orders == [("t1", Action.PAUSE, ORDER)]
    assert (await board.replay("shared-1")) is not None


def test_private_tables() -> None:
    """Totals of private tables are asked for when they are read."""
    told = [PrivatePlay(game="slot", title="Slot", node="1", players=2, rounds=30)]
    assert LiveBoard(private=lambda: told).private() == told
    assert list(LiveBoard().private()) == []


def test_private_tables_of_other_nodes() -> None:
    """They stand behind one's own until their node has none; watchers are told of each change."""

    def play(node: str) -> PrivatePlay:
        return PrivatePlay(game="slot", title="Slot", node=node, players=2, rounds=30)

    board, ear = LiveBoard(private=lambda: [play("4")]), Ear()
    board.subscribe(ear)
    board.put_private(10, [play("10")])
    board.put_private(2, [play("2")])
    board.put_private(2, [play("2")])
    assert [one.node for one in board.private()] == ["4", "2", "10"]
    assert [one.node for one in board.own_private()] == ["4"]
    assert len(ear.heard) == 2
    board.put_private(10, ())
    board.put_private(11, ())
    assert [one.node for one in board.private()] == ["4", "2"]
    assert ear.heard == [("totals", "")] * 3
