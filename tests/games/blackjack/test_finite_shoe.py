"""Tests of games.blackjack.finite_shoe: the formula against every round of small shoes."""

from __future__ import annotations

import functools
from collections import defaultdict
from fractions import Fraction

import msgspec
import pytest

from games.blackjack.finite_shoe import SIX_DECKS, chance_of_hands, expected_net, split_patterns
from games.blackjack.rules import Action, State, decide, open_round
from games.blackjack.strategy import recommend
from games.blackjack.view import view_of
from games.entropy import Draws
from tests.games.blackjack.stacked import outcomes, shoe_by_value

SHOES = {
    "eights": shoe_by_value(_8=6, _3=3, T=7),
    "sixes": shoe_by_value(A=6, _6=5, T=8),
    "nines": shoe_by_value(_9=7, _2=4, T=7),
    "sevens": shoe_by_value(A=3, _7=7, T=7),
    "twos": shoe_by_value(_2=5, _9=3, T=8),
    "soft": shoe_by_value(A=4, _6=3, _5=3, T=7),
}


def every_end(by_face: list[int]) -> dict[tuple[int, int], Fraction]:
    """Return the chance of (net result, hands) over every round that the live rules can deal."""
    ends: defaultdict[tuple[int, int], Fraction] = defaultdict(Fraction)
    pending = list(outcomes(lambda draws: open_round((2,), draws, by_face), by_face))
    while pending:
        chance, state = pending.pop()
        if state.finished:
            payout = state.payouts[0]
            assert payout is not None
            ends[payout - state.stakes[0], len(state.seats[0].hands)] += chance
            continue
        step = functools.partial(_decide, state, Action(recommend(view_of(state, 0))))
        for next_chance, after in outcomes(step, state.counts):
            pending.append((chance * next_chance, after))
    return ends


def _decide(state: State, action: Action, draws: Draws) -> State:
    return decide(msgspec.structs.replace(state, draws=draws), action)


@pytest.mark.parametrize("name", SHOES)
def test_every_round_of_a_small_shoe(name: str) -> None:
    """The live rules, dealt every possible order of a small shoe, return exactly the formula."""
    by_face, by_value = SHOES[name]
    ends = every_end(by_face)

    assert sum(ends.values()) == 1
    assert expected_net(by_value) == sum(net * chance for (net, _), chance in ends.items()) / 2
    for hands, chance in chance_of_hands(by_value).items():
        assert chance == sum(part for (_, count), part in ends.items() if count == hands)


def test_a_full_shoe_has_its_cards() -> None:
    """Six decks are 312 cards, 96 of them tens."""
    assert (*[24] * 9, 96) == SIX_DECKS


def test_split_patterns_are_all_courses() -> None:
    """With a half chance to pair, the courses' chances add up to one."""
    total = Fraction(0)
    for extra, settled, _ in split_patterns():
        total += Fraction(1, 2) ** (extra + settled)

    assert total == 1
    assert max(extra + 2 for extra, _, _ in split_patterns()) == 4
