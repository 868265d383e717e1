"""Limbo: name a multiplier; the bet wins if the multiplier that is drawn is not below it.

Bets are `target-2.00` and the like, from 1.01 to 1,000,000.00; a round takes several, each once.

Draws of a round: `below(2^52)`, from which `games.instant.multiplier` makes the multiplier.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import Final

import msgspec

from games.instant.bets import InstantRound, Win, encoded_bytes, longest_wins, settled
from games.instant.rounding import DEFAULT_RETURN, MINIMUM_STAKE, percent, written
from games.instant.targets import TargetGame
from protocol.messages.common import MAXIMUM_INTEGER, Amount, Name

MAXIMUM: Final = 100_000_000
"""In hundredths: 1,000,000.00."""


class LimboView(msgspec.Struct, frozen=True, gc=False):
    """A whole round. Bets that are not among the wins have lost."""

    multiplier: Name
    """What was drawn, as a decimal: `3.07`."""
    wins: tuple[Win, ...]
    payout: Amount
    summary: str
    """For a history: `3.07x`."""


class Limbo(TargetGame):
    """A private round of limbo."""

    name = "limbo"
    title = "Limbo"
    prefix = "target-"
    group = "Target"
    view_type = LimboView
    view_notes = (
        "A bet's name ends in its target, with two decimals: `target-2.50`. It wins if the "
        "multiplier drawn is that or more."
    )
    maximum = MAXIMUM

    def __init__(self, return_to_player: Fraction = DEFAULT_RETURN, version: int = 1) -> None:
        super().__init__(return_to_player, version, (sys.modules[__name__],))
        highest = written(self.maximum)
        wins = longest_wins(f"{self.prefix}{highest}", highest)
        self.maximum_reply_bytes = encoded_bytes(_view(self.maximum, wins, MAXIMUM_INTEGER))
        self.help = _help(return_to_player, highest)

    def view(self, state: InstantRound, seat: int | None) -> LimboView:  # noqa: ARG002
        """Return the multiplier and the bets that won; a seat and a watcher see the same."""
        return _view(state.outcome, state.wins, settled(state))


def _view(multiplier: int, wins: tuple[Win, ...], payout: int) -> LimboView:
    text = written(multiplier)
    return LimboView(text, wins, payout, f"{text}x")


def _help(return_to_player: Fraction, highest: str) -> str:
    return f"""# Limbo

Name a target. A multiplier is drawn; if it is at or above your target you win your stake times the
target, else the stake is lost.

- **Bets** `target-2.00` and the like, from 1.01 to {highest}, several in a round and each once.
- **Stake** at least {MINIMUM_STAKE} minor units (cents) a bet. A payout is rounded down to whole
  minor units.
- **Chance** of a multiplier of m or more: {percent(return_to_player, 2)} divided by m. So every
  target returns {percent(return_to_player, 2)} in the long run, up to the last places of the draw's
  range.
- **Most** {highest} times the stake.
"""
