"""Tests of `server.http.application`: health, metrics, and the form of every error."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import structlog
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from server.http.application import build_application
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.harness import House, open_house


async def get(house: House, path: str, method: str = "GET") -> tuple[int, Any]:
    """Send a request; returns status and decoded body."""
    async with house.web.request(method, f"{house.http}{path}") as response:
        return response.status, await response.json()


async def test_alive_and_ready(house: House) -> None:
    """A running node is alive and ready, and says which program it runs."""
    assert await get(house, "/healthz") == (200, {"status": "ok"})
    status, told = await get(house, "/readyz")
    assert (status, told["status"], told["live_rounds_parked"]) == (200, "ready", 0)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            nodes = house.casino.board.nodes()
            if nodes:
                break
            await asyncio.sleep(0.02)  # nobody is told of it
    assert [node.program for node in nodes] == [told["program"]], "as it is told to the others"


async def test_why_it_is_not_ready(house: House) -> None:
    """Readiness tells its reason; the node is alive all the same."""
    casino = house.casino
    reasons = {}

    async def reason() -> str:
        status, told = await get(house, "/readyz")
        assert (status, told["error"]["code"]) == (503, "not_ready")
        assert (await get(house, "/healthz"))[0] == 200
        return str(told["error"]["message"])

    casino._lease.drift_ms = 2_500
    reasons["clock"] = await reason()
    casino._lease.drift_ms = 0
    casino._partitions.until_ms, until = 0, casino._partitions.until_ms
    reasons["partitions"] = await reason()
    casino._partitions.until_ms = until
    casino._queue._trouble_since = 1.0
    reasons["database"] = await reason()
    casino._queue._trouble_since = None
    casino._draining = True
    reasons["draining"] = await reason()
    casino._draining = False
    for word, text in reasons.items():
        assert word in text
    assert (await get(house, "/readyz"))[0] == 200


async def test_unknown_paths_and_methods(house: House) -> None:
    """An unknown path is 404, a wrong method 405 with what is allowed; both in one form."""
    for path in ("/api", "/api/v1/demo/", "/healthz/x", "/%00", "/..%2f..%2fetc/passwd"):
        status, told = await get(house, path)
        assert (status, told["error"]["code"]) == (404, "not_found")
        assert set(told) == {"error"}
        assert set(told["error"]) == {"code", "message"}
    for path, method, allowed in (
        ("/api/v1/demo", "GET", "POST"),
        ("/healthz", "POST", "GET,HEAD"),
        ("/metrics", "DELETE", "GET,HEAD"),
    ):
        async with house.web.request(method, f"{house.http}{path}") as response:
            assert response.status == 405
            assert response.headers["Allow"] == allowed
            assert (await response.json())["error"]["code"] == "method_not_allowed"


async def test_what_is_no_http(house: House) -> None:
    """Bytes that are no HTTP end the connection with 400 at most, and nothing in the log."""
    house.logs.clear()  # a start may warn of few open files
    host, port = house.casino.http_address
    for data in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 50 + b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /api/v1/demo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab",
        b"POST /api/v1/demo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 20_000 + b"\r\n\r\n",
        b"\n" * 100,
    ):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(data)
        writer.write_eof()
        async with asyncio.timeout(PATIENCE_S):
            answer = await reader.read()
        assert answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")), answer
        assert b"Traceback" not in answer
        writer.close()
    assert not [entry for entry in house.logs if entry["log_level"] != "info"]


async def test_half_a_sign_up(database: Database) -> None:
    """A sign-up whose body does not come ends its connection, and leaves nothing in the log."""
    async with open_house(database, http__request_timeout_ms=200) as house:
        house.logs.clear()
        reader, writer = await asyncio.open_connection(*house.casino.http_address)
        writer.write(b"POST /api/v1/demo HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n{")
        async with asyncio.timeout(PATIENCE_S):
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
        writer.close()
        assert (await get(house, "/healthz"))[0] == 200
        assert not [entry for entry in house.logs if entry["log_level"] != "info"]


async def test_hosts_that_are_no_hosts(house: House) -> None:
    """A sign-up under any Host header is answered; what is told of the gateway is an address."""
    house.logs.clear()  # a start may warn of few open files
    host, port = house.casino.http_address
    for name in ("", "[", "a b", "x:99999", "\xff", "[::1]:80", "a" * 300, "..", "x@y:z"):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"POST /api/v1/demo HTTP/1.1\r\nHost: " + name.encode("latin-1"))
        writer.write(b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        async with asyncio.timeout(PATIENCE_S):
            answer = await reader.read()
        assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 400", b"HTTP/1.0 400")), answer
        writer.close()
    assert not [entry for entry in house.logs if entry["log_level"] != "info"]


async def test_metrics(house: House) -> None:
    """Metrics can be parsed, count what happened, and name no player and no table."""
    seat = await house.seat(amount="0.50")
    await seat.bet("spin", {"stake": 100})
    await seat.bet("spin", {"stake": 40})
    async with house.web.get(f"{house.http}/metrics") as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/plain")
        text = await response.text()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    values = {
        (sample.name, *sample.labels.values()): sample.value
        for family in families.values()
        for sample in family.samples
    }
    assert values[("croupier_settlement_items_total",)] == 2
    assert values[("croupier_refusals_total", "insufficient_funds")] == 1
    assert values[("croupier_sessions",)] == 1
    assert values[("croupier_connections",)] == 1
    assert values[("croupier_tables",)] == 1
    assert values[("croupier_ready",)] == 1
    labels = {name for family in families.values() for s in family.samples for name in s.labels}
    assert labels <= {
        *("code", "le", "reason", "version", "implementation"),
        *("direction", "outcome", "event", "bus"),
    }
    for secret in (seat.table, seat.wire.welcome["session"], seat.wire.welcome["token"]):
        assert secret not in text


async def test_a_fault_is_told_without_its_inside() -> None:
    """What goes wrong inside is a 500 in the usual form, and a log entry."""

    class Broken:
        async def handle(self, _: Request) -> Response:
            message = "secret inside"
            raise RuntimeError(message)

    application = build_application(
        sign_ups=Broken(),  # type: ignore[arg-type]
        registry=CollectorRegistry(),
        not_ready=lambda: None,
    )
    with structlog.testing.capture_logs() as logs:
        async with TestClient(TestServer(application)) as client:
            response = await client.post("/api/v1/demo")
            told = await response.json()
    assert response.status == 500
    assert told["error"]["code"] == "internal"
    assert "secret" not in repr(told)
    assert [entry["event"] for entry in logs] == ["http request failed"]
