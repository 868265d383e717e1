"""`croupier database`: migrate it, say how to connect to it, back it up and restore it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import Annotated, TypeVar

import asyncpg
from cyclopts import App, Parameter
from rich.console import Console

from server.cli.errors import CommandError, ExitCode
from server.config import load
from server.database import backup as backups
from server.database.attach import attach
from server.database.connect import connect
from server.database.embedded import EmbeddedPostgres
from server.database.errors import DatabaseError, DataDirectoryInUse, RolesMissing
from server.database.files import DataDirectory, Role
from server.database.migrations import Migration, migrate as apply, pending

__all__ = ["Config", "Data", "Json", "Url", "app", "find_target", "owner_url", "run_told"]

app = App(name="database", help="Migrate, back up, restore, find the database.")
for _name, _help in (
    ("partitions", "List the partitions of the ledger."),
    ("retire", "Retire what is older than the retention."),
    ("hold", "Put a player under legal hold."),
    ("release", "Release a legal hold."),
):
    app.command(f"server.cli.retirement:{_name}", name=_name, help=_help)

Config = Annotated[Path | None, Parameter(help="The TOML file to read.")]
Data = Annotated[
    Path | None, Parameter(help="The data directory of an embedded database, server up or down.")
]
Url = Annotated[
    str | None, Parameter(help="The connection string of an external database, as its owner.")
]
Json = Annotated[bool, Parameter("--json", negative=(), help="Print JSON.")]

Result = TypeVar("Result")


@app.command
def migrate(
    *,
    data: Data = None,
    database: Url = None,
    config: Config = None,
    check: Annotated[bool, Parameter(negative=(), help="Only say what is missing.")] = False,
    as_json: Json = False,
) -> int:
    """Bring the schema of the database to that of this program.

    An embedded database does this by itself when the server starts. Nodes may run meanwhile: what
    those could not go on with is refused. With --check nothing is changed, and the exit code is 1
    if migrations are missing.
    """
    target = find_target(data, database, config)
    names = run_told(_pending(target) if check else _migrate(target, quiet=as_json))
    if as_json:
        print(json.dumps({"missing" if check else "applied": names}))
    elif check:
        for name in names:
            print(f"missing {name}")
    if not names and not as_json:
        print("The database is up to date.")
    return ExitCode.FAILURE if check and names else ExitCode.OK


@app.command
def url(
    *,
    data: Data = None,
    config: Config = None,
    owner: Annotated[bool, Parameter(negative=(), help="As the owner of the tables.")] = False,
    report: Annotated[bool, Parameter(negative=(), help="As one who only reads.")] = False,
) -> None:
    """Print one connection string for psql and the like, as the application unless told otherwise.

    It holds a password. It is good while the server runs on the data directory.
    """
    if owner and report:
        raise CommandError("Name one of --owner and --report.", ExitCode.USAGE)
    role: Role = "owner" if owner else "report" if report else "app"
    directory = DataDirectory(data if data is not None else load(config).data)
    print(run_told(_address(directory, role)))


@app.command
def backup(
    file: Path,
    *,
    data: Data = None,
    database: Url = None,
    config: Config = None,
    replace: Annotated[bool, Parameter(negative=(), help="Overwrite FILE.")] = False,
    as_json: Json = False,
) -> None:
    """Write the whole ledger to FILE, in the custom format of pg_dump.

    The server may run. Settling is slower meanwhile, so choose a quiet hour. FILE holds personal
    data and secrets, and appears only when it is complete.
    """
    target = find_target(data, database, config)
    done = run_told(_backup(target, file, replace=replace, quiet=as_json))
    if as_json:
        print(json.dumps({"file": str(done.path), "bytes": done.size, "tables": done.tables}))
    else:
        print(f"Wrote {done.path}: {done.tables} tables, {done.size:,} bytes.")


@app.command
def restore(
    file: Path,
    *,
    data: Data = None,
    database: Url = None,
    config: Config = None,
    replace: Annotated[
        bool, Parameter(negative=(), help="Drop the ledger that is there, if there is one.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fill a new data directory or an empty external database from FILE.

    No server may be running on it. Chains of seeds are retired and epochs and numbers are moved
    on, because what was played after the backup is lost but was told to players.
    """
    target = find_target(data, database, config)
    done = run_told(_restore(target, file, replace=replace, quiet=as_json))
    if as_json:
        document = {
            "tables": done.tables,
            "replaced": done.replaced,
            "migrations": done.migrations,
            "after_restore": done.after,
        }
        print(json.dumps(document, default=str))
        return
    print(f"Restored {done.tables} tables from {file}.")
    if done.replaced:
        print("The ledger that was there is gone.")
    for name in done.migrations:
        print(f"Applied {name}.")
    if done.after is not None:
        rows = done.after if isinstance(done.after, list) else []
        told = [f"{name.replace('_', ' ')} {count}" for row in rows for name, count in row.items()]
        print(f"After the restore: {', '.join(told)}.")


def find_target(data: Path | None, database: str | None, config: Path | None) -> Path | str:
    """Return the data directory or the connection string that a command is to work on."""
    if data is not None and database is not None:
        raise CommandError("Name one of --data and --database.", ExitCode.USAGE)
    if database is not None:
        return database
    if data is not None:
        return data
    settings = load(config)
    if settings.database.owner_url:
        return settings.database.owner_url
    if settings.database.url:
        raise CommandError(
            "The configured database is external: name its owner with --database, "
            "or set database.owner_url.",
            ExitCode.USAGE,
        )
    return settings.data


def run_told(work: Coroutine[object, object, Result]) -> Result:
    """Run *work*, with what can be wrong with a database as one line."""
    try:
        return asyncio.run(work)
    except RolesMissing as error:
        print(error.statements, end="", file=sys.stderr)
        raise CommandError(str(error)) from None
    except DatabaseError as error:
        raise CommandError(str(error)) from None
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise CommandError(f"The database failed: {error}.") from None


@asynccontextmanager
async def owner_url(target: Path | str) -> AsyncIterator[str]:
    """Yield a connection string that may change everything in *target*."""
    if isinstance(target, str):
        yield target
        return
    async with attach(target) as directory:
        yield directory.url("owner")


async def _address(directory: DataDirectory, role: Role) -> str:
    """Return the connection string, and say on stderr if nobody answers there."""
    address = directory.url(role)
    try:
        connection = await connect(address, timeout=3)
        await connection.close()
    except DatabaseError:
        print("croupier: the database does not run: start the server first.", file=sys.stderr)
    return address


async def _pending(target: Path | str) -> list[str]:
    async with owner_url(target) as address:
        connection = await connect(address)
        try:
            return [str(migration) for migration in await pending(connection)]
        finally:
            await connection.close()


async def _migrate(target: Path | str, *, quiet: bool) -> list[str]:
    def told(migration: Migration) -> None:
        if not quiet:
            print(f"applied {migration}", flush=True)

    async with owner_url(target) as address:
        return [str(migration) for migration in await apply(address, told=told)]


async def _backup(target: Path | str, file: Path, *, replace: bool, quiet: bool) -> backups.Backup:
    async with owner_url(target) as address:
        with _progress(quiet=quiet) as told:
            return await backups.backup(address, file, replace=replace, progress=told)


async def _restore(
    target: Path | str, file: Path, *, replace: bool, quiet: bool
) -> backups.Restored:
    backups.refuse_source(file)  # before a cluster is made for it
    if isinstance(target, str):
        with _progress(quiet=quiet) as told:
            return await backups.restore(target, file, replace=replace, progress=told)
    postgres = EmbeddedPostgres(target)
    try:
        await postgres.start()
    except DataDirectoryInUse as error:
        raise CommandError(f"A restore needs the database for itself. {error}") from None
    try:
        with _progress(quiet=quiet) as told:
            address = postgres.url("owner", socket=False)
            return await backups.restore(address, file, replace=replace, progress=told)
    finally:
        await postgres.stop()


@contextmanager
def _progress(*, quiet: bool) -> Iterator[backups.Progress | None]:
    """Yield what shows the table being worked on, on stderr where that is a terminal."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    with console.status("starting") as status:
        done = count(1)
        yield lambda table: status.update(f"{next(done)} tables, {table}")
