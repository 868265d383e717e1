"""The PAR document."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec
import pytest

from games.analysis.par import ParTable, bands_of, par_document
from games.game import BetReturn, Description
from games.roulette import EuropeanRoulette
from tests.games.slots.machines import shipped


class Simulated(EuropeanRoulette):
    """A game of which some figures are not known exactly."""

    entries: tuple[BetReturn, ...] = (BetReturn("main", None, None, None, "by simulation"),)

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return what the test says."""
        return self.entries

    def describe(self) -> Description:
        """Return a description with a simulated return."""
        description = super().describe()
        returns = msgspec.structs.replace(description.returns, exact=None, decimal="0.995")
        return msgspec.structs.replace(description, returns=returns)


def document(game: Any) -> Any:
    """Return the document as a program reads it."""
    return msgspec.json.decode(msgspec.json.encode(par_document(game)))


@pytest.mark.parametrize("game", [shipped(), EuropeanRoulette()], ids=lambda game: game.name)
def test_document_has_the_promised_keys(game: Any) -> None:
    """Game, version and, for each bet, return, hit frequency and standard deviation."""
    par = document(game)

    assert (par["game"], par["version"], par["digest"]) == (game.name, game.version, game.digest)
    for bet, entry in zip(par["bets"], game.bet_returns(), strict=True):
        assert bet["bet"] == entry.bet
        assert Fraction(bet["return"]["exact"]) == entry.expected
        assert abs(Fraction(bet["return"]["decimal"]) - entry.expected) < Fraction(1, 10**14)
        assert abs(Fraction(bet["hit_frequency"]) - entry.hit_frequency) < Fraction(1, 10**14)
        deviation = Fraction(bet["standard_deviation"])
        assert abs(deviation**2 - entry.variance) < Fraction(1, 10**12)


def test_roulette() -> None:
    """Every bet returns 36/37; a straight has the published standard deviation."""
    bets = {bet["bet"]: bet for bet in document(EuropeanRoulette())["bets"]}

    assert {bet["return"]["exact"] for bet in bets.values()} == {"36/37"}
    assert bets["straight-17"]["standard_deviation"].startswith("5.8378")


def test_what_is_not_known_is_null() -> None:
    """A lone bet takes the published decimal; frequency and deviation stay null, with a note."""
    (bet,) = document(Simulated())["bets"]

    assert bet == {
        "bet": "main",
        "return": {"exact": None, "decimal": "0.995"},
        "hit_frequency": None,
        "standard_deviation": None,
        "note": "by simulation",
        "variance": None,
        "volatility_index": None,
        "confidence": [],
        "highest_award": None,
        "reachable_award": None,
        "law": None,
        "bands": [],
    }


def test_volatility() -> None:
    """The index is 1.65 SD; an interval is the return and that index over the root of N."""
    (bet, *_) = document(EuropeanRoulette())["bets"]
    deviation, index = float(bet["standard_deviation"]), float(bet["volatility_index"])

    assert index == pytest.approx(1.65 * deviation, rel=1e-12)
    assert float(bet["variance"]) == pytest.approx(deviation**2, rel=1e-12)
    assert [each["rounds"] for each in bet["confidence"]] == [10**n for n in range(4, 9)]
    for each in bet["confidence"]:
        half = index / each["rounds"] ** 0.5
        assert float(each["low"]) == pytest.approx(36 / 37 - half, abs=1e-12)
        assert float(each["high"]) == pytest.approx(36 / 37 + half, abs=1e-12)


def test_the_law_of_a_bet() -> None:
    """Every outcome, the same in bands, and the highest award with its odds."""
    (bet, *_) = document(EuropeanRoulette())["bets"]
    lost, won = bet["law"]

    assert (lost["net"], won["net"]) == ("-1.000000", "35.000000")
    assert abs(Fraction(won["probability"]) - Fraction(1, 37)) < Fraction(1, 10**19)
    assert bet["highest_award"] == {
        "payout": "36.000000",
        "probability": won["probability"],
        "one_in": "37.00",
    }
    assert [(band["above"], band["up_to"]) for band in bet["bands"]] == [
        ("-2.000000", "-1.000000"),
        ("20.000000", "50.000000"),
    ]
    assert sum(Fraction(band["probability"]) for band in bet["bands"]) == 1
    shares = [Fraction(band["share"]) for band in bet["bands"]]
    assert shares[0] == 0
    assert abs(shares[1] - Fraction(36, 37)) < Fraction(1, 10**14)


def test_what_a_gamble_can_reach() -> None:
    """Beside the highest award of the stated strategy stands what other decisions can reach."""
    (bet, *_) = document(shipped("market-day", 2))["bets"]

    assert bet["highest_award"]["payout"] == "75.600000"
    assert bet["reachable_award"]["payout"] == "500.000000"
    assert bet["reachable_award"]["one_in"] == "2871535.30"


def test_bands_hold_every_result() -> None:
    """Losses of more than the stake, of a part of it, nothing, and awards of any size."""
    nets = ["-8", "-2", "-1", "-1/2", "0", "1/2", "1", "3/2", "9999", "10000000"]
    law = [(Fraction(net), Fraction(1, 10)) for net in nets]
    bands = bands_of(law)

    assert [band.probability[:4] for band in bands] == [
        "0.20",
        "0.10",
        *["0.10"] * 2,
        "0.20",
        *["0.10"] * 3,
    ]
    assert bands[0].above is None
    assert bands[-1].up_to is None
    returned = sum(((net + 1) * chance for net, chance in law), Fraction(0))
    assert abs(sum((Fraction(band.share) for band in bands), -returned)) < Fraction(1, 10**12)


def test_a_long_law_is_told_by_its_bands() -> None:
    """A law of thousands of outcomes is not listed."""
    law = tuple((Fraction(number), Fraction(1, 1000)) for number in range(-1, 999))
    game = Simulated()
    game.entries = (BetReturn("main", Fraction(1), None, None, law=law),)
    (bet,) = document(game)["bets"]

    assert bet["law"] is None
    assert len(bet["bands"]) > 5


def test_tables() -> None:
    """A slot has its tables, a game may bring its own, others have none."""

    class Own(EuropeanRoulette):
        def par_tables(self) -> tuple[ParTable, ...]:
            return (ParTable("Numbers", ("Number",), (("0",),)),)

    assert {table["title"] for table in document(shipped())["tables"]} >= {"Strips", "Symbols"}
    assert [table["title"] for table in document(Own())["tables"]] == ["Numbers"]
    assert document(EuropeanRoulette())["tables"] == []


def test_of_several_bets_none_takes_the_published_return() -> None:
    """It could be that of another one."""
    game = Simulated()
    game.entries = (*game.entries, BetReturn("side", Fraction(9, 10), None, None))
    main, side = document(game)["bets"]

    assert main["return"] == {"exact": None, "decimal": None}
    assert side["return"] == {"exact": "9/10", "decimal": "0.900000000000000"}
