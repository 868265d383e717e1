"""Dice: a number from 0.00 to 99.99; bet that it is over or under one that you choose.

`over-50.00` wins on 50.01 to 99.99, `under-49.50` on 0.00 to 49.49. A bet that wins on k of the
10,000 numbers pays return · 10,000 / k, rounded down to four decimals, and can be made if that is
at least 1.01, so that a win is more than the stake at every stake. A round takes several bets,
each of them once.

Draws of a round: `below(10000)`, the number in hundredths.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from fractions import Fraction
from typing import ClassVar, Final

import msgspec

from games.entropy import Draws
from games.game import Choice
from games.instant.bets import (
    InstantRound,
    NamedBetsGame,
    Ways,
    Win,
    encoded_bytes,
    longest_wins,
    settled,
)
from games.instant.rounding import DEFAULT_RETURN, MINIMUM_STAKE, percent, written
from protocol.messages.common import MAXIMUM_INTEGER, Amount, Name

NUMBERS: Final = 10_000
SCALE: Final = 10_000
LOWEST: Final = 10_100
"""The lowest multiplier of a bet, 1.01, in ten-thousandths."""
_BET: Final = re.compile(r"(over|under)-(0|[1-9]\d?)\.(\d\d)", re.ASCII)
_PRESETS: Final = (
    *("under-97.06", "under-90.00", "under-75.00", "under-50.00", "under-49.50", "under-25.00"),
    *("under-10.00", "under-5.00", "under-1.00", "under-0.01"),
    *("over-2.93", "over-9.99", "over-24.99", "over-49.99", "over-50.00", "over-74.99"),
    *("over-89.99", "over-94.99", "over-98.99", "over-99.98"),
)


class DiceView(msgspec.Struct, frozen=True, gc=False):
    """A whole round. Bets that are not among the wins have lost."""

    number: Name
    """What was rolled, as a decimal: `7.05`."""
    wins: tuple[Win, ...]
    payout: Amount
    summary: str
    """For a history: `Rolled 7.05`."""


class Dice(NamedBetsGame):
    """A private roll."""

    name = "dice"
    title = "Dice"
    view_type = DiceView
    view_notes = (
        "A bet's name ends in a number from 0.00 to 99.99: `over-50.00` wins above it, "
        "`under-49.50` below it."
    )
    scale: ClassVar[int] = SCALE

    def __init__(self, return_to_player: Fraction = DEFAULT_RETURN, version: int = 1) -> None:
        super().__init__(return_to_player, version, (sys.modules[__name__],))
        self._multipliers = (0, *(self._fair(count) for count in range(1, NUMBERS)))
        self.maximum_payout_factor = -(-self._multipliers[1] // SCALE)
        self.presets = tuple(self._preset(bet) for bet in _PRESETS if self.knows(bet))
        wins = longest_wins("under-99.99", written(self._multipliers[1], SCALE))
        self.maximum_reply_bytes = encoded_bytes(_view(NUMBERS - 1, wins, MAXIMUM_INTEGER))
        self.help = self._help()

    def _fair(self, count: int) -> int:
        exact = self.return_to_player * NUMBERS / count
        return exact.numerator * SCALE // exact.denominator

    def winning(self, bet: str) -> range | None:
        """Return the numbers that a bet wins on, in hundredths, or None if it is not a bet."""
        match = _BET.fullmatch(bet)
        if match is None:
            return None
        number = int(match[2]) * 100 + int(match[3])
        numbers = range(number + 1, NUMBERS) if match[1] == "over" else range(number)
        return numbers if self._multipliers[len(numbers)] >= LOWEST else None

    def knows(self, bet: str) -> bool:
        """Say whether the name is a bet that pays at least 1.01."""
        return self.winning(bet) is not None

    compared_words: ClassVar[str] = "all bets there are"

    @property
    def compared(self) -> Iterable[str]:
        """Every bet on `under`; those on `over` that win on as many numbers return the same."""
        names = (f"under-{written(number)}" for number in range(1, NUMBERS))
        return (bet for bet in names if self.knows(bet))

    def draw(self, draws: Draws) -> int:
        """Draw the number, in hundredths."""
        return draws.below(NUMBERS)

    def multiplier(self, bet: str, outcome: int) -> int:
        """Return what a bet pays on a number, in ten-thousandths."""
        numbers = self.winning(bet)
        assert numbers is not None, "the bets have passed `stake`"
        return self._multipliers[len(numbers)] if outcome in numbers else 0

    def ways(self, bet: str) -> Ways:
        """Return the numbers that win and that lose."""
        numbers = self.winning(bet)
        assert numbers is not None, "the caller asks about a bet that the game knows"
        count = len(numbers)
        return ((count, self._multipliers[count]), (NUMBERS - count, 0))

    def view(self, state: InstantRound, seat: int | None) -> DiceView:  # noqa: ARG002
        """Return the number and the bets that won; a seat and a watcher see the same."""
        return _view(state.outcome, state.wins, settled(state))

    def _preset(self, bet: str) -> Choice:
        kind, _, number = bet.partition("-")
        ((count, multiplier), _) = self.ways(bet)
        return Choice(
            bet,
            f"{kind.capitalize()} {number} ({written(count)} %)",
            kind.capitalize(),
            f"{written(multiplier, SCALE)} times the stake",
        )

    def _help(self) -> str:
        most = max(count for count in range(1, NUMBERS) if self._multipliers[count] >= LOWEST)
        return f"""# Dice

A number from 0.00 to 99.99 is rolled, each of the 10,000 equally likely. Bet that it is over or
under a number of your choice.

- **Bets** `over-50.00` wins on 50.01 and above, `under-49.50` on 49.49 and below; several in a
  round and each once. A bet can win on 1 to {most:,} of the numbers.
- **Pays** {percent(self.return_to_player, 2)} divided by the chance to win, rounded down to four
  decimals, times the stake: with a chance of 50 % {written(self._multipliers[5_000], SCALE)}.
- **Stake** at least {MINIMUM_STAKE} minor units (cents) a bet. A payout is rounded down to whole
  minor units, which takes less than one of them from a win. At a stake of {MINIMUM_STAKE} that can
  be up to 1 % of the stake on a bet that wins almost always; at multiples of 10,000 it is nothing.
- **Most** {written(self._multipliers[1], SCALE)} times the stake.
"""


def _view(number: int, wins: tuple[Win, ...], payout: int) -> DiceView:
    text = written(number)
    return DiceView(text, wins, payout, f"Rolled {text}")
