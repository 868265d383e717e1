"""Hold and respin, drawn and told."""

from __future__ import annotations

from games.slots.engine import Slot, SlotBets
from games.slots.events import Coin, Respin, RespinsPaid, RespinsStarted
from tests.games.slots.machines import machine
from tests.games.slots.paths import Path

OTHERS = """[pick]
symbol = "p"
trigger = 2
prizes = [1, 3, 3]
picks = 2
stops = 1

[gamble]
steps = 2
maximum = 12
"""
# Only hold and respin: stops 0 0 1 show (c, a), (c) and (b).
SLOT = Slot(machine("small_features", (OTHERS, "")))
START = [0, 0, 1]


def play(drawn: list[int]) -> tuple[list[object], int, int, str]:
    """Return (events after the reveal, payout, values drawn, summary) of a round at stake 2."""
    bounds: list[int] = []
    state = SLOT.open([SlotBets(2)], Path([*START, *drawn], bounds))
    view = SLOT.view(state, 0)
    return list(view.events[1:-1]), state.payouts[0] or 0, len(bounds), view.summary


def test_coins_are_held_until_no_more_come() -> None:
    """Values of the first coins, then each empty place in order; a new coin starts the count."""
    # Values 1 and 4; no coin; a coin of 4 in the second place; no coin twice.
    shown, payout, used, summary = play([0, 2, 1, 1, 1, 0, 2, 1, 1])

    assert shown == [
        RespinsStarted((Coin(0, 2), Coin(2, 8)), 2),
        Respin((), 1),
        Respin((Coin(4, 8),), 2),
        Respin((), 1),
        Respin((), 0),
        RespinsPaid(3, False, 18),
    ]
    assert (payout, used) == (18, 3 + 9)
    assert summary == "hold and respin with 3 coins"


def test_a_full_window_pays_on_top() -> None:
    """When every place holds a coin there is nothing left to respin."""
    shown, payout, used, _ = play([0, 0, 0, 0, 0, 0])

    assert shown[1:] == [Respin((Coin(1, 2), Coin(4, 2)), 0), RespinsPaid(4, True, 22)]
    assert (payout, used) == (22, 3 + 6)
