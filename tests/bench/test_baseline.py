"""The obvious server plays honestly: its ledger adds up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from websockets.asyncio.server import serve
from websockets.typing import Subprotocol

from bench.baseline import SCHEMA, Baseline
from bench.books import check_baseline
from bench.errors import BenchError
from bench.generator import Generator, Job
from bench.house import OPENING
from protocol.codec import MSGPACK_SUBPROTOCOL
from tests.postgres import Database


@pytest.fixture
async def gateway(empty_database: Database) -> AsyncIterator[str]:
    """A baseline on a database of its own."""
    async with empty_database.connected("owner") as owner:
        await owner.execute(SCHEMA)
    async with (
        asyncpg.create_pool(empty_database.owner, min_size=2, max_size=2) as pool,
        serve(
            Baseline(pool).serve,
            "127.0.0.1",
            0,
            subprotocols=[Subprotocol(MSGPACK_SUBPROTOCOL)],
        ) as server,
    ):
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def play(gateway: str, stake: int = 100) -> dict[str, dict[str, Any]]:
    """Have three players bet for a moment and return what the generator said, by event."""
    said: list[dict[str, Any]] = []
    job = Job(gateway=gateway, players=3, warm_up_s=0.0, seconds=0.6, stake=stake)
    await Generator(job, said.append).run()
    return {line["event"]: line for line in said}


async def test_every_answer_is_a_round_in_the_ledger(
    gateway: str, empty_database: Database
) -> None:
    """Rounds, entries and balances agree, and there is a round for each answer."""
    said = await play(gateway)

    held = await check_baseline(empty_database.owner, OPENING)
    assert said["ended"]["errors"] == {}
    assert held.wagers == said["done"]["answered"] > 20
    assert held.stakes == 100 * held.wagers


async def test_a_refused_stake_moves_nothing(gateway: str, empty_database: Database) -> None:
    """The same game refuses the same stakes."""
    said = await play(gateway, stake=1)

    assert said["ended"]["errors"] == {"stake_below": 3}
    assert (await check_baseline(empty_database.owner, OPENING)).wagers == 0


async def test_a_coin_too_many_is_seen(gateway: str, empty_database: Database) -> None:
    """The check of the books can fail."""
    await play(gateway)
    async with empty_database.connected("owner") as owner:
        await owner.execute("UPDATE account SET balance = balance + 1 WHERE id = 1")

    with pytest.raises(BenchError, match="1 balances that are not the sum of their entries"):
        await check_baseline(empty_database.owner, OPENING)
