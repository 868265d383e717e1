"""Tests of `server.http.guard`: what is overdue is ended, what is at work is not."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path

import pytest
from aiohttp import web

from tests.patience import PATIENCE_S
from tests.server.http.served import GET, LONG_MS, answer, ok, rest, served

SHORT_MS = 200
WORK_S = 0.7
"""Several times the short limit."""

Certificate = Path | None


@pytest.mark.parametrize("data", [b"", b"\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n"])
async def test_a_head_that_does_not_come(certificate: Certificate, data: bytes) -> None:
    """Nothing, or half a head: the connection is ended."""
    async with served(
        certificate=certificate, request_timeout_ms=SHORT_MS, idle_timeout_ms=LONG_MS
    ) as site:
        assert await rest(await site.send(data)) == b""
        await site.until(lambda: not site.connections)


async def test_a_head_that_comes_in_drops() -> None:
    """The limit is for the whole head: a byte now and then does not renew it."""
    async with served(request_timeout_ms=SHORT_MS, idle_timeout_ms=LONG_MS) as site:
        stream = await site.send(b"GET / HTTP/1.1\r\nX: ")

        async def drip() -> None:
            while True:
                stream[1].write(b"x")
                await asyncio.sleep(SHORT_MS / 5_000)

        dripping = asyncio.create_task(drip())
        assert await rest(stream) == b""
        dripping.cancel()


async def test_a_second_head_that_does_not_come(certificate: Certificate) -> None:
    """After an answer, too, half a head is no reason to stay."""
    async with served(
        certificate=certificate, request_timeout_ms=SHORT_MS, idle_timeout_ms=LONG_MS
    ) as site:
        stream = await site.send(GET)
        await answer(stream)
        stream[1].write(b"GET / HTTP/1.1\r\n")
        assert await rest(stream) == b""


@pytest.mark.parametrize(
    "head", [b"Content-Length: 20\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"]
)
async def test_a_body_that_does_not_come(
    certificate: Certificate, head: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Half a body ends the connection, and the handler that waits for it; nothing is logged."""
    ended = asyncio.Event()

    async def handler(request: web.Request) -> web.Response:
        with contextlib.suppress(ConnectionError):  # as the application does
            await request.read()
        ended.set()
        return web.Response()

    async with served(
        handler, certificate, request_timeout_ms=SHORT_MS, idle_timeout_ms=LONG_MS
    ) as site:
        assert await rest(await site.send(b"POST / HTTP/1.1\r\nHost: x\r\n" + head)) == b""
        async with asyncio.timeout(PATIENCE_S):
            await ended.wait()
        await site.until(lambda: not site.connections)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_body_that_nobody_reads() -> None:
    """An answer before the body is complete does not make the rest of it welcome for ever."""
    async with served(request_timeout_ms=SHORT_MS, idle_timeout_ms=SHORT_MS) as site:
        stream = await site.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx")
        assert (await rest(stream)).endswith(b"ok")


async def test_an_idle_connection(certificate: Certificate) -> None:
    """Between two requests a connection may be idle for so long, then it is closed."""
    async with served(
        certificate=certificate, request_timeout_ms=LONG_MS, idle_timeout_ms=SHORT_MS
    ) as site:
        stream = await site.send(GET)
        await answer(stream)
        stream[1].write(GET)
        await answer(stream)
        assert await rest(stream) == b""
        await site.until(lambda: not site.connections)


async def test_a_client_that_says_no_goodbye(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The goodbye of TLS is not waited for for ever."""
    monkeypatch.setattr("server.http.door._GOODBYE_S", 0.5)
    async with served(
        certificate=certificate, request_timeout_ms=LONG_MS, idle_timeout_ms=SHORT_MS
    ) as site:
        stream = await site.send(GET)
        await answer(stream)
        stream[1].transport.pause_reading()  # type: ignore[attr-defined]
        await site.until(lambda: not site.connections)


async def test_a_slow_handler(certificate: Certificate) -> None:
    """Who has sent a whole request is waited for, not cut; so are requests behind it."""

    async def handler(request: web.Request) -> web.Response:
        body = await request.read()
        await asyncio.sleep(WORK_S)
        return web.Response(text="ok") if body == b"abc" else web.Response(status=400)

    async with served(
        handler, certificate, request_timeout_ms=SHORT_MS, idle_timeout_ms=SHORT_MS
    ) as site:
        stream = await site.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na")
        await asyncio.sleep(SHORT_MS / 4_000)
        post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
        stream[1].write(b"bc" + post)
        for _ in range(2):
            assert (await answer(stream)).startswith(b"HTTP/1.1 200")
        assert await rest(stream) == b""


async def test_a_long_download(certificate: Certificate) -> None:
    """An answer that is written for long is written to its end."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(10):
            await response.write(b"x" * 10)
            await asyncio.sleep(WORK_S / 10)
        await response.write(b"the end")
        return response

    async with served(
        handler, certificate, request_timeout_ms=SHORT_MS, idle_timeout_ms=SHORT_MS
    ) as site:
        assert b"the end" in await rest(await site.send(GET))


@pytest.mark.parametrize("connection", [b"keep-alive", b"close"])
async def test_a_slow_reader(certificate: Certificate, connection: bytes) -> None:
    """A client that takes its answer slowly gets all of it."""
    size = 8_000_000

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * size)

    async with served(
        handler, certificate, request_timeout_ms=SHORT_MS, idle_timeout_ms=SHORT_MS
    ) as site:
        stream = await site.connect(limit=1_000)
        stream[1].write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: " + connection + b"\r\n\r\n")
        await asyncio.sleep(WORK_S)  # nothing is read meanwhile
        head = await stream[0].readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        assert len(await rest(stream)) == size


async def test_a_file_for_a_slow_reader(certificate: Certificate, tmp_path: Path) -> None:
    """So does one that takes a file, which the library may send past the guard."""
    size = 16_000_000
    path = tmp_path / "large"
    path.write_bytes(b"x" * size)

    async def handler(_: web.Request) -> web.FileResponse:
        return web.FileResponse(path)

    async with served(
        handler, certificate, request_timeout_ms=SHORT_MS, idle_timeout_ms=SHORT_MS
    ) as site:
        stream = await site.connect(limit=1_000)
        stream[1].write(GET)
        await asyncio.sleep(WORK_S)
        await stream[0].readuntil(b"\r\n\r\n")
        assert len(await rest(stream)) == size


async def test_a_client_that_takes_nothing(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who takes nothing of an answer for long is cut."""
    monkeypatch.setattr("server.http.guard.STALLED_S", 0.5)

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(250):
            await response.write(b"x" * 64_000)
        return response

    async with served(
        handler, certificate, request_timeout_ms=SHORT_MS, idle_timeout_ms=LONG_MS
    ) as site:
        stream = await site.connect(limit=1_000)
        stream[1].write(GET)
        await site.until(lambda: site.connections)
        await site.until(lambda: not site.connections)
        assert len(await rest(stream)) < 16_000_000


async def test_pipelined_requests() -> None:
    """Requests sent together are all answered."""
    async with served(ok, request_timeout_ms=SHORT_MS, idle_timeout_ms=SHORT_MS) as site:
        stream = await site.send(GET * 20 + b"GET / HTTP/1.1\r\n")
        assert (await rest(stream)).count(b"\r\n\r\nok") == 20


async def test_no_versions_are_told() -> None:
    """Answers name the server without what it is made of."""

    async def handler(request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.Response(text="ok")
        raise web.HTTPForbidden

    async with served(handler, idle_timeout_ms=SHORT_MS) as site:
        for line in (b"GET /", b"DELETE /", b"GET /nothing", b"OPTIONS /"):
            told = await rest(await site.send(line + b" HTTP/1.1\r\nHost: x\r\n\r\n"))
            assert b"\r\nServer: croupier\r\n" in told
            assert b"aiohttp" not in told
