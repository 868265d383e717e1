"""Several nodes behind the real nginx, with the configuration that docs/operations.md shows."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from server.database.ports import free_port
from tests.chaos.behind import DOCS, certificate, resumed
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.harness import Clients, House
from tests.server.identity.people import PASSWORD, open_office
from tests.server.tables.live.conftest import valkey  # noqa: F401 - a fixture
from tests.server.tables.live.people import LONG_MS, Person, chips, table_settings
from tests.server.tables.live.test_remote import casino

TABLE = table_settings("roulette", betting_ms=LONG_MS, seats=10)
FAR = "203.0.113.9"
"""An address that is not this machine's: whoever comes from there needs TLS."""
_AROUND = """
{user}
daemon off;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    {documented}
}}
"""


def _configuration(houses: list[House], home: Path, pages: int, play: int) -> str:
    """Return the documented configuration, with the addresses of these nodes."""
    (text,) = re.findall(r"```nginx\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    text = re.sub(r"/etc/nginx/croupier\.(pem|key)", str(home / "croupier.pem"), text)
    text = text.replace("listen 443 ", f"listen 127.0.0.1:{pages} ")
    text = text.replace("listen 8443 ", f"listen 127.0.0.1:{play} ")
    for number, house in enumerate(houses, 1):
        text = text.replace(f"10.0.0.{number}:8080", house.http.removeprefix("http://"))
        address = house.gateway.removeprefix("ws://").rstrip("/")
        text = text.replace(f"10.0.0.{number}:8081", address)
    assert "10.0.0." not in text
    user = "user root;" if os.geteuid() == 0 else ""  # so that it may use the test's folder
    return _AROUND.format(user=user, home=home, documented=text)


@asynccontextmanager
async def _nginx(home: Path, configuration: str) -> AsyncIterator[None]:
    """Run nginx; it listens when this returns."""
    path = home / "nginx.conf"
    path.write_text(configuration, encoding="utf-8")
    command = ("nginx", "-p", str(home), "-e", str(home / "error.log"), "-c", str(path))
    process = await asyncio.create_subprocess_exec(*command)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not (home / "nginx.pid").exists() or not (home / "nginx.pid").read_text():
                assert process.returncode is None, (home / "error.log").read_text()
                await asyncio.sleep(0.01)  # a process outside tells nobody
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _watch_live_tables(clients: Clients, url: str, trust: Any, office: Any) -> None:
    """Sign an operator in from far away, and open the console's stream."""
    mara = await office.hire()
    body = {"name": "mara", "password": PASSWORD, "code": mara.code(office.clock.at)}
    headers = {"Origin": url, "X-Forwarded-For": FAR}
    page = f"{url}/api/v1/console"
    async with clients.web.post(
        f"{page}/sign-in", json=body, headers=headers, ssl=trust
    ) as response:
        assert response.status == 200, await response.text()
        cookie = response.headers["Set-Cookie"]
        assert "Secure" in cookie
    address = await office.owner.fetchval(
        "SELECT address FROM croupier.sign_in_attempt ORDER BY id DESC LIMIT 1"
    )
    assert address == FAR
    headers["Cookie"] = cookie.partition(";")[0]
    async with clients.web.ws_connect(f"{page}/live", headers=headers, ssl=trust) as socket:
        titles: list[str] = []
        async with asyncio.timeout(PATIENCE_S):
            while TABLE.title not in titles:  # it comes with the snapshot or soon after it
                told = await socket.receive_json()
                titles += [row["title"] for row in told["tables"]]


@pytest.mark.chaos
async def test_people_play_through_nginx_while_a_node_drains(
    database: Database,
    valkey: Any,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    """Over TLS, on one live table; who was on a node that drains resumes on another, bet and all.

    Addresses that the proxy tells are believed, and an operator watches through it.
    """
    if shutil.which("nginx") is None:
        if os.environ.get("CI"):
            pytest.fail("nginx is missing; `.ci/run` installs it")
        pytest.skip("nginx is not installed")
    trust = certificate(tmp_path / "croupier.pem")
    pages, play = free_port(), free_port()
    behind: dict[str, Any] = {"nodes": 3, "http__trusted_proxies": ("127.0.0.1/32",)}
    async with (
        casino(database, valkey, TABLE, **behind) as houses,
        open_office(database) as office,
        _nginx(tmp_path, _configuration(houses, tmp_path, pages, play)),
        AsyncExitStack() as leaving,
    ):
        for house in houses:
            house.casino._sign_ins._seal = office.sign_ins._seal
            house.casino._sign_ins._now = office.clock
        clients = Clients(houses[0].http, f"wss://localhost:{play}/")
        leaving.push_async_callback(clients.leave)
        url = f"https://localhost:{pages}"
        await _watch_live_tables(clients, url, trust, office)
        wires = [await clients.player(tls=trust) for _ in range(6)]
        people = [await Person.at(wire, TABLE.title) for wire in wires]
        opened = await people[0].opened()
        for person in people:
            assert (await person.bet(opened["round"], chips(red=100))).type == "accepted"
        drained = next(house for house in houses if _connected(house) and not _owned(house))
        there = _connected(drained)
        stopping = asyncio.ensure_future(drained.stop())
        moved = 0
        for person in people:
            waiting = asyncio.ensure_future(person.wire.event("draining"))
            await asyncio.wait((waiting, stopping), return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                waiting.cancel()
                continue
            moved += 1
            wire = await resumed(clients, person.wire.welcome["token"], trust)
            assert wire.welcome["balance"]["held"] == 100
            assert [state["live"]["round"] for state in wire.welcome["tables"]] == [opened["round"]]
        assert moved == there > 0
        for _ in range(6):
            async with clients.web.get(f"{url}/readyz", ssl=trust) as answer:
                assert answer.status == 200


def _connected(house: House) -> int:
    return sum(session.connected for session in house.casino._hub.sessions.values())


def _owned(house: House) -> dict[int, int]:
    return house.casino.cluster.fences.owned
