"""The seeds of chains, hashed down from their sealed secrets."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from server.fairness.vault import Vault, VaultError

__all__ = ["WORD_BYTES", "ChainRow", "HashedChain", "hash_chain", "hash_chains"]

WORD_BYTES: Final = 8
"""Of a seed or a commitment, to compare many with many; what looks alike is looked up whole."""
_WORDS_A_SEED: Final = 32 // WORD_BYTES


class ChainRow(NamedTuple):
    """A chain as it is stored."""

    id: int
    commitment: bytes
    secret: bytes
    key_id: str
    length: int


class HashedChain(NamedTuple):
    """What became of hashing one chain down."""

    id: int
    breach: str
    """Empty where the chain hashes to its commitment."""
    words: bytes
    """The first eight bytes of each of its seeds, as this machine writes integers."""


def hash_chain(vault: Vault, row: ChainRow) -> list[bytes]:
    """Return s_0 to s_N of a chain. Raises VaultError where its secret cannot be opened."""
    seed = vault.open(row.id, row.secret, row.key_id)
    seeds = [seed]
    for _ in range(row.length):
        seed = sha256(seed).digest()
        seeds.append(seed)
    seeds.reverse()
    return seeds


def hash_chains(vault: Vault, rows: Sequence[ChainRow]) -> list[HashedChain]:
    """Hash chains down and compare them with their commitments."""
    hashed = []
    for row in rows:
        try:
            seeds = hash_chain(vault, row)
        except VaultError as error:
            hashed.append(HashedChain(row.id, str(error), b""))
            continue
        breach = "" if seeds[0] == row.commitment else "it does not hash to its commitment"
        words = array("Q", b"".join(seeds[1:]))[::_WORDS_A_SEED]
        hashed.append(HashedChain(row.id, breach, words.tobytes()))
    return hashed
