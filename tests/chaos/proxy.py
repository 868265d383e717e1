"""A TCP proxy that fails as networks do: it stalls, cuts, half-closes, and cuts within a frame."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, cast

from server.database.ports import free_port

_CHUNK: Final = 65_536


class _Way:
    """One direction of a connection."""

    __slots__ = ("_link", "_reader", "_writer", "left")

    def __init__(
        self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._link = link
        self._reader = reader
        self._writer = writer
        self.left: int | None = None
        """How many bytes more go through before the cut, or None."""

    async def carry(self) -> None:
        """Carry bytes until one end stops."""
        with contextlib.suppress(OSError):
            while data := await self._reader.read(_CHUNK):
                await self._link.flowing.wait()
                if self.left is not None:
                    data = data[: self.left]
                    self.left -= len(data)
                if not self._writer.transport.is_closing() and self._writer.can_write_eof():
                    self._writer.write(data)
                    await self._writer.drain()
                if self.left == 0:
                    self._link.cut()
            self.close()

    def close(self) -> None:
        """Tell the end that nothing more comes this way."""
        with contextlib.suppress(OSError, RuntimeError):
            self._writer.write_eof()


class Link:
    """One client's connection through the proxy."""

    def __init__(
        self,
        number: int,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self.number = number
        self.flowing = asyncio.Event()
        self.flowing.set()
        self._writers = (client[1], server[1])
        self.up = _Way(self, client[0], server[1])
        self.down = _Way(self, server[0], client[1])

    async def carry(self) -> None:
        """Carry bytes both ways until both ends stop or the link is cut."""
        try:
            await asyncio.gather(self.up.carry(), self.down.carry())
        finally:
            self.cut()

    def stall(self) -> None:
        """Let nothing through, and tell nobody."""
        self.flowing.clear()

    def flow(self) -> None:
        """Let everything through again, in order and complete."""
        self.flowing.set()

    def cut(self) -> None:
        """Break it; whatever is on its way is lost."""
        for writer in self._writers:
            cast("asyncio.Transport", writer.transport).abort()
        self.flowing.set()


class Proxy:
    """A door to a port of this machine; `links` are the connections through it."""

    def __init__(self, target: int) -> None:
        self._target = target
        self.port = free_port()
        self.links: set[Link] = set()
        self.accepted = 0

    @property
    def gateway(self) -> str:
        """The address that clients are to be told."""
        return f"ws://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Take connections meanwhile."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        try:
            yield
        finally:
            server.close()
            for link in list(self.links):
                link.cut()
            while self.links:  # noqa: ASYNC110 - each leaves as soon as its two ways have ended
                await asyncio.sleep(0.01)
            await server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        try:
            server = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        link = Link(self.accepted, (reader, writer), server)
        self.links.add(link)
        try:
            await link.carry()
        finally:
            self.links.discard(link)
