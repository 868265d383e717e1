"""A real PostgreSQL for the whole run, and a fresh migrated database for each test that asks.

One cluster is started at the first use. The migrations are applied once, to a template, which each
test gets a copy of. The roles belong to the cluster, so a test that alters roles starts a cluster
of its own.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from server.database.cluster import create_database, protect_locks
from server.database.connect import Connection, connect
from server.database.embedded import EmbeddedPostgres
from server.database.files import Role
from server.database.migrations import migrate

TEMPLATE = "migrated_template"
UNSAFE = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "wal_buffers": "4MB",
    "max_wal_size": "128MB",
}
"""Settings that make a cluster faster and that no test looks at; a crash of PostgreSQL alone (not
of the machine) loses nothing under them."""


@dataclass(frozen=True, slots=True)
class Database:
    """One database of the cluster and how to connect to it."""

    name: str
    cluster: EmbeddedPostgres

    def url(self, role: Role, *, socket: bool = True) -> str:
        """Return the connection string of *role* to this database."""
        return self.cluster.directory.url(role, socket=socket, database=self.name)

    @property
    def app(self) -> str:
        """The connection string of the application."""
        return self.url("app")

    @property
    def owner(self) -> str:
        """The connection string of the owner of the tables."""
        return self.url("owner")

    @property
    def report(self) -> str:
        """The connection string of one who only reads."""
        return self.url("report")

    @property
    def superuser(self) -> str:
        """The connection string of the superuser."""
        return self.url("superuser")

    @asynccontextmanager
    async def connected(self, role: Role = "owner") -> AsyncIterator[Connection]:
        """Yield a connection as *role* and close it."""
        connection = await connect(self.url(role))
        try:
            yield connection
        finally:
            await connection.close()


_numbers = count(1)


async def _administer(cluster: EmbeddedPostgres) -> Connection:
    """Return a connection that may create and drop databases."""
    return await connect(cluster.directory.url("superuser", socket=True, database="postgres"))


@asynccontextmanager
async def copy_of(cluster: EmbeddedPostgres, template: str) -> AsyncIterator[Database]:
    """Yield a new database made like *template* and drop it afterwards, whoever is connected."""
    name = f"test_{next(_numbers)}"
    administrator = await _administer(cluster)
    try:
        # Of the two ways to make one, this is the quicker where nothing waits for a disk.
        await create_database(administrator, name, f"{template} STRATEGY FILE_COPY")
        yield Database(name, cluster)
    finally:
        await administrator.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await administrator.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL cluster that lives as long as the run; its database `croupier` is left alone."""
    directory = Path(tempfile.mkdtemp(prefix="croupier-test-"))
    postgres = EmbeddedPostgres(directory / "data", overrides=UNSAFE, die_with_parent=True)

    async def start() -> None:
        await postgres.start()
        administrator = await _administer(postgres)
        await create_database(administrator, TEMPLATE)
        await administrator.close()
        async with Database(TEMPLATE, postgres).connected("superuser") as inside:
            await protect_locks(inside)
        await migrate(Database(TEMPLATE, postgres).owner)

    try:
        asyncio.run(start())
        yield postgres
    finally:
        asyncio.run(postgres.stop())
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
async def database(cluster: EmbeddedPostgres) -> AsyncIterator[Database]:
    """A database of its own with all migrations applied."""
    async with copy_of(cluster, TEMPLATE) as fresh:
        yield fresh


@pytest.fixture
async def empty_database(cluster: EmbeddedPostgres) -> AsyncIterator[Database]:
    """A database of its own with nothing in it."""
    async with copy_of(cluster, "template0") as fresh:
        yield fresh
