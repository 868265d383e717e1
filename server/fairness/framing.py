"""Client seeds as `round.client_seeds` stores them: for each seat u16 length and the seed.

They are the very bytes that the draw stream takes, so what is stored is what was played.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

from games.entropy import MAXIMUM_CLIENT_SEED_BYTES

__all__ = ["frame_client_seeds", "unframe_client_seeds"]

_LENGTH: Final = struct.Struct(">H")
_LENGTHS: Final = tuple(_LENGTH.pack(size) for size in range(MAXIMUM_CLIENT_SEED_BYTES + 1))


def frame_client_seeds(seeds: Sequence[bytes]) -> bytes:
    """Return the seeds in seat order, each behind its length. Raises ValueError above 32 bytes."""
    try:
        return b"".join([_LENGTHS[len(seed)] + seed for seed in seeds])
    except IndexError:
        message = f"a client seed has at most {MAXIMUM_CLIENT_SEED_BYTES} bytes"
        raise ValueError(message) from None


def unframe_client_seeds(data: bytes) -> tuple[bytes, ...]:
    """Return the seeds that were framed. Raises ValueError if `data` is not whole frames."""
    seeds = []
    position = 0
    while position < len(data):
        start = position + _LENGTH.size
        if start > len(data):
            raise ValueError("client seeds end within a length")
        (length,) = _LENGTH.unpack_from(data, position)
        position = start + length
        if length > MAXIMUM_CLIENT_SEED_BYTES or position > len(data):
            raise ValueError("client seeds end within a seed, or one of them is too long")
        seeds.append(data[start:position])
    return tuple(seeds)
