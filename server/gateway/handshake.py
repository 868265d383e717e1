"""From HTTP to WebSocket: the opening handshake of one connection, without any I/O."""

from __future__ import annotations

import http
import logging
from collections.abc import Sequence
from typing import Final, NamedTuple

from websockets.datastructures import Headers
from websockets.extensions.base import ServerExtensionFactory
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request, Response
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.typing import Origin, Subprotocol

from protocol.codec import CODECS, Codec
from server.gateway.settings import GatewaySettings

__all__ = ["Answer", "Core", "Handshake", "open_core", "release"]

_MAX_REQUEST_BYTES: Final = 16_384
"""Of the request's head. Browsers send less than 4 KiB, cookies included."""

_END: Final = b"\r\n\r\n"

_HINT: Final = (
    "This is the players' WebSocket gateway. Connect with a WebSocket client and one of the "
    f"subprotocols {', '.join(CODECS)}.\n"
)

# The library tells every opening and closing; only its own faults are of interest here.
_quiet: Final = logging.getLogger(__name__)
_quiet.setLevel(logging.ERROR)

_DEFLATE: Final = (
    # Small windows: at the default of 15 bits a connection would cost some 300 KiB.
    ServerPerMessageDeflateFactory(
        server_max_window_bits=12,
        client_max_window_bits=12,
        compress_settings={"memLevel": 5},
    ),
)


class Core(ServerProtocol):
    """The library's sans-I/O connection, with this gateway's choice of subprotocol."""

    def select_subprotocol(  # noqa: D102 - the library's
        self, subprotocols: Sequence[Subprotocol]
    ) -> Subprotocol | None:
        for name in CODECS:
            if name in subprotocols:
                return Subprotocol(name)
        return None  # the handshake goes on, so that a close code can say what is wrong


def open_core(max_frame_bytes: int) -> Core:
    """Return a core for a connection whose handshake is long done, at the start of a frame."""
    return Core(state=OPEN, max_size=max_frame_bytes, logger=_quiet)


def release(core: ServerProtocol) -> None:
    """Break the cycle between a core and its parser, so that both are freed at once."""
    core.parser.close()
    del core.parser


class Answer(NamedTuple):
    """How a handshake ended."""

    output: bytes
    """The HTTP response to send."""
    accepted: bool
    codec: Codec | None
    """None when the client offers no subprotocol that is spoken here."""
    core: Core | None
    """The core to go on with when an extension was agreed on, which is part of its state."""
    rest: bytes
    """What the client sent behind its request."""
    forwarded_for: Sequence[str]
    forwarded: Sequence[str]


class Handshake:
    """Reads the request as it comes in."""

    __slots__ = ("_core", "_length", "_tail")

    def __init__(self, settings: GatewaySettings) -> None:
        # Without an Origin it is no browser, and no page of somebody else's can be behind it.
        origins = [None, *map(Origin, settings.allowed_origins)]
        extensions: Sequence[ServerExtensionFactory] = _DEFLATE if settings.compression else ()
        self._core = Core(
            origins=origins if settings.allowed_origins else None,
            extensions=extensions,
            max_size=settings.max_frame_bytes,
            logger=_quiet,
        )
        self._length = 0
        self._tail = b""

    def receive(self, data: bytes) -> Answer | None:
        """Take in bytes; return the answer once the request is whole, or cannot be one."""
        # Nothing behind the request's end is given to the core yet: it would read frames, and
        # answer pings, before it has accepted the connection.
        joined = self._tail + data
        end = joined.find(_END)
        used = len(data) if end < 0 else end + len(_END) - len(self._tail)
        self._tail = joined[1 - len(_END) :]
        self._length += used
        if self._length > _MAX_REQUEST_BYTES:
            status = http.HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            return self._refuse(self._core.reject(status, "The request is too long.\n"))
        self._core.receive_data(data[:used])
        events = self._core.events_received()
        if events:
            request = events[0]
            assert isinstance(request, Request)
            return self._answer(request, data[used:])
        written = b"".join(self._core.data_to_send())
        if written:
            return Answer(written, False, None, None, b"", (), ())
        if self._core.handshake_exc is not None:
            return self._refuse(self._core.reject(http.HTTPStatus.BAD_REQUEST, _HINT))
        return None

    def release(self) -> None:
        """Free the core, unless an answer has handed it on."""
        release(self._core)

    def _answer(self, request: Request, rest: bytes) -> Answer:
        core, headers = self._core, request.headers
        if request.method == "GET" and "Upgrade" not in headers:
            response = core.reject(http.HTTPStatus.UPGRADE_REQUIRED, _HINT)
            response.headers["Upgrade"] = "websocket"
            return self._refuse(response)
        response = core.accept(request)
        if response.status_code != http.HTTPStatus.SWITCHING_PROTOCOLS:
            return self._refuse(response)
        core.send_response(response)
        return Answer(
            output=b"".join(core.data_to_send()),
            accepted=True,
            codec=CODECS[core.subprotocol] if core.subprotocol else None,
            core=core if core.extensions else None,
            rest=rest,
            forwarded_for=_all(headers, "X-Forwarded-For"),
            forwarded=_all(headers, "Forwarded"),
        )

    @staticmethod
    def _refuse(response: Response) -> Answer:
        return Answer(response.serialize(), False, None, None, b"", (), ())


def _all(headers: Headers, name: str) -> Sequence[str]:
    return headers.get_all(name) if name in headers else ()
