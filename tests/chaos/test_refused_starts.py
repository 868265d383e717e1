"""Servers that get in each other's way: one line for the second, and nothing for the first."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable
from pathlib import Path

from tests.chaos import books
from tests.chaos.processes import Ended, Load, Server, audit, croupier, eventually


def one_line(ended: Ended, word: str) -> None:
    """Expect a start that failed with one line beside the log, and that line to say why."""
    assert ended.code == 1
    assert ended.out == ""
    lines = [line for line in ended.err.splitlines() if not line.startswith("{")]
    assert len(lines) == 1, ended.err
    assert lines[0].startswith("croupier: ")
    assert word in lines[0]


async def test_second_server_on_the_same_data(
    house: Callable[..., Server], load: Callable[..., Load], chance: random.Random, tmp_path: Path
) -> None:
    """A second server on the same data directory is refused; the bets of the first go on."""
    first = house()
    await first.start()
    tester = load(first, seed=chance.getrandbits(31))
    await tester.start()
    await first.settles()
    postmaster = first.postmaster()
    second = house(data=first.data)
    for _ in range(2):
        one_line(await croupier(*second.arguments, cwd=tmp_path), "in use")
        await first.settles()
    assert first.postmaster() == postmaster
    figures = await tester.stop()
    assert figures["errors"] == {}
    assert figures["retried"] == {}
    assert figures["reconnects"] == 0
    assert await books.agree(first, tester.record) > 0


async def test_two_starts_at_once(house: Callable[..., Server], tmp_path: Path) -> None:
    """Of two servers started together on what a killed one left, one serves and one is refused."""
    server = house()
    await server.start()
    await server.kill()
    others = [house(data=server.data) for _ in range(2)]
    starts = [
        asyncio.create_task(croupier(*other.arguments, cwd=tmp_path, seconds=20))
        for other in others
    ]
    done, _ = await asyncio.wait(starts, return_when=asyncio.FIRST_COMPLETED)
    (refused,) = done
    one_line(refused.result(), "in use")
    winner = others[1 - starts.index(refused)]
    await eventually(winner.is_ready, "the other one serves")
    await audit(winner)
    (running,) = set(starts) - done
    running.cancel()
    await asyncio.wait([running])


async def test_port_taken_leaves_no_database_behind(
    house: Callable[..., Server], tmp_path: Path
) -> None:
    """A start that fails on a taken port stops the database that it had started."""
    server = house()
    with socket.create_server(("127.0.0.1", server.gateway_port)):
        one_line(await croupier(*server.arguments, cwd=tmp_path), str(server.gateway_port))
        assert server.postgres() == []
    await server.start()
    await audit(server)
    assert await server.stop() == 0
