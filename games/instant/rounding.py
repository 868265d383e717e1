"""The return that an instant game is made for, and how its multipliers and payouts are rounded.

A multiplier is a whole number of hundredths (or of ten-thousandths, for dice), rounded down. A
payout is stake times multiplier, rounded down to whole minor units. So a game never pays more than
the return it is made for, and every game counts what the rounding takes.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from games.analysis.decimals import decimal

DEFAULT_RETURN: Final = Fraction(99, 100)
MINIMUM_RETURN: Final = Fraction(9, 10)
"""Below this the rounding of payouts at the lowest stake could bring a bet near the 85 % that the
strictest regulators ask of every bet (standards B1)."""
MINIMUM_STAKE: Final = 100
"""In minor units. At 100 and above the rounding of a payout takes less than 1 % of the stake, and
at multiples of 100 it takes nothing from a multiplier of two decimals."""
STAKES: Final = (100, 200, 500, 1_000, 2_500, 5_000, 10_000)
"""Multiples of the lowest, so that rounding takes nowhere more from a bet than at the lowest."""
HUNDREDTHS: Final = 100


def checked_return(return_to_player: Fraction) -> Fraction:
    """Return the argument. Raises ValueError below 9/10 or above 1."""
    if not MINIMUM_RETURN <= return_to_player <= 1:
        raise ValueError(
            f"an instant game returns from {MINIMUM_RETURN} to 1, not {return_to_player}"
        )
    return return_to_player


def rounded_down(multiplier: Fraction, scale: int = HUNDREDTHS) -> int:
    """Return how many whole parts of 1/`scale` a multiplier has."""
    return multiplier.numerator * scale // multiplier.denominator


def paid(stake: int, multiplier: int, scale: int = HUNDREDTHS) -> int:
    """Return the payout in minor units for a multiplier in parts of 1/`scale`, rounded down."""
    return stake * multiplier // scale


def written(multiplier: int, scale: int = HUNDREDTHS) -> str:
    """Return a multiplier in parts of 1/`scale` (a power of ten) as text: `2.00`."""
    whole, part = divmod(multiplier, scale)
    return f"{whole}.{part:0{len(str(scale)) - 1}}"


def percent(value: Fraction, places: int = 4) -> str:
    """Return a fraction as a percentage, rounded half to even: `98.0306 %`."""
    return f"{decimal(value * 100, places)} %"


def return_at(ways: Iterable[tuple[int, int]], stake: int, scale: int = HUNDREDTHS) -> Fraction:
    """Return what comes back of each minor unit at one stake, with every payout rounded down.

    `ways` are pairs of (ways, multiplier in parts of 1/`scale`) over all outcomes.
    """
    total = returned = 0
    for weight, multiplier in ways:
        total += weight
        returned += weight * paid(stake, multiplier, scale)
    return Fraction(returned, total * stake)


def rounding_note(
    ways: tuple[tuple[int, int], ...], expected: Fraction, scale: int = HUNDREDTHS
) -> str:
    """Say what the rounding of payouts takes from a bet at each stake that is offered."""
    rounded = [
        (stake, value) for stake in STAKES if (value := return_at(ways, stake, scale)) != expected
    ]
    if not rounded:
        return "Payouts are exact at every stake offered"
    told = ", ".join(f"{percent(value)} at {stake}" for stake, value in rounded)
    return f"With payouts rounded down to whole minor units: {told}; exact at the other stakes"
