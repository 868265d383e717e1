"""Big six: every bet on every stop, and its published mathematics."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import msgspec
import pytest

from games import big_six
from games.big_six import PAYS, STRIP, BigSix, BigSixView
from games.chips import Chip, Chips
from games.game import StakeLimits
from protocol.errors import ErrorCode, Refused
from tests.games.laws import check, check_moments, fits, instant_results
from tests.games.scripts import Script, every_round

GAME = BigSix()
LIMITS = StakeLimits(1, 1_000_000)
STOPS = {"one": 24, "two": 15, "five": 7, "ten": 4, "twenty": 2, "joker": 1, "logo": 1}
TO_ONE = {"one": 1, "two": 2, "five": 5, "ten": 10, "twenty": 20, "joker": 40, "logo": 40}
EDGES = {
    "one": Fraction(1, 9),
    "two": Fraction(1, 6),
    "five": Fraction(2, 9),
    "ten": Fraction(5, 27),
    "twenty": Fraction(2, 9),
    "joker": Fraction(13, 54),
    "logo": Fraction(13, 54),
}
"""Published."""


def spin(stop: int, *names: str, stake: int = 100) -> BigSixView:
    """Spin to a given stop."""
    body = Chips(tuple(Chip(name, stake) for name in names))
    return GAME.view(GAME.open([body], Script([stop])), 0)


def test_the_strip_has_its_54_stops() -> None:
    """24, 15, 7, 4, 2, 1 and 1 of the symbols, and no two alike beside each other."""
    assert Counter(STRIP) == STOPS
    assert len(STRIP) == 54
    assert all(STRIP[index] != STRIP[index - 1] for index in range(54))


@pytest.mark.parametrize("stop", range(54))
def test_every_bet_on_every_stop(stop: int) -> None:
    """A symbol pays itself to one where the wheel stops at it, and nothing elsewhere."""
    for name, pays in TO_ONE.items():
        view = spin(stop, name)
        expected = 100 * (1 + pays) if STRIP[stop] == name else 0

        assert view.payout == expected
        assert (view.stop, view.symbol) == (stop, STRIP[stop])
        assert [(win.bet, win.payout) for win in view.wins] == (
            [(name, expected)] if expected else []
        )


def test_returns_are_exact() -> None:
    """The edge of each bet is the published fraction, its figures those of its law."""
    for entry in GAME.bet_returns():
        check_moments(entry)
        assert 1 - (entry.expected or 0) == EDGES[entry.bet]
        assert entry.hit_frequency == Fraction(STOPS[entry.bet], 54)
    assert GAME.describe().returns.exact == f"{1 - max(EDGES.values())}"


def test_live_rounds_are_the_54_stops() -> None:
    """Played through every draw that can happen, each stop comes once."""
    body = GAME.sample("one", 100)
    played = list(every_round(lambda draws: GAME.open([body], draws).stop))

    assert played == [(Fraction(1, 54), stop) for stop in range(54)]


def test_one_draw_a_round() -> None:
    """The stop is `below(54)`: a word from the first one that is not rejected."""
    script = Script([2**32 - 2**32 % 54, 53])

    assert GAME.open([GAME.sample("two", 100)], script).stop == 53
    assert script.used == [2]
    assert GAME.maximum_draws == 1


def test_rounds_follow_the_exact_law() -> None:
    """Live rounds fit every bet's law: |z| at most 4 for the mean, chi-square for the rest."""
    results = instant_results(GAME, PAYS, 54_000, 100, "law of big six")
    for entry in GAME.bet_returns():
        check(entry, results[entry.bet])


def test_a_wrong_stop_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more stop for the joker is seen by its rounds, and by its return."""
    right = {entry.bet: entry for entry in GAME.bet_returns()}
    monkeypatch.setattr(big_six, "STRIP", (*STRIP[:-1], "joker"))
    wrong = {entry.bet: entry for entry in GAME.bet_returns()}
    results = instant_results(GAME, ["joker"], 5_400, 100, "a wrong stop")["joker"]

    assert wrong["joker"].expected == Fraction(82, 54) != right["joker"].expected
    assert not fits(right["joker"], results)
    assert fits(wrong["joker"], results)


@pytest.mark.parametrize("name", ["1", "One", "six", ""])
def test_unknown_bets_are_refused(name: str) -> None:
    """A name that is not on the layout has its own refusal."""
    with pytest.raises(Refused) as refused:
        GAME.stake(Chips((Chip(name, 100),)), LIMITS)

    assert refused.value.code is ErrorCode.BET_INVALID
    with pytest.raises(ValueError, match="no bet named"):
        GAME.sample(name, 100)


def test_bounds_are_reached_and_kept() -> None:
    """The joker pays the factor; the longest view has the reply's length."""
    huge = 2**53 - 1
    lengths = []
    for stop in range(54):
        view = spin(stop, *PAYS)
        wins = tuple(msgspec.structs.replace(win, stake=huge, payout=huge) for win in view.wins)
        view = msgspec.structs.replace(view, wins=wins, payout=huge)
        lengths.append(len(msgspec.msgpack.encode(view)))

    assert max(lengths) == GAME.maximum_reply_bytes
    assert spin(STRIP.index("joker"), "joker").payout == GAME.maximum_payout_factor * 100
