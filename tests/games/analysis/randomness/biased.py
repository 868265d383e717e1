"""Streams that are not as they should be, for batteries that must find it out; and fair ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from hashlib import sha256

from games.entropy import Draws
from server.fairness.tape import Tape


def seed_of(name: str, number: int) -> bytes:
    """Return a seed of 32 bytes that anybody can make again."""
    return sha256(f"{name} {number}".encode()).digest()


def fair(size: int, count: int) -> list[int]:
    """Return that many fair outcomes, always the same."""
    return Draws(seed_of("fair", size), (b"test",)).below_each((size,) * count)


def fair_streams(name: str) -> Iterator[Tape]:
    """Yield a fresh stream for each round, always the same ones for a name."""
    for number in itertools.count():
        yield Tape(seed_of(name, number), (b"test",))


class Biased(Tape):
    """A stream whose draws go through `bias`; copies too."""

    __slots__ = ("bias",)

    bias: Callable[[Tape, int], int]

    def copy(self) -> Biased:
        """Return a stream that goes on from here with the same bias."""
        other = Biased.__new__(Biased)
        source = super().copy()
        for name in (*Draws.__slots__, *Tape.__slots__):
            setattr(other, name, getattr(source, name))
        other.bias = self.bias
        return other

    def below(self, bound: int) -> int:
        """Return what the bias makes of a draw, and remember it."""
        value = self.bias(self, bound)
        self._drawn.append((bound, value))
        return value


def biased_streams(bias: Callable[[Tape, int], int]) -> Iterator[Biased]:
    """Yield a fresh stream with that bias for each round."""
    for number in itertools.count():
        stream = Biased(seed_of("biased", number), (b"test",))
        stream.bias = bias
        yield stream


def one_pocket(stream: Tape, bound: int) -> int:
    """Number 17 takes a hundredth of all other numbers' draws."""
    value = Draws.below(stream, bound)
    return min(17, bound - 1) if Draws.below(stream, 100) == 0 else value


def modulo(stream: Tape, bound: int) -> int:
    """The remainder of a short word, with nothing thrown away."""
    return (stream.word() >> 25) % bound


def repeating() -> Callable[[Tape, int], int]:
    """Return a bias to a cycle of a thousand words."""
    words = itertools.cycle(Draws(seed_of("cycle", 0), ()).below_each((1 << 32,) * 1_000))
    return lambda _, bound: next(words) % bound


def clinging() -> Callable[[Tape, int], int]:
    """Return a bias to what was drawn last: one draw in twenty is the last once more."""
    last: dict[int, int] = {}

    def draw(stream: Tape, bound: int) -> int:
        if bound in last and Draws.below(stream, 20) == 0:
            return last[bound]
        last[bound] = Draws.below(stream, bound)
        return last[bound]

    return draw


def counting() -> Callable[[Tape, int], int]:
    """Return a bias that is perfectly even: it counts."""
    numbers = itertools.count()
    return lambda _, bound: next(numbers) % bound


def sticky_reel(stream: Tape, bound: int) -> int:
    """A draw leans on the one before it in the round: one in twenty follows it."""
    value = Draws.below(stream, bound)
    if stream.drawn and Draws.below(stream, 20) == 0:
        before, last = stream.drawn[-1]
        value = last * bound // before
    return value
