"""Tests of `client.load.strategies`."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from client.load.options import LoadError
from client.load.strategies import cheapest, nearest, strategy_for
from client.rounds import Option, Round
from games.catalogue import standard
from games.game import RoundKind, StakeLimits
from protocol.codec import MSGPACK
from protocol.messages.common import Balance
from protocol.messages.rounds import Played
from protocol.messages.tables import LobbyGame, StakeRange
from tests.client.fake_house import GAMES, STAKES


def lobby_game(name: str, stakes: StakeRange = STAKES, **changes: Any) -> LobbyGame:
    """Return a game as the lobby lists it."""
    return LobbyGame(game=name, stakes=stakes, description={**GAMES[name], **changes})


def opened(view: dict[str, Any]) -> Round:
    """Return an open round with a view."""
    raw = msgspec.Raw(MSGPACK.encode(view))
    balance = Balance(0, 0, 1)
    played = Played("t", "c-1", 1, False, 100, None, raw, balance, None, None)
    return Round(played, MSGPACK)


def decoded(raw: msgspec.Raw) -> Any:
    """Return bets as plain values."""
    return msgspec.msgpack.decode(raw)


def test_a_slot_is_played_at_a_fixed_level() -> None:
    """The offered stake nearest to the one asked for."""
    strategy = strategy_for(lobby_game("slot"), 120, random.Random(1))

    assert strategy.kind is RoundKind.INSTANT
    assert decoded(strategy.bets()) == {"stake": 100}


def test_roulette_bets_on_a_few_choices() -> None:
    """One to three different ones, and over time on most of them."""
    strategy = strategy_for(lobby_game("roulette"), 50, random.Random(1))
    names: set[str] = set()
    for _ in range(200):
        bets = decoded(strategy.bets())["bets"]
        assert 1 <= len(bets) <= 3
        assert len({bet["bet"] for bet in bets}) == len(bets)
        assert {bet["stake"] for bet in bets} == {50}
        names |= {bet["bet"] for bet in bets}

    assert len(names) == 37


def test_a_table_with_a_low_maximum_gets_fewer_bets() -> None:
    """The stakes of a round stay within what the table takes."""
    game = lobby_game("roulette", StakeRange(10, 100))
    strategy = strategy_for(game, 100, random.Random(1))

    assert {len(decoded(strategy.bets())["bets"]) for _ in range(100)} == {1}


def test_play_repeats_under_the_same_seed() -> None:
    """A run can be made again bet by bet."""
    runs = []
    for _ in range(2):
        strategy = strategy_for(lobby_game("roulette"), 50, random.Random(5))
        runs.append([bytes(strategy.bets()) for _ in range(20)])

    assert runs[0] == runs[1]


@pytest.mark.parametrize(
    ("faces", "total", "action"),
    [([9, 4], 15, "hit"), ([9, 7], 18, "stand"), ([4, 5], 11, "double")],
)
def test_blackjack_is_played_by_the_book(faces: list[int], total: int, action: str) -> None:
    """Against a nine: 15 hits, 18 stands, 11 doubles."""
    strategy = strategy_for(lobby_game("blackjack"), 100, random.Random(1))
    view = {
        "dealer": {"cards": [8, None]},
        "hands": [{"cards": faces, "total": total, "soft": False}],
        "active": 0,
        "options": [
            {"action": "hit", "label": "Hit"},
            {"action": "stand", "label": "Stand"},
            {"action": "double", "label": "Double", "stake": 100},
        ],
    }

    assert strategy.decide(opened(view)).action == action


def test_an_unknown_game_is_played_by_its_options() -> None:
    """Any decision that costs nothing, from the view alone."""
    strategy = strategy_for(lobby_game("guess"), 100, random.Random(1))
    view = {"options": [{"action": "more", "stake": 5}, {"action": "a"}, {"action": "b"}]}

    assert {strategy.decide(opened(view)).action for _ in range(50)} == {"a", "b"}
    assert {bet["bet"] for bet in decoded(strategy.bets())["bets"]} <= {"red", "black"}


def test_shared_tables_are_refused() -> None:
    """With the name of the game."""
    with pytest.raises(LoadError, match="slot"):
        strategy_for(lobby_game("slot", kind="shared"), 100, random.Random(1))


def test_an_unreadable_description_is_refused() -> None:
    """A server of another version is named as the cause."""
    with pytest.raises(LoadError, match="description of slot"):
        strategy_for(lobby_game("slot", stake_form="three"), 100, random.Random(1))


def test_nearest_keeps_to_what_is_offered_and_allowed() -> None:
    """Both the game's levels and the table's limits count."""
    assert nearest((10, 20, 50), StakeRange(20, 100), 5) == 20
    assert nearest((10, 20, 50), StakeRange(1, 30), 500) == 20
    assert nearest((), StakeRange(20, 100), 500) == 100


def test_the_cheapest_option_ends_a_round() -> None:
    """A player who cannot pay takes what is free, `stand` first."""
    options = (Option("double", stake=100), Option("hit"), Option("stand"))

    assert cheapest(options).action == "stand"
    with pytest.raises(LoadError):
        cheapest(())


@pytest.mark.parametrize("game", list(standard()), ids=lambda game: game.name)
def test_every_game_that_ships_can_be_played(game: Any) -> None:
    """The description alone is enough for bets that the game takes."""
    description = msgspec.to_builtins(game.describe())
    listed = LobbyGame(game=game.name, stakes=StakeRange(1, 10**9), description=description)
    strategy = strategy_for(listed, 100, random.Random(1))
    for _ in range(20):
        bets = MSGPACK.game_data(strategy.bets(), game.bets_type)
        assert game.stake(bets, StakeLimits(1, 10**9)) > 0
