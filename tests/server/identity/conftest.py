"""The office that the tests of this directory work in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.postgres import Database
from tests.server.identity.people import Office, open_office


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    """The identities of a database of its own."""
    async with open_office(database) as office:
        yield office
