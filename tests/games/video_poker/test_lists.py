"""What a strategy list sees in the cards that a hold keeps."""

from __future__ import annotations

import pytest

from games.cards import ACE, JACK, KING, QUEEN
from games.video_poker.hands import ANY_SUIT, DEUCES, STANDARD, Row
from games.video_poker.lists import Held, held, lists_of
from games.video_poker.machines import MACHINES
from tests.games.dealt import faces

JACKS = frozenset({JACK, QUEEN, KING, ACE})


def seen(cards: str) -> Held:
    """Return what is seen in cards of a deck without wild cards."""
    chosen = faces(cards)
    slots = tuple(sorted(STANDARD.slot(face) for face in chosen))
    return held(STANDARD, JACKS, slots, suited=len({STANDARD.suit(face) for face in chosen}) <= 1)


@pytest.mark.parametrize(
    ("cards", "ways", "high"),
    [
        ("7h 8h", 4, 0),
        ("4h 8h", 1, 0),
        ("4h 9h", 0, 0),
        ("Ah Kh", 1, 2),
        ("Ah 2h", 1, 1),
        ("Th Jh", 4, 1),
        ("Jh Qh", 3, 2),
        ("Qh Kh", 2, 2),
        ("Jh Qh Kh", 2, 3),
        ("3h 4h 5h 6h", 2, 0),
        ("Jh Qh Kh Ah", 1, 4),
        ("7h 7s", 0, 0),
    ],
)
def test_ways_and_high_cards(cards: str, ways: int, high: int) -> None:
    """Ways are straights that hold all the cards."""
    hold = seen(cards)

    assert (hold.ways, hold.high) == (ways, high)
    assert hold.run == (ways > 0)


def test_other_features() -> None:
    """Equal ranks, suits, royals and complete hands."""
    assert seen("7h 7s 7d").alike == (3,)
    assert seen("7h 7s Kd Kc").alike == (2, 2)
    assert seen("Th Kh").royal
    assert not seen("9h Kh").royal
    assert seen("9h Kh").suited
    assert not seen("9h Ks").suited
    assert seen("9h Kh").row is Row.NOTHING
    assert seen("9h 9s Kh Ks Kd").row is Row.FULL_HOUSE
    assert seen("").cards == 0


def test_a_straight_that_needs_a_deuce_is_no_way() -> None:
    """Where deuces are wild, three-four-five-six has one way, and ace-three-four-five none."""

    def ways(cards: str) -> tuple[int, bool, int]:
        chosen = faces(cards)
        slots = tuple(sorted(DEUCES.slot(face) for face in chosen))
        suits = {DEUCES.suit(face) for face in chosen} - {ANY_SUIT}
        hold = held(DEUCES, frozenset(), slots, suited=len(suits) <= 1)
        return hold.ways, hold.run, hold.wild

    assert ways("3h 4h 5h 6h") == (1, True, 0)
    assert ways("Ah 3h 4h 5h") == (0, True, 0)
    assert ways("2c 6h 7h") == (4, True, 1)
    assert ways("2c 5h 6h") == (3, True, 1)


def test_every_list_ends_with_a_hold_that_every_deal_has() -> None:
    """Nothing is held without wild cards, and the wild cards alone with them."""
    for machine in MACHINES:
        for wild, entries in enumerate(lists_of(machine)):
            bare = Held(
                wild, wild, (), suited=True, royal=True, ways=0, run=True, high=0, row=Row.NOTHING
            )
            assert entries[-1].fits(bare)
            assert len({entry.text for entry in entries}) == len(entries)
