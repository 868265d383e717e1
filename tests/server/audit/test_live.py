"""Tests of the audit of live tables: clean books pass, and every kind of breach is named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.audit.findings import Report
from server.audit.reader import open_reader
from server.audit.run import Options, audit
from server.fairness.keyring import GENERATED_KEY_FILE, read_keys
from tests.postgres import Database
from tests.server.audit.books import CATALOGUE, KEY
from tests.server.audit.live_books import LivePlayed
from tests.server.audit.live_breaches import BREACHES
from tests.server.ledger.ledger import settler
from tests.server.tables.live.people import Person, chips, hurry, live_house, table_settings


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


async def test_what_real_tables_play(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What real tables of every style put on record passes, while they run and afterwards."""
    hurry(monkeypatch, 20)
    tables = [
        table_settings("roulette", betting_ms=4_000),
        table_settings("blackjack", betting_ms=4_000, decision_ms=20),
        table_settings("crash", betting_ms=6_000),
    ]
    async with live_house(database, *tables) as house:
        people = [await Person.join(house, table.title) for table in tables for _ in range(2)]
        await asyncio.gather(*(_play(person) for person in people))
        keys = read_keys(house.casino.settings.data / GENERATED_KEY_FILE)
        async with open_reader(database.app) as reader:
            during = await audit(reader, CATALOGUE, keys, Options(newest=None))
    async with open_reader(database.app) as reader:
        after = await audit(reader, CATALOGUE, keys, Options(newest=None))
    for report in (during, after):
        assert found(report) == {}
        assert report.check("live rounds", "").looked_at >= 6
        assert report.check("digests", "").looked_at >= 24


async def _play(person: Person) -> None:
    """Bet twice on each of two rounds, and cash out where that can be."""
    game = person.live["game"]
    for index in range(2):
        opened = await person.opened(index)
        bets: Any = {"stake": 100}
        if game == "roulette":
            bets = chips(red=100, low=20)
        elif game == "crash":
            bets = chips(**{"cash_out_10000.00": 100})
        for _ in range(2):
            assert (await person.bet(opened["round"], bets)).type == "accepted"
        if game == "crash":
            await person.newest("rising", round=opened["round"])
            answer = await person.act(opened["round"], 0, "cash-out")
            while answer.type == "error" and answer.code == "busy":
                answer = await person.act(opened["round"], 0, "cash-out", answer.id)
        await person.newest("round_result", round=opened["round"])
