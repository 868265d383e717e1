"""What can be wrong with a database, each told in one line that says what to do."""

# ruff: noqa: N818 - the names say the condition; most of them are answers, not faults of ours

from __future__ import annotations

from typing import Final

import asyncpg

DATABASE_ERRORS: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""Everything that a statement raises when the database is away, ends it or does not answer.

The last is what a connection raises that is used in the moment after its backend was ended."""


class DatabaseError(Exception):
    """A fault of the database or of its data directory; its text is fit for an operator."""


class DataDirectoryInUse(DatabaseError):
    """Another server holds the lock of the data directory."""


class DataDirectoryUnusable(DatabaseError):
    """The data directory cannot be read, written, owned or reached as PostgreSQL needs it."""


class PostgresUnavailable(DatabaseError):
    """The PostgreSQL programs are missing or cannot be run here."""


class PostgresStartFailed(DatabaseError):
    """PostgreSQL did not create its cluster, did not start, or gave up while starting."""


class DatabaseUnreachable(DatabaseError):
    """No connection could be made: wrong address, wrong password, server down."""


class PrivilegedConnection(DatabaseError):
    """The connection could change the ledger directly, which the server must not be able to."""


class RolesMissing(DatabaseError):
    """The roles of the application do not exist and this user may not create them.

    Attributes:
        statements: what an administrator of the database should run.
    """

    def __init__(self, message: str, statements: str) -> None:
        """Remember the statements beside the one-line message."""
        super().__init__(message)
        self.statements = statements


class SchemaMismatch(DatabaseError):
    """The schema of the database is not the one this program was written for."""


class SchemaOlder(SchemaMismatch):
    """Migrations are missing in the database."""


class SchemaNewer(SchemaMismatch):
    """The database was migrated by a newer program."""


class MigrationChanged(SchemaMismatch):
    """A migration file differs from what was applied, or the files are not numbered 1, 2, 3, ..."""


class MigrationFailed(DatabaseError):
    """A migration could not be applied; the database is as it was before that migration."""


class DatabaseNotEmpty(DatabaseError):
    """A restore would overwrite what is there."""


class BackupFailed(DatabaseError):
    """A backup could not be written or a restore could not be completed."""
