"""Who the nodes of this casino are: from the heartbeats that each keeps in the database.

Of a heartbeat the database's clock says how old it is. The bus only makes changes known sooner.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, Literal

import msgspec
import structlog

from server.cluster.bus import Bus
from server.database.errors import DATABASE_ERRORS

__all__ = ["Member", "Members", "State"]

log = structlog.get_logger(__name__)

TOPIC: Final = "members"
READ_S: Final = 1.0
PAUSE_S: Final = 0.05
"""Between two readings."""
SILENT_AFTER_S: Final = 3
"""A node that has not beaten for so long is not among the living."""
FORGET_AFTER_S: Final = 3600

State = Literal["starting", "ready", "draining", "stopped"]

_QUERY: Final = (
    "SELECT node, epoch, http, gateway, program, state, started_at,"
    " extract(epoch FROM clock_timestamp() - at)::float8 AS silent_s FROM node_heartbeat"
    " WHERE announced_epoch = epoch AND at > clock_timestamp() - $1 * interval '1 s' ORDER BY node"
)


class Member(msgspec.Struct, frozen=True):
    """One node."""

    node: int
    epoch: int
    http: str
    """Host and port of its HTTP listener."""
    gateway: str
    """Host and port of its gateway, or the address that clients are told."""
    program: str
    """The version of its program, and how many migrations it knows: `0.1.0 (schema 12)`."""
    state: State
    started_ms: int
    """When it announced itself, in milliseconds since 1970, by the database's clock."""
    silent_s: float
    """Seconds since its last heartbeat, when it was read."""

    @property
    def alive(self) -> bool:
        """Whether it beats, and has not said that it stops."""
        return self.silent_s <= SILENT_AFTER_S and self.state != "stopped"

    @property
    def draining(self) -> bool:
        """Whether it takes nothing new."""
        return self.state == "draining"


class Announced(msgspec.Struct, frozen=True, tag="announced"):
    """A node has changed its state; the rest is to be read."""

    node: int


class Members:
    """The nodes as one of them sees them."""

    def __init__(
        self,
        bus: Bus,
        pool: Any,
        *,
        node: int,
        epoch: int,
        program: str = "",
    ) -> None:
        self._bus = bus
        self._pool = pool
        self._node = node
        self._epoch = epoch
        self._program = program
        self._members: tuple[Member, ...] = ()
        self._wake = asyncio.Event()
        self._subscription = bus.subscribe(TOPIC, Announced, lambda _: self._wake.set())
        self.state: State = "starting"
        self.http = ""
        """Where this node's listeners are reached, to be set before it is announced."""
        self.gateway = ""

    @property
    def all(self) -> tuple[Member, ...]:
        """Every node heard of within the hour, silent and stopped ones too, by number."""
        return self._members

    @property
    def alive(self) -> tuple[Member, ...]:
        """Those that beat."""
        return tuple(member for member in self._members if member.alive)

    @property
    def programs(self) -> set[str]:
        """The programs of those that beat; several while one is replaced by the next."""
        return {member.program for member in self.alive}

    def find(self, node: int) -> Member | None:
        """Return a node by its number."""
        return next((member for member in self._members if member.node == node), None)

    async def announce(self, state: State) -> None:
        """Tell everybody this node's state. Raises OSError, TimeoutError or asyncpg errors."""
        self.state = state
        await self._pool.execute(
            "SELECT node_announce($1, $2, $3, $4, $5, $6)",
            *(self._node, self._epoch, self.http, self.gateway, self._program, state),
            timeout=READ_S,
        )
        self._bus.publish(TOPIC, Announced(self._node))

    async def read(self) -> None:
        """Read all nodes. Raises OSError, TimeoutError or asyncpg errors."""
        rows = await self._pool.fetch(_QUERY, FORGET_AFTER_S, timeout=READ_S)
        self._members = tuple(
            Member(
                node=row["node"],
                epoch=row["epoch"],
                http=row["http"],
                gateway=row["gateway"],
                program=row["program"],
                state=row["state"],
                started_ms=int(row["started_at"].timestamp() * 1000),
                silent_s=row["silent_s"],
            )
            for row in rows
        )

    async def run(self) -> None:
        """Read each second, and whenever a node says that it changed, for ever."""
        while True:
            self._wake.clear()
            try:
                await self.read()
            except DATABASE_ERRORS as error:
                log.warning("the nodes are not known anew", error=type(error).__name__)
            # However often it is told of a change, the database is left alone for a moment.
            await asyncio.sleep(PAUSE_S)
            try:
                async with asyncio.timeout(READ_S):
                    await self._wake.wait()
            except TimeoutError:
                pass

    def close(self) -> None:
        """Hear of nothing more."""
        self._subscription.close()
