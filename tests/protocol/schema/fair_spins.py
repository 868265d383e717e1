"""Thousands of rounds of slot machines, one hash of all outcomes a machine.

    python -m tests.protocol.schema.fair_spins
    python -m tests.protocol.schema.fair_spins 2000 many.jsonl

The first writes `web/packages/fair/test/spins.jsonl`; the second writes elsewhere, with so many
machines made at random, for `SPINS=many.jsonl npx vitest run packages/fair`. A line is a machine,
one that ships or one that was made for features that meet nowhere else. The tests of the browser's
verifier play the same rounds by its own rules and hash the same lines, each ended by a line feed:
the outcome, the payout and the stake as JSON with sorted keys and no blanks.

Round i has the stake `stakes[i % number of stakes]`, the seed that the line states, and i as a
client seed of two bytes. What was decided stands in the line, by round.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec

from games.catalogue import standard
from games.entropy import Draws
from games.slots.engine import Slot, SlotBets, SlotDecision
from games.slots.rounds import SlotPlay, SlotRound
from tests.games.slots.machines import machine
from tests.protocol.schema.fair_made_machines import made_machine
from tests.protocol.schema.fair_tables import tables

__all__ = ["SPINS_FILE", "machines", "play", "spins_text"]

SPINS_FILE: Final = Path(__file__).parents[3] / "web" / "packages" / "fair" / "test" / "spins.jsonl"
SMALL: Final = ("small_cascades", "small_features", "small_sticky", "small_ways", "tiny")
"""Machines of the tests of the rules."""
MADE: Final = 40
"""Machines made at random."""
SHIPPED_ROUNDS: Final = 1500
OTHER_ROUNDS: Final = 120


def machines(made: int = MADE) -> Iterator[tuple[Slot, int]]:
    """Yield each machine and how many rounds of it are played."""
    for game in standard().versions():
        if isinstance(game, Slot):
            yield game, SHIPPED_ROUNDS
    for name in SMALL:
        yield Slot(machine(name)), OTHER_ROUNDS
    for number in range(made):
        yield made_machine(number), OTHER_ROUNDS


def play(game: Slot, number: int, random: Random) -> tuple[SlotRound, list[str]]:
    """Return a finished round and what was decided in it."""
    stakes = game.machine.stakes
    draws = Draws(seed_of(game), (number.to_bytes(2),))
    state = game.open([SlotBets(stakes[number % len(stakes)])], draws)
    decisions: list[str] = []
    while not state.finished:
        assert isinstance(state, SlotPlay)
        view: Any = game.view(state, 0)
        decisions.append(random.choice(view.options).action)
        decision = SlotDecision(decisions[-1])
        game.price(state, 0, decision)
        state = game.decide(state, 0, decision)
    return state, decisions


def seed_of(game: Slot) -> bytes:
    """Return the seed of all rounds of a machine."""
    return sha256(f"spins of {game.name} {game.version}".encode()).digest()


def spins_text(made: int = MADE) -> str:
    """Return the file, with so many machines made at random."""
    lines = (_line(game, rounds) for game, rounds in machines(made))
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


def _line(game: Slot, rounds: int) -> dict[str, Any]:
    random = Random(f"decisions of {game.name} {game.version}")
    decided: dict[str, list[str]] = {}
    found = sha256()
    for number in range(rounds):
        state, decisions = play(game, number, random)
        if decisions:
            decided[str(number)] = decisions
        told = {
            "outcome": msgspec.to_builtins(game.view(state, 0)),
            "payout": state.payouts[0],
            "stake": state.stakes[0],
        }
        found.update(f"{json.dumps(told, sort_keys=True, separators=(',', ':'))}\n".encode())
    return {
        "name": game.name,
        "version": game.version,
        "machine": None if rounds == SHIPPED_ROUNDS else tables(game)["machine"],
        "seed": seed_of(game).hex(),
        "rounds": rounds,
        "decisions": decided,
        "sha256": found.hexdigest(),
    }


if __name__ == "__main__":
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(spins_text(int(sys.argv[1])), encoding="utf-8")
    else:
        SPINS_FILE.write_text(spins_text(), encoding="utf-8")
