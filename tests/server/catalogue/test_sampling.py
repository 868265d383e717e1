"""Tests of `server.catalogue.sampling`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from games.baccarat import baccarat_games
from games.blackjack import Blackjack
from games.entropy import Draws
from games.instant import HiLo, Mines
from games.roulette import EuropeanRoulette
from server.catalogue.sampling import sample_bounds


class Greedy(EuropeanRoulette):
    """Draws again for a bet on zero, and forgot to count that."""

    def open(self, seats: Sequence[Any], draws: Draws) -> Any:
        """Throw the ball, twice if somebody bets on zero."""
        stream = draws.copy()
        if any(bet.bet == "straight-0" for bet in seats[0].bets):
            stream.below(1)  # no draw: there is one value only
            stream.below(37)
        return super().open(seats, stream)


class Endless(HiLo):
    """Never ends."""

    def decide(self, state: Any, seat: int, decision: Any) -> Any:
        """Stay where it is."""
        return state


class Failing(EuropeanRoulette):
    """Fails on a number."""

    def open(self, seats: Sequence[Any], draws: Draws) -> Any:
        """Throw the ball."""
        state = super().open(seats, draws)
        if draws.copy().below(37) == 17:
            raise LookupError("no such\npocket")
        return state


@pytest.mark.parametrize(
    "game", [EuropeanRoulette(), Blackjack(), HiLo(), Mines(), *baccarat_games()]
)
def test_games_that_keep_their_bounds(game: Any) -> None:
    """Nothing is found, and the figures are those of real rounds."""
    found = sample_bounds(game, 300)

    assert found.faults == []
    assert found.rounds == 300
    assert 0 < found.draws <= game.maximum_draws
    assert 0 < found.reply_bytes <= game.maximum_reply_bytes
    assert 0 < found.payout <= game.maximum_payout_factor
    assert sample_bounds(game, 300) == found


def test_too_few_draws_are_found() -> None:
    """Though only one bet of the layout needs more."""
    (fault,) = sample_bounds(Greedy()).faults

    assert fault == (
        "a round of it made 2 draws, but its maximum_draws is 1; declare the most that any round"
        " can need"
    )


@pytest.mark.parametrize(
    ("bound", "value", "says"),
    [
        ("maximum_reply_bytes", 20, "bytes, but its maximum_reply_bytes is 20;"),
        (
            "maximum_payout_factor",
            35,
            "a round of it paid 36.00 times its stake, but its maximum_payout_factor is 35;",
        ),
    ],
)
def test_other_bounds(bound: str, value: int, says: str) -> None:
    """Replies and payouts are measured too."""
    game = EuropeanRoulette()
    setattr(game, bound, value)
    (fault,) = sample_bounds(game).faults

    assert says in fault


@pytest.mark.parametrize(
    ("game", "says"),
    [
        (Endless(), "it is still open after 1000 decisions"),
        (Failing(), "a round of it fails: LookupError: no such pocket"),
    ],
)
def test_rounds_that_fail(game: Any, says: str) -> None:
    """Rules that raise, or never end, are one line."""
    (fault,) = sample_bounds(game).faults

    assert says in fault


def test_a_layout_that_takes_nothing() -> None:
    """A game that refuses every bet that it offers is told of."""

    class Shut(EuropeanRoulette):
        def describe(self) -> Any:
            description = super().describe()
            choices = tuple(
                msgspec.structs.replace(each, bet="none") for each in description.choices
            )
            return msgspec.structs.replace(description, choices=choices)

    (fault,) = sample_bounds(Shut()).faults

    assert "refuses every bet that it offers" in fault
