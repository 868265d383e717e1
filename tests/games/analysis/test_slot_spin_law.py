"""Tests of `games.analysis.slot_spin_law`."""

from __future__ import annotations

import pytest

from games.analysis.slot_cycle import CycleCounter, classes_of
from games.analysis.slot_law import free_spin_laws
from games.analysis.slot_spin_law import Budget, TooLongError, spin_law
from games.analysis.slot_ways import WaysCounter
from games.analysis.spins import SpinCounter
from games.slots.machine import Machine
from games.slots.model import ReelSet
from tests.games.slots.machines import all_shipped, machine

SMALL = ["tiny", "classic_sevens", "small_sticky", "small_ways", "small_features"]


@pytest.mark.parametrize("name", SMALL)
def test_every_combination_of_stops(name: str) -> None:
    """The law is that of the live engine at every combination of stops, free games included."""
    owner = machine(name)
    assert spin_law(owner) == CycleCounter(owner, owner.reels).law
    if owner.free_games is not None:
        looked = CycleCounter(owner, owner.free_games.reels, free=True).law
        assert spin_law(owner, free=True) == looked


def counter_of(
    owner: Machine, reels: ReelSet, *, free: bool, held: int
) -> SpinCounter | WaysCounter:
    """Return the counter of moments, which goes its own way."""
    kind = WaysCounter if owner.ways else SpinCounter
    return kind(owner, reels, free=free, held=held)


@pytest.mark.parametrize(
    "owner",
    [slot.machine for slot in all_shipped().values() if slot.machine.cascades is None],
    ids=lambda owner: f"{owner.name}-{owner.version}",
)
def test_the_moments_of_shipped_machines(owner: Machine) -> None:
    """Ways, sums, squares and blanks of each label are those counted line by line.

    For paid spins, and for free games with every set of wilds held.
    """
    counter = counter_of(owner, owner.reels, free=False, held=0)
    assert classes_of(spin_law(owner)) == counter.classes()
    if owner.free_games is None:
        return
    laws = free_spin_laws(owner)
    assert len(laws) == (8 if owner.free_games.sticky else 1)
    for held, law in laws.items():
        counter = counter_of(owner, owner.free_games.reels, free=True, held=held)
        assert classes_of(law) == counter.classes()


def test_a_law_that_takes_too_long() -> None:
    """Is given up when its budget is used up."""
    owner = machine("tiny")

    with pytest.raises(TooLongError):
        spin_law(owner, budget=Budget(20))
    with pytest.raises(TooLongError):
        spin_law(machine("small_ways"), budget=Budget(20))
    assert spin_law(owner, budget=Budget(10_000)) == spin_law(owner)
