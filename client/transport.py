"""One WebSocket connection to the gateway: bytes in, whole frames out.

The library's sans-I/O core runs directly under an `asyncio.Protocol`: no task, queue or event sits
between the socket and the session, which is what keeps a request and its reply cheap. Works on
uvloop and on the standard loop, plain or over TLS.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ssl as ssl_module
from collections.abc import Callable
from os import urandom
from typing import Final, cast

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidURI
from websockets.frames import CloseCode as WebSocketCloseCode, Frame, Opcode
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

try:
    from websockets.speedups import apply_mask
except ImportError:  # a platform without the compiled part
    from websockets.utils import apply_mask

__all__ = ["ABNORMAL", "Connection", "HandshakeError", "open_connection"]

ABNORMAL: Final = int(WebSocketCloseCode.ABNORMAL_CLOSURE)
"""1006: the connection broke without a close frame. Never on the wire."""

MAXIMUM_FRAME_BYTES: Final = 4 * 1024 * 1024
"""The longest message that is taken from a gateway."""
_CLOSE_TIMEOUT_S: Final = 2.0

_OPEN: Final = State.OPEN
_FIN_TEXT: Final = 0x81
_FIN_BINARY: Final = 0x82
_MASKED: Final = 0x80


class HandshakeError(OSError):
    """The other side answered, but not as a gateway of this protocol does.

    `temporary` says whether trying again may help: a proxy whose server is away answers 502 or 503.
    """

    def __init__(self, message: str, *, temporary: bool) -> None:
        super().__init__(message)
        self.temporary = temporary


class Connection(asyncio.Protocol):
    """A WebSocket connection. `receive` gets each whole message, `closed` the end, exactly once.

    Both are called from the event loop and must not block. `closed` gets the close code (1006 where
    none was received) and the reason, and only after the handshake had succeeded.

    What nearly every frame is, whole and unfragmented, is read and written here; the core gets the
    handshake, control frames, fragments and everything malformed, always whole frames, so that it
    stands between two frames whenever one is read past it. That halves the cost of a message.
    """

    __slots__ = (
        "_closed",
        "_first",
        "_fragments",
        "_handshake",
        "_loop",
        "_opened",
        "_partial",
        "_plain",
        "_protocol",
        "_receive",
        "_transport",
        "bytes_received_at",
        "sent_at",
    )

    def __init__(
        self,
        protocol: ClientProtocol,
        receive: Callable[[bytes], None],
        closed: Callable[[int, str], None],
        *,
        text: bool,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._protocol = protocol
        self._receive = receive
        self._closed = closed
        self._first = _FIN_TEXT if text else _FIN_BINARY
        """The first byte of every usual frame."""
        self._fragments: list[bytes] = []
        self._partial = b""
        """The start of a frame whose end has not come in yet."""
        self._plain = False
        """Whether frames may be read and written past the core."""
        self._opened = False
        self._transport: asyncio.Transport | None = None
        self._handshake: asyncio.Future[None] = self._loop.create_future()
        self.sent_at = self._loop.time()
        """When the last message was sent, on the loop's clock."""
        self.bytes_received_at = self.sent_at
        """When anything was last received, on the loop's clock."""

    def send(self, message: bytes) -> bool:
        """Send one message; False if the connection is no longer open."""
        transport = self._transport
        if transport is None or self._protocol.state is not _OPEN or transport.is_closing():
            return False
        size = len(message)
        if size < 126:
            header = bytes((self._first, _MASKED | size))
        elif size < 65_536:
            header = bytes((self._first, _MASKED | 126)) + size.to_bytes(2, "big")
        else:
            header = bytes((self._first, _MASKED | 127)) + size.to_bytes(8, "big")
        mask = urandom(4)
        transport.write(header + mask + apply_mask(message, mask))
        self.sent_at = self._loop.time()
        return True

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Begin to close; `closed` follows when the other side has answered, or soon after."""
        self._plain = False
        partial, self._partial = self._partial, b""
        if self._protocol.state is _OPEN:
            self._protocol.send_close(code, reason)
            self._flush()
        if partial:
            self._read_by_core(partial)
        self._abort_later()

    def abort(self) -> None:
        """Drop the connection at once, without a close frame."""
        if self._transport is not None:
            self._transport.abort()

    async def handshake(self) -> None:
        """Wait until the connection is open. Raises HandshakeError or OSError."""
        await self._handshake

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the handshake request."""
        self._transport = cast("asyncio.Transport", transport)
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Take what arrived and hand on every whole message in it."""
        self.bytes_received_at = self._loop.time()
        if self._plain:
            self._read(data)
        else:
            self._read_by_core(data)
            # Frames that came together with the handshake may have left a part in the core.
            protocol = self._protocol
            self._plain = protocol.state is _OPEN and not protocol.reader.buffer

    def eof_received(self) -> None:
        """Take the end of the stream; returning None lets the transport close itself."""
        self._plain = False
        self._protocol.receive_eof()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the owner how it ended."""
        self._plain = False
        protocol = self._protocol
        protocol.receive_eof()
        if not self._opened:
            if not self._handshake.done():
                self._handshake.set_exception(_handshake_failure(protocol.handshake_exc or exc))
            return
        close = protocol.close_rcvd or protocol.close_sent
        if close is None:
            self._closed(ABNORMAL, str(exc or ""))
        else:
            self._closed(int(close.code), close.reason)

    # Inside.

    def _read(self, data: bytes) -> None:
        """Read frames; all but the usual ones go through the core, each as a whole."""
        if self._partial:
            data, self._partial = self._partial + data, b""
        first, size, position = self._first, len(data), 0
        while position + 2 <= size and self._plain:
            length, start = data[position + 1], position + 2
            if length < 126:
                end = start + length
            else:
                start, end = _extent(data, position)
                self._plain = end > 0  # else the core finds out what is wrong, and fails
            if end > size:
                break
            if data[position] == first and self._plain and not self._fragments:
                position, begin = end, start
                self._receive(data[begin:end])
            else:
                begin, position = position, end or size
                self._read_by_core(data[begin:position])
            self._plain = self._plain and self._protocol.state is _OPEN
        if position < size:
            if self._plain:
                self._partial = data[position:]
            else:
                self._read_by_core(data[position:])

    def _read_by_core(self, data: bytes) -> None:
        protocol = self._protocol
        protocol.receive_data(data)
        for event in protocol.events_received():
            if isinstance(event, Frame):
                self._take_frame(event)
            elif protocol.handshake_exc is None and not self._handshake.done():
                self._opened = True
                self._handshake.set_result(None)
        self._flush()
        if protocol.close_expected():
            self._abort_later()

    def _take_frame(self, frame: Frame) -> None:
        opcode = frame.opcode
        if opcode in (Opcode.BINARY, Opcode.TEXT):
            if frame.fin:
                self._receive(bytes(frame.data))
            else:
                self._fragments = [bytes(frame.data)]
        elif opcode is Opcode.CONT:
            self._fragments.append(bytes(frame.data))
            if frame.fin:
                message, self._fragments = b"".join(self._fragments), []
                self._receive(message)

    def _flush(self) -> None:
        """Write what the core wants written; an empty string stands for the end."""
        transport = self._transport
        for data in self._protocol.data_to_send():
            if transport is None or transport.is_closing():
                return
            if data:
                transport.write(data)
            elif transport.can_write_eof():
                transport.write_eof()
            else:
                transport.close()

    def _abort_later(self) -> None:
        """Bound the wait for a peer that never finishes the closing handshake."""
        if self._transport is not None and not self._transport.is_closing():
            self._loop.call_later(_CLOSE_TIMEOUT_S, self._transport.abort)


@functools.cache
def _default_context() -> ssl_module.SSLContext:
    """Return a context with the system's certificates; reading them takes milliseconds."""
    return ssl_module.create_default_context()


def _extent(data: bytes, position: int) -> tuple[int, int]:
    """Return where the payload of a frame with a long header begins and ends.

    The end may lie behind the data. It is 0 for a frame that a server must not send: a masked one,
    or one that is too long.
    """
    width = {126: 2, 127: 8}.get(data[position + 1], 0)
    start = position + 2 + width
    if not width:
        return start, 0
    if start > len(data):
        return start, start
    length = int.from_bytes(data[position + 2 : start], "big")
    return start, start + length if length <= MAXIMUM_FRAME_BYTES else 0


def _handshake_failure(error: BaseException | None) -> OSError:
    # A stream that ends within the response refuses nothing: a server that dies does that.
    ended = isinstance(error, InvalidMessage) and isinstance(error.__cause__, EOFError)
    if isinstance(error, InvalidHandshake) and not ended:
        status = getattr(getattr(error, "response", None), "status_code", 0)
        temporary = status == 429 or status >= 500
        return HandshakeError(f"the gateway refused the connection: {error}", temporary=temporary)
    if isinstance(error, OSError):
        return error
    return ConnectionResetError("the connection closed during the handshake")


async def open_connection(
    url: str,
    subprotocol: str,
    receive: Callable[[bytes], None],
    closed: Callable[[int, str], None],
    *,
    text: bool = False,
    ssl: ssl_module.SSLContext | None = None,
) -> Connection:
    """Connect and shake hands. Raises OSError, or HandshakeError, which is one.

    `ssl` is for `wss` only; None takes the system's certificates.
    """
    try:
        uri = parse_uri(url)
    except InvalidURI as error:
        raise HandshakeError(str(error), temporary=False) from None
    protocol = ClientProtocol(
        uri,
        subprotocols=[Subprotocol(subprotocol)],
        max_size=MAXIMUM_FRAME_BYTES,
    )
    context = (ssl or _default_context()) if uri.secure else None
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(
        lambda: Connection(protocol, receive, closed, text=text),
        uri.host,
        uri.port,
        ssl=context,
        server_hostname=uri.host if uri.secure else None,
    )
    try:
        await connection.handshake()
    except BaseException:
        with contextlib.suppress(OSError):
            connection.abort()
        raise
    if protocol.subprotocol != subprotocol:
        connection.close(1002, "subprotocol not spoken")
        raise HandshakeError(f"the gateway does not speak {subprotocol}", temporary=False)
    return connection
