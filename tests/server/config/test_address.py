"""`HOST:PORT` on a command line."""

from __future__ import annotations

import pytest

from server.config import ConfigError, split_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("localhost:0", ("localhost", 0)),
        ("[::1]:65535", ("::1", 65535)),
        (":80", ("", 80)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    """Host and port are split at the last colon, brackets removed."""
    assert split_address(text) == address


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("localhost", "expected HOST:PORT"),
        ("8080", "expected HOST:PORT"),
        ("h:", "expected HOST:PORT"),
        ("h:65536", "expected HOST:PORT"),
        ("h:-1", "expected HOST:PORT"),
        ("h:\u0663", "expected HOST:PORT"),
        ("::1:80", "in brackets"),
    ],
)
def test_what_is_no_address(text: str, message: str) -> None:
    """Anything else is refused under the option's own name."""
    with pytest.raises(ConfigError, match=f"--http: .*{message}"):
        split_address(text, "--http")
