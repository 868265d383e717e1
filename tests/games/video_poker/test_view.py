"""What a seat sees before and after the draw."""

from __future__ import annotations

import msgspec

from games.video_poker.game import VideoPoker
from games.video_poker.machines import MACHINES
from games.video_poker.rules import ACTIONS
from games.video_poker.view import VideoPokerView, hold_options, view_of
from tests.games.dealt import dealing, faces

BY_NAME = {machine.name: machine for machine in MACHINES}
JACKS = VideoPoker(BY_NAME["jacks-or-better"])
DEUCES = VideoPoker(BY_NAME["deuces-wild"])
DEAL = "Ks Kd 7c 7s 2h"


def view_after(action: str, drawn: str = "") -> VideoPokerView:
    """Return the view of a round of Jacks or Better with a stake of 10."""
    state = JACKS.open([JACKS.bets_type(10)], dealing(f"{DEAL} {drawn}".strip()))
    return JACKS.view(
        JACKS.decide(
            state, 0, msgspec.convert({"action": action}, type(JACKS.platform_decision(state)[1]))
        ),
        0,
    )


def test_before_the_draw() -> None:
    """Five cards, what they make, and all 32 holds with the cards they keep."""
    state = JACKS.open([JACKS.bets_type(10)], dealing(DEAL))
    view = JACKS.view(state, 0)
    labels = {option.action: option.label for option in view.options}

    assert view.cards == view.dealt == faces(DEAL)
    assert (view.row, view.hand) == ("two-pair", "Two pair")
    assert (view.held, view.payout) == (None, None)
    assert list(labels) == list(ACTIONS)
    assert labels["hold-none"] == "Hold nothing"
    assert labels["hold-1-2"] == "Hold K♠ K♦"
    assert labels["hold-1-2-3-4-5"] == "Hold K♠ K♦ 7♣ 7♠ 2♥"
    assert not any(option.stake for option in view.options)
    assert view.summary == "Dealt K♠ K♦ 7♣ 7♠ 2♥"
    assert view_of(JACKS.machine, state, None).options == ()


def test_after_the_draw() -> None:
    """The final hand, the places held and the payout, with nothing left to decide."""
    view = view_after("hold-1-2-3-4", "7d")

    assert view.cards == faces("Ks Kd 7c 7s 7d")
    assert view.dealt == faces(DEAL)
    assert view.held == (1, 2, 3, 4)
    assert (view.row, view.stake, view.payout) == ("full-house", 10, 90)
    assert view.options == ()
    assert view.summary == "Full house: K♠ K♦ 7♣ 7♠ 7♦"


def test_what_a_machine_does_not_pay_is_nothing() -> None:
    """Two pair in deuces wild."""
    state = DEUCES.open([DEUCES.bets_type(10)], dealing("Ks Kd 7c 7s 3h"))
    view = DEUCES.view(state, 0)

    assert (view.row, view.hand) == ("nothing", "Nothing")
    assert hold_options(state.dealt) == view.options
