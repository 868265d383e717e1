"""Random rounds of every game that the browser's verifier plays again, made by the live rules.

    python -m tests.protocol.schema.fair_rounds
    python -m tests.protocol.schema.fair_rounds 400 many.jsonl

The first writes `web/packages/fair/test/rounds.jsonl`, which the tests of both sides share; the
second writes so many rounds a game elsewhere, for `ROUNDS=many.jsonl npx vitest run packages/fair`.

The first line is the chain. Each further line is a round as a proof states it, without what follows
from the chain and without the digest, which changes with every word of the rules.
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
from games.game import AnyGame, StakeForm, StakeLimits
from games.slots.engine import Slot
from protocol.errors import Refused
from protocol.messages.common import MAXIMUM_INTEGER
from server.fairness.chains import SeedChain
from server.fairness.proof import build_proof
from tests.protocol.schema.fair_tables import tables

__all__ = ["ROUNDS_FILE", "rounds_text"]

ROUNDS_FILE: Final = (
    Path(__file__).parents[3] / "web" / "packages" / "fair" / "test" / "rounds.jsonl"
)
ROUNDS: Final = 12
"""Of each game in the file."""
LENGTH: Final = 64
CHAIN: Final = SeedChain(sha256(b"rounds for the browser").digest(), LENGTH)
CHAIN_ID: Final = 7203000000000005
UNITS: Final = (1, 2, 5, 6, 100)
"""Stakes of every bet are multiples of one of these."""
STOPPING: Final = 0.15
"""How likely the platform decides, in a round that can be left to it."""

Round = dict[str, Any]


def rounds_text(count: int = ROUNDS) -> str:
    """Return the file: the chain, then so many rounds of each game, a line each."""
    chain = {"chain": str(CHAIN_ID), "last_seed": CHAIN.last_seed.hex(), "length": LENGTH}
    lines: list[Round] = [chain]
    for game in standard().versions():
        if tables(game) or game.name == "slot":
            lines += rounds_of(game, count)
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


def rounds_of(game: AnyGame, count: int) -> Iterator[Round]:
    """Yield random rounds of a game; among them every bet of its layout is made."""
    random = Random(f"{game.name} {game.version}")
    names = [choice.bet for choice in game.describe().choices]
    random.shuffle(names)
    for at in range(count if not isinstance(game, Slot) else count // 4):
        wanted = names[at % ROUNDS :: ROUNDS] or random.sample(names, min(3, len(names)))
        bets = _bets(game, random, wanted + _others(game, random))
        yield _round(game, random, at, bets)


def _others(game: AnyGame, random: Random) -> list[str]:
    """Return legal names of bets that the layout does not list."""
    if game.name.startswith("keno"):
        size = random.randint(1, 10)
        picks = random.sample(range(1, 81 if game.name == "keno-80-20" else 41), size)
        return ["-".join(["numbers", *map(str, sorted(picks))])]
    number = f"{int(10 ** random.uniform(0.01, 4) * 100) / 100:.2f}"
    below = f"{random.randrange(10_000) / 100:.2f}"
    return {
        "crash": [f"cash-out-{number}"],
        "limbo": [f"target-{number}"],
        "dice": [f"over-{below}", f"under-{below}"],
        "mines": [f"mines-{random.randint(1, 24)}"],
    }.get(game.name, [])


def _bets(game: AnyGame, random: Random, wanted: list[str]) -> Any:
    most = MAXIMUM_INTEGER // game.maximum_payout_factor // 64
    limits = StakeLimits(1, most * 64)
    description = game.describe()
    highest = random.choice((1_000, 50_000, most))
    if description.stake_form is StakeForm.ONE:
        stakes = description.stakes if isinstance(game, Slot) else None
        chosen = random.choice(stakes) if stakes else 2 * random.randint(50, highest // 2)
        return {"stake": chosen}
    bets = []
    for name in dict.fromkeys(wanted):
        for unit in UNITS:
            stake = unit * random.randint(-(-100 // unit), highest // unit)
            bet = {"bet": name, "stake": stake}
            try:
                game.stake(msgspec.convert({"bets": [bet]}, game.bets_type), limits)
            except Refused:
                continue
            bets.append(bet)
            break
    if game.name == "mines":
        return {"bets": bets[-1:]}
    random.shuffle(bets)
    return {"bets": bets}


def _round(game: AnyGame, random: Random, at: int, bets: Any) -> Round:
    n = 1 + at % LENGTH
    client_seed = random.randbytes(random.choice((0, 1, 16, 32)))
    seed = CHAIN.seed(n)
    state = game.open([msgspec.convert(bets, game.bets_type)], Draws(seed, (client_seed,)))
    decisions: list[tuple[str, bool]] = []
    patient = random.random() < 0.5
    while not state.finished:
        platform = not patient and random.random() < STOPPING
        decision = game.platform_decision(state)[1]
        if not platform:
            decision = _decision(game, state, random, patient=patient)
        game.price(state, 0, decision)
        state = game.decide(state, 0, decision)
        decisions.append((_action(decision), platform))
    proof = build_proof(
        game=game,
        chain=CHAIN_ID,
        n=n,
        commitment=CHAIN.commitment,
        seed=seed,
        client_seeds=(client_seed,),
        bets=(msgspec.msgpack.encode(bets),),
        decisions=[
            (0, msgspec.msgpack.encode({"action": action}), platform)
            for action, platform in decisions
        ],
        stake=state.stakes[0],
        payout=state.payouts[0] or 0,
        voided=False,
        previous_seed=None,
    )
    return {
        "game": game.name,
        "version": game.version,
        "n": n,
        "client_seed": client_seed.hex(),
        "bets": bets,
        "decisions": [[action, int(platform)] for action, platform in decisions],
        "draws": [[draw["below"], draw["value"]] for draw in proof["draws"]],
        "outcome": proof["outcome"],
        "stake": proof["stake"],
        "payout": proof["payout"],
    }


def _decision(game: AnyGame, state: Any, random: Random, *, patient: bool) -> Any:
    """Return a random decision; a patient player does not end the round early."""
    actions = [option.action for option in game.view(state, 0).options]
    if game.name == "craps":
        actions += ["roll"] * (3 if patient else 8)
    going_on = [action for action in actions if action != "cash-out"]
    if patient and going_on:
        actions = going_on
        if "skip" in actions and random.random() < 0.6:
            return game.advise(game.view(state, 0)) if len(actions) > 2 else _skip(game)
    return msgspec.convert({"action": random.choice(actions)}, game.decision_type)


def _skip(game: AnyGame) -> Any:
    return msgspec.convert({"action": "skip"}, game.decision_type)


def _action(decision: Any) -> str:
    action: str = msgspec.to_builtins(decision)["action"]
    return action


if __name__ == "__main__":
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(rounds_text(int(sys.argv[1])), encoding="utf-8")
    else:
        ROUNDS_FILE.write_text(rounds_text(), encoding="utf-8")
