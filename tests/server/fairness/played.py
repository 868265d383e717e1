"""Rounds of every game that ships, played from given seeds, and their proofs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from games.catalogue import Catalogue, standard
from games.entropy import Draws
from games.game import replay
from server.fairness.chains import SeedChain
from server.fairness.proof import build_proof

CHAIN_ID = 7203000000000001
CLIENT_SEED = b"drawn by the client"


@functools.cache
def chain() -> SeedChain:
    """Return a chain from a label."""
    return SeedChain(sha256(b"played").digest(), 256)


@functools.cache
def catalogue() -> Catalogue:
    """Return the games that ship."""
    return standard()


def encode(value: object) -> bytes:
    """Return a value as the tables store it."""
    return msgspec.msgpack.encode(value)


def proof_of(
    name: str,
    bets: dict[str, Any],
    decisions: Sequence[tuple[str, bool]] = (),
    *,
    n: int = 3,
    client_seed: bytes = CLIENT_SEED,
    voided: bool = False,
    previous_seed: bool = True,
    version: int | None = None,
) -> dict[str, Any]:
    """Play a round with these decisions, each with whether the platform took it; return its proof.

    Without a version the newest one is played. Raises ValueError if the round is not over then.
    """
    games = catalogue()
    game = games.current(name) if version is None else games.version(name, version)
    assert game is not None
    seeds = chain()
    taken = [(0, encode({"action": action}), platform) for action, platform in decisions]
    stake = payout = 0
    if not voided:
        state = replay(
            game,
            [msgspec.convert(bets, game.bets_type)],
            [
                (0, msgspec.convert({"action": action}, game.decision_type))
                for action, _ in decisions
            ],
            Draws(seeds.seed(n), (client_seed,)),
        )
        stake, payout = state.stakes[0], state.payouts[0] or 0
    return build_proof(
        game=game,
        chain=CHAIN_ID,
        n=n,
        commitment=seeds.commitment,
        seed=seeds.seed(n),
        client_seeds=(client_seed,),
        bets=(encode(bets),),
        decisions=taken,
        stake=stake,
        payout=payout,
        voided=voided,
        previous_seed=sha256(seeds.seed(n)).digest() if previous_seed else None,
    )


def slot_proof() -> dict[str, Any]:
    """Return the proof of the first spin of the chain that wins free games."""
    return _first("slot", {"stake": 20}, lambda proof: len(proof["draws"]) > 5, per_seed=16)


def roulette_proof() -> dict[str, Any]:
    """Return the proof of a round with bets of several kinds, one of which has won."""
    names = ("straight-17", "split-17-20", "red", "dozen-2", "column-1", "low", "first-four")
    bets = {"bets": [{"bet": name, "stake": 10 * at} for at, name in enumerate(names, 1)]}
    return _first("roulette", bets, lambda proof: proof["payout"] > 0)


def blackjack_proof() -> dict[str, Any]:
    """Return the proof of a round in which the player hits and the platform stands."""
    return _first(
        "blackjack",
        {"stake": 100},
        lambda proof: len(proof["outcome"]["dealer"]["cards"]) > 2,
        decisions=(("hit", False), ("stand", True)),
    )


def split_proof() -> dict[str, Any]:
    """Return the proof of a round with a split pair."""
    return _first(
        "blackjack",
        {"stake": 100},
        lambda proof: len(proof["outcome"]["hands"]) == 2,
        decisions=(("split", False), ("stand", False), ("stand", False)),
        per_seed=8,
    )


def insured_proof() -> dict[str, Any]:
    """Return the proof of an insured round that the dealer's blackjack ends."""
    return _first(
        "blackjack",
        {"stake": 100},
        lambda proof: proof["payout"] > 0,
        decisions=(("insure", False),),
        per_seed=8,
    )


def _first(
    name: str,
    bets: dict[str, Any],
    wanted: Callable[[dict[str, Any]], bool],
    decisions: Sequence[tuple[str, bool]] = (),
    per_seed: int = 1,
) -> dict[str, Any]:
    from protocol.errors import Refused  # noqa: PLC0415

    for n in range(1, 257):
        for client in range(per_seed):
            try:
                proof = proof_of(name, bets, decisions, n=n, client_seed=bytes([client]))
            except (Refused, ValueError):
                continue
            if wanted(proof):
                return proof
    raise AssertionError(f"no round of {name} with {decisions}")


PROOFS: dict[str, Callable[[], dict[str, Any]]] = {
    "slot": slot_proof,
    "roulette": roulette_proof,
    "blackjack": blackjack_proof,
    "split": split_proof,
    "insured": insured_proof,
}
"""Proofs of ended rounds of every game, by what is in them."""
