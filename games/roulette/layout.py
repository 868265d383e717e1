"""Wheels of roulette and the bets that their layouts offer.

A number is what the wheel's draw gives: 0 to 36, and 37 for the double zero. Names of bets:
`straight-17`; `split-17-20`; `street-13-14-15`; `corner-13-14-16-17`; `line-13-18`, from the first
to the last of six numbers; `column-1` (1, 4 … 34) to `column-3`; `dozen-1` to `dozen-3`; `red`,
`black`, `odd`, `even`, `low`, `high`. The lower number comes first, and 00 between 0 and 1.

Around one zero there are `trio-0-1-2`, `trio-0-2-3` and `first-four` (0, 1, 2, 3). With two, 0 lies
beside 1 and 2, 00 beside 2 and 3: `trio-0-1-2`, `trio-0-00-2`, `trio-00-2-3` and `top-line`
(0, 00, 1, 2, 3), which pays 6 to 1 although five numbers do not divide 36.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Final

import msgspec

DOUBLE_ZERO: Final = 37
"""The number that stands for 00."""
LAST: Final = 36
RED: Final = frozenset({1, 3, 5, 7, 9, 12, 14, 16, 18, 19, 21, 23, 25, 27, 30, 32, 34, 36})
EVEN_MONEY: Final = "Even money"


class Wheel(enum.Enum):
    """Which zeros a wheel has, and what they do to even money."""

    EUROPEAN = "one zero, which loses every even-money bet whole"
    FRENCH = "one zero, which gives half of every even-money bet back (la partage)"
    AMERICAN = "two zeros, which lose every even-money bet whole"

    @property
    def pockets(self) -> int:
        """How many numbers the wheel has."""
        return LAST + (2 if self is Wheel.AMERICAN else 1)


class Spot(msgspec.Struct, frozen=True):
    """A bet that the layout offers."""

    name: str
    label: str
    group: str
    numbers: frozenset[int]

    @property
    def factor(self) -> int:
        """What a win pays for each minor unit staked, the stake included."""
        return 36 // len(self.numbers)


def number_name(number: int) -> str:
    """Return a number as the wheel shows it."""
    return "00" if number == DOUBLE_ZERO else str(number)


def colour(number: int) -> str:
    """Return `red`, `black` or `green`."""
    if number in {0, DOUBLE_ZERO}:
        return "green"
    return "red" if number in RED else "black"


def spots(wheel: Wheel) -> Iterator[Spot]:
    """Yield every bet of a wheel's layout."""
    yield _straight(0)
    if wheel is Wheel.AMERICAN:
        yield _straight(DOUBLE_ZERO)
    for number in range(1, LAST + 1):
        yield _straight(number)
    yield from _splits(wheel)
    for first in range(1, 35, 3):
        yield _inside("street", (first, first + 1, first + 2))
    if wheel is Wheel.AMERICAN:
        for numbers in ((0, 1, 2), (0, DOUBLE_ZERO, 2), (DOUBLE_ZERO, 2, 3)):
            yield _inside("trio", numbers)
    else:
        yield _inside("trio", (0, 1, 2))
        yield _inside("trio", (0, 2, 3))
    for first in range(1, 33):
        if first % 3:
            yield _inside("corner", (first, first + 1, first + 3, first + 4))
    if wheel is Wheel.AMERICAN:
        yield Spot("top-line", "0-00-1-2-3", "Top line", frozenset({0, DOUBLE_ZERO, 1, 2, 3}))
    else:
        yield Spot("first-four", "0-1-2-3", "First four", frozenset(range(4)))
    yield from _outside()


def _outside() -> Iterator[Spot]:
    for first in range(1, 32, 3):
        numbers = frozenset(range(first, first + 6))
        yield Spot(f"line-{first}-{first + 5}", f"{first} to {first + 5}", "Line", numbers)
    for column in (1, 2, 3):
        numbers = frozenset(range(column, LAST + 1, 3))
        yield Spot(f"column-{column}", f"Column {column}", "Column", numbers)
    for dozen in (1, 2, 3):
        numbers = frozenset(range(12 * dozen - 11, 12 * dozen + 1))
        yield Spot(f"dozen-{dozen}", f"{12 * dozen - 11} to {12 * dozen}", "Dozen", numbers)
    colours = {"red": RED, "black": frozenset(range(1, LAST + 1)) - RED}
    halves = {
        "odd": range(1, LAST + 1, 2),
        "even": range(2, LAST + 1, 2),
        "low": range(1, 19),
        "high": range(19, LAST + 1),
    }
    for name, chosen in (colours | halves).items():
        yield Spot(name, name.capitalize(), EVEN_MONEY, frozenset(chosen))


def _splits(wheel: Wheel) -> Iterator[Spot]:
    american = ((0, DOUBLE_ZERO), (0, 1), (0, 2), (DOUBLE_ZERO, 2), (DOUBLE_ZERO, 3))
    for pair in american if wheel is Wheel.AMERICAN else ((0, 1), (0, 2), (0, 3)):
        yield _inside("split", pair)
    for number in range(1, LAST + 1):
        if number % 3:
            yield _inside("split", (number, number + 1))
        if number <= 33:
            yield _inside("split", (number, number + 3))


def _straight(number: int) -> Spot:
    name = number_name(number)
    return Spot(f"straight-{name}", name, "Straight", frozenset({number}))


def _inside(kind: str, numbers: tuple[int, ...]) -> Spot:
    label = "-".join(map(number_name, numbers))
    return Spot(f"{kind}-{label}", label, kind.capitalize(), frozenset(numbers))
