"""Streams that deal named cards, for tests of card games."""

from __future__ import annotations

from collections.abc import Sequence

from games.cards import JOKER
from games.entropy import Draws

_RANKS = "A23456789TJQK"
_SUITS = "cdhs"


class Dealing(Draws):
    """A stream of given words that a copy reads on from where it stands."""

    def __init__(self, words: Sequence[int], used: int = 0) -> None:
        super().__init__(bytes(32), ())
        self.words = words
        self.used = used

    def copy(self) -> Dealing:
        """Return a stream that goes on from here without moving this one."""
        return Dealing(self.words, self.used)

    def word(self) -> int:
        """Return the next word; IndexError after the last."""
        self.used += 1
        return self.words[self.used - 1]


def face(name: str) -> int:
    """Return the face of a card written like `Ks`, `Td` or `Joker`."""
    return JOKER if name == "Joker" else _SUITS.index(name[1]) * 13 + _RANKS.index(name[0])


def faces(names: str) -> tuple[int, ...]:
    """Return the faces of cards written with spaces between them."""
    return tuple(face(name) for name in names.split())


def dealing(names: str, *, decks: int = 1, size: int = 52) -> Dealing:
    """Return a stream that deals these cards, in order, from full decks of so many faces."""
    counts = [decks] * size
    words = []
    for card in faces(names):
        assert counts[card], f"no {names} in the deck"
        words.append(sum(counts[:card]))
        counts[card] -= 1
    return Dealing(words)
