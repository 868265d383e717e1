"""Tests of when a node hands tables over so that all own about as many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from server.cluster import balance as module, election, fences
from server.cluster.balance import Balancer, Shares, surplus
from server.cluster.bus import Bus
from server.cluster.election import Election, plan
from server.cluster.fences import Free
from tests.server.cluster.faulty import new_random
from tests.server.cluster.nodes import Node, Nodes, until


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let leases be short, looks frequent and calm soon."""
    monkeypatch.setattr(fences, "LEASE_S", 0.9)
    monkeypatch.setattr(fences, "RENEW_S", 0.15)
    monkeypatch.setattr(election, "LOOK_S", 0.05)
    monkeypatch.setattr(election, "GRACE_S", 0.2)
    monkeypatch.setattr(module, "LOOK_S", 0.005)
    monkeypatch.setattr(module, "CALM_S", 0.05)
    monkeypatch.setattr(module, "FRESH_S", 0.4)
    monkeypatch.setattr(module, "FIRST_WAIT_S", 0.2)
    monkeypatch.setattr(module, "HEARD_S", 0.3)


# -- the plan -------------------------------------------------------------------------------------


def test_whoever_owns_more_than_his_share_gives_the_rest() -> None:
    """A node that joins is given its share, by each of the others what it has too much."""
    assert surplus({1: 6, 2: 6, 3: 0}, 1) == {1: 2, 2: 2, 3: 0}
    assert surplus({1: 3, 2: 3, 3: 1}, 1) == {1: 0, 2: 1, 3: 0}
    assert surplus({7: 9}, 1) == {7: 0}
    assert surplus({}, 1) == {}


def test_what_is_even_enough_is_left_alone() -> None:
    """A difference of one table is none, nor is one within the tolerance."""
    assert surplus({1: 4, 2: 3, 3: 3}, 1) == {1: 0, 2: 0, 3: 0}
    assert surplus({1: 8, 2: 5, 3: 5}, 3) == {1: 0, 2: 0, 3: 0}
    assert surplus({1: 9, 2: 5, 3: 5}, 3) == {1: 2, 2: 0, 3: 0}


def test_no_table_is_given_twice() -> None:
    """In whatever order nodes give and take, all end even, and no move was one too many."""
    random = new_random()
    for _ in range(500):
        owned = {
            lease: random.choice((0, random.randrange(40)))
            for lease in range(2, 2 + random.randrange(1, 7))
        }
        spread = random.choice((1, 1, 1, 2, 5))
        due = sum(surplus(owned, spread).values()) if spread == 1 else None
        moves = 0
        while any((given := surplus(owned, spread)).values()):
            givers = [lease for lease, over in given.items() if over]
            givers = random.sample(givers, random.randrange(1, len(givers) + 1))
            for lease in givers:
                owned[lease] -= 1
            least_first = dict(sorted(owned.items(), key=lambda each: (each[1], each[0])))
            for lease, mine in plan(Free(tuple(range(len(givers))), least_first, 0)).items():
                assert not (mine and lease in givers), "it came back"
                owned[lease] += len(mine)
            moves += len(givers)
        assert max(owned.values()) - min(owned.values()) <= spread
        assert due is None or moves == due


# -- nodes ----------------------------------------------------------------------------------------


class Casino:
    """Nodes that hold elections and hand over at once what they are to give."""

    def __init__(self, nodes: Nodes, pool: Any) -> None:
        self.nodes = nodes
        self.pool = pool
        self.bus = Bus()
        self.balancers: dict[Node, Balancer] = {}
        self.moves: list[int] = []
        self.tasks: dict[Node, list[asyncio.Task[Any]]] = {}

    async def add(self, state: str = "ready", program: str = "1") -> Node:
        """Start a node."""
        node = await self.nodes.add()
        balancer = self.balancers[node] = Balancer(
            node.fences, self.pool, self.bus, node.number.node
        )
        balancer.pause_s = 0.02
        elected = Election(node.fences, lambda table, _: balancer.took(table))
        tasks = self.tasks[node] = [asyncio.ensure_future(elected.run())]

        def give(wanted: bool) -> None:
            if wanted:
                table = min(node.fences.owned)
                balancer.gave(table)
                self.moves.append(table)
                tasks.append(asyncio.ensure_future(node.fences.release(table)))

        balancer.give = give
        await self.announce(node, state, program)
        tasks.append(asyncio.ensure_future(balancer.run()))
        return node

    async def announce(self, node: Node, state: str, program: str = "1") -> None:
        """Have a node tell its state and its program."""
        number = node.number
        await self.pool.execute(
            "SELECT node_announce($1, $2, '', '', $3, $4)",
            number.node,
            number.epoch,
            program,
            state,
        )

    async def tables(self, node: Node, count: int) -> None:
        """Have so many tables; the node owns them, as it is alone."""
        for table in range(count):
            await node.fences.want(table)
        await until(lambda: self.owned(node) == [count])

    def owned(self, *nodes: Node) -> list[int]:
        """Return how many tables each owns."""
        return [len(node.fences.owned) for node in nodes]

    async def looks(self, node: Node, times: int = 15) -> None:
        """Wait until a node has looked so often."""
        balancer = self.balancers[node]
        looked, read = 0, balancer._read

        async def count() -> Shares:
            nonlocal looked
            looked += 1
            return await read()

        balancer._read = count  # type: ignore[method-assign]
        await until(lambda: looked >= times)
        balancer._read = read  # type: ignore[method-assign]

    async def close(self) -> None:
        """End everything."""
        tasks = [task for mine in self.tasks.values() for task in mine]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def casino_of(nodes: Nodes) -> AsyncIterator[Casino]:
    """Nodes that share a database, where there are none yet."""
    pool = await asyncpg.create_pool(
        nodes.database.app, min_size=1, max_size=2, server_settings={"search_path": "croupier"}
    )
    casino = Casino(nodes, pool)
    yield casino
    await casino.close()
    await pool.close()


async def test_two_nodes_that_join_at_once_get_their_shares(casino_of: Casino) -> None:
    """Both get theirs, each table moves once, and then nothing moves any more."""
    casino = casino_of
    first = await casino.add()
    await casino.tables(first, 8)
    some = [first, await casino.add(), await casino.add()]
    await until(lambda: sorted(casino.owned(*some)) == [2, 3, 3])
    assert len(casino.moves) == len(set(casino.moves)) == 5
    for node in some:
        await casino.looks(node)
    assert len(casino.moves) == 5
    assert sum(casino.owned(*some)) == 8
    assert all(balancer.in_vain == 0 for balancer in casino.balancers.values())
    assert all(balancer.over == 0 for balancer in casino.balancers.values())


async def test_nothing_is_given_while_a_node_comes_or_goes(casino_of: Casino) -> None:
    """Not to one that is not ready, not while one drains, not beside another program version."""
    casino = casino_of
    first = await casino.add()
    await casino.tables(first, 4)
    second = await casino.add("starting")
    await casino.looks(first, 30)
    await casino.announce(second, "ready", "2")
    await casino.looks(first)
    third = await casino.add()
    third.fences.drain()
    await casino.announce(second, "ready")
    await casino.looks(first)
    assert casino.moves == []
    await third.fences.stop()
    await until(lambda: casino.owned(first, second) == [2, 2])


async def test_nothing_is_given_to_a_node_that_the_bus_does_not_reach(casino_of: Casino) -> None:
    """Its tables would stand still for everybody elsewhere; it gets its share when it is heard."""
    casino = casino_of
    first = await casino.add()
    await casino.tables(first, 4)
    here, casino.bus = casino.bus, Bus()
    second = await casino.add()
    await casino.looks(first, 30)
    assert casino.moves == []
    casino.balancers[second]._bus = here
    await until(lambda: casino.owned(first, second) == [2, 2])


async def test_a_node_that_drains_gives_nothing_for_balance(casino_of: Casino) -> None:
    """What it owns it hands over by draining."""
    casino = casino_of
    first = await casino.add()
    await casino.tables(first, 4)
    first.fences.draining = True
    await casino.add()
    await casino.looks(first, 30)
    assert casino.moves == []


async def test_nothing_is_given_in_the_middle_of_a_takeover(casino_of: Casino) -> None:
    """What a node died over comes back, and the rest waits until the dead one's lease is over."""
    casino = casino_of
    first = await casino.add()
    await casino.tables(first, 6)
    casino.balancers[first].spread = 0
    second, third = await casino.add(), await casino.add()
    for task in casino.tasks[third]:
        task.cancel()
    third.die()
    casino.balancers[first].spread = 1
    dead = third.fences.lease
    assert dead in (await casino.balancers[first]._read()).owned
    await until(lambda: casino.owned(first, second) == [3, 3])
    assert dead not in (await casino.balancers[first]._read()).owned
    assert len(casino.moves) - casino.balancers[first].in_vain == 3


async def test_a_tolerance_of_none(casino_of: Casino) -> None:
    """With 0 the nodes are not even looked at."""
    casino = casino_of
    first = await casino.add()
    await casino.tables(first, 2)
    balancer = casino.balancers[first]
    balancer.spread = 0
    shares = balancer._read
    looked = asyncio.Event()

    async def read() -> Shares:
        looked.set()
        return await shares()

    balancer._read = read  # type: ignore[method-assign]
    second = await casino.add()
    casino.balancers[second].spread = 0
    await asyncio.sleep(6 * module.CALM_S)  # nothing tells that nothing will happen
    assert not looked.is_set()
    assert casino.owned(first, second) == [2, 0]


async def test_a_free_table_is_no_time_to_give(casino_of: Casino) -> None:
    """A table that nobody can run keeps all the others where they are."""
    casino = casino_of
    first = await casino.add()
    await casino.tables(first, 4)
    balancer = casino.balancers[first]
    balancer.spread = 0
    await casino.nodes.execute("INSERT INTO fence (shared_table) VALUES (99)")
    casino.tasks[first][0].cancel()
    await casino.nodes.execute("UPDATE fence SET lease = NULL, node = NULL WHERE shared_table = 99")
    assert not (await balancer._read()).steady
    assert not balancer._due(await balancer._read())


# -- what comes back ------------------------------------------------------------------------------


async def test_a_table_that_comes_back_makes_the_next_one_wait(
    casino_of: Casino, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time twice as long, up to a bound; one that stays away ends that."""
    monkeypatch.setattr(module, "FIRST_WAIT_S", 10.0)
    node = await casino_of.nodes.add()
    now = [1_000.0]
    balancer = Balancer(node.fences, casino_of.pool, Bus(), 1, clock_s=lambda: now[0])
    assert node.fences.lease is not None
    shares = Shares({node.fences.lease: 5, -1: 0}, steady=True)
    assert not balancer._due(shares)
    now[0] += 1
    assert balancer._due(shares)
    waits = []
    for _ in range(7):
        balancer.gave(3)
        balancer.took(3)
        before = now[0]
        while not balancer._due(shares):
            now[0] += 1
        waits.append(now[0] - before)
    assert waits == [10, 20, 40, 80, 160, 320, 600]
    assert balancer.in_vain == 7
    balancer.gave(4)
    now[0] += module.IN_VAIN_S + 1
    assert balancer._due(shares)
    balancer.gave(5)
    balancer.took(5)
    assert balancer._not_before_s == now[0] + module.FIRST_WAIT_S
    balancer.took(6)
    assert balancer.in_vain == 8


async def test_a_pause_after_each_table(casino_of: Casino) -> None:
    """A node that has given a table waits a while before it gives another."""
    node = await casino_of.nodes.add()
    now = [1_000.0]
    balancer = Balancer(node.fences, casino_of.pool, Bus(), 1, clock_s=lambda: now[0])
    balancer.pause_s = 2.0
    assert node.fences.lease is not None
    shares = Shares({node.fences.lease: 5, -1: 0}, steady=True)
    balancer._due(shares)
    now[0] += 1
    assert balancer._due(shares)
    assert balancer.over == 2
    balancer.gave(1)
    now[0] += 1.9
    assert not balancer._due(shares)
    now[0] += 0.2
    assert balancer._due(shares)


async def test_a_database_that_is_away(casino_of: Casino, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is given while shares cannot be read, and it goes on afterwards."""
    casino = casino_of
    first = await casino.add()
    await casino.tables(first, 2)

    async def away(_: Balancer) -> Shares:
        raise OSError

    told: list[bool] = []
    balancer = casino.balancers[first]
    give = balancer.give
    balancer.give = lambda wanted: (told.append(wanted), give(wanted))[1]  # type: ignore[func-returns-value]
    with monkeypatch.context() as patched:
        patched.setattr(Balancer, "_read", away)
        await until(lambda: told)
        second = await casino.add()
        assert not any(told)
    await until(lambda: casino.owned(first, second) == [1, 1])
