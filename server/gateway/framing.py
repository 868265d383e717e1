"""The form of WebSocket frames (RFC 6455, section 5.2), where the gateway reads it by itself."""

from __future__ import annotations

import struct
from typing import Final

try:
    from websockets.speedups import apply_mask
except ImportError:  # a platform without the compiled part
    from websockets.utils import apply_mask

__all__ = [
    "BINARY_HEADERS",
    "FIN_BINARY",
    "FIN_TEXT",
    "PING",
    "TEXT_HEADERS",
    "apply_mask",
    "frame_end",
    "is_utf8",
    "long_header",
]

FIN_TEXT: Final = 0x81
"""The first byte of a text message in one frame."""
FIN_BINARY: Final = 0x82
"""The first byte of a binary message in one frame."""
PING: Final = b"\x89\x00"
"""A whole ping frame of a server."""

TEXT_HEADERS: Final = tuple(bytes((FIN_TEXT, size)) for size in range(126))
"""Headers of a server's short text messages, by length."""
BINARY_HEADERS: Final = tuple(bytes((FIN_BINARY, size)) for size in range(126))
"""Headers of a server's short binary messages, by length."""

_MIDDLE: Final = struct.Struct(">BBH").pack
_OPCODES: Final = frozenset((0x0, 0x1, 0x2, 0x8, 0x9, 0xA))


def long_header(first: int, size: int) -> bytes:
    """Return the header of a server's message of 126 bytes or more."""
    if size < 65_536:
        return _MIDDLE(first, 126, size)
    return bytes((first, 127)) + size.to_bytes(8, "big")


def frame_end(data: bytes, position: int, max_frame_bytes: int) -> int:
    """Return where the frame at a position ends, which may be behind the data.

    Returns 0 for what cannot become a valid frame; the core then says what is wrong with it.
    """
    size = len(data) - position
    head, second = data[position], data[position + 1]
    if (head & 0x0F) not in _OPCODES or not second & 0x80:
        return 0
    length, start = second & 0x7F, position + 6
    if length > 125:
        width = 2 if length == 126 else 8
        if size < 2 + width:
            return len(data) + 1
        length = int.from_bytes(data[position + 2 : position + 2 + width], "big")
        start += width
    return start + length if length <= max_frame_bytes else 0


def is_utf8(data: bytes) -> bool:
    """Whether a text message is one."""
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
