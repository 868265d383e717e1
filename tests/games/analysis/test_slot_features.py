"""The exact law of hold and respin and of the pick bonus."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest

from games.analysis import slot_features
from games.slots.machine import Pick, Respins
from tests.games.slots.machines import shipped

RESPINS = Respins("c", 2, 3, (1, 5), ((1, 3), (2, 2), (5, 1)), 40)


def chain(rules: Respins, empty: int, left: int) -> dict[int, Fraction]:
    """Return the law of the number of further coins, one respin at a time."""
    if not empty or not left:
        return {0: Fraction(1)}
    chance = Fraction(*rules.chance)
    law: dict[int, Fraction] = {}
    for more in range(empty + 1):
        ways = math.comb(empty, more) * chance**more * (1 - chance) ** (empty - more)
        then = chain(rules, empty - more, rules.respins if more else left - 1)
        for further, probability in then.items():
            law[more + further] = law.get(more + further, Fraction(0)) + ways * probability
    return law


@pytest.mark.parametrize("start", [2, 3, 5, 6])
def test_the_closed_form_is_the_chain(start: int) -> None:
    """The number of coins in the end, against a walk over every respin."""
    found = slot_features.coin_counts(RESPINS, 6, start)

    assert found == {start + more: p for more, p in chain(RESPINS, 6 - start, 3).items()}
    assert sum(found.values()) == 1


def test_moments_are_those_of_the_law() -> None:
    """The quick moments and the whole law of hold and respin agree; a full window pays more."""
    law = slot_features.respins_law(RESPINS, 6, 2)

    assert sum(law.values()) == 1
    assert slot_features.moments(law) == slot_features.respins_moments(RESPINS, 6, 2)
    assert max(law) == 6 * 5 + 40
    assert law[70] == slot_features.coin_counts(RESPINS, 6, 2)[6] * Fraction(1, 6) ** 6


def picked(rules: Pick) -> dict[int, Fraction]:
    """Return the law of the pick bonus from every order in which places can be opened."""
    law: dict[int, Fraction] = {}
    places = [*rules.prizes, *[0] * rules.stops]
    ends = range(len(rules.prizes), rules.places)
    orders = list(itertools.permutations(range(len(places)), rules.picks))
    for order in orders:
        total = 0
        for place in order:
            if place in ends:
                break
            total += places[place]
        law[total] = law.get(total, Fraction(0)) + Fraction(1, len(orders))
    return law


@pytest.mark.parametrize(
    "rules",
    [
        Pick("p", 3, (1, 2, 5, 5), 2, 0),
        Pick("p", 3, (1, 2, 5, 5), 3, 1),
        Pick("p", 3, (1, 2, 5, 5), 4, 0),
        Pick("p", 3, (1, 2, 5), 5, 2),
        Pick("p", 3, (7, 1), 1, 3),
    ],
)
def test_picks_are_every_order_of_places(rules: Pick) -> None:
    """The law by subsets is that of all orders, with and without ends."""
    assert slot_features.pick_law(rules) == picked(rules)


def test_the_shipped_bonus() -> None:
    """Market Day's dip: four picks among ten prizes and two ends."""
    rules = shipped("market-day").machine.pick
    assert rules is not None
    mean, _ = slot_features.moments(slot_features.pick_law(rules))
    found = sum(math.comb(10, n) / math.comb(12, n) for n in range(1, 5))

    assert math.isclose(mean, found * sum(rules.prizes) / 10)
