"""What crash and limbo share: a multiplier is drawn, and a bet wins if it reaches its target.

A bet's name ends in its target with two decimals, `2.00`, from 1.01 to the game's maximum.
"""

from __future__ import annotations

import re
import sys
from fractions import Fraction
from types import ModuleType
from typing import Final

from games.entropy import Draws
from games.game import Choice
from games.instant import multiplier
from games.instant.bets import NamedBetsGame, Ways
from games.instant.rounding import written

_TARGET: Final = re.compile(r"([1-9]\d{0,8})\.(\d\d)", re.ASCII)
PRESETS: Final = (101, 110, 125, 150, 200, 300, 500, 1_000, 2_500, 10_000, 100_000, 1_000_000)
"""Targets to offer, in hundredths; crash and limbo leave out none of them."""


def target_of(text: str) -> int | None:
    """Return a target in hundredths, or None for a text that is not one: `2.00` is 200."""
    match = _TARGET.fullmatch(text)
    return int(match[1]) * 100 + int(match[2]) if match else None


class TargetGame(NamedBetsGame):
    """A game of targets. `maximum` is the highest multiplier, in hundredths."""

    prefix: str
    """What a bet's name starts with: `target-`."""
    group: str
    maximum: int

    def __init__(
        self, return_to_player: Fraction, version: int, modules: tuple[ModuleType, ...]
    ) -> None:
        own = sys.modules[__name__]
        super().__init__(return_to_player, version, (*modules, own, multiplier))
        self.maximum_payout_factor = self.maximum // 100
        self.presets = tuple(
            Choice(
                f"{self.prefix}{written(target)}",
                f"{written(target)}x",
                self.group,
                f"{written(target)} times the stake",
            )
            for target in (*(each for each in PRESETS if each < self.maximum), self.maximum)
        )

    def target(self, bet: str) -> int | None:
        """Return the target of a bet in hundredths, or None for a name that is not a bet."""
        if not bet.startswith(self.prefix):
            return None
        target = target_of(bet.removeprefix(self.prefix))
        return target if target and multiplier.LOWEST < target <= self.maximum else None

    def knows(self, bet: str) -> bool:
        """Say whether the name is a prefix and a target in its bounds."""
        return self.target(bet) is not None

    def draw(self, draws: Draws) -> int:
        """Draw the multiplier of a round, in hundredths."""
        value = draws.below(multiplier.RANGE)
        return multiplier.multiplier(value, self.return_to_player, self.maximum)

    def multiplier(self, bet: str, outcome: int) -> int:
        """Return the target if the multiplier reached it."""
        target = self.target(bet)
        assert target is not None, "the bets have passed `stake`"
        return target if outcome >= target else 0

    def ways(self, bet: str) -> Ways:
        """Return the values of the draw that win and that lose."""
        target = self.target(bet)
        assert target is not None, "the caller asks about a bet that the game knows"
        wins = multiplier.winning_values(target, self.return_to_player)
        return ((wins, target), (multiplier.RANGE - wins, 0))
