"""Tests of who the nodes are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from server.cluster import members as module
from server.cluster.members import Members
from tests.server.cluster.faulty import Exchange
from tests.server.cluster.nodes import Nodes, until


@pytest.fixture
async def pool(nodes: Nodes) -> AsyncIterator[Any]:
    """Connections of the application."""
    async with asyncpg.create_pool(
        nodes.database.app,
        min_size=1,
        max_size=4,
        server_settings={"search_path": "croupier"},
    ) as pool:
        yield pool


async def test_nodes_know_each_other(nodes: Nodes, pool: Any) -> None:
    """Every node sees number, epoch, addresses, program and state of all, at once by the bus."""
    exchange = Exchange()
    all_: list[Members] = []
    for number in range(3):
        node = await nodes.add()
        all_.append(
            Members(
                exchange.add(),
                pool,
                node=node.number.node,
                epoch=node.number.epoch,
                program=f"1.{number}",
            )
        )
        all_[-1].http, all_[-1].gateway = f"10.0.0.{number}:8080", f"wss://{number}"
    running = [asyncio.ensure_future(members.run()) for members in all_]
    await asyncio.gather(*(members.announce("ready") for members in all_))
    first = all_[0]
    await until(lambda: len(first.alive) == 3, 0.8)

    one, zero, two = (first.find(number) for number in (0, 1, 2))
    assert one is not None
    assert zero is not None
    assert two is not None
    assert [member.node for member in first.all] == [0, 1, 2]
    assert (zero.http, zero.gateway, zero.program) == ("10.0.0.0:8080", "wss://0", "1.0")
    assert one.program == "1.1", "two versions side by side"
    assert abs(two.started_ms - time.time() * 1_000) < 10_000
    assert not zero.draining
    assert first.find(9) is None

    await all_[1].announce("draining")
    await until(lambda: (found := first.find(0)) is not None and found.draining, 0.8)
    await all_[1].announce("stopped")
    await until(lambda: [member.node for member in first.alive] == [1, 2], 0.8)
    assert len(first.all) == 3
    for task in running:
        task.cancel()
    for members in all_:
        members.close()


async def test_silent_node_is_not_alive(nodes: Nodes, pool: Any) -> None:
    """Who does not beat for three seconds by the database's clock is not among the living."""
    node, other = await nodes.add(), await nodes.add()
    exchange = Exchange()
    for one in (node, other):
        members = Members(exchange.add(), pool, node=one.number.node, epoch=one.number.epoch)
        await members.announce("ready")
    for seconds, alive in ((2, 2), (4, 1), (7_200, 1)):
        await nodes.execute(
            "UPDATE node_heartbeat SET at = clock_timestamp() - $2 * interval '1 s'"
            " WHERE node = $1",
            node.number.node,
            seconds,
        )
        await members.read()
        assert len(members.alive) == alive
    assert len(members.all) == 1, "one that was silent for hours is forgotten"


async def test_node_that_did_not_announce_itself(nodes: Nodes, pool: Any) -> None:
    """A process that restarts under the number is not taken for the one before it."""
    node = await nodes.add()
    members = Members(Exchange().add(), pool, node=node.number.node, epoch=node.number.epoch)
    assert members.state == "starting"
    await members.announce("ready")
    await members.read()
    assert [member.node for member in members.all] == [node.number.node]
    await nodes.execute("SELECT node_start($1)", node.number.node)
    await members.read()
    assert not members.all
    await members.announce("ready")
    await members.read()
    assert not members.all, "the fenced process changes nothing"


async def test_database_that_is_gone(
    nodes: Nodes, pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the database is away what was known stays known."""
    monkeypatch.setattr(module, "READ_S", 0.05)
    node = await nodes.add()
    members = Members(Exchange().add(), pool, node=node.number.node, epoch=node.number.epoch)
    await members.announce("ready")
    await members.read()

    class Gone:
        """A pool without a database."""

        async def fetch(self, *_arguments: Any, **_more: Any) -> Any:
            raise ConnectionRefusedError

    members._pool = Gone()
    running = asyncio.ensure_future(members.run())
    await asyncio.sleep(0.15)
    assert len(members.alive) == 1
    assert not running.done()
    running.cancel()
