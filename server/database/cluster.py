"""Making a cluster: initdb, the roles and the database in it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Final

import asyncpg

from server.database import log
from server.database.connect import Connection, connect
from server.database.errors import PostgresStartFailed
from server.database.files import DATABASE, USERS, DataDirectory, Role
from server.database.privileges import Runner
from server.database.roles import APP, OWNER, REPORT, create_role, literal

BACKENDS_SECONDS_MAX: Final = 5.0


async def create_cluster(
    directory: DataDirectory, runner: Runner, initdb: Path, *, sync: bool = True
) -> None:
    """Create the cluster of *directory* in one step: it is there complete or not at all.

    UTF-8 with the byte order of code points, which no update of the C library can change, page
    checksums, and SCRAM passwords for everyone, over the socket as well.

    Raises:
        PostgresStartFailed: initdb failed, with the line that says why.
        OSError: the directory cannot be written.
    """
    new = directory.path / "postgres.new"
    secret = directory.path / "postgres.new.password"
    shutil.rmtree(new, ignore_errors=True)
    secret.unlink(missing_ok=True)
    password = directory.password("superuser") or directory.new_password("superuser")
    try:
        new.mkdir(mode=0o700)
        secret.touch(mode=0o600)
        secret.write_text(password + "\n", "utf-8")
        if runner.identity.change:
            for path in (new, secret):
                os.chown(path, runner.identity.user, runner.identity.group)
        await _initdb(directory, runner, initdb, (new, secret), sync=sync)
        new.rename(directory.cluster)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    finally:
        with contextlib.suppress(OSError):
            secret.unlink(missing_ok=True)


async def _initdb(
    directory: DataDirectory, runner: Runner, initdb: Path, paths: tuple[Path, Path], *, sync: bool
) -> None:
    """Run initdb into the first of *paths*, with the password in the second."""
    with runner.named(*paths) as (names, descriptors):
        command = [
            str(initdb),
            f"--pgdata={names[0]}",
            f"--pwfile={names[1]}",
            f"--username={USERS['superuser']}",
            "--auth-host=scram-sha-256",
            "--auth-local=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--data-checksums",
            *([] if sync else ["--no-sync"]),
        ]
        child = runner.start(command, subprocess.PIPE, descriptors)
    output = asyncio.create_task(asyncio.to_thread(child.communicate))
    try:
        said, _ = await asyncio.shield(output)
    except asyncio.CancelledError:
        child.kill()
        await output
        raise
    if child.returncode != 0:
        why = log.reason((said or b"").decode("utf-8", "replace")).rstrip(".")
        if log.disk_full(directory.path) and not why.startswith("the disk is full"):
            why = f"the disk is full at {directory.path}"
        raise PostgresStartFailed(f"The database in {directory.path} cannot be created: {why}.")


async def bootstrap(connection: Connection, directory: DataDirectory) -> None:
    """Make sure that the roles, their passwords and the database exist.

    *connection* is the superuser's. What exists costs one question and is left alone.
    """
    known = {row[0] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
    roles: tuple[Role, ...] = ("owner", "app", "report")
    for role in roles:
        user, password = USERS[role], directory.password(role)
        if user in known and password is not None:
            continue
        password = password or directory.new_password(role)
        async with connection.transaction():
            if user in known:
                await connection.execute(f"ALTER ROLE {user} PASSWORD {literal(password)}")
            else:
                for statement in create_role(user, password):
                    await connection.execute(statement)
    if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
        await create_database(connection, DATABASE)
        inside = await connect(directory.url("superuser", socket=True, database=DATABASE))
        try:
            await protect_locks(inside)
        finally:
            await inside.close()


async def protect_locks(connection: Connection) -> None:
    """Let only the owner and the application take advisory locks in this database.

    One of them says which server settles. A reader who waited for it would get it when the server's
    connection drops, and no bet could be taken until he lets go. *connection* is the superuser's.
    """
    await connection.execute(
        # The names are constants of this program.
        f"""
        DO $$
        DECLARE
            lock regprocedure;
        BEGIN
            FOR lock IN SELECT oid FROM pg_proc
                WHERE pronamespace = 'pg_catalog'::regnamespace
                    AND proname ~ '^pg_(try_)?advisory_(xact_)?lock'
            LOOP
                EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', lock);
                EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO {OWNER}, {APP}', lock);
            END LOOP;
        END
        $$
        """  # noqa: S608
    )


async def create_database(connection: Connection, name: str, template: str = "template0") -> None:
    """Create an empty database that the owner owns and nobody else may enter but our roles."""
    with contextlib.suppress(asyncpg.DuplicateDatabaseError):
        await connection.execute(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template}")
    await connection.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    await connection.execute(f"GRANT CONNECT ON DATABASE {name} TO {APP}, {REPORT}")


async def end_predecessors(connection: Connection) -> None:
    """End every backend of the application and wait until they are gone.

    Raises:
        PostgresStartFailed: one is still there after five seconds.
    """
    deadline = time.monotonic() + BACKENDS_SECONDS_MAX
    query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = $1"
    while await connection.fetchval(query, APP):
        if time.monotonic() >= deadline:
            raise PostgresStartFailed("Connections of an earlier server do not end")
        await asyncio.sleep(0.02)
