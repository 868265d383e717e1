"""What five cards make, with and without wild cards."""

from __future__ import annotations

import pytest

from games.cards import ACE, JACK, KING, QUEEN
from games.video_poker.hands import (
    ANY_SUIT,
    DEUCES,
    STANDARD,
    WILD,
    WITH_JOKER,
    Deck,
    Row,
    hand_row,
)
from tests.games.dealt import face, faces

JACKS = frozenset({JACK, QUEEN, KING, ACE})
KINGS = frozenset({KING, ACE})

CASES = {
    STANDARD: {
        "Th Jh Qh Kh Ah": Row.ROYAL_FLUSH,
        "Ah 2h 3h 4h 5h": Row.STRAIGHT_FLUSH,
        "9h Th Jh Qh Kh": Row.STRAIGHT_FLUSH,
        "7h 7s 7d 7c Ah": Row.FOUR_OF_A_KIND,
        "7h 7s 7d Ac Ah": Row.FULL_HOUSE,
        "2h 3h 9h Qh Kh": Row.FLUSH,
        "Ah 2h 3h 4h 5s": Row.STRAIGHT,
        "Th Jh Qh Kh As": Row.STRAIGHT,
        "Qh Kh Ah 2s 3h": Row.NOTHING,
        "7h 7s 7d Ac Kh": Row.THREE_OF_A_KIND,
        "7h 7s Ad Ac Kh": Row.TWO_PAIR,
        "Jh Js 2d 3c 4h": Row.HIGH_PAIR,
        "Ah As 2d 3c 4h": Row.HIGH_PAIR,
        "Th Ts 2d 3c 4h": Row.NOTHING,
        "Ah Ks Qd Jc 9h": Row.NOTHING,
        "2h 2s 2d 2c 9h": Row.FOUR_OF_A_KIND,
    },
    DEUCES: {
        "Th Jh Qh Kh Ah": Row.ROYAL_FLUSH,
        "2h 2s 2d 2c Ah": Row.FOUR_DEUCES,
        "2h 2s 2d Kc Ac": Row.WILD_ROYAL_FLUSH,
        "2h Jh Qh Kh Ah": Row.WILD_ROYAL_FLUSH,
        "2h 2s 2d 7c 7h": Row.FIVE_OF_A_KIND,
        "2h 7s 7d 7c 7h": Row.FIVE_OF_A_KIND,
        "2c 2s 3h 4h 5h": Row.STRAIGHT_FLUSH,
        "2c 3h 4h 5h Ah": Row.STRAIGHT_FLUSH,
        "2c 2d 2h 5s 9s": Row.STRAIGHT_FLUSH,
        "2c 2d 2h 5s 9c": Row.FOUR_OF_A_KIND,
        "2c 7d 7h 7s 9c": Row.FOUR_OF_A_KIND,
        "2c 7d 7h 9s 9c": Row.FULL_HOUSE,
        "2c 2d 7h 9s 9c": Row.FOUR_OF_A_KIND,
        "2c 3h 9h Qh Kh": Row.FLUSH,
        "2c 2d 9h Qh 3h": Row.FLUSH,
        "2c 3h 4s 5h Ah": Row.STRAIGHT,
        "2c 2d 4s 5h Ah": Row.STRAIGHT,
        "2c 2d 9s Qh 3h": Row.THREE_OF_A_KIND,
        "2c 9d 9s Qh 3h": Row.THREE_OF_A_KIND,
        "Ac Ad 9s Qh 3h": Row.NOTHING,
        "2c Ad 9s Qh 3h": Row.NOTHING,
    },
    WITH_JOKER: {
        "Th Jh Qh Kh Ah": Row.ROYAL_FLUSH,
        "Joker Jh Qh Kh Ah": Row.WILD_ROYAL_FLUSH,
        "Joker 7s 7d 7c 7h": Row.FIVE_OF_A_KIND,
        "Joker 2h 3h 4h 5h": Row.STRAIGHT_FLUSH,
        "Joker Ah 3h 4h 5h": Row.STRAIGHT_FLUSH,
        "Joker 7s 7d 7c Ah": Row.FOUR_OF_A_KIND,
        "Joker 7s 7d Ac Ah": Row.FULL_HOUSE,
        "Joker 7h 9h 2h Kh": Row.FLUSH,
        "Joker 7h 9h 8h Jc": Row.STRAIGHT,
        "Joker 7h 7c 8h Kc": Row.THREE_OF_A_KIND,
        "7h 7s Ad Ac Kh": Row.TWO_PAIR,
        "Joker 7h 3c 8h Kc": Row.HIGH_PAIR,
        "Joker 7h 3c 8h Qc": Row.NOTHING,
        "Kh Ks 2d 3c 4h": Row.HIGH_PAIR,
        "Qh Qs 2d 3c 4h": Row.NOTHING,
    },
}
PAIRS = {STANDARD: JACKS, DEUCES: frozenset[int](), WITH_JOKER: KINGS}


@pytest.mark.parametrize(
    ("deck", "cards", "row"),
    [(deck, cards, row) for deck, rows in CASES.items() for cards, row in rows.items()],
)
def test_rows(deck: Deck, cards: str, row: Row) -> None:
    """The best row is found whatever the order of the cards; suits but one do not matter."""
    hand = faces(cards)
    # Two pair and lower pairs are told too; a machine that does not pay them calls them nothing.
    expected = {row, Row.TWO_PAIR} if deck is DEUCES and row is Row.NOTHING else {row}

    for turn in range(5):
        assert hand_row(deck, hand[turn:] + hand[:turn], PAIRS[deck]) in expected


def test_decks() -> None:
    """Deuces and the joker are wild and have no suit; the copies add up to the deck."""
    assert [sum(deck.copies) for deck in (STANDARD, DEUCES, WITH_JOKER)] == [52, 52, 53]
    assert [deck.copies[WILD] for deck in (STANDARD, DEUCES, WITH_JOKER)] == [0, 4, 1]
    assert DEUCES.copies[1] == 0
    assert DEUCES.slot(face("2h")) == WITH_JOKER.slot(face("Joker")) == WILD
    assert DEUCES.suit(face("2h")) == ANY_SUIT
    assert STANDARD.slot(face("2h")) == 1
    assert STANDARD.suit(face("2h")) == 2
