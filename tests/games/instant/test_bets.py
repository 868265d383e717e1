"""Tests of games.instant.bets: what a round of named bets takes, and what its returns count."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec
import pytest

from games.chips import Chip, Chips
from games.game import StakeLimits
from games.instant import Crash, Dice, Limbo, Plinko
from games.instant.bets import MAXIMUM_BETS, NamedBetsGame
from games.instant.plinko import TABLE_RETURN
from games.instant.rounding import STAKES
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import MAXIMUM_INTEGER
from tests.games.instant.play import follows_its_law
from tests.games.scripts import Script, seeded

GAMES = (Crash(), Dice(), Limbo(), Plinko())
LIMITS = StakeLimits(1, 1_000_000)
every_game = pytest.mark.parametrize("game", GAMES, ids=lambda game: game.name)


def bets(*names: str, stake: Any = 100) -> Chips:
    """Return a bet of the same stake on each name."""
    return Chips(tuple(Chip(name, stake) for name in names))


def many(number: int) -> list[str]:
    """Return that many different targets of crash."""
    return [f"cash-out-{2 + each}.00" for each in range(number)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (bets(), ErrorCode.BET_INVALID),
        (bets("cash-out-1.00"), ErrorCode.BET_INVALID),
        (bets("cash-out-10000.01"), ErrorCode.BET_INVALID),
        (bets("target-2.00"), ErrorCode.BET_INVALID),
        (bets(""), ErrorCode.BET_INVALID),
        (bets("cash-out-2.00", "cash-out-2.00"), ErrorCode.BET_INVALID),
        (bets(*many(MAXIMUM_BETS + 1)), ErrorCode.BET_INVALID),
        (bets("cash-out-2.00", stake=99), ErrorCode.STAKE_BELOW),
        (bets("cash-out-2.00", stake=0), ErrorCode.STAKE_BELOW),
        (bets("cash-out-2.00", stake=-100), ErrorCode.STAKE_BELOW),
        (bets("cash-out-2.00", stake=100.0), ErrorCode.STAKE_NOT_WHOLE),
        (bets("cash-out-2.00", stake=150.5), ErrorCode.STAKE_NOT_WHOLE),
        (bets("cash-out-2.00", stake=1_000_001), ErrorCode.STAKE_ABOVE),
        (bets("cash-out-2.00", "cash-out-3.00", stake=500_001), ErrorCode.STAKE_ABOVE),
        (bets("cash-out-2.00", stake=MAXIMUM_INTEGER), ErrorCode.STAKE_ABOVE),
    ],
)
def test_refusals(body: Chips, code: ErrorCode) -> None:
    """Each kind of wrong bet has its own refusal; a bet named twice is refused, not summed."""
    with pytest.raises(Refused) as refused:
        GAMES[0].stake(body, LIMITS)

    assert refused.value.code is code


@every_game
def test_no_payout_is_longer_than_an_amount(game: NamedBetsGame) -> None:
    """Where the table sets no maximum, a stake that could win too much is refused."""
    unlimited = StakeLimits(1, MAXIMUM_INTEGER)
    bet = game.presets[0].bet
    most = MAXIMUM_INTEGER // game.maximum_payout_factor

    assert game.stake(bets(bet, stake=most), unlimited) == most
    with pytest.raises(Refused) as refused:
        game.stake(bets(bet, stake=most + 1), unlimited)
    assert refused.value.code is ErrorCode.STAKE_ABOVE
    assert refused.value.details == {"maximum": most}


def test_limits_hold_for_bet_and_round() -> None:
    """The table's minimum is that of each bet, its maximum that of the round; any whole stake."""
    limits = StakeLimits(250, 1_000)

    assert GAMES[0].stake(bets("cash-out-2.00", "cash-out-3.00", stake=333), limits) == 666
    for stake, code in ((249, ErrorCode.STAKE_BELOW), (501, ErrorCode.STAKE_ABOVE)):
        with pytest.raises(Refused) as refused:
            GAMES[0].stake(bets("cash-out-2.00", "cash-out-3.00", stake=stake), limits)
        assert refused.value.code is code
    assert GAMES[0].stake(bets(*many(MAXIMUM_BETS)), LIMITS) == 100 * MAXIMUM_BETS


def test_body_on_the_wire() -> None:
    """The body is read as the description says; a list that is far too long is not even read."""
    body = b'{"bets":[{"bet":"cash-out-2.00","stake":100}]}'

    assert msgspec.json.decode(body, type=Chips) == bets("cash-out-2.00")
    for wrong in [{"bet": "x" * 65, "stake": 1}], [{"bet": "x", "stake": 1}] * 1_001:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"bets": wrong}, Chips)


@every_game
def test_a_bet_that_is_none_has_no_mathematics(game: NamedBetsGame) -> None:
    """Asking for it is an error of the caller."""
    for ask in (
        lambda: game.sample("nothing", 100),
        lambda: game.bet_return("nothing"),
        lambda: game.return_at("nothing", 100),
    ):
        with pytest.raises(ValueError, match="no bet named 'nothing'"):
            ask()


@pytest.mark.parametrize("kind", [Crash, Dice, Limbo, Plinko])
@pytest.mark.parametrize("value", ["9/10", "95/100", "97/100", "99/100", "1"])
def test_no_bet_returns_more_than_its_game(kind: type[Any], value: str) -> None:
    """Whatever return a game is made for; but the published boards for 99 % keep their own."""
    return_to_player = Fraction(value)
    game = kind(return_to_player)
    for entry in game.bet_returns():
        assert entry.law is not None
        assert sum(chance for _, chance in entry.law) == 1
        assert sum(net * chance for net, chance in entry.law) + 1 == entry.expected
        if kind is Plinko and return_to_player == TABLE_RETURN:
            assert Fraction(989, 1_000) < entry.expected < Fraction(991, 1_000)
        else:
            assert return_to_player - Fraction(1, 100) < entry.expected <= return_to_player
        for stake in STAKES:
            rounded = game.return_at(entry.bet, stake)
            assert entry.expected - Fraction(1, stake) < rounded <= entry.expected


@every_game
def test_rounding_at_any_stake_takes_less_than_a_minor_unit(game: NamedBetsGame) -> None:
    """Stakes that no one offers lose less than one unit, so less than 1 %."""
    for choice in game.presets:
        expected = game.bet_return(choice.bet).expected
        assert expected is not None
        for stake in (100, 101, 123, 199, 777, 9_999):
            assert expected - Fraction(1, stake) < game.return_at(choice.bet, stake) <= expected


@every_game
def test_the_description_publishes_the_lowest_return(game: NamedBetsGame) -> None:
    """With payouts rounded down, of all bets and stakes that it offers (B2)."""
    description = game.describe()
    published = Fraction(description.returns.exact or "")
    offered = [
        game.return_at(choice.bet, stake)
        for choice in description.choices
        for stake in description.stakes
    ]

    assert published == min(offered)
    assert "lowest" in description.returns.basis
    assert len(description.paytable) == len(description.choices)


@every_game
def test_bounds_are_reached_and_kept(game: NamedBetsGame) -> None:
    """The highest award is the declared factor; the longest view keeps the reply's length."""
    highest = max(entry.highest_award or 0 for entry in game.bet_returns())
    assert highest == game.maximum_payout_factor
    names = [choice.bet for choice in game.presets]
    stake = MAXIMUM_INTEGER // game.maximum_payout_factor // len(names)
    longest = 0
    for draws in seeded(f"{game.name} bounds", 300):
        state = game.open([bets(*names, stake=stake)], draws)
        view = game.view(state, 0)
        assert state.payouts[0] is not None
        assert state.payouts[0] <= game.maximum_payout_factor * state.stakes[0] <= MAXIMUM_INTEGER
        longest = max(longest, len(msgspec.msgpack.encode(view)))
    assert longest <= game.maximum_reply_bytes


def test_the_longest_view_of_crash() -> None:
    """Twenty of the longest names that all win, with the longest amounts, just fit."""
    game = GAMES[0]
    names = [f"cash-out-{9_000 + each}.00" for each in range(MAXIMUM_BETS - 1)]
    body = bets(*names, "cash-out-10000.00", stake=10**9)
    state = game.open([body], Script([2**20 - 1, 2**32 - 1]))
    view = game.view(state, 0)

    assert len(view.wins) == MAXIMUM_BETS
    size = len(msgspec.msgpack.encode(view))
    assert game.maximum_reply_bytes - 8 * MAXIMUM_BETS <= size <= game.maximum_reply_bytes


@pytest.mark.math
@every_game
def test_every_preset_follows_its_law(game: NamedBetsGame) -> None:
    """Fifty thousand live rounds of each bet keep |z| at 4 or less and pass chi-square (A12).

    Bets that win too rarely for a normal law are left to the exact counts over their draws.
    """
    rounds = 50_000
    for entry in game.bet_returns():
        assert entry.hit_frequency is not None
        if entry.hit_frequency * rounds >= 20:
            assert follows_its_law(game, entry, rounds), entry.bet
