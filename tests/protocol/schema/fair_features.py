"""Rounds of slot machines that reach what random ones seldom do; seeds were searched for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from games.slots.engine import Slot
from games.slots.features import COLOURS

__all__ = ["feature_rounds"]

Play = Callable[[int, str, dict[str, Any], Callable[[Any], str] | None], dict[str, Any]]
"""Plays a round by chain number, client seed, bets, and the action for each state.

Without actions the platform decides.
"""

_NUMBER: Final = 6
_SEEDS: Final = {
    "slot": ("002808", "000188", "000058"),
    "tidewater": ("1e13a0", "04dc24", "112292"),
    "winter-crown": ("06c655",),
    "ember-hoard": ("055efa", "0b0798"),
    "dandelion-clock": ("0006ee",),
    "copper-bell": ("068fe5",),
}
"""Client seeds: free games won again up to the cap, or three times; twelve games for four scatters
and more ways than wilds alone make; wilds on three reels that stay; the longest hold and respin and
a full one; eight cascades; three wilds whose multipliers multiply each other."""
_DECIDED: Final = (
    ("0000b9", 0),
    ("000014", 0),
    ("000028", 0),
    ("000003", 5),
    ("000230", 4),
    ("0002d4", 2),
)
"""Client seeds of a machine with a pick bonus and a gamble, and how many gambles are won: a bonus
picked to its end by prizes on top of a win, and one that its first pick ends, without a win and
with one; gambles to the last step, to the highest win, and one that is lost."""


def feature_rounds(game: Slot, play: Play) -> Iterator[dict[str, Any]]:
    """Yield the rounds, long ones first."""
    stakes = game.machine.stakes
    for at, client_seed in enumerate(_SEEDS.get(game.name, ())):
        yield play(_NUMBER, client_seed, {"stake": stakes[-1 - at]}, None)
    if game.machine.pick is not None:
        for at, (client_seed, wins) in enumerate(_DECIDED):
            yield play(_NUMBER, client_seed, {"stake": stakes[at]}, _gambler(game, wins=wins))
        yield play(_NUMBER, _DECIDED[0][0], {"stake": stakes[-1]}, None)


def _gambler(game: Slot, *, wins: int) -> Callable[[Any], str]:
    """Return a player who opens the last place, wins so many gambles and loses the one after.

    A player could not know the colour; the one who wins none collects.
    """

    def action(state: Any) -> str:
        assert game.machine.pick is not None
        if state.stage == "pick":
            places = range(game.machine.pick.places, 0, -1)
            return f"pick-{next(place for place in places if place not in state.opened)}"
        if not wins:
            return "collect"
        drawn = state.draws.copy().below(len(COLOURS))
        won = len(state.gambles) < wins
        return f"gamble-{COLOURS[drawn if won else 1 - drawn]}"

    return action
