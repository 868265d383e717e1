"""The multiplier of crash and limbo: one uniform number, and integer arithmetic.

Draw `value = below(2^52)`, and let `left = 2^52 - value`, from 1 to 2^52. For a return p/q the
multiplier in hundredths is

    100 · p · 2^52 div (q · left)

but at least 100 and at most the game's maximum. It is at least t hundredths for exactly
`100 · p · 2^52 div (q · t)` of the 2^52 values, so P(multiplier ≥ m) = (p/q)/m, short of it by less
than 2^-52. Rounding down to hundredths costs a target of whole hundredths nothing.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

RANGE: Final = 1 << 52
"""Values of the one draw. They fit into a double, so any language can hold them."""
LOWEST: Final = 100
"""The lowest multiplier, 1.00, in hundredths."""


def multiplier(value: int, return_to_player: Fraction, maximum: int) -> int:
    """Return the multiplier in hundredths that a drawn value makes."""
    assert 0 <= value < RANGE
    left = RANGE - value
    raw = 100 * return_to_player.numerator * RANGE // (return_to_player.denominator * left)
    return min(maximum, max(LOWEST, raw))


def winning_values(target: int, return_to_player: Fraction) -> int:
    """Return how many of the `RANGE` values make a multiplier of at least `target` hundredths.

    For targets above 1.00 and up to the game's maximum.
    """
    assert target > LOWEST
    return 100 * return_to_player.numerator * RANGE // (return_to_player.denominator * target)
