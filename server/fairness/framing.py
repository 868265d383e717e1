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


def frame_client_seeds(seeds: Sequence[bytes]) -> bytes:
    """Return the seeds in seat order, each behind its length. Raises ValueError above 32 bytes."""
    parts = []
    for seed in seeds:
        if len(seed) > MAXIMUM_CLIENT_SEED_BYTES:
            raise ValueError(f"a client seed has at most {MAXIMUM_CLIENT_SEED_BYTES} bytes")
        parts.append(_LENGTH.pack(len(seed)))
        parts.append(seed)
    return b"".join(parts)


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
