"""The machines that ship: decks and pay tables, with their exact combinations.

Pays are for one minor unit staked, the stake included ("800 for 1"), the same at every stake. The
combinations are those of perfect play, found by `games.analysis.video_poker` over every deal and
every draw, and recomputed by a test.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

import msgspec

from games.cards import ACE, JACK, KING, QUEEN
from games.video_poker.combinations import COMBINATIONS
from games.video_poker.hands import DEUCES, HAND, STANDARD, WITH_JOKER, Deck, Row


class Machine(msgspec.Struct, frozen=True, dict=True):
    """One video poker game."""

    name: str
    title: str
    deck: Deck
    pays: tuple[tuple[Row, int], ...]
    """Best hand first; what is not listed pays nothing."""
    pairs: frozenset[int]
    """Ranks of which a pair pays."""
    combinations: tuple[int, ...]
    """Of each row of `pays` and of nothing with perfect play, out of `total_combinations`."""

    @property
    def total_combinations(self) -> int:
        """Deals times the common multiple of the numbers of draws, so that all counts are whole."""
        return math.comb(self.deck.faces, HAND) * common_draws(self.deck)

    @functools.cached_property
    def rows(self) -> Mapping[Row, int]:
        """What each row pays for one, best first."""
        return dict(self.pays)

    def digested(self) -> bytes:
        """Return what of the machine is a rule: its deck and its pays."""
        deck = f"{self.deck.faces} wild {sorted(self.deck.wild)} pairs {sorted(self.pairs)}"
        pays = ",".join(f"{row.value}={pay}" for row, pay in self.pays)
        return f"{deck} pays {pays}".encode()

    @property
    def expected(self) -> Fraction:
        """Expected payout per unit staked with perfect play."""
        paid = sum(ways * pay for ways, (_, pay) in zip(self.combinations, self.pays, strict=False))
        return Fraction(paid, self.total_combinations)

    def label(self, row: Row) -> str:
        """Return a row for reading: `Jacks or better`."""
        if row is Row.HIGH_PAIR:
            return "Jacks or better" if JACK in self.pairs else "Kings or better"
        if row is Row.ROYAL_FLUSH and self.deck.wild:
            return "Natural royal flush"
        text: str = row.value
        return text.replace("-", " ").capitalize()


def common_draws(deck: Deck) -> int:
    """Return the least common multiple of the numbers of draws of 0 to 5 cards."""
    left = deck.faces - HAND
    return math.lcm(*(math.comb(left, drawn) for drawn in range(HAND + 1)))


_JACKS: Final = frozenset({JACK, QUEEN, KING, ACE})
_KINGS: Final = frozenset({KING, ACE})


def _jacks_or_better(name: str, full_house: int, flush: int) -> Machine:
    return Machine(
        name,
        f"Jacks or Better {full_house}/{flush}",
        STANDARD,
        (
            (Row.ROYAL_FLUSH, 800),
            (Row.STRAIGHT_FLUSH, 50),
            (Row.FOUR_OF_A_KIND, 25),
            (Row.FULL_HOUSE, full_house),
            (Row.FLUSH, flush),
            (Row.STRAIGHT, 4),
            (Row.THREE_OF_A_KIND, 3),
            (Row.TWO_PAIR, 2),
            (Row.HIGH_PAIR, 1),
        ),
        _JACKS,
        COMBINATIONS[name],
    )


def _deuces_wild(name: str, title: str, pays: tuple[int, ...]) -> Machine:
    rows = (
        Row.ROYAL_FLUSH,
        Row.FOUR_DEUCES,
        Row.WILD_ROYAL_FLUSH,
        Row.FIVE_OF_A_KIND,
        Row.STRAIGHT_FLUSH,
        Row.FOUR_OF_A_KIND,
        Row.FULL_HOUSE,
        Row.FLUSH,
        Row.STRAIGHT,
        Row.THREE_OF_A_KIND,
    )
    return Machine(
        name, title, DEUCES, tuple(zip(rows, pays, strict=True)), frozenset(), COMBINATIONS[name]
    )


def _joker_poker(name: str, four: int) -> Machine:
    return Machine(
        name,
        f"Joker Poker {four}/7/5",
        WITH_JOKER,
        (
            (Row.ROYAL_FLUSH, 800),
            (Row.FIVE_OF_A_KIND, 200),
            (Row.WILD_ROYAL_FLUSH, 100),
            (Row.STRAIGHT_FLUSH, 50),
            (Row.FOUR_OF_A_KIND, four),
            (Row.FULL_HOUSE, 7),
            (Row.FLUSH, 5),
            (Row.STRAIGHT, 3),
            (Row.THREE_OF_A_KIND, 2),
            (Row.TWO_PAIR, 1),
            (Row.HIGH_PAIR, 1),
        ),
        _KINGS,
        COMBINATIONS[name],
    )


MACHINES: Final = (
    _jacks_or_better("jacks-or-better", 9, 6),
    _jacks_or_better("jacks-or-better-9-5", 9, 5),
    _jacks_or_better("jacks-or-better-8-6", 8, 6),
    _jacks_or_better("jacks-or-better-8-5", 8, 5),
    _jacks_or_better("jacks-or-better-7-5", 7, 5),
    _jacks_or_better("jacks-or-better-6-5", 6, 5),
    _deuces_wild("deuces-wild", "Deuces Wild", (800, 200, 25, 15, 9, 5, 3, 2, 2, 1)),
    _deuces_wild(
        "deuces-wild-16-10-4", "Deuces Wild 16/10/4", (800, 200, 25, 16, 10, 4, 4, 3, 2, 1)
    ),
    _joker_poker("joker-poker", 17),
    _joker_poker("joker-poker-20-7-5", 20),
)
"""Every machine that ships. Perfect play beats two of them, `deuces-wild` and `joker-poker-20-7-5`:
their pay tables are the published full-pay ones."""
