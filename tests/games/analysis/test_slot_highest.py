"""The highest award and its probability."""

from __future__ import annotations

from fractions import Fraction

import pytest

from games.analysis import slot_highest
from games.analysis.slot_cycle import CycleCounter
from games.analysis.slot_law import payout_law
from games.slots.bounds import highest_spin
from games.slots.lines import LineRules
from tests.games.slots.machines import machine, shipped


@pytest.mark.parametrize("name", ["tiny", "classic_sevens", "small_sticky", "small_ways"])
def test_the_search_finds_what_looking_at_all_finds(name: str) -> None:
    """Highest amount and ways of every label, against every combination of stops."""
    owner = machine(name)
    sets = [(False, owner.reels)]
    if owner.free_games is not None:
        sets.append((True, owner.free_games.reels))
    for free, reels in sets:
        best: dict[int, tuple[int, int]] = {}
        for (label, amount), ways in CycleCounter(owner, reels, free=free).law.items():
            if label not in best or amount > best[label][0]:
                best[label] = (amount, ways)

        assert slot_highest.highest_spins(owner, reels, free=free) == best


@pytest.mark.parametrize("name", ["copper-bell", "dandelion-clock", "ember-hoard"])
def test_it_is_the_end_of_the_law(name: str) -> None:
    """Where the law is listed, its last row is the highest award."""
    owner = shipped(name).machine
    law = payout_law(owner)
    assert law is not None
    highest, chance = law.points[-1]

    assert slot_highest.highest_award(owner) == (1 + highest, chance)


def test_the_shipped_machine() -> None:
    """The best paid spin that triggers and fifty games of the best, none of them likely."""
    owner = shipped().machine
    found = slot_highest.highest_award(owner)
    spins = slot_highest.highest_spins(owner, owner.reels)

    assert found is not None
    assert spins is not None
    assert max(spin.amount for spin in spins.values()) == highest_spin(
        owner, owner.reels, LineRules(owner)
    )
    assert 0 < found[1] < Fraction(1, 10**300)
    assert found[0] <= shipped().maximum_payout_factor


def test_held_wilds_make_the_best_free_games() -> None:
    """Winter Crown: three filled reels early on, then the best of what is left, game after game.

    The figures are those of a separate program that looked at every combination of stops for each
    set of reels that are held.
    """
    found = slot_highest.highest_award(shipped("winter-crown").machine)

    assert found is not None
    assert found[0] == 32_935
    assert float(found[1]) == pytest.approx(1.0621549153586734e-154, rel=1e-12)


def test_a_search_too_long_claims_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Better no figure than a wrong one."""
    monkeypatch.setattr(slot_highest, "_STEPS", 3)

    assert slot_highest.highest_award(machine("tiny")) is None
    assert slot_highest.highest_award(machine("small_sticky")) is None
