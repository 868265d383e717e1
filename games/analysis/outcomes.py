"""Moments of a bet from the list of its outcomes."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from games.game import BetReturn


def bet_return(bet: str, outcomes: Iterable[tuple[int, Fraction | int]], note: str) -> BetReturn:
    """Return the mathematics of a bet from (ways, payout per unit staked), ways in any unit.

    Ties and losing outcomes belong into the list: they are counted in the frequency.
    """
    ways = 0
    hits = 0
    first = Fraction(0)
    second = Fraction(0)
    for weight, payout in outcomes:
        ways += weight
        hits += weight if payout > 0 else 0
        first += weight * Fraction(payout)
        second += weight * Fraction(payout) ** 2
    if ways <= 0:
        raise ValueError(f"{bet} has no outcomes")
    mean = first / ways
    return BetReturn(bet, mean, Fraction(hits, ways), second / ways - mean**2, note)
