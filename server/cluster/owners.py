"""Who owns which shared table, as far as this node knows: told by the bus, checked each second.

Knowing late harms nothing: an owner that is asked under another epoch says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Final, NamedTuple

import msgspec
import structlog
from msgspec import Meta

from server.cluster.bus import Bus
from server.cluster.publishing import Number
from server.database.errors import DATABASE_ERRORS

__all__ = ["Owner", "Owners"]

log = structlog.get_logger(__name__)

TOPIC: Final = "owners"
CHECK_S: Final = 1.0
_QUERY: Final = (
    "SELECT f.shared_table, f.epoch, l.node FROM fence AS f LEFT JOIN fence_lease AS l"
    " ON l.id = f.lease AND l.expires_at > clock_timestamp() WHERE f.wanted"
)


class Owner(NamedTuple):
    """Who owns a table."""

    epoch: int
    node: int | None
    """None: nobody, at the moment."""


class Changed(msgspec.Struct, frozen=True, tag="changed"):
    """A table has another owner, or none."""

    table: Number
    epoch: Number
    node: Annotated[int, Meta(ge=0, le=255)] | None


class Owners:
    """The directory of one node. `changed` is called for each change that it hears of."""

    def __init__(self, bus: Bus, pool: Any, changed: Callable[[int, Owner], None]) -> None:
        self._bus = bus
        self._pool = pool
        self._changed = changed
        self._owners: dict[int, Owner] = {}
        self._told: set[int] = set()
        """Tables of which the bus has told since the database was last asked."""
        self._subscription = bus.subscribe(TOPIC, Changed, self._on_changed)

    def __len__(self) -> int:
        return len(self._owners)

    def find(self, table: int) -> Owner | None:
        """Return the owner of a table, or None: there is no such table."""
        return self._owners.get(table)

    @property
    def all(self) -> dict[int, Owner]:
        """Every table that should have an owner."""
        return dict(self._owners)

    def tell(self, table: int, epoch: int, node: int | None) -> None:
        """Tell every node of a change."""
        self._bus.publish(TOPIC, Changed(table, epoch, node))

    def close(self) -> None:
        """Hear of nothing more."""
        self._subscription.close()

    async def check(self) -> None:
        """Read all owners from the database. Raises OSError, TimeoutError or asyncpg errors.

        The database is right, whatever was told before; of what is told while it is read the newer
        epoch counts.
        """
        self._told.clear()
        rows = await self._pool.fetch(_QUERY, timeout=CHECK_S)
        found = {row["shared_table"]: Owner(row["epoch"], row["node"]) for row in rows}
        for table in self._owners.keys() - found.keys():
            del self._owners[table]
        for table, owner in found.items():
            if table not in self._told:
                self._replace(table, owner)
            else:
                self._note(table, owner)

    async def run(self) -> None:
        """Check each second, for ever."""
        while True:
            try:
                await self.check()
            except DATABASE_ERRORS as error:
                log.warning("the owners are not known anew", error=type(error).__name__)
            await asyncio.sleep(CHECK_S)

    def _on_changed(self, change: Changed) -> None:
        self._told.add(change.table)
        self._note(change.table, Owner(change.epoch, change.node))

    def _note(self, table: int, owner: Owner) -> None:
        known = self._owners.get(table)
        if known is not None and owner.epoch < known.epoch:
            return
        self._replace(table, owner)

    def _replace(self, table: int, owner: Owner) -> None:
        known = self._owners.get(table)
        self._owners[table] = owner
        if known != owner:
            self._changed(table, owner)
