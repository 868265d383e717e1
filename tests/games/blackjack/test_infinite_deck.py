"""Tests of games.blackjack.infinite_deck against published figures."""

from __future__ import annotations

from fractions import Fraction

import pytest

from games.blackjack import infinite_deck
from games.blackjack.hands import dealer_draws
from games.blackjack.infinite_deck import (
    CHANCE,
    VALUES,
    Optimal,
    chance_of_dealer_natural,
    dealer_totals,
    distribution,
    mean,
    of,
    optimal_edge,
    variance,
)
from games.blackjack.strategy import play


def hits_soft_17(total: int, soft: bool) -> bool:
    """Be a dealer of other rules."""
    return total < 17 or (total == 17 and soft)


def best_with_an_infinite_deck(
    total: int, soft: bool, up: int, pair: int, may_double: bool, may_split: bool
) -> str:
    """Play the table but for its two cells that are right with six decks only."""
    action = play(total, soft, up, pair, may_double, may_split)
    return "hit" if action == "double" and soft and (total, up) in {(13, 5), (15, 4)} else action


def test_chances_add_up() -> None:
    """Cards, dealer's totals and results are distributions."""
    assert sum(CHANCE.values()) == 1
    for up in VALUES:
        assert sum(dealer_totals(up).values()) == 1
        assert dealer_totals(up).keys() <= set(range(17, 23))


def test_the_edge_of_best_play_is_the_published_one() -> None:
    """0.511733637 % per initial stake."""
    assert round(optimal_edge() * 100, 9) == Fraction("0.511733637")


def test_the_table_with_its_close_cells_is_the_best_play() -> None:
    """Two ways of computing give the same fraction, and the published variance."""
    spread = distribution(strategy=best_with_an_infinite_deck)

    assert sum(spread.values()) == 1
    assert mean(spread) == -optimal_edge()
    assert round(variance(spread), 12) == Fraction("1.331142820305")
    assert min(spread) == -8
    assert max(spread) == 8


def test_another_dealers_rule_shows() -> None:
    """A dealer who hits soft 17 takes 0.2 % of a stake more."""
    other = optimal_edge(hits_soft_17)

    assert optimal_edge(dealer_draws) == optimal_edge()
    assert Fraction("0.0021") < other - optimal_edge() < Fraction("0.0023")


def test_another_payout_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A blackjack at 6 to 5 costs three tenths of a stake each time the dealer has none."""
    chance = sum(
        CHANCE[up] * (1 - chance_of_dealer_natural(up)) * 2 * CHANCE[1] * CHANCE[10]
        for up in VALUES
    )
    fair = optimal_edge()
    net = infinite_deck.net

    def short_net(total: int, dealer: int, *, natural: bool = False) -> Fraction:
        return Fraction(6, 5) if natural else net(total, dealer)

    monkeypatch.setattr(infinite_deck, "net", short_net)

    assert optimal_edge() - fair == chance * Fraction(3, 10)


@pytest.mark.parametrize(
    ("up", "bust"),
    [(2, 35.36), (3, 37.39), (4, 39.45), (5, 41.64), (6, 42.32), (7, 26.23), (8, 24.47)],
)
def test_the_dealer_busts_as_published(up: int, bust: float) -> None:
    """The chance that the dealer busts, in percent, is the well-known one."""
    assert float(dealer_totals(up)[22]) * 100 == pytest.approx(bust, abs=0.006)


def test_splitting_eights_against_a_ten_loses_less() -> None:
    """The famous close call: about 48 against 54 cents on the dollar."""
    optimal = Optimal(10)

    assert optimal.two_cards(of(8, 8)) < optimal.split(8) < 0
