"""One roll of craps at a shared table: what may be bet, what stands, what is decided."""

from __future__ import annotations

import random

import pytest

from games.chips import Chips
from games.craps import roll
from games.craps.bets import MULTIPLES, POINTS, CrapsStatus, CrapsWager
from games.craps.roll import CrapsTableBets, RollState, point_after
from games.game import StakeLimits
from protocol.errors import ErrorCode, Refused
from tests.games.craps.tables import act, chips, open_round, words
from tests.games.scripts import Script

LIMITS = StakeLimits(10, 1_000)


def thrown(bets: CrapsTableBets, *dice: tuple[int, int]) -> RollState:
    """Roll dice one after the other with what stands; the last roll."""
    state = roll.roll(bets, Script(words(dice[:1])))
    for pair in dice[1:]:
        assert state.left is not None
        state = roll.roll(state.left, Script(words([pair])))
    return state


def added(standing: CrapsTableBets | None, point: int, bets: Chips) -> CrapsTableBets:
    """Add bets, checked as a table does."""
    found = roll.added(standing, bets.bets, point)
    roll.check(found, LIMITS)
    return found


def refused(standing: CrapsTableBets | None, point: int, bets: Chips) -> ErrorCode:
    """Return why bets cannot be made."""
    with pytest.raises(Refused) as refusal:
        added(standing, point, bets)
    return refusal.value.code


def test_decided_as_at_a_private_table() -> None:
    """By the same dice every bet becomes what it does at a private table, roll by roll."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")  # noqa: T201 - to reproduce a failure
    chance = random.Random(seed)
    for _ in range(200):
        names = chance.sample(sorted(MULTIPLES), 6)
        first = chips(**{name.replace("-", "_"): 30 * chance.randint(1, 5) for name in names})
        dice = [(chance.randint(1, 6), chance.randint(1, 6)) for _ in range(40)]
        private = open_round(first, *dice)
        standing: CrapsTableBets | None = added(None, 0, first)
        decided: dict[str, CrapsWager] = {}
        for number, pair in enumerate(dice, 1):
            assert standing is not None
            state = roll.roll(standing, Script(words([pair])))
            decided |= {
                wager.bet: wager
                for wager in state.wagers
                if wager.status is not CrapsStatus.STANDING
            }
            standing = state.left
            now = decided | {wager.bet: wager for wager in (standing.bets if standing else ())}
            assert [now[wager.bet] for wager in private.wagers] == list(private.wagers), number
            assert (standing is None) == private.finished
            if standing is None:
                break
            private = act(private, "roll")


def test_stakes_and_payouts_are_of_what_a_roll_decides() -> None:
    """What it leaves standing is neither won nor lost, and stays whole."""
    bets = added(None, 0, chips(**{"pass": 30, "place_6": 60, "field": 10}))
    state = thrown(bets, (4, 4))
    assert (state.stakes, state.payouts, state.point) == ((10,), (0,), 8)
    assert state.left is not None
    assert roll.held(state.left) == 90
    more = added(state.left, 8, chips(odds_pass=60))
    assert roll.held(more) == 150
    won = roll.roll(more, Script(words([(6, 2)])))
    assert (won.stakes, won.payouts, won.point) == ((90,), (60 + 60 + 72,), 0)
    assert won.left == CrapsTableBets((CrapsWager("place-6", 60),), 0)
    out = thrown(won.left, (3, 4))
    assert (out.stakes, out.payouts, out.left) == ((60,), (0,), None)


@pytest.mark.parametrize("point", [0, *POINTS])
def test_a_seven_leaves_nothing(point: int) -> None:
    """Every bet there is, with or without a point, is decided by a seven: so each hand ends."""
    wagers = [CrapsWager(bet, 30) for bet in roll.UNITS]
    wagers += [CrapsWager(bet, 30, other) for bet in ("come", "dont-come") for other in POINTS]
    wagers += [CrapsWager(bet, 30, point) for bet in ("pass", "dont-pass") if point]
    assert roll.roll(CrapsTableBets(tuple(wagers), point), Script(words([(3, 4)]))).left is None
    assert point_after(point, 7) == 0


def test_what_can_be_bet_when() -> None:
    """The line before a come-out roll, coming while there is a point, odds behind a point."""
    line = added(None, 0, chips(**{"pass": 30, "dont_pass": 30}))
    assert refused(None, 0, chips(come=30)) is ErrorCode.BET_INVALID
    assert refused(line, 0, chips(odds_pass=30)) is ErrorCode.BET_INVALID
    stood = thrown(line, (3, 3)).left
    assert stood is not None
    for bets in (chips(**{"pass": 30}), chips(dont_pass=30), chips(odds_come_6=30), chips(red=30),
            Chips(())):  # fmt: skip
        assert refused(stood, 6, bets) is ErrorCode.BET_INVALID
    twice = Chips((*chips(come=30).bets, *chips(come=30).bets))
    assert refused(stood, 6, twice) is ErrorCode.BET_INVALID
    more = added(stood, 6, chips(come=30, odds_pass=150, odds_dont_pass=180))
    assert refused(more, 6, chips(odds_pass=5)) is ErrorCode.STAKE_ABOVE
    assert refused(stood, 6, chips(odds_pass=7)) is ErrorCode.STAKE_NOT_WHOLE
    assert refused(stood, 6, chips(odds_dont_pass=7)) is ErrorCode.STAKE_NOT_WHOLE
    assert refused(stood, 6, chips(place_6=5)) is ErrorCode.STAKE_BELOW
    assert refused(stood, 6, chips(place_6=61)) is ErrorCode.STAKE_NOT_WHOLE
    assert refused(stood, 6, chips(hard_4=1_000)) is ErrorCode.STAKE_ABOVE
    assert refused(stood, 6, chips(hard_4=-10)) is ErrorCode.STAKE_BELOW
    come = thrown(more, (4, 4)).left
    assert come is not None
    assert CrapsWager("come", 30, 8) in come.bets
    both = added(come, 6, chips(come=10, odds_come_8=60, hard_4=10))
    again = added(both, 6, chips(come=10, hard_4=10))
    assert CrapsWager("come", 20) in again.bets
    assert CrapsWager("hard-4", 20) in again.bets
    assert CrapsWager("come", 30, 8, 60) in again.bets


@pytest.mark.parametrize(
    "bets",
    [
        CrapsTableBets((), 0),
        CrapsTableBets((CrapsWager("pass", 30),), 7),
        CrapsTableBets((CrapsWager("pass", 30),), 6),
        CrapsTableBets((CrapsWager("pass", 30, 6),), 8),
        CrapsTableBets((CrapsWager("come", 30),), 0),
        CrapsTableBets((CrapsWager("come", 30, 7),), 6),
        CrapsTableBets((CrapsWager("hard-4", 30, 4),), 0),
        CrapsTableBets((CrapsWager("field", 30), CrapsWager("field", 30)), 0),
        CrapsTableBets((CrapsWager("place-6", 30, 0, 30),), 0),
        CrapsTableBets((CrapsWager("pass", 30, 0, 30),), 0),
        CrapsTableBets((CrapsWager("field", 30, 0, 0, CrapsStatus.WON),), 0),
        CrapsTableBets((CrapsWager("field", 30, payout=1),), 0),
        CrapsTableBets((CrapsWager("odds-pass", 30),), 0),
    ],
    ids=str,
)
def test_what_cannot_stand(bets: CrapsTableBets) -> None:
    """A proof with bets that no table can have come to is none."""
    with pytest.raises(Refused):
        roll.check(bets, LIMITS)
