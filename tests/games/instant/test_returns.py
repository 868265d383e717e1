"""Tests of games.instant.returns."""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256

import pytest

from games.catalogue import Catalogue, standard
from games.game import AnyGame, replay
from games.instant import Crash, Plinko
from games.instant.crash import CrashView
from games.instant.returns import (
    RETURN_GAMES,
    ReturnError,
    check_return,
    of_version,
    rules_of,
    with_return,
)
from games.roulette import EuropeanRoulette
from tests.games.scripts import seeded

CATALOGUE = standard()


def base(name: str) -> AnyGame:
    """Return the version that ships."""
    game = CATALOGUE.current(name)
    assert game is not None
    return game


def test_the_names() -> None:
    """They are the instant games of the catalogue."""
    assert sorted(RETURN_GAMES) == ["crash", "dice", "hi-lo", "limbo", "mines", "plinko"]


@pytest.mark.parametrize("name", RETURN_GAMES)
def test_each_return_is_a_version_of_its_own(name: str) -> None:
    """Its number holds the return, its digest nobody else has, and its figures are those of it."""
    game = with_return(base(name), Fraction("0.955"))
    description = game.describe()

    assert (game.name, game.version, rules_of(game.version)) == (name, 109_550, 1)
    assert (description.version, description.digest) == (game.version, game.digest)
    assert "95.50 %" in description.help or name == "plinko"
    assert Fraction("0.94") < Fraction(description.returns.decimal) <= Fraction("0.955")
    digests = {with_return(base(name), Fraction(each, 100)).digest for each in range(90, 101)}
    assert len(digests | {game.digest}) == 12


@pytest.mark.parametrize("name", RETURN_GAMES)
def test_a_number_gives_the_same_version_again(name: str) -> None:
    """Whoever has the rules can make a recorded version from its number (B9)."""
    for text in ("0.9", "0.9001", "0.97", "0.9999", "1"):
        game = with_return(base(name), Fraction(text))
        again = of_version(base(name), game.version)

        assert again is not None
        assert (again.version, again.digest) == (game.version, game.digest)
        assert again.describe() == game.describe()


def test_the_digest_is_as_it_is_stated() -> None:
    """SHA-256 over a text that any language can make."""
    shipped = Crash()
    text = f"croupier/return/1:{shipped.digest}:0.9700"

    assert with_return(shipped, Fraction("0.97")).digest == sha256(text.encode()).hexdigest()


def test_its_own_return_is_the_game_itself() -> None:
    """One return has one version, so 99 % is the version that ships."""
    shipped = Crash()

    assert with_return(shipped, Fraction("0.99")) is shipped
    assert of_version(shipped, 109_900) is None


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("0.8999", "less than 90 %"),
        ("-1", "less than 90 %"),
        ("1.0001", "more than 100 %"),
        ("0.97001", "the nearest is 0.9700"),
        ("36/37", "the nearest is 0.9730"),
    ],
)
def test_returns_that_cannot_be(value: str, says: str) -> None:
    """Below 90 %, above 100 %, or between two numbers: refused, with what would do."""
    with pytest.raises(ReturnError, match=says):
        check_return(Fraction(value))
    with pytest.raises(ReturnError, match=says):
        with_return(Crash(), Fraction(value))


def test_other_games_have_no_return_to_choose() -> None:
    """Nor has a version that was made for one, or somebody's own game under the name."""

    class Other(Crash):
        pass

    made = with_return(Crash(), Fraction("0.97"))
    for game in (EuropeanRoulette(), made, Other()):
        with pytest.raises(ReturnError, match=f"{game.name} has no return to choose"):
            with_return(game, Fraction("0.96"))
        assert of_version(game, 109_600) is None


@pytest.mark.parametrize("version", [0, 1, 2, 9_700, 108_999, 110_001, 209_700, 10**12])
def test_numbers_that_are_no_version(version: int) -> None:
    """Outside of the bounds, or of other rules."""
    assert of_version(Crash(), version) is None


def test_rounds_are_played_for_the_return() -> None:
    """The same seeds crash lower for less; and a round replays under its own version only."""
    shipped, lower = Crash(), with_return(Crash(), Fraction("0.9"))
    differing = 0
    for draws in seeded("chosen return", 200):
        bets = (shipped.sample("cash-out-2.00", 100),)
        views = [game.view(game.open(bets, draws), 0) for game in (shipped, lower)]
        assert all(isinstance(view, CrashView) for view in views)
        high, low = (Fraction(view.crash) for view in views if isinstance(view, CrashView))
        assert low <= high
        differing += low < high
        assert lower.view(replay(lower, bets, [], draws), 0) == views[1]
    assert differing > 150


def test_plinko_never_returns_more() -> None:
    """Its tables are scaled by the greater of 99 % and their own return, and rounded down."""
    game = with_return(Plinko(), Fraction("0.955"))

    assert all(
        bet.expected is not None and bet.expected <= Fraction("0.955") for bet in game.bet_returns()
    )


def test_a_catalogue_finds_every_return() -> None:
    """A version that nobody chose today is found for replays, and is the same each time."""
    catalogue = Catalogue([Crash(), EuropeanRoulette()])
    found = catalogue.version("crash", 109_600)

    assert found is not None
    assert found is catalogue.version("crash", 109_600)
    assert found not in catalogue.versions()
    assert catalogue.version("crash", 109_900) is None
    assert catalogue.version("limbo", 109_600) is None
    assert catalogue.version("roulette", 109_600) is None
