"""Does at this node's tables what was ordered by command.

`croupier table` writes an order down in the database and notifies; every node listens, and the one
that owns the table does it. Orders are looked for each second as well, so that a notice that was
lost, or a table that has just changed hands, costs no more than that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import asyncpg
import msgspec
import structlog

from protocol.schema.console_tables import Action
from server.cluster.cluster import Cluster
from server.console.floor import ConsoleFloor
from server.console.live import ActionRefused, Change, Order
from server.console.making import Making
from server.database.errors import DATABASE_ERRORS
from server.ledger.backend import application_name
from server.tables.live import nodes
from server.tables.live.hall import Hall
from server.tables.live.origins import CONFIG
from server.tables.live.terms import Terms

__all__ = ["CHANNEL", "Orders"]

log = structlog.get_logger(__name__)

CHANNEL: Final = "croupier_tables"
LOOK_S: Final = 1.0
_TIMEOUT_S: Final = 2.0
_WAITING: Final = """
    SELECT id, table_id, action, round, terms, actor, role, reason, record FROM live_order
    WHERE done_at IS NULL AND (taken_at IS NULL OR action = 'void')
        AND until > clock_timestamp() AND table_id = ANY ($1) ORDER BY id
"""
_TAKE: Final = "SELECT live_order_take($1, $2)"
_END: Final = "SELECT live_order_end($1, $2)"
_changes: Final = msgspec.msgpack.Decoder(nodes.Change)


class Orders:
    """The orders for one node's tables."""

    def __init__(
        self,
        url: Callable[[], str],
        pool: Any,
        hall: Hall,
        floor: ConsoleFloor,
        making: Making,
        cluster: Cluster,
    ) -> None:
        self._url = url
        self._pool = pool
        self._hall = hall
        self._floor = floor
        self._making = making
        self._cluster = cluster
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Do what is ordered, for ever."""
        while True:
            try:
                await self._listen()
            except DATABASE_ERRORS as error:
                log.warning("no orders are heard", error=type(error).__name__)
            await asyncio.sleep(LOOK_S)

    async def _listen(self) -> None:
        """Do orders as they come, until the connection fails."""
        connection = await asyncpg.connect(
            self._url(),
            timeout=_TIMEOUT_S,
            server_settings={
                "search_path": "croupier",
                "application_name": application_name(self._cluster.node, "orders"),
            },
        )
        try:
            await connection.add_listener(CHANNEL, self._notified)
            while True:
                self._news.clear()
                await self._round(connection)
                try:
                    async with asyncio.timeout(LOOK_S):
                        await self._news.wait()
                except TimeoutError:
                    continue
                self._cluster.election.look()  # perhaps a new table
        finally:
            connection.terminate()

    def _notified(self, *_: object) -> None:
        self._news.set()

    async def _round(self, connection: Any) -> None:
        """Do what waits for the tables of this node."""
        tables = list(self._hall.floor.tables)
        for row in await connection.fetch(_WAITING, tables, timeout=_TIMEOUT_S):
            table = self._hall.floor.tables.get(row["table_id"])
            if table is None or not _is_known(row):
                continue
            if not await self._pool.fetchval(_TAKE, row["id"], table.fence):
                continue
            try:
                await self._do(row)
            except ActionRefused as refused:
                await self._pool.execute(_END, row["id"], refused.code)
            else:
                await self._pool.execute(_END, row["id"], None)
                log.info("table operated", action=row["action"], operator=row["actor"],
                         record=row["record"])  # fmt: skip

    async def _do(self, row: Any) -> None:
        """Do one order. Raises ActionRefused."""
        if row["action"] == "change":
            change = _changes.decode(row["terms"])
            wanted = Change(row["table_id"], Terms(*change.terms), "", change.origin == CONFIG)
            await self._making.change(wanted, change.origin, row["record"])
            return
        order = Order(row["actor"], row["role"], row["reason"], row["record"], row["round"])
        await self._floor.act(str(row["table_id"]), Action(row["action"]), order)


def _is_known(row: Any) -> bool:
    """Whether this program can do an order. One of a newer program is left to its nodes."""
    try:
        Action(row["action"]) if row["terms"] is None else _changes.decode(row["terms"])
    except (ValueError, msgspec.MsgspecError) as error:
        log.warning("an order that is not known", order=row["id"], error=str(error))
        return False
    return True
