"""Every bet of craps on every roll."""

from __future__ import annotations

import pytest

from games.craps import bets
from games.craps.bets import (
    DICE,
    HIGHEST_FACTOR,
    LAY_LIMIT,
    MULTIPLES,
    POINTS,
    CrapsStatus,
    CrapsWager,
    odds_limit,
    odds_unit,
    resolve,
)

STAKE = 30
ODDS = 90
SEVENS_AGAINST = {4: 3, 5: 4, 6: 5, 8: 5, 9: 4, 10: 3}
"""In how many of the 36 rolls a point comes; a seven comes in six."""

Result = int | None
"""What comes back for 30 staked, None while the bet stands."""


def line(bet: str, total: int) -> Result | str:
    """Return what a first roll does to a line bet, from the words of the rules."""
    if total in POINTS:
        return "moves"
    if bet in {"pass", "come"}:
        return 60 if total in {7, 11} else 0
    return {2: 60, 3: 60, 7: 0, 11: 0, 12: 30}[total]


def placed(number: int, total: int) -> Result:
    """Return what a roll does to a place bet."""
    if total == 7:
        return 0
    back = {4: 30 + 54, 10: 30 + 54, 5: 30 + 42, 9: 30 + 42, 6: 30 + 35, 8: 30 + 35}
    return back[number] if total == number else None


def hard(number: int, first: int, second: int) -> Result:
    """Return what a roll does to a hardway bet."""
    if first + second == 7:
        return 0
    if first + second != number:
        return None
    return (30 * (8 if number in {4, 10} else 10)) if first == second else 0


def one_roll(bet: str, total: int) -> Result:
    """Return what a roll does to a bet that is decided by it."""
    to_one = {
        "field": {2: 2, 3: 1, 4: 1, 9: 1, 10: 1, 11: 1, 12: 3},
        "any-7": {7: 4},
        "any-craps": {2: 7, 3: 7, 12: 7},
        "craps-2": {2: 30},
        "craps-3": {3: 15},
        "yo-11": {11: 15},
        "craps-12": {12: 30},
    }[bet]
    return STAKE * (1 + to_one[total]) if total in to_one else 0


def check(after: CrapsWager, before: CrapsWager, expected: Result) -> None:
    """Fail unless a bet has become what was expected."""
    if expected is None:
        assert after == before
        return
    staked = before.stake + before.odds
    status = CrapsStatus.WON if expected > staked else CrapsStatus.LOST
    if expected == staked:
        status = CrapsStatus.RETURNED
    assert (after.status, after.payout) == (status, expected)
    assert (after.bet, after.stake, after.point, after.odds) == (
        before.bet,
        before.stake,
        before.point,
        before.odds,
    )


@pytest.mark.parametrize("bet", ["pass", "come", "dont-pass", "dont-come"])
def test_the_first_roll_of_a_line_bet(bet: str) -> None:
    """Naturals, craps, bar 12, or a point of its own."""
    before = CrapsWager(bet, STAKE)
    for first, second in DICE:
        after = resolve(before, first, second)
        expected = line(bet, first + second)
        if expected == "moves":
            assert after == CrapsWager(bet, STAKE, first + second)
        else:
            assert isinstance(expected, int)
            check(after, before, expected)


@pytest.mark.parametrize("odds", [0, ODDS])
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("bet", ["pass", "come", "dont-pass", "dont-come"])
def test_a_line_bet_on_its_point(bet: str, point: int, odds: int) -> None:
    """The point and 7 decide it; odds pay what six sevens against the point's rolls are worth."""
    before = CrapsWager(bet, STAKE, point, odds)
    ways = SEVENS_AGAINST[point]
    for first, second in DICE:
        total = first + second
        expected: Result = None
        if bet in {"pass", "come"}:
            if total == point:
                expected = 60 + odds + odds * 6 // ways
            elif total == 7:
                expected = 0
        elif total == 7:
            expected = 60 + odds + odds * ways // 6
        elif total == point:
            expected = 0
        check(resolve(before, first, second), before, expected)


@pytest.mark.parametrize("bet", [bet for bet in MULTIPLES if "pass" not in bet])
def test_the_other_bets(bet: str) -> None:
    """Place, hardway and one-roll bets pay what the layout says on all 36 rolls."""
    before = CrapsWager(bet, STAKE)
    kind, _, number = bet.partition("-")
    for first, second in DICE:
        if kind == "place":
            expected = placed(int(number), first + second)
        elif kind == "hard":
            expected = hard(int(number), first, second)
        else:
            expected = one_roll(bet, first + second)
        check(resolve(before, first, second), before, expected)


def test_the_layout_is_whole() -> None:
    """Nineteen bets begin a round."""
    names = {"pass", "dont-pass", "field", "any-7", "any-craps", "craps-2", "craps-3", "yo-11"}
    names |= {"craps-12"} | {f"hard-{number}" for number in (4, 6, 8, 10)}
    names |= {f"place-{number}" for number in (4, 5, 6, 8, 9, 10)}

    assert set(MULTIPLES) == names
    assert len(DICE) == len(set(DICE)) == 36


@pytest.mark.parametrize("bet", MULTIPLES)
def test_multiples_make_pays_whole(bet: str) -> None:
    """The stake's multiple pays in whole units, and no smaller one does."""

    def exact(stake: int) -> bool:
        for dice in DICE:
            one = resolve(CrapsWager(bet, stake), *dice).payout
            if resolve(CrapsWager(bet, 30 * stake), *dice).payout != 30 * one:
                return False
        return True

    unit = MULTIPLES[bet]
    assert [stake for stake in range(1, unit + 1) if exact(stake)] == [unit]


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("bet", ["pass", "come", "dont-pass", "dont-come"])
def test_limits_and_units_of_odds(bet: str, point: int) -> None:
    """3-4-5 times taken, 6 times laid, in units that pay exactly; the whole limit always does."""
    wager = CrapsWager(bet, 7, point)
    ways = SEVENS_AGAINST[point]
    taken = bet in {"pass", "come"}
    numerator, denominator = (6, ways) if taken else (ways, 6)

    assert odds_limit(wager) == 7 * (ways if taken else LAY_LIMIT)
    assert odds_unit(wager) * numerator % denominator == 0
    assert all(unit * numerator % denominator for unit in range(1, odds_unit(wager)))
    assert odds_limit(wager) % odds_unit(wager) == 0


def test_the_highest_factor_is_reached_and_never_passed() -> None:
    """Two and twelve bring back 31 times the stake; nothing brings back more."""
    factors = [
        resolve(CrapsWager(bet, 30), *dice).payout / 30 for bet in MULTIPLES for dice in DICE
    ]
    for bet in ("pass", "dont-pass"):
        for point in POINTS:
            limit = odds_limit(CrapsWager(bet, 30, point))
            wager = CrapsWager(bet, 30, point, limit)
            factors += [resolve(wager, *dice).payout / (30 + limit) for dice in DICE]

    assert max(factors) == HIGHEST_FACTOR == 31


def test_a_wrong_pay_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed pay fails the table above: it can fail."""
    monkeypatch.setitem(bets.PLACE_PAYS, 6, (6, 6))
    with pytest.raises(AssertionError):
        test_the_other_bets("place-6")
