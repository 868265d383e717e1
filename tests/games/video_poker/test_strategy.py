"""The lists for reading, and how a hold is found in them."""

from __future__ import annotations

import pytest

from games.video_poker.lists import lists_of
from games.video_poker.machines import MACHINES, Machine
from games.video_poker.strategy import LIST_RETURNS, place_in_list, tables
from tests.games.dealt import faces

BY_NAME = {machine.name: machine for machine in MACHINES}


def line(machine: Machine, wild: int, cards: str) -> str:
    """Return the line that names the hold of these cards."""
    deck = machine.deck
    chosen = faces(cards)
    slots = tuple(sorted(deck.slot(face) for face in chosen))
    suits = {deck.suit(face) for face in chosen} - {-1}
    place = place_in_list(machine, wild, slots, len(suits) <= 1)
    entries = lists_of(machine)[wild]
    return entries[place].text if place < len(entries) else ""


@pytest.mark.parametrize(
    ("name", "wild", "cards", "text"),
    [
        ("jacks-or-better", 0, "Jh Qh", "Jack and queen of one suit"),
        ("jacks-or-better", 0, "Jh Qs", "Jack and queen"),
        ("jacks-or-better", 0, "Jh Ks", "King with a jack or a queen"),
        ("jacks-or-better", 0, "Th Qs", ""),
        ("jacks-or-better", 0, "Th Jh Qh Kh", "Four to a royal flush"),
        ("jacks-or-better", 0, "9h Th Jh Qh", "Four to a straight flush, two ways"),
        ("jacks-or-better", 0, "2h 4h 6h 8h", "Four to a flush"),
        ("jacks-or-better", 0, "Ts Jh Qh Kh", "Ten, jack, queen, king"),
        ("jacks-or-better", 0, "Jh Js", "Pair of jacks or better"),
        ("jacks-or-better", 0, "Th Ts", "Pair of tens or lower"),
        ("deuces-wild", 1, "2c", "The deuce"),
        ("deuces-wild", 1, "9h 9s", ""),
        ("deuces-wild", 1, "2c 9h 9s", "Three of a kind"),
        ("deuces-wild", 2, "2c 2d 6h 7h", "Four to a straight flush, four ways"),
        ("deuces-wild", 2, "2c 2d 5h 6h", ""),
        ("joker-poker", 1, "Joker Kh", "King or ace"),
        ("joker-poker", 1, "Joker 7h", "One more card, five to ten"),
        ("joker-poker", 0, "Kh As", "King and ace"),
    ],
)
def test_holds_are_found(name: str, wild: int, cards: str, text: str) -> None:
    """A hold is the first line that fits; throwing a wild card away fits none."""
    assert line(BY_NAME[name], wild, cards) == text


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_tables_can_be_read(machine: Machine) -> None:
    """One table for each number of wild cards, with the return of the list in its note."""
    found = tables(machine)

    assert len(found) == max(machine.deck.copies[13], 0) + 1
    for table in found:
        assert table.rows
        assert all(len(cells) == len(table.columns) for _, cells in table.rows)
        assert "perfect play" in table.note
    assert set(LIST_RETURNS) == set(BY_NAME)
    assert LIST_RETURNS[machine.name] < machine.expected
