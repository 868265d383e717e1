"""Tests of who takes a table without an owner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.cluster import election as module, fences
from server.cluster.election import Election, plan
from server.cluster.fences import Free
from tests.server.cluster.faulty import new_random
from tests.server.cluster.nodes import Node, Nodes, until


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let leases be short and looks frequent."""
    monkeypatch.setattr(fences, "LEASE_S", 0.6)
    monkeypatch.setattr(fences, "RENEW_S", 0.15)
    monkeypatch.setattr(module, "LOOK_S", 0.05)
    monkeypatch.setattr(module, "GRACE_S", 0.3)


# -- the plan -------------------------------------------------------------------------------------


def test_tables_go_to_whoever_owns_least() -> None:
    """Each table in turn goes to the node that has least by then, the lower lease at a tie."""
    assert plan(Free((1, 2, 3, 4), {8: 0, 5: 1, 6: 3}, 8)) == {8: [1, 2], 5: [3, 4], 6: []} or plan(
        Free((1, 2, 3, 4), {8: 0, 5: 1, 6: 3}, 8)
    ) == {8: [1, 3], 5: [2, 4], 6: []}


def test_nobody_to_take_them() -> None:
    """Without a living node, or a free table, there is nothing to plan."""
    assert plan(Free((1, 2), {}, 2)) == {}
    assert plan(Free((), {1: 0}, 2)) == {1: []}


def test_plan_is_even_and_whole() -> None:
    """Every free table is planned for once, and nobody could be relieved by moving one."""
    random = new_random()
    for _ in range(300):
        owned = {lease: random.randrange(10) for lease in range(1, random.randrange(2, 8))}
        tables = tuple(range(random.randrange(30)))
        found = plan(Free(tables, owned, 0))

        assert sorted(table for mine in found.values() for table in mine) == list(tables)
        after = {lease: owned[lease] + len(mine) for lease, mine in found.items()}
        for lease, mine in found.items():
            if mine:
                assert after[lease] <= min(after.values()) + 1


# -- elections ------------------------------------------------------------------------------------


class Campaign:
    """Nodes that hold elections."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self.taken: dict[Node, list[tuple[int, int]]] = {}
        self.elections: dict[Node, Election] = {}
        self.tasks: dict[Node, asyncio.Task[None]] = {}

    async def add(self, taken: Any = None) -> Node:
        """Start a node that takes tables."""
        node = await self.nodes.add()
        mine = self.taken[node] = []
        election = Election(
            node.fences, taken or (lambda table, epoch: mine.append((table, epoch)))
        )
        self.elections[node] = election
        self.tasks[node] = asyncio.ensure_future(election.run())
        return node

    def count(self, node: Node) -> int:
        """Return how many tables a node owns."""
        return len(node.fences.owned)

    async def close(self) -> None:
        """End all elections."""
        for task in self.tasks.values():
            task.cancel()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)


@pytest.fixture
async def campaign(nodes: Nodes) -> AsyncIterator[Campaign]:
    """Elections among nodes that share a database."""
    campaign = Campaign(nodes)
    yield campaign
    await campaign.close()


async def test_tables_are_spread_evenly(campaign: Campaign) -> None:
    """Nodes share the tables evenly, and a dead one's go to the others, within the lease."""
    some = [await campaign.add() for _ in range(3)]
    for table in range(12):
        await some[0].fences.want(table)
    await until(lambda: sum(map(campaign.count, some)) == 12)
    assert sorted(map(campaign.count, some)) in ([4, 4, 4], [3, 4, 5])

    dead = some.pop()
    left = campaign.count(dead)
    campaign.tasks[dead].cancel()
    dead.die()
    loop = asyncio.get_running_loop()
    began = loop.time()
    await until(lambda: sum(map(campaign.count, some)) == 12)
    assert loop.time() - began < fences.LEASE_S + 1
    assert left
    assert all(campaign.taken[node][-1][1] == 2 for node in some if campaign.count(node) > 4)
    assert abs(campaign.count(some[0]) - campaign.count(some[1])) <= 1


async def test_released_table_goes_to_another(campaign: Campaign) -> None:
    """A node that drains takes nothing, and what it releases is taken by the others."""
    one = await campaign.add()
    for table in range(4):
        await one.fences.want(table)
    await until(lambda: campaign.count(one) == 4)
    two = await campaign.add()
    one.fences.drain()
    for table in range(4):
        await one.fences.release(table)
        campaign.elections[two].look()
    await until(lambda: campaign.count(two) == 4)
    assert one.lost == []
    assert campaign.count(one) == 0


async def test_table_planned_for_a_node_that_does_not_come(campaign: Campaign) -> None:
    """A table that its node does not take is taken by another after a while."""
    lazy = await campaign.nodes.add()
    eager = await campaign.add()
    loop = asyncio.get_running_loop()
    began = loop.time()
    await lazy.fences.want(1)
    await eager.fences.want(2)
    await until(lambda: campaign.count(eager) == 2)
    assert loop.time() - began > module.GRACE_S
    assert campaign.elections[eager].free in {0, 1}


async def test_table_that_cannot_be_run(campaign: Campaign) -> None:
    """A node that cannot run a table leaves it to the others."""

    def refuse(table: int, epoch: int) -> None:
        raise RuntimeError

    unable = await campaign.add(refuse)
    await unable.fences.want(1)
    await until(lambda: campaign.elections[unable]._avoided_until_s)
    able = await campaign.add()
    await until(lambda: campaign.taken[able])
    assert campaign.taken[able][0][0] == 1
    assert campaign.count(unable) == 0


async def test_database_that_is_gone(campaign: Campaign) -> None:
    """An election that fails is held again."""
    node = await campaign.add()
    url, node.fences._url = node.fences._url, lambda: "postgresql://nobody@127.0.0.1:1/x"
    async with node.fences._lock:
        node.fences._drop_taking()
    await asyncio.sleep(0.1)
    node.fences._url = url
    await node.fences.want(1)
    await until(lambda: campaign.count(node) == 1)
