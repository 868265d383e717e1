"""Tests of the connection that settles: its plans, and how it is renewed."""

# ruff: noqa: ASYNC110 - what is waited for happens in the database

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from server.ledger.backend import (
    PLAN_SETTINGS,
    SettlementBackend,
    application_name,
    end_predecessors,
)
from server.ledger.items import Item, Verdict, settle_arguments
from tests.postgres import Database, copy_of
from tests.server.ledger.ledger import NODE, Ledger, Seat, settler, waits_for_lock

SMALL = {"site", "node", "account_kind", "currency"}
"""Tables of a few rows that never grow."""


def arguments(ledger: Ledger, *items: Item) -> tuple[Any, ...]:
    """Return the arguments of the call for *items*."""
    return settle_arguments(NODE, ledger.epoch, ledger.ids.next(), items)


async def scans(ledger: Ledger) -> dict[str, int]:
    """Return how often each table was read from end to end, by anybody."""
    await ledger.app.execute("SELECT pg_stat_force_next_flush()")
    rows = await ledger.owner.fetch("SELECT relname, seq_scan FROM pg_stat_user_tables")
    return {row["relname"]: row["seq_scan"] for row in rows}


async def everything(ledger: Ledger, *seats: Seat) -> None:
    """Let seats do all that can be done in a settling call."""
    one, two, three, four = seats
    await ledger.settle(one.spin(100, 50), two.deal(10), three.deal(10), four.deal(10))
    await ledger.settle(one.spin(10**9), two.act(5), three.act(0), four.void())
    await ledger.settle(two.act(0, finish=True, payout=50), three.platform(finish=True))
    item = one.spin(1)
    await ledger.settle(item)
    assert (await ledger.settle(item))[0].verdict == Verdict.KNOWN


@pytest.mark.parametrize("empty", [True, False])
async def test_every_call_goes_by_index(ledger: Ledger, empty: bool) -> None:
    """Rule 13: nothing is read from end to end, with tables empty or filled and analysed."""
    seats = [await ledger.seat() for _ in range(4)]
    if not empty:
        for _ in range(20):
            await everything(ledger, *seats)
        await ledger.owner.execute("ANALYZE")
    fresh = await settler(ledger.database)
    ledger.app, old = fresh, ledger.app
    await ledger.start()
    before = await scans(ledger)

    await everything(ledger, *seats)

    after = await scans(ledger)
    assert {
        name: after[name] - before[name]
        for name in after
        if name not in SMALL and after[name] != before[name]
    } == {}
    ledger.app = old
    await fresh.close()


async def test_fresh_partitions_go_by_index(ledger: Ledger) -> None:
    """Rule 13: a plan made before a partition was attached reads the new one by index too."""
    seats = [await ledger.seat() for _ in range(4)]
    await everything(ledger, *seats)
    later = await ledger.owner.fetchval("SELECT id_at(clock_timestamp() + interval '100 days')")
    await ledger.app.execute("SELECT partitions_ensure('120 days')")
    for index, seat in enumerate(seats):
        seat.chain = later + 64 * index
        seat.session = later + 64 * index
        seat.n = 1
    ledger.ids = type(ledger.ids)(NODE, later)
    before = await scans(ledger)

    for _ in range(3):
        await everything(ledger, *seats)

    after = await scans(ledger)
    assert await ledger.owner.fetchval("SELECT count(DISTINCT tableoid) FROM wager") == 2
    assert {name for name in after if name not in SMALL and after[name] != before[name]} == set()


async def test_settings_of_the_connection(ledger: Ledger) -> None:
    """Rule 13: the settings that keep plans right hold on the connection that settles."""
    connection = await settler(ledger.database)
    for name, value in PLAN_SETTINGS.items():
        if not name.startswith("tcp_"):
            assert await connection.fetchval(f"SHOW {name}") == value
    await connection.close()
    assert (PLAN_SETTINGS["plan_cache_mode"], PLAN_SETTINGS["jit"]) == ("force_generic_plan", "off")


async def test_order_of_the_items_is_kept(ledger: Ledger) -> None:
    """However the plan runs, each verdict stands at the place of its item."""
    seats = [await ledger.seat(100 + index) for index in range(50)]
    answers = await ledger.settle(*(seat.spin(index + 1) for index, seat in enumerate(seats)))

    assert [answer.balance for answer in answers] == [99] * 50


# -- renewing -----------------------------------------------------------------------------------


async def backends(database: Database) -> set[int]:
    """Return the process ids of the backends that settle on a database."""
    async with database.connected("superuser") as observer:
        rows = await observer.fetch(
            "SELECT pid FROM pg_stat_activity WHERE datname = $1"
            " AND starts_with(application_name, 'croupier node ')",
            database.name,
        )
    return {row["pid"] for row in rows}


async def test_renew_ends_the_call_in_flight(ledger: Ledger) -> None:
    """Rule 4: after a renewal the old backend is gone, and with it what it had not committed."""
    seat = await ledger.seat()
    backend = SettlementBackend(lambda: ledger.database.app, NODE)
    await backend.open()
    old = backend.pid
    async with ledger.database.connected("owner") as other:
        await other.execute("BEGIN; UPDATE croupier.node SET high_water = high_water")
        call = asyncio.create_task(backend.settle(arguments(ledger, seat.spin())))
        await waits_for_lock(ledger.database, backend._connection)
        await backend.renew()
        assert old not in await backends(ledger.database)
        await other.execute("ROLLBACK")
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await call

    assert await ledger.count("wager") == 0
    row = await backend.settle(arguments(ledger, seat.spin(n=1)))
    assert row["verdict"] == [Verdict.ACCEPTED]
    assert backend.pid != old
    await backend.close()
    await backend.close()


async def test_renew_spares_a_stranger_of_the_same_number(ledger: Ledger) -> None:
    """A process id that has gone to somebody else since is let be."""
    backend = SettlementBackend(lambda: ledger.database.app, NODE)
    await backend.open()
    async with ledger.database.connected("app") as stranger:
        assert backend._identity is not None
        backend._identity = (stranger.get_server_pid(), backend._identity[1])
        await backend.renew()
        assert await stranger.fetchval("SELECT 1") == 1
    await backend.close()


async def test_failed_opening_leaves_nothing(ledger: Ledger) -> None:
    """A renewal that fails half way leaves no connection behind and can be tried again."""
    backend = SettlementBackend(lambda: ledger.database.app, NODE)
    await backend.open()
    async with ledger.database.connected("owner") as owner:
        await owner.execute("ALTER FUNCTION croupier.settle RENAME TO settled")
        with pytest.raises(asyncpg.UndefinedFunctionError):
            await backend.renew()
        await owner.execute("ALTER FUNCTION croupier.settled RENAME TO settle")
    await backend.renew()

    while len(await backends(ledger.database)) > 1:
        await asyncio.sleep(0.01)
    assert await backends(ledger.database) == {backend.pid}
    await backend.close()


async def test_predecessors_are_ended(ledger: Ledger) -> None:
    """Rule 4: a starting node ends every backend of an earlier process and waits for it."""
    left = [
        await asyncpg.connect(
            ledger.database.app, server_settings={"application_name": application_name(node, role)}
        )
        for node, role in ((1, "settlement"), (1, "pool"), (2, "lease"))
    ]
    mine = await asyncpg.connect(
        ledger.database.app, server_settings={"application_name": application_name(1, "lease")}
    )

    assert await end_predecessors(mine) == 3
    assert await backends(ledger.database) == {mine.get_server_pid()}
    assert await mine.fetchval("SELECT 1") == 1
    assert await ledger.app.fetchval("SELECT 1") == 1, "who has another name is let be"
    assert await end_predecessors(mine) == 0
    for connection in left:
        connection.terminate()
    await mine.close()


async def test_other_databases_are_spared(ledger: Ledger) -> None:
    """A casino that shares the PostgreSQL server with another ends no backend of that one."""
    settings = {"application_name": application_name(1)}
    async with copy_of(ledger.database.cluster, "template0") as other:
        neighbour = await asyncpg.connect(other.app, server_settings=settings)
        assert await end_predecessors(ledger.app) == 0
        assert await neighbour.fetchval("SELECT 1") == 1
        await neighbour.close()
