"""Counts over the cycle of a machine that pays ways."""

from __future__ import annotations

import itertools
import math
import time
from collections import Counter

import pytest

from games.analysis.slot_ways import WaysCounter
from games.slots.lines import LineRules
from games.slots.machine import Machine
from games.slots.reels import Reels
from games.slots.windows import WaysHit
from tests.games.slots import naive
from tests.games.slots.machines import machine, shipped


@pytest.mark.parametrize("free", [False, True])
def test_counts_are_those_of_every_window(free: bool) -> None:
    """Ways, sums, squares and blanks by label agree with a plain walk over the cycle."""
    owner = machine("small_ways")
    assert owner.free_games is not None
    reels = owner.free_games.reels if free else owner.reels
    by_hand: dict[int, list[int]] = {}
    for stops in itertools.product(*[range(len(strip)) for strip in reels.strips]):
        pairs = zip(reels.weights, stops, strict=True)
        ways = math.prod(weights[stop] for weights, stop in pairs)
        paid, scatters = naive.spin_pay(owner, naive.window(owner, reels, stops))
        row = by_hand.setdefault(scatters, [0, 0, 0, 0])
        row[0] += ways
        row[1] += ways * paid
        row[2] += ways * paid * paid
        row[3] += ways if paid == 0 else 0
    counter = WaysCounter(owner, reels, free=free)
    found = counter.classes()

    assert {group.label: list(group[1:]) for group in found} == by_hand
    quick = counter.classes(means_only=True)
    assert [group[:3] for group in quick] == [group[:3] for group in found]


def test_cells_and_runs_are_those_of_every_window() -> None:
    """How often each cell of the pay table pays, way by way, and in how many windows."""
    owner = machine(
        "small_ways", ("multiplier = 2\nd", "multiplier = 1\nd"), ("multiplier = 3", "")
    )
    counter = WaysCounter(owner, owner.reels)
    ways: Counter[tuple[str, int]] = Counter()
    windows: Counter[tuple[str, int]] = Counter()
    for weight, spin in Reels(owner, owner.reels, LineRules(owner)).each():
        for hit in spin.hits:
            assert isinstance(hit, WaysHit)
            ways[hit.symbol, hit.run] += weight * hit.ways
            windows[hit.symbol, hit.run] += weight

    assert {(cell.pay, cell.run): cell.ways for cell in counter.line_cells()} == ways
    for (name, run), count in windows.items():
        assert counter.runs(name, run) == count


def test_a_large_cycle_is_counted_in_no_time() -> None:
    """Thirty millions of windows take a fraction of a second: no window is looked at."""
    owner: Machine = shipped("tidewater").machine
    start = time.process_time()
    classes = WaysCounter(owner, owner.reels).classes()

    assert sum(group.ways for group in classes) == owner.reels.cycle > 10**7
    assert time.process_time() - start < 2
