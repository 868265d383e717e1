"""Free ports on 127.0.0.1."""

from __future__ import annotations

import secrets
import socket
from typing import Final

from server.database.errors import PostgresStartFailed

FIRST: Final = 16_000
LAST: Final = 31_999
"""Below the range from which operating systems take the ports of outgoing connections, so that no
client of ours sits on PostgreSQL's port when it is restarted."""


def is_free(port: int) -> bool:
    """Say whether a server could listen on *port* now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port that is free now.

    Raises:
        PostgresStartFailed: none was found.
    """
    for _ in range(200):
        port = FIRST + secrets.randbelow(LAST - FIRST + 1)
        if is_free(port):
            return port
    raise PostgresStartFailed("No free port on 127.0.0.1 was found for PostgreSQL.")
