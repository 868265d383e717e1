"""Tests of the fences of shared tables."""

# ruff: noqa: ASYNC110 - what is waited for happens in the database

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from server.cluster import fences as module
from server.database.errors import DATABASE_ERRORS
from server.ledger.backend import application_name
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.cluster.nodes import Node, Nodes, until

TABLE = 7


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let leases be short, in the same proportions."""
    monkeypatch.setattr(module, "LEASE_S", 0.6)
    monkeypatch.setattr(module, "RENEW_S", 0.15)
    monkeypatch.setattr(module, "MARGIN_S", 0.05)
    monkeypatch.setattr(module, "LOCK_TIMEOUT_MS", 200)


class Clock:
    """A clock that can be set ahead."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        """Return the seconds."""
        return module.steady_clock_s() + self.ahead_s


async def taken(node: Node, table: int = TABLE) -> int:
    """Return the epoch under which a node took a table, as soon as it could."""
    async with asyncio.timeout(PATIENCE_S):
        while (epoch := await node.fences.take(table)) is None:
            await asyncio.sleep(0.01)
    return epoch


async def renewed(node: Node) -> None:
    """Wait until a node's lease has been renewed once more."""
    deadline_s = node.fences._deadline_s
    await until(lambda: node.fences._deadline_s > deadline_s)


async def check(nodes: Nodes, epoch: int, table: int = TABLE) -> bool:
    """Return what settling would find."""
    return bool(await nodes.execute("SELECT fence_check($1, $2)", table, epoch))


# -- taking and releasing -------------------------------------------------------------------------


async def test_table_is_taken_once(nodes: Nodes) -> None:
    """Law 3: of two nodes that take a table one gets it; each owner has a higher epoch."""
    first, second = await nodes.add(), await nodes.add()
    await first.fences.want(TABLE)

    epochs = await asyncio.gather(first.fences.take(TABLE), second.fences.take(TABLE))

    assert sorted(epochs, key=str) == [1, None]
    owner, other = (first, second) if epochs[0] else (second, first)
    assert owner.fences.owns(TABLE, 1)
    assert owner.fences.owned == {TABLE: 1}
    assert not owner.fences.owns(TABLE, 2)
    assert not other.fences.owns(TABLE, 1)
    assert await other.fences.take(TABLE) is None
    assert await owner.fences.take(TABLE) is None

    assert await owner.fences.release(TABLE)
    assert not owner.fences.owns(TABLE, 1)
    assert not await owner.fences.release(TABLE)
    assert not await check(nodes, 1), "what the old owner still sends is fenced at once"
    assert await other.fences.take(TABLE) == 3, "the release has an epoch of its own"
    assert await check(nodes, 3)


async def test_takers_race(nodes: Nodes) -> None:
    """However many take however many tables, each has one owner, whom the database names too."""
    some = [await nodes.add() for _ in range(4)]
    for table in range(12):
        await some[0].fences.want(table)

    await asyncio.gather(*(node.fences.take(table) for node in some for table in range(12)))

    owned = [table for node in some for table in node.fences.owned]
    assert sorted(owned) == list(range(12))
    for node in some:
        for table, epoch in node.fences.owned.items():
            assert epoch == 1
            assert node.number.node == await nodes.execute(
                "SELECT node FROM fence WHERE shared_table = $1", table
            )


async def test_taker_that_was_second(nodes: Nodes) -> None:
    """Who waited for the fence while another took the table looks again, and leaves it to him."""
    first, second = await nodes.add(), await nodes.add()
    await first.fences.want(TABLE)
    async with nodes.database.connected("app") as taking:
        await taking.execute("SET search_path = croupier; BEGIN")
        assert await taking.fetchval("SELECT fence_take($1, $2)", TABLE, first.fences.lease) == 1
        waiting = asyncio.create_task(second.fences.take(TABLE))
        async with nodes.database.connected("superuser") as observer:
            while not await observer.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND application_name = $1",
                application_name(second.number.node, "takeover"),
            ):
                await asyncio.sleep(0.002)
        await taking.execute("COMMIT")
        assert await waiting is None
    assert await check(nodes, 1)


async def test_restore_leaves_no_owner(nodes: Nodes) -> None:
    """After a restore every table has a higher epoch than was ever told, and no owner."""
    owner = await nodes.add()
    await owner.fences.want(TABLE)
    await owner.fences.take(TABLE)
    await nodes.execute("SELECT after_restore()")
    await until(lambda: owner.lost)
    assert await taken(owner) == 1_002


async def test_table_that_nobody_wants(nodes: Nodes) -> None:
    """A table that is unknown or closed is not taken, and is not among the free."""
    node = await nodes.add()
    assert await node.fences.take(TABLE) is None
    await node.fences.want(TABLE)
    assert (await node.fences.free()).tables == (TABLE,)
    await node.fences.want(TABLE, wanted=False)
    assert await node.fences.take(TABLE) is None
    assert (await node.fences.free()) == ((), {node.fences.lease: 0}, 0)


async def test_what_an_election_is_about(nodes: Nodes) -> None:
    """Free tables, and the nodes that live and take more, least first."""
    one, two, three = [await nodes.add() for _ in range(3)]
    for table in (3, 1, 2, 4):
        await one.fences.want(table)
    await one.fences.take(2)
    three.fences.draining = True
    assert await three.fences.take(1) is None, "who drains takes nothing"

    async with asyncio.timeout(PATIENCE_S):
        while three.fences.lease in (free := await one.fences.free()).owned:
            await asyncio.sleep(0.01)

    assert free.tables == (1, 3, 4)
    assert list(free.owned.items()) == [(two.fences.lease, 0), (one.fences.lease, 1)]
    assert free.wanted == 4


# -- the lease ------------------------------------------------------------------------------------


async def test_dead_owner_is_replaced_after_its_lease(nodes: Nodes) -> None:
    """A killed owner's table is free when its lease has run out, and not before."""
    dying, taker = await nodes.add(), await nodes.add()
    await dying.fences.want(TABLE)
    assert await dying.fences.take(TABLE) == 1
    loop = asyncio.get_running_loop()
    dying.die()
    began = loop.time()

    assert await taker.fences.take(TABLE) is None
    assert await taken(taker) == 2
    assert loop.time() - began > module.LEASE_S - module.RENEW_S - 0.1
    assert not await check(nodes, 1)


async def test_owner_stops_by_itself(nodes: Nodes) -> None:
    """An owner that cannot renew lets go before anybody may take the table, without being told."""
    owner, taker = await nodes.add(), await nodes.add()
    await owner.fences.want(TABLE)
    await owner.fences.take(TABLE)
    owner.fences._url = lambda: "postgresql://nobody@127.0.0.1:1/x"
    owner.fences._renewing.terminate()

    await until(lambda: owner.lost)

    assert owner.lost == [(TABLE, 1)]
    assert not owner.fences.owns(TABLE, 1)
    left = await nodes.execute(
        "SELECT extract(epoch FROM expires_at - clock_timestamp())::float8 FROM fence_lease"
        " WHERE id = (SELECT lease FROM fence)"
    )
    assert left > 0, "the owner was first"
    assert owner.fences.expired == 1
    assert await taken(taker) == 2


async def test_lease_counts_from_before_the_renewal_was_sent(nodes: Nodes) -> None:
    """A renewal that was long on its way does not prolong what the owner believes."""
    clock = Clock()
    owner = await nodes.add(clock_s=clock)
    await owner.fences.want(TABLE)
    await owner.fences.take(TABLE)
    renewing, before_s = owner.fences._renewing, owner.fences._deadline_s

    asked: list[float] = []

    class Slow:
        """A connection on which answers take half as long as a lease."""

        def __getattr__(self, name: str) -> Any:
            return getattr(renewing, name)

        async def fetchrow(self, *arguments: Any, **more: Any) -> Any:
            asked.append(clock())
            row = await renewing.fetchrow(*arguments, **more)
            clock.ahead_s += module.LEASE_S / 2
            return row

    owner.fences._renewing = Slow()
    await until(lambda: asked)
    await until(lambda: owner.fences._deadline_s != before_s)

    assert owner.fences._deadline_s <= asked[0] + module.LEASE_S


async def test_owner_that_was_asleep_acts_for_nothing(nodes: Nodes) -> None:
    """The moment a process goes on after a stop, it knows that it owns nothing (law 3)."""
    clock = Clock()
    owner = await nodes.add(clock_s=clock)
    await owner.fences.want(TABLE)
    await owner.fences.take(TABLE)

    clock.ahead_s = module.LEASE_S

    assert not owner.fences.owns(TABLE, 1), "before any task has run"
    assert owner.fences.owned == {}
    await until(lambda: owner.lost)
    assert await taken(owner) == 2, "it takes a new lease, and the table under a new epoch"


async def test_lease_that_ran_out_is_not_prolonged(nodes: Nodes) -> None:
    """A renewal that comes late finds its lease gone, whatever the owner's own clock says."""
    owner = await nodes.add()
    await owner.fences.want(TABLE)
    await owner.fences.take(TABLE)
    lease = owner.fences.lease

    await nodes.execute("UPDATE fence_lease SET expires_at = clock_timestamp()")
    await until(lambda: owner.lost)
    await until(lambda: owner.fences.live)

    assert owner.fences.lease != lease
    assert await taken(owner) == 2


async def test_step_of_the_machines_clock(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """K2: a step of the wall clock neither ends nor prolongs a lease."""
    owner = await nodes.add()
    await owner.fences.want(TABLE)
    await owner.fences.take(TABLE)
    real = time.time
    for step_s in (-86_400, 86_400):
        monkeypatch.setattr(time, "time", lambda step_s=step_s: real() + step_s)
        await renewed(owner)
        assert owner.fences.owns(TABLE, 1)
    assert not owner.lost


async def test_step_of_the_databases_clock(nodes: Nodes) -> None:
    """A lease that looks endless since the database's clock was set back still moves by its fence.

    And one that looks over is lost, and nothing of it settles.
    """
    owner, taker = await nodes.add(), await nodes.add()
    await owner.fences.want(TABLE)
    await owner.fences.take(TABLE)
    await nodes.execute(
        "UPDATE fence_lease SET expires_at = expires_at + interval '1 day' WHERE id = $1",
        owner.fences.lease,
    )
    await renewed(owner)
    assert await taker.fences.take(TABLE) is None

    await nodes.execute(
        "UPDATE fence_lease SET expires_at = expires_at - interval '1 day' WHERE id = $1",
        owner.fences.lease,
    )
    assert await taken(taker) == 2
    await until(lambda: owner.lost == [(TABLE, 1)])
    assert not await check(nodes, 1)


async def test_table_taken_from_a_living_owner(nodes: Nodes) -> None:
    """An owner believes the database within a renewal that a table is another's."""
    owner = await nodes.add()
    for table in (1, 2):
        await owner.fences.want(table)
        await owner.fences.take(table)

    await nodes.execute(
        "UPDATE fence SET epoch = 9, lease = NULL, node = NULL WHERE epoch = 1 AND shared_table = 1"
    )

    await until(lambda: owner.lost == [(1, 1)])
    assert owner.fences.owned == {2: 1}


async def test_take_whose_answer_was_lost(nodes: Nodes) -> None:
    """A table that the database has given and nobody runs is given back."""
    owner, other = await nodes.add(), await nodes.add()
    await owner.fences.want(TABLE)
    await nodes.execute("SELECT fence_take($1, $2)", TABLE, owner.fences.lease)

    assert await taken(other) == 3
    assert owner.fences.owned == {}


async def test_stop_frees_everything_at_once(nodes: Nodes) -> None:
    """Who leaves in order keeps nobody waiting, and forgets its lease's row in time."""
    leaving, taker = await nodes.add(), await nodes.add()
    await leaving.fences.want(TABLE)
    await leaving.fences.take(TABLE)

    await leaving.fences.stop()

    assert leaving.lost == [(TABLE, 1)]
    assert await taker.fences.take(TABLE) == 2
    assert leaving.fences.expired == 0
    await leaving.fences.start()
    assert await nodes.execute("SELECT count(*) FROM fence_lease") == 2


async def test_database_that_is_gone_for_a_moment(nodes: Nodes) -> None:
    """Connections that are ended are made again; a lease that was renewed in time goes on."""
    owner = await nodes.add()
    await owner.fences.want(TABLE)
    await owner.fences.take(TABLE)
    async with nodes.database.connected("superuser") as superuser:
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
            " AND application_name = ANY ($2)",
            nodes.database.name,
            [application_name(owner.number.node, role) for role in ("fences", "takeover")],
        )
    await renewed(owner)

    assert owner.fences.owns(TABLE, 1)
    await owner.fences.want(8)
    assert await taken(owner, 8) == 1


# -- late owners ----------------------------------------------------------------------------------


@asynccontextmanager
async def settling(nodes: Nodes, node: Node, *, recorded: bool) -> AsyncIterator[Any]:
    """Yield a connection of a node that is in the middle of a call that settles at the table."""
    role = "settlement" if not recorded else "pool"
    connection = await asyncpg.connect(
        nodes.database.app,
        server_settings={
            "search_path": "croupier",
            "application_name": application_name(node.number.node, role),
        },
    )
    if recorded:
        node.backends.append(connection.get_server_pid())
    await connection.execute("BEGIN")
    assert await connection.fetchval("SELECT fence_check($1, 1)", TABLE)
    try:
        yield connection
    finally:
        connection.terminate()


@pytest.mark.parametrize("recorded", [True, False])
async def test_late_owners_call_is_ended(nodes: Nodes, recorded: bool) -> None:
    """A call that holds the fence after its owner's lease is over is ended, and commits nothing."""
    owner, taker = await nodes.add(), await nodes.add()
    await owner.fences.want(TABLE)
    await owner.fences.take(TABLE)
    async with settling(nodes, owner, recorded=recorded) as call:
        await renewed(owner)
        owner.die()

        assert await taken(taker) == 2
        assert taker.fences.ended_backends == 1
        with pytest.raises(DATABASE_ERRORS):
            await call.execute("COMMIT")


async def test_living_owners_call_is_let_be(nodes: Nodes) -> None:
    """Nobody ends a call of an owner whose lease holds, nor one of anybody else."""
    owner, taker = await nodes.add(), await nodes.add()
    await owner.fences.want(TABLE)
    await owner.fences.take(TABLE)
    async with settling(nodes, owner, recorded=True) as call:
        assert await taker.fences.take(TABLE) is None
        await call.execute("COMMIT")
    assert taker.fences.ended_backends == 0
    async with (
        settling(nodes, taker, recorded=False) as mine,
        nodes.database.connected("owner") as stranger,
    ):
        await stranger.execute("BEGIN")
        await stranger.execute("SELECT FROM croupier.fence FOR SHARE")
        owner.die()
        waiting = asyncio.create_task(taken(taker))
        await until(lambda: not owner.fences.live)
        await asyncio.sleep(2 * module.LOCK_TIMEOUT_MS / 1000)
        await stranger.execute("COMMIT")
        await mine.execute("COMMIT")
        assert await waiting == 2


async def test_check_waits_for_nobody_and_nobody_for_it(nodes: Nodes) -> None:
    """Rule 1: calls at one table share its fence, and a beat of the lease waits for none."""
    owner = await nodes.add()
    await owner.fences.want(TABLE)
    await owner.fences.take(TABLE)
    async with (
        settling(nodes, owner, recorded=True),
        settling(nodes, owner, recorded=True),
    ):
        deadline_s = owner.fences._deadline_s
        await until(lambda: owner.fences._deadline_s > deadline_s + module.LEASE_S)
        assert owner.fences.owns(TABLE, 1)


@pytest.mark.parametrize("epoch", [0, 2, 2**40])
async def test_other_epoch_does_not_settle(nodes: Nodes, epoch: int) -> None:
    """Epochs are compared for equality; a table without a fence has none."""
    owner = await nodes.add()
    await owner.fences.want(TABLE)
    await owner.fences.take(TABLE)
    assert not await check(nodes, epoch)
    assert await check(nodes, 1)
    assert not await check(nodes, 1, table=8)


# -- real processes -------------------------------------------------------------------------------


@asynccontextmanager
async def process(database: Database) -> AsyncIterator[asyncio.subprocess.Process]:
    """Yield a process that owns the table and is in the middle of a call."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.server.cluster.owner", database.app, str(TABLE)),
        str(module.LEASE_S),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


async def said(child: asyncio.subprocess.Process) -> Any:
    """Return what a process says next, beside its log."""
    assert child.stdout is not None
    while not (line := await asyncio.wait_for(child.stdout.readline(), 30)).startswith(b"{"):
        assert line, "it has ended"
    return json.loads(line)


async def test_stopped_process_keeps_nothing(nodes: Nodes) -> None:
    """A process stopped in the middle of a call loses table and locks; when it goes on, it knows.

    Neither what it had not committed nor what it sends afterwards is taken.
    """
    taker = await nodes.add()
    await taker.fences.want(TABLE)
    async with process(nodes.database) as child:
        assert await said(child) == {"epoch": 1}
        child.send_signal(signal.SIGSTOP)

        assert await taken(taker) == 2
        assert taker.fences.ended_backends == 1

        child.send_signal(signal.SIGCONT)
        assert await said(child) == {"owns": False, "committed": False, "check": False}
    assert taker.fences.owns(TABLE, 2)


async def test_killed_process_is_replaced(nodes: Nodes) -> None:
    """After `kill -9` in the middle of a call the table is had as soon as the lease is over."""
    taker = await nodes.add()
    await taker.fences.want(TABLE)
    async with process(nodes.database) as child:
        assert await said(child) == {"epoch": 1}
        child.kill()
        loop = asyncio.get_running_loop()
        began = loop.time()
        assert await taken(taker) == 2
        assert loop.time() - began < module.LEASE_S + 2
