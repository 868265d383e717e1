"""What is seen of a round of craps."""

from __future__ import annotations

import msgspec

from games.craps.bets import MULTIPLES
from games.craps.rules import MAXIMUM_COMES, State
from games.craps.view import MAXIMUM_REPLY_BYTES, CrapsView, view_of
from games.entropy import Draws
from games.game import Option
from tests.games.craps.tables import GAME, act, chips, open_round
from tests.games.scripts import seeded


def test_a_round_in_play() -> None:
    """Dice, bets, stakes and what may be done, with useful amounts."""
    state = open_round(chips(**{"pass": 100, "field": 60}), (4, 4))
    view = view_of(state, 0)

    assert (view.rolls, view.stake, view.payout) == (((4, 4),), 160, None)
    assert view.rolls_left == 49
    assert [wager.bet for wager in view.bets] == ["pass", "field"]
    assert view.options == (
        Option("roll", "Roll"),
        Option("odds-pass-100", "Take odds on 8", 100),
        Option("odds-pass-500", "Take odds on 8", 500),
        Option("come-60", "Come", 60),
        Option("come-100", "Come", 100),
        Option("dont-come-60", "Don't come", 60),
        Option("dont-come-100", "Don't come", 100),
    )
    assert view.summary == "Roll 1: 4 and 4, 8. 1 bet stands."


def test_a_watcher_sees_all_but_the_options() -> None:
    """There is nothing to hide."""
    state = open_round(chips(dont_pass=100, place_6=60), (4, 4))

    assert view_of(state, None) == msgspec.structs.replace(view_of(state, 0), options=())
    assert view_of(state, None).summary == "Roll 1: 4 and 4, 8. 2 bets stand."


def test_a_round_that_has_ended() -> None:
    """It says what came of it, and offers nothing."""
    won = view_of(open_round(chips(**{"pass": 100}), (3, 4)), 0)
    lost = view_of(open_round(chips(**{"pass": 100, "any_7": 30}), (1, 1)), 0)
    even = view_of(open_round(chips(dont_pass=100), (6, 6)), 0)

    assert won.summary == "Roll 1: 3 and 4, 7. Won 100."
    assert lost.summary == "Roll 1: 1 and 1, 2. Lost 130."
    assert even.summary == "Roll 1: 6 and 6, 12. 100 back, as much as was staked."
    assert (won.payout, lost.payout, even.payout) == (200, 0, 100)
    assert not won.options


def greedy(draws: Draws) -> list[State]:
    """Play every bet with every come bet and full odds; return all states."""
    bets = chips(**{name.replace("-", "_"): 2**40 * 30 for name in MULTIPLES})
    state = GAME.open([bets], draws)
    states = [state]
    while not state.finished:
        paid = [option.action for option in view_of(state, 0).options if option.stake]
        # The last amount for each bet is the whole that is left of its limit.
        state = act(state, paid[-1] if paid else "roll")
        states.append(state)
    return states


def test_no_view_is_longer_than_declared() -> None:
    """With every bet there can be; and the bound is not out of proportion."""
    longest = 0
    comes = 0
    for draws in seeded("longest views of craps", 200):
        for state in greedy(draws):
            view = view_of(state, 0)
            packed = msgspec.msgpack.encode(view)
            assert msgspec.msgpack.decode(packed, type=CrapsView) == view
            longest = max(longest, len(packed))
            comes = max(comes, len(state.wagers) - len(MULTIPLES))

    assert comes == MAXIMUM_COMES
    assert MAXIMUM_REPLY_BYTES / 2.5 < longest <= MAXIMUM_REPLY_BYTES
