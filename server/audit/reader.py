"""Reads a ledger that may be in use: short statements, and one moment that all of them judge.

No snapshot is held for longer than one short transaction, because an open one makes settling slower
by the second. Instead the audit notes which transactions had committed at one moment. A row of the
record never changes, so whether it was there at that moment can be told from the transaction that
wrote it, however much later it is read.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from server.database.connect import Connection, connect

__all__ = ["NO_BORDER", "Moment", "Reader", "Span", "open_reader"]

LOWEST: Final = -(1 << 63)
HIGHEST: Final = (1 << 63) - 1
NO_BORDER: Final = LOWEST + 1
"""The border where nothing was retired yet."""
FIRST_ROWS: Final = 20_000
MOST_ROWS: Final = 400_000
SHORT_S: Final = 0.3
LONG_S: Final = 1.0
_CERTAIN: Final = timedelta(days=1)
"""No call takes this long, so an older row was there. Transaction ids alone wrap around."""
_XID_SPACE: Final = 1 << 32
_RETIRED: Final = {"funding", "request", "round", "round_input", "transfer", "wager"}
"""Tables whose rows below the border are retired, or were caused by what is."""

# Which plan is right follows from how the audit asks, not from statistics, which a crash may have
# wiped: walk a range of the primary key, and look the partner up by its own.
_SETTINGS: Final = {
    "search_path": "croupier",
    "timezone": "UTC",
    "default_transaction_read_only": "on",
    "idle_in_transaction_session_timeout": "30s",
    "max_parallel_workers_per_gather": "0",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    "work_mem": "32MB",
}

Progress = Callable[[str, int], None]
"""Told the name of a check and how much it has looked at."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant of the record."""

    snapshot: str
    """Which transactions had committed, as PostgreSQL writes it."""
    lowest: int
    """Below this transaction every one had ended."""
    at: datetime

    def saw(self, row: str, at: str) -> str:
        """Return the condition that `row` of a query had been committed, `at` its time column.

        The writers of the ledger open no subtransactions, which a snapshot's text would not name.
        """
        xid = f"'{self.lowest % _XID_SPACE}'::xid"
        return (
            f"({row}.{at} < '{self.at - _CERTAIN:%Y-%m-%dT%H:%M:%S}Z'"
            f" OR age({row}.xmin) > age({xid})"
            " OR pg_visible_in_snapshot("
            f"({self.lowest}::bigint + age({xid}) - age({row}.xmin))::text::xid8,"
            f" '{self.snapshot}'))"
        )


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a table: keys above `low` up to and including `high`."""

    columns: tuple[str, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]

    def holds(self, row: str) -> str:
        """Return the condition that `row` of a query lies within; see `arguments`."""
        first = self.columns[0]
        if len(self.columns) == 1:
            return f"{row}.{first} > $1 AND {row}.{first} <= $2"
        count = len(self.columns)
        key = ", ".join(f"{row}.{column}" for column in self.columns)
        low = ", ".join(f"${place}::bigint" for place in range(1, count + 1))
        high = ", ".join(f"${place}::bigint" for place in range(count + 1, 2 * count + 1))
        # The plain comparisons of the first column are for the pruning of partitions.
        return (
            f"{row}.{first} >= $1 AND {row}.{first} <= ${count + 1}"
            f" AND ({key}) > ({low}) AND ({key}) <= ({high})"
        )

    @property
    def arguments(self) -> tuple[int, ...]:
        """The parameters $1 and following of `holds`."""
        return (*self.low, *self.high)


def _quiet(_name: str, _looked_at: int) -> None:
    pass


class Reader:
    """One connection that only reads, and the moment that it judges."""

    def __init__(self, connection: Connection, progress: Progress = _quiet) -> None:
        self.connection = connection
        self.progress = progress
        self.border = NO_BORDER
        """Ids below it are retired; see the schema's `retirement`."""

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """Return every row."""
        return list(await self.connection.fetch(query, *arguments))

    async def row(self, query: str, *arguments: Any) -> Any:
        """Return the first row, or None."""
        return await self.connection.fetchrow(query, *arguments)

    async def value(self, query: str, *arguments: Any) -> Any:
        """Return the first column of the first row, or None."""
        return await self.connection.fetchval(query, *arguments)

    @asynccontextmanager
    async def moment(self) -> AsyncIterator[Moment]:
        """Yield this moment; what is read inside is read as of it. Leave quickly."""
        async with self.connection.transaction(isolation="repeatable_read", readonly=True):
            row = await self.row(
                "SELECT s::text AS snapshot, pg_snapshot_xmin(s)::text AS lowest,"
                " clock_timestamp() AS at FROM pg_current_snapshot() AS s"
            )
            yield Moment(row["snapshot"], int(row["lowest"]), row["at"])

    async def spans(
        self, table: str, *columns: str, after: tuple[int, ...] | None = None
    ) -> AsyncIterator[Span]:
        """Yield parts of a table that together hold every key, in order of the key.

        `columns` begin its primary key. What is retired is left out. The parts grow and shrink so
        that each is worked on for well below a second.
        """
        key = ", ".join(columns)
        count = len(columns)
        low = (LOWEST,) * count
        if table in _RETIRED:
            low = (self.border - 1, *(HIGHEST,) * (count - 1))
        low = max(low, after or low)
        marks = ", ".join(f"${place}::bigint" for place in range(1, count + 1))
        query = (
            f"SELECT {key} FROM {table} WHERE ({key}) > ({marks}) AND {columns[0]} >= $1"  # noqa: S608
            f" ORDER BY {key} OFFSET ${count + 1} LIMIT 1"
        )
        rows = FIRST_ROWS
        while True:
            found = await self.row(query, *low, rows)
            high = tuple(found) if found is not None else (HIGHEST,) * count
            started = time.monotonic()
            yield Span(columns, low, high)
            if found is None:
                return
            low = high
            took = time.monotonic() - started
            if took > LONG_S:
                rows = max(rows // 2, 1_000)
            elif took < SHORT_S:
                rows = min(rows * 2, MOST_ROWS)


@asynccontextmanager
async def open_reader(url: str, progress: Progress = _quiet) -> AsyncIterator[Reader]:
    """Yield a reader on the ledger of a connection string. Raises DatabaseUnreachable."""
    connection = await connect(url, application_name="croupier audit", settings=_SETTINGS)
    try:
        yield Reader(connection, progress)
    finally:
        await connection.close(timeout=5.0)
