"""A rising multiplier that many seats ride: when they are paid, and how much.

A cash-out by hand at a multiplier is a bet with that target: it is paid exactly as the private game
`crash` pays `cash-out-…`, and proves itself as such. Whoever wants to ride until he says so bets on
the highest target.
"""

from __future__ import annotations

from typing import Any, Final

from games.chips import Chip, Chips
from games.instant import curve
from games.instant.rounding import paid, written
from games.instant.targets import target_of

__all__ = ["EARLIEST", "PREFIX", "RisingRound", "resolved"]

PREFIX: Final = "cash-out-"
LOWEST: Final = 101
"""The lowest target, in hundredths."""
EARLIEST: Final = curve.milliseconds_until(LOWEST)
"""The first millisecond of a round at which a seat can cash out."""


def _target(bet: str) -> int:
    target = target_of(bet.removeprefix(PREFIX))
    if target is None:
        raise ValueError(f"{bet} is no bet on a multiplier")
    return target


def resolved(bets: Chips, at_ms: int | None) -> Chips:
    """Return a seat's bets as they stand after a cash-out by hand at a millisecond of the round.

    Bets whose target was reached before stay; the others have the multiplier of that moment for
    their target, and become one. None: there was no cash-out.
    """
    if at_ms is None:
        return bets
    now = max(LOWEST, curve.multiplier_at(at_ms))
    stakes: dict[str, int] = {}
    for chip in bets.bets:
        assert type(chip.stake) is int, "the bets have passed `stake`"
        name = f"{PREFIX}{written(min(_target(chip.bet), now))}"
        stakes[name] = stakes.get(name, 0) + chip.stake
    return Chips(tuple(Chip(name, stake) for name, stake in stakes.items()))


class RisingRound:
    """Where one round crashes, and what it means for the seats that bet (from 0, in order)."""

    __slots__ = ("bets", "crash", "crash_ms")

    def __init__(self, crash: int, bets: tuple[Any, ...]) -> None:
        self.crash = crash
        """In hundredths."""
        self.crash_ms = curve.milliseconds_until(crash)
        """Milliseconds after the start; a cash-out stamped earlier is paid."""
        self.bets = bets

    def payout(self, seat: int, at_ms: int | None = None) -> int:
        """Return what a seat is paid in the end, in minor units; with a cash-out at that time."""
        total = 0
        for chip in resolved(self.bets[seat], at_ms).bets:
            assert type(chip.stake) is int, "the bets have passed `stake`"
            target = _target(chip.bet)
            if target <= self.crash:
                total += paid(chip.stake, target)
        return total

    def due_ms(self, seat: int) -> int | None:
        """Return when the last target of a seat is reached, or None if it crashes before."""
        highest = max(_target(chip.bet) for chip in self.bets[seat].bets)
        return curve.milliseconds_until(highest) if highest <= self.crash else None
