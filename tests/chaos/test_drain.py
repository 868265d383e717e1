"""The server is told to stop while players play: nobody is cut off without a word."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from tests.chaos import books
from tests.chaos.processes import Load, Server, audit

STOPS = 2


async def test_load_rides_through_restarts(
    house: Callable[..., Server], load: Callable[..., Load], chance: random.Random
) -> None:
    """SIGTERM under load ends the server with 0 and its database with it; the next goes on."""
    server = house(CROUPIER_GATEWAY_DRAIN_DEADLINE_MS="2000")
    await server.start()
    tester = load(server, seed=chance.getrandbits(31))
    await tester.start()
    for _ in range(STOPS):
        await server.settles()
        await asyncio.sleep(chance.uniform(0, 0.5))
        assert await server.stop() == 0
        assert server.postgres() == []
        await server.start()
    await server.settles()
    figures = await tester.stop()
    assert figures["errors"] == {}
    assert figures["new_sessions"] == 0
    assert figures["reconnects"] > 0
    assert await books.agree(server, tester.record) > 0
    await audit(server, tester.record)
