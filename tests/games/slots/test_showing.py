"""A round told as events."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from games.slots import events
from games.slots.engine import SlotBets
from tests.games.scripts import seeded
from tests.games.slots.machines import all_shipped, shipped
from tests.games.slots.paths import finish, rounds_of

PAYS = (
    events.LineWin,
    events.WaysWin,
    events.ScatterWin,
    events.RespinsPaid,
    events.Picked,
)


@pytest.mark.parametrize(
    "game", all_shipped().values(), ids=lambda game: f"{game.name}-{game.version}"
)
def test_events_add_up(game: Any) -> None:
    """Whatever happens, the pays that are told make the total, and the summary says something."""
    stake = game.machine.stakes[-1]
    kinds: set[str] = set()
    for draws in seeded(f"events {game.name}", 1_500):
        state = finish(game, game.open([SlotBets(stake)], draws))
        view = game.view(state, None)
        kinds |= {type(event).__name__ for event in view.events}

        assert sum(event.payout for event in view.events if isinstance(event, PAYS)) == view.payout
        assert view.events[-1] == events.Total(view.payout)
        assert view.summary
        assert (view.summary == game.machine.words["no_win"]) <= (view.payout == 0)

    assert kinds > {"Reveal", "Total"}


@pytest.mark.parametrize("name", ["small_sticky", "small_cascades", "small_features"])
def test_every_round_of_a_small_machine_adds_up(name: str) -> None:
    """Over all rounds that there are."""
    slot, rounds = rounds_of(name)
    for state in rounds:
        view: Any = slot.view(state, 0)
        assert sum(event.payout for event in view.events if isinstance(event, PAYS)) == view.payout


def test_held_wilds_are_told_before_the_reels_stop() -> None:
    """In free games a filled reel is told, and the cells that are held in the next game."""
    slot = shipped("winter-crown")
    found = 0
    for draws in seeded("crown", 3_000):
        state = slot.open([SlotBets(slot.machine.stakes[0])], draws)
        if not state.free_games:
            continue
        shown = list(slot.view(state, 0).events)
        held: set[int] = set()
        for event, after in itertools.pairwise(shown):
            if isinstance(event, events.WildsHeld):
                assert isinstance(after, events.Reveal)
                assert set(event.positions) >= held
                held = set(event.positions)
                for cell in event.positions:
                    reel, row = divmod(cell, 3)
                    assert after.window[reel][row] == "crown"
                found += 1
            elif isinstance(event, events.WildExpanded):
                held |= set(event.positions)

    assert found > 5


def test_a_cascade_is_told_with_what_it_removes() -> None:
    """The cells of the wins before it are emptied, the others have fallen."""
    slot = shipped("dandelion-clock")
    falls = 0
    for draws in seeded("fall", 400):
        view = slot.view(slot.open([SlotBets(20)], draws), 0)
        wins: set[int] = set()
        for event in view.events:
            if isinstance(event, events.Cascaded):
                assert set(event.removed) == wins
                wins = set()
                falls += 1
            elif isinstance(event, events.WaysWin):
                wins |= set(event.positions)

    assert falls > 100
