"""Tests of `client.live_state`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from client.live_state import BOARD_LENGTH, after
from protocol.codec import JSON
from protocol.messages.live import BoardEntry, LiveEvent, LiveState, RoundResult

VECTORS: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "live-states.json").read_text(encoding="utf-8")
)
"""Shared with the browser's client (`web/packages/sdk/test/live-state.test.ts`)."""


def state_of(form: dict[str, Any]) -> LiveState:
    """Read a state as it comes on the wire."""
    state: LiveState = JSON.decoder(LiveState).decode(msgspec.json.encode(form))
    return state


def event_of(form: dict[str, Any]) -> LiveEvent:
    """Read an event as it comes on the wire."""
    event: LiveEvent = msgspec.json.decode(msgspec.json.encode(form), type=LiveEvent)
    return event


def form_of(state: LiveState) -> dict[str, Any]:
    """Return a state as it stands on the wire; a view that there is not is null."""
    view = bytes(state.view) or b"null"
    whole = msgspec.structs.replace(state, view=msgspec.Raw(view))
    form: dict[str, Any] = json.loads(msgspec.json.encode(whole))
    return form


def test_what_each_event_makes_of_a_table() -> None:
    """Every event changes what the shared vectors say, and nothing else."""
    state = state_of(VECTORS["start"])
    wanted = dict(VECTORS["start"])
    for step in VECTORS["steps"]:
        state = after(state, event_of(step["event"]))
        wanted |= step["changes"]
        assert form_of(state) == wanted, step["event"]


def test_every_event_is_among_the_vectors() -> None:
    """No kind of event of live tables is forgotten."""
    kinds = {step["event"]["type"] for step in VECTORS["steps"]}

    # A snapshot is taken whole, as the answer to `join` is.
    assert kinds == {kind.TYPE for kind in LiveEvent.__args__} - {"live_snapshot"}


@pytest.mark.parametrize("again", [False, True])
def test_the_board_is_bounded(again: bool) -> None:
    """The newest rounds stay on the board, each of them once."""
    number = BOARD_LENGTH - 1 if again else BOARD_LENGTH
    board = tuple(BoardEntry(f"901-{n}", "red") for n in range(number, 0, -1))
    state = msgspec.structs.replace(state_of(VECTORS["start"]), board=board)
    form = next(s["event"] for s in VECTORS["steps"] if s["event"]["type"] == "round_result")
    event = event_of(form)
    assert isinstance(event, RoundResult)
    told = msgspec.structs.replace(event, round="901-77")
    rounds = [one.round for one in after(after(state, told), told).board]

    assert rounds[0] == "901-77"
    assert len(rounds) == len(set(rounds)) == BOARD_LENGTH
