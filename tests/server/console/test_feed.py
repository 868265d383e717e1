"""Tests of `server.console.feed`: a page is told what is so, once, however much has happened."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from protocol.schema.console_tables import NodeRow, PrivatePlay
from server.console.board import LiveBoard
from server.console.feed import EVENTS_KEPT, Feed
from tests.patience import PATIENCE_S
from tests.server.console.tables import Engine, event, row


async def taken(feed: Feed) -> list[Any]:
    """Wait for messages and return them, read."""
    async with asyncio.timeout(PATIENCE_S):
        await feed.wait()
    return [json.loads(text) for text in await feed.take()]


def waits(feed: Feed) -> bool:
    """Whether there is nothing to send."""
    return not feed._wake.is_set()


async def test_snapshot_then_changes() -> None:
    """First comes everything, then only what has changed, each table once and as it is now."""
    board = LiveBoard()
    board.put(row())
    feed = Feed(board)
    board.put(row("t2"))
    first = await taken(feed)
    assert [(one["type"], len(one["tables"])) for one in first] == [("snapshot", 2)]
    assert first[0]["private"] == []
    assert waits(feed)
    for held in range(50):
        board.put(row(held=held))
    board.remove("t2")
    (second,) = await taken(feed)
    assert set(second) == {"type", "tables", "gone"}
    assert [(one["id"], one["held"]) for one in second["tables"]] == [("t1", 49)]
    assert second["gone"] == ["t2"]
    assert waits(feed)
    feed.close()
    board.put(row())
    assert waits(feed), "a closed feed is told of nothing"


async def test_a_table_that_comes_back() -> None:
    """What went and came back in between is told as it is; what came and went as gone."""
    board = LiveBoard()
    board.put(row())
    feed = Feed(board)
    await taken(feed)
    board.remove("t1")
    board.put(row(held=9))
    board.put(row("t2"))
    board.remove("t2")
    (told,) = await taken(feed)
    assert ([one["held"] for one in told["tables"]], told["gone"]) == ([9], ["t2"])


async def test_one_table_in_detail() -> None:
    """The followed table is told in detail again whenever it has changed, with its events."""
    board = LiveBoard()
    board.put(row())
    board.put(row("t2"))
    engine = Engine(board)
    feed = Feed(board)
    await taken(feed)
    feed.follow("t1")
    (told,) = await taken(feed)
    assert (told["type"], told["id"], told["table"]["row"]["id"]) == ("detail", "t1", "t1")
    board.event("t1", event("one", seat=3, amount=500))
    board.event("t2", event("elsewhere"))
    board.event("t1", event("two"))
    (told,) = await taken(feed)
    assert [one["text"] for one in told["events"]] == ["one", "two"]
    assert (told["events"][0]["seat"], told["missed"]) == (3, 0)
    board.put(row("t2"))
    assert [one["type"] for one in await taken(feed)] == ["changes"]
    board.put(row(held=1))
    assert [one["type"] for one in await taken(feed)] == ["changes", "detail"]
    board.remove("t1")
    assert (await taken(feed))[-1] == {"type": "detail", "id": "t1", "table": None}
    feed.follow("t2")
    feed.follow(None)
    assert engine.follows == [("t1", True), ("t1", False), ("t2", True), ("t2", False)]


async def test_events_of_a_table_that_was_left_are_forgotten() -> None:
    """What happened at the table before is not told of the one that is followed now."""
    board = LiveBoard()
    board.put(row())
    board.put(row("t2"))
    feed = Feed(board)
    feed.follow("t1")
    board.event("t1", event("old"))
    feed.follow("t2")
    assert [one["type"] for one in await taken(feed)] == ["snapshot", "detail"]


async def test_too_many_events() -> None:
    """A page that is slow misses the oldest events and is told how many; memory is bounded."""
    board = LiveBoard()
    board.put(row())
    feed = Feed(board)
    feed.follow("t1")
    await taken(feed)
    for number in range(EVENTS_KEPT + 7):
        board.event("t1", event(str(number)))
    (told,) = await taken(feed)
    assert (len(told["events"]), told["missed"]) == (EVENTS_KEPT, 7)
    assert told["events"][0]["text"] == "7"


async def test_private_totals() -> None:
    """Totals of private tables are told when one has changed, and not again and again."""
    rooms = [PrivatePlay(game="slot", title="Slot", node="1", players=2, rounds=30)]
    board = LiveBoard(private=lambda: rooms)
    board.put(row())
    feed = Feed(board)
    (first,) = await taken(feed)
    assert first["private"][0]["players"] == 2
    feed.look()
    assert waits(feed)
    rooms.clear()
    feed.look()
    (told,) = await taken(feed)
    assert told == {"type": "changes", "tables": [], "gone": [], "private": []}
    board.put(row())
    (told,) = await taken(feed)
    assert "private" not in told
    board.put_private(2, [PrivatePlay(game="dice", title="Dice", node="2", players=1, rounds=3)])
    (told,) = await taken(feed)
    assert [one["node"] for one in told["private"]] == ["2"]
    board.totals_changed()
    assert waits(feed)


async def test_the_nodes() -> None:
    """Which nodes live, with the program of each, is told at first and when one has changed."""
    nodes = [NodeRow(node=number, program="0.1.0 (schema 12)", state="ready") for number in "12"]
    board = LiveBoard()
    board.put_nodes(nodes)
    feed = Feed(board)
    (first,) = await taken(feed)
    assert [(one["node"], one["program"]) for one in first["nodes"]] == [
        ("1", "0.1.0 (schema 12)"), ("2", "0.1.0 (schema 12)")]  # fmt: skip
    board.put_nodes(nodes)
    assert waits(feed)
    board.put_nodes([NodeRow(node="1", program="0.2.0 (schema 14)", state="starting"), nodes[1]])
    (told,) = await taken(feed)
    assert [(one["program"], one["state"]) for one in told["nodes"]] == [
        ("0.2.0 (schema 14)", "starting"), ("0.1.0 (schema 12)", "ready")]  # fmt: skip
    board.put(row())
    (told,) = await taken(feed)
    assert "nodes" not in told
