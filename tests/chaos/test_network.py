"""Clients on a bad network: connections stall, break and half-close, and no bet is lost by it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from tests.chaos import books
from tests.chaos.processes import Load, Server, audit, eventually
from tests.chaos.proxy import Link, Proxy

FAULTS = 10
SILENCE_S = 3.0
"""Longer than the server waits for the answer to a ping."""


async def fail(link: Link, chance: random.Random) -> str:
    """Let one connection fail in one of the ways of networks; returns which."""
    way = chance.choice(
        ("cut", "stall", "stall and cut", "cut upwards", "cut downwards", "end up", "end down")
    )
    if way == "cut":
        link.cut()
    elif way.startswith("stall"):
        link.stall()
        await asyncio.sleep(chance.uniform(0.05, 1.0))
        (link.cut if way.endswith("cut") else link.flow)()
    elif way.startswith("cut"):
        # Somewhere within one of the next frames.
        (link.up if way.endswith("upwards") else link.down).left = chance.randint(1, 400)
    else:
        (link.up if way == "end up" else link.down).close()
    return way


def in_order(proxy: Proxy) -> list[Link]:
    """Return the connections there are, the oldest first."""
    return sorted(proxy.links, key=lambda link: link.number)


@pytest.mark.chaos
async def test_bets_over_a_bad_network(
    house: Callable[..., Server], load: Callable[..., Load], chance: random.Random
) -> None:
    """Whatever the network does to whichever connection, every bet is taken once or not at all."""
    server = house()
    proxy = Proxy(server.gateway_port)
    server.environment["CROUPIER_GATEWAY_PUBLIC_URL"] = proxy.gateway
    server.environment["CROUPIER_GATEWAY_PING_INTERVAL_MS"] = "1000"
    async with proxy.listening():
        await server.start()
        tester = load(server, think_ms=10, seed=chance.getrandbits(31))
        await tester.start()
        await server.settles()
        for _ in range(FAULTS):
            links = in_order(proxy)
            chosen = chance.sample(links, k=len(links) // 2)
            seeds = [random.Random(chance.getrandbits(64)) for _ in chosen]
            await asyncio.gather(*map(fail, chosen, seeds))
            await server.settles(1)

        async def everyone() -> bool:
            return len(proxy.links) >= tester.players

        await eventually(everyone, "every client is back")
        silent = chance.sample(in_order(proxy), k=tester.players // 2)
        for link in silent:
            link.stall()
        await asyncio.sleep(SILENCE_S)
        for link in silent:
            link.flow()
        await server.settles(1)
        figures = await tester.stop()
    assert figures["errors"] == {}
    assert figures["repeated"] > 0
    assert figures["new_sessions"] == 0
    assert proxy.accepted > tester.players
    await books.agree(server, tester.record)
    await audit(server, tester.record)
