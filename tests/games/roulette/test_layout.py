"""The three wheels and their layouts."""

from __future__ import annotations

from collections import Counter

import pytest

from games.roulette.layout import DOUBLE_ZERO, Wheel, colour, number_name, spots

RED = {1, 3, 5, 7, 9, 12, 14, 16, 18, 19, 21, 23, 25, 27, 30, 32, 34, 36}
EUROPEAN_ZERO = {
    *("straight-0", "split-0-1", "split-0-2", "split-0-3", "trio-0-1-2", "trio-0-2-3"),
    "first-four",
}
AMERICAN_ZERO = {
    *("straight-0", "straight-00", "split-0-00", "split-0-1", "split-0-2", "split-00-2"),
    *("split-00-3", "trio-0-1-2", "trio-0-00-2", "trio-00-2-3", "top-line"),
}


def names(wheel: Wheel) -> set[str]:
    """Return the names of a wheel's bets."""
    return {spot.name for spot in spots(wheel)}


def board() -> set[str]:
    """Return the bets of 1 to 36, found by walking over 3 columns and 12 rows."""
    found = {f"straight-{number}" for number in range(1, 37)}
    for row in range(12):
        for column in range(1, 4):
            number = 3 * row + column
            if column < 3:
                found.add(f"split-{number}-{number + 1}")
            if row < 11:
                found.add(f"split-{number}-{number + 3}")
            if column < 3 and row < 11:
                found.add(f"corner-{number}-{number + 1}-{number + 3}-{number + 4}")
        first = 3 * row + 1
        found.add(f"street-{first}-{first + 1}-{first + 2}")
        if row < 11:
            found.add(f"line-{first}-{first + 5}")
    found |= {f"{kind}-{index}" for kind in ("column", "dozen") for index in (1, 2, 3)}
    return found | {"red", "black", "odd", "even", "low", "high"}


def test_one_zero_adds_seven_bets() -> None:
    """European and French layouts have the same 157 bets."""
    assert names(Wheel.EUROPEAN) == names(Wheel.FRENCH) == board() | EUROPEAN_ZERO
    assert len(names(Wheel.EUROPEAN)) == 157


def test_two_zeros_add_eleven_bets() -> None:
    """The American layout has 161 bets, the top line and no first four."""
    assert names(Wheel.AMERICAN) == board() | AMERICAN_ZERO
    assert len(names(Wheel.AMERICAN)) == 161


def test_names_say_which_numbers_are_covered() -> None:
    """The numbers in the name of an inside bet are those that it wins on."""
    for spot in spots(Wheel.AMERICAN):
        kind, *parts = spot.name.split("-")
        if kind in {"straight", "split", "trio", "corner", "street"}:
            assert {number_name(number) for number in spot.numbers} == set(parts)
            assert spot.label == "-".join(parts)
    top = next(spot for spot in spots(Wheel.AMERICAN) if spot.name == "top-line")
    assert top.numbers == {0, DOUBLE_ZERO, 1, 2, 3}
    assert top.factor == 7


@pytest.mark.parametrize("wheel", Wheel)
def test_all_but_the_top_line_divide_36(wheel: Wheel) -> None:
    """A bet on k numbers brings back 36/k times its stake."""
    for spot in spots(wheel):
        if spot.name != "top-line":
            assert spot.factor * len(spot.numbers) == 36


def test_colours() -> None:
    """Zeros are green, 18 numbers are red, 18 black."""
    colours = Counter(colour(number) for number in range(38))

    assert colours == {"green": 2, "red": 18, "black": 18}
    assert colour(0) == colour(DOUBLE_ZERO) == "green"
    assert all((colour(number) == "red") == (number in RED) for number in range(37))


def test_pockets() -> None:
    """37 numbers around one zero, 38 around two."""
    assert [wheel.pockets for wheel in Wheel] == [37, 37, 38]
    assert number_name(DOUBLE_ZERO) == "00"
