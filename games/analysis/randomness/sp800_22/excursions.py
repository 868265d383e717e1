"""SP 800-22 2.14 and 2.15: the walk that the bits make, and how often it is where."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import Final

from games.analysis.randomness.distributions import chi_square, upper_gamma
from games.analysis.randomness.sp800_22.bits import BitTest

STATES: Final = (-4, -3, -2, -1, 1, 2, 3, 4)
VARIANT_STATES: Final = (*range(-9, 0), *range(1, 10))
_MOST: Final = 5


def walk_of(bits: bytes) -> list[int]:
    """Return the sums along the way, a one up and a zero down, back to 0 at the end."""
    return [*itertools.accumulate(2 * bit - 1 for bit in bits), 0]


def least_cycles(count: int) -> int:
    """Return how many returns to 0 so many bits need for these tests (2.14.4)."""
    return max(500, int(0.005 * math.sqrt(count)))


def excursions_tests(walk: list[int]) -> list[BitTest]:
    """Random excursions (2.14): in how many cycles a state is visited 0, 1, … times."""
    cells = {state: [0] * (_MOST + 1) for state in STATES}
    cycles = 0
    visits = dict.fromkeys(STATES, 0)
    for place in walk:
        if place == 0:
            cycles += 1
            for state, number in visits.items():
                cells[state][min(number, _MOST)] += 1
            visits = dict.fromkeys(STATES, 0)
        elif -4 <= place <= 4:
            visits[place] += 1
    found = []
    for state in STATES:
        law = excursion_law(state)
        statistic = chi_square(cells[state], [cycles * chance for chance in law])
        p_value = upper_gamma(_MOST / 2, statistic / 2)
        found.append(BitTest(f"RandomExcursions:{state:+}", statistic, p_value))
    return found


def excursion_law(state: int) -> list[float]:
    """Return the chance of 0, 1, … 4 and of more visits to a state in a cycle (3.14)."""
    away = 1 / (2 * abs(state))
    law = [1 - away]
    law += [away * away * (1 - away) ** (visits - 1) for visits in range(1, _MOST)]
    return [*law, away * (1 - away) ** (_MOST - 1)]


def excursions_variant_tests(walk: list[int]) -> list[BitTest]:
    """Random excursions variant (2.15): how often a state is visited in all."""
    visits = Counter(walk)
    cycles = visits[0]
    found = []
    for state in VARIANT_STATES:
        spread = math.sqrt(2 * cycles * (4 * abs(state) - 2))
        statistic = abs(visits[state] - cycles) / spread
        name = f"RandomExcursionsVariant:{state:+}"
        found.append(BitTest(name, float(visits[state]), math.erfc(statistic)))
    return found
