"""Every setting with its type, bounds and default. `config.toml` explains each to operators.

Durations are milliseconds, sizes are bytes and money is minor units unless a comment says so.
"""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from datetime import time
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

__all__ = [
    "Database",
    "Demo",
    "Fairness",
    "Games",
    "Gateway",
    "Http",
    "Identity",
    "Live",
    "LiveTableSettings",
    "Log",
    "Redis",
    "Section",
    "Settings",
    "Settlement",
    "Site",
    "Tables",
]

# The description of a type completes the sentence "expected ..." for a person who set it wrongly.
Port = Annotated[int, Meta(ge=0, le=65_535, description="a port from 0 (any free one) to 65535")]
Milliseconds = Annotated[
    int, Meta(ge=1, le=2_592_000_000, description="whole milliseconds, at most 30 days")
]
Count = Annotated[
    int, Meta(ge=1, le=1_000_000_000, description="a whole number from 1 to 1000000000")
]
Bytes = Annotated[
    int, Meta(ge=256, le=1_073_741_824, description="whole bytes from 256 to 1073741824 (1 GiB)")
]
Name = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}$", description="a name such as malta, in lower case")
]
Amount = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,12}(\.[0-9]{1,8})?$",
        description='an amount in major units as a string, such as "1000.00"',
    ),
]
"""Decimal text, so that one setting serves currencies of any exponent."""
TimeOfDay = Annotated[
    str,
    Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description='a time such as "06:00"'),
]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
"""An ISO 4217 code."""
Share = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,3}(\.[0-9]{1,8})?( ?%)?$",
        description='a share as a string, such as "0.85" or "85 %"',
    ),
]
Returns = Annotated[
    dict[str, str],
    Meta(description='returns as strings by game, such as { crash = "0.97", dice = "97.5 %" }'),
]
Stakes = Annotated[
    dict[Currency, Annotated[int, Meta(ge=1, le=2**53 - 1)]],
    Meta(description="whole minor units by currency, such as { EUR = 10, JPY = 100 }"),
]
Secret = Annotated[str, Meta(description="a string", extra={"secret": True})]
"""Never shown. A sibling setting with `_file` behind its name may name a file that holds it."""


_SHARE: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(?:(/[1-9][0-9]{0,8})|( ?%))?", re.ASCII)


def share_of(text: str) -> Fraction:
    """Return a share exactly: 17/20 for `0.85`, `85 %` and `17/20`. Raises ValueError."""
    match = _SHARE.fullmatch(text)
    if match is None or (match[2] and "." in match[1]):
        raise ValueError('a share is written "0.97", "97 %" or "97/100"')
    return Fraction(match[1] + (match[2] or "")) / (100 if match[3] else 1)


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group of settings; its class attributes are the defaults."""

    def __repr__(self) -> str:
        """Return the usual form without secrets, so that a traceback or a log cannot spill them."""
        kinds = type(self).__annotations__
        shown = (
            f"{name}={'***' if kinds[name] == 'Secret' else repr(getattr(self, name))}"
            for name in self.__struct_fields__
        )
        return f"{type(self).__name__}({', '.join(shown)})"


class Http(Section, frozen=True, kw_only=True):
    """Web pages, sign-ups, health and metrics."""

    host: str = "127.0.0.1"
    port: Port = 8080
    tls_certificate: Path | None = None
    """PEM chain for both listeners, HTTP and gateway."""
    tls_key: Path | None = None
    trusted_proxies: tuple[str, ...] = ()
    """Networks whose `X-Forwarded-*` headers are believed."""
    max_connections: Count = 1_000
    request_timeout_ms: Milliseconds = 10_000
    """For a TLS handshake, then for a request's head, then for its body."""
    idle_timeout_ms: Milliseconds = 15_000
    """Between two requests of one connection."""
    shared: bool = False
    """Whether other nodes of this machine listen on the same port (SO_REUSEPORT)."""

    @property
    def proxy_networks(self) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        """`trusted_proxies` as networks."""
        return tuple(ipaddress.ip_network(text) for text in self.trusted_proxies)


class Gateway(Section, frozen=True, kw_only=True):
    """The WebSocket listener that players connect to."""

    host: str = "127.0.0.1"
    port: Port = 8081
    public_url: str = ""
    """`ws://` or `wss://` address told to clients; empty means the listener's own."""
    max_connections: Count = 10_000
    max_frame_bytes: Bytes = 16_384
    max_in_flight: Count = 32
    """Unanswered requests of one connection."""
    frames_per_second: Count = 1_000
    frames_burst: Count = 2_000
    hello_timeout_ms: Milliseconds = 5_000
    out_queue_bytes: Bytes = 1_048_576
    slow_peak_bytes: Bytes = 262_144
    slow_after_ms: Milliseconds = 5_000
    compression: bool = False
    ping_interval_ms: Milliseconds = 20_000
    ping_timeout_ms: Milliseconds = 20_000
    resume_window_ms: Milliseconds = 600_000
    """How long a session without a connection stays in memory."""
    drain_deadline_ms: Milliseconds = 10_000
    shared: bool = False
    """Whether other nodes of this machine listen on the same port (SO_REUSEPORT)."""


class Database(Section, frozen=True, kw_only=True):
    """PostgreSQL: an address, or nothing for the embedded one in the data directory."""

    url: Secret = ""
    url_file: Path | None = None
    owner_url: Secret = ""
    """The owner of the tables; for migrations only."""
    owner_url_file: Path | None = None
    deadline_ms: Milliseconds = 5_000
    """For one settlement call; past it the connection is dropped and its backend ended."""


class Settlement(Section, frozen=True, kw_only=True):
    """The queue in front of the ledger."""

    max_batch: Annotated[int, Meta(ge=1, le=500, description="a whole number from 1 to 500")] = 500
    max_queue: Count = 20_000
    unknown_after_ms: Milliseconds = 10_000
    lock_retries: Annotated[int, Meta(ge=0, le=1_000, description="a whole number up to 1000")] = 20


class Site(Section, frozen=True, kw_only=True):
    """The place whose calendar the books follow, and this node's number in it."""

    zone: str = "UTC"
    day_cutoff: TimeOfDay = "00:00"
    node: Annotated[int, Meta(ge=0, le=255, description="a whole number from 0 to 255")] = 1

    @property
    def timezone(self) -> zoneinfo.ZoneInfo:
        """`zone` as a time zone."""
        return zoneinfo.ZoneInfo(self.zone)

    @property
    def cutoff(self) -> time:
        """`day_cutoff` as a time of day in `zone`."""
        return time.fromisoformat(self.day_cutoff)


class Tables(Section, frozen=True, kw_only=True):
    """Tables and the chains of seeds that they play from."""

    chain_rounds: Annotated[
        int, Meta(ge=1, le=1_024, description="a whole number from 1 to 1024")
    ] = 256
    chain_idle_ms: Milliseconds = 900_000
    decision_deadline_ms: Milliseconds = 86_400_000
    idle_unload_ms: Milliseconds = 300_000


class Fairness(Section, frozen=True, kw_only=True):
    """Client seeds, and the key that keeps secrets unreadable at rest."""

    client_seed: bool = True
    key_file: Path | None = None
    """Lines of a key number and 32 bytes as hex or base64; none means one generated."""


class Demo(Section, frozen=True, kw_only=True):
    """Play-money accounts that anyone may open."""

    enabled: bool = True
    """In production the default is false, and true is refused."""
    default_amount: Amount = "1000.00"
    max_amount: Amount = "1000000.00"
    sign_ups_per_minute: Count = 30
    """For one address."""
    sign_ups_per_minute_loopback: Count = 100_000
    """For this machine itself, so that load tests can sign up their players at once."""


class Identity(Section, frozen=True, kw_only=True):
    """Passwords, sign-ins, and what failed ones cost."""

    argon2_memory_kib: Annotated[
        int, Meta(ge=8, le=4_194_304, description="KiB of memory from 8 to 4194304")
    ] = 65_536
    argon2_passes: Annotated[int, Meta(ge=1, le=64, description="a whole number up to 64")] = 3
    argon2_lanes: Annotated[int, Meta(ge=1, le=16, description="a whole number up to 16")] = 1
    sign_in_idle_ms: Milliseconds = 1_800_000
    sign_in_absolute_ms: Milliseconds = 43_200_000
    lockout_after: Count = 3
    """Failures in a row under one name before the first delay."""
    lockout_after_address: Count = 20
    lockout_first_ms: Milliseconds = 30_000
    """Doubled by each further failure, up to the most."""
    lockout_most_ms: Milliseconds = 3_600_000
    lockout_forget_ms: Milliseconds = 86_400_000
    sign_ins_per_minute: Count = 20
    """For one address, right or wrong."""
    console_networks: tuple[str, ...] = ()
    """Networks that the operators' interface answers; empty means all."""

    @property
    def networks(self) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        """`console_networks` as networks."""
        return tuple(ipaddress.ip_network(text) for text in self.console_networks)


class Games(Section, frozen=True, kw_only=True):
    """Which games there are, and stake limits."""

    machine_folders: tuple[str, ...] = ()
    """Folders of machine files (`*.toml`), each file one version of one slot."""
    minimum_return: Share = "0.85"
    """A machine file whose theoretical return is lower is refused."""
    plugins: bool = True
    """Whether games of other installed packages are taken (entry points `croupier.games`)."""
    disabled: tuple[str, ...] = ()
    """Games that take no new rounds."""
    player_advantage: bool = True
    """Whether games are offered that return more than 100 % to whoever plays them best."""
    returns: Returns = {}
    """What instant games are made for; one that is not named keeps its own return."""
    min_stake: Stakes = {}
    """A currency that is not named keeps each game's own limits."""
    max_stake: Stakes = {}

    @property
    def return_floor(self) -> Fraction:
        """`minimum_return` as a number: 17/20 for `0.85` and for `85 %`."""
        return share_of(self.minimum_return)

    @property
    def chosen_returns(self) -> dict[str, Fraction]:
        """`returns` as numbers, by game. Raises ValueError for a text that is none."""
        return {game: share_of(text) for game, text in self.returns.items()}


class LiveTableSettings(Section, frozen=True, kw_only=True):
    """One live table: a game that many play on one draw."""

    title: Annotated[str, Meta(min_length=1, max_length=64)]
    game: Annotated[str, Meta(min_length=1, max_length=64)]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "EUR"
    minimum: Amount = "0.10"
    """Of a single bet where bets are a list, else of a round."""
    maximum: Amount = "100.00"
    """Of all bets of a seat on a round."""
    seats: Annotated[int, Meta(ge=1, le=500)] = 7
    betting_ms: Milliseconds = 15_000
    """How long bets are taken."""
    draw_ms: Annotated[int, Meta(ge=0, le=600_000)] | None = None
    """Between *no more bets* and the draw; 0: at once. Unset: what suits how the game is played."""
    decision_ms: Milliseconds = 15_000
    """How long a seat has for a decision, before the house decides for it."""
    result_ms: Milliseconds = 5_000
    """The pause after a result."""
    seat_hold_ms: Milliseconds = 60_000
    """How long a seat is held for a player whose connection is gone."""

    def limits(self, exponent: int) -> tuple[int, int]:
        """Return the limits in minor units of a currency with so many decimal places."""
        scale = 10**exponent
        return int(Fraction(self.minimum) * scale), int(Fraction(self.maximum) * scale)


class Live(Section, frozen=True, kw_only=True):
    """Live tables."""

    tables: Annotated[
        tuple[LiveTableSettings, ...],
        Meta(description="a list of tables, each with a title and a game"),
    ] = ()
    sample_tables: bool = True
    """Whether a table of each style is opened where `tables` names none; in production false."""
    spread: Annotated[
        int, Meta(ge=0, le=10_000, description="a whole number up to 10000; 0 for never")
    ] = 1
    """By how many tables two nodes may differ before one hands tables over; 0: never."""
    hand_over_pause_ms: Milliseconds = 1_000
    """How long a node waits after handing a table over before it hands over another."""


class Log(Section, frozen=True, kw_only=True):
    """Logs, always on stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"


class Redis(Section, frozen=True, kw_only=True):
    """The bus between nodes; none means one node."""

    url: Secret = ""
    url_file: Path | None = None
    cluster: bool = False
    """Whether `url` is a server of a Redis Cluster. It is asked where this is false."""


class Settings(Section, frozen=True, kw_only=True):
    """All settings of one server. `Settings()` is what a developer gets without any file."""

    mode: Literal["development", "production"] = "development"
    data: Path = Path("var/croupier")
    """The data directory: embedded database, generated keys."""
    jurisdiction: Name = "demo"
    sandboxes: bool = True
    """Whether outside services (payments, verification) may be test doubles. In production the
    default is false, and true is refused."""
    http: Http = Http()
    gateway: Gateway = Gateway()
    database: Database = Database()
    settlement: Settlement = Settlement()
    site: Site = Site()
    tables: Tables = Tables()
    fairness: Fairness = Fairness()
    demo: Demo = Demo()
    identity: Identity = Identity()
    games: Games = Games()
    live: Live = Live()
    log: Log = Log()
    redis: Redis = Redis()
