"""Tests of games.instant.crash."""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256

import pytest

from games.chips import Chip, Chips
from games.entropy import Draws
from games.instant import Crash, multiplier
from games.instant.crash import CrashView
from games.instant.curve import multiplier_at
from tests.games.instant import stranger
from tests.games.instant.play import deviation, follows_its_law, payouts
from tests.games.scripts import Script, seeded

GAME = Crash()
VECTORS = ((0, "1.75"), (1, "1.11"), (2, "1.14"), (3, "1.74"), (4, "1.61"), (5, "5.84"))
"""Number of the seed, SHA-256 of `vector N`, and the crash."""


def crash(value: int, *targets: str, stake: int = 100) -> CrashView:
    """Play a round with a given value of the draw."""
    bets = Chips(tuple(Chip(f"cash-out-{target}", stake) for target in targets))
    return GAME.view(GAME.open([bets], Script([value >> 32, value % 2**32])), 0)


def test_cash_outs_up_to_the_crash_win() -> None:
    """Each wins its own target; those above the crash lose."""
    view = crash(multiplier.RANGE // 2, "1.01", "1.98", "1.99", "2.00", "10000.00")

    assert view.crash == "1.98"
    assert [(win.bet, win.multiplier, win.payout) for win in view.wins] == [
        ("cash-out-1.01", "1.01", 101),
        ("cash-out-1.98", "1.98", 198),
    ]
    assert view.payout == 299
    assert view.summary == "Crashed at 1.98x"


def test_a_round_can_crash_at_once() -> None:
    """At 1.00 every bet loses."""
    view = crash(0, "1.01")

    assert (view.crash, view.duration, view.wins, view.payout) == ("1.00", 0, (), 0)


def test_a_round_ends_at_the_maximum() -> None:
    """The highest value of the draw pays the highest target, and the declared factor."""
    view = crash(multiplier.RANGE - 1, "10000.00", "2.00")

    assert view.crash == "10000.00"
    assert view.payout == 1_000_000 + 200
    assert crash(multiplier.RANGE - 1, "10000.00").payout == 100 * GAME.maximum_payout_factor


def test_payouts_are_rounded_down() -> None:
    """Stakes that are no multiple of 100 lose less than a minor unit."""
    assert crash(multiplier.RANGE // 2, "1.33", stake=101).payout == 134


def test_duration_is_the_time_of_the_crash() -> None:
    """The curve stands at the crash for the first time then."""
    for draws in seeded("crash duration", 300):
        view = GAME.view(GAME.open([GAME.sample("cash-out-2.00", 100)], draws), None)
        hundredths = int(view.crash.replace(".", ""))
        assert multiplier_at(view.duration) >= hundredths
        assert view.duration == 0 or multiplier_at(view.duration - 1) < hundredths


def test_vectors() -> None:
    """Known seeds crash where they must."""
    for number, expected in VECTORS:
        draws = Draws(sha256(f"vector {number}".encode()).digest(), (stranger.CLIENT_SEED,))
        state = GAME.open([GAME.sample("cash-out-2.00", 100)], draws)

        assert GAME.view(state, 0).crash == expected


def test_a_stranger_computes_the_same() -> None:
    """The page on fairness is enough to compute a round."""
    for number in range(500):
        seed = sha256(f"crash {number}".encode()).digest()
        state = GAME.open([GAME.sample("cash-out-2.00", 100)], Draws(seed, (b"me",)))

        assert state.outcome == stranger.crash_point(stranger.Stream(seed, b"me"))


@pytest.mark.parametrize("bet", ["cash-out-1.25", "cash-out-2.00", "cash-out-100.00"])
def test_rounds_follow_the_law(bet: str) -> None:
    """Live rounds keep |z| at 4 or less and pass chi-square (A12)."""
    assert follows_its_law(GAME, GAME.bet_return(bet), 15_000)


def test_a_wrong_return_is_seen() -> None:
    """Rounds of a game made for 95 % do not pass for those of 99 %."""
    counts = payouts(Crash(Fraction(95, 100)), "cash-out-1.25", 15_000)

    assert abs(deviation(GAME.bet_return("cash-out-1.25"), counts)) > 4


def test_one_draw_a_round() -> None:
    """Two words make the one number; none is ever rejected."""
    script = Script([2**32 - 1, 2**32 - 1])
    GAME.open([GAME.sample("cash-out-2.00", 100)], script)

    assert script.used == [2]
    assert GAME.maximum_draws == 1
