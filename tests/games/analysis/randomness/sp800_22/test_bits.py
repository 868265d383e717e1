"""Bits and the patterns in them."""

from __future__ import annotations

import pytest

from games.analysis.randomness.sp800_22.bits import from_bytes, from_text, to_integer, windows


def test_bits_of_bytes() -> None:
    """The highest bit of a byte comes first, and leading zeros stay."""
    assert from_bytes(b"\x05\x80") == from_text("0000010110000000")
    assert from_bytes(b"") == b""


def test_bits_of_text() -> None:
    """The digits 0 and 1 become bytes of 0 and 1; another digit is a fault of the caller."""
    assert from_text("0110") == bytes((0, 1, 1, 0))
    with pytest.raises(ValueError, match="0 and 1"):
        from_text("0120")


def test_bits_as_a_number() -> None:
    """The first bit is the highest; a long sequence needs no digit limit lifted."""
    assert to_integer(from_text("0110")) == 6
    assert to_integer(bytes((1,)) * 100_000) == (1 << 100_000) - 1


@pytest.mark.parametrize("length", range(1, 12))
def test_windows_are_the_patterns(length: int) -> None:
    """Each place has the pattern that begins there, with and without the circle closed."""
    text = "110100100010111010010"
    bits = from_text(text)
    open_patterns = [int(text[at : at + length], 2) for at in range(len(text) - length + 1)]
    around = text + text
    closed = [int(around[at : at + length], 2) for at in range(len(text))]

    assert windows(bits, length, closed=False) == open_patterns
    assert windows(bits, length, closed=True) == closed


def test_no_window_is_empty() -> None:
    """A pattern has a bit."""
    with pytest.raises(ValueError, match="a bit at least"):
        windows(b"\0\1", 0, closed=True)
