"""When a node hands a shared table over to others: so that all own about as many.

All nodes read the same rows and come to the same plan, as at an election: whoever owns more than
its share gives one table at a time, and the election has it taken by whoever owns least. Nothing is
given while anything else is going on: while a table is free, a node comes, leaves, is late or is
not heard of over the bus, or two versions of the program run. What comes back soon after it was
given was given in vain; the next one then waits, each time twice as long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, NamedTuple

import msgspec
import structlog
from msgspec import Meta

from server.cluster.bus import Bus
from server.cluster.fences import Fences, steady_clock_s
from server.database.errors import DATABASE_ERRORS

__all__ = ["Balancer", "Shares", "surplus"]

log = structlog.get_logger(__name__)

TOPIC: Final = "shares"
LOOK_S: Final = 1.0
"""How often a node looks whether it owns too much."""
CALM_S: Final = 5.0
"""How long the nodes must have been the same ones before tables are given."""
FRESH_S: Final = 1.5
"""What must be left of every lease: a node that is late with its renewal may be about to go."""
HEARD_S: Final = 3.0
"""Within what time every other node must have been heard of: players of a table that goes to one
which the bus does not reach would see it stand still."""
IN_VAIN_S: Final = 60.0
"""A table that is back within this time was given in vain."""
FIRST_WAIT_S: Final = 10.0
MOST_WAIT_S: Final = 600.0
_TIMEOUT_S: Final = 2.0

_QUERY: Final = """
    SELECT l.id, l.node, h.program,
        NOT l.draining AND h.state = 'ready'
            AND l.expires_at > clock_timestamp() + $1 * interval '1 s' AS steady,
        (SELECT count(*) FROM fence f WHERE f.lease = l.id AND f.wanted) AS owned,
        (SELECT count(*) FROM fence f
            LEFT JOIN fence_lease o ON o.id = f.lease AND o.expires_at > clock_timestamp()
            WHERE f.wanted AND o.id IS NULL) AS free
    FROM fence_lease l
    LEFT JOIN node_heartbeat h ON h.node = l.node AND h.announced_epoch = l.node_epoch
    WHERE l.expires_at > clock_timestamp()
"""


class Here(msgspec.Struct, frozen=True, tag="here"):
    """A node can be heard."""

    node: Annotated[int, Meta(ge=0, le=255)]


class Shares(NamedTuple):
    """Who owns how much."""

    owned: Mapping[int, int]
    """Tables by living lease."""
    steady: bool
    """Whether no table is free, and every lease is that of a node which is ready, renews in time,
    is heard of and runs the same program as the others."""


def surplus(owned: Mapping[int, int], spread: int) -> dict[int, int]:
    """Return how many tables each lease is to give, so that no two differ by more than one.

    Nobody gives anything as long as no two differ by more than *spread*. Where the tables do not
    divide, those that own most keep one more, the lower lease at a tie: so what all give together
    is what the others lack, and nobody gives what would come back.
    """
    if not owned or max(owned.values()) - min(owned.values()) <= max(spread, 1):
        return dict.fromkeys(owned, 0)
    fair, left = divmod(sum(owned.values()), len(owned))
    order = sorted(owned, key=lambda lease: (-owned[lease], lease))
    return {
        lease: max(0, owned[lease] - fair - (place < left)) for place, lease in enumerate(order)
    }


class Balancer:
    """Decides for one node when it gives a table; `give` is told whether it should, or no more."""

    def __init__(
        self,
        fences: Fences,
        pool: Any,
        bus: Bus,
        node: int,
        clock_s: Callable[[], float] = steady_clock_s,
    ) -> None:
        self._fences = fences
        self._pool = pool
        self._bus = bus
        self._node = node
        self._heard_s: dict[int, float] = {}
        self._subscription = bus.subscribe(TOPIC, Here, self._heard)
        self._clock_s = clock_s
        self._seen: frozenset[int] = frozenset()
        self._since_s = 0.0
        self._not_before_s = 0.0
        self._wait_s = 0.0
        self._given_s: dict[int, float] = {}
        self.give: Callable[[bool], None] = _nothing
        """Set by whoever runs the tables. Told True it hands one over between two rounds and tells
        it to `gave`; told False it gives none."""
        self.spread = 1
        """By how many tables two nodes may differ; 0: nothing is ever given."""
        self.pause_s = 1.0
        """How long this node waits after a table before it gives another."""
        self.over = 0
        """Tables that this node owns above its share, when it was last looked."""
        self.given = 0
        self.in_vain = 0
        """Tables that came back at once."""

    def gave(self, table: int) -> None:
        """Take note that a table is about to be let go."""
        now_s = self._clock_s()
        self.given += 1
        self._given_s[table] = now_s
        self._not_before_s = max(self._not_before_s, now_s + self.pause_s)

    def took(self, table: int) -> None:
        """Take note that this node has taken a table; one that it gave just now was in vain."""
        now_s = self._clock_s()
        given_s = self._given_s.pop(table, None)
        if given_s is None or now_s - given_s > IN_VAIN_S:
            return
        self.in_vain += 1
        self._wait_s = min(max(2 * self._wait_s, FIRST_WAIT_S), MOST_WAIT_S)
        self._not_before_s = now_s + self._wait_s
        log.warning("a table that was handed over came back", table=table, wait_s=self._wait_s)

    def close(self) -> None:
        """Hear of nobody any more."""
        self._subscription.close()

    def _heard(self, here: Here) -> None:
        self._heard_s[here.node] = self._clock_s()

    async def run(self) -> None:
        """Look again and again, for ever."""
        while True:
            try:
                await self.round()
            except DATABASE_ERRORS as error:
                self.give(False)
                log.warning("shares of tables not read", error=type(error).__name__)
            await asyncio.sleep(LOOK_S)

    async def round(self) -> None:
        """Look once. Raises OSError, TimeoutError or asyncpg errors."""
        self._bus.publish(TOPIC, Here(self._node))
        if not self.spread:
            return
        shares = await self._read()
        self.give(self._due(shares))

    async def _read(self) -> Shares:
        rows = await self._pool.fetch(_QUERY, FRESH_S, timeout=_TIMEOUT_S)
        since_s = self._clock_s() - HEARD_S
        steady = len({row["program"] for row in rows}) <= 1 and all(
            row["steady"]
            and not row["free"]
            and (row["node"] == self._node or self._heard_s.get(row["node"], 0.0) > since_s)
            for row in rows
        )
        return Shares({row["id"]: row["owned"] for row in rows}, steady)

    def _due(self, shares: Shares) -> bool:
        """Whether this node is to give a table now."""
        now_s = self._clock_s()
        stayed = [table for table, at in self._given_s.items() if now_s - at > IN_VAIN_S]
        for table in stayed:
            del self._given_s[table]
            self._wait_s = 0.0
        nodes = frozenset(shares.owned)
        if nodes != self._seen or not shares.steady:
            # A table on its way is free for a moment; that alone is no reason to wait anew.
            if nodes != self._seen:
                self._seen, self._since_s = nodes, now_s
            return False
        lease = self._fences.lease
        if lease is None or not self._fences.live or self._fences.draining:
            return False
        self.over = surplus(shares.owned, self.spread).get(lease, 0)
        calm = now_s - self._since_s >= CALM_S
        return self.over > 0 and calm and now_s >= self._not_before_s


def _nothing(_wanted: bool) -> None:  # noqa: FBT001 - as it is called
    """Give nothing: for a node that runs no tables."""
