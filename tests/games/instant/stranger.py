"""The instant games as a stranger computes them from `docs/fairness.md`, without our code."""

from __future__ import annotations

import hmac
import math
from collections.abc import Iterator
from fractions import Fraction

SEED = bytes(range(32))
CLIENT_SEED = b"a stranger"
RETURN = Fraction(99, 100)


class Stream:
    """The words of a round."""

    def __init__(self, seed: bytes, client_seed: bytes) -> None:
        self._words = self._all(seed, client_seed)

    @staticmethod
    def _all(seed: bytes, client_seed: bytes) -> Iterator[int]:
        block = 0
        while True:
            message = b"croupier/draw/1" + b"\0" + len(client_seed).to_bytes(2, "big")
            message += client_seed + block.to_bytes(4, "big")
            digest = hmac.digest(seed, message, "sha256")
            for start in range(0, 32, 4):
                yield int.from_bytes(digest[start : start + 4], "big")
            block += 1

    def below(self, bound: int) -> int:
        """Return a number below a bound of more than 1."""
        space = 2**32 if bound <= 2**32 else 2**64
        while True:
            word = next(self._words)
            if space == 2**64:
                word = word * 2**32 + next(self._words)
            if word < space - space % bound:
                return word % bound


def crash_point(stream: Stream, maximum: int = 1_000_000) -> int:
    """Return where a round of crash ends, in hundredths."""
    left = 2**52 - stream.below(2**52)
    return min(maximum, max(100, math.floor(100 * RETURN * 2**52 / left)))


def limbo_multiplier(stream: Stream) -> int:
    """Return the multiplier of a round of limbo, in hundredths."""
    return crash_point(stream, 100_000_000)


def rolled(stream: Stream) -> int:
    """Return the number of a round of dice, in hundredths."""
    return stream.below(10_000)


def path(stream: Stream, rows: int) -> str:
    """Return the way of the ball."""
    value = stream.below(65_536)
    return "".join("LR"[value >> (15 - row) & 1] for row in range(rows))


def mined(stream: Stream, mines: int) -> list[int]:
    """Return the tiles with a mine, ascending."""
    tiles = list(range(1, 26))
    return sorted(tiles.pop(stream.below(25 - number)) for number in range(mines))


def faces(stream: Stream, number: int) -> list[int]:
    """Return the first cards of a round of hi-lo."""
    return [stream.below(52) for _ in range(number)]
