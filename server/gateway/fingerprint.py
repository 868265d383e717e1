"""What tells two money requests under one id apart where the game does not: the whole request.

Accepted and recorded requests carry the digest of their decoded bets. One that was refused before
that has none; it is told apart by everything that it says, whatever its codec.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from protocol.codec import Codec
from protocol.messages.rounds import Act, Deal, Spin

__all__ = ["fingerprint", "is_fingerprint"]

_encode: Final = msgspec.msgpack.Encoder(order="deterministic").encode
_MARK: Final = b"~"
_LENGTH: Final = 17
"""One more than a digest, so that the two are never taken for each other."""


def fingerprint(message: Spin | Deal | Act, codec: Codec) -> bytes:
    """Return 17 bytes that stand for a request that was decoded by `codec`."""
    if isinstance(message, Act):
        said: tuple[object, ...] = (message.round, message.step, codec.plain(message.decision))
    else:
        said = (message.round, message.client_seed, codec.plain(message.bets))
    whole = _encode((message.TYPE, message.table, *said))
    return _MARK + hashlib.blake2b(whole, digest_size=_LENGTH - 1).digest()


def is_fingerprint(digest: bytes) -> bool:
    """Whether these bytes are a fingerprint and no digest of decoded bets."""
    return len(digest) == _LENGTH
