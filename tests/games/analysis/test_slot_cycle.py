"""Counts over every combination of stops."""

from __future__ import annotations

import pytest

from games.analysis.slot_cycle import CycleCounter, cycle_of
from games.analysis.spins import SpinCounter
from tests.games.slots.machines import machine


@pytest.mark.parametrize("name", ["tiny", "classic_sevens", "small_sticky"])
def test_looking_at_all_is_the_quick_count(name: str) -> None:
    """Two ways to count lines that share nothing but the rules agree in every number."""
    owner = machine(name)
    sets = [(False, owner.reels)]
    if owner.free_games is not None:
        sets.append((True, owner.free_games.reels))
    for free, reels in sets:
        looked = CycleCounter(owner, reels, free=free)
        counted = SpinCounter(owner, reels, free=free)

        assert looked.classes() == counted.classes()
        assert looked.cycle == counted.cycle == sum(looked.law.values())


def test_cells_of_one_line_are_counted_alike() -> None:
    """With a single line every cell has as many ways as the quick count gives it."""
    owner = machine("classic_sevens")
    cells = CycleCounter(owner, owner.reels).line_cells()

    assert cells == SpinCounter(owner, owner.reels).line_cells(0)
    assert sum(cell.ways for cell in cells) == 61_810


def test_a_counter_is_kept_by_the_file() -> None:
    """The same file is not counted twice; another one is another counter."""
    first = machine("small_cascades")
    other = machine("small_cascades", ("3 = 5 }", "3 = 6 }"))

    assert cycle_of(first.source, free=False) is cycle_of(first.source, free=False)
    assert cycle_of(first.source, free=False).law != cycle_of(other.source, free=False).law
    assert cycle_of(first.source, free=True).cycle == 36
