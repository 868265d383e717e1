"""Tests of the fences of shared tables."""

# ruff: noqa: ASYNC110 - what is waited for happens in the database

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from server.cluster import fences as module
from tests.server.cluster.nodes import Nodes, until

TABLE = 7


async def test_table_is_taken_once(nodes: Nodes) -> None:
    """Law 3: of two nodes that take a table one gets it; each owner has a higher epoch."""
    first, second = await nodes.add(), await nodes.add()
    await first.fences.want(TABLE)

    epochs = await asyncio.gather(first.fences.take(TABLE), second.fences.take(TABLE))

    assert sorted(epochs, key=str) == [1, None]
    owner, other = (first, second) if epochs[0] else (second, first)
    assert owner.fences.owns(TABLE, 1)
    assert not owner.fences.owns(TABLE, 2)
    assert not other.fences.owns(TABLE, 1)
    assert await other.fences.take(TABLE) is None

    assert await owner.fences.release(TABLE)
    assert not owner.fences.owns(TABLE, 1)
    assert await other.fences.take(TABLE) == 3, "the release has an epoch of its own"


async def test_dead_owner_is_replaced_within_the_lease(nodes: Nodes) -> None:
    """A killed owner's table is free when its lease has run out, and not before."""
    dying, taker = await nodes.add(), await nodes.add()
    await dying.fences.want(TABLE)
    assert await dying.fences.take(TABLE) == 1
    loop = asyncio.get_running_loop()
    began = loop.time()
    dying.die()
    assert await taker.fences.take(TABLE) is None
    while (epoch := await taker.fences.take(TABLE)) is None:
        await asyncio.sleep(0.02)

    assert epoch == 2
    assert 1.0 < loop.time() - began < 4.0
    assert dying.lost == []
