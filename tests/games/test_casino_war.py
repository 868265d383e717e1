"""Tests of games.casino_war: every deal, exact figures, and rounds against them."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from games import casino_war
from games.cards import FACES
from games.casino_war import (
    DECKS,
    CasinoWar,
    WarAction,
    WarDecision,
    WarResult,
    WarRound,
    ante_return,
    strength,
)
from games.chips import Chip, Chips
from games.entropy import Draws
from games.game import BetReturn, Option, StakeForm, StakeLimits, replay
from protocol.errors import ErrorCode, Refused
from tests.games.scripts import chi_square, chi_square_limit, seeded

GAME = CasinoWar()
LIMITS = StakeLimits(minimum=10, maximum=1_000)
WAR, SURRENDER = WarDecision(WarAction.WAR), WarDecision(WarAction.SURRENDER)
ROUNDS = 60_000


class Dealt(Draws):
    """Deals these faces from a full shoe."""

    def __init__(self, *faces: int) -> None:
        super().__init__(bytes(32), ())
        self.faces = list(faces)
        self.left = [DECKS] * FACES

    def copy(self) -> Dealt:
        """Return a stream that goes on from here without moving this one."""
        other = Dealt(*self.faces)
        other.left = self.left.copy()
        return other

    def below(self, bound: int) -> int:
        """Return the position of the next face."""
        assert bound == sum(self.left)
        face = self.faces.pop(0)
        position = sum(self.left[:face])
        self.left[face] -= 1
        return position


def bets(ante: int = 0, tie: int = 0) -> Chips:
    """Return a bets body."""
    placed = [("ante", ante), ("tie", tie)]
    return Chips(tuple(Chip(name, stake) for name, stake in placed if stake))


def deal(*faces: int, ante: int = 100, tie: int = 0) -> WarRound:
    """Open a round with these cards: player's, dealer's, and those of a war."""
    return GAME.open([bets(ante, tie)], Dealt(*faces))


def test_aces_are_high_and_suits_do_not_count() -> None:
    """Two is the lowest, then up to the king, then the ace."""
    order = sorted(range(FACES), key=strength)

    assert [face % 13 for face in order[::4]] == [*range(1, 13), 0]
    for one in range(13):
        for other in range(13):
            state = deal(one, 13 + other)
            result = WarResult.UNDECIDED
            if one != other:
                result = WarResult.WON if strength(one) > strength(other) else WarResult.LOST
            assert state.result is result


@pytest.mark.parametrize(
    ("faces", "decisions", "stake", "payout"),
    [
        ((0, 12), [], 110, 200),
        ((1, 2), [], 110, 0),
        ((5, 18), [SURRENDER], 110, 160),
        ((5, 18, 0, 1), [WAR], 210, 410),
        ((5, 18, 1, 0), [WAR], 210, 110),
        ((5, 18, 7, 20), [WAR], 210, 510),
        ((5, 18, 44, 31), [WAR], 210, 510),
    ],
)
def test_every_pay(
    faces: tuple[int, ...], decisions: list[WarDecision], stake: int, payout: int
) -> None:
    """An ante of 100 with a tie bet of 10, in every way a round can end."""
    state = deal(*faces, tie=10)
    for decision in decisions:
        assert GAME.price(state, 0, decision) == (100 if decision is WAR else 0)
        state = GAME.decide(state, 0, decision)

    assert state.finished
    assert (state.stakes, state.payouts) == ((stake,), (payout,))
    view = GAME.view(state, 0)
    assert (view.stake, view.payout, view.options) == (stake, payout, ())


def test_a_tie_bet_alone() -> None:
    """It is decided by the first two cards, and there is no war."""
    for faces, payout in (((5, 18), 110), ((5, 19), 0)):
        state = deal(*faces, ante=0, tie=10)
        assert state.result is WarResult.NO_ANTE
        assert (state.stakes, state.payouts) == ((10,), (payout,))


def test_what_a_tie_offers() -> None:
    """War costs the ante again, surrender nothing; a watcher is offered nothing."""
    state = deal(5, 18)
    view = GAME.view(state, 0)

    assert view.options == (Option("war", "Go to war", 100), Option("surrender", "Surrender", 0))
    assert view.payout is None
    assert view.summary == "six against six: a tie, go to war or surrender"
    assert GAME.view(state, None).options == ()
    assert GAME.platform_decision(state) == (0, SURRENDER)
    assert GAME.advise(view) == WAR
    with pytest.raises(ValueError, match="options"):
        GAME.advise(GAME.view(deal(0, 1), 0))


def test_no_card_to_come_is_told() -> None:
    """A view and a price are the same whatever the stream brings."""
    views = {
        msgspec.msgpack.encode(GAME.view(deal(5, 18, *rest), seat))
        for rest in ((0, 1), (1, 0), (3, 3))
        for seat in (0,)
    }
    assert len(views) == 1


def test_figures_are_the_published_ones() -> None:
    """War costs 23138/993023 of the ante, surrender 23/622, the tie bet 58/311."""
    war, tie = GAME.bet_returns()
    surrender = ante_return(WarAction.SURRENDER)

    assert (war.bet, tie.bet) == ("ante", "tie")
    assert 1 - (war.expected or 0) == Fraction(23138, 993023)
    assert 1 - (surrender.expected or 0) == Fraction(23, 622)
    assert 1 - (tie.expected or 0) == Fraction(58, 311)
    assert round(math.sqrt(war.variance or 0), 4) == 1.0576
    assert round(math.sqrt(surrender.variance or 0), 4) == 0.9712
    assert GAME.describe().returns.exact == str(war.expected)
    assert war.highest_award == 4
    assert tie.highest_award == 11


def _wars(state: WarRound) -> list[tuple[Fraction, Dealt]]:
    """Return (chance, stream) of every pair of ranks that a war can draw."""
    left = Counter[int]()
    for face, count in enumerate(state.counts):
        left[face % 13] += count
    size = left.total()
    found = []
    for one, count in left.items():
        for other, others in left.items():
            rest = others - (one == other)
            stream = Dealt(one, other + 13)
            stream.left = list(state.counts)
            found.append((Fraction(count * rest, size * (size - 1)), stream))
    return found


@pytest.mark.parametrize("decision", [WAR, SURRENDER], ids=["war", "surrender"])
def test_every_deal_gives_the_law(decision: WarDecision) -> None:
    """The live rules over every deal pay exactly the law; suits are taken together."""
    bet = ante_return(decision.action)
    law: defaultdict[Fraction, Fraction] = defaultdict(Fraction)
    for one in range(13):
        for other in range(13):
            chance = Fraction(24 * (24 - (one == other)), 312 * 311)
            state = deal(one, 13 + other, ante=2)
            ends = [(Fraction(1), state)]
            if not state.finished:
                ends = [(Fraction(1), GAME.decide(state, 0, SURRENDER))]
                if decision is WAR:
                    ends = [
                        (part, GAME.decide(msgspec.structs.replace(state, draws=draws), 0, WAR))
                        for part, draws in _wars(state)
                    ]
            for part, end in ends:
                law[Fraction((end.payouts[0] or 0) - end.stakes[0], 2)] += chance * part

    assert dict(bet.law or ()) == law
    mean = sum(net * chance for net, chance in law.items())
    assert mean + 1 == bet.expected
    assert sum(net * net * chance for net, chance in law.items()) - mean**2 == bet.variance


@pytest.mark.parametrize("result", [WarResult.WAR_TIED, WarResult.WAR_WON, WarResult.WON])
def test_one_wrong_pay_is_found_out(result: WarResult, monkeypatch: pytest.MonkeyPatch) -> None:
    """If one end pays half an ante more, the figures are missed by the live rules."""
    right = casino_war._UNITS_BACK[result]
    bet = ante_return(WarAction.WAR)
    monkeypatch.setitem(casino_war._UNITS_BACK, result, right + Fraction(1, 2))

    with pytest.raises(AssertionError):
        check(play(3_000, WAR), bet, 3_000)


def play(rounds: int, on_tie: WarDecision) -> Counter[int]:
    """Return how often each net result came up for an ante of 2, with the live functions."""
    nets: Counter[int] = Counter()
    body = GAME.sample("ante", 2)
    for draws in seeded("casino war", rounds):
        state = GAME.open([body], draws)
        if not state.finished:
            GAME.price(state, 0, on_tie)
            state = GAME.decide(state, 0, on_tie)
        nets[(state.payouts[0] or 0) - state.stakes[0]] += 1
    return nets


def check(nets: Counter[int], bet: BetReturn, rounds: int) -> None:
    """Assert mean and law within |z| of 4."""
    law = {int(net * 2): chance for net, chance in bet.law or ()}
    assert nets.keys() <= law.keys()
    mean = rounds * float((bet.expected or 0) - 1)
    total = sum(net * count for net, count in nets.items()) / 2
    assert abs(total - mean) <= 4 * math.sqrt(rounds * float(bet.variance or 0))
    statistic = chi_square(
        [nets[net] for net in law], [rounds * float(chance) for chance in law.values()]
    )
    assert statistic <= chi_square_limit(len(law) - 1)


@pytest.mark.parametrize("decision", [WAR, SURRENDER], ids=["war", "surrender"])
def test_play_agrees_with_the_mathematics(decision: WarDecision) -> None:
    """Rounds of the live game fit the law."""
    check(play(ROUNDS, decision), ante_return(decision.action), ROUNDS)


@pytest.mark.parametrize(
    ("placed", "code"),
    [
        ([], ErrorCode.BET_INVALID),
        ([("ante", 10), ("ante", 10)], ErrorCode.BET_INVALID),
        ([("war", 10)], ErrorCode.BET_INVALID),
        ([("ante", 11)], ErrorCode.STAKE_NOT_WHOLE),
        ([("ante", 10.5)], ErrorCode.STAKE_NOT_WHOLE),
        ([("tie", float("nan"))], ErrorCode.STAKE_NOT_WHOLE),
        ([("ante", 8)], ErrorCode.STAKE_BELOW),
        ([("ante", 10), ("tie", 0)], ErrorCode.STAKE_BELOW),
        ([("ante", -10)], ErrorCode.STAKE_BELOW),
        ([("ante", 1_000), ("tie", 10)], ErrorCode.STAKE_ABOVE),
    ],
)
def test_refused_bets(placed: list[tuple[str, Any]], code: ErrorCode) -> None:
    """Each has its own code."""
    body = Chips(tuple(Chip(name, stake) for name, stake in placed))
    with pytest.raises(Refused) as refused:
        GAME.stake(body, LIMITS)

    assert refused.value.code is code


def test_taken_bets() -> None:
    """The stake is the sum; a tie bet may be odd."""
    assert GAME.stake(bets(100, 11), LIMITS) == 111
    assert GAME.stake(bets(0, 11), LIMITS) == 11
    for bet in ("ante", "tie"):
        assert GAME.stake(GAME.sample(bet, 50), LIMITS) == 50
    with pytest.raises(ValueError, match="no bet"):
        GAME.sample("war", 50)


@given(
    seed=st.binary(min_size=32, max_size=32),
    ante=st.integers(0, 2**50).map(lambda half: 2 * half),
    tie=st.integers(0, 2**49),
    war=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_bounds_and_replay(seed: bytes, ante: int, tie: int, war: bool) -> None:
    """Cards leave the shoe, what is declared holds, and a finished round takes no decision."""
    body = bets(ante, tie or (0 if ante else 1))
    draws = Draws(seed, [])
    state = GAME.open([body], draws)
    decisions = []
    if not state.finished:
        assert state.payouts == (None,)
        decision = WAR if war else SURRENDER
        with pytest.raises(Refused):
            GAME.price(state, 1, decision)
        before = msgspec.structs.astuple(state)
        after = GAME.decide(state, 0, decision)
        assert msgspec.structs.astuple(state) == before
        assert after.stakes[0] == state.stakes[0] + GAME.price(state, 0, decision)
        state = after
        decisions.append((0, decision))
    for decision in (WAR, SURRENDER):
        with pytest.raises(Refused) as refused:
            GAME.price(state, 0, decision)
        assert refused.value.code is ErrorCode.DECISION_FORBIDDEN
    dealt = Counter((*state.player, *state.dealer))
    assert all(state.counts[face] == DECKS - dealt[face] for face in range(FACES))
    assert dealt.total() <= GAME.maximum_draws
    payout = state.payouts[0]
    assert payout is not None
    assert 0 <= payout <= GAME.maximum_payout_factor * state.stakes[0]
    assert len(msgspec.msgpack.encode(GAME.view(state, 0))) <= GAME.maximum_reply_bytes
    again: Any = replay(GAME, [body], decisions, draws)
    assert GAME.view(again, 0) == GAME.view(state, 0)
    assert draws.words_used == 0


def test_the_description() -> None:
    """Bets, decisions and help are those of the rules."""
    description = GAME.describe()

    assert description.stake_form is StakeForm.LIST
    assert [choice.bet for choice in description.choices] == ["ante", "tie"]
    assert description.actions == ("war", "surrender")
    for stake in description.stakes:
        assert GAME.stake(bets(stake, stake), StakeLimits(1, 10**9)) == 2 * stake
    assert "2 antes" in description.help
    assert GAME.strategy_table()[0].rows == (("any tie", ("war",)),)
    largest = GAME.view(deal(11, 24, 6, 19, ante=2**40), 0)
    assert len(msgspec.msgpack.encode(largest)) <= GAME.maximum_reply_bytes
