"""Tests of games.blackjack.mathematics: the published returns, and play that agrees with them."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from games.blackjack import Blackjack, blackjack_games
from games.blackjack.charts import HITS_SOFT_17, SIX_DECKS, SURRENDER, Strategy
from games.blackjack.finite_shoe import chance_of_hands, expected_net, finite_return
from games.blackjack.hands import HandStatus
from games.blackjack.mathematics import (
    INFINITE_EDGES,
    bet_returns,
    edge,
    infinite_edge,
    published_return,
)
from games.blackjack.options import Rules
from games.blackjack.variants import BLACKJACK, INFINITE, SINGLE_DECK, VARIANTS, Variant
from games.game import BetReturn
from tests.games.scripts import chi_square, chi_square_limit, seeded

ROUNDS = 60_000
every_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)


def main_bet(variant: Variant) -> BetReturn:
    """Return the mathematics of the bet on the hand."""
    return bet_returns(variant)[0]


def moments(bet: BetReturn) -> tuple[Fraction, Fraction]:
    """Return mean and variance of a bet's law."""
    assert bet.law is not None
    mean = sum((net * chance for net, chance in bet.law), Fraction(0))
    return mean, sum((net * net * chance for net, chance in bet.law), Fraction(0)) - mean**2


@pytest.mark.math
def test_the_published_return_is_what_the_computation_gives() -> None:
    """The fraction in the description is the exact one for six decks and basic strategy."""
    assert expected_net() == -edge(BLACKJACK)
    assert Fraction(published_return(BLACKJACK).exact or "") == 1 - edge(BLACKJACK)
    assert published_return(BLACKJACK).decimal.startswith("0.995940775823")


def test_a_published_edge_is_met_by_its_strategy() -> None:
    """Hitting soft 13 against a five gives the 0.4062 % that is published for these rules."""
    soft = list(SIX_DECKS.soft)
    soft[1] = "HHHHDHHHHH"
    hits = Strategy(SIX_DECKS.hard, tuple(soft), SIX_DECKS.pairs)
    cost = finite_return(5).expected_net - finite_return(5, strategy=hits).expected_net

    assert round((edge(BLACKJACK) + cost) * 100, 4) == Fraction("0.4062")


PUBLISHED = [
    (Rules(surrender=True), SURRENDER, "0.3336"),
    (Rules(surrender=True, hits_soft_17=True), HITS_SOFT_17, "0.5305"),
    (Rules(surrender=True, decks=8), SURRENDER, "0.3571"),
]
"""Percent of a stake, published for basic strategy."""


@pytest.mark.math
@pytest.mark.parametrize(("rules", "chart", "percent"), PUBLISHED)
def test_published_edges_are_met(rules: Rules, chart: Strategy, percent: str) -> None:
    """The exact edges lie below the published ones, by less than 0.0007 % of a stake."""
    exact = -expected_net(rules, chart) * 100

    assert 0 < Fraction(percent) - exact < Fraction("0.0007")


@pytest.mark.math
def test_a_published_simulation_is_met() -> None:
    """8 x 10^9 rounds were played at 0.3333 +- 0.0013 % with six decks and surrender."""
    exact = -expected_net(Rules(surrender=True), SURRENDER) * 100

    assert abs(exact - Fraction("0.3333")) < Fraction("0.0013")
    assert round(exact, 4) == Fraction("0.3332")


@pytest.mark.parametrize(
    ("name", "percent"),
    [
        ("blackjack", "0.405922"),
        ("blackjack-h17", "0.529847"),
        ("blackjack-surrender", "0.356542"),
        ("blackjack-infinite", "0.511734"),
        ("blackjack-european", "0.664771"),
        ("blackjack-single-deck", "1.583249"),
        ("blackjack-side-bets", "0.405922"),
    ],
)
def test_every_edge(name: str, percent: str) -> None:
    """The house edge of each registered game, in percent of the first stake."""
    variant = next(each for each in VARIANTS if each.name == name)

    assert round(edge(variant) * 100, 6) == Fraction(percent)
    assert Fraction(published_return(variant).exact or "") == 1 - edge(variant)


@every_variant
def test_laws_add_up(variant: Variant) -> None:
    """Each law is a distribution with the bet's exact mean and its variance."""
    for bet in bet_returns(variant):
        assert bet.law is not None
        assert bet.expected is not None
        mean, variance = moments(bet)
        assert sum(chance for _, chance in bet.law) == 1
        assert all(chance > 0 for _, chance in bet.law)
        assert [net for net, _ in bet.law] == sorted({net for net, _ in bet.law})
        assert mean == bet.expected - 1
        assert variance == bet.variance
        assert bet.hit_frequency is not None
        assert 0 < bet.hit_frequency < 1
        assert bet.highest_award_probability


@pytest.mark.parametrize(
    ("variant", "highest", "natural"),
    [
        (BLACKJACK, 16, Fraction(3, 2)),
        (INFINITE, 16, Fraction(3, 2)),
        (SINGLE_DECK, 8, Fraction(6, 5)),
    ],
)
def test_the_ends_of_the_law(variant: Variant, highest: int, natural: Fraction) -> None:
    """Four doubled hands win eight stakes and pay sixteen; a blackjack stands by itself."""
    bet = main_bet(variant)
    law = dict(bet.law or ())

    assert bet.highest_award == highest
    assert max(law) == -min(law) == highest // 2
    assert natural in law
    assert law[Fraction(highest // 2)] == pytest.approx(
        float(bet.highest_award_probability or 0), rel=1e-9
    )


def test_the_infinite_deck_is_exact() -> None:
    """Published edge and variance, to every digit."""
    bet = main_bet(INFINITE)

    assert round((1 - (bet.expected or 0)) * 100, 9) == Fraction("0.511733637")
    assert round(bet.variance or 0, 12) == Fraction("1.331142820305")
    assert infinite_edge(INFINITE) == INFINITE_EDGES[INFINITE.name] == edge(INFINITE)


def test_insurance_is_exact() -> None:
    """With six decks the edge is 23/311, with an infinite deck 1/13."""
    insurance = bet_returns(BLACKJACK)[1]
    assert insurance.expected is not None
    assert 1 - insurance.expected == Fraction(23, 311)
    assert insurance.hit_frequency == Fraction(96, 311)
    assert insurance.variance == 9 * Fraction(96, 311) * Fraction(215, 311)
    assert 1 - (bet_returns(INFINITE)[1].expected or 0) == Fraction(1, 13)


class Played:
    """Results of live rounds under basic strategy, with the game's own functions."""

    def __init__(self, game: Any, rounds: int) -> None:
        bets = game.sample("main", 10)
        self.nets: Counter[int] = Counter()
        self.hands: Counter[int] = Counter()
        self.hits = self.naturals = 0
        for draws in seeded(game.name, rounds):
            state = game.open([bets], draws)
            while not state.finished:
                decision = game.advise(game.view(state, 0))
                game.price(state, 0, decision)
                state = game.decide(state, 0, decision)
            self.nets[state.payouts[0] - state.stakes[0]] += 1
            self.hits += state.payouts[0] > 0
            first = state.seats[0].hands
            self.hands[len(first)] += 1
            natural = len(first) == 1 and len(first[0].cards) == 2 and first[0].total == 21
            self.naturals += natural and first[0].status in (
                HandStatus.BLACKJACK,
                HandStatus.PUSH,
            )


def check(played: Played, bet: BetReturn, rounds: int) -> None:
    """Assert mean, hit frequency, and the whole law by chi-square, tails too, within |z| of 4."""
    assert bet.law is not None
    assert bet.hit_frequency is not None
    mean, variance = moments(bet)
    total = sum(net * count for net, count in played.nets.items()) / 10
    assert abs(total - rounds * float(mean)) <= 4 * math.sqrt(rounds * float(variance))
    hit = float(bet.hit_frequency)
    assert abs(played.hits - rounds * hit) <= 4 * math.sqrt(rounds * hit * (1 - hit))
    # The rare results of each end are one cell each.
    expected = {int(net * 10): rounds * float(chance) for net, chance in bet.law}
    assert played.nets.keys() <= expected.keys()
    cells: dict[int, tuple[int, float]] = {}
    low = min(net for net, count in expected.items() if count >= 10)
    high = max(net for net, count in expected.items() if count >= 10)
    for net, count in expected.items():
        cell = min(max(net, low), high)
        seen, mean_count = cells.get(cell, (0, 0.0))
        cells[cell] = (seen + played.nets[net], mean_count + count)
    statistic = chi_square([seen for seen, _ in cells.values()], [c for _, c in cells.values()])
    assert statistic <= chi_square_limit(len(cells) - 1)


def test_play_agrees_with_the_mathematics() -> None:
    """Rounds of the live game and strategy agree with every figure."""
    game = blackjack_games()[0]
    played = Played(game, ROUNDS)

    check(played, main_bet(BLACKJACK), ROUNDS)
    check_count(played.naturals, Fraction(192, 4043), ROUNDS)
    for number, chance in chance_of_hands().items():
        check_count(played.hands[number], chance, ROUNDS)


def check_count(count: int, chance: Fraction, rounds: int) -> None:
    """Assert that so many of the rounds are within |z| of 4."""
    expected = rounds * float(chance)
    assert abs(count - expected) <= 4 * math.sqrt(expected * (1 - float(chance)))


def test_a_resplit_too_few_is_found_out() -> None:
    """A game that splits to three hands where four are promised does not pass."""
    wrong = msgspec.structs.replace(BLACKJACK, rules=Rules(maximum_hands=3))
    played = Played(Blackjack(wrong), ROUNDS)

    with pytest.raises(AssertionError):
        check_count(played.hands[4], chance_of_hands()[4], ROUNDS)


@pytest.mark.parametrize("game", blackjack_games()[1:], ids=lambda game: game.name)
def test_every_variant_plays_as_computed(game: Any) -> None:
    """A few thousand rounds of each other game agree with its law."""
    check(Played(game, 10_000), main_bet(game.variant), 10_000)


@pytest.mark.math
@pytest.mark.parametrize("game", blackjack_games(), ids=lambda game: game.name)
def test_every_variant_plays_as_computed_at_length(game: Any) -> None:
    """The same over more rounds, which reach the tails of the law."""
    check(Played(game, 150_000), main_bet(game.variant), 150_000)


def test_a_wrong_law_is_found_out() -> None:
    """Rounds with surrender do not fit the law of those without, nor 6 to 5 that of 3 to 2."""
    by_name = {game.name: game for game in blackjack_games()}
    for name, rounds in (
        ("blackjack-surrender", 1_000),
        ("blackjack-single-deck", 1_000),
        ("blackjack-european", 15_000),
    ):
        played = Played(by_name[name], rounds)
        with pytest.raises(AssertionError):
            check(played, main_bet(BLACKJACK), rounds)
