"""Tests of games.instant.hi_lo_help: the exact mathematics of hi-lo."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import product
from math import floor

import pytest

from games.instant import HiLo
from games.instant.hi_lo import HiLoDecision
from games.instant.hi_lo_help import bet_return, law, ways
from games.instant.hi_lo_rules import FACTORS, GUESSES, Action, winning_ranks
from tests.games.instant.cards import Cards
from tests.games.instant.play import deviation, follows_its_law, payouts

GAME = HiLo()
NINETY_NINE = Fraction(99, 100)


def test_the_law_of_one_guess() -> None:
    """All 2,704 pairs of cards are played: the mean is 99 % less what rounding takes."""
    seen: Counter[int] = Counter()
    for faces in product(range(52), repeat=2):
        state = GAME.open([GAME.sample("main", 100)], Cards(faces))
        state = GAME.decide(state, 0, GAME.advise(GAME.view(state, 0)))
        if not state.finished:
            state = GAME.decide(state, 0, HiLoDecision(Action.CASH_OUT))
        seen[state.payout or 0] += 1
    expected: Counter[int] = Counter()
    for best in (12, 12, 11, 10, 9, 8, 7, 8, 9, 10, 11, 12, 12):
        expected[99 * 13 // best] += 16 * best
        expected[0] += 16 * (13 - best)

    assert seen == expected


def test_the_exact_return_by_another_way() -> None:
    """Backward from the end, over (rank, product) with the strategy written out again."""

    @cache
    def value(rank: int, odds: Fraction) -> Fraction:
        up = rank <= 6
        count = (12 if rank == 0 else 13 - rank) if up else (12 if rank == 12 else rank + 1)
        drawn = range(13 - count, 13) if up else range(count)
        after = odds * Fraction(13, count)
        hundredths = floor(99 * after)
        if hundredths >= 200:
            return Fraction(count, 13) * Fraction(hundredths, 100)
        return sum((value(each, after) for each in drawn), Fraction(0)) / 13

    exact = sum((value(rank, Fraction(1)) for rank in range(13)), Fraction(0)) / 13

    assert bet_return(NINETY_NINE).expected == exact
    assert exact == Fraction(2_724_107_486_317, 2_757_169_836_980)


def test_the_whole_law() -> None:
    """Chances add up to 1; a win is from 2.00 to 3.70, and its highest award is exact."""
    chances = law(NINETY_NINE)
    entry = bet_return(NINETY_NINE)

    assert sum(chances.values()) == 1
    assert min(multiplier for multiplier in chances if multiplier) >= 200
    assert entry.highest_award == Fraction(max(chances), 100) == Fraction(370, 100)
    assert entry.highest_award_probability == chances[370]
    assert entry.hit_frequency == 1 - chances[0]
    assert entry.law is not None
    assert dict(entry.law) == {
        Fraction(multiplier, 100) - 1: chance for multiplier, chance in chances.items()
    }
    counted = ways(NINETY_NINE)
    total = sum(weight for weight, _ in counted)
    assert {each: Fraction(weight, total) for weight, each in counted} == chances


@pytest.mark.parametrize("value", ["9/10", "99/100", "1"])
def test_no_strategy_returns_more_than_the_game(value: str) -> None:
    """The best play over three guesses or skips, all choices tried, returns no more.

    With a guess made; who may also cash out at once has at best the stake.
    """
    return_to_player = Fraction(value)

    @cache
    def best(rank: int, odds: Fraction, guessed: int, steps: int) -> Fraction:
        now = Fraction(floor(return_to_player * odds * 100), 100) if guessed else Fraction(0)
        if steps == 0:
            return now
        choices = [now]
        choices.append(
            sum((best(each, odds, guessed, steps - 1) for each in range(13)), Fraction(0)) / 13
        )
        for guess in GUESSES:
            after = odds * FACTORS[guess][rank]
            wins = winning_ranks(guess, rank)
            choices.append(
                sum((best(each, after, 1, steps - 1) for each in wins), Fraction(0)) / 13
            )
        return max(choices)

    for rank in range(13):
        assert return_to_player - Fraction(1, 100) < best(rank, Fraction(1), 0, 3)
        assert best(rank, Fraction(1), 0, 3) <= return_to_player


def test_other_returns() -> None:
    """Made for another return the game gives no more than that, and at most 1 % less."""
    for value in (Fraction(9, 10), Fraction(95, 100), Fraction(1)):
        expected = HiLo(value).bet_returns()[0].expected
        assert expected is not None
        assert value - Fraction(1, 100) < expected <= value


def test_rounds_follow_the_law() -> None:
    """Live rounds with live advice keep |z| at 4 or less and pass chi-square (A12)."""
    assert follows_its_law(GAME, GAME.bet_returns()[0], 10_000)


def test_a_wrong_odd_is_seen() -> None:
    """Rounds of a game made for 92 % do not pass for those of 99 %."""
    counts = payouts(HiLo(Fraction(92, 100)), "main", 10_000)

    assert abs(deviation(GAME.bet_returns()[0], counts)) > 4


def test_the_description_is_complete() -> None:
    """Odds of every rank, every decision, and how the return was determined (B2, B4)."""
    description = GAME.describe()

    assert description.paytable[0] == ("On A", "higher 13/12, lower 13/1")
    assert description.paytable[12] == ("On K", "higher 13/1, lower 13/12")
    assert len(description.paytable) == 13
    assert set(description.actions) == {action.value for action in Action}
    assert Fraction(description.returns.exact or "") == GAME.bet_returns()[0].expected
    assert "likelier guess" in description.returns.basis
