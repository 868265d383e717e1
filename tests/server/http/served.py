"""An application behind the real listener, for tests that speak to its socket."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from server.config import Settings
from server.config.settings import Http
from server.http.listener import HttpListener
from tests.patience import PATIENCE_S

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LONG_MS = 600_000


async def ok(_: web.Request) -> web.Response:
    """Answer."""
    return web.Response(text="ok")


class Served:
    """A listener and its clients."""

    def __init__(self, listener: HttpListener, address: tuple[str, int], tls: bool) -> None:
        self.listener = listener
        self.address = address
        self._tls = tls
        self._writers: list[asyncio.StreamWriter] = []

    @property
    def connections(self) -> int:
        """How many connections are counted."""
        assert self.listener._door is not None
        return self.listener._door.connections

    async def connect(self, *, handshake: bool = True, limit: int = 2**16) -> Stream:
        """Open a connection."""
        context = None
        if self._tls and handshake:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        async with asyncio.timeout(PATIENCE_S):
            stream = await asyncio.open_connection(*self.address, ssl=context, limit=limit)
        self._writers.append(stream[1])
        return stream

    async def send(self, data: bytes) -> Stream:
        """Open a connection and send something."""
        stream = await self.connect()
        stream[1].write(data)
        return stream

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for what the other side does not tell."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():  # noqa: ASYNC110 - a state, not an event
                await asyncio.sleep(0.01)

    async def leave(self) -> None:
        """End all connections."""
        for writer in self._writers:
            writer.transport.abort()
        await self.until(lambda: not self.connections)


@asynccontextmanager
async def served(
    handler: Callable[[web.Request], Any] = ok, certificate: Path | None = None, **http: Any
) -> AsyncIterator[Served]:
    """Serve one handler on every method of `/`, with some settings of `[http]`."""
    application = web.Application()
    application.router.add_route("*", "/", handler)
    there = Http(port=0, tls_certificate=certificate, tls_key=certificate, **http)
    listener = HttpListener(application, msgspec.structs.replace(Settings(), http=there))
    site = Served(listener, await listener.start(), certificate is not None)
    try:
        yield site
    finally:
        await site.leave()
        await listener.close()


async def rest(stream: Stream) -> bytes:
    """Return what comes until the end."""
    async with asyncio.timeout(PATIENCE_S):
        try:
            return await stream[0].read()
        except ConnectionError:
            return b""


async def answer(stream: Stream) -> bytes:
    """Return one answer of `ok`."""
    async with asyncio.timeout(PATIENCE_S):
        return await stream[0].readuntil(b"\r\n\r\nok")
