"""Tests of `server.console.private`: totals by game."""

from __future__ import annotations

from protocol.messages.tables import ActivityList, GameActivity
from server.catalogue import load_catalogue
from server.config.settings import Games
from server.console.private import private_play


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
