"""Stakes on the wire."""

from __future__ import annotations

import math

import msgspec
import pytest

from games import stakes
from protocol.errors import ErrorCode, Refused


class Body(msgspec.Struct):
    """A bets body."""

    stake: stakes.Stake


@pytest.mark.parametrize("written", [b"1.5", b"100.0", b"1e2", b"-0.0"])
def test_a_fraction_is_read_and_refused(written: bytes) -> None:
    """A number with a fraction reaches the game, which refuses it as not whole."""
    body = msgspec.json.decode(b'{"stake":' + written + b"}", type=Body)

    with pytest.raises(Refused) as refused:
        stakes.whole(body.stake)
    assert refused.value.code is ErrorCode.STAKE_NOT_WHOLE


@pytest.mark.parametrize("stake", [math.nan, math.inf, -math.inf])
def test_no_number_is_not_whole(stake: float) -> None:
    """MessagePack can carry infinities and NaN; they are refused like a fraction."""
    body = msgspec.msgpack.decode(msgspec.msgpack.encode({"stake": stake}), type=Body)

    with pytest.raises(Refused):
        stakes.whole(body.stake)


@pytest.mark.parametrize("written", [b"true", b'"1"', b"null", b"9007199254740992", b"[]"])
def test_other_types_are_not_read(written: bytes) -> None:
    """What is no number, or out of bounds, is an unreadable body."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"stake":' + written + b"}", type=Body)


def test_integers_pass() -> None:
    """Whole minor units are returned as they are."""
    assert stakes.whole(msgspec.json.decode(b'{"stake":100}', type=Body).stake) == 100


def test_bounds_are_told() -> None:
    """A refusal names the bound, for people and for programs."""
    low, high = stakes.below(10), stakes.above(500)

    assert (low.code, low.details) == (ErrorCode.STAKE_BELOW, {"minimum": 10})
    assert (high.code, high.details) == (ErrorCode.STAKE_ABOVE, {"maximum": 500})
    assert "10" in low.message
    assert "500" in high.message
