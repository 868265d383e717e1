"""Tests of the choice of ports."""

from __future__ import annotations

import socket

from server.database import ports


def test_free_port_is_free_and_outside_the_ephemeral_range() -> None:
    """A chosen port can be listened on and is none that outgoing connections get."""
    port = ports.free_port()
    assert ports.FIRST <= port <= ports.LAST < 32_768
    with socket.create_server(("127.0.0.1", port)):
        assert not ports.is_free(port)
