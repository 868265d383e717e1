"""A listener with a handler that remembers, and a client that can be as rude as it likes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from protocol.codec import MSGPACK_SUBPROTOCOL
from server.gateway.connection import Connection
from server.gateway.listener import Listener
from server.gateway.settings import GatewaySettings
from tests.patience import PATIENCE_S

KEY = "dGhlIHNhbXBsZSBub25jZQ=="


class Recorder:
    """Remembers what it is told, answers each frame with the same, and wakes up who waits."""

    def __init__(self) -> None:
        self.opened_connections: list[Connection] = []
        self.lost_connections: list[Connection] = []
        self.frames: list[bytes] = []
        self.refused: list[bytes] = []
        self.identify = True
        self.on_frame: Callable[[Connection, bytes], None] = lambda connection, data: (
            connection.send(data)
        )
        self.on_opened: Callable[[Connection], None] = lambda connection: None
        self._changed = asyncio.Event()

    def opened(self, connection: Connection) -> None:
        """Remember it, and take the client for identified unless told otherwise."""
        self.opened_connections.append(connection)
        self._changed.set()
        if self.identify:
            connection.identified()
        self.on_opened(connection)

    def frame(self, connection: Connection, data: bytes) -> None:
        """Remember it and do what the test wants."""
        self.frames.append(data)
        self._changed.set()
        self.on_frame(connection, data)

    def too_fast(self, connection: Connection, data: bytes) -> None:
        """Remember it and warn the client."""
        self.refused.append(data)
        self._changed.set()
        connection.send(b"too fast")

    def lost(self, connection: Connection) -> None:
        """Remember it."""
        self.lost_connections.append(connection)
        self._changed.set()

    async def until(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        """Wait until a condition holds that changes with what this handler is told."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def until_lost(self, count: int = 1) -> None:
        """Wait until so many connections are gone."""
        await self.until(lambda: len(self.lost_connections) >= count)


class Gateway:
    """A running listener."""

    def __init__(self, listener: Listener, handler: Recorder, port: int) -> None:
        self.listener = listener
        self.handler = handler
        self.port = port
        self.address = f"ws://127.0.0.1:{port}/"

    def connect(
        self,
        subprotocols: tuple[str, ...] | None = (MSGPACK_SUBPROTOCOL,),
        path: str = "",
        origin: str | None = None,
        **options: Any,
    ) -> Any:
        """Connect the independent client, without compression and pings unless asked for."""
        options = {"compression": None, "ping_interval": None, "proxy": None, **options}
        return connect(
            f"ws://127.0.0.1:{self.port}/{path}",
            subprotocols=[Subprotocol(name) for name in subprotocols] if subprotocols else None,
            origin=Origin(origin) if origin else None,
            **options,
        )

    async def raw(self, *, upgrade: bool = True, **options: Any) -> Raw:
        """Connect a bare socket, with or without the handshake."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, **options)
        raw = Raw(reader, writer)
        if upgrade:
            await raw.upgrade()
        return raw


class Raw:
    """A bare socket that can speak WebSocket, well or badly."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def upgrade(self, *lines: str, subprotocol: str = MSGPACK_SUBPROTOCOL) -> bytes:
        """Send a handshake and return the head of the answer."""
        self.writer.write(request(*lines, subprotocol=subprotocol))
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.readuntil(b"\r\n\r\n")

    def pause(self) -> None:
        """Stop reading, so that the server's writes pile up."""
        cast("asyncio.Transport", self.writer.transport).pause_reading()

    def resume(self) -> None:
        """Go on reading."""
        cast("asyncio.Transport", self.writer.transport).resume_reading()

    def reset(self) -> None:
        """Break the connection off: the server's machine gets a reset in place of an end."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def send(self, *data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(b"".join(data))

    async def frame(self) -> tuple[int, bytes]:
        """Read one frame: its first byte and its payload."""
        async with asyncio.timeout(PATIENCE_S):
            first, length = await self.reader.readexactly(2)
            if length == 126:
                (length,) = struct.unpack("!H", await self.reader.readexactly(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
            return first, await self.reader.readexactly(length)

    async def close_code(self) -> int:
        """Read up to the close frame and return its code, 1006 if there is none."""
        try:
            while True:
                first, payload = await self.frame()
                if first == 0x88:
                    return int.from_bytes(payload[:2], "big")
        except (asyncio.IncompleteReadError, ConnectionError):
            return 1006

    async def rest(self) -> bytes:
        """Read until the server ends the connection."""
        async with asyncio.timeout(PATIENCE_S):
            with contextlib.suppress(OSError):
                return await self.reader.read()
        return b""

    async def aclose(self) -> None:
        """End the connection."""
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


def request(*lines: str, subprotocol: str = MSGPACK_SUBPROTOCOL) -> bytes:
    """Return a handshake request with further header lines."""
    head = [
        "GET /ws HTTP/1.1",
        "Host: localhost",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {KEY}",
        "Sec-WebSocket-Version: 13",
        *([f"Sec-WebSocket-Protocol: {subprotocol}"] if subprotocol else []),
        *lines,
    ]
    return ("\r\n".join(head) + "\r\n\r\n").encode("latin-1")


def masked(first: int, payload: bytes, mask: bytes = b"\x37\xfa\x21\x3d") -> bytes:
    """Return a client's frame."""
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 65_536:
        head = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, size)
    body = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return head + mask + body


@contextlib.asynccontextmanager
async def gateway(**settings: Any) -> AsyncIterator[Gateway]:
    """Run a listener; at the end nothing may be left of it, and no fault may have shown up."""
    loop = asyncio.get_running_loop()
    unhandled: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: unhandled.append(context))
    handler = Recorder()
    listener = Listener(GatewaySettings(**{"close_timeout_ms": 400, **settings}), handler)
    with structlog.testing.capture_logs() as logs:
        _, port = await listener.start()
        try:
            yield Gateway(listener, handler, port)
        finally:
            await listener.close(deadline_ms=1_000)
            loop.set_exception_handler(None)
    assert not listener.connections
    assert not unhandled
    assert not [entry for entry in logs if entry["event"] in FAULTS]
    assert len(handler.opened_connections) == len(handler.lost_connections)
    assert len(set(handler.lost_connections)) == len(handler.lost_connections)


FAULTS = (
    "a connection could not be read",
    "a lost connection could not be handled",
    "a timer failed",
)
"""Log events that only a fault of the gateway's own, or of a test's handler, gives rise to."""


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until a condition holds that nobody tells the test of."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.005)


async def closed_with(client: ClientConnection) -> int | None:
    """Wait until the independent client is closed and return the code."""
    async with asyncio.timeout(PATIENCE_S):
        await client.wait_closed()
    return client.close_code


def client_tls() -> ssl.SSLContext:
    """Return a context that trusts anybody: the tests' certificate is self-signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
