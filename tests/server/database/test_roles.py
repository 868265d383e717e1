"""Tests of the roles of the database."""

from __future__ import annotations

import asyncpg
import pytest

from server.database.errors import PrivilegedConnection, RolesMissing
from server.database.files import Role
from server.database.roles import (
    OWNER,
    ROLES,
    administrator_statements,
    ensure_roles,
    identifier,
    literal,
    refuse_privileged,
)
from tests.postgres import Database


def test_quoting() -> None:
    """Names and texts are quoted as SQL wants it."""
    assert literal("it's") == "'it''s'"
    assert identifier('a"b') == '"a""b"'


ROLES_THAT_MAY: tuple[Role, ...] = ("superuser", "owner")


async def test_roles_exist_once(database: Database) -> None:
    """Creating roles that exist does nothing, for the superuser as for the owner."""
    for role in ROLES_THAT_MAY:
        async with database.connected(role) as connection:
            assert await ensure_roles(connection) == []


async def test_missing_rights_name_the_statements(database: Database) -> None:
    """A user who may not set up the roles gets the statements for an administrator."""
    async with database.connected("app") as connection:
        with pytest.raises(RolesMissing, match="let an administrator") as caught:
            await ensure_roles(connection)
    for role in ROLES:
        assert f"CREATE ROLE {role} LOGIN" in caught.value.statements
    assert f'GRANT {OWNER} TO "croupier_app";' in caught.value.statements


async def test_statements_are_what_is_needed(empty_database: Database) -> None:
    """What an administrator is asked to run is valid and complete."""
    text = administrator_statements(empty_database.name, "postgres")
    async with empty_database.connected("superuser") as connection:
        transaction = connection.transaction()
        await transaction.start()
        # The roles belong to the whole cluster, so they are set aside and put back by the rollback.
        for role in ROLES:
            await connection.execute(f"ALTER ROLE {role} RENAME TO {role}_away")
        await connection.execute(text)
        assert await ensure_roles(connection) == []
        await transaction.rollback()


async def test_creator_of_roles_is_enough(empty_database: Database) -> None:
    """A user who may create roles, and owns the database, sets up everything by himself."""
    async with empty_database.connected("superuser") as connection:
        transaction = connection.transaction()
        await transaction.start()
        for role in ROLES:
            await connection.execute(f"ALTER ROLE {role} RENAME TO {role}_away")
        await connection.execute("CREATE ROLE steward CREATEROLE")
        await connection.execute(f"ALTER DATABASE {empty_database.name} OWNER TO steward")
        await connection.execute("SET ROLE steward")
        assert await ensure_roles(connection) == list(ROLES)
        await connection.execute(f"SET ROLE {OWNER}")
        await connection.execute("CREATE SCHEMA croupier")
        await transaction.rollback()


async def test_privileged_connections_are_refused(database: Database) -> None:
    """Superuser, owner and whoever may write a table are refused; the application is not."""
    async with database.connected("app") as connection:
        await refuse_privileged(connection)
    async with database.connected("report") as connection:
        await refuse_privileged(connection)
    async with database.connected("superuser") as connection:
        with pytest.raises(PrivilegedConnection, match="superuser postgres"):
            await refuse_privileged(connection)
    async with database.connected("owner") as owner:
        with pytest.raises(PrivilegedConnection, match="croupier_owner, who can change"):
            await refuse_privileged(owner)
        await owner.execute("CREATE TABLE croupier.loose (n int, m int)")
        for grant in ("UPDATE (m)", "INSERT", "TRUNCATE"):
            await owner.execute(f"GRANT {grant} ON croupier.loose TO croupier_app")
            async with database.connected("app") as connection:
                with pytest.raises(PrivilegedConnection, match="table loose"):
                    await refuse_privileged(connection)
            await owner.execute("REVOKE ALL ON croupier.loose FROM croupier_app")


async def test_functions_are_closed_until_granted(empty_database: Database) -> None:
    """A new function may be called by nobody but the owner until a migration says so."""
    from server.database.migrations import migrate  # noqa: PLC0415 - this test's subject is roles

    await migrate(empty_database.owner, [])
    async with empty_database.connected("owner") as owner:
        await owner.execute("CREATE FUNCTION croupier.f() RETURNS int LANGUAGE sql RETURN 1")
    async with empty_database.connected("app") as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetchval("SELECT croupier.f()")
