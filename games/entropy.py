"""Unbiased integers and card draws from a round's seed.

The draw stream is stated to the byte in `docs/fairness.md`:

    block k = HMAC-SHA256(key = seed,
                          "croupier/draw/1" || u8 stream || (u16 length || client seed)* || u32 k)

Blocks are read as big-endian 32-bit words, in order. Nothing in the message is chosen by the house
after the commitment to the seed (GLI-19 3.3.1, standards A1, A6, A10): draw functions take no
player, stake or connection.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

_LABEL: Final = b"croupier/draw/1"
_WORDS: Final = struct.Struct(">8I")
_COUNTER: Final = struct.Struct(">I")
_WORD_BITS: Final = 32
_WORD_SPACE: Final = 1 << _WORD_BITS
_DOUBLE_SPACE: Final = 1 << 2 * _WORD_BITS

MAXIMUM_CLIENT_SEED_BYTES: Final = 32
SEED_BYTES: Final = 32

# HMAC by its definition (RFC 2104): `hmac.digest` sets up more than the two hashes themselves cost.
_BLOCK_BYTES: Final = 64
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))
_INNER_REST: Final = b"\x36" * (_BLOCK_BYTES - SEED_BYTES)
_OUTER_REST: Final = b"\x5c" * (_BLOCK_BYTES - SEED_BYTES)


class Draws:
    """The draw stream of one round, from its start; `copy` forks it where it stands.

    `seed` is the round's 32-byte seed, `client_seeds` one seed of 0 to 32 bytes for each seat, in
    seat order (a private table has one; none where a jurisdiction switches client seeds off).
    """

    __slots__ = ("_block", "_message", "_position", "_seed", "_words")

    def __init__(self, seed: bytes, client_seeds: Sequence[bytes], stream: int = 0) -> None:
        if len(seed) != SEED_BYTES:
            message = f"a seed has {SEED_BYTES} bytes, not {len(seed)}"
            raise ValueError(message)
        parts = [_LABEL, bytes((stream,))]
        for client_seed in client_seeds:
            if len(client_seed) > MAXIMUM_CLIENT_SEED_BYTES:
                message = f"a client seed has at most {MAXIMUM_CLIENT_SEED_BYTES} bytes"
                raise ValueError(message)
            parts.append(len(client_seed).to_bytes(2, "big"))
            parts.append(client_seed)
        self._seed = seed
        self._message = b"".join(parts)
        self._block = 0
        self._words: tuple[int, ...] = ()
        self._position = 0

    def copy(self) -> Draws:
        """Return a stream that goes on from here without moving this one."""
        other = Draws.__new__(Draws)
        other._seed = self._seed  # noqa: SLF001 - its own kind
        other._message = self._message  # noqa: SLF001 - its own kind
        other._block = self._block  # noqa: SLF001 - its own kind
        other._words = self._words  # noqa: SLF001 - its own kind
        other._position = self._position  # noqa: SLF001 - its own kind
        return other

    @property
    def words_used(self) -> int:
        """How many 32-bit words have been consumed, rejected ones included."""
        return (self._block * 8) - (len(self._words) - self._position)

    def word(self) -> int:
        """Return the next 32-bit word of the stream."""
        position = self._position
        if position == len(self._words):
            seed = self._seed
            inner = sha256(
                seed.translate(_INNER) + _INNER_REST + self._message + _COUNTER.pack(self._block)
            ).digest()
            self._words = _WORDS.unpack(
                sha256(seed.translate(_OUTER) + _OUTER_REST + inner).digest()
            )
            self._block += 1
            position = 0
        self._position = position + 1
        return self._words[position]

    def below(self, bound: int) -> int:
        """Return an integer from 0 to `bound` - 1, each equally likely.

        By rejection: a word at or above the largest multiple of `bound` is consumed and thrown
        away, so no value is likelier than another (standards A6). A bound of 1 uses no word; above
        2^32 two words make one 64-bit number. Raises ValueError for a bound below 1 or above 2^64.
        """
        if 1 < bound <= _WORD_SPACE:
            limit = _WORD_SPACE - _WORD_SPACE % bound
            value = self.word()
            while value >= limit:
                value = self.word()
            return value % bound
        if bound == 1:
            return 0
        if not 1 < bound <= _DOUBLE_SPACE:
            message = f"a bound is from 1 to 2^64, not {bound}"
            raise ValueError(message)
        limit = _DOUBLE_SPACE - _DOUBLE_SPACE % bound
        value = (self.word() << _WORD_BITS) | self.word()
        while value >= limit:
            value = (self.word() << _WORD_BITS) | self.word()
        return value % bound

    def below_each(self, bounds: Sequence[int]) -> list[int]:
        """Return an integer below each bound, in order: the same as so many calls of `below`."""
        words, position = self._words, self._position
        values: list[int] = []
        for bound in bounds:
            if position < len(words) and 1 < bound <= _WORD_SPACE:
                value = words[position]
                if value < _WORD_SPACE - _WORD_SPACE % bound:
                    position += 1
                    values.append(value % bound)
                    continue
            self._position = position
            values.append(self.below(bound))
            words, position = self._words, self._position
        self._position = position
        return values


def draw_card(draws: Draws, counts: list[int]) -> int:
    """Deal one card from what is left of a shoe and take it out.

    `counts[face]` is how many cards of each face are left. The card is the one at position
    `below(cards left)` when the shoe is laid out face by face. Raises ValueError if it is empty.
    """
    left = sum(counts)
    if left == 0:
        message = "the shoe is empty"
        raise ValueError(message)
    position = draws.below(left)
    for face, count in enumerate(counts):
        if position < count:
            counts[face] = count - 1
            return face
        position -= count
    message = "unreachable: the position is below the number of cards left"
    raise AssertionError(message)


def draw_distinct(draws: Draws, count: int, size: int) -> list[int]:
    """Return `count` different integers from 0 to `size` - 1, in the order in which they come.

    A Fisher-Yates shuffle that stops after `count` places: for place i = 0, 1, 2, … the entry at
    i + `below(size - i)` is drawn, and the entry at i moves to where it was. With `count` equal to
    `size` it is the whole shuffle; every order is equally likely (standards A8). Raises ValueError
    if there are fewer than `count` of them.
    """
    if not 0 <= count <= size:
        message = f"{count} different ones of {size} cannot be drawn"
        raise ValueError(message)
    moved: dict[int, int] = {}
    drawn = []
    for place, offset in enumerate(draws.below_each(range(size, size - count, -1))):
        drawn.append(moved.get(place + offset, place + offset))
        moved[place + offset] = moved.get(place, place)
    return drawn
