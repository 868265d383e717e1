"""What every game keeps of the contract."""

from __future__ import annotations

import inspect
from typing import Any

import msgspec
import pytest

from games.catalogue import standard
from games.entropy import Draws
from games.game import AnyGame, RoundKind, StakeForm, StakeLimits, replay
from protocol.errors import Refused
from tests.games.scripts import seeded

GAMES = standard().versions()
every_game = pytest.mark.parametrize("game", GAMES, ids=lambda game: f"{game.name}-{game.version}")
LIMITS = StakeLimits(1, 1_000_000)


def body(game: AnyGame, stake: int) -> Any:
    """Return decoded bets, made from nothing but the description."""
    description = game.describe()
    value: dict[str, object] = {"stake": stake}
    if description.stake_form is StakeForm.LIST:
        value = {"bets": [{"bet": description.choices[0].bet, "stake": stake}]}
    return msgspec.convert(value, game.bets_type)


@every_game
def test_described_stakes_are_taken(game: AnyGame) -> None:
    """A generic table can bet every stake that the description offers."""
    stakes = game.describe().stakes

    assert list(stakes) == sorted(set(stakes))
    for stake in stakes:
        assert game.stake(body(game, stake), LIMITS) == stake


@every_game
def test_limits_of_the_table_are_kept(game: AnyGame) -> None:
    """A stake below or above what the table takes is refused, and so is a fraction."""
    stakes = game.describe().stakes
    codes = []
    for stake, limits in [
        (stakes[0], StakeLimits(stakes[1], stakes[-1])),
        (stakes[-1], StakeLimits(stakes[0], stakes[-2])),
        (stakes[0] + 0.5, LIMITS),
        (0, LIMITS),
        (-stakes[0], LIMITS),
    ]:
        with pytest.raises(Refused) as refused:
            game.stake(body(game, stake), limits)  # type: ignore[arg-type]
        codes.append(refused.value.code.value)

    assert codes == ["stake_below", "stake_above", "stake_not_whole", "stake_below", "stake_below"]


@every_game
def test_opening_is_a_pure_function(game: AnyGame) -> None:
    """The same inputs give the same state, and the stream that was passed stays where it was."""
    bets = [body(game, game.describe().stakes[0])] * game.seats
    for draws in seeded(f"pure {game.name}", 50):
        first = game.open(bets, draws)

        assert draws.words_used == 0
        assert game.view(game.open(bets, draws), 0) == game.view(first, 0)
        assert game.view(replay(game, bets, [], draws), None) == game.view(first, None)


@every_game
def test_outcomes_do_not_depend_on_the_stake(game: AnyGame) -> None:
    """With other stakes the same seed shows the same cards, reels or number (A10)."""
    low, high = game.describe().stakes[0], game.describe().stakes[-1]
    for draws in seeded(f"stake {game.name}", 200):
        views = [
            without_amounts(
                msgspec.to_builtins(game.view(game.open([body(game, stake)], draws), 0))
            )
            for stake in (low, high)
        ]

        assert views[0] == views[1]


def without_amounts(value: Any) -> Any:
    """Return a view without money."""
    if isinstance(value, dict):
        return {
            key: without_amounts(item)
            for key, item in value.items()
            if key not in {"stake", "payout", "insurance", "net", "summary"}
        }
    if isinstance(value, list | tuple):
        return [without_amounts(item) for item in value]
    return value


@every_game
def test_view_travels(game: AnyGame) -> None:
    """A view keeps its meaning through both codecs, and its length keeps the declared bound."""
    bets = [body(game, game.describe().stakes[-1])]
    for draws in seeded(f"view {game.name}", 200):
        view = game.view(game.open(bets, draws), 0)
        packed = msgspec.msgpack.encode(view)

        assert isinstance(view, game.view_type)
        assert msgspec.msgpack.decode(packed, type=game.view_type) == view
        assert msgspec.json.decode(msgspec.json.encode(view), type=game.view_type) == view
        assert len(packed) <= game.maximum_reply_bytes


@every_game
def test_instant_rounds_come_back_finished(game: AnyGame) -> None:
    """A spin is over at once, with stake and payout of every seat, within the declared bound."""
    if game.kind is not RoundKind.INSTANT:
        assert game.describe().actions
        return
    bets = [body(game, game.describe().stakes[0])]
    for draws in seeded(f"instant {game.name}", 200):
        state = game.open(bets, draws)

        assert state.finished
        assert state.stakes == (game.stake(bets[0], LIMITS),)
        assert 0 <= state.payouts[0] <= game.maximum_payout_factor * state.stakes[0]


@every_game
def test_description_is_whole(game: AnyGame) -> None:
    """Every field that a regulator asks for is filled in, and it can be sent (B2, B4)."""
    description = game.describe()

    assert (description.game, description.version) == (game.name, game.version)
    assert description.digest == game.digest
    assert len(game.digest) == 64
    assert description.kind is game.kind
    assert description.seats == game.seats
    assert description.help.startswith("#")
    assert description.paytable
    assert description.maximum_payout
    assert description.returns.basis
    assert description.returns.decimal.startswith("0.")
    assert (description.stake_form is StakeForm.LIST) == bool(description.choices)
    packed = msgspec.json.encode(description)
    assert msgspec.json.decode(packed, type=type(description)) == description


@every_game
def test_every_bet_returns_what_a_regulator_asks(game: AnyGame) -> None:
    """No bet returns less than 75 % or as much as it takes (B1)."""
    returns = game.bet_returns()

    assert len({entry.bet for entry in returns}) == len(returns) > 0
    for entry in returns:
        if entry.expected is not None:
            assert 75 <= entry.expected * 100 < 100, entry.bet
        else:
            assert entry.note


def test_draws_take_no_player() -> None:
    """Nothing about a player, a stake or a connection goes into a draw (A10)."""
    for function in (Draws.__init__, Draws.word, Draws.below, Draws.copy):
        names = set(inspect.signature(function).parameters)
        assert names <= {"self", "seed", "client_seeds", "stream", "bound"}
