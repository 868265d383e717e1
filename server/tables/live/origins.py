"""Where each value of a live table comes from: config.toml, or somebody, who said when and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from games.catalogue import Catalogue
from server.config import Live, LiveTableSettings
from server.tables.live.samples import sample_tables
from server.tables.live.terms import TableRefused, Terms, changes_of, terms_of

__all__ = [
    "CONFIG",
    "FIELDS",
    "OnRecord",
    "Origin",
    "configured_tables",
    "configured_terms",
    "is_listed",
    "read_origins",
]

CONFIG: Final = "config"
"""The origin of what config.toml says."""
FIELDS: Final = ("state", *Terms._fields)
"""The values of a table that somebody may have set."""

# Of what is made or changed the record tells first what it was, then why.
_ORIGINS: Final = """
    SELECT o.field, o.origin, o.at, o.record, CASE
            WHEN a.action IN ('table.make', 'table.change')
            THEN substr(a.reason, strpos(a.reason, ': ') + 2) ELSE a.reason END AS reason
    FROM live_table_origin o LEFT JOIN operator_action a ON a.id = o.record
    WHERE o.table_id = $1
"""


class Origin(NamedTuple):
    """Who set a value of a table."""

    origin: str = CONFIG
    """`config`; or `operator:NAME` or `command:USER`."""
    at: datetime | None = None
    """When; None of what config.toml says."""
    reason: str | None = None
    """Why; None of what config.toml says, and where it is not on record."""
    record: int | None = None
    """The number under which it is recorded."""


async def read_origins(asked: Any, table: int) -> dict[str, Origin]:
    """Return where each value of a table comes from, in the order of `FIELDS`.

    `asked` is a connection or a pool. Raises asyncpg errors.
    """
    rows = {row["field"]: row for row in await asked.fetch(_ORIGINS, table)}
    return {
        name: Origin(*(rows[name][field] for field in Origin._fields)) if name in rows else Origin()
        for name in FIELDS
    }


def configured_tables(settings: Live) -> Sequence[LiveTableSettings]:
    """Return the tables of the settings: in development samples where they name none."""
    if not settings.tables and settings.sample_tables:
        return sample_tables()
    return settings.tables


class OnRecord(NamedTuple):
    """A table as it is on record, as far as config.toml could say it."""

    title: str
    game: str
    currency: str
    exponent: int
    """The currency's decimal places."""
    terms: Terms
    origin: str
    """Who made it or was the last to change it."""


def is_listed(tables: Sequence[LiveTableSettings], table: OnRecord) -> bool:
    """Whether config.toml lists a table."""
    return _listed(tables, table) is not None


def configured_terms(
    tables: Sequence[LiveTableSettings], table: OnRecord, catalogue: Catalogue
) -> tuple[Terms, str]:
    """Return what config.toml has a table take, and what that changes, for the record.

    Raises TableRefused: `not_configured` where config.toml does not list it, `not_changed` where no
    operator has made or changed it, and as `terms_of` does.
    """
    found = _listed(tables, table)
    if found is None:
        reason = f"config.toml lists no table {table.title} of {table.game} in {table.currency}"
        raise TableRefused("not_configured", "title", reason)
    if table.origin == CONFIG:
        reason = f"{table.title} has what config.toml says: no operator has changed it"
        raise TableRefused("not_changed", "title", reason)
    terms = terms_of(found, catalogue, {table.currency: table.exponent})
    return terms, changes_of(table.terms, terms, table.exponent) or "no value is different"


def _listed(tables: Sequence[LiveTableSettings], table: OnRecord) -> LiveTableSettings | None:
    named = (table.title, table.game, table.currency)
    return next((each for each in tables if (each.title, each.game, each.currency) == named), None)
