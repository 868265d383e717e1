"""Tests of games.blackjack.finite_shoe: the formula against every round of small shoes."""

from __future__ import annotations

import functools
from collections import defaultdict
from fractions import Fraction

import msgspec
import pytest

from games.blackjack.charts import HITS_SOFT_17, SIX_DECKS, Strategy
from games.blackjack.finite_shoe import (
    chance_of_hands,
    expected_net,
    finite_return,
    shoe_of,
    split_patterns,
)
from games.blackjack.infinite_deck import UNIT, VALUES
from games.blackjack.options import STANDARD, DoubleOn, Natural, Rules
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
    "aces": shoe_by_value(A=5, _9=3, T=4),
}
OTHER_RULES = {
    "no hole card": Rules(peek=False),
    "no hole card, surrender": Rules(peek=False, surrender=True, insurance=False),
    "hits soft 17": Rules(hits_soft_17=True, surrender=True),
    "six to five": Rules(natural=Natural.SIX_TO_FIVE, double_on=DoubleOn.TEN_AND_ELEVEN),
    "aces": Rules(resplit_aces=True, double_after_split=False),
    "aces, three hands": Rules(resplit_aces=True, hit_split_aces=True, maximum_hands=3),
    "aces hit, no hole card": Rules(
        hit_split_aces=True, peek=False, double_on=DoubleOn.NINE_TO_ELEVEN, maximum_hands=2
    ),
    "no split": Rules(maximum_hands=1, surrender=True),
}

Ends = dict[tuple[int, int, int], Fraction]


def every_end(by_face: list[int], rules: Rules, strategy: Strategy) -> Ends:
    """Return the chance of (net, staked, hands) over every round that the live rules can deal."""
    stake = UNIT
    ends: defaultdict[tuple[int, int, int], Fraction] = defaultdict(Fraction)

    def start(draws: Draws) -> State:
        return open_round((stake,), draws, rules, shoe=by_face)

    pending = list(outcomes(start, by_face))
    while pending:
        chance, state = pending.pop()
        if state.finished:
            payout = state.payouts[0]
            assert payout is not None
            staked = state.stakes[0]
            ends[payout - staked, staked // stake, len(state.seats[0].hands)] += chance
            continue
        step = functools.partial(_decide, state, Action(recommend(view_of(state, 0), strategy)))
        for next_chance, after in outcomes(step, state.counts):
            pending.append((chance * next_chance, after))
    return ends


def _decide(state: State, action: Action, draws: Draws) -> State:
    return decide(msgspec.structs.replace(state, draws=draws), action)


def compare(name: str, rules: Rules, strategy: Strategy) -> None:
    """Assert that the formula gives what the live rules do with every order of a small shoe."""
    by_face, by_value = SHOES[name]
    ends = every_end(by_face, rules, strategy)
    assert sum(ends.values()) == 1

    found = [finite_return(up, rules, strategy, by_value) for up in VALUES]
    mean = sum(net * chance for (net, _, _), chance in ends.items()) / UNIT
    assert sum(each.expected_net for each in found) == mean
    hands_chances = chance_of_hands(rules, strategy, by_value)
    for hands, chance in hands_chances.items():
        assert chance == sum(part for (_, _, count), part in ends.items() if count == hands)
    assert {count for _, _, count in ends} <= {1, *hands_chances}
    law: defaultdict[tuple[int, int], Fraction] = defaultdict(Fraction)
    for each in found:
        for result, chance in each.unsplit.items():
            law[result] += chance
    unsplit = {(net, staked): chance for (net, staked, hands), chance in ends.items() if hands == 1}
    assert law == unsplit


@pytest.mark.parametrize("name", ["twos", "soft"])
def test_every_round_of_a_small_shoe(name: str) -> None:
    """The live rules, dealt every possible order of a small shoe, return exactly the formula."""
    compare(name, STANDARD, SIX_DECKS)


@pytest.mark.math
@pytest.mark.parametrize("name", ["eights", "sixes", "nines", "sevens", "aces"])
def test_every_round_of_a_shoe_that_splits_often(name: str) -> None:
    """The same, with more splits and more orders."""
    compare(name, STANDARD, SIX_DECKS)


@pytest.mark.parametrize(
    "rules", ["no hole card, surrender", "hits soft 17", "aces", "aces, three hands"]
)
def test_every_round_under_other_rules(rules: str) -> None:
    """The same under every option, with a chart that surrenders."""
    compare("aces", OTHER_RULES[rules], HITS_SOFT_17)


@pytest.mark.math
@pytest.mark.parametrize("rules", OTHER_RULES)
@pytest.mark.parametrize("name", ["sixes", "soft", "nines", "aces"])
def test_every_round_of_more_shoes_under_other_rules(name: str, rules: str) -> None:
    """The same with other shoes."""
    compare(name, OTHER_RULES[rules], HITS_SOFT_17)


@pytest.mark.math
def test_another_pay_or_split_is_found_out() -> None:
    """The formula of one more hand, or of 6 to 5, is not what the live rules return."""
    by_face, by_value = SHOES["eights"]
    ends = every_end(by_face, STANDARD, SIX_DECKS)
    mean = sum(net * chance for (net, _, _), chance in ends.items()) / UNIT
    for wrong in (Rules(maximum_hands=3), Rules(double_after_split=False)):
        assert expected_net(wrong, SIX_DECKS, by_value) != mean
    by_face, by_value = SHOES["soft"]
    ends = every_end(by_face, STANDARD, SIX_DECKS)
    mean = sum(net * chance for (net, _, _), chance in ends.items()) / UNIT
    assert expected_net(Rules(natural=Natural.SIX_TO_FIVE), SIX_DECKS, by_value) != mean


def test_a_full_shoe_has_its_cards() -> None:
    """Six decks are 312 cards, 96 of them tens; an infinite deck has no shoe."""
    assert shoe_of(STANDARD) == (*[24] * 9, 96)
    with pytest.raises(ValueError, match="infinite"):
        shoe_of(Rules(decks=None))


@pytest.mark.parametrize(("rules", "most"), [(STANDARD, 4), (Rules(maximum_hands=3), 3)])
def test_split_patterns_are_all_courses(rules: Rules, most: int) -> None:
    """With a half chance to pair, the courses' chances add up to one."""
    total = Fraction(0)
    for extra, settled, _ in split_patterns(8, rules):
        total += Fraction(1, 2) ** (extra + settled)

    assert total == 1
    assert max(extra + 2 for extra, _, _ in split_patterns(8, rules)) == most
    assert list(split_patterns(1, rules)) == [(0, 0, 2)]
