"""Retires old partitions: what stays of them is written, then they are detached and dropped.

For the owner of the tables, beside a server that takes bets. A plain detach or drop would queue
behind the first report and stop every bet behind itself, so nothing here waits for a lock longer
than a moment, and partitions are detached concurrently. Each step can be gone on with after a
crash: a partition is dropped only when what stays of it has been committed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import asyncpg

from server.database.connect import connect
from server.database.errors import DatabaseError
from server.database.roles import OWNER, SCHEMA
from server.ledger.ids import EPOCH_MS

RETENTION_YEARS: Final = 5
"""How long the record is kept (GLI-19 A.2.2; K1)."""
RETIREMENT_LOCK: Final = 0x63725F7265746972
"""Advisory lock: exclusive while partitions are retired, shared while the record is audited."""
PERIOD: Final = timedelta(days=28)
_ORIGIN: Final = datetime.fromtimestamp(EPOCH_MS // 1000, UTC)
_TABLES: Final = ("request", "round", "round_input", "transfer", "wager")
_REFUSED: Final = "CR002"
_PAUSE_S: Final = 0.5
_FINALIZE_LOCK_MS: Final = 100
_CLOSE_S: Final = 5.0
_SETTINGS: Final = {
    "lock_timeout": "2s",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
}

# Bounds are read as PostgreSQL writes them: FOR VALUES FROM ('1') TO ('2').
_PARTITIONS: Final = r"""
    SELECT p.relname AS parent, c.relname AS name,
        id_time((b.ends)[1]::bigint) AS low, id_time((b.ends)[2]::bigint) AS high,
        greatest(c.reltuples, 0)::bigint AS rows, pg_total_relation_size(c.oid) AS size,
        i.inhdetachpending AS pending,
        (b.ends)[2]::bigint <= coalesce((SELECT max(border) FROM retirement), 0) AS closed
    FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid
    JOIN pg_class p ON p.oid = i.inhparent
    CROSS JOIN LATERAL (SELECT regexp_matches(pg_get_expr(c.relpartbound, c.oid),
        'FROM \(''?(\d+)''?\) TO \(''?(\d+)''?\)')) AS b (ends)
    WHERE p.relnamespace = 'croupier'::regnamespace AND p.relname = ANY ($1)
    ORDER BY low, p.relname
"""


class NotRetired(DatabaseError):  # noqa: N818 - one clear line for a person
    """Nothing was retired, or not all of it; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition. Rows are an estimate, size is in bytes, times are those of its ids."""

    table: str
    name: str
    low: datetime
    high: datetime
    rows: int
    size: int
    state: str
    """current, ahead, old, or retired: what stays of it is written and it can be dropped."""


@dataclass(slots=True)
class Retired:
    """What was done, or would be."""

    until: datetime | None = None
    """Rows from before this instant are newly retired; None: there were none to retire."""
    obstacles: tuple[str, ...] = ()
    rounds: int = 0
    wagers: int = 0
    transfers: int = 0
    requests: int = 0
    tables: tuple[str, ...] = ()
    """Tables that were dropped, or are to be."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be retired."""

    before: datetime
    """Periods that end by this instant."""
    retention_years: int = RETENTION_YEARS
    end_sessions: bool = False
    """End sessions that are still open across the border, instead of refusing."""
    wait_s: float = 60.0
    """How long to wait for reports that read what is to be detached, in seconds."""

    def younger_than(self, now: datetime) -> datetime:
        """Return from when on rows must be kept."""
        year = now.year - self.retention_years
        try:
            return now.replace(year=year)
        except ValueError:  # the 29th of February
            return now.replace(year=year, day=28)

    @property
    def period(self) -> int:
        """The last period that has ended by `before`; below 0: none."""
        return (self.before - _ORIGIN) // PERIOD - 1


async def partitions(connection: Any) -> list[Partition]:
    """Return every partition, the oldest first."""
    now = datetime.now(UTC)
    listed = []
    for row in await connection.fetch(_PARTITIONS, list(_TABLES)):
        if row["closed"] or row["pending"]:
            state = "retired"
        elif row["high"] <= now:
            state = "old"
        else:
            state = "current" if row["low"] <= now else "ahead"
        listed.append(
            Partition(
                row["parent"],
                row["name"],
                row["low"],
                row["high"],
                row["rows"],
                row["size"],
                state,
            )
        )
    return listed


@asynccontextmanager
async def owner_connection(url: str) -> AsyncIterator[Any]:
    """Yield a connection with the owner's rights. Raises DatabaseUnreachable, NotRetired."""
    connection = await connect(url, application_name="croupier retire", settings=_SETTINGS)
    try:
        try:
            await connection.execute(f"SET ROLE {OWNER}")
        except asyncpg.PostgresError:
            raise NotRetired(
                f"This user of the database does not own the tables: connect as {OWNER}."
            ) from None
        await connection.execute(f"SET search_path = {SCHEMA}, pg_temp")
        yield connection
    finally:
        await connection.close(timeout=_CLOSE_S)


async def look(connection: Any, order: Order) -> Retired:
    """Return what `retire` would do, and what would keep it from doing so. Changes nothing."""
    younger_than = order.younger_than(datetime.now(UTC))
    last = await _last(connection)
    if order.period <= last:
        return Retired(tables=await _tables(connection, last))
    await _check_retention(connection, order, younger_than)
    obstacles = await connection.fetch(
        "SELECT * FROM retire_obstacles($1, $2, true, $3)",
        order.period,
        younger_than,
        order.end_sessions,
    )
    return Retired(
        until=_end(order.period),
        obstacles=tuple(row[0] for row in obstacles),
        tables=await _tables(connection, order.period),
    )


async def retire(
    connection: Any, order: Order, told: Callable[[str], object] = lambda _: None
) -> Retired:
    """Retire every period that ended by `order.before`, and finish what was begun earlier.

    `connection` is one of `owner_connection`, outside a transaction; `told` hears each step. Raises
    NotRetired: what was closed until then stays closed, and the next call goes on.
    """
    if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", RETIREMENT_LOCK):
        raise NotRetired(
            "The ledger is being audited, or another command is retiring partitions: try again"
            " when that has ended."
        )
    try:
        dropped = await _drop_closed(connection, order, told)
        done = Retired()
        if order.period > await _last(connection):
            done = await _close(connection, order, told)
            dropped += await _drop_closed(connection, order, told)
        done.tables = tuple(dropped)
        return done
    finally:
        if not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock($1)", RETIREMENT_LOCK)


async def impose_hold(
    connection: Any, player: int, reason: str, imposed_by: str, until: datetime | None = None
) -> int:
    """Keep a player's rows whatever their age, and return the hold's number. Raises NotRetired."""
    try:
        return int(
            await connection.fetchval(
                "INSERT INTO legal_hold (player, reason, imposed_by, ends_at)"
                " VALUES ($1, $2, $3, coalesce($4, 'infinity'::timestamptz)) RETURNING id",
                player,
                reason,
                imposed_by,
                until,
            )
        )
    except asyncpg.ForeignKeyViolationError:
        raise NotRetired(f"There is no player {player}.") from None
    except asyncpg.CheckViolationError:
        raise NotRetired("A legal hold needs a reason, and an end that is still to come.") from None


async def release_hold(connection: Any, hold: int, reason: str, released_by: str) -> None:
    """End a legal hold; what it kept goes with the next retirement. Raises NotRetired."""
    try:
        await connection.execute(
            "INSERT INTO legal_hold_release (hold, reason, released_by) VALUES ($1, $2, $3)",
            hold,
            reason,
            released_by,
        )
    except asyncpg.ForeignKeyViolationError:
        raise NotRetired(f"There is no legal hold {hold}.") from None
    except asyncpg.UniqueViolationError:
        raise NotRetired(f"The legal hold {hold} was released before.") from None
    except asyncpg.CheckViolationError:
        raise NotRetired("Say why the legal hold is released.") from None


async def _close(connection: Any, order: Order, told: Callable[[str], object]) -> Retired:
    """Write what stays of the period."""
    younger_than = order.younger_than(datetime.now(UTC))
    await _check_retention(connection, order, younger_than)
    period = order.period
    if order.end_sessions:
        while await connection.fetchval("SELECT retire_sessions($1)", period):
            pass
    while await connection.fetchval("SELECT retire_chains($1)", period):
        pass
    while await connection.fetchval("SELECT house_fold()"):
        pass
    rows = await connection.fetch("SELECT * FROM retire_obstacles($1, $2)", period, younger_than)
    if rows:
        raise NotRetired(_explain(period, [row[0] for row in rows]))
    try:
        await _patiently(connection, "SELECT retire_fence($1)", order.wait_s, period)
        told("no new row gets into the period")
        row = await _patiently(
            connection, "SELECT * FROM retire_close($1, $2)", order.wait_s, period, younger_than
        )
    except asyncpg.PostgresError as error:
        if error.sqlstate != _REFUSED:
            raise
        raise NotRetired(_explain(period, [str(error)])) from None
    told("closing balances are written")
    return Retired(
        until=_end(period),
        rounds=row["rounds"],
        wagers=row["wagers"],
        transfers=row["transfers"],
        requests=row["requests"],
    )


async def _drop_closed(connection: Any, order: Order, told: Callable[[str], object]) -> list[str]:
    """Drop every table whose closing rows are committed, and return their names."""
    dropped = []
    for table in await _tables(connection, await _last(connection)):
        await _drop(connection, table, order.wait_s)
        told(f"dropped {table}")
        dropped.append(table)
    return dropped


async def _drop(connection: Any, table: str, wait_s: float) -> None:
    """Detach a partition whose closing rows are committed, and drop it."""
    parent = table.rpartition("_p")[0]
    deadline = time.monotonic() + wait_s
    while True:
        pending = await connection.fetchval(
            "SELECT inhdetachpending FROM pg_inherits"
            " WHERE inhrelid = to_regclass($1) AND inhparent = to_regclass($2)",
            table,
            parent,
        )
        try:
            if pending is None:
                await connection.execute(f"DROP TABLE {table}")
                return
            if pending:
                await _finalize(connection, parent, table)
            else:
                await connection.execute(
                    f"ALTER TABLE {parent} DETACH PARTITION {table} CONCURRENTLY"
                )
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if time.monotonic() >= deadline:
                raise NotRetired(
                    f"{table} is still being read by a report or a backup. What was retired stays"
                    " retired: end that transaction, or run this command again later, and it goes"
                    " on."
                ) from None
            await asyncio.sleep(_PAUSE_S)


async def _finalize(connection: Any, parent: str, table: str) -> None:
    """Finish a detach that had to wait too long.

    It locks the partition first and waits then, for every older transaction. A bet whose plan was
    made just before the detach would still ask for that partition, and wait as well. Hence plans
    are made anew before, which setting the default for a column brings about, and the wait is kept
    too short to matter.
    """
    column = "id" if parent in {"request", "transfer"} else "chain"
    await connection.execute(f"ALTER TABLE ONLY {parent} ALTER COLUMN {column} SET STATISTICS -1")
    await connection.execute(f"SET lock_timeout = '{_FINALIZE_LOCK_MS}ms'")
    try:
        await connection.execute(f"ALTER TABLE {parent} DETACH PARTITION {table} FINALIZE")
    finally:
        if not connection.is_closed():
            await connection.execute(f"SET lock_timeout = '{_SETTINGS['lock_timeout']}'")


async def _patiently(connection: Any, query: str, wait_s: float, *arguments: Any) -> Any:
    """Call a function again for as long as it does not get its locks."""
    deadline = time.monotonic() + wait_s
    while True:
        try:
            return await connection.fetchrow(query, *arguments)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if time.monotonic() >= deadline:
                raise NotRetired(
                    "Nothing was retired: the tables were locked all the time. End long"
                    " transactions, or try again when less is going on."
                ) from None
            await asyncio.sleep(_PAUSE_S)


async def _check_retention(connection: Any, order: Order, younger_than: datetime) -> None:
    if order.retention_years < RETENTION_YEARS and await connection.fetchval(
        "SELECT EXISTS (SELECT FROM player WHERE NOT test)"
    ):
        raise NotRetired(
            f"Nothing was retired: where real money is played, the record is kept for at least"
            f" {RETENTION_YEARS} years."
        )
    if _end(order.period) > younger_than:
        raise NotRetired(
            f"Nothing was retired: the record is kept for {order.retention_years} years, so only"
            f" what is from before {younger_than:%Y-%m-%d} may be."
        )


def _explain(period: int, obstacles: list[str]) -> str:
    return (
        f"Nothing was retired: of the time before {_end(period):%Y-%m-%d} there are"
        f" {'; '.join(obstacles)}."
    )


def _end(period: int) -> datetime:
    """Return when a period ends."""
    return _ORIGIN + (period + 1) * PERIOD


async def _last(connection: Any) -> int:
    """Return the last period that is retired, or -1."""
    return int(await connection.fetchval("SELECT coalesce(max(last_period), -1) FROM retirement"))


async def _tables(connection: Any, period: int) -> tuple[str, ...]:
    rows = await connection.fetch("SELECT child FROM retired_tables($1)", period)
    return tuple(row["child"] for row in rows)
