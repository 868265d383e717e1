"""The bets body of a table with a few named bets."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from games.bet_list import NamedBet, NamedBets, single, staked, total_stake
from games.game import StakeLimits
from protocol.errors import ErrorCode, Refused

MULTIPLES = {"even": 20, "any": 1}
LIMITS = StakeLimits(10, 1_000)


def bets(**stakes: Any) -> NamedBets:
    """Return a bet for each name."""
    return NamedBets(tuple(NamedBet(name, stake) for name, stake in stakes.items()))


def test_stakes_are_added() -> None:
    """The sum of all bets is taken, and each is found by its name."""
    body = bets(even=40, any=33)

    assert total_stake(body, MULTIPLES, LIMITS) == 73
    assert staked(body) == {"even": 40, "any": 33}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (NamedBets(()), ErrorCode.BET_INVALID),
        (bets(other=10), ErrorCode.BET_INVALID),
        (NamedBets((NamedBet("any", 10), NamedBet("any", 10))), ErrorCode.BET_INVALID),
        (bets(any=9), ErrorCode.STAKE_BELOW),
        (bets(any=0), ErrorCode.STAKE_BELOW),
        (bets(even=19), ErrorCode.STAKE_BELOW),
        (bets(even=-20), ErrorCode.STAKE_BELOW),
        (bets(even=30), ErrorCode.STAKE_NOT_WHOLE),
        (bets(any=10.5), ErrorCode.STAKE_NOT_WHOLE),
        (bets(any=1_001), ErrorCode.STAKE_ABOVE),
        (bets(even=500, any=501), ErrorCode.STAKE_ABOVE),
    ],
)
def test_refusals(body: NamedBets, code: ErrorCode) -> None:
    """Each kind of wrong bet has its own code."""
    with pytest.raises(Refused) as refused:
        total_stake(body, MULTIPLES, LIMITS)

    assert refused.value.code is code


def test_a_bet_needs_its_multiple_whatever_the_table_takes() -> None:
    """A minimum of nothing does not let a stake of nothing through."""
    with pytest.raises(Refused):
        total_stake(bets(any=0), MULTIPLES, StakeLimits(0, 10))


def test_single() -> None:
    """One bet is made by its name; an unknown name is an error of the caller."""
    assert single("any", 7, MULTIPLES) == bets(any=7)
    with pytest.raises(ValueError, match="no bet named"):
        single("other", 7, MULTIPLES)


def test_body_on_the_wire() -> None:
    """The body is a list under `bets`; one that is far too long is not even read."""
    body = msgspec.json.decode(b'{"bets":[{"bet":"any","stake":5}]}', type=NamedBets)

    assert body == bets(any=5)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"bets": [{"bet": "any", "stake": 1}] * 1_001}, NamedBets)
