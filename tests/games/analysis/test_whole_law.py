"""Tests of `games.analysis.whole_law`."""

from __future__ import annotations

import pytest

from games.analysis import slot_law, slot_run_law
from games.analysis.payout_law import PayoutLaw
from games.analysis.whole_law import whole_law
from games.catalogue import standard
from games.game import BetReturn
from games.roulette import EuropeanRoulette
from tests.games.slots.machines import shipped


def test_only_slots_with_free_games_do_not_list_their_law() -> None:
    """Every other bet of every game has its whole law beside its figures."""
    missing = {game.name for game in standard() for bet in game.bet_returns() if bet.law is None}

    assert missing == {"slot", "tidewater", "winter-crown"}


def test_a_listed_law_is_taken() -> None:
    """With every result as a class of its own."""
    exact = EuropeanRoulette().bet_returns()[0]

    assert exact.law is not None
    assert whole_law(EuropeanRoulette(), exact) == PayoutLaw(exact.law)


def test_a_law_that_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of a slot is found, that of another game is not known."""
    monkeypatch.setattr(slot_run_law, "_DIGITS", 10**6)
    slot = shipped()

    assert whole_law(slot, slot.bet_returns()[3]) == slot_law.payout_law(slot.machine)
    assert whole_law(EuropeanRoulette(), BetReturn("x", None, None, None)) is None
