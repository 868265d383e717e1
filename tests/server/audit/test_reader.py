"""Tests of reading a ledger at one moment."""

from __future__ import annotations

from datetime import UTC, datetime

import asyncpg
import pytest

from server.audit.reader import Moment, open_reader
from tests.postgres import Database

COUNT = "SELECT count(*) FROM funding f WHERE "
FUNDING = "INSERT INTO funding VALUES ($1, 1, 1, 'a test', 'nobody', clock_timestamp())"


async def test_moment(database: Database) -> None:
    """What commits after a moment is told from what had committed, whenever either is read."""
    async with (
        open_reader(database.app) as reader,
        database.connected() as early,
        database.connected() as late,
    ):
        await early.execute(FUNDING, 1)
        under_way = late.transaction()
        await under_way.start()
        await late.execute(FUNDING, 2)
        await early.execute(FUNDING, 3)
        async with reader.moment() as moment:
            pass
        await under_way.commit()
        await early.execute(FUNDING, 4)
        seen = await reader.fetch(
            f"SELECT transfer FROM funding f WHERE {moment.saw('f', 'at')} ORDER BY 1"
        )
        assert [row[0] for row in seen] == [1, 3]
        async with reader.moment() as moment:
            assert await reader.value(COUNT + moment.saw("f", "at")) == 4


async def test_old_rows(database: Database) -> None:
    """A row of long ago was there, even where transaction numbers have wrapped since."""
    async with open_reader(database.app) as reader, database.connected() as owner:
        await owner.execute(FUNDING.replace("clock_timestamp()", "'2026-01-01'"), 1)
        now = datetime.now(UTC)
        moment = Moment("10:10:", 10, now)
        assert await reader.value(COUNT + moment.saw("f", "at")) == 1
        assert (
            await reader.value(
                COUNT + Moment("10:10:", 10, now.replace(year=2026, month=1, day=1)).saw("f", "at")
            )
            == 0
        )


async def test_wrap(database: Database) -> None:
    """Transaction numbers are compared as those next to the moment, whichever turn it is."""
    # The row's number is a few hundred. After a turn, 5 lies before it and 2^31 after it.
    async with open_reader(database.app) as reader, database.connected() as owner:
        await owner.execute(FUNDING, 1)
        lowest = (1 << 32) + 5
        moment = Moment(f"{lowest}:{lowest}:", lowest, datetime.now(UTC))
        assert await reader.value(COUNT + moment.saw("f", "at")) == 0
        lowest = (1 << 32) + (1 << 31)
        moment = Moment(f"{lowest}:{lowest}:", lowest, datetime.now(UTC))
        assert await reader.value(COUNT + moment.saw("f", "at")) == 1


async def test_spans(database: Database) -> None:
    """Parts of a table hold every key once, in order, for keys of one column and of two."""
    async with open_reader(database.app) as reader, database.connected() as owner:
        await owner.execute(
            "INSERT INTO funding SELECT g * 3, 1, 1, 'a test', 'nobody', clock_timestamp()"
            " FROM generate_series(1, 50000) g"
        )
        found: list[int] = []
        parts = 0
        async for span in reader.spans("funding", "transfer"):
            parts += 1
            rows = await reader.fetch(
                f"SELECT transfer FROM funding f WHERE {span.holds('f')} ORDER BY 1",
                *span.arguments,
            )
            found += [row[0] for row in rows]
        assert parts > 1
        assert found == [3 * each for each in range(1, 50001)]
        await owner.execute(
            "INSERT INTO request SELECT g / 300, g, '', 1, 0, 1, 1, 0, 0, 0, clock_timestamp()"
            " FROM generate_series(1, 50000) g"
        )
        pairs: list[tuple[int, ...]] = []
        async for span in reader.spans("request", "session", "id"):
            rows = await reader.fetch(
                f"SELECT session, id FROM request r WHERE {span.holds('r')} ORDER BY 1, 2",
                *span.arguments,
            )
            pairs += [tuple(row) for row in rows]
        assert pairs == [(each // 300, each) for each in range(1, 50001)]


async def test_reads_only(database: Database) -> None:
    """The audit's own connection cannot write, whoever it is."""
    async with open_reader(database.owner) as reader:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await reader.value("DELETE FROM ticket RETURNING 1")
