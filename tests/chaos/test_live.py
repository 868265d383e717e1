"""Live tables on several nodes against a dozen faults; `make test-chaos` brings hundreds."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.chaos.live.run import play

KINDS = (
    "messages lost",
    "owner killed, paying",
    "messages doubled",
    "owner killed, betting",
    "messages late",
    "valkey killed",
    "owner stopped and continued",
    "valkey cut off from a node",
    "owner killed, ending a roll",
    "postgres killed",
    "valkey silent to a node",
    "two nodes killed",
)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_dozen_faults(tmp_path: Path, chance: random.Random) -> None:
    """Whatever fails, nobody loses a bet, is paid twice, or waits for more than five seconds.

    People play on all nodes meanwhile and keep what they were told; the books are looked at after
    each fault and audited in the end.
    """
    run = await play(
        tmp_path, chance.getrandbits(32), len(KINDS), people=6, kinds=list(KINDS), brief=True
    )
    assert [(one.kind, one.breaches) for one in run.faults if one.breaches] == []
    assert run.acknowledged > 0
    assert run.rounds > run.voided


ROLLS = (
    "owner killed, bets standing",
    "owner killed, closed",
    "owner killed, paying",
    "owner killed, ending a roll",
    "owner killed, between rolls",
    "owner stopped and continued",
    "postgres killed",
)


@pytest.mark.chaos
@pytest.mark.timeout(300)
async def test_owners_die_in_every_phase_of_a_roll(tmp_path: Path, chance: random.Random) -> None:
    """Bets that stand at craps stand at the next owner, whenever the last one died (E7).

    In the window, when bets are closed, once the dice are thrown and while seats are paid, in the
    transaction that ends the roll and opens the next, and in the pause after it.
    """
    seed, kinds = chance.getrandbits(32), [*ROLLS, *ROLLS[3:5]]
    run = await play(
        tmp_path, seed, len(kinds), people=5, kinds=kinds, games=("craps",), brief=True
    )
    assert [(one.kind, one.breaches) for one in run.faults if one.breaches] == []
    assert (run.audits, run.voided) == (1, 0)
    assert run.acknowledged > 0
