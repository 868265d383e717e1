"""Chains of seeds: `s_{n-1} = SHA-256(s_n)`, committed to by `s_0` before the first round.

The whole future of a chain is fixed when it is drawn. Playing it forward means walking it
backwards, from the seeds that were hashed last, so a few of them are kept on the way.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from games.entropy import SEED_BYTES

__all__ = ["MAXIMUM_LENGTH", "SeedChain"]

MAXIMUM_LENGTH: Final = 1_024
"""Rounds of the longest chain."""
_TWO_ROWS: Final = 256
"""Chains up to this long need two rows of checkpoints to stay under 1.5 KB, longer ones three."""


@functools.cache
def _spacing(length: int) -> tuple[int, ...]:
    """Return how far apart the checkpoints of each row are; the last row keeps every seed.

    A row covers the gap before one checkpoint of the row above. With rows of equal size two rows
    keep about 2 sqrt(N) seeds and hash each one once more, three keep 3 cbrt(N) and hash it twice.
    """
    rows = 2 if length <= _TWO_ROWS else 3
    width = 1
    while width**rows < length:
        width += 1
    return tuple(width**power for power in range(rows - 1, -1, -1))


class SeedChain:
    """One chain, from its last seed.

    `last_seed` is `s_N`, a secret of 32 bytes; `length` is N, from 1 to 1,024. Whoever has the
    last seed knows every outcome of the chain that client seeds leave open.
    """

    __slots__ = ("_rows", "_starts", "commitment", "last_seed", "length")

    commitment: bytes
    """s_0, told before any client seed of the chain is known."""

    @classmethod
    def fresh(cls, length: int, entropy: Callable[[int], bytes] = os.urandom) -> SeedChain:
        """Return a new chain. `entropy` gives bytes of the operating system's CSPRNG."""
        return cls(entropy(SEED_BYTES), length)

    def __init__(self, last_seed: bytes, length: int) -> None:
        if len(last_seed) != SEED_BYTES:
            raise ValueError(f"a seed has {SEED_BYTES} bytes, not {len(last_seed)}")
        if not 1 <= length <= MAXIMUM_LENGTH:
            raise ValueError(f"a chain has 1 to {MAXIMUM_LENGTH} rounds, not {length}")
        self.last_seed = last_seed
        self.length = length
        rows = len(_spacing(length))
        # A row holds s_{start + spacing}, s_{start + 2 spacing}, …, the last being the seed that it
        # was hashed from.
        self._rows = [b""] * rows
        self._starts = (-1,) * rows
        first = self._fill(0, 0, length, last_seed)
        self.commitment = sha256(first).digest()

    def seed(self, n: int) -> bytes:
        """Return `s_n`, 1 <= n <= length; ValueError outside.

        In rising n a call costs one hash on average (two above 256 rounds). Any other order works
        too and costs up to a gap between checkpoints.
        """
        if not 1 <= n <= self.length:
            raise ValueError(f"round {n} lies outside a chain of {self.length} rounds")
        newest = self._rows[-1]
        at = (n - self._starts[-1] - 1) * SEED_BYTES
        if 0 <= at < len(newest):
            return newest[at : at + SEED_BYTES]
        start, seed = 0, self.last_seed
        end = self.length
        for row, space in enumerate(_spacing(self.length)):
            if self._starts[row] != start:
                self._fill(row, start, end, seed)
            index = (n - start - 1) // space
            at = index * SEED_BYTES
            seed = self._rows[row][at : at + SEED_BYTES]
            start, end = start + index * space, min(start + (index + 1) * space, end)
        return seed

    def _fill(self, row: int, start: int, end: int, seed: bytes) -> bytes:
        """Hash from `s_end` down to `s_{start + 1}`, keep this row's seeds, return the last."""
        space = _spacing(self.length)[row]
        kept = [seed]
        for n in range(end - 1, start, -1):
            seed = sha256(seed).digest()
            if (n - start) % space == 0:
                kept.append(seed)
        kept.reverse()
        self._rows[row] = b"".join(kept)
        self._starts = (*self._starts[:row], start, *self._starts[row + 1 :])
        return seed

    def __repr__(self) -> str:
        return f"<SeedChain {self.commitment.hex()[:16]}… of {self.length}>"
