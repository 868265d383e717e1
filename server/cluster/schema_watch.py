"""Whether this program can still run on the schema, which a newer one may change meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import structlog

from server.database.compatibility import applied, program_name, refuse_newer
from server.database.errors import DATABASE_ERRORS, SchemaNewer
from server.database.migrations import load

__all__ = ["SchemaWatch"]

log = structlog.get_logger(__name__)

READ_S: Final = 10.0
"""Migrations are rare, and one that this program cannot go on with is refused while it runs."""


class SchemaWatch:
    """Looks for migrations that this program does not know."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self.known: Final = len(load())
        """How many migrations this program knows."""
        self.newest = self.known
        """The last migration that the database has."""
        self.outgrown: str | None = None
        """Why the program cannot go on, or None."""

    @property
    def program(self) -> str:
        """What other nodes and operators are told that this program is."""
        return program_name(self.known)

    async def read(self) -> None:
        """Look once. Raises asyncpg errors."""
        found = await applied(self._pool, self.known)
        if found and found[-1].version > self.newest:
            self.newest = found[-1].version
            log.info("the schema is newer than this program", newest=str(found[-1]))
        try:
            refuse_newer(found, self.known)
        except SchemaNewer as newer:
            if self.outgrown is None:
                log.error("this program cannot go on with the schema", reason=str(newer))  # noqa: TRY400 - one line
            self.outgrown = str(newer)

    async def run(self) -> None:
        """Look now and then, for ever."""
        while True:
            try:
                await self.read()
            except DATABASE_ERRORS as error:
                log.warning("the schema was not looked at", error=type(error).__name__)
            await asyncio.sleep(READ_S)
