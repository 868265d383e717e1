"""Proofs of the rounds that the tests of both sides share."""

from __future__ import annotations

import functools
import json
from typing import Any

from tests.protocol.schema.fair_laws import shipped
from tests.protocol.schema.fair_rounds import CHAIN, CHAIN_ID, rounds_text

__all__ = ["last_proof"]


def last_proof(name: str) -> dict[str, Any]:
    """Return the proof of the last round of a game, in its current version."""
    *_, played = (each for each in _rounds() if each["game"] == name)
    n = played["n"]
    same = ("game", "version", "n", "outcome", "stake", "payout")
    return {
        "format": "croupier-proof/1",
        "round": f"{CHAIN_ID}-{n}",
        "chain": str(CHAIN_ID),
        "digest": shipped(name).digest,
        "seat": 0,
        "commitment": CHAIN.commitment.hex(),
        "previous_seed": None,
        "seed": CHAIN.seed(n).hex(),
        "client_seeds": [played["client_seed"]],
        "bets": [played["bets"]],
        "decisions": [
            {"seat": 0, "decision": {"action": action}, "platform": bool(platform)}
            for action, platform in played["decisions"]
        ],
        "draws": [{"below": below, "value": value} for below, value in played["draws"]],
        "voided": False,
        **{field: played[field] for field in same},
    }


@functools.cache
def _rounds() -> list[dict[str, Any]]:
    return [json.loads(line) for line in rounds_text().splitlines()[1:]]
