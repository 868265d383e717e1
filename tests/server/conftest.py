"""The node that tests of the tables, the gateway and HTTP play on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.postgres import Database
from tests.server.harness import House, open_house


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    """A node with default settings on a database of its own."""
    async with open_house(database) as house:
        yield house
