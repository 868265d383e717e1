"""Tests of `client.transport`, against the library's own server and raw sockets."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from client.transport import ABNORMAL, MAXIMUM_FRAME_BYTES, HandshakeError, open_connection
from tests.client.certificates import self_signed

PROTOCOL = "test.v1"


class Ends:
    """What a connection told."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[bytes] = asyncio.Queue()
        self.end: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()

    def receive(self, message: bytes) -> None:
        """Keep a message."""
        self.messages.put_nowait(message)

    def closed(self, code: int, reason: str) -> None:
        """Keep the end; a second one would raise."""
        self.end.set_result((code, reason))


@asynccontextmanager
async def server(
    handler: Callable[[ServerConnection], Awaitable[None]], **options: Any
) -> AsyncIterator[int]:
    """Run a WebSocket server and yield its port."""
    options.setdefault("subprotocols", [Subprotocol(PROTOCOL)])
    async with serve(handler, "127.0.0.1", 0, compression=None, **options) as running:
        yield running.sockets[0].getsockname()[1]


@asynccontextmanager
async def raw_server(frames: bytes, chunk: int, *, together: bool = False) -> AsyncIterator[int]:
    """Shake hands properly, then write bytes as they are, in chunks; yield the port.

    With `together` the first chunk goes out with the handshake's answer.
    """

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        core = ServerProtocol(subprotocols=[Subprotocol(PROTOCOL)])
        core.receive_data(await reader.readuntil(b"\r\n\r\n"))
        (request,) = core.events_received()
        core.send_response(core.accept(request))  # type: ignore[arg-type]
        answer = b"".join(core.data_to_send())
        if not together:
            writer.write(answer)
            answer = b""
            await reader.read(100)  # the client's first message
        data = answer + frames
        for position in range(0, len(data), chunk):
            writer.write(data[position : position + chunk])
            await writer.drain()
            await asyncio.sleep(0)
        writer.write_eof()
        while await reader.read(65_536):
            pass
        writer.close()

    running = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield running.sockets[0].getsockname()[1]
    finally:
        running.close()


def frame(opcode: Opcode, data: bytes, *, fin: bool = True, mask: bool = False) -> bytes:
    """Return a frame's bytes."""
    return Frame(opcode, data, fin).serialize(mask=mask)


async def echo(connection: ServerConnection) -> None:
    """Send everything back."""
    async for message in connection:
        await connection.send(message)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 300_000])
@pytest.mark.parametrize("text", [False, True])
async def test_messages_of_every_length_pass(size: int, text: bool) -> None:
    """All three forms of a frame's length are written and read, as text and as binary."""
    ends = Ends()
    message = b"x" * size
    async with server(echo) as port:
        connection = await open_connection(
            f"ws://127.0.0.1:{port}", PROTOCOL, ends.receive, ends.closed, text=text
        )
        assert connection.send(message)
        assert await ends.messages.get() == message
        connection.close()
        assert await ends.end == (1000, "")


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("together", [False, True])
async def test_frames_are_found_however_the_bytes_are_cut(chunk: int, together: bool) -> None:
    """Control frames, fragments and whole frames are told apart at every cut of the stream."""
    long = bytes(range(256)) * 3
    frames = b"".join(
        [
            frame(Opcode.BINARY, b"one"),
            frame(Opcode.PING, b"?"),
            frame(Opcode.BINARY, b"tw", fin=False),
            frame(Opcode.PING, b""),
            frame(Opcode.CONT, b"", fin=False),
            frame(Opcode.CONT, b"o"),
            frame(Opcode.BINARY, long),
            frame(Opcode.PONG, b""),
            frame(Opcode.BINARY, b""),
            frame(Opcode.CLOSE, b"\x0f\xa1slow"),
        ]
    )
    ends = Ends()
    async with raw_server(frames, chunk, together=together) as port:
        connection = await open_connection(
            f"ws://127.0.0.1:{port}", PROTOCOL, ends.receive, ends.closed
        )
        connection.send(b"go")
        found = [await ends.messages.get() for _ in range(4)]

        assert found == [b"one", b"two", long, b""]
        assert await ends.end == (4001, "slow")


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (frame(Opcode.BINARY, b"masked", mask=True), 1002),
        (b"\xc2\x01x", 1002),
        (b"\x83\x01x", 1002),
        (frame(Opcode.CONT, b"of nothing"), 1002),
        (frame(Opcode.BINARY, b"a", fin=False) + frame(Opcode.BINARY, b"b"), 1002),
        (b"\x82\x7f" + (MAXIMUM_FRAME_BYTES + 1).to_bytes(8, "big") + b"x", 1009),
        (b"\x82\x7f" + b"\xff" * 8 + b"x", 1009),
    ],
)
async def test_malformed_frames_end_the_connection(frames: bytes, code: int) -> None:
    """A frame that no server may send is answered with a close code, and nothing behind is read."""
    ends = Ends()
    async with raw_server(frames + frame(Opcode.BINARY, b"never"), 1000) as port:
        connection = await open_connection(
            f"ws://127.0.0.1:{port}", PROTOCOL, ends.receive, ends.closed
        )
        connection.send(b"go")

        assert (await ends.end)[0] == code
        assert ends.messages.empty()


async def test_a_ping_is_answered() -> None:
    """The server's pings are answered without the program's help."""
    ponged = asyncio.Event()

    async def ping(connection: ServerConnection) -> None:
        await (await connection.ping())
        ponged.set()
        await connection.wait_closed()

    ends = Ends()
    async with server(ping) as port:
        connection = await open_connection(
            f"ws://127.0.0.1:{port}", PROTOCOL, ends.receive, ends.closed
        )
        await ponged.wait()
        connection.close()
        await ends.end


async def test_the_close_code_and_reason_are_told() -> None:
    """Whoever owns the connection learns why the server closed it."""

    async def close(connection: ServerConnection) -> None:
        await connection.close(4500, "replaced")

    ends = Ends()
    async with server(close) as port:
        connection = await open_connection(
            f"ws://127.0.0.1:{port}", PROTOCOL, ends.receive, ends.closed
        )
        assert await ends.end == (4500, "replaced")
        assert not connection.send(b"too late")


async def test_a_broken_connection_is_abnormal() -> None:
    """Without a close frame the code is 1006."""

    async def cut(connection: ServerConnection) -> None:
        await connection.recv()
        connection.transport.abort()

    ends = Ends()
    async with server(cut) as port:
        connection = await open_connection(
            f"ws://127.0.0.1:{port}", PROTOCOL, ends.receive, ends.closed
        )
        connection.send(b"go")
        assert (await ends.end)[0] == ABNORMAL


async def test_another_subprotocol_is_refused() -> None:
    """A server that does not speak ours is no gateway."""
    ends = Ends()
    async with server(echo, subprotocols=None) as port:
        with pytest.raises(HandshakeError) as caught:
            await open_connection(f"ws://127.0.0.1:{port}", PROTOCOL, ends.receive, ends.closed)
    assert not caught.value.temporary


@pytest.mark.parametrize(("status", "temporary"), [(404, False), (503, True)])
async def test_a_refused_handshake_says_whether_to_try_again(status: int, temporary: bool) -> None:
    """A proxy whose server is away is tried again, a wrong path is not."""
    ends = Ends()

    def refuse(connection: ServerConnection, _: object) -> Any:
        return connection.respond(status, "no\n")

    async with server(echo, process_request=refuse) as port:
        with pytest.raises(HandshakeError) as caught:
            await open_connection(f"ws://127.0.0.1:{port}", PROTOCOL, ends.receive, ends.closed)
    assert caught.value.temporary is temporary


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 101 Swi", b"HTTP/1.1 101 OK\r\nUpgrade: web"])
async def test_a_handshake_that_breaks_off_refuses_nothing(answer: bytes) -> None:
    """A server that dies within the handshake has refused nothing: it is a lost connection."""

    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    ends = Ends()
    async with await asyncio.start_server(break_off, "127.0.0.1", 0) as dying:
        port = dying.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionResetError):
            await open_connection(f"ws://127.0.0.1:{port}", PROTOCOL, ends.receive, ends.closed)


async def test_an_address_that_is_none_is_refused() -> None:
    """A wrong address is told as such and not tried again."""
    ends = Ends()
    with pytest.raises(HandshakeError):
        await open_connection("http://127.0.0.1", PROTOCOL, ends.receive, ends.closed)


async def test_tls_is_spoken(tmp_path: Path) -> None:
    """With `wss` the connection is encrypted and the certificate checked."""
    certificate = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    ends = Ends()
    async with server(echo, ssl=context) as port:
        url = f"wss://localhost:{port}"
        with pytest.raises(ssl.SSLCertVerificationError):
            await open_connection(url, PROTOCOL, ends.receive, ends.closed)
        connection = await open_connection(url, PROTOCOL, ends.receive, ends.closed, ssl=trusting)
        connection.send(b"secret")
        assert await ends.messages.get() == b"secret"
        connection.close()
        await ends.end
