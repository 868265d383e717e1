"""What all connections of one listener have in common: limits, timer, counters, handler."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from server.gateway.settings import GatewaySettings
from server.gateway.wheel import TimerWheel

if TYPE_CHECKING:
    from server.gateway.connection import Connection

__all__ = ["Counters", "FrameHandler", "Shared"]

_TRANSPORT_BYTES: Final = 65_536
"""What the event loop's transport buffers before it asks for a pause; its own default, except that
of TLS, which is 512 KiB."""

_SNAPSHOT_SHARE: Final = 4
"""A snapshot is no slowness as long as it is at most this many times `out_queue_bytes`."""

_MIN_PATIENCE: Final = 16
"""Refused frames before a client is closed as too fast, however low its rate is set."""


class FrameHandler(Protocol):
    """What a connection tells to whoever gives meaning to its frames. None of it may raise."""

    def opened(self, connection: Connection) -> None:
        """Take note that the handshake is done and a codec agreed on."""

    def frame(self, connection: Connection, data: bytes) -> None:
        """Take one whole message."""

    def too_fast(self, connection: Connection, data: bytes) -> None:
        """Refuse one whole message, because the client sends faster than it may."""

    def lost(self, connection: Connection) -> None:
        """Take note that the socket is gone. Called exactly once for each `opened`."""


@dataclass(slots=True)
class Counters:
    """What has happened since the start, for the metrics. Numbers only grow."""

    accepted: int = 0
    """TCP connections, or TLS ones once their handshake is done."""
    opened: int = 0
    """WebSocket handshakes that ended in a session's reach."""
    rejected: int = 0
    """Requests that were no acceptable WebSocket handshake, or not in time."""
    cut: int = 0
    """Connections ended without a word, because too many were being refused already."""
    too_fast: int = 0
    """Frames refused for their rate."""
    aborted: int = 0
    """Connections cut because the client did not end them in time after a close frame."""
    closed: dict[int, int] = field(default_factory=dict)
    """Connections by the code they closed with; 1006 where there was no close frame."""


class Shared:
    """What all connections of one listener have in common."""

    __slots__ = (
        "close_ticks",
        "connections",
        "counters",
        "emptied",
        "handler",
        "hello_ticks",
        "limit_transport",
        "max_frame_bytes",
        "out_queue_bytes",
        "patience",
        "ping_interval_ticks",
        "ping_timeout_ticks",
        "refusals",
        "settings",
        "slow_peak_bytes",
        "slow_ticks",
        "snapshot_bytes",
        "time",
        "transport_bytes",
        "wheel",
    )

    def __init__(
        self, settings: GatewaySettings, handler: FrameHandler, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.settings = settings
        self.handler = handler
        self.time: Callable[[], float] = loop.time
        self.wheel = wheel = TimerWheel(_tick_ms(settings))
        self.connections: set[Connection] = set()
        self.counters = Counters()
        self.emptied: Callable[[], None] | None = None
        """Called when the last connection is gone."""
        self.refusals = 0
        """Connections above the maximum that have not ended yet."""
        self.max_frame_bytes = settings.max_frame_bytes
        self.out_queue_bytes = settings.out_queue_bytes
        self.slow_peak_bytes = settings.slow_peak_bytes
        self.snapshot_bytes = settings.out_queue_bytes * _SNAPSHOT_SHARE
        self.transport_bytes = min(_TRANSPORT_BYTES, settings.slow_peak_bytes)
        self.limit_transport = (
            settings.tls_certificate is not None or self.transport_bytes != _TRANSPORT_BYTES
        )
        self.patience = -float(max(settings.frames_per_second, _MIN_PATIENCE))
        self.hello_ticks = wheel.ticks(settings.hello_timeout_ms)
        self.close_ticks = wheel.ticks(settings.close_timeout_ms)
        self.slow_ticks = wheel.ticks(settings.slow_after_ms)
        self.ping_interval_ticks = wheel.ticks(settings.ping_interval_ms)
        self.ping_timeout_ticks = wheel.ticks(settings.ping_timeout_ms)


def _tick_ms(settings: GatewaySettings) -> int:
    """Return a tick that is a small part of the shortest time limit."""
    shortest = min(
        settings.hello_timeout_ms,
        settings.close_timeout_ms,
        settings.slow_after_ms,
        settings.ping_interval_ms,
        settings.ping_timeout_ms,
    )
    return max(5, min(250, shortest // 8))
