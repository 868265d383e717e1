"""Migrations: numbered SQL files, applied once each, forward only.

A file is named ``NNNN_name.sql`` and numbered 0001, 0002, ... without a gap. It runs as one script
in one transaction. A file whose first line is ``-- croupier:no-transaction`` runs outside one, for
what PostgreSQL refuses to do inside (``CREATE INDEX CONCURRENTLY``); its statements are separated
by lines ``-- croupier:next`` and must bear being run again, since a failure may leave some of them
done. Names without a schema are those of the schema ``croupier``.

What was applied is recorded with its SHA-256 in ``croupier.schema_migration``. A file that changed
since is refused: the databases of the world would no longer be alike.

The first lines also say which older programs go on with the new schema: see
`server.database.compatibility`.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Final

import asyncpg

from server.database.compatibility import (
    Applied,
    applied,
    oldest_of,
    program_name,
    refuse_newer,
    refuse_older_nodes,
)
from server.database.connect import Connection, connect
from server.database.errors import MigrationChanged, MigrationFailed, SchemaOlder
from server.database.roles import OWNER, SCHEMA, ensure_roles, ensure_schema

DIRECTORY: Final = Path(__file__).parents[1] / "ledger" / "schema"
NO_TRANSACTION: Final = "-- croupier:no-transaction"
NEXT: Final = re.compile(r"^-- croupier:next[ \t]*$", re.MULTILINE)
ADVISORY_LOCK: Final = 0x63726F7570696572
"""The number of the lock that one migrating process holds: "croupier" in ASCII."""
ADVISORY_LOCK_SECONDS_MAX: Final = 60.0
LOCK_TIMEOUT: Final = "3s"
"""How long DDL waits for a lock. Everything that comes after it in the queue waits as long."""
LOCK_ATTEMPTS_MAX: Final = 10

_NAME: Final = re.compile(r"(?P<version>[0-9]{4})_(?P<name>[a-z0-9_]+)\.sql")

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS croupier.schema_migration (
    version    integer PRIMARY KEY CHECK (version > 0),
    name       text NOT NULL,
    digest     bytea NOT NULL CHECK (length(digest) = 32),
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT ON croupier.schema_migration TO croupier_app, croupier_report
"""
_COLUMNS: Final = """
ALTER TABLE croupier.schema_migration
    ADD COLUMN IF NOT EXISTS oldest integer CHECK (oldest >= 0),
    ADD COLUMN IF NOT EXISTS program text
"""
_HAS_COLUMNS: Final = """
    SELECT EXISTS (SELECT FROM pg_attribute WHERE attname = 'oldest' AND NOT attisdropped
        AND attrelid = 'croupier.schema_migration'::regclass)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, its name without number and ending, and its text."""

    version: int
    name: str
    sql: str

    @property
    def digest(self) -> bytes:
        """SHA-256 of the text."""
        return hashlib.sha256(self.sql.encode()).digest()

    @property
    def transactional(self) -> bool:
        """Whether the file runs in one transaction."""
        return NO_TRANSACTION not in self._header

    @property
    def oldest(self) -> int:
        """The migration that a program must know to go on with this one; 0 is for all of them."""
        return oldest_of(self.sql, self.version)

    @property
    def _header(self) -> list[str]:
        """The lines at the top that are meant for us."""
        lines = (line.rstrip() for line in self.sql.splitlines())
        return list(takewhile(lambda line: line.startswith("-- croupier:"), lines))

    def __str__(self) -> str:
        """Return the name of the file without its ending."""
        return f"{self.version:04}_{self.name}"


def load(directory: Path = DIRECTORY) -> tuple[Migration, ...]:
    """Read the migrations of *directory* in order.

    Raises:
        MigrationChanged: a file is misnamed, or a number is missing or given twice.
    """
    found: list[Migration] = []
    for path in sorted(directory.glob("*.sql")):
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise MigrationChanged(f"The migration {path.name} is not named NNNN_name.sql.")
        text = path.read_text("utf-8")
        found.append(Migration(int(match["version"]), match["name"], text))
    for expected, migration in enumerate(found, start=1):
        if migration.version != expected:
            raise MigrationChanged(
                f"The migrations are not numbered without gaps: {expected:04} was expected "
                f"where {migration} is."
            )
        try:
            _ = migration.oldest
        except ValueError as error:
            raise MigrationChanged(f"The first lines of {migration} are wrong: {error}.") from None
    return tuple(found)


async def pending(
    connection: Connection, migrations: Sequence[Migration] | None = None
) -> tuple[Migration, ...]:
    """Return the migrations that the database lacks. Any role of ours may ask.

    Raises:
        SchemaNewer: the database has a migration that this program cannot go on with.
        MigrationChanged: an applied migration was altered afterwards.
    """
    known = load() if migrations is None else tuple(migrations)
    found: dict[int, Applied] = {}
    if await connection.fetchval("SELECT to_regclass($1)", f"{SCHEMA}.schema_migration"):
        found = {each.version: each for each in await applied(connection)}
    refuse_newer(found.values(), len(known))
    for migration in known:
        row = found.get(migration.version)
        if row is not None and row.digest != migration.digest:
            raise MigrationChanged(
                f"The migration {migration} was altered after it was applied to this database. "
                "Put the file back and write a new migration."
            )
    return tuple(migration for migration in known if migration.version not in found)


async def check(connection: Connection, migrations: Sequence[Migration] | None = None) -> None:
    """Make sure that the database has the schema of this program, or one that it can go on with.

    Raises:
        SchemaOlder: migrations are missing.
        SchemaNewer: the database has a migration that this program cannot go on with.
        MigrationChanged: an applied migration was altered afterwards.
    """
    missing = await pending(connection, migrations)
    if missing:
        raise SchemaOlder(
            f"The database lacks {len(missing)} migration{'s' if len(missing) > 1 else ''}, "
            f"the first is {missing[0]}: run `croupier database migrate`."
        )


async def migrate(
    target: str | Connection,
    migrations: Sequence[Migration] | None = None,
    *,
    told: Callable[[Migration], object] | None = None,
    alone: bool = False,
) -> tuple[Migration, ...]:
    """Bring the database to the schema of this program.

    Creates the roles and the schema where they are missing. Several processes may call this at
    once: one works, the others wait and then find nothing to do.

    Args:
        target: a connection string, or a connection with nothing else going on, of the owner or
            of a user who may create roles.
        migrations: instead of those in `DIRECTORY`.
        told: called after each migration.
        alone: no node runs on this database, whatever its heartbeats still say.

    Returns:
        What was applied.

    Raises:
        RolesMissing: the roles do not exist and this user may not create them.
        SchemaNewer: the database has a migration that this program cannot go on with.
        MigrationChanged: an applied migration was altered afterwards.
        MigrationFailed: a migration raised an error or did not get its locks; it left nothing. Or
            nodes run that could not go on afterwards.
        DatabaseUnreachable: no connection.
    """
    if isinstance(target, str):
        connection = await connect(target, application_name="croupier migrate")
        try:
            return await migrate(connection, migrations, told=told, alone=alone)
        finally:
            await connection.close()
    await _lock(target)
    try:
        await ensure_roles(target)
        await target.execute(f"SET ROLE {OWNER}")
        # Set before the schema exists, the path finds it afterwards.
        await target.execute(f"SET search_path = {SCHEMA}, public")
        await target.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        try:
            await ensure_schema(target)
            await target.execute(_TABLE)
            if not await target.fetchval(_HAS_COLUMNS):
                await target.execute(_COLUMNS)
        except asyncpg.PostgresError as error:
            raise MigrationFailed(f"The schema {SCHEMA} cannot be set up: {error}.") from None
        missing = await pending(target, migrations)
        if not alone:
            await refuse_older_nodes(target, missing)
        for migration in missing:
            await _apply(target, migration, missing[-1].version)
            if told is not None:
                told(migration)
        return missing
    finally:
        if not target.is_closed():
            await target.execute("RESET ROLE; RESET search_path; RESET lock_timeout")
            await target.execute("SELECT pg_advisory_unlock($1)", ADVISORY_LOCK)


async def _lock(connection: Connection) -> None:
    """Become the one process that migrates this database."""
    deadline = time.monotonic() + ADVISORY_LOCK_SECONDS_MAX
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", ADVISORY_LOCK):
        if time.monotonic() >= deadline:
            raise MigrationFailed(
                "Another process has been migrating this database for a minute: "
                "wait for it to end, then try again."
            )
        await asyncio.sleep(0.1)


async def _apply(connection: Connection, migration: Migration, schema: int) -> None:
    """Apply one migration, again if it did not get its locks in time."""
    for attempt in range(1, LOCK_ATTEMPTS_MAX + 1):
        try:
            if migration.transactional:
                async with connection.transaction():
                    await connection.execute(migration.sql)
                    await _record(connection, migration, schema)
            else:
                for statement in NEXT.split(migration.sql):
                    await connection.execute(statement)
                await _record(connection, migration, schema)
        except asyncpg.LockNotAvailableError:
            if attempt == LOCK_ATTEMPTS_MAX:
                raise MigrationFailed(
                    f"The migration {migration} did not get its locks in {attempt} attempts: "
                    "end long transactions, or try again when less is going on."
                ) from None
            await asyncio.sleep(0.2 * attempt)
        except asyncpg.PostgresError as error:
            raise MigrationFailed(f"The migration {migration} failed: {_where(error)}.") from None
        else:
            return


async def _record(connection: Connection, migration: Migration, schema: int) -> None:
    """Note that *migration* was applied, by a program that ends at *schema*."""
    await connection.execute(
        "INSERT INTO croupier.schema_migration (version, name, digest, oldest, program)"
        " VALUES ($1, $2, $3, $4, $5)",
        migration.version,
        migration.name,
        migration.digest,
        migration.oldest,
        program_name(schema),
    )


def _where(error: asyncpg.PostgresError) -> str:
    """Return the server's message, and the line of the file where it gives a place."""
    position, query = getattr(error, "position", None), getattr(error, "query", None)
    if position and query:
        return f"{error.args[0]} (line {query[: int(position)].count(chr(10)) + 1})"
    return str(error.args[0] if error.args else error)
