"""Tests of the lease of a node number."""

# ruff: noqa: ASYNC110 - what is waited for happens in the database

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from server.ledger import lease as module
from server.ledger.ids import clock_ms
from server.ledger.lease import NodeInUse, NodeLease
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.ledger.ledger import NODE


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beat fast and lose patience soon."""
    monkeypatch.setattr(module, "BEAT_S", 0.02)
    monkeypatch.setattr(module, "_PATIENCE_S", 0.4)


@asynccontextmanager
async def held(
    database: Database, node: int = NODE, *, shared: bool = False
) -> AsyncIterator[NodeLease]:
    """Yield an acquired lease and release it."""
    lease = NodeLease(lambda: database.app, node, shared=shared)
    await lease.acquire()
    try:
        yield lease
    finally:
        await lease.release()


@asynccontextmanager
async def kept(lease: NodeLease, fenced: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
    """Let a lease beat meanwhile."""
    keeping = asyncio.create_task(lease.keep(lambda: [4711], fenced))
    try:
        yield
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


async def until(condition: Callable[[], bool]) -> None:
    """Return once *condition* holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.005)


async def leases(database: Database) -> int:
    """Return how many connections hold or want a lease."""
    async with database.connected("superuser") as observer:
        return int(
            await observer.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = $1"
                " AND application_name LIKE 'croupier node % lease'",
                database.name,
            )
        )


async def silence(database: Database, seconds: int) -> None:
    """Make the last heartbeat so old."""
    async with database.connected("owner") as owner:
        await owner.execute(
            "UPDATE croupier.node_heartbeat SET at = clock_timestamp() - $1 * interval '1 s'",
            seconds,
        )


async def test_each_start_is_a_new_epoch(database: Database) -> None:
    """Rule 15: a node starts under a higher epoch than ever and knows the highest id."""
    async with held(database) as first:
        assert (first.epoch, first.high_water, first.healthy) == (1, 0, True)
    assert not first.healthy
    async with database.connected("owner") as owner:
        await owner.execute("UPDATE croupier.node SET high_water = 77")
    async with held(database) as second:
        assert (second.epoch, second.high_water) == (2, 77)


async def test_second_server_is_refused(database: Database) -> None:
    """A second server beside a live one is told what to do, and leaves no connection."""
    async with held(database), held_not(database) as message:
        assert message == (
            "another server runs on this database; stop it, or take another database"
        )
        assert await leases(database) == 1


@asynccontextmanager
async def held_not(database: Database) -> AsyncIterator[str]:
    """Yield what a newcomer is told who does not get the lease."""
    with pytest.raises(NodeInUse) as caught:
        await NodeLease(lambda: database.app, NODE).acquire()
    while await leases(database) > 1:
        await asyncio.sleep(0.005)
    yield str(caught.value)


async def test_unreachable_database(database: Database) -> None:
    """Without a database the error is that of the connection."""
    with pytest.raises(OSError):  # noqa: PT011 - whichever the system gives
        await NodeLease(lambda: "postgresql://nobody@127.0.0.1:1/x", NODE).acquire()


async def test_silent_process_is_replaced(database: Database) -> None:
    """A process whose heartbeat is ten seconds old is ended and fenced."""
    fenced = asyncio.Event()
    async with held(database) as old:
        await silence(database, 11)
        async with held(database) as new:
            assert new.epoch == old.epoch + 1
            async with kept(old, fenced.set):
                await asyncio.wait_for(fenced.wait(), 10)
            assert not old.healthy
            async with kept(new):
                await silence(database, 11)
                await until(lambda: new.live)


async def test_quiet_process_is_left_alone(database: Database) -> None:
    """A heartbeat of less than ten seconds ago is that of a live process."""
    async with held(database):
        await silence(database, 8)
        async with held_not(database):
            pass


async def test_beats_tell_the_database(database: Database) -> None:
    """Each beat renews the heartbeat and tells which backends settle."""
    async with held(database) as lease, database.connected("owner") as owner:
        await silence(database, 5)
        async with kept(lease):
            while await owner.fetchval(
                "SELECT clock_timestamp() - at > interval '1 s' FROM croupier.node_heartbeat"
            ):
                await asyncio.sleep(0.005)
            while await owner.fetchval("SELECT backends FROM croupier.node") != [4711]:
                await asyncio.sleep(0.005)


async def test_lost_connection_is_made_again(database: Database) -> None:
    """A lease whose connection is lost is not held until it has its lock and its beat again."""
    async with held(database) as lease, database.connected("superuser") as superuser:
        first = lease._connection
        pid = first.get_server_pid()
        async with kept(lease):
            await superuser.execute("SELECT pg_terminate_backend($1)", pid)
            await until(lambda: lease._connection not in {None, first} and lease.live)
        assert lease.epoch == 1
        assert await superuser.fetchval(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = $1)",
            database.name,
        )


async def test_clock_that_is_off(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule 15: over two seconds off the database's clock the node takes nothing, from its start."""
    off = 3_000
    monkeypatch.setattr(module, "clock_ms", lambda: clock_ms() + off)
    async with held(database) as lease:
        assert not lease.healthy
        assert lease.drift_ms == pytest.approx(3_000, abs=500)
        off = -2_500
        async with kept(lease):
            await until(lambda: lease.drift_ms < 0)
            assert not lease.healthy
            off = 1_000
            await until(lambda: lease.healthy)


async def test_newcomer_that_is_ended_tries_on(database: Database) -> None:
    """A waiting server whose connection the winner has ended says that it was second."""
    async with held(database), database.connected("superuser") as superuser:
        waiting = asyncio.create_task(NodeLease(lambda: database.app, NODE).acquire())
        while await leases(database) < 2:
            await asyncio.sleep(0.005)
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity"
            " WHERE datname = $1 AND application_name LIKE '%lease'"
            " ORDER BY backend_start DESC LIMIT 1) newest",
            database.name,
        )

        with pytest.raises(NodeInUse):
            await waiting


async def test_backends_of_an_earlier_process_are_ended(database: Database) -> None:
    """Rule 4: nothing of an earlier process can still commit once the lease is had."""
    left = await asyncpg.connect(
        database.app, server_settings={"application_name": "croupier node 1 settlement"}
    )
    async with held(database):
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await left.execute("SELECT 1")
    left.terminate()


# -- several nodes --------------------------------------------------------------------------------


async def test_nodes_that_share_a_database_have_numbers_of_their_own(database: Database) -> None:
    """Rule 15: each node leases a free number, the one asked for if it is free; all live."""
    async with (
        held(database, 5, shared=True) as first,
        held(database, 5, shared=True) as second,
        held(database, 5, shared=True) as third,
    ):
        assert [lease.node for lease in (first, second, third)] == [5, 0, 1]
        assert all(lease.healthy for lease in (first, second, third))
        assert await leases(database) == 3
    async with held(database, 5, shared=True) as again:
        assert (again.node, again.epoch) == (5, 2), "a number that was given back is free"


async def test_newcomers_race_for_a_number(database: Database) -> None:
    """However many nodes start together, no two have one number."""
    nodes = [NodeLease(lambda: database.app, 1, shared=True) for _ in range(8)]
    await asyncio.gather(*(node.acquire() for node in nodes))
    assert sorted(node.node for node in nodes) == list(range(8))
    await asyncio.gather(*(node.release() for node in nodes))


async def test_server_that_is_alone_shares_with_nobody(database: Database) -> None:
    """A server without a bus is refused beside nodes, and a node beside such a server."""
    async with held(database, shared=True), held_not(database) as message:
        assert message.startswith("another server runs on this database")
    async with held(database):
        with pytest.raises(NodeInUse, match="a server without redis.url runs on this database"):
            await NodeLease(lambda: database.app, NODE, shared=True).acquire()


async def test_only_backends_of_the_same_number_are_ended(database: Database) -> None:
    """A newcomer ends what an earlier process of its number left, and nothing of another node."""
    left, other, similar = [
        await asyncpg.connect(database.app, server_settings={"application_name": name})
        for name in (
            "croupier node 1 settlement",
            "croupier node 2 settlement",
            "croupier node 12 settlement",
        )
    ]
    async with held(database, 1, shared=True) as lease:
        assert lease.node == 1
        assert await other.fetchval("SELECT 1") == 1
        assert await similar.fetchval("SELECT 1") == 1
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await left.execute("SELECT 1")
    for connection in (left, other, similar):
        connection.terminate()


async def test_number_of_a_silent_node(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no number is free that of a silent process is taken, and its process fenced."""
    monkeypatch.setattr(module, "MAXIMUM_NODE", 1)
    async with held(database, shared=True) as first, held(database, shared=True) as second:
        with pytest.raises(NodeInUse, match="all 2 node numbers are taken"):
            await NodeLease(lambda: database.app, NODE, shared=True).acquire()
        async with database.connected("owner") as owner:
            await owner.execute(
                "UPDATE croupier.node_heartbeat SET at = at - interval '11 s' WHERE node = $1",
                first.node,
            )
        fenced = asyncio.Event()
        async with held(database, shared=True) as third:
            assert (third.node, third.epoch) == (first.node, 2)
            async with kept(first, fenced.set):
                await asyncio.wait_for(fenced.wait(), 10)
            async with kept(second):
                await until(lambda: second.healthy)


async def test_shared_lease_is_made_again(database: Database) -> None:
    """A node whose connection is lost takes both of its locks again and keeps its number."""
    async with held(database, shared=True) as lease, database.connected("superuser") as superuser:
        first = lease._connection
        async with kept(lease):
            await superuser.execute("SELECT pg_terminate_backend($1)", first.get_server_pid())
            await until(lambda: lease._connection not in {None, first} and lease.live)
        assert (lease.node, lease.epoch) == (NODE, 1)
        async with held(database, shared=True) as other:
            assert other.node == 0
        assert await superuser.fetchval(
            "SELECT array_agg(objid::integer ORDER BY objid) FROM pg_locks"
            " WHERE locktype = 'advisory' AND granted AND pid = $1",
            lease._connection.get_server_pid(),
        ) == [0, 1 + NODE]
