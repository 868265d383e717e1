"""The multiplier of a crash round as a function of its time; the same in every language.

It doubles every ten seconds. At each whole second of a doubling it stands at a power of the tenth
root of 2, and in between it rises on a straight line. Only integers below 2^53 occur, so a client
in any language that has doubles computes the same hundredths:

    doublings, rest  = milliseconds div 10000, milliseconds mod 10000
    second, fraction = rest div 1000, rest mod 1000
    height           = STEPS[second] · 1000 + (STEPS[second + 1] - STEPS[second]) · fraction
    hundredths       = height · 2^doublings div 10,000,000

up to the maximum of 10,000.00, where it stays.
"""

from __future__ import annotations

from typing import Final

MAXIMUM: Final = 1_000_000
"""In hundredths: 10,000.00."""
DOUBLING: Final = 10_000
"""Milliseconds in which the multiplier doubles."""
STEPS: Final = (
    1_000_000,
    1_071_773,
    1_148_698,
    1_231_144,
    1_319_507,
    1_414_213,
    1_515_716,
    1_624_504,
    1_741_101,
    1_866_065,
    2_000_000,
)
"""2^(second/10) in millionths, rounded down."""
LONGEST: Final = 140_000
"""By this millisecond the maximum has been reached: 2^14 is above 10,000."""


def multiplier_at(milliseconds: int) -> int:
    """Return the multiplier in hundredths at a time of the round, which starts at 0 with 1.00.

    Raises ValueError for a negative time.
    """
    if milliseconds < 0:
        raise ValueError(f"a round has no time before its start: {milliseconds}")
    if milliseconds >= LONGEST:
        return MAXIMUM
    doublings, rest = divmod(milliseconds, DOUBLING)
    second, fraction = divmod(rest, 1_000)
    height = STEPS[second] * 1_000 + (STEPS[second + 1] - STEPS[second]) * fraction
    return min(MAXIMUM, height * (1 << doublings) // 10_000_000)


def milliseconds_until(hundredths: int) -> int:
    """Return the first time at which the multiplier is at least that many hundredths.

    Raises ValueError above the maximum.
    """
    if hundredths > MAXIMUM:
        raise ValueError(f"the multiplier never reaches {hundredths} hundredths")
    early, late = 0, LONGEST
    while early < late:
        middle = (early + late) // 2
        if multiplier_at(middle) >= hundredths:
            late = middle
        else:
            early = middle + 1
    return early
