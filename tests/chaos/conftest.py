"""A server and a load tester that are ended with the test, and a seeded source of chance."""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.processes import Load, Server


@pytest.fixture
def chance() -> random.Random:
    """Chance that a failed test tells the seed of; CROUPIER_TEST_SEED repeats it."""
    seed = os.environ.get("CROUPIER_TEST_SEED") or str(secrets.randbelow(1 << 32))
    print(f"repeat with CROUPIER_TEST_SEED={seed}")  # noqa: T201 - to repeat a failure
    return random.Random(seed)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Callable[..., Server]]:
    """Return a function that makes a server, not started; each is ended with the test."""
    async with AsyncExitStack() as stack:

        def make(home: Path = tmp_path, **options: Any) -> Server:
            server = Server(home, **options)
            stack.push_async_callback(server.clear)
            return server

        yield make


@pytest.fixture
async def load() -> AsyncIterator[Callable[..., Load]]:
    """Return a function that makes a load tester, not started; each is ended with the test."""
    async with AsyncExitStack() as stack:

        def make(server: Server, **options: Any) -> Load:
            tester = Load(server, **options)
            stack.push_async_callback(tester.clear)
            return tester

        yield make
