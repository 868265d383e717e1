"""What tells two money requests under one id apart where the game does not: the whole request.

Accepted and recorded requests carry the digest of their decoded bets. One that was refused before
that has none; it is told apart by everything that it says, whatever its codec.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from protocol.codec import Codec
from protocol.errors import Refused
from protocol.messages.rounds import Act, Bet, Deal, Spin

__all__ = ["fingerprint", "is_fingerprint"]

_encode: Final = msgspec.msgpack.Encoder(order="deterministic").encode
_MARK: Final = b"~"
_LENGTH: Final = 17
"""One more than a digest, so that the two are never taken for each other."""


def fingerprint(message: Spin | Deal | Act | Bet, codec: Codec) -> bytes:
    """Return 17 bytes that stand for a request that was decoded by `codec`."""
    if isinstance(message, Act):
        said: tuple[object, ...] = (message.round, message.step, _plain(message.decision, codec))
    elif isinstance(message, Bet):
        said = (message.round, _plain(message.bets, codec))
    else:
        said = (message.round, message.client_seed, _plain(message.bets, codec))
    whole = _encode((message.TYPE, message.table, *said))
    return _MARK + hashlib.blake2b(whole, digest_size=_LENGTH - 1).digest()


def _plain(raw: msgspec.Raw, codec: Codec) -> bytes:
    """Return game data in one encoding; what no game can mean, such as odd map keys, as it came."""
    try:
        return _encode(codec.plain(raw))
    except (Refused, TypeError, ValueError, OverflowError, RecursionError):
        return bytes(raw)


def is_fingerprint(digest: bytes) -> bool:
    """Whether these bytes are a fingerprint and no digest of decoded bets."""
    return len(digest) == _LENGTH
