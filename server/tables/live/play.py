"""Live play on one node: its floor, its hall, and its part in the cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from games.catalogue import Catalogue
from server.cluster.cluster import Cluster, open_cluster
from server.cluster.signatures import PURPOSE
from server.config import Live, LiveTableSettings, Redis
from server.fairness.health import EntropyGate
from server.fairness.vault import Vault
from server.ledger.lease import NodeLease
from server.tables.live.floor import LiveFloor
from server.tables.live.hall import Hall
from server.tables.live.origins import CONFIG, configured_tables
from server.tables.live.parking import parked_of
from server.tables.live.terms import TableRefused, terms_of

__all__ = ["LivePlay", "TableRefused"]

log = structlog.get_logger(__name__)

_NAMED = "SELECT id, game, currency FROM live_table WHERE title = $1"
_PUT = "SELECT live_table_put($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"


class LivePlay:
    """Everything of live tables on one node. `start` when its listeners have their addresses."""

    def __init__(
        self,
        pool: Any,
        settings: Live,
        *,
        catalogue: Catalogue,
        versions: dict[tuple[str, int], int],
        vault: Vault,
        entropy: EntropyGate,
        submit: Callable[[Any], bool],
        next_id: Callable[[], int],
        client_seed: bool,
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._catalogue = catalogue
        self._next_id = next_id
        self._vault = vault
        self.cluster: Cluster | None = None
        self.floor = LiveFloor(
            pool,
            catalogue=catalogue,
            versions=versions,
            vault=vault,
            entropy=entropy,
            submit=submit,
            next_id=next_id,
            ownership=self,
            client_seed=client_seed,
        )
        self.hall = Hall(pool, self.floor, configured=configured_tables(settings))

    # -- ownership, as the floor asks ---------------------------------------------------------

    def owns(self, table: int, epoch: int) -> bool:
        """Whether this node owns a table under an epoch, at this moment."""
        return self.cluster is not None and self.cluster.fences.owns(table, epoch)

    async def release(self, table: int) -> None:
        """Let a table go."""
        if self.cluster is not None:
            await self.cluster.release(table)

    def parked(self) -> int:
        """Return how many rounds of this node's tables wait for an operator."""
        return parked_of(self.floor.tables.values())

    def gauges(self) -> dict[str, tuple[str, Callable[[], float]]]:
        """Return gauges by name, each with its help and how it is read."""
        return {
            "croupier_live_tables": (
                "Live tables that this node owns",
                lambda: len(self.floor.tables),
            ),
            "croupier_live_rounds_parked": (
                "Rounds of this node's live tables that wait for an operator",
                self.parked,
            ),
        }

    def avoid(self, table: int) -> None:
        """Leave a table to other nodes for a while."""
        if self.cluster is not None:
            self.cluster.election.avoid(table)

    # -- life ---------------------------------------------------------------------------------

    async def build(
        self,
        redis: Redis,
        url: Callable[[], str],
        lease: NodeLease,
        backends: Callable[[], list[int]],
    ) -> Cluster:
        """Make the node's part in the cluster; nothing is connected yet."""
        self.cluster = await open_cluster(
            redis,
            self._pool,
            url,
            lease,
            backends,
            self.floor.take,
            self.floor.give_up,
            keys=self._vault.derived(PURPOSE),
        )
        balancer = self.cluster.balancer
        balancer.spread = self._settings.spread
        balancer.pause_s = self._settings.hand_over_pause_ms / 1000
        balancer.give, self.floor.gave = self.floor.give, balancer.gave
        return self.cluster

    async def start(self, *, http: str, gateway: str) -> None:
        """Join the cluster and take tables. Raises TableRefused and the database's errors."""
        assert self.cluster is not None, "it is built before it is started"
        self.hall.join_cluster(self.cluster)
        await self.cluster.start(http=http, gateway=gateway)
        self.hall.spawn(self.hall.run())
        self.hall.spawn(self.floor.sweep())
        await self._open_tables(self.cluster)
        await self.cluster.ready()

    async def stop(self) -> None:
        """Leave the cluster; what is open goes on with the next owner."""
        await self.hall.close()
        await self.floor.close()
        if self.cluster is not None:
            await self.cluster.stop()

    async def drain(self, deadline_s: float) -> None:
        """Let running rounds end and hand the tables over."""
        if self.cluster is not None:
            self.cluster.fences.draining = True
        await self.floor.drain(deadline_s)

    async def _open_tables(self, cluster: Cluster) -> None:
        """Put the tables of the settings on record, and have every table owned.

        Closed ones too: somebody has to be there to open them again.
        """
        for table in self.hall.configured:
            await self.open_table(table, CONFIG)
        for row in await self._pool.fetch("SELECT id FROM live_table"):
            await cluster.fences.want(row["id"])
        cluster.election.look()

    async def open_table(self, table: LiveTableSettings, origin: str) -> int:
        """Put a table of the settings on record and return its id. Raises TableRefused.

        One that an operator has made or changed under this title stays as it is, and so does
        whether it is open: what an operator has closed or paused no start of a node opens.
        """
        rows = await self._pool.fetch("SELECT code, exponent FROM currency")
        terms = terms_of(table, self._catalogue, {row["code"]: row["exponent"] for row in rows})
        identifier = await self._pool.fetchval(
            _PUT,
            self._next_id(),
            table.title,
            table.game,
            table.currency,
            *terms[:-1],
            origin,
            terms.draw_ms,
        )
        if identifier is not None:
            return int(identifier)
        there = await self._pool.fetchrow(_NAMED, table.title)
        if (there["game"], there["currency"]) != (table.game, table.currency):
            raise TableRefused(
                "name_taken",
                "title",
                "a table of this name has another game or currency; take another name",
                table.title,
            )
        log.warning("a live table stays as operators set it", table=there["id"], title=table.title)
        return int(there["id"])
