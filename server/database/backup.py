"""Backups: one file in PostgreSQL's custom format, written whole or not at all, and the way back.

The programs are those of the wheel. They were built without TLS, so for an external database whose
address demands it the ones installed on this machine are used.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import asyncpg

from server.database.binaries import program
from server.database.connect import Connection, connect, without_password
from server.database.errors import (
    BackupFailed,
    DatabaseNotEmpty,
    PostgresUnavailable,
    SchemaMismatch,
)
from server.database.migrations import migrate, pending
from server.database.roles import APP, OWNER, SCHEMA, ensure_roles, ensure_schema

SET_ASIDE: Final = "croupier_replaced"
"""What the old schema is called until the restored one has proved good."""
TLS_MODES: Final = frozenset({"require", "verify-ca", "verify-full"})

Progress = Callable[[str], object]
"""Is told, line by line, what is being done."""

_DONE_TO: Final = re.compile(
    r"(?:dumping contents of|processing data for) table \"?(?P<table>[^\"]+)"
)


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written.

    Attributes:
        path: the file.
        size: its length in bytes.
        tables: how many tables it holds data of, partitions counted singly.
    """

    path: Path
    size: int
    tables: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did.

    Attributes:
        tables: how many tables were filled, partitions counted singly.
        replaced: whether an older ledger was replaced.
        migrations: those applied afterwards, because the backup was of an older program.
        after: what ``croupier.after_restore()`` answered; None if the schema has no such function.
    """

    tables: int
    replaced: bool
    migrations: tuple[str, ...] = ()
    after: object = None


async def backup(
    url: str, path: Path, *, replace: bool = False, progress: Progress | None = None
) -> Backup:
    """Write everything in the schema ``croupier`` into *path*.

    One snapshot, so all tables agree. The server may run meanwhile; while the snapshot lasts,
    settling is slower, so do it in a quiet hour or on a standby.

    Args:
        url: of a user who may read every table: the owner, or a superuser.
        path: appears under this name when it is complete and on the disk, readable by its owner
            alone. It holds personal data and the secrets of the chains.
        replace: overwrite a file of that name.
        progress: is told each table.

    Raises:
        BackupFailed: it could not be written; *path* is as it was.
        DatabaseUnreachable: no connection.
    """
    _refuse_target(path, replace=replace)
    connection = await connect(url, application_name="croupier backup")
    await connection.close()
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
        arguments = ["--format=custom", f"--schema={SCHEMA}", "--verbose", f"--file={partial}"]
        tables = await _run("pg_dump", url, arguments, progress)
        size = partial.stat().st_size
        partial.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise BackupFailed(f"The backup {path} cannot be written: {error.strerror}.") from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    return Backup(path, size, tables)


async def restore(
    url: str, path: Path, *, replace: bool = False, progress: Progress | None = None
) -> Restored:
    """Fill an empty database from a backup.

    What is there already is set aside first and dropped only when the restored ledger is complete,
    so a restore that fails leaves the database as it was. Afterwards the schema is brought to that
    of this program and ``croupier.after_restore()`` is called, since commits that were told to
    players may be missing: it retires chains and moves epochs and numbers past anything told.

    Args:
        url: of a user who may create roles or act as the owner. No server may use the database.
        path: a file that `backup` wrote.
        replace: drop a ledger that is there.
        progress: is told each table.

    Raises:
        DatabaseNotEmpty: there is a ledger and *replace* is not set.
        BackupFailed: the file is not a backup, or PostgreSQL refused something in it.
        SchemaNewer: the backup is of a newer program.
        DatabaseUnreachable: no connection.
    """
    refuse_source(path)
    await _run("pg_restore", None, ["--list", str(path)], None)  # before anything is touched
    connection = await connect(url, application_name="croupier restore")
    try:
        await ensure_roles(connection)
        await connection.execute(f"SET ROLE {OWNER}")
        await _refuse_in_use(connection)
        replaced = await _set_aside(connection, replace=replace)
        try:
            arguments = [
                *("--single-transaction", "--exit-on-error", "--no-owner", "--verbose"),
                f"--role={OWNER}",
                str(path),
            ]
            tables = await _run("pg_restore", url, arguments, progress)
            applied, after = await _complete(connection, url)
        except BaseException:
            await _put_back(connection, replaced=replaced)
            raise
        if replaced:
            await connection.execute(f"DROP SCHEMA {SET_ASIDE} CASCADE")
        await _analyze(connection)
    except asyncpg.PostgresError as error:
        raise BackupFailed(f"The restore failed: {error.args[0]}.") from None
    finally:
        await connection.close()
    return Restored(tables, replaced, applied, after)


def _refuse_target(path: Path, *, replace: bool) -> None:
    """Make sure that a backup would overwrite nothing that it should not."""
    if path.exists() and not replace:
        raise BackupFailed(f"{path} exists: name another file, or overwrite it with --replace.")
    if not path.parent.is_dir():
        raise BackupFailed(f"The backup {path} cannot be written: there is no such directory.")


def refuse_source(path: Path) -> None:
    """Make sure that there is a file to restore."""
    if not path.is_file():
        raise BackupFailed(f"There is no backup {path}.")


async def _refuse_in_use(connection: Connection) -> None:
    """Make sure that no server plays on this database."""
    if await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = $1",
        APP,
    ):
        raise BackupFailed("A server is connected to the database: stop it, then restore.")


async def _analyze(connection: Connection) -> None:
    """Give the planner its statistics, which a backup does not hold."""
    tables = await connection.fetch(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p')"
        " AND relnamespace = to_regnamespace($1) AND NOT relispartition",
        SCHEMA,
    )
    for (table,) in tables:
        await connection.execute(f"ANALYZE {table}")


async def _set_aside(connection: Connection, *, replace: bool) -> bool:
    """Make room for the restored schema and say whether a ledger was there."""
    await connection.execute(f"DROP SCHEMA IF EXISTS {SET_ASIDE} CASCADE")
    tables = await connection.fetchval(
        "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace($1)", SCHEMA
    )
    if not tables:
        await connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        return False
    if not replace:
        raise DatabaseNotEmpty(
            "The database holds a ledger already: restore into an empty one, "
            "or drop what is there with --replace."
        )
    await connection.execute(f"ALTER SCHEMA {SCHEMA} RENAME TO {SET_ASIDE}")
    return True


async def _put_back(connection: Connection, *, replaced: bool) -> None:
    """Undo a restore that failed."""
    with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        await connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        if replaced:
            await connection.execute(f"ALTER SCHEMA {SET_ASIDE} RENAME TO {SCHEMA}")


async def _complete(connection: Connection, url: str) -> tuple[tuple[str, ...], object]:
    """Bring a restored ledger to this program's schema and mark it as restored."""
    try:
        await pending(connection)
        await ensure_schema(connection)
        applied = tuple(str(migration) for migration in await migrate(url))
    except SchemaMismatch as error:
        raise type(error)(f"The backup cannot be used: {error}") from None
    exists = await connection.fetchval("SELECT to_regproc($1)", f"{SCHEMA}.after_restore")
    if exists is None:
        return applied, None
    await connection.execute(f"SET search_path = {SCHEMA}, public")
    rows = await connection.fetch("SELECT * FROM croupier.after_restore()")
    answer = [dict(row) for row in rows]
    if len(answer) == 1 and len(answer[0]) == 1:
        return applied, _decoded(next(iter(answer[0].values())))
    return applied, answer


def _decoded(value: object) -> object:
    """Return JSON text, as json columns arrive, as what it means; anything else as it is."""
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            return json.loads(value)
    return value


def tool(name: str, url: str | None) -> str:
    """Return the program *name* to use for *url*.

    Raises:
        PostgresUnavailable: the address demands TLS and no such program is installed.
    """
    modes = parse_qs(urlsplit(url or "").query).get("sslmode", [])
    if not TLS_MODES.intersection(modes):
        return str(program(name))
    found = shutil.which(name)
    if found is None:
        raise PostgresUnavailable(
            f"The address of the database demands TLS, for which {name} must be installed: "
            "install PostgreSQL's client programs of the server's version or newer."
        )
    return found


async def _run(
    name: str, url: str | None, arguments: Sequence[str], progress: Progress | None
) -> int:
    """Run a program of PostgreSQL and return how many tables it spoke of.

    Raises:
        BackupFailed: it failed; with its first complaint.
    """
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": os.environ.get("HOME", "/")}
    command = [tool(name, url), *arguments]
    if url is not None:
        bare, password = without_password(url)
        command += ["--no-password", f"--dbname={bare}"]
        if password is not None:
            environment["PGPASSWORD"] = password  # not on the command line, where all can see it
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    assert child.stderr is not None
    tables, complaint = 0, ""
    try:
        async for raw in child.stderr:
            line = raw.decode("utf-8", "replace").strip()
            done = _DONE_TO.search(line)
            if done is not None:
                tables += 1
                if progress is not None:
                    progress(done["table"].removeprefix(f"{SCHEMA}."))
            elif "error:" in line and not complaint:
                complaint = line.partition("error:")[2].strip()
        code = await child.wait()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
        raise
    if code != 0:
        raise BackupFailed(f"{name} failed: {complaint.rstrip('.') or f'exit code {code}'}.")
    return tables


def _sync(directory: Path) -> None:
    """Make a rename in *directory* survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
