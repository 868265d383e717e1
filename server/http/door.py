"""The HTTP port: so many connections at most, each under guard from its first moment."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import resource
import socket
import ssl
from collections.abc import Callable, Coroutine
from typing import Final

import structlog

from server.config import Settings
from server.http.guard import Guard, Limits

log = structlog.get_logger(__name__)

_BACKLOG: Final = 1_024
_ACCEPT_AT_ONCE: Final = 16
"""Connections taken in one go, so that a flood leaves time for everything else."""
_PAUSE_S: Final = 0.25
"""After a failed accept; out of file descriptors it would fail again at once."""
_COMPLAIN_EVERY_S: Final = 60.0
_SWEEP_S: Final = 1.0
_GOODBYE_S: Final = 30.0
"""For a client of TLS to take what is left and to say goodbye."""
_FILES_RESERVE: Final = 100
"""File descriptors for the database, the log and what else is open."""


class Door:
    """Accepts connections for protocols of a factory, and ends those that keep it waiting.

    Connections are counted as soon as they are accepted. The event loop's own server would make
    them known only after the TLS handshake, so that any number could stay in it.
    """

    def __init__(
        self,
        factory: Callable[[], asyncio.Protocol],
        limits: Limits,
        max_connections: int,
        context: ssl.SSLContext | None,
    ) -> None:
        self._factory = factory
        self._limits = limits
        self._most = max_connections
        self._context = context
        self._guards: set[Guard] = set()
        self._sockets: list[socket.socket] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweeping: asyncio.TimerHandle | None = None
        self._complaints: dict[str, float] = {}

    @property
    def connections(self) -> int:
        """How many there are, those in their TLS handshake included."""
        return len(self._guards)

    async def open(self, host: str, port: int, *, shared: bool = False) -> tuple[str, int]:
        """Listen; returns host and port. Raises OSError."""
        self._sockets = await _bind(host, port, shared=shared)
        for sock in self._sockets:
            self._start(self._accept(sock))
        self._sweep()
        bound = self._sockets[0].getsockname()
        return str(bound[0]), int(bound[1])

    async def close(self) -> None:
        """Take no more connections, and end those in their handshake. The others stay."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for sock in self._sockets:
            sock.close()
        self._sockets.clear()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        count = 0
        while True:
            try:
                sock, _ = await loop.sock_accept(listening)
            except OSError as error:
                self._complain("http connection not accepted", reason=error.strerror)
                await asyncio.sleep(_PAUSE_S)
                continue
            if len(self._guards) >= self._most:
                sock.close()
                self._complain("http connections at their bound", max_connections=self._most)
            else:
                guard = Guard(self._factory(), self._limits, self._guards.discard)
                self._guards.add(guard)
                self._start(self._admit(sock, guard))
            count += 1
            if count % _ACCEPT_AT_ONCE == 0:
                await asyncio.sleep(0)

    async def _admit(self, sock: socket.socket, guard: Guard) -> None:
        """Connect a guard, with TLS after its handshake."""
        secure = self._context is not None
        try:
            with contextlib.suppress(OSError):  # the client left, or its handshake failed
                await asyncio.get_running_loop().connect_accepted_socket(
                    lambda: guard,
                    sock,
                    ssl=self._context,
                    ssl_handshake_timeout=self._limits.request if secure else None,
                    ssl_shutdown_timeout=_GOODBYE_S if secure else None,
                )
        finally:
            if guard.transport is None:
                self._guards.discard(guard)

    def _sweep(self) -> None:
        """Check all connections, now and again and again."""
        loop = asyncio.get_running_loop()
        self._sweeping = loop.call_later(min(_SWEEP_S, *self._limits) / 2, self._sweep)
        now = loop.time()
        for guard in tuple(self._guards):
            guard.check(now)

    def _complain(self, event: str, **details: object) -> None:
        """Log, but rarely: strangers could fill the log with it."""
        now = asyncio.get_running_loop().time()
        if now >= self._complaints.get(event, now):
            self._complaints[event] = now + _COMPLAIN_EVERY_S
            log.warning(event, **details)


async def _bind(host: str, port: int, *, shared: bool) -> list[socket.socket]:
    """Bind every address of a host, or of this machine, to one and the same port."""
    found = await asyncio.get_running_loop().getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    bound: list[socket.socket] = []
    failure: OSError | None = None
    for family, _, _, _, address in sorted(dict.fromkeys(found), key=_v4_first):
        try:
            sock = socket.create_server(
                (str(address[0]), port, *address[2:]),
                family=family,
                backlog=_BACKLOG,
                reuse_port=shared,
            )
        except OSError as error:
            failure = error
            if error.errno == errno.EADDRINUSE:
                break
            continue  # a machine without IPv6 still has its localhost
        sock.setblocking(False)
        bound.append(sock)
        port = port or int(sock.getsockname()[1])
    if not bound or (failure is not None and failure.errno == errno.EADDRINUSE):
        for sock in bound:
            sock.close()
        raise failure or OSError(f"{host} has no address")
    return bound


def _v4_first(info: tuple[object, ...]) -> bool:
    """Sort IPv4 first: it exists everywhere, and the port told is that of the first."""
    return info[0] != socket.AF_INET


def warn_of_few_files(settings: Settings) -> None:
    """Say so when the system allows fewer open files than the bounds on connections add up to."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.gateway.max_connections + settings.http.max_connections + _FILES_RESERVE
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        log.warning(
            "few open files allowed",
            allowed=allowed,
            wanted=wanted,
            advice="raise `ulimit -n`, or lower max_connections of [gateway] or [http]",
        )
