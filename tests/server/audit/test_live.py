"""Tests of the audit of live tables: clean books pass, and every kind of breach is named."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from server.audit.findings import Report
from server.audit.reader import open_reader
from server.audit.run import Options, audit
from tests.postgres import Database
from tests.server.audit.books import CATALOGUE, KEY
from tests.server.audit.live_books import LivePlayed
from tests.server.audit.live_breaches import BREACHES
from tests.server.ledger.ledger import settler


@pytest.fixture
async def live(database: Database) -> AsyncIterator[LivePlayed]:
    """Books of live tables."""
    app = await settler(database)
    async with database.connected("owner") as owner:
        books = LivePlayed(database, owner, app)
        await books.play()
        yield books
    await app.close()


async def audited(books: LivePlayed) -> Report:
    """Audit."""
    async with open_reader(books.database.app) as reader:
        return await audit(reader, CATALOGUE, {"1": KEY}, Options(newest=None))


def found(report: Report) -> dict[str, list[str]]:
    """Return every breach by its check."""
    return {check.name: check.breaches for check in report.checks if not check.ok}


async def test_clean(live: LivePlayed) -> None:
    """Rounds of every style pass, whether they ended, were void, empty or are in play."""
    report = await audited(live)
    assert found(report) == {}
    rounds = await live.owner.fetchval("SELECT count(*) FROM round")
    assert report.check("live rounds", "").looked_at == rounds + 3
    assert report.check("replays", "").looked_at == rounds - 1


async def test_breaches(live: LivePlayed) -> None:
    """Every kind of breach is named, by the checks that it breaks and by no other."""
    await live.drop_constraint("round", "round_order")
    await live.owner.execute("ALTER TABLE live_round DROP CONSTRAINT live_round_order")
    await live.keep()
    for kind, breach in BREACHES.items():
        await breach.tamper(live)
        breaches = found(await audited(live))
        texts = [text for texts in breaches.values() for text in texts]
        named = breach.named(live)
        assert any(named in text for text in texts), (kind, named, breaches)
        assert set(breaches) == breach.broken, (kind, breaches)
        await live.put_back()
    assert found(await audited(live)) == {}
