"""The examples of live tables."""

from __future__ import annotations

from typing import Any

import pytest

from games.instant.curve import multiplier_at
from protocol.messages import EVENTS
from protocol.messages.live import LiveState, TableEvent
from protocol.schema import Published
from protocol.schema.examples import story
from tests.protocol.schema.games import HALF, PUBLISHED

ALL = pytest.mark.parametrize(
    "published", [PUBLISHED, HALF, Published()], ids=["all", "half", "no"]
)


@ALL
def test_events_are_dense(published: Published) -> None:
    """The events of each live table have the numbers that follow on its state, without a hole."""
    newest: dict[str, int] = {}
    counted = 0
    for example in story(published):
        body: dict[str, Any] = example.frame["body"]
        if example.type in ("joined", "watching"):
            live = body["live"]
            assert live.keys() == set(LiveState.__struct_fields__)
            newest[live["table"]] = live["seq"]
        elif example.type == "live_snapshot":
            assert body["seq"] == body["live"]["seq"] == newest[body["table"]]
        elif issubclass(EVENTS.get(example.type, LiveState), TableEvent):
            before = newest.get(body["table"], body["seq"] - 1)
            assert body["seq"] == before + 1
            newest[body["table"]] = body["seq"]
            counted += 1
    assert counted > len(EVENTS) // 2


@ALL
def test_bets_come_before_the_close(published: Published) -> None:
    """A bet is accepted while its round is open, and refused behind the close (standards A11)."""
    is_open: set[str] = set()
    refused = 0
    asked = ""
    for example in story(published):
        body = example.frame["body"]
        if example.type == "round_opened":
            is_open.add(body["round"])
        elif example.type in ("bets_closed", "turn"):
            is_open.discard(body["round"])
        elif example.type == "bet":
            asked = body["round"]
        elif example.type == "accepted":
            assert asked in is_open
        elif example.type == "error" and body["code"] == "bets_closed":
            assert asked not in is_open
            refused += 1
    assert refused == 1


def test_cash_out() -> None:
    """The cash-out of the story pays its stake times the multiplier of its time, rounded down."""
    (event,) = [example for example in story(PUBLISHED) if example.type == "cashed_out"]
    cash_out = event.frame["body"]["cash_out"]

    assert cash_out["payout"] == 200 * multiplier_at(cash_out["at_ms"]) // 100
