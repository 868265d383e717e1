"""Makes the proof of an ended round. Checking one is `verification`, which needs no server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from games.game import AnyGame, replay
from protocol.messages.common import MAXIMUM_INTEGER
from server.fairness.document import (
    Proof,
    ProofDecision,
    ProofDraw,
    ProofError,
    decode_bets,
    decode_decision,
)
from server.fairness.tape import Tape
from server.fairness.verification import Step, Verification, verify_proof

__all__ = [
    "Proof",
    "ProofError",
    "Step",
    "Verification",
    "build_proof",
    "decode_bets",
    "decode_decision",
    "verify_proof",
]


def build_proof(
    *,
    game: AnyGame,
    chain: int,
    n: int,
    commitment: bytes,
    seed: bytes,
    client_seeds: Sequence[bytes],
    bets: Sequence[bytes],
    decisions: Sequence[tuple[int, bytes, bool]],
    stake: int,
    payout: int,
    voided: bool,
    seat: int = 0,
    previous_seed: bytes | None = None,
) -> dict[str, Any]:
    """Return the proof of one round for one seat, as plain JSON values.

    `bets` are each seat's as stored (MessagePack), `decisions` triples of (seat, as stored, whether
    the platform took it). `stake` and `payout` are what the record says, in minor units; a void
    round has 0 and 0. They are not corrected here: that they follow from the inputs is for the
    player to check. Only for rounds that have ended, because the proof tells the seed: raises
    ValueError if the inputs leave a round open that was not voided.
    """
    opened = [decode_bets(game, data) for data in bets]
    taken = [(place, decode_decision(game, data)) for place, data, _ in decisions]
    draws: list[tuple[int, int]] = []
    outcome = None
    if not voided:
        tape = Tape(seed, client_seeds)
        state = replay(game, opened, taken, tape)
        if not state.finished:
            raise ValueError("a proof exists only of an ended round")
        draws = tape.drawn
        outcome = msgspec.to_builtins(game.view(state, seat))
    proof = Proof(
        round=f"{chain}-{n}",
        chain=str(chain),
        n=n,
        game=game.name,
        version=game.version,
        digest=game.digest,
        seat=seat,
        commitment=commitment.hex(),
        previous_seed=previous_seed.hex() if previous_seed is not None else None,
        seed=seed.hex(),
        client_seeds=tuple(client_seed.hex() for client_seed in client_seeds),
        bets=tuple(msgspec.to_builtins(each) for each in opened),
        decisions=tuple(
            ProofDecision(place, msgspec.to_builtins(decision), platform)
            for (place, decision), (_, _, platform) in zip(taken, decisions, strict=True)
        ),
        draws=tuple(ProofDraw(_number(bound), _number(value)) for bound, value in draws),
        outcome=outcome,
        stake=stake,
        payout=payout,
        voided=voided,
    )
    # By way of JSON, so that what is returned is what a reader of JSON gets: lists, not tuples.
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(proof))
    return document


def _number(value: int) -> int | str:
    """Return a number as it stands in a proof: as text where some languages would round it."""
    return value if value <= MAXIMUM_INTEGER else str(value)
