"""What the strategy lists of video poker say, line by line.

*Ways* are the straights that hold all the cards: four of them for 7-8, one for 4-8 or A-K. Where
deuces are wild, a straight that holds one is not counted.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from games.video_poker.hands import HAND, ROYAL, RUNS, WILD, Deck, Row, row_of
from games.video_poker.machines import Machine


class Held(NamedTuple):
    """What a strategy looks at in the cards that a hold keeps."""

    cards: int
    wild: int
    alike: tuple[int, ...]
    """How many natural cards of each rank, the most first."""
    suited: bool
    royal: bool
    """Whether the natural cards are different ranks from ten to ace."""
    ways: int
    """Straights of natural cards that hold all natural cards; 0 if two are of one rank."""
    run: bool
    """Whether some straight holds them, one that needs a wild card counted."""
    high: int
    """Natural cards of ranks whose pair pays."""
    row: Row
    """What five held cards make; `NOTHING` for fewer."""


class Entry(NamedTuple):
    """One line of a list."""

    text: str
    fits: Callable[[Held], bool]


@functools.cache
def held(deck: Deck, pairs: frozenset[int], slots: tuple[int, ...], *, suited: bool) -> Held:
    """Return what a strategy sees in the slots that a hold keeps."""
    natural = [slot for slot in slots if slot != WILD]
    ranks = set(natural)
    distinct = len(ranks) == len(natural)
    copies = deck.copies
    runs = [run for run in RUNS if ranks <= run] if distinct else []
    return Held(
        cards=len(slots),
        wild=len(slots) - len(natural),
        alike=tuple(sorted(map(natural.count, ranks), reverse=True)),
        suited=suited,
        royal=distinct and ranks <= ROYAL,
        ways=sum(all(copies[rank] for rank in run) for run in runs),
        run=bool(runs),
        high=sum(slot in pairs for slot in natural),
        row=row_of(slots, flush=suited, pairs=pairs) if len(slots) == HAND else Row.NOTHING,
    )


def _dealt(text: str, *rows: Row) -> Entry:
    return Entry(text, lambda hold: hold.row in rows)


def _alike(text: str, number: int, *, high: bool = False) -> Entry:
    """Return an entry for cards of one rank, wild cards counted, and no others."""
    return Entry(
        text,
        lambda hold: (
            hold.cards == number and len(hold.alike) == 1 and (not high or bool(hold.high))
        ),
    )


def _royal(text: str, cards: int, *, ways: int = 1, high: int = 0) -> Entry:
    return Entry(
        text,
        lambda hold: (
            hold.cards == cards
            and hold.suited
            and hold.royal
            and hold.ways >= ways
            and hold.high >= high
        ),
    )


def _straight_flush(text: str, cards: int, *, ways: int = 0, high: int = 0, both: int = 0) -> Entry:
    """Return an entry for cards of a straight flush; `both` is the least of ways and high cards."""
    return Entry(
        text,
        lambda hold: (
            hold.cards == cards
            and hold.suited
            and hold.run
            and hold.ways >= ways
            and hold.high >= high
            and hold.ways + hold.high >= both
        ),
    )


def _flush(text: str, *, high: int = 0) -> Entry:
    return Entry(
        text,
        lambda hold: hold.cards == 4 and hold.suited and hold.high >= high,
    )


def _straight(text: str, cards: int, *, ways: int = 1, high: int = 0) -> Entry:
    return Entry(
        text,
        lambda hold: hold.cards == cards and hold.ways >= ways and hold.high >= high,
    )


def _single(text: str, *, high: int = 0, ways: int = 1) -> Entry:
    """Return an entry for one natural card beside all wild ones."""
    return Entry(
        text,
        lambda hold: hold.alike == (1,) and hold.high >= high and hold.ways >= ways,
    )


_TWO_PAIR: Final = Entry("Two pair", lambda hold: hold.alike == (2, 2))
_NOTHING: Final = Entry("Nothing: five new cards", lambda hold: hold.cards == 0)


def _only(text: str) -> Entry:
    return Entry(text, lambda hold: hold.cards == hold.wild)


_JACKS: Final = (
    _dealt("Royal flush, straight flush", Row.ROYAL_FLUSH, Row.STRAIGHT_FLUSH),
    _alike("Four of a kind", 4),
    _royal("Four to a royal flush", 4),
    _dealt("Full house, flush", Row.FULL_HOUSE, Row.FLUSH),
    _alike("Three of a kind", 3),
    _dealt("Straight", Row.STRAIGHT),
    _straight_flush("Four to a straight flush, two ways", 4, ways=2),
    _TWO_PAIR,
    _straight_flush("Four to a straight flush", 4),
    _alike("Pair of jacks or better", 2, high=True),
    _royal("Three to a royal flush", 3),
    _flush("Four to a flush"),
    _straight("Ten, jack, queen, king", 4, ways=2, high=3),
    _alike("Pair of tens or lower", 2),
    _straight("Four to a straight, two ways", 4, ways=2),
    _straight_flush("Three to a straight flush, ways and high cards at least 4", 3, both=4),
    _straight_flush("Three to a straight flush, ways and high cards at least 3", 3, both=3),
    _royal("Jack and queen of one suit", 2, ways=3, high=2),
    _straight("Jack, queen, king, ace", 4, high=4),
    _royal("Two high cards of one suit", 2, high=2),
    _straight_flush("Three to a straight flush, ways and high cards at least 2", 3, both=2),
    _straight("Four to a straight with three high cards", 4, high=3),
    _straight("Jack, queen, king", 3, ways=2, high=3),
    _straight("Jack and queen", 2, ways=3, high=2),
    _royal("Ten and jack of one suit", 2, ways=4),
    _straight("King with a jack or a queen", 2, ways=2, high=2),
    _royal("Ten and queen of one suit", 2, ways=3),
    _straight("Ace with a jack, a queen or a king", 2, high=2),
    _royal("Ten and king of one suit", 2, ways=2),
    _single("Jack, queen, king or ace", high=1),
    _straight_flush("Three to a straight flush", 3),
    _NOTHING,
)

_DEUCES: Final = (
    (
        _dealt("Royal flush", Row.ROYAL_FLUSH),
        _royal("Four to a royal flush", 4),
        _dealt("Straight flush", Row.STRAIGHT_FLUSH),
        _alike("Four of a kind", 4),
        _dealt("Full house", Row.FULL_HOUSE),
        _alike("Three of a kind", 3),
        _dealt("Flush, straight", Row.FLUSH, Row.STRAIGHT),
        _straight_flush("Four to a straight flush, two ways", 4, ways=2),
        _royal("Three to a royal flush, ten to queen or king", 3, ways=2),
        _straight_flush("Four to a straight flush", 4),
        _royal("Three to a royal flush", 3),
        _alike("Pair, one of them", 2),
        _flush("Four to a flush"),
        _straight("Four to a straight, two ways", 4, ways=2),
        _straight_flush("Three to a straight flush, two ways", 3, ways=2),
        _royal("Ten and jack of one suit", 2, ways=4),
        _straight_flush("Three to a straight flush", 3, ways=1),
        _royal("Queen with a ten or a jack of its suit", 2, ways=3),
        _straight("Four to a straight that needs no deuce", 4),
        _NOTHING,
    ),
    (
        _dealt(
            "Wild royal flush, five of a kind, straight flush",
            Row.WILD_ROYAL_FLUSH,
            Row.FIVE_OF_A_KIND,
            Row.STRAIGHT_FLUSH,
        ),
        _alike("Four of a kind", 4),
        _royal("Four to a royal flush", 4),
        _dealt("Full house", Row.FULL_HOUSE),
        _straight_flush("Four to a straight flush, three ways", 4, ways=3),
        _alike("Three of a kind", 3),
        _dealt("Flush, straight", Row.FLUSH, Row.STRAIGHT),
        _straight_flush("Four to a straight flush", 4),
        _royal("Three to a royal flush, no ace", 3, ways=2),
        _straight_flush("Three to a straight flush, four ways", 3, ways=4),
        _only("The deuce"),
    ),
    (
        _dealt(
            "Wild royal flush, five of a kind, straight flush",
            Row.WILD_ROYAL_FLUSH,
            Row.FIVE_OF_A_KIND,
            Row.STRAIGHT_FLUSH,
        ),
        _alike("Four of a kind", 4),
        _royal("Four to a royal flush", 4),
        _straight_flush("Four to a straight flush, four ways", 4, ways=4),
        _only("The two deuces"),
    ),
    (
        _dealt("Wild royal flush, five of a kind", Row.WILD_ROYAL_FLUSH, Row.FIVE_OF_A_KIND),
        _only("The three deuces"),
    ),
    (_only("The four deuces"),),
)

_DEUCES_16_10_4: Final = (
    (
        _dealt("Royal flush", Row.ROYAL_FLUSH),
        _royal("Four to a royal flush", 4),
        _dealt("Straight flush", Row.STRAIGHT_FLUSH),
        _alike("Four of a kind", 4),
        _dealt("Full house, flush, straight", Row.FULL_HOUSE, Row.FLUSH, Row.STRAIGHT),
        _alike("Three of a kind", 3),
        _straight_flush("Four to a straight flush", 4),
        _royal("Three to a royal flush", 3),
        _flush("Four to a flush"),
        _TWO_PAIR,
        _alike("Pair", 2),
        _straight_flush("Three to a straight flush, two ways", 3, ways=2),
        _straight("Four to a straight, two ways", 4, ways=2),
        _straight_flush("Three to a straight flush", 3),
        _royal("Ten and jack of one suit", 2, ways=4),
        _royal("Queen with a ten or a jack of its suit", 2, ways=3),
        _straight("Four to a straight that needs no deuce", 4),
        _royal("King with a ten, a jack or a queen of its suit", 2, ways=2),
        _NOTHING,
    ),
    (
        _dealt(
            "Wild royal flush, five of a kind, straight flush",
            Row.WILD_ROYAL_FLUSH,
            Row.FIVE_OF_A_KIND,
            Row.STRAIGHT_FLUSH,
        ),
        _alike("Four of a kind", 4),
        _dealt("Full house", Row.FULL_HOUSE),
        _royal("Four to a royal flush", 4),
        _dealt("Flush", Row.FLUSH),
        _straight_flush("Four to a straight flush, two ways", 4, ways=2),
        _dealt("Straight", Row.STRAIGHT),
        _straight_flush("Four to a straight flush", 4),
        _alike("Three of a kind", 3),
        _royal("Three to a royal flush, no ace", 3, ways=2),
        _straight_flush("Three to a straight flush, four ways", 3, ways=4),
        _royal("Three to a royal flush", 3),
        _straight_flush("Three to a straight flush, three ways", 3, ways=3),
        _only("The deuce"),
    ),
    (
        _dealt(
            "Wild royal flush, five of a kind, straight flush",
            Row.WILD_ROYAL_FLUSH,
            Row.FIVE_OF_A_KIND,
            Row.STRAIGHT_FLUSH,
        ),
        _alike("Four of a kind", 4),
        _royal("Four to a royal flush", 4),
        _straight_flush("Four to a straight flush, three ways", 4, ways=3),
        _only("The two deuces"),
    ),
    *_DEUCES[3:],
)

_JOKER: Final = (
    (
        _dealt("Royal flush, straight flush", Row.ROYAL_FLUSH, Row.STRAIGHT_FLUSH),
        _alike("Four of a kind", 4),
        _royal("Four to a royal flush", 4),
        _dealt("Full house, flush", Row.FULL_HOUSE, Row.FLUSH),
        _straight_flush("Four to a straight flush, two ways", 4, ways=2),
        _alike("Three of a kind", 3),
        _straight_flush("Four to a straight flush", 4),
        _dealt("Straight", Row.STRAIGHT),
        _TWO_PAIR,
        _royal("Three to a royal flush, no ace", 3, ways=2),
        _royal("Three to a royal flush with king and ace", 3, high=2),
        _alike("Pair of kings or aces", 2, high=True),
        _royal("Three to a royal flush", 3),
        _flush("Four to a flush"),
        _straight_flush("Three to a straight flush, three ways", 3, ways=3),
        _alike("Lower pair", 2),
        _straight("Ten, jack, queen, king", 4, ways=2, high=1),
        _straight_flush("Three to a straight flush, ways and high cards at least 2", 3, both=2),
        _royal("King and ace of one suit", 2, high=2),
        _straight("Four to a straight, two ways", 4, ways=2),
        _straight_flush("Three to a straight flush", 3),
        _royal("King with a ten, jack or queen of its suit", 2, ways=2, high=1),
        _straight("King and ace", 2, high=2),
        _royal("Ace with a ten, jack or queen of its suit", 2, high=1),
        _single("King or ace", high=1),
        _royal("Two to a royal flush", 2, ways=3),
        _NOTHING,
    ),
    (
        _dealt(
            "Five of a kind, wild royal flush, straight flush",
            Row.FIVE_OF_A_KIND,
            Row.WILD_ROYAL_FLUSH,
            Row.STRAIGHT_FLUSH,
        ),
        _alike("Four of a kind", 4),
        _royal("Four to a royal flush", 4),
        _dealt("Full house", Row.FULL_HOUSE),
        _straight_flush("Four to a straight flush, three ways", 4, ways=3),
        _dealt("Flush", Row.FLUSH),
        _straight_flush("Four to a straight flush", 4),
        _alike("Three of a kind", 3),
        _dealt("Straight", Row.STRAIGHT),
        _royal("King with a ten, jack or queen of its suit", 3, ways=2, high=1),
        _flush("Four to a flush with a king or an ace", high=1),
        _royal("Ace with a ten, jack, queen or king of its suit", 3, high=1),
        _straight_flush("Three to a straight flush, ways and high cards at least 4", 3, both=4),
        _straight_flush("Three to a straight flush with a king or an ace", 3, high=1),
        _straight_flush("Three to a straight flush, three ways", 3, ways=3),
        _straight("Four to a straight, two ways, with a king", 4, ways=2, high=1),
        _single("King or ace", high=1),
        _flush("Four to a flush"),
        _straight_flush("Three to a straight flush, two ways", 3, ways=2),
        _straight("Four to a straight, three ways", 4, ways=3),
        _single("One more card, five to ten", ways=5),
        _only("The joker"),
    ),
)


def lists_of(machine: Machine) -> Sequence[Sequence[Entry]]:
    """Return a machine's lists, by the number of wild cards in the deal."""
    if not machine.deck.wild:
        return (_JACKS,)
    if machine.pairs:
        return _JOKER
    return _DEUCES if machine.rows[Row.FOUR_OF_A_KIND] == 5 else _DEUCES_16_10_4
