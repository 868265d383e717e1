"""Rounds under random rules: what is offered, what is refused, and what the bounds promise."""

from __future__ import annotations

import functools
import random
from collections import Counter
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from games.blackjack import (
    Blackjack,
    BlackjackDecision,
    BlackjackWithSideBets,
    blackjack_games,
)
from games.blackjack.charts import SIX_DECKS
from games.blackjack.hands import ACE, TEN, VALUES, HandStatus
from games.blackjack.options import DoubleOn, Natural, Rules
from games.blackjack.rules import Action, Stage, State, fresh_shoe
from games.blackjack.side_bets import PAYS, SideBet
from games.blackjack.variants import VARIANTS, Variant
from games.catalogue import standard
from games.chips import Chip, Chips
from games.game import StakeForm, StakeLimits, replay
from protocol.errors import ErrorCode, Refused
from tests.games.blackjack.stacked import other_futures, snapshot
from tests.games.scripts import seeded

LIMITS = StakeLimits(1, 1_000_000)
SETS = 60
"""Random sets of rules."""
ROUNDS = 100
"""Random rounds of each."""


def random_rules(chance: random.Random) -> Rules:
    """Return any rules that can be played."""
    flags = [chance.random() < 0.5 for _ in range(7)]
    return Rules(
        decks=chance.choice([None, 1, 2, 4, 6, 8]),
        hits_soft_17=flags[0],
        peek=flags[1],
        natural=chance.choice(list(Natural)),
        double_on=chance.choice(list(DoubleOn)),
        double_after_split=flags[2],
        maximum_hands=chance.randint(1, 4),
        resplit_aces=flags[3],
        hit_split_aces=flags[4],
        surrender=flags[5],
        insurance=flags[6],
    )


def dice(name: str) -> random.Random:
    """Return a seeded chance, and print its seed."""
    print(name)  # noqa: T201 - a failing test shows it
    return random.Random(int.from_bytes(sha256(name.encode()).digest()))


def should_allow(state: State, action: Action) -> bool:
    """Tell from the rules as written whether the active seat may do this."""
    rules = state.rules
    if state.stage is Stage.SETTLED:
        return False
    insuring = action in (Action.INSURE, Action.DECLINE)
    if state.stage is Stage.INSURANCE:
        return insuring
    if insuring:
        return False
    hands = state.seats[0].hands
    hand = hands[state.active_hand]
    values = [VALUES[face] for face in hand.cards]
    two, split = len(values) == 2, len(hands) > 1
    bare_ace = split and values[0] == ACE and not rules.hit_split_aces
    pair = two and values[0] == values[1]
    if action is Action.STAND:
        return True
    if action is Action.HIT:
        return not bare_ace
    if action is Action.SURRENDER:
        return rules.surrender and two and not split
    if action is Action.SPLIT:
        aces = not split or values[0] != ACE or rules.resplit_aces
        return pair and len(hands) < rules.maximum_hands and aces
    total = {
        DoubleOn.ANY_TWO: range(2, 21),
        DoubleOn.NINE_TO_ELEVEN: range(9, 12),
        DoubleOn.TEN_AND_ELEVEN: range(10, 12),
    }[rules.double_on]
    hard = rules.double_on is DoubleOn.ANY_TWO or not hand.soft
    return (
        two
        and not bare_ace
        and (rules.double_after_split or not split)
        and hand.total in total
        and hard
    )


def check_decisions(game: Any, state: State) -> list[Action]:
    """Assert that exactly what the rules allow is taken, and return it."""
    before = snapshot(state)
    allowed = []
    for action in Action:
        if should_allow(state, action):
            assert game.price(state, 0, BlackjackDecision(action)) >= 0
            allowed.append(action)
            continue
        with pytest.raises(Refused, match=r"\.$") as refused:
            game.price(state, 0, BlackjackDecision(action))
        assert refused.value.code is ErrorCode.DECISION_FORBIDDEN
    assert snapshot(state) == before
    offered = [option.action for option in game.view(state, 0).options]
    assert offered == [action.value for action in allowed]
    return allowed


def check_round(game: Any, bets: Any, draws: Any, chance: random.Random) -> State:
    """Play a random round and assert everything that holds at each step."""
    total = game.stake(bets, LIMITS)
    state: State = game.open([bets], draws)
    decisions = []
    while not state.finished:
        assert state.payouts == (None,)
        allowed = check_decisions(game, state)
        check_view(game, state)
        seat, safe = game.platform_decision(state)
        assert game.price(state, seat, safe) == 0
        eager = [action for action in allowed if action in (Action.SPLIT, Action.DOUBLE)]
        action = chance.choice(eager if eager and chance.random() < 0.7 else allowed)
        total += game.price(state, 0, BlackjackDecision(action))
        state = game.decide(state, 0, BlackjackDecision(action))
        decisions.append((0, BlackjackDecision(action)))
        assert state.stakes == (total,)
    check_view(game, state)
    check_decisions(game, state)
    assert game.view(state, 0).options == ()
    check_money(game, state)
    again = replay(game, [bets], decisions, draws)
    assert game.view(again, 0) == game.view(state, 0)
    return state


def check_view(game: Any, state: State) -> None:
    """Assert that nothing hidden is told, and that the declared sizes hold."""
    dealt = Counter(state.dealer)
    for hand in state.seats[0].hands:
        dealt.update(hand.cards)
    assert dealt.total() <= game.maximum_draws
    for face, full in enumerate(fresh_shoe(state.rules)):
        assert state.counts[face] + dealt[face] == full
    for seat in (0, None):
        view = game.view(state, seat)
        assert len(msgspec.msgpack.encode(view)) <= game.maximum_reply_bytes
        if not state.finished:
            cards = view.dealer.cards
            assert cards == ((state.dealer[0], None) if state.rules.peek else state.dealer)
            assert len(state.dealer) == 1 + state.rules.peek
            for future in other_futures(state):
                assert game.view(future, seat) == view
                break


def check_money(game: Any, state: State) -> None:
    """Assert that every hand is paid as the rules say, and that the bound holds."""
    seat = state.seats[0]
    rules = state.rules
    values = [VALUES[face] for face in state.dealer]
    natural = len(values) == 2 and set(values) == {ACE, TEN}
    won, each = rules.natural.ratio
    back = 0
    for hand in seat.hands:
        expected = {
            HandStatus.BLACKJACK: hand.stake + hand.stake * won // each,
            HandStatus.WON: 2 * hand.stake,
            HandStatus.PUSH: hand.stake,
            HandStatus.SURRENDERED: 0 if natural else hand.stake // 2,
        }.get(hand.status, 0)
        assert hand.payout == expected
        back += expected
    back += 3 * (seat.insurance or 0) * natural
    for bet in seat.side_bets:
        pays = PAYS[SideBet(bet.bet)]
        assert bet.payout == (bet.stake * (pays[bet.combination] + 1) if bet.combination else 0)
        back += bet.payout
    assert state.payouts == (back,)
    assert back <= game.maximum_payout_factor * state.stakes[0]


@functools.cache
def random_games() -> tuple[Any, ...]:
    """Return games of random rules, every third one with side bets."""
    chance = dice("random rules")
    games: list[Any] = []
    for number in range(SETS):
        rules = random_rules(chance)
        with_side = number % 3 == 0
        variant = Variant(f"random-{number}", "Random", rules, SIX_DECKS, with_side)
        games.append(BlackjackWithSideBets(variant) if with_side else Blackjack(variant))
    return tuple(games)


def test_random_decisions_under_random_rules() -> None:
    """Whatever the rules, only legal decisions are taken, and cards and money are conserved."""
    chance = dice("random decisions")
    seen: Counter[object] = Counter()
    for game in random_games():
        stake = game.rules.stake_multiple * chance.randint(1, 50)
        for draws in seeded(game.name, ROUNDS):
            bets = game.sample("main", stake)
            if game.stake_form is StakeForm.LIST:
                side = [Chip(bet.value, chance.randint(1, 9)) for bet in SideBet]
                bets = Chips((*bets.bets, *chance.sample(side, chance.randint(0, 2))))
            state = check_round(game, bets, draws, chance)
            seen[len(state.seats[0].hands)] += 1
            seen.update(hand.status for hand in state.seats[0].hands)
    # Every end of a hand, and every number of hands, was met.
    assert all(seen[hands] > 3 for hands in (1, 2, 3, 4))
    for status in ("blackjack", "bust", "won", "push", "lost", "surrendered"):
        assert seen[HandStatus(status)] > 3, status


def test_side_bets_alone_end_the_round() -> None:
    """Without a stake on the hand the deal decides, and nothing else can be done."""
    game = BlackjackWithSideBets()
    for draws in seeded("side bets alone", 300):
        for bet in SideBet:
            bets = game.sample(bet.value, 7)
            state = check_round(game, bets, draws, dice("nothing to decide"))
            view = game.view(state, 0)
            assert state.finished
            assert len(state.dealer) == 2
            assert view.hands[0].status is HandStatus.NO_BET
            assert view.payout == view.side_bets[0].payout
            assert ("no stake on the hand" in view.summary) or view.payout


def test_side_bets_do_not_touch_the_hand() -> None:
    """The same seed deals the same round, with side bets and without."""
    with_side, plain = BlackjackWithSideBets(), Blackjack()
    paid = 0
    for draws in seeded("side bets beside", 200):
        side = tuple(Chip(bet.value, 3) for bet in SideBet)
        bets = Chips((Chip("main", 10), *side))
        one, other = with_side.open([bets], draws), plain.open([plain.sample("main", 10)], draws)
        while not other.finished:
            decision = plain.advise(plain.view(other, 0))
            one = with_side.decide(one, 0, decision)
            other = plain.decide(other, 0, decision)
        assert one.seats[0].hands == other.seats[0].hands
        side_paid = sum(bet.payout for bet in one.seats[0].side_bets)
        assert one.payouts == ((other.payouts[0] or 0) + side_paid,)
        assert one.stakes == (other.stakes[0] + 6,)
        paid += side_paid
    assert paid


@pytest.mark.parametrize(
    ("bets", "code"),
    [
        ([], ErrorCode.BET_INVALID),
        ([("main", 10), ("main", 10)], ErrorCode.BET_INVALID),
        ([("main", 10), ("lucky-ladies", 10)], ErrorCode.BET_INVALID),
        ([("main", 11)], ErrorCode.STAKE_NOT_WHOLE),
        ([("main", 10), ("perfect-pairs", 0.5)], ErrorCode.STAKE_NOT_WHOLE),
        ([("main", 10), ("perfect-pairs", 0)], ErrorCode.STAKE_BELOW),
        ([("main", 0)], ErrorCode.STAKE_BELOW),
        ([("main", 1_000_000), ("perfect-pairs", 1)], ErrorCode.STAKE_ABOVE),
        ([("perfect-pairs", 1_000_001)], ErrorCode.STAKE_ABOVE),
    ],
)
def test_refused_lists_of_bets(bets: list[tuple[str, Any]], code: ErrorCode) -> None:
    """Each has its own code."""
    body = Chips(tuple(Chip(name, stake) for name, stake in bets))
    with pytest.raises(Refused) as refused:
        BlackjackWithSideBets().stake(body, LIMITS)

    assert refused.value.code is code


@pytest.mark.parametrize("multiple", [5, 10])
def test_stakes_that_cannot_be_paid_whole_are_refused(multiple: int) -> None:
    """6 to 5 needs a multiple of 5, with insurance of 10."""
    rules = Rules(natural=Natural.SIX_TO_FIVE, insurance=multiple == 10)
    game = Blackjack(Variant("short", "Short", rules, SIX_DECKS))
    assert game.stake(game.bets_type(multiple * 3), LIMITS) == multiple * 3
    for stake in (multiple * 3 - 1, multiple * 3 + 2):
        with pytest.raises(Refused, match=f"multiple of {multiple}"):
            game.stake(game.bets_type(stake), LIMITS)


def test_the_registered_games() -> None:
    """Each has its own name and digest, and help that tells its rules."""
    games = blackjack_games()
    assert [game.name for game in games] == [variant.name for variant in VARIANTS]
    assert len({game.digest for game in games}) == len(games)
    for game in games:
        assert standard().current(game.name) is not None
        description = game.describe()
        text = description.help
        assert ("soft 17 too" in text) != game.rules.hits_soft_17
        assert ("**Peek.**" in text) == game.rules.peek
        assert (
            ("**Surrender**" in text)
            == game.rules.surrender
            == ("surrender" in description.actions)
        )
        assert game.rules.natural.value in text
        assert ("21+3" in text) == game.variant.side_bets
        assert len(game.strategy_table()) == 3
        with pytest.raises(ValueError, match="no bet"):
            game.sample("insurance", 10)


def test_advice_is_always_legal() -> None:
    """Basic strategy under random rules never asks for what is not offered."""
    for game in random_games():
        for draws in seeded(f"advice {game.name}", 20):
            state = game.open([game.sample("main", 10 * game.rules.stake_multiple)], draws)
            while not state.finished:
                decision = game.advise(game.view(state, 0))
                game.price(state, 0, decision)
                state = game.decide(state, 0, decision)
