"""Tests of games.blackjack.mathematics: the published return, and play that agrees with it."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from games.blackjack import Blackjack, BlackjackBets, BlackjackDecision
from games.blackjack.finite_shoe import chance_of_hands, expected_net, expected_net_against
from games.blackjack.hands import HandStatus
from games.blackjack.mathematics import EDGE, PUBLISHED, bet_returns
from games.blackjack.rules import Action
from games.blackjack.strategy import play, recommend
from tests.games.scripts import seeded

ROUNDS = 100_000


def test_the_published_return_is_what_the_computation_gives() -> None:
    """The fraction in the description is the exact one for six decks and basic strategy."""
    assert expected_net() == -EDGE
    assert Fraction(PUBLISHED.exact or "") == 1 - EDGE
    assert PUBLISHED.decimal.startswith("0.995940775823")


def test_a_published_edge_is_met_by_its_strategy() -> None:
    """Hitting soft 13 against a five gives the 0.4062 % that is published for these rules."""

    def hits(total: int, soft: bool, up: int, pair: int, may_double: bool, may_split: bool) -> str:
        action = play(total, soft, up, pair, may_double, may_split)
        return "hit" if action == "double" and soft and total == 13 else action

    cost = expected_net_against(5) - expected_net_against(5, strategy=hits)

    assert round((EDGE + cost) * 100, 4) == Fraction("0.4062")


def test_the_bets_are_exact() -> None:
    """The main bet and insurance are published, insurance with its exact edge of 23/311."""
    main, insurance = bet_returns()

    assert (main.bet, main.expected) == ("main", 1 - EDGE)
    assert insurance.expected is not None
    assert 1 - insurance.expected == Fraction(23, 311)
    assert insurance.hit_frequency == Fraction(96, 311)
    assert insurance.variance == 9 * Fraction(96, 311) * Fraction(215, 311)


def test_play_agrees_with_the_mathematics() -> None:
    """Rounds of the live game and strategy come within 3.5 standard errors of every figure."""
    game = Blackjack()
    bets = [BlackjackBets(2)]
    decisions = {action.value: BlackjackDecision(action) for action in Action}
    total = squares = naturals = 0
    hands = dict.fromkeys(range(1, 5), 0)
    for draws in seeded("blackjack", ROUNDS):
        state = game.open(bets, draws)
        while not state.finished:
            decision = decisions[recommend(game.view(state, 0))]
            game.price(state, 0, decision)
            state = game.decide(state, 0, decision)
        net = (state.payouts[0] or 0) - state.stakes[0]
        total += net
        squares += net * net
        first = state.seats[0].hands
        hands[len(first)] += 1
        natural = len(first) == 1 and len(first[0].cards) == 2 and first[0].total == 21
        naturals += natural and first[0].status in (HandStatus.BLACKJACK, HandStatus.PUSH)

    mean = total / ROUNDS
    deviation = math.sqrt(squares / ROUNDS - mean * mean)
    assert abs(mean + 2 * float(EDGE)) <= 3.5 * deviation / math.sqrt(ROUNDS)
    assert deviation / 2 == pytest.approx(1.154, abs=0.02)
    for count, chance in ((naturals, Fraction(192, 4043)), *_split_counts(hands)):
        expected = ROUNDS * float(chance)
        assert abs(count - expected) <= 3.5 * math.sqrt(expected * (1 - float(chance)))


def _split_counts(hands: dict[int, int]) -> list[tuple[int, Fraction]]:
    return [(hands[number], chance) for number, chance in chance_of_hands().items()]
