"""Bets on a layout."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from games.chips import Chip, Chips, ChipWin, one_chip, settle, total_stake, whole_stake
from games.game import StakeLimits
from protocol.errors import ErrorCode, Refused

MULTIPLES = {"red": 1, "place-5": 5, "place-6": 6, **{f"n-{number}": 1 for number in range(60)}}
LIMITS = StakeLimits(10, 1_000)


def chips(*names: str, stake: Any = 30) -> list[Chip]:
    """Return a chip of the same stake on each name."""
    return [Chip(name, stake) for name in names]


def test_stakes_add_up() -> None:
    """What is taken at once is the sum of all chips."""
    assert total_stake([*chips("red"), *chips("place-6", stake=60)], LIMITS, MULTIPLES.get) == 90
    fifty = chips(*[f"n-{number}" for number in range(50)], stake=20)
    assert total_stake(fifty, LIMITS, MULTIPLES.get) == 1_000


@pytest.mark.parametrize(
    ("bets", "code"),
    [
        ([], ErrorCode.BET_INVALID),
        (chips("blue"), ErrorCode.BET_INVALID),
        (chips("red", "red"), ErrorCode.BET_INVALID),
        (chips(*[f"n-{number}" for number in range(51)], stake=10), ErrorCode.BET_INVALID),
        (chips("red", stake=9), ErrorCode.STAKE_BELOW),
        (chips("red", stake=0), ErrorCode.STAKE_BELOW),
        (chips("red", stake=-30), ErrorCode.STAKE_BELOW),
        (chips("red", stake=30.0), ErrorCode.STAKE_NOT_WHOLE),
        (chips("red", stake=30.5), ErrorCode.STAKE_NOT_WHOLE),
        (chips("place-5", stake=36), ErrorCode.STAKE_NOT_WHOLE),
        (chips("place-6", stake=35), ErrorCode.STAKE_NOT_WHOLE),
        (chips("red", stake=1_001), ErrorCode.STAKE_ABOVE),
        (chips("red", "place-5", stake=505), ErrorCode.STAKE_ABOVE),
        (chips("red", "place-5", stake=2**53 - 7), ErrorCode.STAKE_ABOVE),
    ],
)
def test_refusals(bets: list[Chip], code: ErrorCode) -> None:
    """Each kind of wrong bet has its own code."""
    with pytest.raises(Refused) as refused:
        total_stake(bets, LIMITS, MULTIPLES.get)

    assert refused.value.code is code


def test_a_stake_is_at_least_its_multiple() -> None:
    """A table without a minimum takes no nothing."""
    with pytest.raises(Refused) as refused:
        total_stake(chips("place-5", stake=0), StakeLimits(0, 100), MULTIPLES.get)

    assert refused.value.code is ErrorCode.STAKE_BELOW
    assert refused.value.details == {"minimum": 5}


def test_settling_pays_each_chip_by_its_factor() -> None:
    """Factors count parts of a unit; a bet with none, or with 0, has lost."""
    factors = {"red": 3, "n-1": 0, "n-2": 200}
    total, payout, wins = settle(chips("red", "n-0", "n-1", "n-2", stake=100), factors.get, 2)

    assert (total, payout) == (400, 150 + 10_000)
    assert wins == (ChipWin("red", 100, 150), ChipWin("n-2", 100, 10_000))


def test_one_chip() -> None:
    """A sample is one known bet."""
    assert one_chip("red", 10, MULTIPLES.get) == Chips((Chip("red", 10),))
    assert whole_stake(Chip("red", 10)) == 10
    with pytest.raises(ValueError, match="no bet named 'blue'"):
        one_chip("blue", 10, MULTIPLES.get)


def test_body_on_the_wire() -> None:
    """The body is read as the description says; a list that is far too long is not even read."""
    body = b'{"bets":[{"bet":"small","stake":100},{"bet":"odd","stake":200}]}'

    assert msgspec.json.decode(body, type=Chips).bets[1] == Chip("odd", 200)
    for wrong in [{"bet": "x" * 65, "stake": 1}], [{"bet": "odd", "stake": 1}] * 1_001:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"bets": wrong}, Chips)
