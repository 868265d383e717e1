"""Tests of the directory of owners."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from server.cluster import owners as module
from server.cluster.owners import Changed, Owner, Owners
from tests.server.cluster.faulty import Exchange
from tests.server.cluster.nodes import Nodes, until

TABLE = 7


@pytest.fixture
async def pool(nodes: Nodes) -> AsyncIterator[Any]:
    """Connections of the application."""
    async with asyncpg.create_pool(
        nodes.database.app, min_size=1, max_size=2, server_settings={"search_path": "croupier"}
    ) as pool:
        yield pool


async def test_changes_are_heard_of_at_once(nodes: Nodes, pool: Any) -> None:
    """What one node tells every directory knows; what is older changes nothing."""
    exchange = Exchange()
    changes: list[tuple[int, Owner]] = []
    here = Owners(exchange.add(), pool, lambda *_: None)
    there = Owners(exchange.add(), pool, lambda table, owner: changes.append((table, owner)))
    assert there.find(TABLE) is None

    here.tell(TABLE, 5, 2)
    here.tell(TABLE, 5, 2)
    here.tell(TABLE, 4, 1)
    here.tell(TABLE, 6, None)
    await until(lambda: there.find(TABLE) == Owner(6, None))

    assert changes == [(TABLE, Owner(5, 2)), (TABLE, Owner(6, None))]
    assert here.all == there.all == {TABLE: Owner(6, None)}
    exchange.add().publish(module.TOPIC, Changed(TABLE, 9, 999))
    await until(lambda: exchange.buses[1].dropped["garbage"])
    assert len(there) == 1
    there.close()


async def test_what_was_told_wrongly_does_not_stay(nodes: Nodes, pool: Any) -> None:
    """An owner under an epoch that the database never had is forgotten when it is read next."""
    node = await nodes.add()
    await node.fences.want(TABLE)
    await node.fences.take(TABLE)
    exchange = Exchange()
    owners = Owners(exchange.add(), pool, lambda *_: None)
    exchange.add().publish(module.TOPIC, Changed(TABLE, 2**63 - 1, 9))
    await until(lambda: owners.find(TABLE) == Owner(2**63 - 1, 9))

    await owners.check()

    assert owners.find(TABLE) == Owner(1, node.number.node)


async def test_what_is_told_while_the_database_is_read_is_newer(nodes: Nodes, pool: Any) -> None:
    """What is read is older than what is told meanwhile: the higher epoch stays."""
    node = await nodes.add()
    await node.fences.want(TABLE)
    await node.fences.take(TABLE)
    exchange = Exchange()
    teller = exchange.add()

    class Slow:
        async def fetch(self, *arguments: Any, **options: Any) -> Any:
            rows = await pool.fetch(*arguments, **options)
            teller.publish(module.TOPIC, Changed(TABLE, 2, 9))
            await until(lambda: owners.find(TABLE) == Owner(2, 9))
            return rows

    owners = Owners(exchange.add(), Slow(), lambda *_: None)
    await owners.check()
    assert owners.find(TABLE) == Owner(2, 9)


async def test_database_has_the_last_word(
    nodes: Nodes, pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost messages are made up for by reading; a table that nobody should own is none."""
    monkeypatch.setattr(module, "CHECK_S", 0.05)
    node = await nodes.add()
    for table in (TABLE, 8, 9):
        await node.fences.want(table)
    await node.fences.take(TABLE)
    await node.fences.want(9, wanted=False)
    owners = Owners(Exchange().add(), pool, lambda *_: None)
    running = asyncio.ensure_future(owners.run())
    await until(lambda: owners.all == {TABLE: Owner(1, node.number.node), 8: Owner(0, None)})

    await node.fences.stop()
    await until(lambda: owners.find(TABLE) == Owner(1, None))
    await node.fences.start()
    await nodes.execute("DELETE FROM fence WHERE shared_table = 8")
    await until(lambda: owners.find(8) is None)

    owners._pool = None
    running.cancel()


async def test_database_that_is_gone(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the database is away the directory stays as it was."""
    monkeypatch.setattr(module, "CHECK_S", 0.01)

    class Gone:
        """A pool without a database."""

        calls = 0

        async def fetch(self, *_arguments: Any, **_more: Any) -> Any:
            self.calls += 1
            raise ConnectionRefusedError

    gone = Gone()
    owners = Owners(Exchange().add(), gone, lambda *_: None)
    running = asyncio.ensure_future(owners.run())
    owners.tell(TABLE, 1, 1)
    await until(lambda: gone.calls > 2)
    assert owners.find(TABLE) == Owner(1, 1)
    running.cancel()
