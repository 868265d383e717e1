"""The exact law of every bet of craps, from the very function that settles it.

A roll that leaves a bet as it was is left out, so every bet is decided after two steps at most: the
law is that of dice rolled until something happens.
"""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction
from typing import Final

from games.analysis.outcomes import bet_return
from games.craps.bets import DICE, MULTIPLES, CrapsStatus, CrapsWager, resolve
from games.game import BetReturn

UNIT: Final = 30
"""A stake that every bet and all odds of up to six times it pay in whole units."""

_NOTES: Final = {
    "pass": "exact, without odds, per initial stake; a come bet has the same law, odds return 1",
    "dont-pass": "exact, without odds, per initial stake, ties counted; a don't-come bet has the"
    " same law, odds return 1",
}


def payouts(wager: CrapsWager) -> dict[int, Fraction]:
    """Return the probability of every payout of a standing bet, in minor units."""
    found: dict[int, Fraction] = defaultdict(Fraction)
    after = [resolve(wager, *dice) for dice in DICE]
    changing = [other for other in after if other != wager]
    for other in changing:
        chance = Fraction(1, len(changing))
        if other.status is not CrapsStatus.STANDING:
            found[other.payout] += chance
            continue
        for payout, later in payouts(other).items():
            found[payout] += chance * later
    return dict(found)


def expected(wager: CrapsWager) -> Fraction:
    """Return the mean payout of a standing bet, in minor units."""
    return sum((chance * payout for payout, chance in payouts(wager).items()), Fraction(0))


def bet_returns() -> tuple[BetReturn, ...]:
    """Return the mathematics of every bet that a round can begin with."""
    return tuple(_return(bet) for bet in MULTIPLES)


def _return(bet: str) -> BetReturn:
    law = payouts(CrapsWager(bet, UNIT))
    common = math.lcm(*(chance.denominator for chance in law.values()))
    ways = [
        (int(chance * common), Fraction(payout, UNIT)) for payout, chance in sorted(law.items())
    ]
    return bet_return(bet, ways, _NOTES.get(bet, "exact, counted over the 36 rolls"))
