"""Baccarat under the contract: bets, views, bounds, and a simulation against the exact figures."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from games.baccarat import Baccarat, rules
from games.baccarat.game import RETURNS, TIE_CHANCE, baccarat_games
from games.chips import Chip, Chips
from games.entropy import Draws
from games.game import StakeForm, StakeLimits, replay
from protocol.errors import ErrorCode, Refused
from tests.games.dealt import dealing, faces
from tests.games.scripts import chi_square, chi_square_limit, seeded

GAME = Baccarat()
NINE = baccarat_games()[1]
LIMITS = StakeLimits(1, 1_000_000)


def bets(*names: str, stake: Any = 100) -> Chips:
    """Return a bet of the same stake on each name."""
    return Chips(tuple(Chip(name, stake) for name in names))


def test_every_bet_is_settled_by_the_cards() -> None:
    """Each win is told with its stake and payout, and the rest has lost."""
    state = GAME.open([bets(*rules.MULTIPLES)], dealing("9c Kc 9d 8d", decks=8))
    view = GAME.view(state, None)

    assert (view.player, view.banker) == (faces("9c 9d"), faces("Kc 8d"))
    assert (view.player_total, view.banker_total, view.result) == (8, 8, "tie")
    assert (view.player_pair, view.banker_pair) == (True, False)
    assert [(win.bet, win.payout) for win in view.wins] == [
        ("banker", 100),
        ("player", 100),
        ("tie", 900),
        ("player-pair", 1_200),
    ]
    assert view.payout == state.payouts[0] == 2_300
    assert state.stakes == (500,)
    assert view.summary == "Tie at 8"


def test_the_other_game_pays_nine() -> None:
    """Its tie pays 9 to 1, under another name and another digest; the rest is the same."""
    state = NINE.open([bets(*rules.MULTIPLES)], dealing("9c Kc 9d 8d", decks=8))

    assert state.payouts == (2_400,)
    assert NINE.name == "baccarat-nine-to-one"
    assert NINE.digest != GAME.digest


@pytest.mark.parametrize(
    ("cards", "summary"),
    [("9c Kc Kd 8d", "Player 9, banker 8"), ("4c 9c 4d Kd", "Banker 9, player 8")],
)
def test_summaries(cards: str, summary: str) -> None:
    """The winner comes first."""
    assert GAME.view(GAME.open([bets("tie")], dealing(cards, decks=8)), 0).summary == summary


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (bets(), ErrorCode.BET_INVALID),
        (bets("dragon"), ErrorCode.BET_INVALID),
        (bets("tie", "tie"), ErrorCode.BET_INVALID),
        (bets("banker", stake=30), ErrorCode.STAKE_NOT_WHOLE),
        (bets("player", stake=1.5), ErrorCode.STAKE_NOT_WHOLE),
        (bets("banker", stake=10), ErrorCode.STAKE_BELOW),
        (bets("player", stake=0), ErrorCode.STAKE_BELOW),
        (bets("player", stake=1_000_001), ErrorCode.STAKE_ABOVE),
    ],
)
def test_refusals(body: Chips, code: ErrorCode) -> None:
    """Each kind of wrong bet has its own refusal; the banker takes multiples of 20."""
    with pytest.raises(Refused) as refused:
        GAME.stake(body, LIMITS)

    assert refused.value.code is code


def test_samples_are_taken() -> None:
    """Each bet of the mathematics can be made alone; another is an error."""
    for entry in GAME.bet_returns():
        assert GAME.stake(GAME.sample(entry.bet, 40), LIMITS) == 40
    with pytest.raises(ValueError, match="no bet named"):
        GAME.sample("dragon", 40)


@pytest.mark.parametrize("game", [GAME, NINE], ids=lambda game: game.name)
def test_the_description_tells_the_exact_returns(game: Baccarat) -> None:
    """Constants, help and paytable say what the analysis counts (B2, B4)."""
    exact = {entry.bet: entry.expected for entry in game.bet_returns()}
    description = game.describe()

    assert exact == RETURNS | {"tie": TIE_CHANCE * (game.tie_pays + 1)}
    assert description.returns.exact == str(exact["banker"])
    assert description.stake_form is StakeForm.LIST
    assert [choice.bet for choice in description.choices] == list(rules.MULTIPLES)
    assert ("Tie", f"{game.tie_pays} to 1") in description.paytable
    for percent in ("98.9421 %", "98.7649 %", "85.6404 %" if game is GAME else "95.1560 %"):
        assert percent in description.help
        assert percent in description.returns.basis


@given(
    seed=st.binary(min_size=32, max_size=32),
    names=st.lists(st.sampled_from(list(rules.MULTIPLES)), min_size=1, unique=True),
    units=st.integers(1, 2**44),
)
@settings(max_examples=200, deadline=None)
def test_bounds_hold(seed: bytes, names: list[str], units: int) -> None:
    """Payout, draws and reply keep what is declared, and a replay gives the same round."""
    body = bets(*names, stake=20 * units)
    draws = Draws(seed, ())
    state = NINE.open([body], draws)
    view = NINE.view(state, 0)
    payout = state.payouts[0]

    assert payout is not None
    assert 0 <= payout <= NINE.maximum_payout_factor * state.stakes[0]
    assert len(view.player) + len(view.banker) <= NINE.maximum_draws
    assert len(msgspec.msgpack.encode(view)) <= NINE.maximum_reply_bytes
    assert draws.words_used == 0
    assert NINE.view(replay(NINE, [body], [], draws), 0) == view  # type: ignore[arg-type]


def test_the_highest_payout_is_a_pair() -> None:
    """It reaches the declared factor."""
    state = GAME.open([bets("player-pair")], dealing("9c Kc 9d 8d", decks=8))

    assert state.payouts[0] == GAME.maximum_payout_factor * 100


def test_a_simulation_agrees_with_the_exact_law() -> None:
    """Results of live coups pass chi-square, and each bet's mean is within 4 standard errors."""
    rounds = 60_000
    body = bets(*rules.MULTIPLES)
    payouts = dict.fromkeys(rules.MULTIPLES, 0)
    results = {"banker": 0, "player": 0, "tie": 0}
    for draws in seeded("baccarat", rounds):
        state = GAME.open([body], draws)
        results[state.coup.result] += 1
        for win in state.wins:
            payouts[win.bet] += win.payout
    chances = (Fraction(458597, 10**6), Fraction(446247, 10**6), TIE_CHANCE)
    expected = [float(chance) * rounds for chance in chances]

    assert chi_square(list(results.values()), expected) < chi_square_limit(2)
    for entry in GAME.bet_returns():
        assert entry.expected is not None
        assert entry.variance is not None
        error = (float(entry.variance) / rounds) ** 0.5
        mean = payouts[entry.bet] / 100 / rounds
        assert abs(mean - float(entry.expected)) <= 4 * error, entry.bet


def test_the_longest_view_keeps_the_bound() -> None:
    """Six cards on which three bets win and two come back, at the highest amounts."""
    most = 2**53 - 1
    state = GAME.open([bets(*rules.MULTIPLES, stake=most)], dealing("Ks Kh Kd Kc 6s 6h", decks=8))
    view = GAME.view(state, 0)
    longest = msgspec.structs.replace(
        view,
        payout=most,
        wins=tuple(msgspec.structs.replace(win, payout=most) for win in view.wins),
    )

    assert len(view.player) + len(view.banker) == 6
    assert len(view.wins) == 5
    assert len(msgspec.msgpack.encode(longest)) == GAME.maximum_reply_bytes
