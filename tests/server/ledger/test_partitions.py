"""Tests of partitions: made ahead, by whoever, beside running reports and bets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import asyncpg
import pytest

from server.ledger.ids import EPOCH_MS, clock_ms
from server.ledger.items import Verdict
from server.ledger.partitions import LEAST_AHEAD_MS, PartitionKeeper
from tests.server.ledger.ledger import Ledger

PARENTS = ("request", "round", "round_input", "transfer", "wager")
DAY_MS = 24 * 3600 * 1000
LENGTH_MS = 28 * DAY_MS


class Clock:
    """A clock that shows what it is told to."""

    def __init__(self) -> None:
        self.now = clock_ms()

    def __call__(self) -> int:
        """Return what it shows."""
        return self.now


def number_now() -> int:
    """Return the number of the present partition."""
    return (clock_ms() - EPOCH_MS) // LENGTH_MS


async def bounds(ledger: Ledger, parent: str) -> list[tuple[int, int]]:
    """Return the bounds of a table's partitions, in order."""
    rows = await ledger.owner.fetch(
        "SELECT (regexp_matches(pg_get_expr(relpartbound, c.oid),"
        " 'FROM \\(''?(\\d+)''?\\) TO \\(''?(\\d+)''?\\)'))::bigint[] AS b"
        " FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = $1::regclass",
        parent,
    )
    return sorted((row["b"][0], row["b"][1]) for row in rows)


async def drop_future(ledger: Ledger, keep: int = 0) -> None:
    """Remove the partitions that come after the present one and *keep* more."""
    first = number_now() + keep + 1
    for parent in PARENTS:
        for number in range(first, first + 6):
            await ledger.owner.execute(f"DROP TABLE IF EXISTS {parent}_p{number:04}")


@pytest.fixture
async def reporting(ledger: Ledger) -> AsyncIterator[Any]:
    """A report that is in the middle of reading every table."""
    async with ledger.database.connected("report") as report:
        transaction = report.transaction(isolation="repeatable_read", readonly=True)
        await transaction.start()
        for parent in PARENTS:
            await report.execute(f"SELECT count(*) FROM {parent}")
        yield report
        await transaction.rollback()


async def test_makes_two_months(ledger: Ledger) -> None:
    """Rule 11: at start what is missing of the next two months is made, for every table."""
    await drop_future(ledger)
    keeper = PartitionKeeper(ledger.app)
    ready = keeper.ready
    assert not ready

    made = await keeper.ensure()

    assert made in {10, 15}
    assert keeper.ready
    assert keeper.until_ms - clock_ms() > 59 * DAY_MS
    assert await PartitionKeeper(ledger.app).ensure() == 0


async def test_readiness_fails_under_a_week(ledger: Ledger) -> None:
    """Rule 11: with less than a week left the node is not ready."""
    clock = Clock()
    keeper = PartitionKeeper(ledger.app, clock)
    await keeper.ensure()

    clock.now = keeper.until_ms - LEAST_AHEAD_MS
    assert keeper.ready
    clock.now += 1
    assert not keeper.ready


async def test_every_table_counts(ledger: Ledger) -> None:
    """The table that has the least ahead decides."""
    keeper = PartitionKeeper(ledger.app)
    await keeper.ensure()
    until = keeper.until_ms
    await ledger.owner.execute(f"DROP TABLE wager_p{number_now() + 1:04}")
    keeper = PartitionKeeper(ledger.app, clock_ms)
    keeper.until_ms = await ledger.app.fetchval(
        "SELECT (extract(epoch FROM partitions_until()) * 1000)::bigint"
    )

    assert keeper.until_ms == EPOCH_MS + (number_now() + 1) * LENGTH_MS < until


async def test_looks_once_a_day(ledger: Ledger) -> None:
    """Asked more often than daily, the keeper leaves the database in peace."""
    clock = Clock()
    keeper = PartitionKeeper(ledger.app, clock)
    await keeper.ensure()
    await drop_future(ledger)

    assert await keeper.ensure() == 0
    clock.now += DAY_MS
    assert await keeper.ensure() > 0


async def test_lock_that_is_held_is_no_error(ledger: Ledger) -> None:
    """A table locked for maintenance is tried again a minute later; bets go on meanwhile."""
    clock = Clock()
    keeper = PartitionKeeper(ledger.app, clock)
    await drop_future(ledger)
    async with ledger.database.connected("owner") as other:
        await other.execute("BEGIN; LOCK TABLE croupier.wager IN SHARE UPDATE EXCLUSIVE MODE")
        assert await keeper.ensure() == 0
        left = keeper.until_ms - clock_ms()
        assert left <= LENGTH_MS, "only the present partition is left"
        assert keeper.ready == (left >= LEAST_AHEAD_MS)
        assert await keeper.ensure() == 0
        await other.execute("ROLLBACK")
    clock.now += 60_000

    assert await keeper.ensure() > 0
    assert keeper.ready


async def test_two_nodes_at_once(ledger: Ledger) -> None:
    """Nodes that start together make each partition once and both end up ready."""
    await drop_future(ledger)
    async with ledger.database.connected("app") as other:
        await other.execute("SET search_path = croupier")
        keepers = [PartitionKeeper(ledger.app), PartitionKeeper(other)]
        made = await asyncio.gather(*(keeper.ensure() for keeper in keepers))

    assert min(made) == 0
    assert max(made) > 0
    for parent in PARENTS:
        found = await bounds(ledger, parent)
        assert len(found) == len(set(found))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns", "Pacific/Apia"])
async def test_borders_meet_in_any_time_zone(ledger: Ledger, zone: str) -> None:
    """A border does not move with the time zone or the summer time of whoever makes a partition."""
    await drop_future(ledger)
    await ledger.app.execute("SET TimeZone = 'UTC'")
    await ledger.app.execute("SELECT partitions_ensure('28 days')")
    await ledger.app.execute(f"SET TimeZone = '{zone}'")
    await ledger.app.execute("SELECT partitions_ensure('200 days')")
    await ledger.app.execute("SET TimeZone = 'UTC'")
    await ledger.app.execute("SELECT partitions_ensure('400 days')")

    for parent in PARENTS:
        found = [each for each in await bounds(ledger, parent) if each[0]]
        assert len(found) > 13
        assert all(low[1] == high[0] for low, high in pairwise(found))
        for low, high in found:
            assert (low >> 22) % LENGTH_MS == (high >> 22) % LENGTH_MS == 0


async def test_partitions_are_alike(ledger: Ledger) -> None:
    """A partition made later has the keys, checks and triggers of the first."""
    query = """
        SELECT c.relname, (
            SELECT array_agg(pg_get_constraintdef(oid) ORDER BY 1) FROM pg_constraint
            WHERE conrelid = c.oid AND contype <> 'n') AS rules, (
            SELECT array_agg(tgname::text || tgtype ORDER BY 1) FROM pg_trigger
            WHERE tgrelid = c.oid) AS triggers
        FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = $1::regclass"""
    for parent in PARENTS:
        rows = await ledger.owner.fetch(query, parent)
        assert len(rows) >= 3
        assert len({(*row["rules"], *row["triggers"]) for row in rows}) == 1
        assert len(rows[0]["triggers"]) == 2


async def test_ddl_does_not_wait_long(ledger: Ledger) -> None:
    """Rule 11: whatever waits for a lock lets go before bets pile up behind it."""
    rows = await ledger.owner.fetch(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'croupier'::regnamespace"
        " AND prosrc ~* 'create table|alter table|partition_make'"
        " AND NOT coalesce('lock_timeout=2s' = ANY (proconfig), false)"
    )

    assert [row["proname"] for row in rows] == ["after_restore"], "run with no server"


async def test_no_default_partition(ledger: Ledger) -> None:
    """Rule 11: a row that belongs nowhere is refused, as class 23, so that it dies alone."""
    seat = await ledger.seat()
    far = await ledger.owner.fetchval("SELECT id_at(clock_timestamp() + interval '10 years')")

    with pytest.raises(asyncpg.CheckViolationError, match="no partition of relation"):
        await ledger.settle(seat.spin(chain=far))
    assert await ledger.money(seat) == (100_000, 0)


async def test_made_beside_a_report_without_stopping_bets(ledger: Ledger, reporting: Any) -> None:
    """Rule 11: while a report reads, partitions are made and bets settle, before and after."""
    seat = await ledger.seat()
    assert await ledger.verdict(seat.spin()) == Verdict.ACCEPTED
    await drop_nothing_but_make(ledger)
    assert await ledger.verdict(seat.spin()) == Verdict.ACCEPTED
    assert await reporting.fetchval("SELECT count(*) FROM wager") == 0


async def drop_nothing_but_make(ledger: Ledger) -> None:
    """Make partitions beyond those that exist, in a transaction that a bet runs beside."""
    other = await ledger.seat()
    async with ledger.database.connected("owner") as owner:
        transaction = owner.transaction()
        await transaction.start()
        assert await owner.fetchval("SELECT partitions_ensure('200 days')") > 0
        # Not committed yet: the locks of the making are held, and stop nobody.
        assert await ledger.verdict(other.spin()) == Verdict.ACCEPTED
        await transaction.commit()


async def test_plain_way_would_stop_bets(ledger: Ledger, reporting: Any) -> None:
    """Rule 11: the plain statement waits behind the report, and every bet behind it."""
    async with ledger.database.connected("owner") as owner:
        await owner.execute("SET lock_timeout = '50ms'")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await owner.execute(
                f"CREATE TABLE later PARTITION OF wager FOR VALUES FROM ({2**62}) TO ({2**63 - 1})"
            )
