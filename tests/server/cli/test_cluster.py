"""Tests of `croupier cluster` and `croupier serve --workers` as processes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from websockets.exceptions import InvalidMessage

from tests.server.harness import Clients, Wire
from tests.server.tables.live.people import Person, chips, loaded

_PATIENCE_S = 60.0
_TABLES = """
[live]
tables = [{ title = "Wheel", game = "roulette", betting_ms = 600000, seats = 10 }]
[log]
level = "warning"
"""


@asynccontextmanager
async def started(
    tmp_path: Path, *arguments: str, tables: str = _TABLES
) -> AsyncIterator[tuple[Any, dict[str, Any]]]:
    """Run a command until it says that it is ready; ends it in order."""
    config = tmp_path / "croupier.toml"
    config.write_text(tables, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "server.cli",
        *arguments,
        *("--config", str(config), "--data", str(tmp_path / "data")),
        *("--http", "127.0.0.1:0", "--gateway", "127.0.0.1:0"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_PATIENCE_S):
            line = await process.stdout.readline()
        yield process, msgspec.json.decode(line)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(_PATIENCE_S):
            assert await process.wait() == 0


async def test_three_nodes_behind_one_address(tmp_path: Path) -> None:
    """People who came by one address play one table; when its owner is killed they go on."""
    async with started(tmp_path, "cluster", "--nodes", "3") as (_, ready):
        assert len(ready["nodes"]) == 3
        front = Clients(ready["http"], ready["gateway"])
        wires = [await front.player() for _ in range(6)]
        await loaded(wires[0], 1)
        people = [await Person.at(wire, "Wheel") for wire in wires]
        opened = await people[0].opened()
        for person in people:
            assert (await person.bet(opened["round"], chips(red=100))).type == "accepted"
        # Whoever is told that the table has moved was not on the node that owned it.
        owner = await owner_of(ready)
        os.kill(owner["pid"], signal.SIGKILL)
        tokens = [(person, person.wire.welcome["token"]) for person in people]
        for person, token in tokens:
            if person.wire.close_code is None and not person.wire.socket.close_code:
                moved = asyncio.ensure_future(person.event("live_snapshot"))
                closed = asyncio.ensure_future(person.wire.closed())
                await asyncio.wait((moved, closed), return_when=asyncio.FIRST_COMPLETED)
                closed.cancel()
                if moved.done() and not moved.cancelled() and moved.exception() is None:
                    live = moved.result()["live"]
                    assert sum(placed["stake"] for placed in live["placed"]) == 600
                    continue
                moved.cancel()
            wire = await _resumed(front, token)
            assert wire.welcome["balance"]["held"] == 100
        await front.leave()


async def _resumed(clients: Clients, token: str) -> Wire:
    """Resume as a client does: what was on its way to the node that died is tried again."""
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            try:
                return await clients.resume(token)
            except (OSError, InvalidMessage):
                await asyncio.sleep(0.05)


async def owner_of(ready: dict[str, Any]) -> dict[str, Any]:
    """Return the node that owns the table, by its metrics."""
    clients = Clients()
    try:
        for node in ready["nodes"]:
            host, port = node["http"]
            async with clients.web.get(f"http://{host}:{port}/metrics") as response:
                text = await response.text()
            for line in text.splitlines():
                if line.startswith("croupier_live_tables ") and float(line.split()[1]) > 0:
                    return dict(node)
    finally:
        await clients.leave()
    raise AssertionError("no node owns the table")


async def test_workers_share_a_pair_of_ports(tmp_path: Path) -> None:
    """Several nodes listen on the same ports; one that is killed is started again."""
    async with started(tmp_path, "serve", "--workers", "2") as (_, ready):
        clients = Clients(ready["http"], ready["gateway"])
        wires = [await clients.player() for _ in range(8)]
        await loaded(wires[0], 1)
        assert (await wires[0].ask("sit", game="slot")).type == "seated"
        os.kill(ready["nodes"][0]["pid"], signal.SIGKILL)
        tokens = [wire.welcome["token"] for wire in wires]
        for token in tokens:
            wire = await _resumed(clients, token)
            assert wire.welcome["balance"]["amount"] == 100_000
        await clients.leave()
