"""The mathematics of baccarat against the published figures, and against wrong rules."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest

from games.analysis import baccarat
from games.analysis.baccarat import SEQUENCES, bet_returns, result_ways, results
from games.baccarat import rules

BANKER_WAYS = 2_292_252_566_437_888
PLAYER_WAYS = 2_230_518_282_592_256
TIE_WAYS = 475_627_426_473_216
EDGES = {
    "banker": Fraction(114753351728, 10847218479825),
    "player": Fraction(241149546272, 19524993263685),
    "tie": Fraction(103841353768, 723147898655),
    "banker-pair": Fraction(43, 415),
    "player-pair": Fraction(43, 415),
}
DEVIATIONS = {
    "banker": 0.9274,
    "player": 0.9512,
    "tie": 2.6409,
    "banker-pair": 3.1549,
    "player-pair": 3.1549,
}


@pytest.fixture
def fresh() -> Iterator[None]:
    """Count again before and after a test that changes the rules."""
    results.cache_clear()
    bet_returns.cache_clear()
    yield
    results.cache_clear()
    bet_returns.cache_clear()


def test_published_combinations() -> None:
    """Of 4,998,398,275,503,360 ordered sequences each result has exactly the published number."""
    assert SEQUENCES == 4_998_398_275_503_360
    assert result_ways() == {"banker": BANKER_WAYS, "player": PLAYER_WAYS, "tie": TIE_WAYS}
    assert sum(results().values()) == SEQUENCES


def test_published_edges() -> None:
    """Edges per initial wager, ties counted, are the published fractions."""
    assert {entry.bet: 1 - (entry.expected or 0) for entry in bet_returns(8)} == EDGES


def test_published_edge_of_nine_to_one() -> None:
    """A tie that pays 9 to 1 costs 4.844032 %."""
    tie = bet_returns(9)[2]

    assert tie.expected is not None
    assert round(float(1 - tie.expected), 8) == 0.04844032
    assert bet_returns(9)[:2] == bet_returns(8)[:2]


def test_published_deviations() -> None:
    """Standard deviations to four digits."""
    for entry in bet_returns(8):
        assert entry.variance is not None
        assert abs(float(entry.variance) ** 0.5 - DEVIATIONS[entry.bet]) <= 0.00006, entry.bet


def test_laws_are_whole() -> None:
    """Probabilities add up to one, and the law has the mean, the variance and the best award."""
    for entry in (*bet_returns(8), *bet_returns(9)):
        assert entry.law is not None
        assert sum(chance for _, chance in entry.law) == 1
        mean = sum((net * chance for net, chance in entry.law), Fraction(0))
        assert 1 + mean == entry.expected
        assert sum((net - mean) ** 2 * chance for net, chance in entry.law) == entry.variance
        assert entry.law[-1] == ((entry.highest_award or 0) - 1, entry.highest_award_probability)


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(("total", "row"), [(3, "0123456789"), (6, "7"), (7, "8")])
def test_a_wrong_drawing_rule_is_seen(
    total: int, row: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one cell of the banker's rules changed the combinations are not the published ones."""
    rows = list(rules.BANKER_DRAWS_AGAINST)
    rows[total] = row
    monkeypatch.setattr(rules, "BANKER_DRAWS_AGAINST", tuple(rows))

    assert sum(results().values()) == SEQUENCES
    assert result_ways()["tie"] != TIE_WAYS
    assert result_ways()["banker"] != BANKER_WAYS


@pytest.mark.usefixtures("fresh")
def test_a_player_who_stands_on_five_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The player's rule is counted too."""
    monkeypatch.setattr(baccarat, "player_draws", lambda total: total <= 4)

    assert result_ways()["player"] != PLAYER_WAYS


@pytest.mark.usefixtures("fresh")
def test_a_wrong_pay_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pair that pays 12 to 1 has another edge."""
    monkeypatch.setattr(rules, "PAIR_PAYS", 12)
    edges = {entry.bet: 1 - (entry.expected or 0) for entry in bet_returns(8)}

    assert {bet for bet, edge in edges.items() if edge != EDGES[bet]} == {
        "banker-pair",
        "player-pair",
    }
