"""Client seeds as they are stored."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from games.entropy import Draws
from server.fairness.framing import frame_client_seeds, unframe_client_seeds

SEEDS = st.lists(st.binary(max_size=32), max_size=12)


@given(SEEDS)
def test_round_trip(seeds: list[bytes]) -> None:
    """What was framed comes back, seat by seat."""
    assert unframe_client_seeds(frame_client_seeds(seeds)) == tuple(seeds)


@given(SEEDS)
def test_frames_are_what_the_draw_stream_takes(seeds: list[bytes]) -> None:
    """The stored bytes stand in the message of the draw stream as they are."""
    draws = Draws(bytes(32), seeds)

    assert draws._message == b"croupier/draw/1\0" + frame_client_seeds(seeds)


@given(SEEDS, SEEDS)
def test_no_two_lists_have_the_same_frames(one: list[bytes], other: list[bytes]) -> None:
    """Moving a byte from one seat to the next shows."""
    assert (frame_client_seeds(one) == frame_client_seeds(other)) == (one == other)


@given(st.binary(max_size=80))
def test_any_bytes_are_frames_or_refused(data: bytes) -> None:
    """Bytes are either whole frames, and then the only ones, or a ValueError."""
    try:
        seeds = unframe_client_seeds(data)
    except ValueError:
        return
    assert frame_client_seeds(seeds) == data


@pytest.mark.parametrize("data", [b"\0", b"\0\1", b"\0\2a", b"\0\x21" + bytes(33), b"\0\0\0"])
def test_broken_frames_are_refused(data: bytes) -> None:
    """A length cut off, a seed cut off, one above 32 bytes, a byte left over."""
    with pytest.raises(ValueError, match="client seeds"):
        unframe_client_seeds(data)


def test_a_long_client_seed_is_refused() -> None:
    """A client seed has at most 32 bytes."""
    with pytest.raises(ValueError, match="32 bytes"):
        frame_client_seeds([bytes(33)])
