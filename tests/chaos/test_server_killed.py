"""The server dies at any moment under load, and nobody loses or gains a coin by it."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable

import pytest

from tests.chaos import books
from tests.chaos.processes import Load, Server, audit

KILLS = int(os.environ.get("CROUPIER_CHAOS_KILLS", "20"))
"""More of them make a soak of it."""
SHORT_CHAINS = {"CROUPIER_TABLES_CHAIN_ROUNDS": "30"}
"""So that making and retiring chains, too, are moments to die at."""


@pytest.mark.slow
@pytest.mark.timeout(60 + 20 * KILLS)
async def test_every_acknowledged_bet_is_there_once(
    house: Callable[..., Server], load: Callable[..., Load], chance: random.Random
) -> None:
    """After each of twenty kills every acknowledged bet is in the ledger, once and identical.

    Some starts are killed as well: they, too, are moments to die at. The clients resume by
    themselves; they stand still only while the books are looked at.
    """
    server = house(**SHORT_CHAINS)
    await server.start()
    tester = load(server, seed=chance.getrandbits(31))
    await tester.start()
    for _ in range(KILLS):
        await server.settles()
        await asyncio.sleep(chance.uniform(0, 0.6))
        await server.kill()
        await tester.written()
        tester.freeze()
        if chance.random() < 0.3:
            await server.launch()
            await asyncio.sleep(chance.uniform(0, 1.0))
            await server.kill()
        await server.start()
        await audit(server, tester.record)
        tester.thaw()
    figures = await tester.stop()
    assert await books.agree(server, tester.record) > 0
    await audit(server, tester.record)
    assert figures["errors"] == {}
    assert figures["new_sessions"] == 0
    assert figures["repeated"] > 0
    assert await server.stop() == 0


@pytest.mark.slow
async def test_both_killed(
    house: Callable[..., Server], load: Callable[..., Load], chance: random.Random
) -> None:
    """Server and PostgreSQL killed at once: the next start recovers every open round."""
    server = house()
    await server.start()
    tester = load(
        server, mix="blackjack=3,slot=1", players=16, think_ms=30, seed=chance.getrandbits(31)
    )
    await tester.start()
    recovered = kills = 0
    # Twice at least, and on until a kill has met a hand: now and then all of them are between two.
    while kills < 2 or (recovered == 0 and kills < 10):
        kills += 1
        await server.settles()
        await asyncio.sleep(chance.uniform(0, 0.5))
        for process in server.postgres():
            process.kill()
        await server.kill()
        await tester.written()
        tester.freeze()
        await server.start()
        ready = [event for event in server.events() if event["event"] == "ready"][-1]
        assert ready["open_rounds"] == await books.count(server, "open_round")
        assert ready["rounds_parked_or_failed"] == 0
        recovered += ready["open_rounds"]
        tester.thaw()
    figures = await tester.stop()
    assert recovered > 0
    assert await books.agree(server, tester.record) > 0
    await audit(server, tester.record)
    assert figures["errors"] == {}
