"""Tests of games.blackjack.infinite_deck against published figures."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction
from hashlib import sha256

import msgspec
import pytest

from games.analysis.blackjack import best_chart
from games.blackjack import infinite_deck
from games.blackjack.charts import INFINITE, SIX_DECKS
from games.blackjack.infinite_deck import (
    CHANCE,
    DEALER_NATURAL,
    UNIT,
    VALUES,
    Course,
    Optimal,
    chance_of_dealer_natural,
    dealer_totals,
    hit_frequency,
    law,
    mean,
    of,
    optimal_edge,
    variance,
)
from games.blackjack.options import DoubleOn, Natural, Rules

PLAIN = Rules(decks=None)
PUBLISHED_EDGE = Fraction("0.511733637")
PUBLISHED_VARIANCE = Fraction("1.331142820305")


def test_chances_add_up() -> None:
    """Cards, dealer's totals and results are distributions."""
    assert sum(CHANCE.values()) == 1
    for up in VALUES:
        assert sum(dealer_totals(up).values()) == 1
        assert dealer_totals(up).keys() <= set(range(17, 23))


def test_the_edge_of_best_play_is_the_published_one() -> None:
    """0.511733637 % per initial stake."""
    assert round(optimal_edge(PLAIN) * 100, 9) == PUBLISHED_EDGE


def test_the_whole_law_of_best_play() -> None:
    """Two ways of computing give the same fraction; the law gives the published variance."""
    found = law(PLAIN, INFINITE)

    assert sum(found.values()) == 1
    assert mean(found) == -optimal_edge(PLAIN)
    assert round(Fraction(variance(found)), 12) == PUBLISHED_VARIANCE
    assert {won for won, _ in found} == {*range(-80, 90, 10), 15}
    assert max(staked for _, staked in found) == 8
    lost = sum(chance for (won, staked), chance in found.items() if won == -UNIT * staked)
    assert hit_frequency(found) == 1 - lost
    # A blackjack comes in two orders of ace and ten, and wins unless the dealer has one.
    natural = sum(
        CHANCE[up] * 2 * CHANCE[1] * CHANCE[10] * (1 - chance_of_dealer_natural(up))
        for up in VALUES
    )
    assert found[15, 1] == natural


@pytest.mark.math
def test_the_chart_for_six_decks_costs_a_little() -> None:
    """Its two close cells lose with an infinite deck, less than 0.001 % of a stake."""
    cost = -mean(law(PLAIN, SIX_DECKS)) - optimal_edge(PLAIN)

    assert 0 < cost < Fraction(1, 100_000)


def _random_rules(number: int) -> Rules:
    seed = f"infinite rules {number}"
    print(seed)  # noqa: T201 - a failing test shows it
    chance = random.Random(int.from_bytes(sha256(seed.encode()).digest()))
    flag = [chance.random() < 0.5 for _ in range(6)]
    return Rules(
        decks=None,
        hits_soft_17=flag[0],
        peek=flag[1],
        double_after_split=flag[2],
        resplit_aces=flag[3],
        hit_split_aces=flag[4],
        surrender=flag[5],
        natural=chance.choice(list(Natural)),
        double_on=chance.choice(list(DoubleOn)),
        maximum_hands=chance.randint(1, 4),
    )


@pytest.mark.parametrize("number", range(1))
def test_best_play_and_its_law_agree_under_any_rules(number: int) -> None:
    """The law of the best chart has the mean of the best play, whatever the rules."""
    rules = _random_rules(number)
    found = law(rules, best_chart(rules))

    assert sum(found.values()) == 1
    assert mean(found) == -optimal_edge(rules)


@pytest.mark.math
@pytest.mark.parametrize("number", range(1, 21))
def test_best_play_and_its_law_agree_under_many_rules(number: int) -> None:
    """The same for twenty more sets of rules."""
    test_best_play_and_its_law_agree_under_any_rules(number)


@pytest.mark.math
def test_each_option_moves_the_edge_as_known() -> None:
    """What the options are worth, in percent of a stake, is near the well-known figures."""
    plain = optimal_edge(PLAIN)
    worth = {  # in percent
        Rules(decks=None, hits_soft_17=True): 0.22,
        Rules(decks=None, peek=False): 0.11,
        Rules(decks=None, double_after_split=False): 0.14,
        Rules(decks=None, maximum_hands=2): 0.04,
        Rules(decks=None, resplit_aces=True): -0.08,
        Rules(decks=None, hit_split_aces=True): -0.19,
        Rules(decks=None, surrender=True): -0.08,
        Rules(decks=None, double_on=DoubleOn.NINE_TO_ELEVEN): 0.09,
        Rules(decks=None, double_on=DoubleOn.TEN_AND_ELEVEN): 0.18,
    }
    for rules, percent in worth.items():
        assert float(optimal_edge(rules) - plain) * 100 == pytest.approx(percent, abs=0.02), rules


def test_another_payout_shows() -> None:
    """A blackjack at 6 to 5 costs three tenths of a stake each time the dealer has none."""
    chance = sum(
        CHANCE[up] * (1 - chance_of_dealer_natural(up)) * 2 * CHANCE[1] * CHANCE[10]
        for up in VALUES
    )
    short = optimal_edge(Rules(decks=None, natural=Natural.SIX_TO_FIVE))

    assert short - optimal_edge(PLAIN) == chance * Fraction(3, 10)


@pytest.mark.parametrize(("total", "dealer"), [(20, 20)])
def test_one_wrong_pay_is_found_out(
    total: int, dealer: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If one cell of the payouts is wrong, the published edge and variance are missed."""
    right = infinite_deck.net

    def wrong(one: int, other: int, *, natural: bool = False, **pays: Natural) -> int:
        won = right(one, other, natural=natural, **pays)
        return won + 1 if (one, other) == (total, dealer) else won

    monkeypatch.setattr(infinite_deck, "net", wrong)

    assert round(optimal_edge(PLAIN) * 100, 9) != PUBLISHED_EDGE
    assert round(Fraction(variance(law(PLAIN, INFINITE))), 12) != PUBLISHED_VARIANCE


def test_a_resplit_too_many_is_found_out() -> None:
    """A fifth hand, or only three, misses the published edge, and three show in the tail."""
    five, three = Rules(decks=None), Rules(decks=None, maximum_hands=3)
    msgspec.structs.force_setattr(five, "maximum_hands", 5)

    for wrong in (five, three):
        assert round(optimal_edge(wrong) * 100, 9) != PUBLISHED_EDGE
    assert max(staked for _, staked in law(three, INFINITE)) == 6


@pytest.mark.parametrize(
    ("up", "bust"),
    [(2, 35.36), (3, 37.39), (4, 39.45), (5, 41.64), (6, 42.32), (7, 26.23), (8, 24.47)],
)
def test_the_dealer_busts_as_published(up: int, bust: float) -> None:
    """The chance that the dealer busts, in percent, is the well-known one."""
    assert float(dealer_totals(up)[22]) * 100 == pytest.approx(bust, abs=0.006)


def test_the_dealers_blackjack_is_a_total_without_a_hole_card() -> None:
    """Found after the players, it has the chance of the second card."""
    totals = dealer_totals(1, Rules(peek=False))

    assert totals[DEALER_NATURAL] == Fraction(4, 13)
    assert sum(totals.values()) == 1
    peeked = dealer_totals(1)
    for total in range(17, 23):
        assert totals[total] == peeked[total] * Fraction(9, 13)


def test_splitting_eights_against_a_ten_loses_less() -> None:
    """The famous close call: about 48 against 54 cents on the dollar."""
    optimal = Optimal(10)

    assert optimal.two_cards(of(8, 8)) < optimal.split(8) < 0


def test_hands_of_a_split_are_those_of_the_chart() -> None:
    """Half a pair of aces is one card; half of another pair is played on."""
    course = Course(6, PLAIN, INFINITE)

    assert course.half(1, 5) == {(16, 1): 1}
    assert set(itertools.chain(*course.half(8, 3))) >= {2, 21}
    assert all(stakes == 2 for _, stakes in course.half(8, 3))
