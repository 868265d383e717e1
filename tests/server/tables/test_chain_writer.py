"""Tests of how new chains are made durable."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from server.ledger.backend import PLAN_SETTINGS
from server.tables import chain_writer
from server.tables.chain_writer import MOST_CHAINS, ChainWriter, NewChain
from tests.postgres import Database


class Pool:
    """One connection with its statements counted, and a gate to hold them at."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.sizes: list[int] = []
        self.open = asyncio.Event()
        self.open.set()

    async def execute(self, query: str, chains: list[Any]) -> None:
        """Run a statement once the gate is open."""
        self.sizes.append(len(chains))
        await self.open.wait()
        await self.connection.execute(query, chains)


@pytest.fixture
async def pool(database: Database) -> Any:
    """A connection of the application."""
    connection: Any = await asyncpg.connect(database.app, server_settings=PLAN_SETTINGS)
    yield Pool(connection)
    await connection.close()


async def chain(pool: Pool, number: int, **changes: Any) -> NewChain:
    """Return a chain that can be told by its number."""
    version = await pool.connection.fetchval("SELECT id FROM game_version_pin('slot', 1, 'd')")
    usual = NewChain(number, 7, 8, version, number.to_bytes(32, "big"), b"sealed", "1", 256, None)
    return usual._replace(**changes)


async def retired(pool: Pool) -> dict[int, str | None]:
    """Return every chain on record and why it was retired."""
    return dict(await pool.connection.fetch("SELECT id, retired_for FROM chain ORDER BY id"))


async def test_chains_that_wait_together_are_written_together(pool: Pool) -> None:
    """While one call is in flight the next gathers, up to a bound; all that was asked is there."""
    writer = ChainWriter(pool)
    pool.open.clear()
    chains = [await chain(pool, number) for number in range(1, MOST_CHAINS + 22)]
    first = asyncio.create_task(writer.write(chains[0]))
    while not pool.sizes:  # noqa: ASYNC110 - one turn of the loop
        await asyncio.sleep(0)
    others = [asyncio.create_task(writer.write(each)) for each in chains[1:]]
    await asyncio.sleep(0)
    pool.open.set()
    await asyncio.gather(first, *others)

    assert pool.sizes == [1, MOST_CHAINS, 20]
    assert await retired(pool) == dict.fromkeys(range(1, MOST_CHAINS + 22))


async def test_patient_chains_gather(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chains that nobody waits for are written together, or at once with one that hurries."""
    monkeypatch.setattr(chain_writer, "GATHER_S", 60.0)
    writer = ChainWriter(pool)
    chains = [await chain(pool, number) for number in range(1, 7)]
    patient = []
    for each in chains[:5]:
        patient.append(asyncio.create_task(writer.write(each, patient=True)))
        await asyncio.sleep(0)
    assert not pool.sizes
    await writer.write(chains[5])
    await asyncio.gather(*patient)

    assert pool.sizes == [6]
    monkeypatch.setattr(chain_writer, "GATHER_S", 0.001)
    await writer.write(await chain(pool, 7), patient=True)
    assert pool.sizes == [6, 1]


async def test_the_chain_before_is_retired_with_it(pool: Pool) -> None:
    """A chain's predecessor is retired in the same transaction, and no other chain."""
    writer = ChainWriter(pool)
    await writer.write(await chain(pool, 1))
    await writer.write(await chain(pool, 2))
    await writer.write(await chain(pool, 3, follows=1))

    assert await retired(pool) == {1: "played", 2: None, 3: None}


async def test_one_chain_that_is_refused_takes_no_other_with_it(pool: Pool) -> None:
    """A chain that the database refuses is told so to whoever asked; the others are written."""
    writer = ChainWriter(pool)
    await writer.write(await chain(pool, 1))
    found = await asyncio.gather(
        writer.write(await chain(pool, 2)),
        writer.write(await chain(pool, 3, commitment=(1).to_bytes(32, "big"))),
        writer.write(await chain(pool, 4)),
        return_exceptions=True,
    )

    assert [type(each) for each in found] == [
        type(None),
        asyncpg.UniqueViolationError,
        type(None),
    ]
    assert set(await retired(pool)) == {1, 2, 4}


async def test_a_lost_connection_is_told_to_all_that_wait(pool: Pool) -> None:
    """Whoever waits hears that the database is away, and can ask again."""
    writer = ChainWriter(pool)
    await pool.connection.close()
    one, two = (NewChain(n, 7, 8, 1, bytes(32), b"s", "1", 256, None) for n in (1, 2))
    found = await asyncio.gather(writer.write(one), writer.write(two), return_exceptions=True)

    assert [type(each) for each in found] == [asyncpg.InterfaceError] * 2


async def test_closing_cancels_whoever_waits(pool: Pool) -> None:
    """At the end of the server nobody waits for ever."""
    writer = ChainWriter(pool)
    pool.open.clear()
    waiting = [asyncio.create_task(writer.write(await chain(pool, n))) for n in (1, 2)]
    await asyncio.sleep(0)
    await writer.close()
    await asyncio.wait(waiting)

    assert all(task.cancelled() for task in waiting)
