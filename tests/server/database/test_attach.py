"""Tests of commands that need a database, server up or down."""

# ruff: noqa: ASYNC240 - a test has nothing else to do meanwhile

from __future__ import annotations

from pathlib import Path

import pytest

from server.database.attach import attach
from server.database.connect import connect
from server.database.embedded import EmbeddedPostgres
from server.database.errors import DataDirectoryInUse, DataDirectoryUnusable
from server.database.lock import DirectoryLock
from server.database.processes import processes_of
from tests.postgres import UNSAFE


async def test_up_or_down(tmp_path: Path) -> None:
    """A running database is used and left running; otherwise one is started and stopped."""
    data = tmp_path / "data"
    async with EmbeddedPostgres(data, overrides=UNSAFE) as postgres:
        async with attach(data) as directory:
            connection = await connect(directory.url("report"))
            assert await connection.fetchval("SELECT 1") == 1
            await connection.close()
        assert processes_of(data / "postgres")
        assert await postgres.answers()
    assert not processes_of(data / "postgres")
    async with attach(data) as directory:
        connection = await connect(directory.url("report"))
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()
        with pytest.raises(DataDirectoryInUse):
            await EmbeddedPostgres(data).start()
    assert not processes_of(data / "postgres")
    lock = DirectoryLock(data)
    lock.acquire()
    with pytest.raises(DataDirectoryInUse):
        async with attach(data, wait_seconds=0.3):
            pass
    lock.release()


async def test_nothing_there(tmp_path: Path) -> None:
    """A directory without a database is one clear line, and stays empty."""
    with pytest.raises(DataDirectoryUnusable, match="start the server on it once"):
        async with attach(tmp_path):
            pass
    assert not list(tmp_path.iterdir())
