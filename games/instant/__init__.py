"""Instant games: crash, limbo, dice, plinko, mines and hi-lo, each for a return of one's choice.

Every game is made for a return to the player, a fraction such as 99/100. Multipliers are rounded
down to their stated decimals and payouts to whole minor units, and both are counted in what the
game publishes. All arithmetic is in integers and fractions.
"""

from __future__ import annotations

from games.instant.crash import Crash
from games.instant.dice import Dice
from games.instant.hi_lo import HiLo
from games.instant.limbo import Limbo
from games.instant.mines import Mines
from games.instant.plinko import Plinko

__all__ = ["Crash", "Dice", "HiLo", "Limbo", "Mines", "Plinko"]
