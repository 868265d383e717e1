"""The mathematics of craps against published figures."""

from __future__ import annotations

from fractions import Fraction

import pytest

from games.craps import bets
from games.craps.bets import MULTIPLES, ODDS_LIMIT, POINTS, CrapsWager, odds_limit
from games.craps.mathematics import UNIT, bet_returns, expected, payouts
from tests.games.laws import check_moments

ENTRIES = {entry.bet: entry for entry in bet_returns()}
EDGES = {
    "pass": Fraction(7, 495),
    "dont-pass": Fraction(3, 220),
    **dict.fromkeys(("place-6", "place-8"), Fraction(1, 66)),
    **dict.fromkeys(("place-5", "place-9"), Fraction(1, 25)),
    **dict.fromkeys(("place-4", "place-10"), Fraction(1, 15)),
    "field": Fraction(1, 36),
    **dict.fromkeys(("hard-4", "hard-10"), Fraction(1, 9)),
    **dict.fromkeys(("hard-6", "hard-8"), Fraction(1, 11)),
    "any-7": Fraction(1, 6),
    "any-craps": Fraction(1, 9),
    **dict.fromkeys(("craps-2", "craps-12"), Fraction(5, 36)),
    **dict.fromkeys(("craps-3", "yo-11"), Fraction(1, 9)),
}
DEVIATIONS = {
    "pass": "1.000",
    "dont-pass": "0.986",
    "place-6": "1.079",
    "place-5": "1.176",
    "place-4": "1.320",
    "field": "1.142",
}


@pytest.mark.parametrize("bet", MULTIPLES)
def test_every_edge_is_the_published_one(bet: str) -> None:
    """Exactly, per initial wager, ties counted."""
    assert 1 - (ENTRIES[bet].expected or 0) == EDGES[bet]
    check_moments(ENTRIES[bet])


@pytest.mark.parametrize("bet", DEVIATIONS)
def test_standard_deviations(bet: str) -> None:
    """As published, to three places."""
    assert f"{float(ENTRIES[bet].variance or 0) ** 0.5:.3f}" == DEVIATIONS[bet]


def test_the_other_field_pays_double_on_twelve(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then its edge is the published 1/18, twice that of the field here."""
    monkeypatch.setitem(bets.ONE_ROLL_PAYS["field"], 12, 2)

    assert 1 - expected(CrapsWager("field", UNIT)) / UNIT == Fraction(1, 18)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("bet", ["pass", "come", "dont-pass", "dont-come"])
def test_odds_are_free(bet: str, point: int) -> None:
    """Any odds bring back on average what was staked on them."""
    plain = expected(CrapsWager(bet, UNIT, point))
    for odds in (UNIT, 2 * UNIT, odds_limit(CrapsWager(bet, UNIT, point))):
        assert expected(CrapsWager(bet, UNIT, point, odds)) - plain == odds


def test_come_bets_have_the_law_of_line_bets() -> None:
    """They are the same bets begun later."""
    assert payouts(CrapsWager("come", UNIT)) == payouts(CrapsWager("pass", UNIT))
    assert payouts(CrapsWager("dont-come", UNIT)) == payouts(CrapsWager("dont-pass", UNIT))


def test_full_odds_dilute_the_edge() -> None:
    """With 3-4-5 times odds a pass bet loses the known 0.374 % of all that is staked."""
    ways = {4: 3, 5: 4, 6: 5, 8: 5, 9: 4, 10: 3}
    action = 1 + sum(Fraction(ways[point], 36) * ODDS_LIMIT[point] for point in POINTS)

    assert round(100 * EDGES["pass"] / action, 3) == Fraction("0.374")


def test_chances_of_line_bets() -> None:
    """A pass bet wins 244 of 495 times; don't pass loses 251 of 495 less the ties."""
    assert payouts(CrapsWager("pass", UNIT)) == {60: Fraction(244, 495), 0: Fraction(251, 495)}
    assert payouts(CrapsWager("dont-pass", UNIT)) == {
        60: Fraction(949, 1980),
        30: Fraction(1, 36),
        0: Fraction(244, 495),
    }


def test_a_wrong_pay_moves_an_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mathematics is that of the pays in force: one wrong pay fails the table above."""
    monkeypatch.setitem(bets.HARD_PAYS, 6, 8)

    assert 1 - expected(CrapsWager("hard-6", UNIT)) / UNIT == Fraction(2, 11) != EDGES["hard-6"]
