"""Tests of `server.catalogue.stakes`."""

from __future__ import annotations

from pathlib import Path

import pytest

from games.catalogue import standard
from games.game import StakeLimits
from protocol.messages.common import MAXIMUM_INTEGER
from server.app import StartFailed
from server.catalogue import load_catalogue
from server.catalogue.stakes import stake_limits, stake_problem, stake_problems
from server.config import Games
from tests.postgres import Database
from tests.server.cli.games.running import changed
from tests.server.harness import open_house

CATALOGUE = standard()


def problem(name: str, games: Games) -> str:
    """Return what is wrong with a game under these settings."""
    game = CATALOGUE.current(name)
    assert game is not None
    return stake_problem(games, game)


def test_limits_of_a_table() -> None:
    """The site's for a currency that it names, else the game's, never above what can be paid."""
    game = CATALOGUE.current("roulette")
    assert game is not None
    games = Games(min_stake={"EUR": 40}, max_stake={"EUR": 400, "JPY": MAXIMUM_INTEGER})

    assert stake_limits(games, game, "EUR") == StakeLimits(40, 400)
    assert stake_limits(games, game, "USD") == StakeLimits(10, 10_000)
    assert stake_limits(games, game, "JPY") == StakeLimits(10, MAXIMUM_INTEGER // 36)


def test_without_limits_nothing_is_wrong() -> None:
    """Nor with limits that leave every game something."""
    assert stake_problems(Games(), CATALOGUE) == []
    assert stake_problems(Games(min_stake={"EUR": 1}, max_stake={"JPY": 10**6}), CATALOGUE) == []


@pytest.mark.parametrize(
    ("name", "low", "high", "shut"),
    [
        ("crash", 10_000, None, False),
        ("crash", 10_001, None, True),  # above the highest that it offers
        ("crash", 10_001, 20_000, False),  # a maximum of the site's own takes the place of that
        ("crash", None, 100, False),
        ("crash", None, 99, True),  # below the lowest
        ("crash", 1, 99, True),  # below what the rules demand
        ("slot", 20, 20, False),
        ("slot", 21, 39, True),  # between two bet levels
        ("baccarat", 101, 102, False),  # the player's side takes any stake, the banker's does not
        ("keno-80-20", 101, 199, True),  # no multiple of its unit
        ("roulette", 2**50, 2**53 - 1, True),  # a payout that no amount could hold
    ],
)
def test_limits_that_leave_no_stake(
    name: str, low: int | None, high: int | None, shut: bool
) -> None:
    """A table that would refuse every bet is found, whatever the reason."""
    games = Games(
        min_stake={} if low is None else {"EUR": low},
        max_stake={} if high is None else {"EUR": high},
    )

    told = problem(name, games)

    assert bool(told) is shut, told


def test_what_is_told() -> None:
    """The settings with their values, the games with theirs, and what to do; not a page of it."""
    assert problem("crash", Games(min_stake={"EUR": 20_000})) == (
        "games.min_stake (EUR = 20000): no stake is left in EUR for crash (100 to 10000); lower"
        " games.min_stake, raise games.max_stake, or name these games in games.disabled"
    )
    (line,) = stake_problems(Games(min_stake={"EUR": 10**6}), CATALOGUE)
    assert "for baccarat (20 to 50000), baccarat-nine-to-one (20 to 50000), big-six" in line
    assert f" and {len(list(CATALOGUE)) - 5} more; lower games.min_stake" in line
    both = Games(min_stake={"EUR": 21}, max_stake={"EUR": 39})
    assert problem("slot", both).startswith(
        "games.min_stake (EUR = 21) and games.max_stake (EUR = 39): no stake is left in EUR"
    )


def test_a_disabled_game_needs_no_stake() -> None:
    """Only games that take new rounds are looked at."""
    games = Games(max_stake={"EUR": 60}, disabled=tuple(game.name for game in CATALOGUE))

    assert load_catalogue(games).problems == ()


async def test_no_start_with_a_table_that_refuses_everything(database: Database) -> None:
    """The server says which games and what to do, before it touches anything."""
    with pytest.raises(StartFailed, match=r"games.min_stake \(EUR = 20000\): no stake is left"):
        async with open_house(database, games__min_stake={"EUR": 20_000}):
            pass


async def test_a_reload_refuses_a_machine_without_a_stake(
    database: Database, tmp_path: Path
) -> None:
    """A new machine whose levels lie outside the site's limits is refused with its line."""
    async with open_house(
        database, games__machine_folders=(str(tmp_path),), games__min_stake={"EUR": 20}
    ) as house:
        one = changed(tmp_path / "one.toml")
        (refused,) = (await house.casino.reload_games()).refused

        assert (refused.file, refused.line) == (str(one), 7)
        assert refused.message.startswith(f"{one}:7: games.min_stake (EUR = 20): no stake is left")
        assert house.casino.catalogue.current("classic-sevens") is None
        changed(one, ("line_bets = [1]", "line_bets = [1, 20]"))
        assert len((await house.casino.reload_games()).taken) == 1
