"""Bits as bytes of 0 and 1, and the patterns that lie in them."""

from __future__ import annotations

from typing import Final

import msgspec

_FROM_TEXT: Final = bytes(value & 1 if value in b"01" else 255 for value in range(256))
_TO_TEXT: Final = b"01" + bytes(254)


class BitTest(msgspec.Struct, frozen=True):
    """One p-value of one test of a sequence of bits."""

    test: str
    """The name of the test as in SP 800-22, and behind a colon which of its p-values."""
    statistic: float
    p_value: float


def from_bytes(data: bytes) -> bytes:
    """Return the bits of data, the highest bit of each byte first."""
    return from_text(f"{int.from_bytes(data, 'big'):0{8 * len(data)}b}" if data else "")


def from_text(text: str) -> bytes:
    """Return bits from a text of the digits 0 and 1. Raises ValueError for other digits."""
    bits = text.encode().translate(_FROM_TEXT)
    if 255 in bits:
        raise ValueError("bits are written with 0 and 1")
    return bits


def to_integer(bits: bytes) -> int:
    """Return the number that the bits write, the first one highest."""
    # Of this power of two as a base the conversion takes linear time and no limit of digits holds.
    return int(bits.translate(_TO_TEXT), 2)


def windows(bits: bytes, length: int, *, closed: bool) -> list[int]:
    """Return the pattern of `length` bits at each place as a number, the first bit highest.

    Closed to a circle there are as many as bits, else `length` - 1 fewer.
    """
    if length < 1:
        raise ValueError(f"a pattern has a bit at least, not {length}")
    whole = bits + bits[: length - 1] if closed else bits
    # Patterns are joined from shorter ones, doubling, so that a long one costs a few passes.
    patterns: list[int] = []
    done = 0
    power: list[int] = list(whole)
    width = 1
    while True:
        if length & width:
            if done:
                later = power[done:]
                patterns = [
                    one << width | other for one, other in zip(patterns, later, strict=False)
                ]
            else:
                patterns = power
            done += width
        if done == length:
            return patterns[: len(whole) - length + 1]
        power = [one << width | other for one, other in zip(power, power[width:], strict=False)]
        width *= 2
