"""Books that were played, for the audit to look at."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.postgres import Database
from tests.server.audit.books import Played
from tests.server.ledger.ledger import settler


@pytest.fixture
async def books(database: Database) -> AsyncIterator[Played]:
    """Books with some of everything in them."""
    app = await settler(database)
    async with database.connected("owner") as owner:
        books = Played(database, owner, app)
        await books.play()
        yield books
    await app.close()
