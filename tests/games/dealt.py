"""Streams that deal named cards, for tests of card games."""

from __future__ import annotations

from games.cards import JOKER
from tests.games.scripts import Script

_RANKS = "A23456789TJQK"
_SUITS = "cdhs"


def face(name: str) -> int:
    """Return the face of a card written like `Ks`, `Td` or `Joker`."""
    return JOKER if name == "Joker" else _SUITS.index(name[1]) * 13 + _RANKS.index(name[0])


def faces(names: str) -> tuple[int, ...]:
    """Return the faces of cards written with spaces between them."""
    return tuple(face(name) for name in names.split())


def dealing(names: str, *, decks: int = 1, size: int = 52) -> Script:
    """Return a stream that deals these cards, in order, from full decks."""
    counts = [decks] * size
    words = []
    for card in faces(names):
        assert counts[card], f"no {names} in the deck"
        words.append(sum(counts[:card]))
        counts[card] -= 1
    return Script(words)
