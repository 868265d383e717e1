"""The database of a data directory for a command, whether the server runs or not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from server.database.connect import connect
from server.database.embedded import EmbeddedPostgres
from server.database.errors import DatabaseUnreachable, DataDirectoryInUse, DataDirectoryUnusable
from server.database.files import DataDirectory

WAIT_SECONDS_MAX: Final = 30.0
"""How long a server that holds the directory may take to have its database ready."""
POLL_SECONDS: Final = 0.1


@asynccontextmanager
async def attach(
    data_directory: Path, *, wait_seconds: float = WAIT_SECONDS_MAX
) -> AsyncIterator[DataDirectory]:
    """Yield the data directory with its database running, and leave it as it was found.

    If a server runs on the directory, its database is used. Otherwise PostgreSQL is started for
    the duration, under the directory's lock, and stopped afterwards. Take the connection string
    from the `url` of what is yielded.

    Raises:
        DataDirectoryUnusable: there is no database in it.
        DataDirectoryInUse: somebody holds the directory and has no database ready in time.
        DatabaseError: PostgreSQL cannot be started, with the reason in one line.
    """
    directory = DataDirectory(data_directory)
    if not directory.exists:
        raise DataDirectoryUnusable(
            f"There is no database in {directory.path}: start the server on it once, "
            "or name another directory with --data."
        )
    deadline = time.monotonic() + wait_seconds
    while True:
        postgres = EmbeddedPostgres(data_directory)
        try:
            await postgres.start()
        except DataDirectoryInUse:
            if await _answers(directory):
                yield directory
                return
            if time.monotonic() >= deadline:
                raise
            await asyncio.sleep(POLL_SECONDS)
            continue
        try:
            yield directory
        finally:
            await postgres.stop()
        return


async def _answers(directory: DataDirectory) -> bool:
    """Say whether the database of a directory that another process holds can be used."""
    try:
        connection = await connect(directory.url("report"), timeout=2)
    except (DatabaseUnreachable, DataDirectoryUnusable):
        return False
    await connection.close()
    return True
