"""Three card poker under the contract: bets, decisions, bounds, and a simulation."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from games.chips import Chip, Chips
from games.entropy import Draws
from games.game import StakeForm, StakeLimits, replay
from games.three_card_poker import ThreeCardPoker, ThreeCardPokerDecision, three_card_poker_games
from games.three_card_poker.game import ANTE_RETURN, HANDS, pair_plus_return
from games.three_card_poker.rules import Action
from protocol.errors import ErrorCode, Refused
from tests.games.dealt import dealing
from tests.games.scripts import chi_square, chi_square_limit, seeded

GAME, FLUSH_FOUR = three_card_poker_games()
LIMITS = StakeLimits(1, 1_000_000)
PLAY, FOLD = ThreeCardPokerDecision(Action.PLAY), ThreeCardPokerDecision(Action.FOLD)
SEEDS = st.binary(min_size=32, max_size=32)
BODIES = st.dictionaries(st.sampled_from(["ante", "pair-plus"]), st.integers(1, 2**45), min_size=1)


def bets(stakes: dict[str, Any]) -> Chips:
    """Return a bet for each name."""
    return Chips(tuple(Chip(name, stake) for name, stake in stakes.items()))


@pytest.mark.parametrize(
    ("stakes", "code"),
    [
        ({}, ErrorCode.BET_INVALID),
        ({"play": 100}, ErrorCode.BET_INVALID),
        ({"ante": 0}, ErrorCode.STAKE_BELOW),
        ({"ante": 100, "pair-plus": -1}, ErrorCode.STAKE_BELOW),
        ({"ante": 0.5}, ErrorCode.STAKE_NOT_WHOLE),
        ({"ante": 600_000, "pair-plus": 600_000}, ErrorCode.STAKE_ABOVE),
    ],
)
def test_refused_bets(stakes: dict[str, Any], code: ErrorCode) -> None:
    """Each kind of wrong bet has its own refusal; the play stake cannot be bet beforehand."""
    with pytest.raises(Refused) as refused:
        GAME.stake(bets(stakes), LIMITS)

    assert refused.value.code is code


def test_ante_or_pair_plus_or_both() -> None:
    """Either bet can be made alone, and a sample makes it."""
    assert GAME.stake(bets({"ante": 100, "pair-plus": 50}), LIMITS) == 150
    for entry in GAME.bet_returns():
        assert GAME.stake(GAME.sample(entry.bet, 40), LIMITS) == 40
    with pytest.raises(ValueError, match="no bet named"):
        GAME.sample("play", 40)


def test_prices() -> None:
    """Playing takes the ante again, folding nothing; the platform folds."""
    state = GAME.open([bets({"ante": 70, "pair-plus": 50})], dealing("Kh 6s 4c Jh Ts 8c"))

    assert GAME.price(state, 0, PLAY) == 70
    assert GAME.price(state, 0, FOLD) == 0
    assert GAME.platform_decision(state) == (0, FOLD)
    assert GAME.decide(state, 0, PLAY).stakes == (190,)


def test_refused_decisions_change_nothing() -> None:
    """After the end, without an ante and from another seat there is nothing to decide."""
    open_state = GAME.open([bets({"ante": 70})], dealing("Kh 6s 4c Jh Ts 8c"))
    alone = GAME.open([bets({"pair-plus": 70})], dealing("Kh 6s 4c Jh Ts 8c"))
    ended = GAME.decide(open_state, 0, FOLD)
    for state, seat in ((open_state, 1), (alone, 0), (ended, 0)):
        before = msgspec.msgpack.encode(state)
        for decision in (PLAY, FOLD):
            with pytest.raises(Refused) as refused:
                GAME.price(state, seat, decision)
            assert refused.value.code is ErrorCode.DECISION_FORBIDDEN
        assert msgspec.msgpack.encode(state) == before
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"action": "raise"}', type=ThreeCardPokerDecision)


@given(seed=SEEDS, stakes=BODIES, play=st.booleans())
@settings(max_examples=200, deadline=None)
def test_bounds_hold(seed: bytes, stakes: dict[str, int], play: bool) -> None:
    """Payout, draws and reply keep what is declared, and a replay gives the same round."""
    body, draws = bets(stakes), Draws(seed, (b"x",))
    state = opened = FLUSH_FOUR.open([body], draws)
    decisions = [(0, PLAY if play else FOLD)] if "ante" in stakes else []
    assert state.finished != bool(decisions)
    for seat, decision in decisions:
        assert len(msgspec.msgpack.encode(FLUSH_FOUR.view(state, 0))) <= (
            FLUSH_FOUR.maximum_reply_bytes
        )
        staked = state.stakes[0] + FLUSH_FOUR.price(state, seat, decision)
        state = FLUSH_FOUR.decide(state, seat, decision)
        assert state.stakes == (staked,)
        assert not opened.finished
    view, payout = FLUSH_FOUR.view(state, 0), state.payouts[0]

    assert payout is not None
    assert 0 <= payout <= FLUSH_FOUR.maximum_payout_factor * state.stakes[0]
    assert payout == sum(bet.payout or 0 for bet in view.bets)
    assert sum(bet.stake for bet in view.bets) == state.stakes[0]
    assert len(msgspec.msgpack.encode(view)) <= FLUSH_FOUR.maximum_reply_bytes
    assert draws.words_used == 0
    again: Any = replay(FLUSH_FOUR, [body], decisions, draws)
    assert FLUSH_FOUR.view(again, 0) == view


def test_the_highest_factor_is_pair_plus() -> None:
    """A straight flush brings back 41 times pair plus alone."""
    state = GAME.open([bets({"pair-plus": 100})], dealing("4h 5h 6h Jh Ts 8c"))

    assert state.payouts == (100 * GAME.maximum_payout_factor,) == (4_100,)


@pytest.mark.parametrize("game", [GAME, FLUSH_FOUR], ids=lambda game: game.name)
def test_the_description_tells_the_exact_returns(game: ThreeCardPoker) -> None:
    """Constants, help and paytable say what the analysis counts (B2, B4)."""
    exact = {entry.bet: entry.expected for entry in game.bet_returns()}
    description = game.describe()
    percent = "92.7240 %" if game is GAME else "97.6833 %"

    assert exact == {"ante": ANTE_RETURN, "pair-plus": pair_plus_return(game.pair_plus)}
    assert description.stake_form is StakeForm.LIST
    assert [choice.bet for choice in description.choices] == ["ante", "pair-plus"]
    assert percent in description.returns.basis
    assert percent in description.help
    assert "96.6270 %" in description.help
    assert ("Pair plus: flush", f"{3 if game is GAME else 4} to 1") in description.paytable
    assert len(description.paytable) == 11
    assert game.strategy_table()[0].rows


def test_two_games_have_two_digests() -> None:
    """A pay table is part of the rules."""
    assert GAME.digest != FLUSH_FOUR.digest


def test_a_simulation_agrees_with_the_exact_law() -> None:
    """Live rounds by `advise` follow the whole law of ante and play, and of pair plus."""
    rounds = 40_000
    body = bets({"ante": 1, "pair-plus": 1})
    nets: Counter[int] = Counter()
    pairs: Counter[int] = Counter()
    for draws in seeded("three card poker", rounds):
        state = GAME.open([body], draws)
        state = GAME.decide(state, 0, GAME.advise(GAME.view(state, 0)))
        payouts = {bet.bet: (bet.payout or 0) - bet.stake for bet in GAME.view(state, 0).bets}
        pair = payouts.pop("pair-plus")
        nets[sum(payouts.values())] += 1
        pairs[pair] += 1
    for entry, seen in zip(GAME.bet_returns(), (nets, pairs), strict=True):
        assert entry.law is not None
        expected = [rounds * float(chance) for _, chance in entry.law]
        observed = [seen[int(net)] for net, _ in entry.law]

        assert sum(observed) == rounds
        assert chi_square(observed, expected) < chi_square_limit(len(expected) - 1)


def test_numbers_of_hands_are_those_of_the_deck() -> None:
    """The constants of pair plus add up to all hands of three cards."""
    assert sum(HANDS.values()) == 22_100


def test_the_longest_view_keeps_the_bound() -> None:
    """Every bet at the highest amounts, with the longest words, in both stages."""
    most = 2**53 - 1
    body = bets({"ante": most, "pair-plus": most})
    for cards in ("Kc Kd Kh Qs Qh Qd", "Kc Kd Kh Jh Ts 8c", "7c 7d 2h 7s 7h 8c"):
        state = GAME.open([body], dealing(cards))
        views = [GAME.view(state, 0)]
        views += [GAME.view(GAME.decide(state, 0, decision), 0) for decision in (PLAY, FOLD)]
        for view in views:
            longest = msgspec.structs.replace(
                view,
                stake=most,
                payout=most,
                bets=tuple(msgspec.structs.replace(bet, payout=most) for bet in view.bets),
            )
            assert len(msgspec.msgpack.encode(longest)) <= GAME.maximum_reply_bytes
