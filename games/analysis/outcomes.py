"""Moments of a bet from the list of its outcomes."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from games.game import BetReturn


def bet_return(bet: str, outcomes: Iterable[tuple[int, Fraction | int]], note: str) -> BetReturn:
    """Return the mathematics of a bet from (ways, payout per unit staked), ways in any unit.

    Ties and losing outcomes belong into the list: they are counted in the frequency. For bets
    whose only stake is the first one.
    """
    ways: dict[Fraction, int] = {}
    for weight, payout in outcomes:
        ways[Fraction(payout)] = ways.get(Fraction(payout), 0) + weight
    total = sum(ways.values())
    if total <= 0:
        raise ValueError(f"{bet} has no outcomes")
    law = tuple((payout, Fraction(weight, total)) for payout, weight in sorted(ways.items()))
    mean = sum((payout * chance for payout, chance in law), Fraction(0))
    square = sum((payout**2 * chance for payout, chance in law), Fraction(0))
    highest, chance_of_highest = law[-1]
    return BetReturn(
        bet=bet,
        expected=mean,
        hit_frequency=sum((chance for payout, chance in law if payout > 0), Fraction(0)),
        variance=square - mean**2,
        note=note,
        law=tuple((payout - 1, chance) for payout, chance in law),
        highest_award=highest,
        highest_award_probability=chance_of_highest,
    )
