"""Video poker under the contract: stakes, holds, bounds, and simulations by perfect play."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from games.entropy import Draws
from games.game import RoundKind, StakeForm, StakeLimits, replay
from games.video_poker import VideoPoker, video_poker_games
from games.video_poker.game import VideoPokerBets, VideoPokerDecision
from games.video_poker.rules import ACTIONS
from protocol.errors import ErrorCode, Refused
from tests.games.dealt import dealing
from tests.games.scripts import chi_square, chi_square_limit, seeded

GAMES = video_poker_games()
JACKS = GAMES[0]
BY_NAME = {game.name: game for game in GAMES}
LIMITS = StakeLimits(10, 1_000)
every_game = pytest.mark.parametrize("game", GAMES, ids=lambda game: game.name)
SEEDS = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize(
    ("stake", "code"),
    [
        (9, ErrorCode.STAKE_BELOW),
        (0, ErrorCode.STAKE_BELOW),
        (-10, ErrorCode.STAKE_BELOW),
        (1_001, ErrorCode.STAKE_ABOVE),
        (10.5, ErrorCode.STAKE_NOT_WHOLE),
        (float("nan"), ErrorCode.STAKE_NOT_WHOLE),
    ],
)
def test_refused_stakes(stake: Any, code: ErrorCode) -> None:
    """Each has its own code; any whole stake within the limits is taken."""
    with pytest.raises(Refused) as refused:
        JACKS.stake(VideoPokerBets(stake), LIMITS)

    assert refused.value.code is code
    assert JACKS.stake(VideoPokerBets(11), LIMITS) == 11


def test_a_minimum_of_nothing_still_needs_a_stake() -> None:
    """Nobody plays for nothing."""
    with pytest.raises(Refused):
        JACKS.stake(VideoPokerBets(0), StakeLimits(0, 100))


@given(seed=SEEDS, action=st.one_of(st.text(max_size=64), st.from_regex(r"hold(-[0-6]){1,6}")))
@settings(max_examples=200, deadline=None)
def test_illegal_holds_are_refused(seed: bytes, action: str) -> None:
    """Whatever is not one of the 32 holds is refused with a code and changes nothing."""
    state = JACKS.open([VideoPokerBets(10)], Draws(seed, ()))
    before = JACKS.view(state, 0)
    decision = VideoPokerDecision(action)
    if action in ACTIONS:
        assert JACKS.price(state, 0, decision) == 0
        return
    with pytest.raises(Refused) as refused:
        JACKS.price(state, 0, decision)

    assert refused.value.code is ErrorCode.DECISION_FORBIDDEN
    assert JACKS.view(state, 0) == before


@pytest.mark.parametrize("action", ["hold-3-1", "hold-1-1", "hold", "hold-", "hold-6", "HOLD-1"])
def test_holds_are_written_in_one_way(action: str) -> None:
    """Places ascend, each once."""
    state = JACKS.open([VideoPokerBets(10)], dealing("Ks Kd 7c 7s 2h"))

    with pytest.raises(Refused, match="hold-1-3-5"):
        JACKS.price(state, 0, VideoPokerDecision(action))


def test_one_hold_a_round() -> None:
    """After the draw, and from another seat, nothing can be decided."""
    state = JACKS.open([VideoPokerBets(10)], dealing("Ks Kd 7c 7s 2h"))
    hold = VideoPokerDecision("hold-1-2-3-4-5")
    ended = JACKS.decide(state, 0, hold)
    for wrong, seat in ((ended, 0), (state, 1)):
        with pytest.raises(Refused) as refused:
            JACKS.price(wrong, seat, hold)
        assert refused.value.code is ErrorCode.DECISION_FORBIDDEN
    assert not state.finished
    assert ended.payouts == (20,)


@every_game
@given(seed=SEEDS, stake=st.integers(1, 2**43), hold=st.integers(0, 31))
@settings(max_examples=50, deadline=None)
def test_bounds_hold(game: VideoPoker, seed: bytes, stake: int, hold: int) -> None:
    """Payout, draws and reply keep what is declared, and a replay gives the same round."""
    body, draws = VideoPokerBets(stake), Draws(seed, (b"x",))
    decision = VideoPokerDecision(ACTIONS[hold])
    state = game.open([body], draws)
    opened = game.view(state, 0)
    assert len(msgspec.msgpack.encode(opened)) <= game.maximum_reply_bytes
    ended = game.decide(state, 0, decision)
    view, payout = game.view(ended, 0), ended.payouts[0]

    assert game.view(state, 0) == opened
    assert draws.words_used == 0
    assert payout is not None
    pays = {row.value: pay for row, pay in game.machine.pays}
    assert payout == stake * pays.get(view.row, 0)
    assert 0 <= payout <= game.maximum_payout_factor * ended.stakes[0]
    assert len(msgspec.msgpack.encode(view)) <= game.maximum_reply_bytes
    again: Any = replay(game, [body], [(0, decision)], draws)
    assert game.view(again, 0) == view


@every_game
def test_the_description_is_whole(game: VideoPoker) -> None:
    """The exact return, every row with its pay, and the help are those of the machine (B2, B4)."""
    description = game.describe()

    assert description.kind is RoundKind.DECISIONS
    assert description.stake_form is StakeForm.ONE
    assert description.actions == ACTIONS
    assert description.returns.exact == str(game.bet_returns()[0].expected)
    assert [pays for _, pays in description.paytable] == [
        f"{pay} for 1" for _, pay in game.machine.pays
    ]
    for label, _ in description.paytable:
        assert f"| {label} |" in description.help
    assert ("joker" in description.help) == (game.machine.deck.faces == 53)
    assert game.strategy_table()


def test_every_game_has_its_own_digest() -> None:
    """A pay table is part of the rules."""
    assert len({game.digest for game in GAMES}) == len(GAMES)


def test_sample() -> None:
    """There is one bet, named as the mathematics names it."""
    assert JACKS.sample(JACKS.bet_returns()[0].bet, 50) == VideoPokerBets(50)
    with pytest.raises(ValueError, match="no bet named"):
        JACKS.sample("royal", 50)


@every_game
def test_a_royal_reaches_the_highest_factor(game: VideoPoker) -> None:
    """A natural royal flush pays 800 for one."""
    state = game.open([VideoPokerBets(3)], dealing("Th Jh Qh Kh Ah", size=game.machine.deck.faces))
    seat, decision = game.platform_decision(state)

    assert (seat, decision.action) == (0, "hold-1-2-3-4-5")
    assert game.price(state, seat, decision) == 0
    assert game.decide(state, seat, decision).payouts == (2_400,)
    assert game.maximum_payout_factor == 800


@pytest.mark.parametrize("name", ["jacks-or-better", "deuces-wild", "joker-poker"])
def test_a_simulation_agrees_with_the_exact_law(name: str) -> None:
    """Live rounds by `advise` have the exact mean and, of the common rows, the exact law."""
    game, rounds = BY_NAME[name], 12_000
    pays: Counter[int] = Counter()
    for draws in seeded(name, rounds):
        state = game.open([VideoPokerBets(1)], draws)
        state = game.decide(state, 0, game.advise(game.view(state, 0)))
        pays[state.payouts[0] or 0] += 1
    entry = game.bet_returns()[0]
    assert entry.expected is not None
    assert entry.variance is not None
    assert entry.law is not None
    mean = sum(pay * number for pay, number in pays.items()) / rounds
    expected = {int(net) + 1: rounds * float(chance) for net, chance in entry.law}
    common = {pay: number for pay, number in expected.items() if number >= 10}
    rare = rounds - sum(common.values())
    observed = [pays[pay] for pay in common]

    assert abs(mean - float(entry.expected)) <= 4 * (float(entry.variance) / rounds) ** 0.5
    assert chi_square([*observed, rounds - sum(observed)], [*common.values(), rare]) < (
        chi_square_limit(len(common))
    )


@every_game
def test_the_longest_view_keeps_the_bound(game: VideoPoker) -> None:
    """Four tens, the longest to write, before and after the draw, with the highest amounts."""
    deal = "Tc Td Th Ts Joker" if game.machine.deck.faces == 53 else "Tc Td Th Ts Kd"
    state = game.open([VideoPokerBets(2**53 - 1)], dealing(deal, size=game.machine.deck.faces))
    opened = len(msgspec.msgpack.encode(game.view(state, 0)))
    ended = game.decide(state, 0, VideoPokerDecision(ACTIONS[31]))
    view = msgspec.structs.replace(game.view(ended, 0), payout=2**53 - 1)

    assert 1_000 < opened <= game.maximum_reply_bytes <= 2 * opened
    assert len(msgspec.msgpack.encode(view)) <= opened
