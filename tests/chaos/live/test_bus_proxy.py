"""Tests of where a reply ends."""

from __future__ import annotations

import pytest

from tests.chaos.live.bus_proxy import reply_end

REPLIES = (
    b"+PONG\r\n",
    b":1\r\n",
    b"-ERR no\r\n",
    b"$5\r\na\r\nbc\r\n",
    b"$-1\r\n",
    b"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$4\r\n\r\n\r\n\r\n",
    b"*2\r\n$4\r\npong\r\n$0\r\n\r\n",
)


@pytest.mark.parametrize("reply", REPLIES)
def test_a_reply_ends_where_it_ends(reply: bytes) -> None:
    """A reply is found whole behind another one, and not before its last byte is there."""
    start = len(REPLIES[0])
    both = REPLIES[0] + reply
    assert reply_end(both + b"+OK\r\n", start) == len(both)
    for length in range(start, len(both)):
        assert reply_end(both[:length], start) is None
