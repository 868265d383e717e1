"""Rounds of every machine that ships, played by the live functions, against the exact figures."""

from __future__ import annotations

import functools
import math
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest

from games.analysis import slot_run_law
from games.analysis.chi_square import Tail, chi_square
from games.analysis.payout_law import PayoutLaw
from games.analysis.slot_law import payout_law
from games.analysis.slots import mathematics
from games.slots.engine import Slot, SlotBets
from games.slots.machine import read_machine
from tests.games.scripts import seeded
from tests.games.slots.machines import changed, shipped
from tests.games.slots.paths import finish

SHEETS = [
    ("copper-bell", 1, 696_348, "0.9520438057", "0.4764543016", "5.94024874"),
    ("dandelion-clock", 1, 15_000, "0.9551733333", "0.5458666667", "2.96981249"),
    ("ember-hoard", 1, 40_321_314, "0.9501682751", "0.2286241713", "5.42714634"),
    ("market-day", 1, 77_150_032, "0.9424394936", "0.3526593569", "3.56739532"),
    ("market-day", 2, 77_150_032, "0.9654636966", "0.3687425820", "3.59144083"),
    ("slot", 1, 92_121_120, "0.9541096953", "0.3066165283", "4.35989135"),
    ("tidewater", 1, 42_802_056, "0.9613666627", "0.3852945522", "5.04301434"),
    ("winter-crown", 1, 57_153_600, "0.9642397246", "0.2297135614", "13.96935698"),
]
ROUNDS = 40_000
P_LEAST = 1e-4
"""A chi-square less likely than this is not taken for chance."""


@pytest.mark.parametrize(("name", "version", "cycle", "expected", "hits", "deviation"), SHEETS)
def test_figures_are_those_of_the_sheet(
    name: str, version: int, cycle: int, expected: str, hits: str, deviation: str
) -> None:
    """A change of any strip or pay shows here; a changed machine is a new version (B10)."""
    figures = mathematics(shipped(name, version).machine)

    assert figures.cycle == cycle
    assert f"{float(figures.expected):.10f}" == expected
    assert f"{float(figures.hit_frequency):.10f}" == hits
    assert f"{math.sqrt(figures.variance):.8f}" == deviation
    assert Fraction(94, 100) <= figures.expected <= Fraction(975, 1000)


def play(slot: Any, number: int) -> list[Any]:
    """Return finished rounds; the same ones in every run."""
    bets = [SlotBets(slot.machine.stakes[0])]
    streams = seeded(f"live {slot.name} {slot.version}", number)
    return [finish(slot, slot.open(bets, draws)) for draws in streams]


@functools.cache
def law_of(source: bytes, digits: int) -> PayoutLaw:
    """Return the whole law of a machine file, as far as so many digits go."""
    law = payout_law(read_machine(source, "test.toml"))
    assert law is not None
    return law


def check(slot: Any, rounds: list[Any]) -> None:
    """Compare mean, hit frequency, frequencies of the features and the whole law."""
    figures = mathematics(slot.machine)
    number = len(rounds)
    stake = slot.machine.stakes[0]
    payouts = [Fraction(state.payouts[0], stake) for state in rounds]

    def z(count: float, share: Fraction) -> float:
        return (count / number - float(share)) / math.sqrt(float(share * (1 - share)) / number)

    mean = float(sum(payouts, Fraction(0))) / number
    assert abs(mean - float(figures.expected)) / math.sqrt(figures.variance / number) <= 4
    assert abs(z(sum(payout > 0 for payout in payouts), figures.hit_frequency)) <= 4
    for share, count in (
        (figures.trigger_frequency, sum(bool(state.free_games) for state in rounds)),
        (figures.respins_frequency, sum(state.respins is not None for state in rounds)),
        (figures.pick_frequency, sum(bool(getattr(state, "found", ())) for state in rounds)),
    ):
        if share:
            assert abs(z(count, share)) <= 4
        else:
            assert not count
    law = law_of(slot.machine.source, slot_run_law._DIGITS)
    seen = Counter(payout - 1 for payout in payouts)
    tail = None if law.above is None else Tail(law.above, law.beyond)
    test = chi_square(seen, law.points, tail)
    assert test.p > P_LEAST, (test.statistic, test.degrees, test.impossible)


@pytest.mark.parametrize(("name", "version"), [sheet[:2] for sheet in SHEETS if sheet[0] != "slot"])
def test_live_rounds_agree_with_the_mathematics(
    name: str, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within four standard errors; payouts by chi-square against their law, soon cut off."""
    monkeypatch.setattr(slot_run_law, "_DIGITS", 3 * 10**7)
    slot = shipped(name, version)
    check(slot, play(slot, ROUNDS))


@pytest.mark.math
@pytest.mark.parametrize(("name", "version"), [sheet[:2] for sheet in SHEETS])
def test_many_live_rounds_agree_with_the_mathematics(name: str, version: int) -> None:
    """The same with half a million rounds."""
    slot = shipped(name, version)
    check(slot, play(slot, 500_000))


def test_a_wrong_pay_is_seen() -> None:
    """Played with one pay changed by one line bet, the rounds no longer agree with the sheet."""
    slot = shipped("dandelion-clock")
    wrong = Slot(changed(slot.machine.source.decode(), ("wren = { 3 = 12 }", "wren = { 3 = 13 }")))
    with pytest.raises(AssertionError):
        check(slot, play(wrong, 10_000))
