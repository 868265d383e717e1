"""`HOST:PORT` as people write it on a command line."""

from __future__ import annotations

from server.config.errors import ConfigError

__all__ = ["split_address"]

MAX_PORT = 65_535


def split_address(text: str, option: str = "address") -> tuple[str, int]:
    """Return the host and port of `HOST:PORT`, `[IPV6]:PORT` or `:PORT` (host empty).

    Port 0 means any free port. Raises `ConfigError`, naming `option`, for anything else.
    """
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ConfigError(f"{option}: write an IPv6 address in brackets, as in [::1]:8080")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > MAX_PORT:
        raise ConfigError(f"{option}: expected HOST:PORT with a port from 0 to {MAX_PORT}")
    return host, int(port)
