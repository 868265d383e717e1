"""Games by name and version."""

from __future__ import annotations

import pytest

from games.catalogue import Catalogue, standard
from games.roulette import EuropeanRoulette


class Newer(EuropeanRoulette):
    """A second version."""

    version = 2


def test_standard_has_the_three_games() -> None:
    """The names that clients rely on are there."""
    catalogue = standard()

    assert {"slot", "roulette", "blackjack"} <= {game.name for game in catalogue.versions()}
    assert catalogue.current("poker") is None


def test_newest_version_is_current_and_old_ones_stay() -> None:
    """New rounds take the highest version, whatever the order; recorded ones find theirs."""
    old, new = EuropeanRoulette(), Newer()
    for games in ([old, new], [new, old]):
        catalogue = Catalogue(games)

        assert catalogue.current("roulette") is new
        assert catalogue.version("roulette", 1) is old
        assert catalogue.version("roulette", 3) is None
        assert list(catalogue) == [new]
        assert catalogue.versions() == games


def test_a_version_may_be_added_later() -> None:
    """A new version is current from then on, an older one only to be found."""
    old, new = EuropeanRoulette(), Newer()
    catalogue = Catalogue([old])
    catalogue.add(new)

    assert catalogue.current("roulette") is new
    with pytest.raises(ValueError, match="is there twice"):
        catalogue.add(EuropeanRoulette())
    later = Catalogue([new])
    later.add(old)
    assert later.current("roulette") is new
    assert later.version("roulette", 1) is old


def test_closed_games_take_no_new_rounds() -> None:
    """A closed game is not current and not listed; its recorded rounds find it."""
    old, new = EuropeanRoulette(), Newer()
    catalogue = Catalogue([old], closed=["roulette"])
    catalogue.add(new)

    assert catalogue.current("roulette") is None
    assert list(catalogue) == []
    assert catalogue.version("roulette", 2) is new


def test_a_chosen_version_is_current_whatever_its_number() -> None:
    """New rounds take it, a later one with a higher number changes nothing; closed stays closed."""
    old, new = EuropeanRoulette(), Newer()
    catalogue = Catalogue([new], chosen=[old])

    assert catalogue.current("roulette") is old
    assert list(catalogue) == [old]
    assert catalogue.version("roulette", 2) is new
    later = Catalogue([], chosen=[old])
    later.add(new)
    assert later.current("roulette") is old
    assert Catalogue([new], closed=["roulette"], chosen=[old]).current("roulette") is None


def test_a_version_is_registered_once() -> None:
    """Two games of one name and version cannot be told apart, so the second is an error."""
    with pytest.raises(ValueError, match="is there twice"):
        Catalogue([EuropeanRoulette(), EuropeanRoulette()])
