"""Tests of what tells two requests under one id apart."""

from __future__ import annotations

from typing import Any

import msgpack  # type: ignore[import-untyped]
import msgspec
import pytest
from hypothesis import given, strategies as st

from protocol.codec import JSON, MSGPACK, Codec
from protocol.messages.rounds import Act, Deal, Spin
from server.gateway.fingerprint import fingerprint, is_fingerprint


def spin(bets: Any, codec: Codec = MSGPACK, **changes: Any) -> Spin:
    """Return a spin with these bets."""
    raw = msgspec.Raw(codec.encode(bets))
    return Spin(**{"table": "7", "round": "5-1", "bets": raw, "client_seed": b"s", **changes})


def test_the_codec_makes_no_difference() -> None:
    """A request sent again after a reconnect may come in the other encoding."""
    bets = {"bets": [{"bet": "red", "stake": 100}, {"stake": 5, "bet": "\N{SNOWMAN}"}], "x": None}
    other = {"x": None, "bets": [{"stake": 100, "bet": "red"}, {"bet": "\N{SNOWMAN}", "stake": 5}]}

    assert fingerprint(spin(bets), MSGPACK) == fingerprint(spin(other, JSON), JSON)
    assert is_fingerprint(fingerprint(spin(bets), MSGPACK))
    assert not is_fingerprint(bytes(16))


@pytest.mark.parametrize(
    "other",
    [
        spin({"stake": 20}, table="8"),
        spin({"stake": 20}, round="5-2"),
        spin({"stake": 20}, client_seed=b"t"),
        spin({"stake": 21}),
        Deal(
            table="7",
            round="5-1",
            bets=msgspec.Raw(MSGPACK.encode({"stake": 20})),
            client_seed=b"s",
        ),
        Act(table="7", round="5-1", step=0, decision=msgspec.Raw(MSGPACK.encode({"stake": 20}))),
    ],
)
def test_every_part_makes_a_difference(other: Any) -> None:
    """Another table, round, seed, bet or kind of request is another request."""
    assert fingerprint(spin({"stake": 20}), MSGPACK) != fingerprint(other, MSGPACK)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.binary()
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.integers() | st.text() | st.booleans(), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(data=st.one_of(values.map(lambda value: msgpack.packb(value, default=str)), st.binary()))
def test_any_bytes_have_one(data: bytes) -> None:
    """Whatever stands where bets should be, it is told apart and never breaks a connection."""
    message = Spin(table="7", round="5-1", bets=msgspec.Raw(data), client_seed=b"")

    for codec in (MSGPACK, JSON):
        assert is_fingerprint(fingerprint(message, codec))
        assert fingerprint(message, codec) == fingerprint(message, codec)


def test_data_that_nests_without_end_has_one() -> None:
    """No depth of nesting is too deep."""
    for data, codec in ((b"\x91" * 20_000 + b"\x00", MSGPACK), (b"[" * 20_000, JSON)):
        message = Spin(table="7", round="5-1", bets=msgspec.Raw(data), client_seed=b"")
        assert is_fingerprint(fingerprint(message, codec))
