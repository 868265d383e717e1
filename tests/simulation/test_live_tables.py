"""Random games at live tables in virtual time: whatever people do, the money and the order hold."""

from __future__ import annotations

import os
import random

import pytest

from games.catalogue import standard
from tests.simulation.live_world import World

GAMES = ("roulette", "baccarat", "sic-bo", "blackjack", "blackjack-side-bets", "crash", "craps")
SEEDS = int(os.environ.get("CROUPIER_TEST_LIVE_SEEDS", "15"))
"""How many worlds of each game; `make soak` runs more."""


@pytest.mark.parametrize("name", GAMES)
def test_anything_may_happen(name: str) -> None:
    """Joins, bets, decisions, time-outs, disconnects, duplicates, an operator: the books hold.

    After every step: holds are the open bets, a bet is settled once, no event tells what is
    hidden, numbers are dense, what a result tells is what the ledger did, and what all events since
    any earlier state come to is where the table stands, for whoever was told them. In every other
    world the table changes hands now and then, in any phase and behind any commit.
    """
    game = standard().current(name)
    assert game is not None
    first = random.randrange(1 << 32)
    rounds = compared = moved = 0
    for seed in range(first, first + SEEDS):
        print(f"seed {seed} of {name}")  # noqa: T201 - to reproduce a failure
        world = World(game, seed, takeovers=seed % 2 == 0)
        world.run(500)
        rounds += len(world.ledger.rounds)
        compared += world.followers.compared
        moved += sum(world.taken_over.values())
    assert rounds > SEEDS
    assert compared > 500 * SEEDS
    assert moved > SEEDS // 2
