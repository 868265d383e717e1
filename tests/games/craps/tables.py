"""Rounds of craps with given dice."""

from __future__ import annotations

from collections.abc import Iterable

from games.chips import Chip, Chips
from games.craps import Craps, CrapsDecision
from games.craps.rules import State
from games.entropy import Draws
from tests.games.scripts import Script

GAME = Craps()
ROLL = CrapsDecision("roll")


def chips(**stakes: int) -> Chips:
    """Return bets, with `_` for `-` in their names."""
    return Chips(tuple(Chip(name.replace("_", "-"), stake) for name, stake in stakes.items()))


def words(dice: Iterable[tuple[int, int]]) -> list[int]:
    """Return the words that throw these dice."""
    return [die - 1 for pair in dice for die in pair]


def open_round(bets: Chips, *dice: tuple[int, int]) -> State:
    """Open a round whose rolls will be these."""
    return GAME.open([bets], Stepping(words(dice)))


def act(state: State, *actions: str) -> State:
    """Take decisions that must be allowed."""
    for action in actions:
        decision = CrapsDecision(action)
        GAME.price(state, 0, decision)
        state = GAME.decide(state, 0, decision)
    return state


class Stepping(Script):
    """A script that goes on where it stands when it is copied, as a stream does."""

    def copy(self) -> Stepping:
        """Return a script that goes on from here without moving this one."""
        other = Stepping(self.words)
        other.used = list(self.used)
        return other


class Whole(Draws):
    """A stream for a round that is played once from end to end: a copy is the stream itself."""

    def __init__(self, draws: Draws) -> None:
        super().__init__(bytes(32), ())
        self._draws = draws.copy()

    def copy(self) -> Whole:
        """Return this stream."""
        return self

    def below(self, bound: int) -> int:
        """Draw from the stream behind it."""
        return self._draws.below(bound)
