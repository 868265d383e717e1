"""Side bets on the first cards: perfect pairs, and 21+3, with their exact returns by counting.

Perfect pairs looks at the player's first two cards, 21+3 at those and the dealer's up-card as a
three card poker hand. Both pay by one line of their table only, the highest that fits. They are
decided by the deal and paid when the round ends, whatever becomes of the hands.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator, Sequence
from math import comb, factorial
from typing import Final

import msgspec

from games.analysis.outcomes import bet_return
from games.blackjack.hands import FACES
from games.game import BetReturn
from protocol.messages.common import Amount, Name

RANKS: Final = 13
SUITS: Final = 4


class SideBet(enum.Enum):
    """A bet beside the hand, by the name that goes into the bets."""

    PERFECT_PAIRS = "perfect-pairs"
    TWENTY_ONE_PLUS_THREE = "twenty-one-plus-three"


PAYS: Final[dict[SideBet, dict[str, int]]] = {
    SideBet.PERFECT_PAIRS: {"perfect pair": 25, "coloured pair": 12, "mixed pair": 6},
    SideBet.TWENTY_ONE_PLUS_THREE: {
        "suited three of a kind": 100,
        "straight flush": 40,
        "three of a kind": 30,
        "straight": 10,
        "flush": 5,
    },
}
"""What each combination pays to one, the highest first."""
LABELS: Final = {
    SideBet.PERFECT_PAIRS: "Perfect pairs",
    SideBet.TWENTY_ONE_PLUS_THREE: "21+3",
}


class PlacedSideBet(msgspec.Struct, frozen=True, gc=False):
    """A side bet of a round, decided."""

    bet: Name
    stake: Amount
    combination: str
    """The line of the table that was made; empty if it lost."""
    payout: Amount
    """In minor units, its stake included."""


def perfect_pair(one: int, other: int) -> str:
    """Return the line that two faces make, or nothing.

    A perfect pair is two cards of one rank and suit, a coloured pair of one rank and colour.
    """
    if one % RANKS != other % RANKS:
        return ""
    if one == other:
        return "perfect pair"
    black = (0, 3)
    same_colour = (one // RANKS in black) == (other // RANKS in black)
    return "coloured pair" if same_colour else "mixed pair"


def twenty_one_plus_three(cards: Sequence[int]) -> str:
    """Return the line that three faces make, or nothing. An ace is low or high in a straight."""
    ranks = sorted(face % RANKS for face in cards)
    suited = len({face // RANKS for face in cards}) == 1
    if ranks[0] == ranks[2]:
        return "suited three of a kind" if suited else "three of a kind"
    low, middle, high = ranks
    straight = (middle == low + 1 and high == low + 2) or ranks == [0, RANKS - 2, RANKS - 1]
    if straight:
        return "straight flush" if suited else "straight"
    return "flush" if suited else ""


def decided(bet: SideBet, stake: int, cards: tuple[int, int], up: int) -> PlacedSideBet:
    """Return a side bet with its payout; `cards` are the player's first two."""
    if bet is SideBet.PERFECT_PAIRS:
        line = perfect_pair(*cards)
    else:
        line = twenty_one_plus_three((*cards, up))
    payout = stake * (PAYS[bet][line] + 1) if line else 0
    return PlacedSideBet(bet.value, stake, line, payout)


def ways_of_pairs(decks: int) -> Iterator[tuple[int, str]]:
    """Yield (ordered ways, line) of every two faces from so many decks."""
    for one in range(FACES):
        for other in range(FACES):
            yield decks * (decks - (one == other)), perfect_pair(one, other)


def ways_of_three(decks: int) -> Iterator[tuple[int, str]]:
    """Yield (ways, line) of every three faces from so many decks, whatever their order."""
    for one in range(FACES):
        for other in range(one, FACES):
            for third in range(other, FACES):
                ways = 1
                for count in Counter((one, other, third)).values():
                    ways *= comb(decks, count)
                if ways:
                    yield ways, twenty_one_plus_three((one, other, third))


def side_bet_returns(decks: int | None) -> tuple[BetReturn, ...]:
    """Return the exact mathematics of both bets, counted over all first cards."""
    return tuple(
        bet_return(
            bet.value,
            ((ways, PAYS[bet][line] + 1 if line else 0) for ways, line in counted(bet, decks)),
            "exact, counted over all first cards of the shoe",
        )
        for bet in SideBet
    )


def counted(bet: SideBet, decks: int | None) -> Iterator[tuple[int, str]]:
    """Yield (ways, line) of every deal that decides the bet; None is an infinite deck."""
    if decks is None:
        yield from _with_return(bet)
    elif bet is SideBet.PERFECT_PAIRS:
        yield from ways_of_pairs(decks)
    else:
        yield from ways_of_three(decks)


def _with_return(bet: SideBet) -> Iterator[tuple[int, str]]:
    """Yield the same where each card is drawn from all 52 again."""
    if bet is SideBet.PERFECT_PAIRS:
        yield from ((1, perfect_pair(one, other)) for one in range(FACES) for other in range(FACES))
        return
    for one in range(FACES):
        for other in range(one, FACES):
            for third in range(other, FACES):
                orders = 6
                for count in Counter((one, other, third)).values():
                    orders //= factorial(count)
                yield orders, twenty_one_plus_three((one, other, third))
