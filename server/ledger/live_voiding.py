"""Voiding the round of a live table that has no owner: every seat gets its stakes back.

A table has one writer, its owner. So while a server owns it the round is voided there, and this is
refused; with none up it takes the table under an epoch of its own, for as long as it takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from server.ledger.ids import MAXIMUM_NODE, IdGenerator
from server.ledger.items import Verdict
from server.ledger.live_items import SETTLE_LIVE, LiveItem, LiveKind, live_arguments

__all__ = ["COMMAND_NODE", "NotVoided", "void_live_round"]

COMMAND_NODE: Final = MAXIMUM_NODE
"""The node number in ids made by commands, so that they meet no server's."""
_LEASE_MS: Final = 30_000
_MOST_ITEMS: Final = 500
_TRIES: Final = 50
_PAUSE_S: Final = 0.02
_OWNER: Final = """
    SELECT f.node FROM fence f JOIN fence_lease l ON l.id = f.lease
    WHERE f.shared_table = $1 AND l.expires_at > clock_timestamp()
"""
_PAID: Final = "SELECT EXISTS (SELECT FROM wager WHERE chain = $1 AND n = $2 AND stake > 0)"
_ORDERED: Final = "SELECT live_round_void($1, $2, $3, $4, $5, NULL)"
_HOLDS: Final = "SELECT seat, account, amount FROM hold WHERE chain = $1 AND n = $2 ORDER BY seat"


class NotVoided(Exception):  # noqa: N818 - one clear line for a person
    """The round was not voided; the message says why."""


async def void_live_round(connection: Any, table: int, chain: int, n: int, cause: str) -> int:
    """Void the round in play of a live table and return what was given back, in minor units.

    `connection` has the application's rights and `croupier` as its search path. Raises NotVoided.
    What was returned stays returned: after a failure the same command goes on.
    """
    name = f"round {chain}-{n}"
    if await connection.fetchval(_PAID, chain, n):
        raise NotVoided(
            f"seats of {name} have been paid, so it cannot be void: it ends when a server runs its"
            " table"
        )
    async with _owned(connection, table, name) as epoch:
        ordered = await connection.fetchval(_ORDERED, table, epoch, chain, n, cause)
        if not ordered:
            raise NotVoided("the round has moved on; look again")
        settling = await _Settling.start(connection, table, epoch, chain, n)
        await settling.do(LiveKind.CLOSE)
        holds = await connection.fetch(_HOLDS, chain, n)
        for start in range(0, len(holds), _MOST_ITEMS):
            part = holds[start : start + _MOST_ITEMS]
            await settling.settle(
                [
                    settling.item(LiveKind.RETURN, seat=hold["seat"], account=hold["account"])
                    for hold in part
                ]
            )
        await settling.do(LiveKind.END, reason=cause)
    return sum(hold["amount"] for hold in holds)


@asynccontextmanager
async def _owned(connection: Any, table: int, name: str) -> AsyncIterator[int]:
    """Own a table that nobody owns, and let it go again."""
    wanted = await connection.fetchval("SELECT wanted FROM fence WHERE shared_table = $1", table)
    if not wanted:
        await connection.execute("SELECT fence_want($1)", table)
    # As a node that drains: no table comes to it by an election.
    lease = await connection.fetchval(
        "SELECT fence_lease_start($1::smallint, 0, '{}', $2, true)", COMMAND_NODE, _LEASE_MS
    )
    try:
        epoch = await connection.fetchval("SELECT fence_take($1, $2)", table, lease)
        if epoch is None:
            owner = await connection.fetchval(_OWNER, table)
            raise NotVoided(
                f"node {owner} runs table {table} and alone may void its {name}: do it there, or"
                " stop that server first"
            )
        try:
            yield epoch
        finally:
            await connection.execute("SELECT fence_release($1, $2, $3)", table, epoch, lease)
    finally:
        await connection.execute("SELECT fence_lease_end($1)", lease)
        if wanted is False:
            await connection.execute("SELECT fence_want($1, false)", table)


class _Settling:
    """Settles items of one round, as its table would."""

    def __init__(
        self, connection: Any, node: Any, table: int, epoch: int, chain: int, n: int
    ) -> None:
        self._connection = connection
        self._node = node
        self._ids = IdGenerator(COMMAND_NODE, node["high_water"])
        self._place = {"table": table, "epoch": epoch, "chain": chain, "n": n}

    @classmethod
    async def start(cls, connection: Any, table: int, epoch: int, chain: int, n: int) -> _Settling:
        """Settle under the number of a node: with no server up it is nobody's."""
        node = await connection.fetchrow(
            "SELECT id, epoch, high_water FROM node ORDER BY id LIMIT 1"
        )
        return cls(connection, node, table, epoch, chain, n)

    def item(self, kind: LiveKind, **fields: Any) -> LiveItem:
        """Return an item of the round."""
        return LiveItem(
            _unheard, None, kind=kind, transfer=self._ids.next(), **{**self._place, **fields}
        )

    async def do(self, kind: LiveKind, **fields: Any) -> None:
        """Settle an item of the round itself."""
        await self.settle([self.item(kind, **fields)])

    async def settle(self, items: list[LiveItem]) -> None:
        """Settle items, again those whose account is locked elsewhere. Raises NotVoided."""
        for _ in range(_TRIES):
            row = await self._connection.fetchrow(
                SETTLE_LIVE,
                *live_arguments(self._node["id"], self._node["epoch"], self._ids.next(), items),
            )
            verdicts = [Verdict(verdict) for verdict in row["verdict"]]
            wrong = {*verdicts} - {Verdict.ACCEPTED, Verdict.KNOWN, Verdict.SKIPPED}
            if wrong:
                raise NotVoided("the round has moved on; look again")
            items = [
                item
                for item, verdict in zip(items, verdicts, strict=True)
                if verdict is Verdict.SKIPPED
            ]
            if not items:
                return
            await asyncio.sleep(_PAUSE_S)
        raise NotVoided("a player's account is locked elsewhere; try again")


def _unheard(_item: LiveItem, _verdict: int, _balance: int, _held: int, _version: int) -> None:
    """Nobody waits for the verdict but the caller above."""
