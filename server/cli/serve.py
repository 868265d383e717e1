"""`croupier serve`: the server, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import signal
import socket
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import structlog
import uvloop
from cyclopts import Parameter

from server import logs
from server.app import Casino, StartFailed
from server.cli.errors import CommandError
from server.config import Settings, load, split_address
from server.database.errors import DatabaseError
from server.fairness.health import EntropyFailure
from server.fairness.vault import VaultError
from server.gateway.listener import ListenError
from server.http.listener import PortTaken
from server.ledger.lease import NodeInUse
from server.web.build_state import BuildState, build_state

log = structlog.get_logger(__name__)

MOST_WORKERS = 64


def serve(
    *,
    config: Annotated[Path | None, Parameter(help="Configuration file.")] = None,
    data: Annotated[Path | None, Parameter(help="Data directory.")] = None,
    http: Annotated[str | None, Parameter(help="HOST:PORT of HTTP; port 0: any free one.")] = None,
    gateway: Annotated[
        str | None, Parameter(help="HOST:PORT of the gateway; port 0: any free one.")
    ] = None,
    workers: Annotated[
        int, Parameter(help="Nodes that share the ports, to use a whole machine; 1 is the server.")
    ] = 1,
) -> int:
    """Run the server until SIGTERM or Ctrl-C.

    When it is ready it prints one JSON line on standard output; logs go to standard error. With
    several workers each is a node of its own process, started again when it dies; SIGUSR1 replaces
    them one after the other.
    """
    if not 1 <= workers <= MOST_WORKERS:
        raise CommandError(f"--workers is from 1 to {MOST_WORKERS}, not {workers}")
    overrides: dict[str, object] = {"data": data}
    for option, section, value in (("--http", "http", http), ("--gateway", "gateway", gateway)):
        if value is not None:
            host, port = split_address(value, option)
            overrides[f"{section}.host"] = host
            overrides[f"{section}.port"] = port
    settings = load(config, overrides=overrides)
    logs.configure(settings.log.level, settings.log.format)
    _raise_file_limit()
    try:
        uvloop.run(_serve(settings) if workers == 1 else _serve_nodes(settings, workers, config))
    except (
        StartFailed,
        DatabaseError,
        NodeInUse,
        ListenError,
        PortTaken,
        VaultError,
        EntropyFailure,
        OSError,
    ) as error:
        raise CommandError(str(error)) from None
    return 0


async def _serve_nodes(settings: Settings, count: int, config: Path | None) -> None:
    """Run nodes that share the ports of the settings."""
    from server.cli import nodes  # noqa: PLC0415 - a single server does without

    secure = settings.http.tls_certificate is not None
    with (
        nodes.reserved(settings.http.host, settings.http.port) as http,
        nodes.reserved(settings.gateway.host, settings.gateway.port) as gateway,
    ):
        async with nodes.embedded_parts(settings) as parts:
            workers = [
                nodes.worker(
                    settings,
                    parts,
                    number,
                    config,
                    CROUPIER_HTTP_HOST=settings.http.host,
                    CROUPIER_HTTP_PORT=str(http),
                    CROUPIER_HTTP_SHARED="true",
                    CROUPIER_GATEWAY_HOST=settings.gateway.host,
                    CROUPIER_GATEWAY_PORT=str(gateway),
                    CROUPIER_GATEWAY_SHARED="true",
                )
                for number in range(1, count + 1)
            ]
            await nodes.run(
                settings,
                workers,
                lambda: None,
                lambda: {
                    "event": "ready",
                    "http": _address("https" if secure else "http", (settings.http.host, http)),
                    "gateway": settings.gateway.public_url
                    or _address("wss" if secure else "ws", (settings.gateway.host, gateway)),
                    "pid": os.getpid(),
                    "nodes": nodes.node_lines(workers),
                },
            )


def _raise_file_limit() -> None:
    """Take as many sockets as the system allows; each player is one, often 1,024 are the rule."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    casino = Casino(settings)
    if not await _games_loaded(casino, stop):
        log.info("stopped")
        return
    await casino.start()
    reloads: set[asyncio.Task[Any]] = set()

    def reload() -> None:
        task = loop.create_task(casino.reload_games())
        reloads.add(task)
        task.add_done_callback(lambda done: _reloaded(reloads, done))

    loop.add_signal_handler(signal.SIGHUP, reload)
    # What is here now stays; and the rest dies by reference counting, so that the collector, whose
    # full runs stop everything, need not look often.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    _tell_of_pages()
    ready = _ready_line(casino, settings)
    log.info(
        "ready",
        http=ready["http"],
        gateway=ready["gateway"],
        database=ready["database"],
        open_rounds=casino.open_rounds[0],
        rounds_parked_or_failed=casino.open_rounds[1],
    )
    sys.stdout.write(msgspec.json.encode(ready).decode() + "\n")
    sys.stdout.flush()
    if sys.stderr.isatty():
        sys.stderr.write(_welcome(casino, settings))
    await casino.serve(stop)
    log.info("stopped")


async def _games_loaded(casino: Casino, stop: asyncio.Event) -> bool:
    """Load the games, and say whether that ended before the server was told to stop."""
    loading = asyncio.ensure_future(casino.load_games())
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({loading, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not loading.done():
        loading.cancel()
        return False
    await loading
    return True


def _reloaded(reloads: set[asyncio.Task[Any]], task: asyncio.Task[Any]) -> None:
    """Log a reload that failed; one that ended has told of itself."""
    reloads.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("games not reloaded", error=type(error).__name__)


def _tell_of_pages() -> None:
    """Say in one line that there are no pages, or old ones; the rest is served all the same."""
    state = build_state()
    if state is not BuildState.FRESH:
        log.warning(state.value)


def _welcome(casino: Casino, settings: Settings) -> str:
    """Say to a person where the casino is; for a phone, by the machine's address in the network."""
    scheme = "https" if settings.http.tls_certificate is not None else "http"
    host, port = casino.http_address
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = _network_address() or "127.0.0.1"
    shown = _address(scheme, (host, port))
    return f"\nCroupier is ready at {shown} (Ctrl-C stops it).\n\n"


def _network_address() -> str | None:
    """Return this machine's address in its network. Nothing is sent: UDP only looks up a route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def _ready_line(casino: Casino, settings: Settings) -> dict[str, Any]:
    secure = settings.http.tls_certificate is not None
    return {
        "event": "ready",
        "http": _address("https" if secure else "http", casino.http_address),
        "gateway": settings.gateway.public_url
        or _address("wss" if secure else "ws", casino.gateway_address),
        "database": casino.database_kind,
        "pid": os.getpid(),
        "listeners": {
            "http": list(casino.http_address),
            "gateway": list(casino.gateway_address),
        },
    }


def _address(scheme: str, address: tuple[str, int]) -> str:
    host, port = address
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
