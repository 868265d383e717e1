"""One client's socket: frames in, frames out, and every way in which it can end.

The opening handshake, control frames, fragments, compression, malformed frames and the closing
handshake are the work of the sans-I/O core of `websockets`. A core exists only while there is such
work: between two messages a connection is a few hundred bytes.

What nearly every frame is, whole, unfragmented and masked, is read and written here without a core:
an echoed message of 100 bytes costs 6 microseconds in place of 15. The core's state is not touched
by that. It only ever sees whole frames, so it stands between two frames whenever one is read past
it. Anything else goes through the core.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

import structlog
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from protocol.codec import JSON, Codec
from protocol.errors import CloseCode
from server.gateway.addresses import client_address
from server.gateway.framing import (
    BINARY_HEADERS,
    FIN_BINARY,
    FIN_TEXT,
    PING,
    TEXT_HEADERS,
    apply_mask,
    frame_end,
    is_utf8,
)
from server.gateway.handshake import Core, Handshake, open_core, release
from server.gateway.limits import TokenBucket
from server.gateway.outgoing import CLOSING, HANDSHAKE, LOST, OPEN, Outgoing
from server.gateway.shared import FrameHandler, Shared

__all__ = ["Connection", "FrameHandler"]

_log = structlog.get_logger(__name__)

_CORE_SLICE: Final = 4_096
"""Bytes given to a core at once, so that a flood of tiny frames is stopped within a few hundred."""

_MAX_REFUSALS: Final = 1_000
"""Connections above `max_connections` that are told so at a time; further ones are just cut."""

_ABNORMAL: Final = 1006
_MAX_REASON_BYTES: Final = 123


class Connection(Outgoing):
    """One client's socket. All methods are for the event loop's thread."""

    __slots__ = (
        "_bucket",
        "_core",
        "_handshake",
        "_heard",
        "_identified",
        "_message",
        "_opened",
        "_partial",
        "_pinged",
        "_plain",
        "_refused",
        "close_code",
        "codec",
        "due",
        "remote",
        "session",
    )

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self._handshake: Handshake | None = None
        self._core: Core | None = None
        self._plain = True
        """Whether frames may be read and written without a core."""
        self._partial = b""
        """The start of a frame whose end has not come in yet."""
        self._message: bytearray | None = None
        """The fragments so far of a message in fragments."""
        self._bucket = TokenBucket(
            shared.settings.frames_per_second, shared.settings.frame_burst, shared.time()
        )
        self._heard = shared.wheel.tick
        self._pinged = 0
        """The tick at which an unanswered ping was sent; 0 without."""
        self._identified = False
        self._opened = False
        self._refused = False
        self.due = 0
        self.codec: Codec = JSON
        self.remote = ""
        """The client's address."""
        self.session: Any = None
        """Whatever the handler wants to keep with the connection."""
        self.close_code = 0
        """The code that it closed with, once `closing`; 1006 when there was no close frame."""

    # What the handler uses.

    def identified(self) -> None:
        """Take note that the client has said who it is: the time limit of hello is off."""
        if self._stage == OPEN:
            self._identified = True
            self._watch()

    def charge(self, frames: int) -> None:
        """Count a frame that was more work than others as several more."""
        self._bucket.charge(frames)

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Send a close frame, and see to it that the TCP connection ends soon.

        What was sent before goes out first, except to a client that is closed for being slow.
        """
        if self._stage == HANDSHAKE:
            self._begin_closing(int(code))
            self._transport.close()
            return
        if self._stage != OPEN:
            return
        if code is CloseCode.SLOW:
            self._queue = None
        core = self._use_core()
        self._begin_closing(int(code))
        if core.state is State.OPEN:
            text = reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore")
            core.send_close(int(code), text)
        partial, self._partial = self._partial, b""
        self._write_core(core)
        self._discard(partial)
        if code not in (CloseCode.NORMAL, CloseCode.GOING_AWAY):
            _log.info("connection closed", code=int(code), remote=self.remote)

    def abort(self) -> None:
        """End the TCP connection at once, without a word."""
        if self._stage != LOST:
            self._begin_closing(_ABNORMAL)
            self._transport.abort()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, with a time limit for the handshake."""
        # No assertion of the type: the transports of uvloop have another base class.
        self._transport = cast("asyncio.Transport", transport)
        shared = self._shared
        shared.counters.accepted += 1
        if len(shared.connections) - shared.refusals >= shared.settings.max_connections:
            self._refused = True
            shared.refusals += 1
        shared.connections.add(self)
        shared.wheel.schedule(self, shared.hello_ticks)
        if shared.refusals > _MAX_REFUSALS:
            shared.counters.cut += 1
            self.abort()
            return
        if shared.limit_transport:
            self._transport.set_write_buffer_limits(high=shared.transport_bytes)
        peer = transport.get_extra_info("peername")
        self.remote = str(peer[0]) if isinstance(peer, tuple) else ""
        self._handshake = Handshake(shared.settings)

    def data_received(self, data: bytes) -> None:
        """Read what came in."""
        self._heard = self._shared.wheel.tick
        try:
            if self._stage == OPEN:
                if self._plain:
                    self._read(data)
                else:
                    self._read_by_core(data)
            elif self._handshake is not None:
                self._shake_hands(self._handshake, data)
            else:
                self._discard(data)
        except Exception:  # noqa: BLE001 - whatever a client sends, the event loop hears nothing
            _log.exception("a connection could not be read", remote=self.remote)
            self.abort()

    def eof_received(self) -> None:
        """End the connection: a client that only half-closes cannot take part any more."""
        self._queue = None
        self._begin_closing(_ABNORMAL)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - no news to anyone
        """Free everything and tell the handler."""
        shared = self._shared
        if self._stage < CLOSING:
            self.close_code = _ABNORMAL
        self._stage = LOST
        shared.wheel.cancel(self)
        shared.connections.discard(self)
        if self._refused:
            shared.refusals -= 1
        if self._handshake is not None:
            shared.counters.rejected += 1
            self._handshake.release()
            self._handshake = None
        self._drop_core()
        self._queue = self._message = None
        self._partial = b""
        self._queue_bytes = 0
        if self._opened or self.close_code > _ABNORMAL:
            closed = shared.counters.closed
            closed[self.close_code] = closed.get(self.close_code, 0) + 1
        if self._opened:
            try:
                shared.handler.lost(self)
            except Exception:  # noqa: BLE001 - one session's fault is no one else's
                _log.exception("a lost connection could not be handled")
        if not shared.connections and shared.emptied is not None:
            shared.emptied()

    def on_due(self) -> None:  # noqa: D102 - see the base class
        if self._stage != OPEN:
            self._shared.counters.aborted += self._stage == CLOSING
            self._transport.abort()
        elif not self._identified:
            self.close(CloseCode.HELLO_TIMEOUT)
        else:
            self._watch()

    # Reading.

    def _shake_hands(self, handshake: Handshake, data: bytes) -> None:
        answer = handshake.receive(data)
        if answer is None:
            return
        self._handshake = None
        shared = self._shared
        self._transport.write(answer.output)
        if answer.core is None:
            handshake.release()
        if not answer.accepted:
            shared.counters.rejected += 1
            self._begin_closing(_ABNORMAL)
            self._half_close()
            return
        self.remote = client_address(
            self.remote, answer.forwarded_for, answer.forwarded, shared.settings.trusted_proxies
        )
        self._stage = OPEN
        if answer.core is not None:
            self._core = answer.core
            self._plain = False
        if self._refused or answer.codec is None:
            self.close(CloseCode.FULL if self._refused else CloseCode.WRONG_SUBPROTOCOL)
            return
        self.codec = answer.codec
        self._first = FIN_BINARY if self.codec.binary else FIN_TEXT
        if self._plain:
            self._headers = BINARY_HEADERS if self.codec.binary else TEXT_HEADERS
        shared.counters.opened += 1
        self._opened = True
        shared.wheel.schedule(self, shared.hello_ticks)
        try:
            shared.handler.opened(self)
        except Exception:  # noqa: BLE001 - a fault is told by its code
            self._fault("an opened connection could not be handled")
        if answer.rest:
            self.data_received(answer.rest)

    def _read(self, data: bytes) -> None:  # noqa: C901, PLR0912 - calls would double its cost
        """Read frames; all but the usual ones go through the core, each as a whole."""
        if self._partial:
            data = self._partial + data
            self._partial = b""
        shared, first, take = self._shared, self._first, self._bucket.take
        now = shared.time()
        size = len(data)
        position = 0
        while position + 2 <= size:
            start = 0
            if data[position] == first and self._message is None:
                length = data[position + 1] - 0x80
                if 0 <= length < 126:
                    start = position + 6
                elif length == 126 and position + 8 <= size:
                    start = position + 8
                    length = (data[position + 2] << 8) | data[position + 3]
            end = start + length if start else 0
            if start and end <= size and length <= shared.max_frame_bytes:
                payload = apply_mask(data[start:end], data[start - 4 : start])
                position = end
                balance = take(now)
                if balance >= 0.0 and (first == FIN_BINARY or payload.isascii()):
                    try:
                        shared.handler.frame(self, payload)
                    except Exception:  # noqa: BLE001 - a fault is told by its code
                        self._fault("a frame could not be handled")
                else:
                    self._deliver(payload, balance)
            else:
                end = frame_end(data, position, shared.max_frame_bytes)
                if end > size:
                    break
                if not end:
                    self._plain = False  # malformed: the core finds out how, and fails
                    end = size
                self._read_by_core(data[position:end])
                position = end
            if self._stage != OPEN:
                self._discard(data[position:])
                return
        if position < size:
            self._partial = data[position:]

    def _read_by_core(self, data: bytes) -> None:
        core = self._use_core()
        for position in range(0, len(data), _CORE_SLICE):
            if self._stage != OPEN:
                self._discard(data[position:])
                return
            core.receive_data(data[position : position + _CORE_SLICE])
            for frame in core.events_received():
                assert isinstance(frame, Frame)
                if self._stage == OPEN:
                    self._on_frame(frame)
            self._write_core(core)

    def _on_frame(self, frame: Frame) -> None:
        balance = self._bucket.take(self._shared.time())
        opcode = frame.opcode
        if opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            if balance < self._shared.patience:
                self.close(CloseCode.TOO_FAST)
            return
        if opcode is not Opcode.CONT and (opcode is Opcode.BINARY) != self.codec.binary:
            self.close(CloseCode.WRONG_FRAME_TYPE)
            return
        if self._message is None:
            if frame.fin:
                self._deliver(bytes(frame.data), balance)
                return
            self._message = bytearray()
        # One array, not a list: a list of empty fragments would grow for ever.
        self._message += frame.data
        if frame.fin:
            data, self._message = bytes(self._message), None
            self._deliver(data, balance)
        elif balance < self._shared.patience:
            self.close(CloseCode.TOO_FAST)

    def _deliver(self, data: bytes, balance: float) -> None:
        if self._first == FIN_TEXT and not is_utf8(data):
            self.close(CloseCode.INVALID_TEXT)
            return
        shared = self._shared
        handle = shared.handler.frame
        if balance < 0.0:
            shared.counters.too_fast += 1
            if balance < shared.patience:
                self.close(CloseCode.TOO_FAST)
                return
            handle = shared.handler.too_fast
        try:
            handle(self, data)
        except Exception:  # noqa: BLE001 - a fault is told by its code
            self._fault("a frame could not be handled")

    def _fault(self, event: str) -> None:
        _log.exception(event, remote=self.remote)
        self.close(CloseCode.INTERNAL)

    # The core.

    def _use_core(self) -> Core:
        if self._core is None:
            self._core = open_core(self._shared.max_frame_bytes)
        return self._core

    def _drop_core(self) -> None:
        if self._core is not None:
            release(self._core)
            self._core = None

    def _write_core(self, core: Core) -> None:
        """Write what the core wants written, and follow it when it closes."""
        end = False
        closing = core.state is not State.OPEN
        if closing and self._stage == OPEN:
            sent = core.close_sent
            self._begin_closing(sent.code if sent is not None else _ABNORMAL)
            if core.close_rcvd is None:
                _log.info("connection closed", code=self.close_code, remote=self.remote)
        for data in core.data_to_send():
            if not data:
                end = True
            elif closing:
                self._transport.write(data)
            else:
                self._write(data)
        if end and core.close_rcvd is not None:
            self._transport.close()
        elif end:
            self._half_close()

    def _discard(self, data: bytes) -> None:
        """Look for the client's close frame only. Nothing else is of interest any more."""
        core = self._core
        if core is None or self._stage != CLOSING:
            return
        for position in range(0, len(data), _CORE_SLICE):
            core.receive_data(data[position : position + _CORE_SLICE])
            core.events_received()
            if b"" in core.data_to_send():  # answers to pings are not sent: they could pile up
                if core.close_rcvd is not None:
                    self._transport.close()
                else:
                    self._half_close()

    def _begin_closing(self, code: int) -> None:
        if self._stage >= CLOSING:
            return
        self._stage = CLOSING  # first: what is written now may fill the transport
        self._flush()
        self._message = None
        self.close_code = code
        self._shared.wheel.schedule(self, self._shared.close_ticks)

    def _half_close(self) -> None:
        """End our side. Closing both while the client still sends could destroy what we sent."""
        if not self._transport.can_write_eof():  # TLS
            self._transport.close()
            return
        try:
            self._transport.write_eof()
        except OSError:  # the client has reset the connection meanwhile
            self._transport.abort()

    def _send_compressed(self, frame: bytes) -> None:
        core = self._use_core()
        if core.state is State.OPEN:
            if self.codec.binary:
                core.send_binary(frame)
            else:
                core.send_text(frame)
            self._write_core(core)

    def _watch(self) -> None:
        """Close a client that is slow or silent, ping one that may be, and look again in time."""
        shared = self._shared
        tick = shared.wheel.tick
        if self._core is not None and self._plain and self._message is None:
            self._drop_core()
        if self._pinged and self._heard < self._pinged:
            due = self._pinged + shared.ping_timeout_ticks
            if tick >= due:
                self.close(CloseCode.SILENT)
                return
        elif tick - self._heard >= shared.ping_interval_ticks:
            self._pinged = tick
            due = tick + min(shared.ping_interval_ticks, shared.ping_timeout_ticks)
            self._write(PING)
        else:
            self._pinged = 0
            due = self._heard + shared.ping_interval_ticks
        if self._slow_since:
            due = min(due, self._slow_since + shared.slow_ticks)
            if tick >= self._slow_since + shared.slow_ticks:
                self.close(CloseCode.SLOW)
        if self._stage == OPEN:
            shared.wheel.schedule(self, due - tick)
