"""Which program can run on which schema, so that two versions of it can run side by side.

A migration says in its first lines what it means for the programs that are running:

    -- croupier:expands
        Every program that ran before it goes on. It adds, and takes nothing away.
    -- croupier:contracts 0014
        A program goes on if it knows migration 0014. It takes away what such programs do not use.

One that says nothing is for programs alone that know it. The number is recorded with the migration,
where a program that was written before it finds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple, Protocol

from server import __version__
from server.database.connect import Connection
from server.database.errors import MigrationFailed, SchemaNewer

__all__ = [
    "Applied",
    "applied",
    "oldest_of",
    "other_programs_run",
    "program_name",
    "refuse_newer",
    "refuse_older_nodes",
]

_DIRECTIVE: Final = re.compile(r"-- croupier:(?P<word>[a-z-]+)(?: (?P<number>[0-9]{4}))?")
_PROGRAM: Final = re.compile(r".*\(schema (?P<schema>[0-9]+)\)")
SILENT_AFTER_S: Final = 3
"""A node that has not beaten for so long does not run: see `server.cluster.members`."""

# By way of JSON: a database that an earlier program migrated lacks the last two.
_APPLIED: Final = """
    SELECT version, name, digest, (to_jsonb(m) ->> 'oldest')::integer AS oldest,
        to_jsonb(m) ->> 'program' AS program
    FROM croupier.schema_migration AS m WHERE version > $1 ORDER BY version
"""
_NODES: Final = """
    SELECT node, program FROM croupier.node_heartbeat
    WHERE announced_epoch = epoch AND state <> 'stopped'
        AND at > clock_timestamp() - $1 * interval '1 s' ORDER BY node
"""


class Applied(NamedTuple):
    """A migration as the database has it on record."""

    version: int
    name: str
    digest: bytes
    oldest: int
    """The migration that a program must know to go on with this one; 0 is for all of them."""
    program: str | None
    """Which program applied it, where that is on record."""

    def __str__(self) -> str:
        """Return the name of its file without the ending."""
        return f"{self.version:04}_{self.name}"


class Stated(Protocol):
    """A migration as its file has it."""

    @property
    def oldest(self) -> int:
        """The migration that a program must know to go on with this one."""


def oldest_of(sql: str, version: int) -> int:
    """Return the migration that a program must know to go on with this one.

    Raises ValueError for a header that is none.
    """
    found: list[int] = []
    for line in sql.splitlines():
        match = _DIRECTIVE.fullmatch(line.rstrip())
        if match is None:
            break
        if match["word"] == "expands" and match["number"] is None:
            found.append(0)
        elif match["word"] == "contracts" and match["number"] is not None:
            found.append(int(match["number"]))
    if len(found) > 1:
        raise ValueError("it says twice which programs go on with it")
    if found and found[0] > version:
        raise ValueError(f"no program knows {found[0]:04} before it")
    return found[0] if found else version


def program_name(schema: int) -> str:
    """Return how a program is called that knows so many migrations: `0.1.0 (schema 12)`."""
    return f"{__version__} (schema {schema})"


async def applied(asked: Any, above: int = 0) -> tuple[Applied, ...]:
    """Return the migrations on record above a number, in order. The table must be there.

    `asked` is a connection or a pool. Raises asyncpg errors.
    """
    rows = await asked.fetch(_APPLIED, above)
    return tuple(
        Applied(
            row["version"],
            row["name"],
            row["digest"],
            row["version"] if row["oldest"] is None else row["oldest"],
            row["program"],
        )
        for row in rows
    )


async def other_programs_run(asked: Any) -> bool:
    """Whether a node runs whose program is of another version than this one.

    `asked` is a connection or a pool with the schema on its path. Raises asyncpg errors.
    """
    from server.database.migrations import load  # noqa: PLC0415 - it stands on this module

    own = program_name(len(load()))
    rows = await asked.fetch(_NODES, SILENT_AFTER_S)
    return any(row["program"] != own for row in rows)


def refuse_newer(found: Iterable[Applied], known: int) -> None:
    """Make sure that a program that ends at *known* can run on what was applied.

    Raises:
        SchemaNewer: a migration is for newer programs alone.
    """
    for migration in found:
        if migration.version > known and migration.oldest > known:
            of = f" (croupier {migration.program} applied it)" if migration.program else ""
            raise SchemaNewer(
                f"The database is newer than this program: {migration} is for programs that know "
                f"migration {migration.oldest:04} and this program ends at {known:04}. "
                f"Run the newer program{of}."
            )


async def refuse_older_nodes(connection: Connection, missing: Sequence[Stated]) -> None:
    """Make sure that no node runs that could not go on after these migrations.

    Raises:
        MigrationFailed: one does; with its number and its program.
    """
    oldest = max((migration.oldest for migration in missing), default=0)
    if not oldest or not await connection.fetchval(
        "SELECT to_regclass('croupier.node_heartbeat') IS NOT NULL"
    ):
        return
    rows = await connection.fetch(_NODES, SILENT_AFTER_S)
    older = [row for row in rows if _schema(row["program"]) < oldest]
    if older:
        nodes = ", ".join(f"{row['node']} (croupier {row['program']})" for row in older)
        raise MigrationFailed(
            f"These nodes run programs that do not know migration {oldest:04}, which they would "
            f"need afterwards: {nodes}. Replace them by newer ones or stop them, then try again. "
            "Nothing was changed."
        )


def _schema(program: str) -> int:
    """Return how many migrations a node's program knows; 0 where it does not say."""
    match = _PROGRAM.fullmatch(program)
    return int(match["schema"]) if match is not None else 0
