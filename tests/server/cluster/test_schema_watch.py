"""Tests of a program that looks whether it can still run on the schema."""

from __future__ import annotations

import asyncpg

from server.cluster.schema_watch import SchemaWatch
from server.database.compatibility import program_name
from server.database.migrations import Migration, load, migrate
from tests.postgres import Database


async def test_a_running_program_notices_what_the_schema_has_become(database: Database) -> None:
    """It goes on with a schema that was expanded, and says why it cannot when that has shrunk."""
    known = load()
    number = len(known) + 1
    more = Migration(number, "more", "-- croupier:expands\nSELECT 1;")
    less = Migration(number + 1, "less", f"-- croupier:contracts {number:04}\nSELECT 1;")
    async with asyncpg.create_pool(database.app, min_size=1, max_size=1) as pool:
        watch = SchemaWatch(pool)
        assert watch.program == program_name(len(known))
        for migrations, newest in ((known, number - 1), ((*known, more), number)):
            await migrate(database.owner, migrations)
            await watch.read()
            assert (watch.newest, watch.outgrown) == (newest, None)
        await migrate(database.owner, (*known, more, less))
        await watch.read()
        assert watch.newest == number + 1
        assert watch.outgrown is not None
        assert f"{number:04} and this program ends at {number - 1:04}" in watch.outgrown
