"""PostgreSQL dies or stalls under load; the server recovers alone and the books hold."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Callable
from functools import partial

import psutil
import pytest

from protocol.errors import Certainty
from server.database.connect import connect
from server.ledger.backend import application_name
from tests.chaos import books
from tests.chaos.players import refused, seated
from tests.chaos.processes import Load, Server, audit, eventually

KILLS = 4


async def backends(server: Server, role: str) -> list[psutil.Process]:
    """Return the processes in PostgreSQL that serve one purpose of the server, when there are."""
    found: list[psutil.Process] = []
    connection = await connect(server.directory.url("superuser"))

    async def there() -> bool:
        rows = await connection.fetch(
            "SELECT pid FROM pg_stat_activity WHERE application_name = $1",
            application_name(1, role),
        )
        found.extend(psutil.Process(row["pid"]) for row in rows)
        return bool(rows)

    try:
        await eventually(there, f"the server is connected for its {role}")
    finally:
        await connection.close()
    return found


@pytest.mark.slow
async def test_postgres_killed(
    house: Callable[..., Server], load: Callable[..., Load], chance: random.Random
) -> None:
    """PostgreSQL killed again and again is started anew, and the bets go on by themselves."""
    server = house(CROUPIER_TABLES_CHAIN_ROUNDS="30")
    await server.start()
    tester = load(server, seed=chance.getrandbits(31))
    await tester.start()
    for kill in range(1, KILLS + 1):
        await server.settles()
        await asyncio.sleep(chance.uniform(0, 0.5))
        server.postmaster().kill()

        async def back(kill: int = kill) -> bool:
            return server.count("database is back") == kill and await server.is_ready()

        await eventually(back, "the server recovers")
    await server.settles()
    figures = await tester.stop()
    assert await books.agree(server, tester.record) > 0
    await audit(server, tester.record)
    assert figures["errors"] == {}
    assert await server.stop() == 0


async def test_backend_killed(
    house: Callable[..., Server], load: Callable[..., Load], chance: random.Random
) -> None:
    """One process of PostgreSQL killed takes every connection down, and no bet with it."""
    server = house()
    await server.start()
    tester = load(server, seed=chance.getrandbits(31))
    await tester.start()
    for role in ("settlement", "lease", "pool"):
        await server.settles()
        await asyncio.sleep(chance.uniform(0, 0.3))
        chance.choice(await backends(server, role)).kill()
        await server.settles()
        await eventually(server.is_ready, "the server is ready again")
    figures = await tester.stop()
    assert await books.agree(server, tester.record) > 0
    await audit(server, tester.record)
    assert figures["errors"] == {}


async def test_stalled_backend(
    house: Callable[..., Server], load: Callable[..., Load], chance: random.Random
) -> None:
    """While the settling process stands still, bets are in doubt or not taken, and then they go on.

    What was handed to the database is told as *unknown*, what was not as *temporary*.
    """
    server = house(CROUPIER_DATABASE_DEADLINE_MS="500", CROUPIER_SETTLEMENT_UNKNOWN_AFTER_MS="1000")
    await server.start()
    tester = load(server, seed=chance.getrandbits(31))
    async with seated(server) as table:
        await tester.start()
        await server.settles()
        (settling,) = await backends(server, "settlement")
        settling.send_signal(signal.SIGSTOP)
        await eventually(server.is_not_ready, "the server notices")
        await refused(table, Certainty.TEMPORARY)
        await eventually(partial(books.told, tester.record, "in_doubt"), "doubt is told")
        await refused(table, Certainty.TEMPORARY)
        settling.send_signal(signal.SIGCONT)
    await eventually(server.is_ready, "the server recovers")
    await server.settles()
    figures = await tester.stop()
    assert await books.agree(server, tester.record) > 0
    await audit(server, tester.record)
    assert figures["errors"] == {}
    assert "in_doubt" in figures["retried"]
