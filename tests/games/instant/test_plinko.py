"""Tests of games.instant.plinko."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from hashlib import sha256
from math import comb

import pytest

from games.chips import Chip, Chips
from games.entropy import Draws
from games.instant import Plinko
from games.instant.plinko import TABLES, PlinkoView, row_of_slots, scaled, table_return
from tests.games.instant import stranger
from tests.games.instant.play import STAKE, follows_its_law, misfit
from tests.games.scripts import Script

GAME = Plinko()
PUBLISHED = {
    "plinko-8-low": ("5.6 2.1 1.1 1 .5", "98.984375"),
    "plinko-8-medium": ("13 3 1.3 .7 .4", "98.90625"),
    "plinko-8-high": ("29 4 1.5 .3 .2", "99.0625"),
    "plinko-16-low": ("16 9 2 1.4 1.4 1.2 1.1 1 .5", "98.99871826171875"),
    "plinko-16-medium": ("110 41 10 5 3 1.5 1 .5 .3", "98.98834228515625"),
    "plinko-16-high": ("1000 130 26 9 4 2 .2 .2 .2", "98.9764404296875"),
}
"""Multipliers from the edge to the centre, and exact returns in per cent, as published."""
OWN = {
    "plinko-12-low": ("11 3.5 1.5 1.4 1.1 1 .5", "98.9990234375"),
    "plinko-12-medium": ("40 9 3.5 2 1.2 .6 .3", "98.96484375"),
    "plinko-12-high": ("150 24 7 2.5 .5 .3 .2", "98.9990234375"),
}
VECTORS = ((0, "RRRRRRLLRRLRLRLR"), (1, "RRLRLLRRLLRRLLLL"), (2, "LLRRRLLLLLLLRLLL"))
"""Number of the seed, SHA-256 of `vector N`, and the ball's way."""


def drop(ball: int, *names: str, stake: int = 100) -> PlinkoView:
    """Play a round with a given draw."""
    bets = Chips(tuple(Chip(name, stake) for name in names))
    return GAME.view(GAME.open([bets], Script([ball])), 0)


@pytest.mark.parametrize("bet", [*PUBLISHED, *OWN])
def test_tables_and_exact_returns(bet: str) -> None:
    """Every multiplier and every return are the published ones, and those of 12 rows as stated."""
    half, value = (PUBLISHED | OWN)[bet]
    slots = GAME.slots[bet]
    multipliers = [Fraction(text) for text in half.split()]

    assert [Fraction(each, 100) for each in slots] == multipliers + multipliers[-2::-1]
    assert GAME.bet_return(bet).expected == Fraction(value) / 100
    assert GAME.return_at(bet, 100) == Fraction(value) / 100
    assert f"returns {value[:6]}" in GAME.help


def test_every_board_is_offered() -> None:
    """8, 12 and 16 rows at three risks; a riskier board has a greater variance."""
    assert set(GAME.slots) == {*PUBLISHED, *OWN}
    for rows in (8, 12, 16):
        spread = [
            GAME.bet_return(f"plinko-{rows}-{risk}").variance or 0
            for risk in ("low", "medium", "high")
        ]
        assert spread == sorted(set(spread))
    for bet in ("plinko-9-low", "plinko-16-extreme", "plinko-016-low", "plinko", ""):
        assert not GAME.knows(bet)


@pytest.mark.parametrize("bet", [*PUBLISHED, *OWN])
def test_every_way_of_the_ball(bet: str) -> None:
    """All 65,536 draws are played: each slot comes as often as its binomial says."""
    rows = int(bet.split("-")[1])
    expected: Counter[int] = Counter()
    for slot, each in enumerate(GAME.slots[bet]):
        expected[each] += comb(rows, slot) << (16 - rows)

    assert Counter(GAME.multiplier(bet, ball) for ball in range(65_536)) == expected


def test_bets_of_a_round_follow_one_ball() -> None:
    """The first bit is the first row; fewer rows take the first bits."""
    names = ("plinko-16-high", "plinko-8-high", "plinko-12-low")
    view = drop(0b1111_1111_0000_0000, *names)

    assert view.path == "RRRRRRRRLLLLLLLL"
    assert [win.multiplier for win in view.wins] == ["0.20", "29.00", "1.10"]
    assert (view.payout, view.summary) == (20 + 2_900 + 110, "0.20x, 29.00x, 1.10x")
    assert drop(0b1111_1111_0000_0000, "plinko-8-high").path == "RRRRRRRR"
    assert drop(65_535, "plinko-16-high").payout == 100 * GAME.maximum_payout_factor
    assert drop(0, "plinko-16-high").payout == 100 * GAME.maximum_payout_factor


@pytest.mark.parametrize("value", [Fraction(9, 10), Fraction(97, 100), Fraction(1)], ids=str)
def test_other_returns(value: Fraction) -> None:
    """Scaled tables return no more than they are made for, and at most 1 % less."""
    game = Plinko(value)
    for bet in game.slots:
        expected = game.bet_return(bet).expected
        assert expected is not None
        assert value - Fraction(1, 100) < expected <= value, bet
        assert game.slots[bet] == game.slots[bet][::-1]


def test_scaling_rounds_every_multiplier_down() -> None:
    """For 100 % the board of 8 rows and high risk, above 99 %, is scaled by less than 100/99."""
    slots = row_of_slots(TABLES[8, "high"])
    factor = 1 / table_return(slots)

    assert table_return(slots) == Fraction(990_625, 1_000_000)
    assert scaled(slots, Fraction(1)) == tuple(int(each * factor) for each in slots)
    assert scaled(slots, Fraction(99, 100)) == slots


def test_vectors_and_a_stranger() -> None:
    """Known seeds give what they must, and the page on fairness is enough for any other."""
    bet = [GAME.sample("plinko-16-low", 100)]
    for number, expected in VECTORS:
        draws = Draws(sha256(f"vector {number}".encode()).digest(), (stranger.CLIENT_SEED,))
        assert GAME.view(GAME.open(bet, draws), 0).path == expected
    for rows in (8, 12, 16):
        bet = [GAME.sample(f"plinko-{rows}-low", 100)]
        for number in range(200):
            seed = sha256(f"plinko {number}".encode()).digest()
            view = GAME.view(GAME.open(bet, Draws(seed, (b"me",))), 0)
            assert view.path == stranger.path(stranger.Stream(seed, b"me"), rows)
            slots = GAME.slots[f"plinko-{rows}-low"]
            assert view.payout == slots[view.path.count("R")]


@pytest.mark.parametrize("bet", ["plinko-8-high", "plinko-12-medium", "plinko-16-low"])
def test_rounds_follow_the_law(bet: str) -> None:
    """Live rounds keep |z| at 4 or less and pass chi-square (A12)."""
    assert follows_its_law(GAME, GAME.bet_return(bet), 10_000)


def test_a_wrong_multiplier_is_seen() -> None:
    """One wrong cell changes the exact return, and a payout that the law does not know fails."""
    wrong = list(row_of_slots(TABLES[16, "high"]))
    wrong[8] += 1

    assert table_return(tuple(wrong)) != Fraction(PUBLISHED["plinko-16-high"][1]) / 100
    assert misfit(GAME.bet_return("plinko-16-high"), Counter({STAKE * 21 // 100: 1})) > 1
