"""Counts over the cycle of one spin."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from fractions import Fraction

import pytest

from games.analysis.spins import SpinCounter, mean
from games.slots.machine import Machine, ReelSet
from tests.games.slots.machines import machine, shipped
from tests.games.slots.naive import line_pay, spin_pay, window


def by_hand(owner: Machine, reels: ReelSet) -> dict[int, list[int]]:
    """Return {scatters: [ways, sum, sum of squares, blanks]}, by looking at every window."""
    classes: dict[int, list[int]] = {}
    ranges = [range(len(strip)) for strip in reels.strips]
    for stops in itertools.product(*ranges):
        pairs = zip(reels.weights, stops, strict=True)
        ways = math.prod(weights[stop] for weights, stop in pairs)
        paid, scatters = spin_pay(owner, window(owner, reels, stops))
        row = classes.setdefault(scatters, [0, 0, 0, 0])
        row[0] += ways
        row[1] += ways * paid
        row[2] += ways * paid * paid
        row[3] += ways if paid == 0 else 0
    return classes


MOTHS = machine("tiny", ("a = { 2 = 1, 3 = 7 }", "a = { 1 = 1, 3 = 7 }"))


@pytest.mark.parametrize("owner", [machine("tiny"), machine("classic_sevens"), MOTHS])
def test_counts_are_those_of_every_window(owner: Machine) -> None:
    """Ways, sums, squares and blanks by number of scatters agree with a walk over the cycle."""
    sets = [owner.reels, owner.free_games.reels] if owner.free_games else [owner.reels]
    for reels in sets:
        found = SpinCounter(owner, reels).classes()

        assert {group.scatters: list(group[1:]) for group in found} == by_hand(owner, reels)
        assert sum(group.ways for group in found) == reels.cycle


def test_means_do_not_need_the_rest() -> None:
    """The quick count has the same ways and sums."""
    counter = SpinCounter(shipped().machine, shipped().machine.reels)
    quick, full = counter.classes(means_only=True), counter.classes()

    assert [group[:3] for group in quick] == [group[:3] for group in full]
    assert all(group.squares == group.blanks == 0 for group in quick)
    assert mean(quick, counter.cycle) == mean(full, counter.cycle)


@pytest.mark.parametrize(
    "owner",
    [shipped().machine, machine("lobstermania"), machine("classic_sevens")],
    ids=lambda owner: owner.name,
)
def test_every_cell_is_counted_from_the_symbols(owner: Machine) -> None:
    """Ways of each cell agree with the product of symbol counts over all lines of symbols."""
    counts = []
    for strip, weights in zip(owner.reels.strips, owner.reels.weights, strict=True):
        reel: Counter[str] = Counter()
        for symbol, weight in zip(strip, weights, strict=True):
            reel[symbol] += weight
        counts.append(reel)
    paid: Counter[int] = Counter()
    for symbols in itertools.product(*counts):
        amount = line_pay(owner, symbols)
        if amount:
            pairs = zip(counts, symbols, strict=True)
            paid[amount] += math.prod(reel[symbol] for reel, symbol in pairs)

    found: Counter[int] = Counter()
    for cell in SpinCounter(owner, owner.reels).line_cells(0):
        found[cell.amount] += cell.ways
    assert found == paid


def test_all_lines_return_the_same_on_plain_reels() -> None:
    """Where every stop is equally likely, each row shows each symbol equally often."""
    owner = shipped().machine
    counter = SpinCounter(owner, owner.reels)

    assert len({counter.line_cells(line) for line in range(20)}) == 1


def test_classic_sevens_is_the_published_sheet() -> None:
    """247,536 coins out of 64^3 on 61,810 winning combinations."""
    owner = machine("classic_sevens")
    (group,) = SpinCounter(owner, owner.reels).classes()

    assert group.ways == 262_144
    assert group.amount == 247_536
    assert group.ways - group.blanks == 61_810


def test_lobstermania_is_the_published_sheet() -> None:
    """Cycle, bonus hits, and the parts of the return from lines and scatters."""
    owner = machine("lobstermania")
    counter = SpinCounter(owner, owner.reels)
    cells = counter.line_cells(0)
    lines = sum(cell.ways * cell.amount for cell in cells if cell.pay != "lo")
    scatter = sum(
        group.ways * owner.scatter_pay(group.scatters) for group in counter.classes(means_only=True)
    )

    assert counter.cycle == 259_440_000
    assert [cell.ways for cell in cells if cell.pay == "lo"] == [150_000]
    assert f"{float(Fraction(lines, counter.cycle)):.5%}" == "66.46999%"
    assert f"{float(Fraction(scatter, counter.cycle * 15)):.5%}" == "10.64514%"
