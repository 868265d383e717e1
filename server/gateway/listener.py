"""The port that players connect to."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from pathlib import Path
from typing import Final

from protocol.errors import CloseCode
from server.gateway.connection import Connection
from server.gateway.settings import GatewaySettings
from server.gateway.shared import Counters, FrameHandler, Shared

__all__ = ["GatewaySettings", "ListenError", "Listener"]

_BACKLOG: Final = 4_096
"""Connections that wait to be accepted; after a restart all players come back within seconds."""

_CLOSE_SLICE: Final = 256
"""Connections closed in one go, so that the others are served meanwhile."""


class ListenError(Exception):
    """One line that says why the listener cannot start, and what to do."""


class Listener:
    """Accepts connections and keeps them until they end.

    The handler is told of each connection and each frame; see `FrameHandler`.
    """

    def __init__(self, settings: GatewaySettings, handler: FrameHandler) -> None:
        self._settings = settings
        self._handler = handler
        self._shared: Shared | None = None
        self._servers: list[asyncio.Server] = []

    @property
    def connections(self) -> set[Connection]:
        """All sockets at present, those in their handshake and those being closed included."""
        return self._shared.connections if self._shared is not None else set()

    @property
    def counters(self) -> Counters:
        """What has happened since the start."""
        return self._shared.counters if self._shared is not None else Counters()

    async def start(self) -> tuple[str, int]:
        """Listen, and return the host and the port. Raises ListenError."""
        settings = self._settings
        loop = asyncio.get_running_loop()
        context = _tls_context(settings)
        sockets = await _bind(loop, settings.host, settings.port, shared=settings.shared)
        shared = self._shared = Shared(settings, self._handler, loop)
        seconds = settings.hello_timeout_ms / 1_000
        for sock in sockets:
            server = await loop.create_server(
                lambda: Connection(shared),
                sock=sock,
                backlog=_BACKLOG,
                ssl=context,
                ssl_handshake_timeout=seconds if context else None,
                ssl_shutdown_timeout=settings.close_timeout_ms / 1_000 if context else None,
            )
            self._servers.append(server)
        shared.wheel.start(loop)
        host, port = sockets[0].getsockname()[:2]
        return str(host), int(port)

    def stop_accepting(self) -> None:
        """Close the port. Connections stay."""
        for server in self._servers:
            server.close()
        self._servers.clear()

    async def close(self, deadline_ms: int) -> None:
        """Close the port and all connections with *going away*; cut those left at the deadline."""
        self.stop_accepting()
        shared = self._shared
        if shared is None:
            return
        loop = asyncio.get_running_loop()
        end = loop.time() + deadline_ms / 1_000
        for count, connection in enumerate(tuple(shared.connections)):
            connection.close(CloseCode.GOING_AWAY)
            if count % _CLOSE_SLICE == _CLOSE_SLICE - 1:
                await asyncio.sleep(0)
        await _until_empty(shared, end - loop.time())
        for connection in tuple(shared.connections):
            connection.abort()
        # The event loop tells of each cut connection in its next rounds.
        await _until_empty(shared, 1.0)
        shared.wheel.stop()


async def _until_empty(shared: Shared, seconds: float) -> None:
    """Wait until there is no connection, but not longer than for some time."""
    if not shared.connections:
        return
    emptied = asyncio.Event()
    shared.emptied = emptied.set
    try:
        await asyncio.wait_for(emptied.wait(), max(0.0, seconds))
    except TimeoutError:
        pass
    finally:
        shared.emptied = None


def _tls_context(settings: GatewaySettings) -> ssl.SSLContext | None:
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None:
        if key is not None:
            raise ListenError(f"{key}: a TLS key without a certificate; name both or none")
        return None
    for path in (certificate, key):
        if path is not None:
            _readable(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])  # a WebSocket does not begin on HTTP/2
    try:
        # An empty password, so that nobody is asked for one on a terminal that may not be there.
        context.load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, ValueError):
        raise ListenError(
            f"{certificate}: no PEM certificate chain with the private key that belongs to it, "
            "unencrypted"
        ) from None
    return context


def _readable(path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise ListenError(f"{path}: cannot be read: {error.strerror}") from None


async def _bind(
    loop: asyncio.AbstractEventLoop, host: str, port: int, *, shared: bool
) -> list[socket.socket]:
    """Bind every address of the host to one and the same port."""
    shown = f"[{host}]" if ":" in host else host or "every interface"
    try:
        found = await loop.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError:
        raise ListenError(f"{host}: no such host; name an address of this machine") from None
    # IPv4 first: it is the one that exists everywhere, and the port told is that of the first.
    found = sorted(dict.fromkeys(found), key=lambda info: info[0] != socket.AF_INET)
    bound: list[socket.socket] = []
    failure: OSError | None = None
    for family, kind, number, _, address in found:
        try:
            sock = _bound(family, kind, number, (address[0], port, *address[2:]), shared)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                failure = error
                break
            failure = failure or error
            continue
        bound.append(sock)
        port = port or int(sock.getsockname()[1])
    if bound and (failure is None or failure.errno != errno.EADDRINUSE):
        return bound  # a machine without IPv6 still has its localhost
    for sock in bound:
        sock.close()
    raise ListenError(_reason(failure, shown, port)) from None


def _bound(
    family: int,
    kind: int,
    number: int,
    address: tuple[object, ...],
    shared: bool,  # noqa: FBT001 - one of a socket's properties
) -> socket.socket:
    sock = socket.socket(family, kind, number)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setblocking(False)
        sock.bind(address)
    except OSError:
        sock.close()
        raise
    return sock


def _reason(failure: OSError | None, host: str, port: int) -> str:
    number = failure.errno if failure is not None else 0
    if number == errno.EADDRINUSE:
        return f"port {port} on {host} is taken; stop what uses it, or choose another port"
    if number == errno.EACCES:
        return f"port {port} on {host} is not allowed to this user; choose one above 1023"
    if number == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; name one that is"
    reason = failure.strerror if failure is not None else "it has no address"
    return f"port {port} on {host} cannot be listened on: {reason}"
