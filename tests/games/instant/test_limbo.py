"""Tests of games.instant.limbo."""

from __future__ import annotations

from hashlib import sha256

import pytest

from games.chips import Chip, Chips
from games.entropy import Draws
from games.instant import Limbo, multiplier
from games.instant.limbo import LimboView
from tests.games.instant import stranger
from tests.games.instant.play import follows_its_law
from tests.games.scripts import Script

GAME = Limbo()
VECTORS = ((0, "1.75"), (1, "1.11"), (2, "1.14"), (3, "1.74"), (4, "1.61"), (5, "5.84"))
"""Number of the seed, SHA-256 of `vector N`, and the multiplier."""


def limbo(value: int, *targets: str, stake: int = 100) -> LimboView:
    """Play a round with a given value of the draw."""
    bets = Chips(tuple(Chip(f"target-{target}", stake) for target in targets))
    return GAME.view(GAME.open([bets], Script([value >> 32, value % 2**32])), 0)


def test_targets_up_to_the_multiplier_win() -> None:
    """Each wins itself; those above the multiplier lose."""
    view = limbo(multiplier.RANGE // 2, "1.01", "1.98", "1.99")

    assert (view.multiplier, view.summary) == ("1.98", "1.98x")
    assert [(win.bet, win.payout) for win in view.wins] == [
        ("target-1.01", 101),
        ("target-1.98", 198),
    ]
    assert view.payout == 299


def test_extremes() -> None:
    """The lowest value loses every bet, the highest pays the declared factor."""
    assert limbo(0, "1.01").payout == 0
    top = limbo(multiplier.RANGE - 1, "1000000.00")
    assert top.multiplier == "1000000.00"
    assert top.payout == 100 * GAME.maximum_payout_factor == 100_000_000


def test_vectors_and_a_stranger() -> None:
    """Known seeds give what they must, and the page on fairness is enough for any other."""
    bet = [GAME.sample("target-2.00", 100)]
    for number, expected in VECTORS:
        draws = Draws(sha256(f"vector {number}".encode()).digest(), (stranger.CLIENT_SEED,))
        assert GAME.view(GAME.open(bet, draws), 0).multiplier == expected
    for number in range(500):
        seed = sha256(f"limbo {number}".encode()).digest()
        outcome = GAME.open(bet, Draws(seed, (b"me",))).outcome
        assert outcome == stranger.limbo_multiplier(stranger.Stream(seed, b"me"))


@pytest.mark.parametrize("bet", ["target-1.50", "target-10.00"])
def test_rounds_follow_the_law(bet: str) -> None:
    """Live rounds keep |z| at 4 or less and pass chi-square (A12)."""
    assert follows_its_law(GAME, GAME.bet_return(bet), 15_000)
