"""Tests of `server.published`."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from games.blackjack import Blackjack
from games.roulette import EuropeanRoulette
from games.slots.machine import shipped_machines
from server.published import published


class Faulty(EuropeanRoulette):
    """A game whose rules fail."""

    name = "faulty"

    def open(self, *_arguments: Any) -> Any:
        """Fail."""
        raise RuntimeError


class Endless(Blackjack):
    """A game that the platform never brings to an end."""

    def decide(self, state: Any, *_arguments: Any) -> Any:
        """Change nothing."""
        return state


@pytest.mark.parametrize("bad", [Faulty, Endless])
def test_a_game_that_fails_is_left_out(bad: type[EuropeanRoulette]) -> None:
    """The document tells of the others, and the log of this one."""
    slot = next(iter(shipped_machines()))
    with structlog.testing.capture_logs() as logs:
        found = published([bad(), slot])

    assert [game.name for game in found.games] == [slot.name]
    assert found.proof is not None
    assert [entry["game"] for entry in logs] == [bad().name]
