"""Perfect play of video poker against the published combinations and returns."""

from __future__ import annotations

import math
from fractions import Fraction

import msgspec
import pytest

from games.analysis.decimals import decimal
from games.analysis.video_poker import deals, list_return, machine_return, perfect_play
from games.video_poker.hands import STANDARD, WITH_JOKER, Row
from games.video_poker.machines import MACHINES, Machine
from games.video_poker.strategy import LIST_RETURNS

BY_NAME = {machine.name: machine for machine in MACHINES}
every_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)

NINE_SIX = (
    493_512_264,
    2_178_883_296,
    47_093_167_764,
    229_475_482_596,
    219_554_786_160,
    223_837_565_784,
    1_484_003_070_324,
    2_576_946_164_148,
    4_277_372_890_968,
    10_872_274_993_896,
)
"""Published, from the royal flush to nothing."""
PUBLISHED = {
    "jacks-or-better": ("99.5439", 4.417542),
    "jacks-or-better-9-5": ("98.4498", None),
    "jacks-or-better-8-6": ("98.3927", None),
    "jacks-or-better-8-5": ("97.2984", None),
    "jacks-or-better-7-5": ("96.1472", None),
    "jacks-or-better-6-5": ("94.9961", None),
    "deuces-wild": ("100.7620", 5.083062),
    "deuces-wild-16-10-4": ("99.7283", None),
    "joker-poker": ("98.0854", None),
    "joker-poker-20-7-5": ("100.6463", None),
}
"""Returns in percent and standard deviations, read from published tables; those of 17/7/5, 20/7/5
and 16/10/4 are published with two digits (98.09, 100.65, 99.73)."""


def test_published_combinations_of_nine_six() -> None:
    """9/6 Jacks or Better, row by row, of 19,933,230,517,200."""
    machine = BY_NAME["jacks-or-better"]

    assert machine.combinations == NINE_SIX
    assert machine.total_combinations == sum(NINE_SIX) == 19_933_230_517_200
    assert machine.expected == Fraction(1653526326983, 1661102543100)


def test_published_return_of_deuces_wild() -> None:
    """Exactly, with the standard deviation of the stated choice among equal holds."""
    assert BY_NAME["deuces-wild"].expected == Fraction(32187682693, 31944279675)


@every_machine
def test_published_returns(machine: Machine) -> None:
    """Percentages to four digits, and standard deviations to six."""
    percent, deviation = PUBLISHED[machine.name]
    entry = machine_return(machine)

    assert entry.expected == machine.expected
    assert decimal(machine.expected * 100, 4) == percent
    if deviation is not None:
        assert entry.variance is not None
        assert round(float(entry.variance) ** 0.5, 6) == deviation


@every_machine
def test_laws_are_whole(machine: Machine) -> None:
    """All combinations are there, and the law has its best award and adds up to one."""
    entry = machine_return(machine)

    assert sum(machine.combinations) == machine.total_combinations
    assert len(machine.combinations) == len(machine.pays) + 1
    assert entry.law is not None
    assert sum(chance for _, chance in entry.law) == 1
    assert entry.highest_award == 800
    assert entry.highest_award_probability == Fraction(
        machine.combinations[0], machine.total_combinations
    )


@every_machine
def test_a_wrong_pay_is_seen(machine: Machine) -> None:
    """One more for any one row gives another return than the published one."""
    for index, (row, pay) in enumerate(machine.pays):
        pays = list(machine.pays)
        pays[index] = (row, pay + 1)
        changed = msgspec.structs.replace(machine, pays=tuple(pays))

        assert decimal(changed.expected * 100, 4) != PUBLISHED[machine.name][0], row


def test_deals_are_all_deals() -> None:
    """134,459 classes stand for 2,598,960 deals, each of five different cards."""
    counted = list(deals(STANDARD))

    assert len(counted) == 134_459
    assert sum(ways for _, ways in counted) == math.comb(52, 5) == 2_598_960
    assert all(len(set(cards)) == 5 for cards, _ in counted)


def test_deals_with_a_joker() -> None:
    """16,432 more classes have the joker and four cards."""
    counted = list(deals(WITH_JOKER))

    assert len(counted) == 134_459 + 16_432
    assert sum(ways for _, ways in counted) == math.comb(53, 5)
    assert sum(ways for cards, ways in counted if 52 in cards) == math.comb(52, 4)


@pytest.mark.math
@every_machine
def test_perfect_play_over_every_deal(machine: Machine) -> None:
    """The stated combinations are those of the best hold of every deal and all its draws."""
    assert perfect_play(machine) == machine.combinations


@pytest.mark.math
def test_perfect_play_sees_a_wrong_pay() -> None:
    """A flush that pays 7 is played otherwise, and the combinations are others."""
    machine = BY_NAME["jacks-or-better"]
    pays = tuple((row, 7 if row is Row.FLUSH else pay) for row, pay in machine.pays)

    assert perfect_play(msgspec.structs.replace(machine, pays=pays)) != NINE_SIX


@pytest.mark.math
@every_machine
def test_what_the_lists_return(machine: Machine) -> None:
    """Playing by the list returns exactly what is stated, less than perfect play by little."""
    returned = list_return(machine)

    assert returned == LIST_RETURNS[machine.name]
    assert 0 < machine.expected - returned < Fraction(5, 10_000)
