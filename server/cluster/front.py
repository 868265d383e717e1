"""One address in front of several nodes of this machine, to try a cluster without a proxy.

Connections go to the living nodes in turn. For real use put HAProxy or nginx in front; see
docs/operations.md.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Final

__all__ = ["Front"]

_CHUNK: Final = 1 << 16
_CONNECT_S: Final = 2.0

Address = tuple[str, int]


class Front:
    """Passes TCP connections on to one of the addresses that `living` gives at that moment."""

    def __init__(self, living: Callable[[], Sequence[Address]]) -> None:
        self._living = living
        self._server: asyncio.Server | None = None
        self._next = 0
        self._links: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> Address:
        """Listen; returns the address. Raises OSError."""
        self._server = await asyncio.start_server(self._accept, host, port, backlog=1_024)
        name = self._server.sockets[0].getsockname()
        return str(name[0]), int(name[1])

    async def stop(self) -> None:
        """Take no more connections and end those that are open."""
        if self._server is not None:
            self._server.close()
        for link in list(self._links):
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "it runs as a task"
        self._links.add(task)
        try:
            await self._link(reader, writer)
        except asyncio.CancelledError:
            pass  # the front stops
        finally:
            self._links.discard(task)
            writer.close()

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for host, port in self._in_turn():
            try:
                async with asyncio.timeout(_CONNECT_S):
                    there, back = await asyncio.open_connection(host, port)
            except (OSError, TimeoutError):
                continue  # it died a moment ago
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(_pump(reader, back))
                    group.create_task(_pump(there, writer))
            finally:
                back.close()
            return

    def _in_turn(self) -> list[Address]:
        living = list(self._living())
        if not living:
            return []
        self._next = (self._next + 1) % len(living)
        return living[self._next :] + living[: self._next]


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on until one side ends; then the other side hears of it."""
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        if writer.can_write_eof():
            writer.write_eof()
