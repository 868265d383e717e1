"""Tests of `croupier cluster` and `croupier serve --workers` as processes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from websockets.exceptions import InvalidMessage

from tests.patience import PATIENCE_S
from tests.server.harness import Clients, clients_of
from tests.server.tables.live.people import Person, chips, loaded
from tests.server.wire import Wire

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
        async with asyncio.timeout(PATIENCE_S):
            line = await process.stdout.readline()
        yield process, msgspec.json.decode(line)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_S):
            assert await process.wait() == 0


async def test_three_nodes_behind_one_address(tmp_path: Path) -> None:
    """People who came by one address play one table; when its owner is killed they go on."""
    async with (
        started(tmp_path, "cluster", "--nodes", "3") as (_, ready),
        clients_of(ready) as front,
    ):
        assert len(ready["nodes"]) == 3
        wires = [await front.player() for _ in range(6)]
        await loaded(wires[0], 1)
        people = [await Person.at(wire, "Wheel") for wire in wires]
        round_id = people[0].live["round"] or (await people[0].opened())["round"]
        for person in people:
            assert (await person.bet(round_id, chips(red=100))).type == "accepted"
        # Whoever is told that the table has moved was not on the node that owned it.
        owner = await owner_of(ready)
        os.kill(owner["pid"], signal.SIGKILL)
        for person in people:
            await person.wire.until(partial(_knows, person))
            if not all_stand(person):
                wire = await _resumed(front, person.wire.welcome["token"])
                assert wire.welcome["balance"]["held"] == 100


def _knows(person: Person) -> bool:
    return person.wire.close_code is not None or all_stand(person)


def all_stand(person: Person) -> bool:
    """Whether somebody was told that the table has moved and that the stakes of all six stand."""
    return any(
        sum(placed["stake"] for placed in told["live"]["placed"]) == 600
        for told in person.seen("live_snapshot")
    )


async def _resumed(clients: Clients, token: str) -> Wire:
    """Resume as a client does: what was on its way to the node that died is tried again."""
    async with asyncio.timeout(PATIENCE_S):
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
    async with (
        started(tmp_path, "serve", "--workers", "2") as (_, ready),
        clients_of(ready) as clients,
    ):
        wires = [await clients.player() for _ in range(8)]
        await loaded(wires[0], 1)
        assert (await wires[0].ask("sit", game="slot")).type == "seated"
        os.kill(ready["nodes"][0]["pid"], signal.SIGKILL)
        tokens = [wire.welcome["token"] for wire in wires]
        for token in tokens:
            wire = await _resumed(clients, token)
            assert wire.welcome["balance"]["amount"] == 100_000
