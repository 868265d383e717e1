"""Signatures of what nodes send each other: who only reaches the server of the bus says nothing.

    key = HKDF-SHA256(key of the key file, info = "croupier/bus/1")
    message = head || tag (32 bytes) || content
    head = format (u8, 1) || number of the key (u16) || milliseconds since 1970 (u64)
    tag = HMAC-SHA-256(key, u16 length of the channel || channel || head || content)

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
    "OVERHEAD_BYTES",
    "PURPOSE",
    "Foreign",
    "Signatures",
]

PURPOSE: Final = b"croupier/bus/1"
FORMAT: Final = 1
"""Another number has another layout. A node drops what it does not know, and counts it."""
MAXIMUM_AGE_S: Final = 30
"""Many times what a message takes, and what the clocks of two serving nodes can differ by."""

_HEAD: Final = struct.Struct(">BHQ")
_LENGTH: Final = struct.Struct(">H")
_TAG_BYTES: Final = 32
OVERHEAD_BYTES: Final = _HEAD.size + _TAG_BYTES
"""What a signed message has before its content."""


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

    def sign(self, channel: bytes, content: bytes) -> bytes:
        """Return a message as it is sent."""
        head = _HEAD.pack(FORMAT, self._number, self._clock_ms())
        return head + _tag(self._keys[self._number], channel, head, content) + content

    def check(self, channel: bytes, data: bytes) -> bytes:
        """Return the content of a message that came. Raises Foreign."""
        if len(data) < OVERHEAD_BYTES:
            raise Foreign("unsigned")
        layout, number, at_ms = _HEAD.unpack_from(data)
        if layout != FORMAT:
            raise Foreign("unsigned")
        key = self._keys.get(number)
        if key is None:
            raise Foreign("unknown key")
        content = data[OVERHEAD_BYTES:]
        tag = _tag(key, channel, data[: _HEAD.size], content)
        if not hmac.compare_digest(tag, data[_HEAD.size : OVERHEAD_BYTES]):
            raise Foreign("forged")
        # Last: of what is not signed, the time says nothing either.
        if abs(self._clock_ms() - at_ms) > MAXIMUM_AGE_S * 1000:
            raise Foreign("out of date")
        return content


def _tag(key: bytes, channel: bytes, head: bytes, content: bytes) -> bytes:
    return hmac.digest(key, _LENGTH.pack(len(channel)) + channel + head + content, "sha256")
