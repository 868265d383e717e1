"""Signatures of what nodes send each other: who only reaches the server of the bus says nothing.

    key = HKDF-SHA256(key of the key file, info = "croupier/bus/1")
    message = origin (8 bytes) || head || tag (32 bytes) || payload
    head = format (u8, 1) || number of the key (u16) || milliseconds since 1970 (u64)
    tag = HMAC-SHA-256(key, u16 length of the channel || channel || origin || head || payload)

A message taken from one channel and put on another is foreign there, and so is one that is older
than `MAXIMUM_AGE_S`: what it tells is told again, or asked for again, long before. Within that time
a message that comes again is known by the numbers and epochs that its content carries.
"""

from __future__ import annotations

import hmac
import struct
import time
from collections.abc import Callable, Mapping
from typing import Final

__all__ = [
    "FORMAT",
    "MAXIMUM_AGE_S",
    "ORIGIN_BYTES",
    "OVERHEAD_BYTES",
    "PURPOSE",
    "Foreign",
    "Signatures",
]

PURPOSE: Final = b"croupier/bus/1"
FORMAT: Final = 1
"""Another number has another layout. A node drops what it does not know, and counts it."""
ORIGIN_BYTES: Final = 8
"""Each message begins with the bus that sent it, by which that bus knows its own echo."""
MAXIMUM_AGE_S: Final = 30
"""Many times what a message takes, and what the clocks of two serving nodes can differ by."""

_HEAD: Final = struct.Struct(">BHQ")
_LENGTH: Final = struct.Struct(">H")
_TAG_BYTES: Final = 32
_TAG_AT: Final = ORIGIN_BYTES + _HEAD.size
_PAYLOAD_AT: Final = _TAG_AT + _TAG_BYTES
OVERHEAD_BYTES: Final = _PAYLOAD_AT
"""What a signed message has besides its payload."""


class Foreign(ValueError):  # noqa: N818 - a condition of the message
    """A message is from no node of this casino, or not from now; the text is a short reason."""


def _wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


class Signatures:
    """Signs and checks messages. `keys` holds keys by number, the one that signs last."""

    __slots__ = ("_clock_ms", "_keys", "_number")

    def __init__(
        self, keys: Mapping[str, bytes], clock_ms: Callable[[], int] = _wall_clock_ms
    ) -> None:
        assert keys, "a bus that others can reach needs a key"
        self._keys = {int(number): key for number, key in keys.items()}
        self._number = int(list(keys)[-1])
        self._clock_ms = clock_ms

    def sign(self, channel: bytes, origin: bytes, payload: bytes) -> bytes:
        """Return a message as it is sent."""
        begin = origin + _HEAD.pack(FORMAT, self._number, self._clock_ms())
        return begin + _tag(self._keys[self._number], channel, begin, payload) + payload

    def check(self, channel: bytes, data: bytes) -> bytes:
        """Return the payload of a message that came. Raises Foreign."""
        if len(data) < _PAYLOAD_AT:
            raise Foreign("unsigned")
        layout, number, at_ms = _HEAD.unpack_from(data, ORIGIN_BYTES)
        if layout != FORMAT:
            raise Foreign("unsigned")
        key = self._keys.get(number)
        if key is None:
            raise Foreign("unknown key")
        payload = data[_PAYLOAD_AT:]
        tag = _tag(key, channel, data[:_TAG_AT], payload)
        if not hmac.compare_digest(tag, data[_TAG_AT:_PAYLOAD_AT]):
            raise Foreign("forged")
        # Last: of what is not signed, the time says nothing either.
        if abs(self._clock_ms() - at_ms) > MAXIMUM_AGE_S * 1000:
            raise Foreign("out of date")
        return payload


def _tag(key: bytes, channel: bytes, begin: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, _LENGTH.pack(len(channel)) + channel + begin + payload, "sha256")
