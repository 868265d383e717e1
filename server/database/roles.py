"""The roles of the database: who owns the tables, who plays, who reads.

``croupier_owner`` owns the schema and applies migrations. ``croupier_app`` is the server: it reads,
and writes through functions only. ``croupier_report`` reads. The server never runs as a superuser
or as the owner, so no fault in it can alter the ledger past those functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import asyncpg

from server.database.connect import Connection
from server.database.errors import PrivilegedConnection, RolesMissing

SCHEMA: Final = "croupier"
OWNER: Final = "croupier_owner"
APP: Final = "croupier_app"
REPORT: Final = "croupier_report"
ROLES: Final = (OWNER, APP, REPORT)

_COMMON: Final = {"search_path": "croupier, public", "timezone": "'UTC'"}

SETTINGS: Final[dict[str, dict[str, str]]] = {
    # A migration must not wait for a lock with every bet queued behind it.
    OWNER: {**_COMMON, "lock_timeout": "'3s'"},
    APP: _COMMON,
    # A report that holds its snapshot makes settling slower by the second.
    REPORT: {
        **_COMMON,
        "default_transaction_read_only": "on",
        "idle_in_transaction_session_timeout": "'5s'",
    },
}
"""What each role's sessions begin with."""

_GRANTS: Final = """
GRANT USAGE ON SCHEMA croupier TO croupier_app, croupier_report;
ALTER DEFAULT PRIVILEGES FOR ROLE croupier_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
"""


def literal(text: str) -> str:
    """Quote *text* as an SQL string; utility statements take no parameters."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Quote *name* as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def create_role(role: str, password: str | None) -> list[str]:
    """Return the statements that create *role* with its settings."""
    secret = "" if password is None else f" PASSWORD {literal(password)}"
    return [
        f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION{secret}",
        *(f"ALTER ROLE {role} SET {name} = {value}" for name, value in SETTINGS[role].items()),
    ]


def administrator_statements(database: str, user: str) -> str:
    """Return what an administrator runs so that *user* can then migrate *database*."""
    lines = [line for role in ROLES for line in create_role(role, "change me")]
    lines += [
        f"GRANT CREATE, CONNECT ON DATABASE {identifier(database)} TO {OWNER}",
        f"GRANT CONNECT ON DATABASE {identifier(database)} TO {APP}, {REPORT}",
    ]
    if user != OWNER:
        lines.append(f"GRANT {OWNER} TO {identifier(user)}")
    return "".join(f"{line};\n" for line in lines)


async def ensure_roles(
    connection: Connection, passwords: Mapping[str, str] | None = None
) -> list[str]:
    """Create the roles that are missing, and let this user act as the owner.

    Args:
        connection: of a superuser, of a user who may create roles, or of the owner, who needs
            them to exist.
        passwords: by role; a role without one cannot sign in until an administrator sets it.

    Returns:
        The roles that were created.

    Raises:
        RolesMissing: they do not exist and this user may not create them.
    """
    known = {row[0] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
    missing = [role for role in ROLES if role not in known]
    user = await connection.fetchval("SELECT current_user")
    database = await connection.fetchval("SELECT current_database()")
    try:
        async with connection.transaction():
            for role in missing:
                for statement in create_role(role, (passwords or {}).get(role)):
                    await connection.execute(statement)
            if not await connection.fetchval("SELECT pg_has_role($1, 'MEMBER')", OWNER):
                await connection.execute(f"GRANT {OWNER} TO CURRENT_USER")
            if not await connection.fetchval(
                "SELECT has_database_privilege($1, current_database(), 'CREATE')", OWNER
            ):
                await connection.execute(
                    f"GRANT CREATE, CONNECT ON DATABASE {identifier(database)} TO {OWNER}"
                )
    except (asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError):
        raise RolesMissing(
            f"The user {user} may not set up the roles {', '.join(ROLES)}: "
            "let an administrator of the database run these statements, then try again.",
            administrator_statements(database, user),
        ) from None
    return missing


async def ensure_schema(connection: Connection) -> None:
    """Create the schema and let the roles into it. Applied again it changes nothing.

    *connection* acts as the owner. Who may read which table and call which function is for the
    migrations to say; without their word nobody but the owner may.
    """
    if not await connection.fetchval("SELECT to_regnamespace($1) IS NOT NULL", SCHEMA):
        await connection.execute(f"CREATE SCHEMA {SCHEMA} AUTHORIZATION {OWNER}")
    await connection.execute(_GRANTS)


async def refuse_privileged(connection: Connection) -> None:
    """Make sure that *connection* can change the ledger through functions only.

    Raises:
        PrivilegedConnection: it is a superuser, may act as the owner of the tables, or may write
            one of them.
    """
    user, superuser, owner, creator = await connection.fetchrow(
        """
        SELECT current_user,
               (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
               EXISTS (SELECT FROM pg_class c
                        WHERE c.relnamespace = to_regnamespace($1)
                          AND pg_has_role(c.relowner, 'MEMBER')),
               coalesce(has_schema_privilege(to_regnamespace($1), 'CREATE'), false)
        """,
        SCHEMA,
    ) or (None, True, True, True)
    advice = f"set database.url to the user {APP}, who may only read and call functions."
    if superuser:
        raise PrivilegedConnection(f"The server does not run as the superuser {user}: {advice}")
    if owner or creator:
        raise PrivilegedConnection(
            f"The server does not run as {user}, who can change the tables' definition: {advice}"
        )
    table = await connection.fetchval(
        """
        SELECT c.relname FROM pg_class c
         WHERE c.relnamespace = to_regnamespace($1) AND c.relkind IN ('r', 'p')
           AND (has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')
                OR has_any_column_privilege(c.oid, 'INSERT, UPDATE'))
         ORDER BY 1 LIMIT 1
        """,
        SCHEMA,
    )
    if table is not None:
        raise PrivilegedConnection(
            f"The server does not run as {user}, who may write the table {table} directly: {advice}"
        )
