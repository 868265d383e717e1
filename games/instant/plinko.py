"""Plinko: a ball falls through rows of pins and lands in a slot that has a multiplier.

Bets are `plinko-16-high`: 8, 12 or 16 rows, and a risk of `low`, `medium` or `high`. A round takes
several, each of them once; they all follow the same ball.

At each row the ball goes left or right, evenly. After n rows it is in slot k (from 0, the
leftmost) if it went right k times, which C(n, k) of the 2^n ways do. The tables are made for 99 %;
their exact returns lie between 98.9 and 99.1 %. For another return every multiplier is scaled by
that return over the greater of 99 % and the table's own, and rounded down to two decimals.

Draws of a round: `below(65536)`. Of its 16 bits the highest is the first row; 1 is to the right. A
bet on fewer rows takes the first of them.
"""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from typing import Final

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
from games.instant.rounding import (
    DEFAULT_RETURN,
    HUNDREDTHS,
    MINIMUM_STAKE,
    percent,
    rounded_down,
    written,
)
from protocol.messages.common import MAXIMUM_INTEGER, Amount, Name

MAXIMUM_ROWS: Final = 16
TABLE_RETURN: Final = Fraction(99, 100)
"""What the tables are made for."""
TABLES: Final = {
    (8, "low"): (560, 210, 110, 100, 50),
    (8, "medium"): (1_300, 300, 130, 70, 40),
    (8, "high"): (2_900, 400, 150, 30, 20),
    (12, "low"): (1_100, 350, 150, 140, 110, 100, 50),
    (12, "medium"): (4_000, 900, 350, 200, 120, 60, 30),
    (12, "high"): (15_000, 2_400, 700, 250, 50, 30, 20),
    (16, "low"): (1_600, 900, 200, 140, 140, 120, 110, 100, 50),
    (16, "medium"): (11_000, 4_100, 1_000, 500, 300, 150, 100, 50, 30),
    (16, "high"): (100_000, 13_000, 2_600, 900, 400, 200, 20, 20, 20),
}
"""Multipliers in hundredths from the edge to the centre, for 99 %. Those of 8 and 16 rows are
widely published; those of 12 rows were chosen here to return within 0.04 % of 99 %."""


def row_of_slots(half: tuple[int, ...]) -> tuple[int, ...]:
    """Return the multipliers of all slots from those from the edge to the centre."""
    return (*half, *half[-2::-1])


def table_return(slots: tuple[int, ...]) -> Fraction:
    """Return the exact return of a row of slots, multipliers in hundredths."""
    rows = len(slots) - 1
    total = sum(math.comb(rows, slot) * each for slot, each in enumerate(slots))
    return Fraction(total, 2**rows * HUNDREDTHS)


def scaled(slots: tuple[int, ...], return_to_player: Fraction) -> tuple[int, ...]:
    """Return the slots for another return; for 99 % they are the table's own."""
    if return_to_player == TABLE_RETURN:
        return slots
    factor = return_to_player / max(TABLE_RETURN, table_return(slots))
    return tuple(rounded_down(factor * each, 1) for each in slots)


class PlinkoView(msgspec.Struct, frozen=True, gc=False):
    """A whole round."""

    path: Name
    """The ball's way, a letter for each row, `L` or `R`; of as many rows as were bet on."""
    wins: tuple[Win, ...]
    """Every bet, as every slot has a multiplier."""
    payout: Amount
    summary: str
    """For a history: `0.30x`, or of several bets each."""


class Plinko(NamedBetsGame):
    """A private board for one player."""

    name = "plinko"
    title = "Plinko"
    view_type = PlinkoView
    view_notes = (
        "A bet's name has the rows and the risk: `plinko-16-high`. A ball that goes right k "
        "times falls into slot k, counted from 0 at the left."
    )

    def __init__(self, return_to_player: Fraction = DEFAULT_RETURN, version: int = 1) -> None:
        super().__init__(return_to_player, version, (sys.modules[__name__],))
        self.slots = {
            f"plinko-{rows}-{risk}": scaled(row_of_slots(half), return_to_player)
            for (rows, risk), half in TABLES.items()
        }
        """The multipliers of every bet from left to right, in hundredths."""
        highest = max(map(max, self.slots.values()))
        self.maximum_payout_factor = -(-highest // HUNDREDTHS)
        self.presets = tuple(_preset(bet, slots) for bet, slots in self.slots.items())
        text = written(highest)
        wins = longest_wins("plinko-16-medium", text)[: len(self.slots)]
        view = PlinkoView("L" * MAXIMUM_ROWS, wins, MAXIMUM_INTEGER, _summary(wins))
        self.maximum_reply_bytes = encoded_bytes(view)
        self.help = self._help(text)

    def knows(self, bet: str) -> bool:
        """Say whether there is a bet of that name."""
        return bet in self.slots

    def draw(self, draws: Draws) -> int:
        """Draw the ball's way through 16 rows, a bit each, the first row highest."""
        return draws.below(1 << MAXIMUM_ROWS)

    def multiplier(self, bet: str, outcome: int) -> int:
        """Return the multiplier of the slot that the ball lands in."""
        slots = self.slots[bet]
        return slots[(outcome >> (MAXIMUM_ROWS + 1 - len(slots))).bit_count()]

    def ways(self, bet: str) -> Ways:
        """Return the ways into each slot, with its multiplier."""
        slots = self.slots[bet]
        rows = len(slots) - 1
        return tuple((math.comb(rows, slot), each) for slot, each in enumerate(slots))

    def view(self, state: InstantRound, seat: int | None) -> PlinkoView:  # noqa: ARG002
        """Return the ball's way and what every bet paid; a seat and a watcher see the same."""
        rows = max([len(self.slots[bet]) - 1 for bet in state.bets])
        path = f"{state.outcome:0{MAXIMUM_ROWS}b}"[:rows].replace("0", "L").replace("1", "R")
        return PlinkoView(path, state.wins, settled(state), _summary(state.wins))

    def _help(self, highest: str) -> str:
        tables = "\n".join(
            f"- **{choice.label}** {choice.pays}; returns"
            f" {percent(table_return(self.slots[choice.bet]))}"
            for choice in self.presets
        )
        return f"""# Plinko

A ball falls through 8, 12 or 16 rows of pins. At each pin it goes left or right, with the same
chance. Choose the rows and a risk; your stake is multiplied by the number of the slot that the
ball lands in. Several bets of a round follow the same ball.

{tables}

Multipliers are those from the edge to the centre; the board is the same on both sides.

- **Stake** at least {MINIMUM_STAKE} minor units (cents) a bet. A payout is rounded down to whole
  minor units; at multiples of 100 nothing is lost by that.
- **Chance** of slot k of n rows: C(n, k) in 2^n; of an edge of 16 rows 2 in 65,536.
- **Most** {highest} times the stake.
"""


def _preset(bet: str, slots: tuple[int, ...]) -> Choice:
    _, rows, risk = bet.split("-")
    half = slots[: len(slots) // 2 + 1]
    pays = ", ".join(written(each) for each in half)
    return Choice(bet, f"{rows} rows, {risk} risk", f"{rows} rows", pays)


def _summary(wins: tuple[Win, ...]) -> str:
    return ", ".join([f"{win.multiplier}x" for win in wins])
