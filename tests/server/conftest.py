"""The node that tests of the tables, the gateway and HTTP play on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.database.embedded import EmbeddedPostgres
from tests.postgres import Database
from tests.server.harness import House, open_house
from tests.server.identity.people import Office, forget_everybody, new_identities, open_office


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    """A node with default settings on a database of its own."""
    async with open_house(database) as house:
        yield house


@pytest.fixture(scope="session")
def identities(cluster: EmbeddedPostgres) -> Database:
    """A database for all tests that are about people alone."""
    return asyncio.run(new_identities(cluster))


@pytest.fixture
async def office(identities: Database) -> AsyncIterator[Office]:
    """Sign-ins and operators, of whom there are none yet."""
    await forget_everybody(identities)
    async with open_office(identities) as office:
        yield office
