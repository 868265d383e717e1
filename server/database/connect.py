"""Connections to the database, and what their failures mean in one line."""

from __future__ import annotations

import asyncio
from typing import TypeAlias
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import asyncpg

from server.database.errors import DatabaseUnreachable

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
"""A connection of asyncpg with plain records."""


def masked(url: str) -> str:
    """Return *url* without its password, fit for messages and logs."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(not a URL)"
    login, at, address = parts.netloc.rpartition("@")
    user, colon, _ = login.partition(":")
    query = [(k, "***" if k == "password" else v) for k, v in parse_qsl(parts.query)]
    return urlunsplit(
        parts._replace(
            netloc=f"{user}{':***' if colon else ''}{at}{address}",
            query=urlencode(query, quote_via=quote, safe="/*"),
        )
    )


def without_password(url: str) -> tuple[str, str | None]:
    """Split *url* into one without a password, fit for a command line, and the password."""
    parts = urlsplit(url)
    login, at, address = parts.netloc.rpartition("@")
    user, colon, password = login.partition(":")
    query = parse_qsl(parts.query)
    named = dict(query).get("password")
    rest = urlencode([(k, v) for k, v in query if k != "password"], quote_via=quote, safe="/")
    bare = urlunsplit(parts._replace(netloc=f"{user}{at}{address}", query=rest))
    return bare, unquote(password) if colon else named


async def connect(
    url: str,
    *,
    timeout: float = 10.0,  # noqa: ASYNC109 - asyncpg's own, of one attempt
    application_name: str = "croupier",
    settings: dict[str, str] | None = None,
) -> Connection:
    """Open one connection.

    Args:
        url: a ``postgresql://`` connection string.
        timeout: how long to try, in seconds.
        application_name: what ``pg_stat_activity`` shows.
        settings: further settings of the session.

    Raises:
        DatabaseUnreachable: with the reason in one line and no password in it.
    """
    try:
        return await asyncpg.connect(
            url,
            timeout=timeout,
            server_settings={"application_name": application_name, **(settings or {})},
        )
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
        raise DatabaseUnreachable(_explain(url, error)) from None


def _explain(url: str, error: Exception) -> str:
    """Say why there is no connection and what to do."""
    address = masked(url)
    match error:
        case asyncpg.InvalidAuthorizationSpecificationError():
            return f"The database refused the user or the password of {address}."
        case asyncpg.InvalidCatalogNameError():
            return f"The database of {address} does not exist: create it first."
        case asyncpg.CannotConnectNowError():
            return f"The database of {address} is starting or stopping: try again."
        case asyncpg.TooManyConnectionsError():
            return f"The database of {address} has no connection left: raise max_connections."
        case TimeoutError() | asyncio.TimeoutError():
            return f"The database of {address} did not answer in time."
        case asyncpg.PostgresError():
            return f"The database of {address} refused the connection: {error}."
        case OSError():
            return f"The database of {address} cannot be reached: {error.strerror or error}."
    return f"{address} is not a usable connection string: {error}."
