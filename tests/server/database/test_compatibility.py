"""Tests of which program runs on which schema."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from server.database.compatibility import oldest_of, program_name
from server.database.errors import MigrationChanged, MigrationFailed, SchemaNewer
from server.database.migrations import DIRECTORY, Migration, check, load, migrate, pending
from tests.postgres import Database
from tests.server.database.catalog import broken, read

FIRST_STATED = 13
"""From this migration on each says which programs go on with it."""
EXPANDS = "-- croupier:expands\n"
BASE = Migration(
    1,
    "base",
    """
CREATE TABLE thing (id bigint PRIMARY KEY, n int NOT NULL DEFAULT 0, note text);
CREATE FUNCTION add(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT a + b';
GRANT SELECT ON thing TO croupier_app;
REVOKE ALL ON FUNCTION add FROM PUBLIC;
GRANT EXECUTE ON FUNCTION add TO croupier_app;
""",
)
MORE = Migration(2, "more", EXPANDS + "ALTER TABLE thing ADD COLUMN more int;")
MARK = Migration(3, "mark", EXPANDS + "SELECT 1;")
LESS = Migration(4, "less", "-- croupier:contracts 0003\nALTER TABLE thing DROP COLUMN note;")
ALL = (BASE, MORE, MARK, LESS)


def test_headers() -> None:
    """A header is read from the first lines alone; without one only who knows a migration goes on.

    One that says two things, or names a program that cannot exist yet, is refused.
    """
    assert oldest_of("SELECT 1;", 5) == 5
    assert oldest_of("-- croupier:expands\n-- Why.\nSELECT 1;", 5) == 0
    assert oldest_of("-- croupier:no-transaction\n-- croupier:contracts 0003\n", 5) == 3
    assert oldest_of("-- Why.\n-- croupier:expands\n", 5) == 5
    with pytest.raises(ValueError, match="twice"):
        oldest_of("-- croupier:expands\n-- croupier:contracts 0003\n", 5)
    with pytest.raises(ValueError, match="no program knows 0006"):
        oldest_of("-- croupier:contracts 0006\n", 5)
    apart = Migration(5, "apart", "-- croupier:expands\n-- croupier:no-transaction\nSELECT 1;")
    assert not apart.transactional


def test_a_wrong_header_is_told_with_its_file(tmp_path: Path) -> None:
    """A migration whose header is wrong is named before anything is applied."""
    (tmp_path / "0001_first.sql").write_text("-- croupier:contracts 0009\n")
    with pytest.raises(MigrationChanged, match="0001_first are wrong: no program knows 0009"):
        load(tmp_path)


async def test_an_older_program_goes_on_until_the_schema_contracts(
    empty_database: Database,
) -> None:
    """It runs on a schema that was expanded, and is told what it needs when that has shrunk."""
    await migrate(empty_database.owner, ALL[:3])
    async with empty_database.connected("app") as connection:
        for older in (ALL[:1], ALL[:2]):
            await check(connection, older)
            assert await pending(connection, older) == ()
        assert await migrate(empty_database.owner, ALL[:1]) == ()
        await migrate(empty_database.owner, ALL)
        await check(connection, ALL[:3])
        with pytest.raises(SchemaNewer) as refused:
            await check(connection, ALL[:2])
        assert str(refused.value) == (
            "The database is newer than this program: 0004_less is for programs that know"
            " migration 0003 and this program ends at 0002. Run the newer program"
            f" (croupier {program_name(4)} applied it)."
        )


async def test_a_database_that_an_earlier_program_migrated(empty_database: Database) -> None:
    """What was applied before the record said so is for those programs alone that know it."""
    await migrate(empty_database.owner, ALL[:2])
    async with empty_database.connected("owner") as owner:
        await owner.execute("ALTER TABLE croupier.schema_migration DROP oldest, DROP program")
    async with empty_database.connected("app") as connection:
        await check(connection, ALL[:2])
        with pytest.raises(SchemaNewer, match=r"0002_more is for .* Run the newer program\.$"):
            await check(connection, ALL[:1])
    assert await migrate(empty_database.owner, ALL) == ALL[2:]
    async with empty_database.connected("app") as connection:
        await check(connection, ALL[:3])


async def test_nothing_shrinks_under_nodes_that_need_it(database: Database) -> None:
    """A migration that running nodes could not go on with is refused and names them."""
    known = load()
    number = len(known) + 1
    shrinks = Migration(number, "less", f"-- croupier:contracts {number:04}\nSELECT 1;")
    grows = Migration(number, "more", EXPANDS + "SELECT 1;")
    beat = (
        "INSERT INTO croupier.node (id) VALUES (7) ON CONFLICT DO NOTHING;"
        "INSERT INTO croupier.node_heartbeat (node, epoch, announced_epoch, at, program, state)"
        " VALUES (7, 1, 1, clock_timestamp() - interval '{} s', '{}', 'ready')"
        " ON CONFLICT (node) DO UPDATE SET at = EXCLUDED.at, program = EXCLUDED.program"
    )
    async with database.connected("owner") as owner:
        for program in ("0.0.9", program_name(number - 1)):
            await owner.execute(beat.format(0, program))
            with pytest.raises(MigrationFailed, match=rf"7 \(croupier {re.escape(program)}\)"):
                await migrate(owner, (*known, shrinks))
        assert await migrate(owner, (*known, grows)) == (grows,)
        await owner.execute("DELETE FROM croupier.schema_migration WHERE name = 'more'")
        await owner.execute(beat.format(60, "0.0.9"))
        assert await migrate(owner, (*known, shrinks)) == (shrinks,), "that node is gone"


BREAKS = {
    "ALTER TABLE thing DROP COLUMN note": "thing.note is gone",
    "ALTER TABLE thing RENAME note TO remark": "thing.note is gone",
    "ALTER TABLE thing RENAME TO stuff": "thing.id is gone",
    "ALTER TABLE thing ALTER n TYPE bigint": "thing.n was integer and is bigint",
    "ALTER TABLE thing ALTER n DROP DEFAULT": "thing.n must be given now",
    "ALTER TABLE thing ADD must int NOT NULL": "thing.must is new and must be given",
    "ALTER TABLE thing ADD CHECK (n > 0)": "thing refuses rows",
    "CREATE UNIQUE INDEX ON thing (n)": "thing refuses rows",
    "DROP FUNCTION add(int, int)": "add(a integer, b integer) is gone",
    "ALTER FUNCTION add(int, int) RENAME TO plus": "add(a integer, b integer) is gone",
    "CREATE FUNCTION add(a int, b int, c int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT 1'":
        "can be called like",
    "DROP FUNCTION add(int, int); CREATE FUNCTION add(a int, b int) RETURNS int LANGUAGE sql"
    " AS 'SELECT 1'": "add(a integer, b integer) needs more arguments",
    "DROP FUNCTION add(int, int); CREATE FUNCTION add(a int, b int DEFAULT 1) RETURNS bigint"
    " LANGUAGE sql AS 'SELECT 1::bigint'": "returned integer and returns bigint",
    "DROP FUNCTION add(int, int); CREATE FUNCTION add(x int, b int DEFAULT 1) RETURNS int"
    " LANGUAGE sql AS 'SELECT 1'": "add(a integer, b integer) is gone",
    "REVOKE SELECT ON thing FROM croupier_app": "has lost SELECT on relation thing",
    "REVOKE ALL ON FUNCTION add(int, int) FROM croupier_app": "has lost EXECUTE on function add",
}  # fmt: skip
HARMLESS = (
    "ALTER TABLE thing ADD more int CHECK (more > 0);"
    "ALTER TABLE thing ADD most int NOT NULL DEFAULT 0;"
    "CREATE TABLE other (id bigint PRIMARY KEY CHECK (id > 0)); CREATE INDEX ON thing (n);"
    "CREATE OR REPLACE FUNCTION add(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql AS 'SELECT 2';"
    "CREATE FUNCTION add(a int, b int, c int) RETURNS int LANGUAGE sql AS 'SELECT 3'"
)


async def test_what_a_migration_takes_away_is_seen(empty_database: Database) -> None:
    """Dropping, renaming, narrowing and replacing are told from adding, however written."""
    await migrate(empty_database.owner, (BASE,))
    async with empty_database.connected("owner") as owner:
        before = await read(owner)
        for change, told in BREAKS.items():
            transaction = owner.transaction()
            await transaction.start()
            await owner.execute(f"SET search_path = croupier; {change}")
            found = list(broken(before, await read(owner)))
            await transaction.rollback()
            assert any(told in each for each in found), (change, found)
        await owner.execute(f"SET search_path = croupier; {HARMLESS}")
        assert list(broken(before, await read(owner))) == []


async def test_shipped_migrations_keep_their_word(empty_database: Database) -> None:
    """Each migration says which programs go on with it, and one that expands takes nothing away."""
    known = load()
    for migration in known[FIRST_STATED - 1 :]:
        text = (DIRECTORY / f"{migration}.sql").read_text()
        assert re.search(r"\A(-- croupier:.*\n)*-- croupier:(expands|contracts \d{4})\n", text), (
            f"{migration} does not say in its first line which programs go on with it:"
            " -- croupier:expands, or -- croupier:contracts NNNN"
        )
    async with empty_database.connected("owner") as owner:
        await migrate(owner, known[: FIRST_STATED - 1])
        for number in range(FIRST_STATED, len(known) + 1):
            before = await read(owner)
            await migrate(owner, known[:number])
            if not known[number - 1].oldest:
                assert list(broken(before, await read(owner))) == [], known[number - 1]
