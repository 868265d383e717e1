"""Line pays: the automaton against the plain rules."""

from __future__ import annotations

import itertools

import pytest

from games.slots.lines import LOST, LineRules
from games.slots.machine import Machine
from tests.games.slots.machines import machine, shipped
from tests.games.slots.naive import line_pay

MACHINES = [
    machine("tiny"),
    machine("classic_sevens"),
    machine("lobstermania"),
    shipped().machine,
]


def names(owner: Machine, symbols: str) -> tuple[int, ...]:
    """Return symbols by their place in the machine."""
    return tuple(owner.symbols.index(symbol) for symbol in symbols.split())


@pytest.mark.parametrize("owner", MACHINES, ids=lambda owner: owner.name)
def test_every_line_pays_what_the_plain_rules_say(owner: Machine) -> None:
    """All combinations of symbols on a line, up to 11^5 of them, pay alike."""
    rules = LineRules(owner)
    places = range(len(owner.symbols))
    for line in itertools.product(places, repeat=owner.reel_count):
        symbols = [owner.symbols[place] for place in line]
        result = rules.evaluate(line)

        assert result.amount == line_pay(owner, symbols), symbols
        if result.amount:
            pay = owner.pays[result.pay]
            assert pay.amounts[result.run] == result.amount
            assert all(symbol in pay.symbols for symbol in symbols[: result.run])


@pytest.mark.parametrize(
    ("symbols", "pay", "run", "amount"),
    [
        ("atlas atlas atlas moss moss", "atlas", 3, 60),
        ("moon moon moon moon moon", "moon", 5, 5000),
        ("moon moon moon atlas moss", "atlas", 4, 400),
        ("moon moon moon moss iris", "moon", 3, 100),
        ("moon moon moon tiger moss", "tiger", 4, 100),
        ("moon moss moss moon moss", "moss", 5, 80),
        ("moss moon moon moon moon", "moss", 5, 80),
        ("moss lamp moss moss moss", None, 0, 0),
        ("moss moss iris moss moss", None, 0, 0),
        ("lamp lamp lamp lamp lamp", None, 0, 0),
    ],
)
def test_known_lines(symbols: str, pay: str | None, run: int, amount: int) -> None:
    """The highest win counts, of equals the longer; a run starts at the left and does not skip."""
    owner = shipped().machine
    result = LineRules(owner).evaluate(names(owner, symbols))

    assert (result.run, result.amount) == (run, amount)
    assert pay is None or owner.pays[result.pay].name == pay


def test_a_group_pays_less_than_its_members() -> None:
    """Three of one bar pay as such, three of any as the group."""
    owner = machine("classic_sevens")
    rules = LineRules(owner)

    assert rules.evaluate(names(owner, "bar bar bar")).amount == 20
    assert rules.evaluate(names(owner, "bar triple bar")).amount == 5
    assert rules.evaluate(names(owner, "cherry blank cherry")).amount == 2


@pytest.mark.parametrize("owner", MACHINES, ids=lambda owner: owner.name)
def test_reach_is_the_most_that_can_follow(owner: Machine) -> None:
    """What a state says it can still come to is the maximum over all its continuations."""
    rules = LineRules(owner)
    for state, nexts in enumerate(rules.step):
        result = rules.result[state]
        if result is not None:
            assert set(nexts) == {state}
            assert rules.best[state] == result.amount
        else:
            assert rules.best[state] >= max(rules.best[after] for after in nexts)


def test_a_lost_line_stays_lost() -> None:
    """State 0 pays nothing, whatever follows."""
    rules = LineRules(machine("tiny"))

    assert set(rules.step[LOST]) == {LOST}
    assert rules.best[LOST] == 0
