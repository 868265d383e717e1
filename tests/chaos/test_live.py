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
    "valkey killed",
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
