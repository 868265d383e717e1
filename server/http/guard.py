"""The watch over one HTTP connection: whoever sends nothing, or half of it, does not stay."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple, cast

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

SERVER_NAME: Final = "croupier"

STALLED_S: Final = 60.0
"""How long a client may take nothing of an answer. A slow one empties its buffers in gulps."""

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Limits(NamedTuple):
    """How long a client may keep its connection waiting, in seconds."""

    request: float
    """For a whole head, and after it for a whole body."""
    idle: float
    """Between two requests."""


class _State(enum.Enum):
    HEAD = enum.auto()
    """Connected, or a request has begun: its head is missing."""
    BODY = enum.auto()
    """The head is there, the body is missing."""
    WORK = enum.auto()
    """The request is there: what follows takes as long as it takes."""
    IDLE = enum.auto()
    """All is answered."""
    CLOSING = enum.auto()
    """Closed from here; what is on its way out may still leave."""


class Guard(asyncio.Protocol):
    """Stands between the transport and the library's protocol, and knows what is waited for.

    The bytes pass through as they are. That a head or an answer is complete is told by the
    application, see `watch`; `check` ends what took too long.
    """

    __slots__ = (
        "_inner",
        "_limits",
        "_moved",
        "_on_lost",
        "_since",
        "_state",
        "_unsent",
        "transport",
    )

    def __init__(
        self, inner: asyncio.Protocol, limits: Limits, on_lost: Callable[[Guard], None]
    ) -> None:
        self.transport: asyncio.Transport | None = None
        """None before the TLS handshake is done, and after the end."""
        self._inner = inner
        self._limits = limits
        self._on_lost = on_lost
        self._state = _State.HEAD
        self._since = self._moved = 0.0
        self._unsent = 0

    # -- what the transport tells ------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first head."""
        # Those of uvloop are no subclasses.
        self.transport = cast("asyncio.Transport", transport)
        self._enter(_State.HEAD)
        self._inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody."""
        self.transport = None
        self._on_lost(self)
        self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass it on; after a silence it is the beginning of a head."""
        if self._state is _State.IDLE:
            self._enter(_State.HEAD)
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass it on."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """Pass it on."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self._inner.resume_writing()

    # -- what the application tells ----------------------------------------------------------------

    def head_came(self, request: web.Request) -> None:
        """A request is at work; its body may still be missing."""
        self._enter(_State.BODY)
        request.content.on_eof(self._body_came)  # called at once where there is none

    def answered(self) -> None:
        """The answer is written, or nobody is there to take it."""
        self._enter(_State.IDLE)

    def _body_came(self) -> None:
        # The rest of a body may also come after the answer.
        if self._state is _State.BODY:
            self._state = _State.WORK

    # -- the limits --------------------------------------------------------------------------------

    def check(self, now: float) -> None:
        """End the connection if what it waits for is overdue."""
        transport = self.transport
        if transport is None:
            return
        unsent = transport.get_write_buffer_size()
        if unsent:
            # An answer on its way out: not the client's silence counts, but whether it takes any.
            self._since = now
            if unsent != self._unsent:
                self._moved = now
            elif now - self._moved >= STALLED_S:
                transport.abort()
            self._unsent = unsent
            return
        self._unsent = 0
        if self._state is _State.WORK or (
            self._state is _State.CLOSING and transport.get_extra_info("sslcontext") is not None
        ):
            # What TLS has still to send cannot be seen here: its own limit ends it, see `Door`.
            return
        limit = self._limits.idle if self._state is _State.IDLE else self._limits.request
        if now - self._since < limit:
            return
        if self._state is _State.IDLE and not transport.is_closing():
            self._enter(_State.CLOSING)
            transport.close()
        else:
            transport.abort()

    def _enter(self, state: _State) -> None:
        if self._state is not _State.CLOSING:
            self._state = state
            self._since = asyncio.get_running_loop().time()


class AnswerLog(AbstractAccessLogger):
    """Takes the place of a log of requests: its call is the library's word that one is answered."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:  # noqa: ARG002 - the library's signature
        """Tell the guard."""
        guard = _guard_of(request)
        if guard is not None:
            guard.answered()


def watch(application: web.Application) -> None:
    """Make an application tell the guards what it is at, and name no versions in its answers."""
    application.middlewares.insert(0, _tell_guard)
    application.on_response_prepare.append(_name_server)


@web.middleware
async def _tell_guard(request: web.Request, handler: _Handler) -> web.StreamResponse:
    guard = _guard_of(request)
    if guard is not None:
        guard.head_came(request)
    return await handler(request)


async def _name_server(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = SERVER_NAME


def _guard_of(request: web.BaseRequest) -> Guard | None:
    """Return the guard of a request's connection; None without one or after the end."""
    transport = request.transport
    protocol = transport.get_protocol() if transport is not None else None
    return protocol if isinstance(protocol, Guard) else None
