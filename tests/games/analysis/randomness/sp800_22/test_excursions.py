"""SP 800-22 2.14 and 2.15, against the publication's examples."""

from __future__ import annotations

import pytest

from games.analysis.randomness.sp800_22.bits import from_text
from games.analysis.randomness.sp800_22.excursions import (
    excursion_law,
    excursions_tests,
    excursions_variant_tests,
    least_cycles,
    walk_of,
)
from tests.games.analysis.randomness.sp800_22.published import binary_e

WALK = walk_of(from_text("0110110101"))

EXCURSIONS = (0.573306, 0.197996, 0.164011, 0.007779, 0.786868, 0.440912, 0.797854, 0.778186)
VARIANT = (
    *(0.858946, 0.794755, 0.576249, 0.493417, 0.633873, 0.917283, 0.934708, 0.816012, 0.826009),
    *(0.137861, 0.200642, 0.441254, 0.939291, 0.505683, 0.445935, 0.512207, 0.538635, 0.593930),
)


def test_the_walk_of_the_example() -> None:
    """2.14.4: -1, 0, 1, 0, 1, 2, 1, 2, 1, 2 and back to 0, three cycles."""
    assert WALK == [-1, 0, 1, 0, 1, 2, 1, 2, 1, 2, 0]
    assert WALK.count(0) == 3


def test_excursions_example() -> None:
    """2.14.4, state 1."""
    found = excursions_tests(WALK)[4]

    assert found.test == "RandomExcursions:+1"
    assert (found.statistic, found.p_value) == pytest.approx((4.333333, 0.502529), abs=1e-3)


def test_variant_example() -> None:
    """2.15.4, state 1: four visits in three cycles."""
    found = excursions_variant_tests(WALK)[9]

    assert found.test == "RandomExcursionsVariant:+1"
    assert (found.statistic, found.p_value) == pytest.approx((4, 0.683091), abs=1e-6)


@pytest.mark.parametrize(
    ("state", "law"),
    [
        (1, (0.5, 0.25, 0.125, 0.0625, 0.0312, 0.0312)),
        (-2, (0.75, 0.0625, 0.0469, 0.0352, 0.0264, 0.0791)),
        (4, (0.875, 0.0156, 0.0137, 0.0120, 0.0105, 0.0733)),
    ],
)
def test_excursion_law(state: int, law: tuple[float, ...]) -> None:
    """The table of 3.14."""
    assert excursion_law(state) == pytest.approx(law, abs=1e-4)
    assert sum(excursion_law(state)) == pytest.approx(1)


def test_too_few_cycles() -> None:
    """2.14.4: 500 returns are needed, more for a very long walk."""
    assert least_cycles(1_000_000) == 500
    assert least_cycles(40_000_000_000) == 1_000


@pytest.mark.math
def test_a_million_bits_of_e() -> None:
    """2.14.8 and 2.15.8: every state."""
    walk = walk_of(binary_e(1_000_000))

    assert walk.count(0) == 1_490
    assert [one.p_value for one in excursions_tests(walk)] == pytest.approx(EXCURSIONS, abs=1e-6)
    found = [one.p_value for one in excursions_variant_tests(walk)]
    assert found == pytest.approx(VARIANT, abs=1e-6)
