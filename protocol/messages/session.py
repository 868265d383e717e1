"""Signing in, resuming, keeping alive and leaving."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from protocol.messages.common import (
    Balance,
    Counter,
    EntityId,
    Event,
    Message,
    Reply,
    Request,
    Secret,
    StoredName,
)
from protocol.messages.live import LiveEvent, LiveState
from protocol.messages.tables import ChainStarted, RoundEnded, Seated


class ClientInfo(Message, frozen=True):
    """Which program is calling (GLI-19 2.6.2, standards K8)."""

    name: StoredName
    """The program's name."""
    version: StoredName
    """The program's version."""


class Hello(Request, frozen=True):
    """Start a session with a one-time ticket. The first frame, or `resume` is."""

    TYPE: ClassVar = "hello"

    ticket: Secret
    """From the HTTP call that signs in; it works once."""
    nonce: Annotated[str, msgspec.Meta(min_length=8, max_length=64, pattern="^[!-~]+$")]
    """Drawn by the client; the same ticket and nonce within 30 s give the same session again."""
    client: ClientInfo
    """The program that is calling."""


class Position(Message, frozen=True):
    """The last event that a client has seen of a table."""

    table: EntityId
    """The table's id."""
    epoch: Counter
    """Of its newest event, or of `seated`."""
    seq: Counter
    """Of its newest event, or of `seated`."""


class Resume(Request, frozen=True):
    """Go on with a session on a new connection. Afterwards send every unanswered request again."""

    TYPE: ClassVar = "resume"

    token: Secret
    """The newest token that a `welcome` gave."""
    client: ClientInfo
    """The program that is calling."""
    positions: Annotated[tuple[Position, ...], msgspec.Meta(max_length=64)] = ()
    """Where the client stands at each of its tables; a table left out comes back as a snapshot."""


class TableState(Message, frozen=True, omit_defaults=False):
    """One table after a resume: everything missed, or where it stands now; never a part."""

    table: EntityId
    """The table's id."""
    recovered: bool
    """Whether `events` holds everything missed; otherwise `snapshot` says where it stands."""
    events: tuple[ChainStarted | RoundEnded | LiveEvent, ...] = ()
    """Every event missed, in order, where `recovered` is true."""
    snapshot: Seated | None = None
    """Where a private table stands, where `recovered` is false."""
    live: LiveState | None = None
    """Where a live table stands, where `recovered` is false."""


class ConnectionLimits(Message, frozen=True, omit_defaults=False):
    """What the connection may send."""

    frame_bytes: Counter
    """A longer frame closes the connection with 1009."""
    frames_per_second: Counter
    """More are refused as `too_fast`; far more close the connection."""
    in_flight: Counter
    """Requests without an answer; more are refused as `too_many_in_flight`."""


class Welcome(Reply, frozen=True, omit_defaults=False):
    """Answers `hello` and `resume`."""

    TYPE: ClassVar = "welcome"

    session: EntityId
    """The session's id; request ids belong to it."""
    token: Secret
    """To resume with. The one before it works until the first frame after this answer."""
    player: EntityId
    """The player's id."""
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    """ISO 4217. Every amount of the session is in its minor units."""
    exponent: Counter
    """Digits behind the decimal point: 2 for EUR."""
    balance: Balance
    """What the player has now."""
    highest_request: Counter
    """The highest request id seen in this session; the next must be above it. Requests that stake
    nothing may be missing in it."""
    tables: tuple[TableState, ...]
    """Every table that this player has a seat at."""
    limits: ConnectionLimits
    """What this connection may send."""
    ping_interval_ms: Counter
    """Send a `ping` when nothing else was sent for this long."""
    time_ms: Counter
    """The server's clock, milliseconds since 1970."""
    test: bool
    """Whether this is play money."""
    client_seed: bool
    """Whether bets must carry a client seed."""


class Ping(Request, frozen=True):
    """Keep the connection alive and learn the server's clock."""

    TYPE: ClassVar = "ping"


class Pong(Reply, frozen=True, omit_defaults=False):
    """Answers `ping`."""

    TYPE: ClassVar = "pong"

    time_ms: Counter
    """The server's clock, milliseconds since 1970."""


class Bye(Request, frozen=True):
    """End the session: its token resumes nothing more. Open rounds wait for the next sign-in."""

    TYPE: ClassVar = "bye"


class Goodbye(Reply, frozen=True):
    """Answers `bye`; the connection is closed behind it."""

    TYPE: ClassVar = "goodbye"


class Draining(Event, frozen=True, omit_defaults=False):
    """The server is about to stop: reconnect after a random part of `within_ms` and resume."""

    TYPE: ClassVar = "draining"

    within_ms: Counter
    """Milliseconds."""


__all__ = [
    "Bye",
    "ClientInfo",
    "ConnectionLimits",
    "Draining",
    "Goodbye",
    "Hello",
    "Ping",
    "Pong",
    "Position",
    "Resume",
    "TableState",
    "Welcome",
]
