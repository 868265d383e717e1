"""Digests of money requests: 16 bytes that tell a request from another one under the same id.

They cover all that a player asked for, so they are also the proof that a round was played with it.
"""

from __future__ import annotations

from hashlib import blake2b

__all__ = ["act_digest", "bet_digest"]


def bet_digest(kind: str, table: str, round_id: str, client_seed: bytes, bets: bytes) -> bytes:
    """Return the digest of a request that begins a round.

    Args:
        kind: the request's type, `spin` or `deal`.
        table: the table's id as the client named it.
        round_id: the round's id.
        client_seed: the client seed, empty where they are switched off.
        bets: the bets as canonical MessagePack, as the record has them.
    """
    head = f"{kind}\0{table}\0{round_id}\0".encode()
    return blake2b(head + client_seed + b"\0" + bets, digest_size=16).digest()


def act_digest(table: str, round_id: str, step: int, decision: bytes) -> bytes:
    """Return the digest of a decision, `step` as the request named it; see `bet_digest`."""
    head = f"act\0{table}\0{round_id}\0{step}\0".encode()
    return blake2b(head + decision, digest_size=16).digest()
