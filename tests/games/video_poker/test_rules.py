"""Which card goes where in video poker."""

from __future__ import annotations

from collections import Counter

import pytest

from games.video_poker.hands import Row
from games.video_poker.machines import MACHINES
from games.video_poker.rules import (
    ACTIONS,
    HOLD_OF,
    HOLDS,
    MAXIMUM_CARDS,
    draw,
    open_round,
    paid_row,
)
from tests.games.dealt import Dealing, dealing, faces
from tests.games.scripts import chi_square, chi_square_limit, seeded

BY_NAME = {machine.name: machine for machine in MACHINES}
JACKS, DEUCES, JOKER = (BY_NAME[name] for name in ("jacks-or-better", "deuces-wild", "joker-poker"))


def test_actions() -> None:
    """There are 32 holds; each names the places that it keeps, ascending."""
    assert len(set(ACTIONS)) == HOLDS == 32
    assert ACTIONS[0] == "hold-none"
    assert ACTIONS[0b10101] == "hold-1-3-5"
    assert ACTIONS[31] == "hold-1-2-3-4-5"
    assert HOLD_OF["hold-2"] == 0b00010


@pytest.mark.parametrize(
    ("action", "final", "drawn"),
    [
        ("hold-1-2-3-4-5", "Ah Kd 7c 7s 2h", 5),
        ("hold-3-4", "9h Td 7c 7s 9s", 8),
        ("hold-1", "Ah 9h Td 9s Qc", 9),
        ("hold-none", "9h Td 9s Qc Js", 10),
    ],
)
def test_new_cards_fill_the_gaps_from_the_left(action: str, final: str, drawn: int) -> None:
    """Places that are not held get the next cards of the deck, in order."""
    script = dealing("Ah Kd 7c 7s 2h 9h Td 9s Qc Js")
    state = open_round(JACKS, 100, script)
    assert state.dealt == state.cards == faces("Ah Kd 7c 7s 2h")

    for _ in range(2):
        ended = draw(JACKS, state, HOLD_OF[action])
        assert ended.cards == faces(final)
        assert ended.finished
        assert isinstance(ended.draws, Dealing)
        assert ended.draws.used == drawn <= MAXIMUM_CARDS
    assert not state.finished
    assert isinstance(state.draws, Dealing)
    assert (script.used, state.draws.used) == (0, 5)


def test_the_final_hand_pays() -> None:
    """The stake times the row's pay, nothing for a row that the machine does not pay."""
    state = open_round(JACKS, 7, dealing("Ah Kd 7c 7s 2h 7h 7d"))

    assert draw(JACKS, state, HOLD_OF["hold-1-3-4"]).payouts == (7 * 25,)
    assert draw(JACKS, state, HOLD_OF["hold-1-2-3-4-5"]).payouts == (0,)
    assert paid_row(JACKS, faces("7c 7s 9d 9h 3c")) is Row.TWO_PAIR
    assert paid_row(DEUCES, faces("7c 7s 9d 9h 3c")) is Row.NOTHING


def test_cards_thrown_away_do_not_come_back() -> None:
    """Whatever is drawn, no card of the deal is drawn again, and all ten differ."""
    for draws in seeded("thrown away", 300):
        state = open_round(JOKER, 100, draws)
        cards = draw(JOKER, state, 0).cards

        assert len({*state.dealt, *cards}) == MAXIMUM_CARDS
        assert max(*state.dealt, *cards) <= 52


def test_a_deal_is_uniform() -> None:
    """Each place gets each card equally often, before and after the draw (A8, A12)."""
    rounds = 10_400
    seen = [Counter[int]() for _ in range(MAXIMUM_CARDS)]
    for draws in seeded("uniform deal", rounds):
        state = open_round(JACKS, 100, draws)
        for place, face in enumerate((*state.dealt, *draw(JACKS, state, 0).cards)):
            seen[place][face] += 1
    for counts in seen:
        observed = [counts[face] for face in range(52)]
        assert chi_square(observed, [rounds / 52] * 52) < chi_square_limit(51)
