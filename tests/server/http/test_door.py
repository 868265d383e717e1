"""Tests of `server.http.door`: the bound on connections, TLS handshakes, few files."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from server.config import Settings
from server.config.settings import Gateway, Http
from server.http import door
from tests.client.certificates import self_signed
from tests.patience import PATIENCE_S
from tests.server.http.served import GET, LONG_MS, answer, rest, served


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    """Entries of the log."""
    with structlog.testing.capture_logs() as captured:
        yield captured


async def test_the_bound(certificate: Path | None, logs: list[Any]) -> None:
    """Above the bound a connection is closed at once; when one leaves there is room again."""
    async with served(certificate=certificate, max_connections=2) as site:
        first = await site.send(GET)
        await answer(first)
        await site.send(b"GET")
        await site.until(lambda: site.connections == 2)
        for _ in range(40):
            assert await rest(await site.connect(handshake=False)) == b""
        first[1].write(GET)
        await answer(first)
        first[1].close()
        await site.until(lambda: site.connections == 1)
        await answer(await site.send(GET))
    bound = [entry for entry in logs if entry["event"] == "http connections at their bound"]
    assert [entry["max_connections"] for entry in bound] == [2]


async def test_handshakes(tmp_path: Path) -> None:
    """A TLS handshake counts and has its limit; one that fails gives its place back."""
    async with served(
        certificate=self_signed(tmp_path),
        max_connections=2,
        request_timeout_ms=500,
        idle_timeout_ms=LONG_MS,
    ) as site:
        silent = [await site.connect(handshake=False) for _ in range(2)]
        await site.until(lambda: site.connections == 2)
        assert await rest(await site.connect(handshake=False)) == b""
        for stream in silent:
            assert await rest(stream) == b""
        await site.until(lambda: not site.connections)
        for data in (GET, os.urandom(300)):
            stream = await site.connect(handshake=False)
            stream[1].write(data)
            await rest(stream)
            await site.until(lambda: not site.connections)
        gone = await site.connect(handshake=False)
        await site.until(lambda: site.connections)
        gone[1].transport.abort()
        await site.until(lambda: not site.connections)
        await answer(await site.send(GET))


async def test_closing_during_a_handshake(tmp_path: Path) -> None:
    """The end of the server ends handshakes, too."""
    async with served(certificate=self_signed(tmp_path), request_timeout_ms=LONG_MS) as site:
        stream = await site.connect(handshake=False)
        await site.until(lambda: site.connections)
        await site.listener.close()
        assert await rest(stream) == b""
        with pytest.raises(OSError, match="refused|failed"):
            await site.connect(handshake=False)


async def test_out_of_files(logs: list[Any]) -> None:
    """Without a file descriptor left a connection waits, and is taken when there is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with served() as site:
        with socket.socket() as client:
            client.setblocking(False)
            free = os.dup(client.fileno())
            os.close(free)
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
                client.connect_ex(site.address)
                await site.until(
                    lambda: [
                        entry for entry in logs if entry["event"] == "http connection not accepted"
                    ]
                )
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(PATIENCE_S):
                await loop.sock_sendall(client, GET)
                assert (await loop.sock_recv(client, 1_000)).startswith(b"HTTP/1.1 200")


async def test_every_interface() -> None:
    """Without a host every interface is listened on, all at the same port."""
    async with served(host="") as site:
        for host in ("127.0.0.1", "::1") if socket.has_dualstack_ipv6() else ("127.0.0.1",):
            stream = await asyncio.open_connection(host, site.address[1])
            stream[1].write(GET)
            await answer(stream)
            stream[1].close()


async def test_a_port_that_is_taken_on_one_address() -> None:
    """A port must be free on all addresses of a host; what was bound before is let go."""
    if not socket.has_dualstack_ipv6():
        pytest.skip("needs IPv6")
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="use"):
            await door._bind("", port, shared=False)
        with socket.create_server(("127.0.0.1", port)):
            pass


def test_few_files(monkeypatch: pytest.MonkeyPatch, logs: list[Any]) -> None:
    """A start warns when the bounds on connections are more than the files that may be open."""
    settings = msgspec.structs.replace(
        Settings(), http=Http(max_connections=300), gateway=Gateway(max_connections=600)
    )
    for allowed in (1_000, resource.RLIM_INFINITY, 999):
        monkeypatch.setattr(resource, "getrlimit", lambda _, soft=allowed: (soft, soft))
        door.warn_of_few_files(settings)
    assert [(entry["allowed"], entry["wanted"]) for entry in logs] == [(999, 1_000)]
