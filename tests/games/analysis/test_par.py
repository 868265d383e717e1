"""The PAR document."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec
import pytest

from games.analysis.par import par_document
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
    }


def test_of_several_bets_none_takes_the_published_return() -> None:
    """It could be that of another one."""
    game = Simulated()
    game.entries = (*game.entries, BetReturn("side", Fraction(9, 10), None, None))
    main, side = document(game)["bets"]

    assert main["return"] == {"exact": None, "decimal": None}
    assert side["return"] == {"exact": "9/10", "decimal": "0.900000000000000"}
