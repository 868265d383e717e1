"""Tests of games.instant.dice."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from hashlib import sha256

import pytest

from games.chips import Chip, Chips
from games.entropy import Draws
from games.instant import Dice
from games.instant.dice import DiceView
from games.instant.rounding import STAKES, percent
from tests.games.instant import stranger
from tests.games.instant.play import deviation, follows_its_law, payouts
from tests.games.scripts import Script, chi_square, chi_square_limit, seeded

GAME = Dice()
VECTORS = (*((0, "96.69"), (1, "67.52"), (2, "92.40"), (3, "33.84"), (4, "65.60"), (5, "13.80")),)
"""Number of the seed, SHA-256 of `vector N`, and the roll."""


def roll(number: int, *names: str, stake: int = 100) -> DiceView:
    """Roll a given number, in hundredths."""
    bets = Chips(tuple(Chip(name, stake) for name in names))
    return GAME.view(GAME.open([bets], Script([number])), 0)


def test_over_and_under_lose_on_the_number_itself() -> None:
    """`over-50.00` wins from 50.01 on, `under-49.50` up to 49.49."""
    names = ("over-50.00", "under-49.50", "under-50.00")

    assert [win.bet for win in roll(5_000, *names).wins] == []
    assert [win.bet for win in roll(5_001, *names).wins] == ["over-50.00"]
    assert [win.bet for win in roll(4_950, *names).wins] == ["under-50.00"]
    assert [win.bet for win in roll(4_949, *names).wins] == ["under-49.50", "under-50.00"]
    assert roll(705, "under-49.50").summary == "Rolled 7.05"
    assert roll(5_001, "over-50.00").wins[0].multiplier == "1.9803"


@pytest.mark.parametrize(
    ("bet", "count"),
    [
        ("over-50.00", 4_999),
        ("under-49.50", 4_950),
        ("under-0.01", 1),
        ("over-99.98", 1),
        ("under-98.01", 9_801),
        ("over-1.98", 9_801),
        ("under-97.06", 9_706),
    ],
)
def test_every_number(bet: str, count: int) -> None:
    """All 10,000 numbers are played: as many win as the mathematics counts, each the same."""
    paid = Counter(GAME.multiplier(bet, number) for number in range(10_000))
    fair = 99 * 10_000 * 10_000 // (100 * count)

    assert paid == {fair: count, 0: 10_000 - count}
    assert GAME.ways(bet) == ((count, fair), (10_000 - count, 0))


@pytest.mark.parametrize(
    "bet",
    [
        *("over-99.99", "under-0.00", "under-98.02", "over-1.97", "over-0.00", "under-99.99"),
        *("over-100.00", "under-100.00", "over-50", "over-50.0", "over-050.00", "over-50.000"),
        *(
            "over--5.00",
            "Over-50.00",
            "over 50.00",
            "over-50.00\n",
            "50.00",
            "over-\u0665\u0660.00",
            "",
        ),
    ],
)
def test_what_is_not_a_bet(bet: str) -> None:
    """Bets that cannot lose or pay less than 1.01, and names in another form."""
    assert not GAME.knows(bet)
    with pytest.raises(ValueError, match="no bet"):
        GAME.sample(bet, 100)


def test_multipliers_cell_by_cell() -> None:
    """Each is the greatest of four decimals at which the bet returns 99 % or less."""
    for count in range(1, 9_802):
        bet = f"under-{count // 100}.{count % 100:02}"
        ((ways, multiplier), _) = GAME.ways(bet)

        assert ways == count
        assert multiplier * count <= 99_000_000 < (multiplier + 1) * count
        assert multiplier >= 10_100


def test_a_win_is_more_than_the_stake() -> None:
    """Even the likeliest bet at the lowest stake."""
    assert roll(0, "under-98.01", stake=100).payout == 101


def test_the_published_example() -> None:
    """At a 1.00 stake and a chance of 97.06 % rounding to the cent turns 99 % into 98.03 %."""
    for bet in ("under-97.06", "over-2.93"):
        assert GAME.bet_return(bet).expected == Fraction(9_706 * 10_199, 10**8)
        assert GAME.return_at(bet, 100) == Fraction(9_706 * 101, 10**6)
        assert percent(GAME.return_at(bet, 100), 2) == "98.03 %"
        assert "98.0306 % at 100" in GAME.bet_return(bet).note
        assert GAME.return_at(bet, 10_000) == GAME.bet_return(bet).expected
    assert roll(0, "under-97.06", stake=100).payout == 101


def test_the_published_return_is_the_lowest_of_all() -> None:
    """No bet at any stake offered returns less, and one returns just that (B2)."""
    published = Fraction(GAME.describe().returns.exact or "")
    every = (f"under-{count // 100}.{count % 100:02}" for count in range(1, 9_802))
    lowest = min(GAME.return_at(bet, stake) for bet in every for stake in STAKES[:3])

    assert published == lowest == Fraction(490_153, 500_000)


def test_vectors_and_a_stranger() -> None:
    """Known seeds give what they must, and the page on fairness is enough for any other."""
    bet = [GAME.sample("over-50.00", 100)]
    for number, expected in VECTORS:
        draws = Draws(sha256(f"vector {number}".encode()).digest(), (stranger.CLIENT_SEED,))
        assert GAME.view(GAME.open(bet, draws), 0).number == expected
    for number in range(500):
        seed = sha256(f"dice {number}".encode()).digest()
        outcome = GAME.open(bet, Draws(seed, (b"me",))).outcome
        assert outcome == stranger.rolled(stranger.Stream(seed, b"me"))


@pytest.mark.parametrize("bet", ["under-97.06", "over-49.99", "under-1.00"])
def test_rounds_follow_the_law(bet: str) -> None:
    """Live rounds keep |z| at 4 or less and pass chi-square (A12)."""
    assert follows_its_law(GAME, GAME.bet_return(bet), 15_000)


def test_a_wrong_pay_is_seen() -> None:
    """A game of 97 % does not pass for one of 99 %."""
    counts = payouts(Dice(Fraction(97, 100)), "under-90.00", 15_000)

    assert abs(deviation(GAME.bet_return("under-90.00"), counts)) > 4


def test_numbers_are_uniform() -> None:
    """Rolled numbers pass chi-square in a hundred classes (A9, A12)."""
    body = [GAME.sample("over-50.00", 100)]
    rolls = seeded("dice numbers", 20_000)
    counts = Counter(GAME.open(body, draws).outcome // 100 for draws in rolls)

    observed = [counts[each] for each in range(100)]
    assert chi_square(observed, [200] * 100) < chi_square_limit(99)


def test_one_draw_a_round() -> None:
    """A word that would favour low numbers is thrown away."""
    script = Script([2**32 - 2**32 % 10_000, 1_234])

    assert GAME.open([GAME.sample("over-50.00", 100)], script).outcome == 1_234
    assert script.used == [2]
