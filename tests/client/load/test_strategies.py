"""Tests of `client.load.strategies`."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from client.load.options import LoadError
from client.load.strategies import cheapest, nearest, strategy_for
from client.rounds import Option, Round
from games.blackjack import Blackjack
from games.blackjack.game import BlackjackDecision
from games.blackjack.rules import Action
from games.catalogue import Catalogue, standard
from games.entropy import Draws
from games.game import AnyGame, Description, RoundKind, StakeLimits
from games.roulette import EuropeanRoulette, RouletteBets
from protocol.codec import MSGPACK
from protocol.errors import ErrorCode, Refused
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


def real_game(game: AnyGame) -> LobbyGame:
    """Return a game as a real server's lobby lists it."""
    return LobbyGame(game.name, StakeRange(1, 10**9), msgspec.to_builtins(game.describe()))


def test_decisions_are_those_that_the_game_advises() -> None:
    """In every round a known game is played by its own strategy, from the seat's view alone."""
    game = Blackjack()
    catalogue = Catalogue([game])
    strategy = strategy_for(real_game(game), 100, random.Random(1), catalogue)
    bets = MSGPACK.game_data(strategy.bets(), game.bets_type)
    taken = set()
    for number in range(200):
        state = game.open((bets,), Draws(number.to_bytes(32, "big"), (b"",)))
        while not state.finished:
            view = game.view(state, 0)
            chosen = strategy.decide(opened(msgspec.to_builtins(view)))
            advised = game.advise(view)
            assert chosen.action == advised.action.value, number
            taken.add(chosen.action)
            state = game.decide(state, 0, advised)

    assert taken >= {"hit", "stand", "double", "split", "decline"}


def test_other_rules_of_the_same_name_are_not_trusted() -> None:
    """A server whose version has another digest is played by its options."""
    listed = lobby_game("blackjack")  # its digest is all zeros
    strategy = strategy_for(listed, 100, random.Random(1), Catalogue([Blackjack()]))
    view = {"options": [{"action": "hit"}, {"action": "double", "stake": 100}]}

    assert {strategy.decide(opened(view)).action for _ in range(20)} == {"hit"}


class Silent(Blackjack):
    """A game without a stated strategy."""

    def advise(self, view: Any) -> Any:
        """State none."""
        raise NotImplementedError


class Lost(Blackjack):
    """A game that advises what the rules do not allow."""

    def advise(self, view: Any) -> Any:
        """Split whatever there is."""
        return BlackjackDecision(Action.SPLIT)


@pytest.mark.parametrize("game", [Silent(), Lost()], ids=["silent", "lost"])
def test_a_game_that_advises_nothing_of_use(game: AnyGame) -> None:
    """Its rounds end all the same, by decisions that cost nothing."""
    strategy = strategy_for(real_game(game), 100, random.Random(1), Catalogue([game]))
    bets = MSGPACK.game_data(strategy.bets(), game.bets_type)
    for number in range(50):
        state = game.open((bets,), Draws(number.to_bytes(32, "big"), (b"",)))
        while not state.finished:
            chosen = strategy.decide(opened(msgspec.to_builtins(game.view(state, 0))))
            decision = BlackjackDecision(Action(chosen.action))
            assert game.price(state, 0, decision) in {0, 100}
            state = game.decide(state, 0, decision)


class Picky(EuropeanRoulette):
    """A game that takes black only beside red, and dozens by the fifty only."""

    digest = "4" * 64

    def stake(self, bets: RouletteBets, limits: StakeLimits) -> int:
        """Refuse what does not go together."""
        names = {bet.bet for bet in bets.bets}
        if "black" in names and "red" not in names:
            raise Refused(ErrorCode.BET_INVALID, "Bet on red as well.")
        if any(bet.bet.startswith("dozen") and int(bet.stake) % 50 for bet in bets.bets):
            raise Refused(ErrorCode.STAKE_NOT_WHOLE)
        return super().stake(bets, limits)

    def describe(self) -> Description:
        """List a few of its bets."""
        whole = super().describe()
        few = {"red", "black", "dozen-1"}
        choices = tuple(choice for choice in whole.choices if choice.bet in few)
        return msgspec.structs.replace(whole, choices=choices, digest=self.digest)


def test_bets_respect_the_rules() -> None:
    """What a game would refuse is never sent: bets that need another, stakes it does not take."""
    game = Picky()
    game.digest = "4" * 64
    strategy = strategy_for(real_game(game), 10, random.Random(2), Catalogue([game]))
    seen: set[frozenset[tuple[str, int]]] = set()
    for _ in range(300):
        bets = MSGPACK.game_data(strategy.bets(), game.bets_type)
        assert game.stake(bets, StakeLimits(1, 10**9)) > 0
        seen.add(frozenset((bet.bet, int(bet.stake)) for bet in bets.bets))

    assert frozenset({("red", 10)}) in seen
    assert frozenset({("dozen-1", 50)}) in seen
    assert frozenset({("red", 10), ("black", 10)}) in seen
    assert not any(len(each) == 1 and ("black", 10) in each for each in seen)


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
def test_every_game_that_ships_can_be_played(game: AnyGame) -> None:
    """Bets that the game takes, then decisions that it allows, until every round has ended."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - a failure shows it
    strategy = strategy_for(real_game(game), 100, random.Random(seed))
    for number in range(20):
        bets = MSGPACK.game_data(strategy.bets(), game.bets_type)
        assert game.stake(bets, StakeLimits(1, 10**9)) > 0
        state = game.open((bets,), Draws((seed + number).to_bytes(32, "big"), (b"",)))
        for _ in range(1_000):
            if state.finished:
                break
            option = strategy.decide(opened(msgspec.to_builtins(game.view(state, 0))))
            assert game.decision_type is not None
            decision = msgspec.convert({"action": option.action}, game.decision_type)
            assert game.price(state, 0, decision) == option.stake
            state = game.decide(state, 0, decision)
        assert state.finished
