"""What a listener needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from server.gateway.addresses import Networks

__all__ = ["GatewaySettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """The settings of one listener and of all its connections."""

    host: str = "127.0.0.1"
    """An address or a name; empty means every interface."""
    port: int = 0
    """0 means any free one."""
    tls_certificate: Path | None = None
    """A PEM chain. With it the listener speaks TLS only."""
    tls_key: Path | None = None
    """The private key; None means that it is in the certificate's file."""
    max_connections: int = 20_000
    """Sockets at a time. One above it is told so with close code 4003."""
    max_frame_bytes: int = 16_384
    """The largest message from a client, whole or in fragments, before and after decompression."""
    frames_per_second: int = 1_000
    """A client's lasting rate. Control frames and fragments count as well."""
    frame_burst: int = 2_000
    """Frames at once after a pause; a resuming client sends all that is unanswered again."""
    hello_timeout_ms: int = 5_000
    """From the TCP connection to the handshake's end, and from there to hello or resume."""
    close_timeout_ms: int = 2_000
    """From a close frame to the end of the TCP connection, whatever the client does."""
    out_queue_bytes: int = 1_048_576
    """Bytes not yet taken by the client's machine; above it the connection is closed at once."""
    slow_peak_bytes: int = 262_144
    """Bytes that may wait for a while only; at most `out_queue_bytes`."""
    slow_after_ms: int = 5_000
    """How long more than `slow_peak_bytes` may wait before the connection is closed."""
    ping_interval_ms: int = 20_000
    """A client that sent nothing for so long is sent a ping."""
    ping_timeout_ms: int = 20_000
    """A client that sent nothing for so long after a ping is closed."""
    compression: bool = False
    """Whether permessage-deflate is agreed to when a client offers it. It costs some 50 KiB and a
    multiple of the CPU time a connection."""
    allowed_origins: tuple[str, ...] = ()
    """Origins of the web pages that may connect, such as `https://play.example`; empty means any.

    Any is safe as it stands: a page signs in with a ticket inside a message, never with a cookie
    that the browser adds by itself. Programs other than browsers send no origin and may connect
    in any case.
    """
    trusted_proxies: Networks = ()
    """Networks whose `X-Forwarded-For` or `Forwarded` headers are believed."""
    shared: bool = False
    """Whether other nodes of this machine listen on the same port (SO_REUSEPORT)."""
