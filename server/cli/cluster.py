"""`croupier cluster`: several nodes of one casino on this machine, to try them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import uvloop
from cyclopts import Parameter

from server import logs
from server.cli import nodes as running
from server.cli.errors import CommandError
from server.cluster.front import Address, Front
from server.config import Settings, load, split_address
from server.database.errors import DatabaseError

MOST_NODES = 16


def cluster(
    *,
    nodes: Annotated[int, Parameter(help="How many nodes, 2 to 16.")] = 3,
    config: Annotated[Path | None, Parameter(help="Configuration file.")] = None,
    data: Annotated[Path | None, Parameter(help="Data directory.")] = None,
    http: Annotated[str | None, Parameter(help="HOST:PORT of HTTP, in front of all nodes.")] = None,
    gateway: Annotated[
        str | None, Parameter(help="HOST:PORT of the gateway, in front of all nodes.")
    ] = None,
) -> int:
    """Run several nodes of one casino on this machine, with one address in front.

    Database and bus are embedded unless the settings name them. Each node has ports of its own as
    well, so that one can be looked at, or killed, by itself: it is started again, and its live
    tables go on at the others meanwhile. When all are ready one JSON line on standard output says
    where everything is. SIGUSR1 replaces the nodes one after the other.
    """
    if not 2 <= nodes <= MOST_NODES:
        raise CommandError(f"a cluster has 2 to {MOST_NODES} nodes, not {nodes}")
    overrides: dict[str, object] = {"data": data}
    for option, section, value in (("--http", "http", http), ("--gateway", "gateway", gateway)):
        if value is not None:
            host, port = split_address(value, option)
            overrides[f"{section}.host"] = host
            overrides[f"{section}.port"] = port
    settings = load(config, overrides=overrides)
    logs.configure(settings.log.level, settings.log.format)
    try:
        uvloop.run(_run(settings, nodes, config))
    except (DatabaseError, OSError) as error:
        raise CommandError(str(error)) from None
    return 0


async def _run(settings: Settings, count: int, config: Path | None) -> None:
    workers: list[Any] = []

    def living(kind: str) -> list[Address]:
        found = []
        for worker in workers:
            if worker.ready is not None:
                host, port = worker.ready["listeners"][kind]
                found.append((host, port))
        return found

    async with running.embedded_parts(settings) as parts:
        pages, play = Front(lambda: living("http")), Front(lambda: living("gateway"))
        page_address = await pages.start(settings.http.host, settings.http.port)
        play_address = await play.start(settings.gateway.host, settings.gateway.port)
        public = settings.gateway.public_url or f"ws://{_shown(play_address)}"
        try:
            workers += [
                running.worker(
                    settings,
                    parts,
                    number,
                    config,
                    CROUPIER_HTTP_HOST="127.0.0.1",
                    CROUPIER_HTTP_PORT="0",
                    CROUPIER_GATEWAY_HOST="127.0.0.1",
                    CROUPIER_GATEWAY_PORT="0",
                    CROUPIER_GATEWAY_PUBLIC_URL=public,
                )
                for number in range(1, count + 1)
            ]
            await running.run(
                settings,
                workers,
                lambda: None,
                lambda: {
                    "event": "ready",
                    "http": f"http://{_shown(page_address)}",
                    "gateway": public,
                    "nodes": running.node_lines(workers),
                },
            )
        finally:
            await pages.stop()
            await play.stop()


def _shown(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
