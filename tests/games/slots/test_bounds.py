"""What no round exceeds."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from games.slots import bounds
from games.slots.engine import Slot, SlotBets
from games.slots.lines import LineRules
from games.slots.machine import Machine, ReelSet
from games.slots.reels import Reels
from tests.games.scripts import every_round
from tests.games.slots.machines import machine
from tests.games.slots.paths import rounds_of


def highest_by_hand(owner: Machine, reels: ReelSet) -> int:
    """Return the highest spin, by looking at all of them."""
    prepared = Reels(owner, reels, LineRules(owner))
    ranges = [range(len(strip)) for strip in reels.strips]
    return max(prepared.at(stops).amount for stops in itertools.product(*ranges))


@pytest.mark.parametrize("name", ["tiny", "classic_sevens"])
def test_highest_spin_is_found(name: str) -> None:
    """The search finds the same maximum as looking at every window."""
    owner = machine(name)
    rules = LineRules(owner)

    assert bounds.highest_spin(owner, owner.reels, rules) == highest_by_hand(owner, owner.reels)
    if owner.free_games is not None:
        free = owner.free_games.reels
        assert bounds.highest_spin(owner, free, rules) == highest_by_hand(owner, free)


@pytest.mark.parametrize("steps", [0, 1, 2, 5])
def test_a_search_cut_short_is_still_a_bound(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With fewer steps the number can only be higher."""
    owner = machine("tiny")
    monkeypatch.setattr(bounds, "_SEARCH_WORK", steps * 18)  # 3 lines, 6 stops at most

    found = bounds.highest_spin(owner, owner.reels, LineRules(owner))
    assert found >= highest_by_hand(owner, owner.reels)


def test_no_round_exceeds_the_bounds() -> None:
    """Over every round that the tiny machine can have."""
    slot = Slot(machine("tiny"))
    stake = 3
    draws = set()
    highest = 0
    for _, state in every_round(lambda stream: slot.open([SlotBets(stake)], stream)):
        draws.add(3 * (1 + len(state.free_games)))
        highest = max(highest, state.payouts[0] or 0)

    assert max(draws) == slot.maximum_draws == 9
    assert 0 < highest <= slot.maximum_payout_factor * stake


@pytest.mark.parametrize("name", ["small_sticky", "small_cascades", "small_features"])
def test_no_round_of_any_feature_exceeds_the_bounds(name: str) -> None:
    """Draws, payout and length of the view, over every round of machines with each feature."""
    slot, rounds = rounds_of(name)
    stake = slot.machine.stakes[0]
    highest = longest = draws = 0
    for state in rounds:
        highest = max(highest, state.payouts[0] or 0)
        longest = max(longest, len(msgspec.msgpack.encode(slot.view(state, 0))))
        draws = max(draws, drawn(slot, state))

    assert 0 < highest <= slot.maximum_payout_factor * stake
    assert longest <= slot.maximum_reply_bytes
    assert draws <= slot.maximum_draws


def drawn(slot: Slot, state: Any) -> int:
    """Return how many values a round has drawn."""
    count = slot.machine.reel_count * (1 + len(state.free_games))
    if state.respins is not None:
        count += 2 * state.respins.coins - len(state.respins.steps[0].cells)
        empty = slot.machine.cells - len(state.respins.steps[0].cells)
        for step in state.respins.steps[1:]:
            count += empty - len(step.cells)
            empty -= len(step.cells)
    if slot.machine.has_decisions:
        count += len(state.found) + len(state.gambles)
    return count


@pytest.mark.parametrize("name", ["small_ways", "small_cascades"])
def test_highest_spin_of_ways_and_cascades_is_a_bound(name: str) -> None:
    """No combination of stops pays more; with cascades it is the maximum itself."""
    owner = machine(name)
    rules = LineRules(owner)
    assert owner.free_games is not None
    for free, reels in ((False, owner.reels), (True, owner.free_games.reels)):
        spins = Reels(owner, reels, rules, free=free).each()
        highest = max(spin.amount for _, spin in spins)
        bound = bounds.highest_spin(owner, reels, rules, free=free)

        assert highest <= bound <= 40 * highest
        if owner.cascades is not None:
            assert bound == highest


def test_without_free_games_a_round_is_one_spin() -> None:
    """Three reels, three draws; the highest line pay is the highest payout."""
    slot = Slot(machine("classic_sevens"))

    assert slot.maximum_draws == 3
    assert slot.maximum_payout_factor == 1000
