"""The ledger that the tests of this directory try things on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.postgres import Database
from tests.server.ledger.ledger import Ledger, settler


@pytest.fixture
async def ledger(database: Database) -> AsyncIterator[Ledger]:
    """A ledger of its own with a node started."""
    app = await settler(database)
    async with database.connected("owner") as owner:
        ledger = Ledger(database, owner, app)
        await ledger.start()
        yield ledger
    await app.close()
