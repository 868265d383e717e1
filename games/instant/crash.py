"""Crash, for one player: the multiplier rises from 1.00 and crashes; cash out before it does.

The bets cash out by themselves: `cash-out-2.00` wins 2.00 times its stake if the round crashes at
2.00 or later. Targets go from 1.01 to 10,000.00; a round takes several, each of them once.

Draws of a round: `below(2^52)`, from which `games.instant.multiplier` makes the crash point.
"""

from __future__ import annotations

import sys
from fractions import Fraction

import msgspec

from games.instant import curve
from games.instant.bets import InstantRound, Win, encoded_bytes, longest_wins, settled
from games.instant.rounding import DEFAULT_RETURN, MINIMUM_STAKE, percent, written
from games.instant.targets import TargetGame
from protocol.messages.common import MAXIMUM_INTEGER, Amount, Counter, Name


class CrashView(msgspec.Struct, frozen=True, gc=False):
    """A whole round. Bets that are not among the wins have lost."""

    crash: Name
    """Where the multiplier crashed, as a decimal: `3.07`."""
    duration: Counter
    """Milliseconds that the multiplier takes to get there, for who shows it rising."""
    wins: tuple[Win, ...]
    payout: Amount
    summary: str
    """For a history: `Crashed at 3.07x`."""


class Crash(TargetGame):
    """A private round of crash with automatic cash-outs."""

    name = "crash"
    title = "Crash"
    prefix = "cash-out-"
    group = "Cash out at"
    view_type = CrashView
    view_notes = (
        "A bet's name ends in the multiplier at which it cashes out, with two decimals: "
        "`cash-out-2.50`. It wins if the crash comes there or later."
    )
    maximum = curve.MAXIMUM

    def __init__(self, return_to_player: Fraction = DEFAULT_RETURN, version: int = 1) -> None:
        super().__init__(return_to_player, version, (sys.modules[__name__], curve))
        highest = written(self.maximum)
        wins = longest_wins(f"{self.prefix}{highest}", highest)
        self.maximum_reply_bytes = encoded_bytes(_view(self.maximum, wins, MAXIMUM_INTEGER))
        self.help = _help(return_to_player, highest)

    def view(self, state: InstantRound, seat: int | None) -> CrashView:  # noqa: ARG002
        """Return the crash and the bets that won; a seat and a watcher see the same."""
        return _view(state.outcome, state.wins, settled(state))


def _view(crash: int, wins: tuple[Win, ...], payout: int) -> CrashView:
    text = written(crash)
    return CrashView(text, curve.milliseconds_until(crash), wins, payout, f"Crashed at {text}x")


def _help(return_to_player: Fraction, highest: str) -> str:
    return f"""# Crash

The multiplier rises from 1.00 and crashes at a random point. Choose at which multiplier your bet
cashes out. If the round crashes there or later you win your stake times that multiplier; if it
crashes earlier the stake is lost.

- **Bets** `cash-out-2.00` and the like, from 1.01 to {highest}, several in a round and each once.
- **Stake** at least {MINIMUM_STAKE} minor units (cents) a bet. A payout is rounded down to whole
  minor units.
- **Chance** of a crash at m or later: {percent(return_to_player, 2)} divided by m. So every target
  returns {percent(return_to_player, 2)} in the long run, up to the last places of the draw's range.
- **Most** {highest} times the stake, where the round ends by itself.

The point is drawn before the multiplier rises; nothing that you or others do moves it.
"""
