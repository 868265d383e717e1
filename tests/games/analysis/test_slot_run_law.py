"""Tests of `games.analysis.slot_run_law`."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

import pytest

from games.analysis import slot_run_law
from games.analysis.power_series import series
from games.analysis.slot_cycle import classes_of
from games.analysis.slot_free_games import free_game_values
from games.analysis.slot_law import free_spin_laws
from games.analysis.slot_run_law import RunLaws
from games.slots.machine import Machine
from tests.games.slots.machines import machine, shipped

LONGER = ("cap = 2\n", "cap = 9\n")
"""Free games enough for several retriggers."""


def runs_of(owner: Machine, award: int = 1) -> RunLaws:
    """Return the free games after a start that pays nothing."""
    assert owner.free_games is not None
    return RunLaws(owner.free_games, free_spin_laws(owner), {award: {0: 1}})


@pytest.mark.parametrize("name", ["tiny", "small_sticky", "small_ways", "small_cascades"])
@pytest.mark.parametrize("award", [1, 2])
def test_moments_are_those_found_backwards(name: str, award: int) -> None:
    """Mean, mean square and blanks of a run are those of the walk that knows no law."""
    owner = machine(name)
    rules = owner.free_games
    assert rules is not None
    classes = {held: classes_of(law) for held, law in free_spin_laws(owner).items()}
    value = free_game_values(rules, classes, {award})[award]
    runs = runs_of(owner, award)
    law = runs.below(runs.highest + 1)
    total = runs.combinations

    assert sum(law.values()) == total
    assert Fraction(sum(amount * ways for amount, ways in law.items()), total) == value.amount
    assert Fraction(sum(amount**2 * ways for amount, ways in law.items()), total) == value.square
    assert Fraction(law.get(0, 0), total) == value.blank


@pytest.mark.parametrize("name", ["tiny", "small_ways"])
@pytest.mark.parametrize("length", [100, 300])
def test_both_walks_agree(name: str, length: int) -> None:
    """Counting make-ups is the same as walking from game to game, with many retriggers."""
    owner = machine(name, LONGER)
    runs = runs_of(owner)
    found = runs.below(length)
    runs._holds = True

    assert found
    assert runs.below(length) == found


@pytest.mark.parametrize(("name", "stakes"), [("slot", 12), ("tidewater", 6), ("winter-crown", 12)])
def test_a_shorter_law_is_the_beginning_of_a_longer_one(name: str, stakes: int) -> None:
    """Where a law ends does not change what is below."""
    owner = shipped(name).machine
    assert owner.free_games is not None
    laws = free_spin_laws(owner)
    starts = {award: {0: 3, owner.units: 5} for award in set(owner.free_games.awards) - {0}}
    runs = RunLaws(owner.free_games, laws, starts)
    long, short = runs.below(stakes * owner.units), runs.below(stakes * owner.units // 3)

    assert short == {amount: long[amount] for amount in long if amount < stakes * owner.units // 3}
    assert len(short) < len(long)


def test_one_game_alone() -> None:
    """A run of one game without retriggers is that game, times the multiplier."""
    owner = machine(
        "tiny",
        ("retrigger_awards = { 2 = 1, 3 = 2 }", "retrigger_awards = {}"),
        ("cap = 2", "cap = 1"),
    )
    expected: dict[int, int] = defaultdict(int)
    for (_, amount), ways in free_spin_laws(owner)[0].items():
        expected[3 * amount] += ways
    runs = runs_of(owner)

    assert runs.below(runs.highest + 1) == expected


def test_what_is_affordable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A longer law costs more, and one that is allowed nothing is not had."""
    for name in ("slot", "winter-crown"):
        runs = runs_of(shipped(name).machine, 8)
        assert runs.affordable(100)
        assert not runs.affordable(10**6)
    monkeypatch.setattr(slot_run_law, "_DIGITS", 0)
    assert not runs.affordable(100)


def test_a_start_that_pays_too_much() -> None:
    """Leaves nothing below the length."""
    owner = machine("tiny")
    assert owner.free_games is not None
    runs = RunLaws(owner.free_games, free_spin_laws(owner), {1: {50: 1}})

    assert runs.below(50) == {}
    assert sum(runs.below(51).values()) == series({0: runs.below(51)[50]}, 1).total
