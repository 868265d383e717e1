"""A door between one node and Valkey, at which messages are lost, late or doubled.

It knows where a reply of the protocol ends, so that what is left out is always a whole message, and
never a part of an answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, cast

from server.database.ports import free_port

__all__ = ["BusProxy", "reply_end"]

_CHUNK: Final = 65_536
_MESSAGE: Final = b"*3\r\n$7\r\nmessage\r\n"


def reply_end(data: bytes | bytearray, start: int = 0) -> int | None:
    """Return where the reply that begins at *start* ends; None while it is not all there."""
    line = data.find(b"\r\n", start)
    if line < 0:
        return None
    end = line + 2
    kind, count = data[start : start + 1], data[start + 1 : line]
    if kind == b"$":
        end += max(int(count) + 2, 0) if int(count) >= 0 else 0
        return end if end <= len(data) else None
    if kind == b"*":
        for _ in range(int(count)):
            following = reply_end(data, end)
            if following is None:
                return None
            end = following
    return end


class BusProxy:
    """One node's way to Valkey. Nothing goes wrong until its attributes say so."""

    def __init__(self, target: int, chance: random.Random) -> None:
        self.port = free_port()
        self.lose = 0.0
        """Shares of the messages that this befalls."""
        self.double = 0.0
        self.delay_s = 0.0
        """Up to how long a message takes; then messages overtake each other."""
        self.counts = {"lost": 0, "doubled": 0, "late": 0}
        self._target = target
        self._chance = chance
        self._open = True
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Take connections meanwhile."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        try:
            yield
        finally:
            server.close()
            self.cut()
            await server.wait_closed()

    def cut(self) -> None:
        """Break every connection; new ones are refused until `mend`."""
        self._open = False
        for writer in list(self._writers):
            cast("asyncio.Transport", writer.transport).abort()
        self._flowing.set()

    def stall(self) -> None:
        """Let nothing through, and tell nobody."""
        self._flowing.clear()

    def mend(self) -> None:
        """Let everything through again."""
        self._open = True
        self._flowing.set()
        self.lose = self.double = self.delay_s = 0.0

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._open:
            writer.transport.abort()
            return
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, to_server}
        self._writers |= both
        try:
            await asyncio.gather(self._up(reader, to_server), self._down(from_server, writer))
        finally:
            self._writers -= both

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._flowing.wait()
                if writer.transport.is_closing():
                    break
                writer.write(data)
                await writer.drain()
        writer.transport.abort()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        waiting = bytearray()
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._flowing.wait()
                waiting += data
                start = 0
                while (end := reply_end(waiting, start)) is not None:
                    self._pass(bytes(waiting[start:end]), writer)
                    start = end
                del waiting[:start]
                await writer.drain()
        writer.transport.abort()

    def _pass(self, reply: bytes, writer: asyncio.StreamWriter) -> None:
        """Let a reply through; of a message as often, and as late, as chance has it."""
        if not reply.startswith(_MESSAGE):
            _write(writer, reply)
            return
        if self._chance.random() < self.lose:
            self.counts["lost"] += 1
            return
        times = 1
        if self._chance.random() < self.double:
            self.counts["doubled"] += 1
            times = 2
        for _ in range(times):
            if not self.delay_s:
                _write(writer, reply)
                continue
            self.counts["late"] += 1
            late_s = self._chance.uniform(0, self.delay_s)
            asyncio.get_running_loop().call_later(late_s, _write, writer, reply)


def _write(writer: asyncio.StreamWriter, reply: bytes) -> None:
    if not writer.transport.is_closing():
        writer.write(reply)
