"""Tests of migrations."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from server.database import migrations
from server.database.errors import (
    MigrationChanged,
    MigrationFailed,
    SchemaNewer,
    SchemaOlder,
)
from server.database.migrations import Migration, check, load, migrate, pending
from tests.postgres import Database

TABLE = Migration(1, "table", "CREATE TABLE thing (id bigint PRIMARY KEY, n int NOT NULL);")
BODY = Migration(
    2,
    "body",
    """
-- Several statements, with semicolons and quotes inside a body.
CREATE FUNCTION add(x int) RETURNS int LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO croupier.thing VALUES (x, x); -- it's done;
    RETURN (SELECT sum(n) FROM croupier.thing);
END
$body$;
SELECT add(1);
SELECT add(2);
GRANT EXECUTE ON FUNCTION add TO croupier_app;
""",
)
INDEX = Migration(
    3,
    "index",
    f"""{migrations.NO_TRANSACTION}
DROP INDEX CONCURRENTLY IF EXISTS thing_n;
-- croupier:next
CREATE INDEX CONCURRENTLY thing_n ON thing (n);
""",
)
ALL = (TABLE, BODY, INDEX)


async def test_applies_in_order_and_once(empty_database: Database) -> None:
    """Each file is applied once, and recorded with its digest where the application can read it."""
    told: list[Migration] = []
    assert await migrate(empty_database.owner, ALL[:1]) == ALL[:1]
    assert await migrate(empty_database.owner, ALL, told=told.append) == ALL[1:]
    assert await migrate(empty_database.owner, ALL) == ()
    assert tuple(told) == ALL[1:]
    async with empty_database.connected("app") as connection:
        await check(connection, ALL)
        rows = await connection.fetch("SELECT version, name, digest FROM schema_migration")
        assert {tuple(row) for row in rows} == {(m.version, m.name, m.digest) for m in ALL}
    async with empty_database.connected("owner") as connection:
        assert await connection.fetchval("SELECT sum(n) FROM thing") == 3
        assert await connection.fetchval("SELECT to_regclass('croupier.thing_n') IS NOT NULL")
        owners = "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class c WHERE relname = 'thing'"
        assert await connection.fetchval(owners) == "croupier_owner"


async def test_superuser_makes_tables_of_the_owner(empty_database: Database) -> None:
    """Migrating as an administrator leaves everything to the owner, and the session as it was."""
    async with empty_database.connected("superuser") as connection:
        await migrate(connection, ALL)
        assert await connection.fetchval("SELECT current_user") == "postgres"
        assert await connection.fetchval("SHOW lock_timeout") == "0"
    async with empty_database.connected("owner") as connection:
        await connection.execute("DROP TABLE thing")


async def test_older_and_newer(empty_database: Database) -> None:
    """A database behind the program, or ahead of it, is told apart with what to do."""
    async with empty_database.connected("app") as connection:
        with pytest.raises(SchemaOlder, match="run `croupier database migrate`"):
            await check(connection, ALL)
        await migrate(empty_database.owner, ALL)
        with pytest.raises(
            SchemaNewer, match="0003_index is for .* 0003 and this program ends at 0002"
        ):
            await check(connection, ALL[:2])
    with pytest.raises(SchemaNewer, match="Run the newer program"):
        await migrate(empty_database.owner, ALL[:2])


async def test_changed_file_is_refused(empty_database: Database) -> None:
    """A file that was altered after it was applied is refused by name."""
    await migrate(empty_database.owner, ALL[:2])
    altered = (Migration(1, "table", TABLE.sql + "\n"), *ALL[1:])
    with pytest.raises(MigrationChanged, match="0001_table was altered"):
        await migrate(empty_database.owner, altered)
    async with empty_database.connected("app") as connection:
        assert await pending(connection, ALL) == (INDEX,)


async def test_failure_leaves_nothing(empty_database: Database) -> None:
    """A migration that fails names itself and the line, and leaves no half of itself."""
    broken = Migration(2, "broken", "CREATE TABLE half (n int);\n\nSELECT nothing_such();")
    with pytest.raises(MigrationFailed, match=r"0002_broken failed: .*nothing_such.*line 3"):
        await migrate(empty_database.owner, (TABLE, broken))
    async with empty_database.connected("owner") as connection:
        assert await connection.fetchval("SELECT to_regclass('croupier.half')") is None
        assert await pending(connection, (TABLE, broken)) == (broken,)


async def test_several_at_once(empty_database: Database) -> None:
    """Of several processes that migrate at once one works and the others find it done."""
    done = await asyncio.gather(*(migrate(empty_database.owner, ALL) for _ in range(3)))
    assert sorted(len(each) for each in done) == [0, 0, 3]


async def test_locks_are_waited_for_shortly(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A migration waits for a table's lock in short attempts, then says what to do."""
    monkeypatch.setattr(migrations, "LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(migrations, "LOCK_ATTEMPTS_MAX", 2)
    await migrate(empty_database.owner, (TABLE,))
    alter = Migration(2, "alter", "ALTER TABLE thing ADD COLUMN more int;")
    async with empty_database.connected("owner") as reader:
        transaction = reader.transaction()
        await transaction.start()
        await reader.fetch("SELECT * FROM thing")
        with pytest.raises(MigrationFailed, match="did not get its locks in 2 attempts"):
            await migrate(empty_database.owner, (TABLE, alter))
        await transaction.rollback()
    assert await migrate(empty_database.owner, (TABLE, alter)) == (alter,)


def test_files_are_numbered(tmp_path: Path) -> None:
    """Files are read in order; a gap, a double number or a strange name is refused."""
    (tmp_path / "0001_first.sql").write_text("SELECT 1;")
    (tmp_path / "0002_second.sql").write_text("SELECT 2;")
    assert [str(each) for each in load(tmp_path)] == ["0001_first", "0002_second"]
    (tmp_path / "0004_fourth.sql").write_text("")
    with pytest.raises(MigrationChanged, match="0003 was expected where 0004_fourth is"):
        load(tmp_path)
    (tmp_path / "0002_other.sql").write_text("")
    with pytest.raises(MigrationChanged, match="0003 was expected where 0002_second is"):
        load(tmp_path)
    (tmp_path / "12_short.sql").write_text("")
    with pytest.raises(MigrationChanged, match="12_short.sql is not named"):
        load(tmp_path)


async def test_shipped_migrations(database: Database) -> None:
    """A database of this program passes its own check."""
    assert load()
    async with database.connected("app") as connection:
        await check(connection)
