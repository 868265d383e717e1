"""A draw stream that remembers what was drawn from it, for proofs."""
# ruff: noqa: SLF001 - a copy is of the same kind

from __future__ import annotations

from collections.abc import Sequence

from games.entropy import Draws

__all__ = ["Tape"]


class Tape(Draws):
    """A draw stream whose copies report what they drew.

    A game copies the stream it was given before it draws, once a step, and each copy goes on where
    the one before stood. So the longest list of all copies is what the round drew, in order.
    """

    __slots__ = ("_all", "_drawn")

    def __init__(self, seed: bytes, client_seeds: Sequence[bytes], stream: int = 0) -> None:
        super().__init__(seed, client_seeds, stream)
        self._drawn: list[tuple[int, int]] = []
        self._all = [self._drawn]

    def copy(self) -> Tape:
        """Return a stream that goes on from here, and remembers what was drawn up to here."""
        other = Tape.__new__(Tape)
        other._seed = self._seed
        other._message = self._message
        other._block = self._block
        other._words = self._words
        other._position = self._position
        other._drawn = list(self._drawn)
        other._all = self._all
        other._all.append(other._drawn)
        return other

    def below(self, bound: int) -> int:
        """Return an integer from 0 to `bound` - 1, as `Draws.below` does."""
        value = super().below(bound)
        self._drawn.append((bound, value))
        return value

    def below_each(self, bounds: Sequence[int]) -> list[int]:
        """Return an integer below each bound, as `Draws.below_each` does."""
        return [self.below(bound) for bound in bounds]

    @property
    def drawn(self) -> list[tuple[int, int]]:
        """Everything drawn so far as (bound, value), in order; by this stream or a copy of it."""
        longest: list[tuple[int, int]] = max(self._all, key=len)
        return list(longest)
