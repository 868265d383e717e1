"""Several nodes behind the real HAProxy, with the configuration that docs/operations.md shows."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from server.database.ports import free_port
from tests.chaos.behind import DOCS, certificate, resumed
from tests.patience import PATIENCE_S
from tests.server.cli.test_cluster import started
from tests.server.harness import Clients
from tests.server.tables.live.people import Person, chips, loaded


def _configuration(nodes: list[dict[str, Any]], pem: Path, pages: int, play: int) -> str:
    """Return the documented configuration, with the addresses of these nodes."""
    (text,) = re.findall(r"```haproxy\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    text = text.replace("/etc/haproxy/croupier.pem", str(pem))
    text = text.replace("maxconn 50000", "maxconn 1000")  # what any machine allows
    text = text.replace("bind :443", f"bind 127.0.0.1:{pages}")
    text = text.replace("bind :8443", f"bind 127.0.0.1:{play}")
    for number, node in enumerate(nodes, 1):
        http, gateway = node["http"][1], node["gateway"][1]
        text = text.replace(f"10.0.0.{number}:8080", f"127.0.0.1:{http}")
        text = text.replace(
            f"10.0.0.{number}:8081 check port 8080", f"127.0.0.1:{gateway} check port {http}"
        )
    assert "10.0.0." not in text
    return str(text)


@asynccontextmanager
async def _haproxy(configuration: Path) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec("haproxy", "-f", str(configuration), "-db")
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.chaos
async def test_people_play_through_haproxy_while_a_node_drains(tmp_path: Path) -> None:
    """Over TLS, on one live table; a node is drained and nobody loses his bet."""
    if shutil.which("haproxy") is None:
        if os.environ.get("CI"):
            pytest.fail("haproxy is missing; `.ci/run` installs it")
        pytest.skip("haproxy is not installed")
    pem = tmp_path / "croupier.pem"
    trust = certificate(pem)
    pages, play = free_port(), free_port()
    async with started(tmp_path, "cluster", "--nodes", "3") as (_, ready):
        configuration = tmp_path / "haproxy.cfg"
        configuration.write_text(_configuration(ready["nodes"], pem, pages, play), encoding="utf-8")
        async with _haproxy(configuration):
            clients = Clients(ready["http"], f"wss://localhost:{play}/")
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    try:
                        first = await clients.player(tls=trust)
                        break
                    except OSError:
                        await asyncio.sleep(0.1)
            async with clients.web.get(f"https://localhost:{pages}/healthz", ssl=trust) as answer:
                assert answer.status == 200
            await loaded(first, 1)
            wires = [first, *[await clients.player(tls=trust) for _ in range(5)]]
            for wire in wires:
                await loaded(wire, 1)  # whichever node it is on
            people = [await Person.at(wire, "Wheel") for wire in wires]
            opened = await people[0].opened()
            for person in people:
                assert (await person.bet(opened["round"], chips(red=100))).type == "accepted"
            os.kill(ready["nodes"][1]["pid"], signal.SIGTERM)
            moved = 0
            for person in people:
                waiting = asyncio.ensure_future(person.wire.event("draining"))
                done, _ = await asyncio.wait((waiting,), timeout=2.0)
                if not done:
                    waiting.cancel()
                    continue
                moved += 1
                wire = await resumed(clients, person.wire.welcome["token"], trust)
                assert wire.welcome["balance"]["held"] == 100
            assert moved, "leastconn gave the drained node somebody"
            await clients.leave()
