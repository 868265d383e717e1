"""Random rounds of every game that the browser's verifier plays again, made by the live rules.

    python -m tests.protocol.schema.fair_rounds
    python -m tests.protocol.schema.fair_rounds 400 many.jsonl

The first writes `web/packages/fair/test/rounds.jsonl`, which the tests of both sides share; the
second writes so many rounds a game elsewhere, for `ROUNDS=many.jsonl npx vitest run packages/fair`.

The first line is the chain. Each further line is a round as a proof states it, without what follows
from the chain and without the digest, which changes with every word of the rules.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec

from games.catalogue import standard
from games.entropy import Draws
from games.game import AnyGame, StakeForm, StakeLimits
from games.instant.hi_lo_rules import likelier
from games.slots.engine import Slot
from games.video_poker import VideoPoker
from protocol.errors import Refused
from protocol.messages.common import MAXIMUM_INTEGER
from server.fairness.chains import SeedChain
from server.fairness.proof import build_proof
from tests.protocol.schema.fair_features import feature_rounds
from tests.protocol.schema.fair_returns import games_with_returns
from tests.protocol.schema.fair_tables import tables

__all__ = ["ROUNDS_FILE", "rounds_text"]

ROUNDS_FILE: Final = (
    Path(__file__).parents[3] / "web" / "packages" / "fair" / "test" / "rounds.jsonl"
)
ROUNDS: Final = 10
"""Of each game in the file."""
LENGTH: Final = 64
CHAIN: Final = SeedChain(sha256(b"rounds for the browser").digest(), LENGTH)
CHAIN_ID: Final = 7203000000000005
UNITS: Final = (1, 2, 5, 6, 100)
"""Stakes of every bet are multiples of one of these."""
STOPPING: Final = 0.15
"""How likely the platform decides, in a round that can be left to it."""

Round = dict[str, Any]
Bets = dict[str, Any]
Choose = Callable[[Any], tuple[Any, bool]]
"""From a state the decision, and whether the platform takes it."""


@functools.cache
def rounds_text(count: int = ROUNDS) -> str:
    """Return the file: the chain, then so many rounds of each game, a line each."""
    chain = {"chain": str(CHAIN_ID), "last_seed": CHAIN.last_seed.hex(), "length": LENGTH}
    lines: list[Round] = [chain]
    for game in standard().versions():
        if tables(game):
            lines += rounds_of(game, count)
        if isinstance(game, Slot):
            lines += feature_rounds(game, functools.partial(_steered, game))
    for game in games_with_returns("0.9655"):
        lines += rounds_of(game, count // 2)
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


def rounds_of(game: AnyGame, count: int) -> Iterator[Round]:
    """Yield random rounds of a game; among them every bet of its layout is made."""
    random = Random(f"{game.name} {game.version}")
    names = [choice.bet for choice in game.describe().choices]
    random.shuffle(names)
    if isinstance(game, Slot):
        count //= 4
    elif game.name.startswith("blackjack-"):
        count //= 2
    for at in range(count):
        wanted = names[at % ROUNDS :: ROUNDS] or random.sample(names, min(3, len(names)))
        bets = _bets(game, random, wanted + _others(game, random))
        yield _round(game, random, at, bets)
    yield from _limits(game)
    if isinstance(game, VideoPoker):
        yield from _holds(game)


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
        "craps": [random.choice(("pass", "dont-pass"))],
    }.get(game.name, [])


def _bets(game: AnyGame, random: Random, wanted: list[str]) -> Bets:
    most = MAXIMUM_INTEGER // game.maximum_payout_factor // 64
    limits = StakeLimits(1, most * 64)
    description = game.describe()
    highest = random.choice((1_000, 50_000, most))
    if description.stake_form is StakeForm.ONE:
        stakes = description.stakes if isinstance(game, Slot) else None
        chosen = random.choice(stakes) if stakes else 10 * random.randint(10, highest // 10)
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


def _round(game: AnyGame, random: Random, at: int, bets: Bets) -> Round:
    n = 1 + at % LENGTH
    client_seed = random.randbytes(random.choice((0, 1, 16, 32)))
    patient = random.random() < 0.5

    def choose(state: Any) -> tuple[Any, bool]:
        if not patient and random.random() < STOPPING:
            return game.platform_decision(state)[1], True
        return _decision(game, state, random, patient=patient), False

    return _played(game, n, client_seed, bets, choose)


def _steered(
    game: AnyGame, n: int, client_seed: str, bets: Bets, action: Callable[[Any], str] | None
) -> Round:
    """Play a round by the action for each state; without actions the platform decides."""

    def choose(state: Any) -> tuple[Any, bool]:
        if action is None:
            return game.platform_decision(state)[1], True
        return _as_decision(game, action(state)), False

    return _played(game, n, bytes.fromhex(client_seed), bets, choose)


def _played(game: AnyGame, n: int, client_seed: bytes, bets: Bets, choose: Choose) -> Round:
    """Play a round by a player's choices, and return it."""
    seed = CHAIN.seed(n)
    state = game.open([msgspec.convert(bets, game.bets_type)], Draws(seed, (client_seed,)))
    decisions: list[tuple[str, bool]] = []
    while not state.finished:
        decision, platform = choose(state)
        game.price(state, 0, decision)
        state = game.decide(state, 0, decision)
        decisions.append((msgspec.to_builtins(decision)["action"], platform))
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


def _limits(game: AnyGame) -> Iterator[Round]:
    """Yield rounds that reach what random ones almost never do; seeds were searched for."""

    def play(n: int, client_seed: str, bets: Bets, action: Callable[[Any], str]) -> Round:
        def choose(state: Any) -> tuple[Any, bool]:
            return _as_decision(game, action(state)), False

        return _played(game, n, bytes.fromhex(client_seed), bets, choose)

    if game.name == "craps":
        yield play(1, "006b96", _LONG_CRAPS, _prolonging(game))
    if game.name.startswith("blackjack") or game.name == "casino-war":
        bets = _all_of_300(game)
        for action in game.describe().actions:
            yield play(5, _offering(game, bets, action), bets, _taking(game, action))
    if game.name == "hi-lo":
        yield play(2, "001388", {"stake": 137}, lambda state: _likelier(game, state))
        yield play(3, "", {"stake": 100}, lambda _: "skip")
    if game.name == "mines":
        for name in ("mines-1", "mines-24"):
            yield play(4, "00", {"bets": [{"bet": name, "stake": 101}]}, _safe_tile)


_LONG_CRAPS: Final = {
    "bets": [
        {"bet": "pass", "stake": 30},
        {"bet": "place-4", "stake": 300},
        {"bet": "hard-8", "stake": 35},
    ]
}


def _all_of_300(game: AnyGame) -> Bets:
    """Return every bet of the game at 300, or a stake of 300 where there is one bet."""
    choices = game.describe().choices
    bets = [{"bet": choice.bet, "stake": 300} for choice in choices]
    return {"bets": bets} if choices else {"stake": 300}


def _offering(game: AnyGame, bets: Bets, action: str) -> str:
    """Return the first client seed with which a round begins with that option."""
    seats = [msgspec.convert(bets, game.bets_type)]
    for number in range(256):
        client_seed = bytes([number])
        state = game.open(seats, Draws(CHAIN.seed(5), (client_seed,)))
        if action in {option.action for option in _options(game, state)}:
            return client_seed.hex()
    raise AssertionError(f"no deal of {game.name} offers {action}")


def _holds(game: VideoPoker) -> Iterator[Round]:
    """Yield rounds that hold nothing, all cards, and what the platform does."""
    bets = {"stake": 300}
    for n, action in enumerate(("hold-none", "hold-1-2-3-4-5"), 6):
        decision = _as_decision(game, action)
        yield _played(game, n, b"", bets, functools.partial(_decided, decision))
    yield _played(game, 8, b"", bets, lambda state: (game.platform_decision(state)[1], True))


def _decided(decision: Any, _: Any) -> tuple[Any, bool]:
    """Return a decision of the player's own, whatever the state is."""
    return decision, False


def _taking(game: AnyGame, action: str) -> Callable[[Any], str]:
    """Return a player who takes an option whenever it is offered, and else stands."""

    def choose(state: Any) -> str:
        offered = [option.action for option in _options(game, state)]
        return next(each for each in (action, "stand", "decline") if each in offered)

    return choose


def _prolonging(game: AnyGame) -> Callable[[Any], str]:
    """Return a player who places come and don't-come bets in turn, so that craps goes on."""
    turn = itertools.cycle(("come-", "dont-come-"))

    def action(state: Any) -> str:
        standing = [wager for wager in state.wagers if wager.status.value == "standing"]
        if len(standing) > 2 or any("come" in each.bet and not each.point for each in standing):
            return "roll"
        offered = [option.action for option in _options(game, state)]
        wanted = next(turn)
        return next((each for each in offered if each.startswith(wanted)), "roll")

    return action


def _likelier(game: AnyGame, state: Any) -> str:
    """Return the likelier guess in hi-lo, or a skip where it cannot be made."""
    offered = [option.action for option in _options(game, state)]
    guess: str = likelier(state.rank).value
    return guess if guess in offered else "skip"


def _safe_tile(state: Any) -> str:
    """Return a tile without a mine, which a player could not know."""
    tiles = (tile for tile in range(1, 26) if tile not in {*state.mined, *state.revealed})
    return f"reveal-{next(tiles)}"


def _decision(game: AnyGame, state: Any, random: Random, *, patient: bool) -> Any:
    """Return a random decision; a patient player does not end the round early."""
    actions = [option.action for option in _options(game, state)]
    if game.name == "craps":
        actions += ["roll"] * (3 if patient else 8)
    if patient and "cash-out" in actions and len(actions) > 1:
        actions.remove("cash-out")
    if patient and game.name == "hi-lo" and random.random() < 0.6:
        return _as_decision(game, _likelier(game, state))
    return _another_amount(game, state, random, random.choice(actions))


def _another_amount(game: AnyGame, state: Any, random: Random, action: str) -> Any:
    """Return a decision of craps with an amount that is not offered, where that is allowed."""
    name, _, amount = action.rpartition("-")
    if game.name == "craps" and amount.isdigit():
        unit = random.choice((1, 6))
        with contextlib.suppress(Refused, ValueError):
            other = _as_decision(game, f"{name}-{unit * random.randint(1, int(amount) // unit)}")
            game.price(state, 0, other)
            return other
    return _as_decision(game, action)


def _options(game: AnyGame, state: Any) -> Any:
    view: Any = game.view(state, 0)
    return view.options


def _as_decision(game: AnyGame, action: str) -> Any:
    return msgspec.convert({"action": action}, game.decision_type)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(rounds_text(int(sys.argv[1])), encoding="utf-8")
    else:
        ROUNDS_FILE.write_text(rounds_text(), encoding="utf-8")
