"""The way out of a connection: what is sent waits in a bounded queue, and not for long.

A client that reads slower than it is sent to is closed with a code that lets it resume. No message
of a stream is ever left out.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from protocol.codec import JSON, Codec
from protocol.errors import CloseCode
from server.gateway.framing import long_header
from server.gateway.shared import Shared

__all__ = ["CLOSING", "HANDSHAKE", "LOST", "OPEN", "Outgoing"]

# The life of a connection. Frames are taken in and sent out in OPEN alone.
HANDSHAKE: Final = 0
OPEN: Final = 1
CLOSING: Final = 2
LOST: Final = 3


class Outgoing(asyncio.Protocol):
    """The half of a connection that sends."""

    __slots__ = (
        "_exempt",
        "_first",
        "_headers",
        "_identified",
        "_queue",
        "_queue_bytes",
        "_shared",
        "_slow_since",
        "_stage",
        "_transport",
        "codec",
        "due",
    )

    _transport: asyncio.Transport

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._stage = HANDSHAKE
        self._identified = False
        self._queue: deque[bytes] | None = None
        """What the transport does not take now; None while it takes everything."""
        self._queue_bytes = 0
        self._exempt = 0
        """Bytes that do not count as slowness, until everything has drained."""
        self._slow_since = 0
        """The tick since which more than the peak waits; 0 while less does."""
        self._first = 0
        self._headers: tuple[bytes, ...] | None = None
        """The headers of short frames by length; None while there is a compressing core."""
        self.codec: Codec = JSON
        """The encoding agreed on in the handshake."""
        self.due = 0

    @property
    def closing(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._stage >= CLOSING

    @property
    def queued_bytes(self) -> int:
        """How much was sent but not yet taken over by the operating system."""
        if self._stage == LOST:
            return 0
        return self._transport.get_write_buffer_size() + self._queue_bytes

    def send(self, frame: bytes) -> None:
        """Send one message. Once the connection is closing it is dropped without a word."""
        if self._stage != OPEN:
            return
        headers = self._headers
        if headers is None:
            self._send_compressed(frame)
            return
        size = len(frame)
        data = (headers[size] if size < 126 else long_header(self._first, size)) + frame
        if self._queue is None:
            self._transport.write(data)
        else:
            self._enqueue(data)

    def send_snapshot(self, frame: bytes) -> None:
        """Send one message whose size says nothing about how fast the client reads."""
        if self._stage != OPEN:
            return
        size = len(frame)
        self._exempt = min(self._exempt + size + 10, self._shared.snapshot_bytes)
        self.send(frame)
        if self._queue is None:
            self._exempt = 0

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Close the connection."""
        raise NotImplementedError

    def on_due(self) -> None:
        """Enforce whichever time limit has run out. Called by the timer wheel."""
        raise NotImplementedError

    def pause_writing(self) -> None:
        """Queue what is sent from now on: the client's machine takes no more."""
        if self._queue is None and self._stage == OPEN:
            self._queue = deque()
            self._judge()

    def resume_writing(self) -> None:
        """Write what was queued meanwhile, until the client's machine takes no more again."""
        queue = self._queue
        if queue is None or self._stage != OPEN:
            return
        transport, high = self._transport, self._shared.transport_bytes
        while transport.get_write_buffer_size() <= high:
            if not queue:
                self._queue = None
                self._exempt = 0
                break
            batch: list[bytes] = []
            size = 0
            while queue and size <= high:
                batch.append(queue.popleft())
                size += len(batch[-1])
            self._queue_bytes -= size
            transport.write(b"".join(batch))
        # Otherwise the transport is over its limit, and will ask to resume again.
        if self._slow_since and self._counted() <= self._shared.slow_peak_bytes:
            self._slow_since = 0

    def _send_compressed(self, frame: bytes) -> None:
        raise NotImplementedError

    def _write(self, data: bytes) -> None:
        """Send bytes behind what waits, if the connection is still open."""
        if self._queue is not None:
            self._enqueue(data)
        elif self._stage == OPEN:
            self._transport.write(data)

    def _flush(self) -> None:
        """Hand what waits to the transport, all at once; it is the last that is sent."""
        queue, self._queue = self._queue, None
        self._queue_bytes = 0
        if queue:
            self._transport.write(b"".join(queue))

    def _enqueue(self, data: bytes) -> None:
        assert self._queue is not None
        self._queue.append(data)
        self._queue_bytes += len(data)
        self._judge()

    def _judge(self) -> None:
        """Close a client with too much waiting, and note since when there is much."""
        counted = self._counted()
        shared = self._shared
        if counted > shared.out_queue_bytes:
            self.close(CloseCode.SLOW)
        elif counted > shared.slow_peak_bytes and not self._slow_since:
            self._slow_since = shared.wheel.tick
            if self._identified and self.due > self._slow_since + shared.slow_ticks:
                shared.wheel.schedule(self, shared.slow_ticks)

    def _counted(self) -> int:
        return self.queued_bytes - self._exempt
