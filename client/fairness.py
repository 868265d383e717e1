"""Checks the house's seeds as they are revealed (the scheme is in `docs/fairness.md`).

A table plays on a chain: the house told the commitment `s_0` before the first bet, and round n's
seed must give `s_0` when it is hashed n times with SHA-256. Each seed is checked against the newest
one known, so a round costs one hash.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from client.errors import FairnessError
from protocol.messages.common import ChainInfo

__all__ = ["ChainCheck", "round_number"]

MAXIMUM_CHAIN_LENGTH: Final = 1 << 20
"""No honest chain is longer; the bound keeps a hostile server from making us hash for ever."""


def round_number(round_id: str, chain: str) -> int:
    """Return n of the round id `chain-n`. Raises FairnessError if it is not of that chain."""
    prefix, _, number = round_id.rpartition("-")
    if prefix != chain or not number.isdecimal() or len(number) > len(str(MAXIMUM_CHAIN_LENGTH)):
        raise FairnessError(f"round {round_id} does not belong to the committed chain {chain}")
    return int(number)


class ChainCheck:
    """One chain as far as its seeds are known."""

    __slots__ = ("_digest", "_number", "chain", "commitment", "length")

    def __init__(self, info: ChainInfo) -> None:
        if not 1 <= info.length <= MAXIMUM_CHAIN_LENGTH:
            raise FairnessError(f"chain {info.chain} claims {info.length} rounds")
        self.chain = info.chain
        self.commitment = info.commitment
        self.length = info.length
        self._digest = info.commitment
        self._number = 0

    def confirm(self, info: ChainInfo) -> None:
        """Check that the chain named again is the one committed to. Raises FairnessError."""
        if info.commitment != self.commitment or info.length != self.length:
            raise FairnessError(f"chain {self.chain} was given another commitment afterwards")

    def reveal(self, round_id: str, seed: bytes | None) -> None:
        """Check a revealed seed. Raises FairnessError.

        The same seed may be told again, as it is when a reply is repeated; an older one is checked
        by hashing it up to the newest.
        """
        if seed is None:
            raise FairnessError(f"round {round_id} has ended without its seed")
        number = round_number(round_id, self.chain)
        if not 1 <= number <= self.length:
            raise FairnessError(f"round {round_id} lies outside its chain of {self.length}")
        known = self._number
        if number >= known:
            # seed --sha256--> … --sha256--> the newest one known
            digest = seed
            for _ in range(number - known):
                digest = sha256(digest).digest()
            if digest != self._digest:
                raise FairnessError(f"the seed of round {round_id} does not hash to the one before")
            self._digest = seed
            self._number = number
            return
        digest = self._digest
        for _ in range(known - number):
            digest = sha256(digest).digest()
        if digest != seed:
            raise FairnessError(f"the seed of round {round_id} is not the one revealed later")
