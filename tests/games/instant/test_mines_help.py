"""Tests of games.instant.mines_help: the exact mathematics of mines."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import comb

import pytest

from games.instant import Mines
from games.instant.mines import CASH_OUT, MinesDecision, MinesRound
from games.instant.rounding import STAKES
from tests.games.instant.play import deviation, follows_its_law, payouts

GAME = Mines()
RETURNS = tuple(entry.bet for entry in GAME.bet_returns())


def won(mined: tuple[int, ...], tiles: tuple[int, ...]) -> int:
    """Turn over these tiles with the live rules, then cash out; return the payout of 100."""
    state = MinesRound(100, frozenset(mined))
    for tile in tiles:
        state = GAME.decide(state, 0, MinesDecision(f"reveal-{tile}"))
        if state.finished:
            return state.payout or 0
    return GAME.decide(state, 0, MinesDecision(CASH_OUT)).payout or 0


@pytest.mark.parametrize("mines", [1, 2, 3])
@pytest.mark.parametrize("tiles", [(1,), (7, 19), (25, 1, 13), (1, 2, 3, 4, 5)])
def test_every_field_is_played(mines: int, tiles: tuple[int, ...]) -> None:
    """All C(25, m) fields together return what the closed form says, whichever tiles are chosen."""
    fields = list(combinations(range(1, 26), mines))
    total = sum(won(mined, tiles) for mined in fields)

    assert GAME.return_at(mines, len(tiles)) == Fraction(total, 100 * len(fields))


def test_published_multipliers() -> None:
    """One pick returns 99 % before rounding: fair multiplier times the chance is 1."""
    for mines in range(1, 25):
        for picks in range(1, 26 - mines):
            fair = Fraction(comb(25, mines), comb(25 - picks, mines))
            chance = Fraction(comb(25 - mines, picks), comb(25, picks))
            assert fair * chance == 1


@pytest.mark.parametrize("value", ["9/10", "95/100", "99/100", "1"])
def test_no_strategy_returns_more_than_the_game(value: str) -> None:
    """The best play from every state, by backward induction, given that one tile is turned over."""
    return_to_player = Fraction(value)
    game = Mines(return_to_player)
    for mines in range(1, 25):

        @cache
        def best(picks: int, mines: int = mines) -> Fraction:
            """Return the most that can be had with that many safe tiles turned over."""
            now = Fraction(game.multipliers[mines][picks], 100) if picks else Fraction(0)
            left = 25 - picks
            if picks == 25 - mines:
                return now
            return max(now, Fraction(left - mines, left) * best(picks + 1))

        assert best(0) <= return_to_player
        assert best(0) == max(game.return_at(mines, picks) for picks in range(1, 26 - mines))


def test_cashing_out_at_once_returns_all() -> None:
    """No tile turned over, nothing lost: this is stated, and counted as 1."""
    assert {GAME.return_at(mines, 0, 100) for mines in range(1, 25)} == {Fraction(1)}
    assert "cashing out at once returns the stake" in GAME.describe().returns.basis


def test_the_published_return_is_the_lowest_of_all() -> None:
    """Of all mines, picks and stakes offered; payouts are exact at multiples of 100 (B2)."""
    every = [
        GAME.return_at(mines, picks, stake)
        for mines in range(1, 25)
        for picks in range(1, 26 - mines)
        for stake in STAKES
    ]

    assert Fraction(GAME.describe().returns.exact or "") == min(every) == Fraction(2_457, 2_500)
    assert max(every) == Fraction(99, 100)
    assert GAME.return_at(1, 4, 150) < GAME.return_at(1, 4)


def test_bets_of_the_stated_strategy() -> None:
    """Each number of mines, until the multiplier is 2.00 or more: exact values of some."""
    entries = {entry.bet: entry for entry in GAME.bet_returns()}

    assert list(entries) == [f"mines-{mines}" for mines in range(1, 25)]
    assert entries["mines-1"].expected == Fraction(206, 100) * Fraction(12, 25)
    assert entries["mines-3"].expected == Fraction(234 * comb(22, 6), 100 * comb(25, 6))
    assert entries["mines-24"].law == (
        (Fraction(-1), Fraction(24, 25)),
        (Fraction(2_375, 100), Fraction(1, 25)),
    )
    for entry in entries.values():
        assert entry.highest_award is not None
        assert entry.highest_award >= 2
        assert entry.highest_award_probability == entry.hit_frequency


@pytest.mark.parametrize("bet", ["mines-1", "mines-3", "mines-12", "mines-24"])
def test_rounds_follow_the_law(bet: str) -> None:
    """Live rounds with live advice keep |z| at 4 or less and pass chi-square (A12)."""
    entry = next(entry for entry in GAME.bet_returns() if entry.bet == bet)

    assert follows_its_law(GAME, entry, 2_000)


@pytest.mark.math
def test_every_number_of_mines_follows_its_law() -> None:
    """Ten thousand live rounds of each keep |z| at 4 or less and pass chi-square (A12)."""
    for entry in GAME.bet_returns():
        assert follows_its_law(GAME, entry, 10_000), entry.bet


class Wrong(Mines):
    """A mine too few is laid."""

    def open(self, seats, draws):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D102
        state = super().open(seats, draws)
        return MinesRound(state.stake, frozenset(sorted(state.mined)[1:]))


def test_a_missing_mine_is_seen() -> None:
    """Rounds with a mine too few do not pass for honest ones."""
    entry = GAME.bet_returns()[2]
    counts: Counter[int] = payouts(Wrong(), entry.bet, 2_000)

    assert abs(deviation(entry, counts)) > 4


def test_the_description_is_complete() -> None:
    """Every number of mines with its multipliers, and every decision."""
    description = GAME.describe()

    assert len(description.paytable) == len(description.choices) == 24
    assert description.paytable[0] == ("1 mine", "1.03, 1.07, 1.12, 1.17, 1.23, …, 24.75")
    assert description.paytable[23] == ("24 mines", "24.75")
    assert len(description.actions) == 26
    assert description.maximum_payout.startswith("5148297.00 times")
