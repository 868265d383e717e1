"""The dedicated connection that settles.

When its answer stays out, the socket is dropped, the backend behind it ended and awaited, and only
then is the batch sent again: what the old call did is then decided, and the request table knows it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final

import asyncpg

from server.ledger.items import SETTLE, SETTLE_INSTANT, instant_arguments
from server.ledger.live_items import SETTLE_LIVE

# A generic plan of nested loops over primary keys is right for every batch, on empty tables too;
# a plan cached while a table was empty once made each call scan it.
PLAN_SETTINGS: Final = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_memoize": "off",
    "jit": "off",
    "search_path": "croupier",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}
UNDECIDED: Final = "CR002"
"""What `settle_instant` fails with over items that only `settle` can decide."""
_FAULTY_ITEM: Final = frozenset({"22", "23"})
"""Classes of errors that an item can cause; a known request breaks a primary key."""
_CONNECT_TIMEOUT_S: Final = 5.0
_END_DEADLINE_S: Final = 10.0
_CLOSE_TIMEOUT_S: Final = 2.0


def application_name(node: int, role: str = "settlement") -> str:
    """Return the name that a node's backends carry, by which a successor finds them."""
    return f"croupier node {node} {role}"


async def settle(instant: Any, statement: Any, arguments: tuple[Any, ...]) -> Any:
    """Settle by the quicker call where it is for the items, and by `settle` where it gives up.

    `instant` and `statement` are `SETTLE_INSTANT` and `SETTLE`, prepared. A call that failed has
    done nothing, so the same items may be handed to the other one.
    """
    quick = instant_arguments(arguments)
    if quick is not None:
        try:
            row = await instant.fetchrow(*quick)
        except asyncpg.PostgresError as error:
            state = error.sqlstate or ""
            if state != UNDECIDED and state[:2] not in _FAULTY_ITEM:
                raise
        else:
            if row["verdict"] is not None:
                return row
    return await statement.fetchrow(*arguments)


class SettlementBackend:
    """The settling connection of one node; `url` is asked anew at every connect."""

    def __init__(self, url: Callable[[], str], node: int) -> None:
        self._url = url
        self._node = node
        self._connection: Any = None
        self._statement: Any = None
        self._instant: Any = None
        self._in_doubt = False
        """Whether the next call may have committed before: `settle` alone looks for that."""
        self._live_statement: Any = None
        self._identity: tuple[int, Any] | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the backend in Postgres, for metrics and heartbeats."""
        return self._identity[0] if self._identity else None

    async def open(self) -> None:
        """Connect and prepare. Raises OSError, TimeoutError or asyncpg errors."""
        connection: Any = await asyncpg.connect(
            self._url(),
            timeout=_CONNECT_TIMEOUT_S,
            server_settings={**PLAN_SETTINGS, "application_name": application_name(self._node)},
        )
        try:
            identity = await connection.fetchrow(
                "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            )
            if self._identity is not None:
                await _end_backend(connection, *self._identity)
            self._statement = await connection.prepare(SETTLE)
            self._instant = await connection.prepare(SETTLE_INSTANT)
            self._live_statement = await connection.prepare(SETTLE_LIVE)
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection
        self._identity = (identity["pid"], identity["backend_start"])

    async def settle(self, arguments: tuple[Any, ...]) -> Any:
        """Settle; the columns of the one row: verdicts, balances, helds, versions."""
        if self._in_doubt:
            row = await self._statement.fetchrow(*arguments)
            self._in_doubt = False
            return row
        return await settle(self._instant, self._statement, arguments)

    async def settle_live(self, arguments: tuple[Any, ...]) -> Any:
        """Call `settle_live`; columns as of `settle`."""
        return await self._live_statement.fetchrow(*arguments)

    async def renew(self) -> None:
        """Drop the connection, connect anew and wait until the old backend is gone."""
        self._in_doubt = True
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
        await self.open()

    async def close(self) -> None:
        """End the connection in order, or drop it."""
        if self._connection is not None:
            with contextlib.suppress(OSError, asyncpg.PostgresError, TimeoutError):
                await self._connection.close(timeout=_CLOSE_TIMEOUT_S)
            self._connection = None


async def _end_backend(connection: Any, pid: int, started: object) -> None:
    """End one backend and return when it is gone. A reused pid has another start and is let be."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _END_DEADLINE_S
    query = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid = $1 AND backend_start = $2"
    )
    while await connection.fetch(query, pid, started):
        if loop.time() > deadline:
            message = f"backend {pid} does not end"
            raise TimeoutError(message)
        await asyncio.sleep(0.02)


async def end_predecessors(connection: Any, node: int | None = None) -> int:
    """End every backend that an earlier server process left, and wait until they are gone.

    Must be called before any state is read: a call in flight might still commit. Returns how many
    there were. The connection's own backend is spared, and those of other databases of the server.
    With *node* only those of that node are ended, for others may share the database.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _END_DEADLINE_S
    ended: set[int] = set()
    while True:
        rows = await connection.fetch(
            "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE starts_with(application_name, $1) AND datname = current_database()"
            " AND pid <> pg_backend_pid()",
            "croupier node " if node is None else application_name(node, ""),
        )
        if not rows:
            return len(ended)
        ended.update(row["pid"] for row in rows)
        if loop.time() > deadline:
            message = f"backends of an earlier process do not end: {sorted(ended)}"
            raise TimeoutError(message)
        await asyncio.sleep(0.02)
