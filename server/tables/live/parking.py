"""Rounds of live tables that an operator has to see to, on record: parked, tried again, voided.

What the database refuses of a round is tried anew from the record, a few times in all, whoever owns
the table by then. A refusal that stays cannot be waited out, unlike a database that is away, which
the settlement queue waits for: the round is parked with all that is on hold, and its table paused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final

import structlog

from protocol.errors import ErrorCode, Refused
from server.database.errors import DATABASE_ERRORS
from server.tables.live.table import LiveTable

__all__ = ["PAUSE_S", "count", "order_void", "parked_of", "retry"]

log = structlog.get_logger(__name__)

PAUSE_S: Final = 0.25
"""Before a round that was refused is tried again."""
_FAILED: Final = "SELECT live_round_failed($1, $2, $3, $4, $5)"
_RETRY: Final = "SELECT live_round_retry($1, $2, $3, $4)"
_VOID: Final = "SELECT live_round_void($1, $2, $3, $4, $5, $6)"


def parked_of(tables: Iterable[LiveTable]) -> int:
    """Return how many of these tables have a round that waits for an operator."""
    return sum(table.parked is not None for table in tables)


async def count(pool: Any, table: LiveTable, reason: str, owns: Callable[[int, int], bool]) -> None:
    """Count a refusal of the round in play; the third parks it. Tried until it is on record."""
    round_ = table.round
    while round_ is not None and owns(table.id, table.fence):
        try:
            parked = await pool.fetchval(
                _FAILED, table.id, table.fence, round_.chain, round_.n, reason
            )
        except DATABASE_ERRORS as error:
            log.warning("refusal not counted", table=table.id, error=type(error).__name__)
            await asyncio.sleep(PAUSE_S)
            continue
        if parked:
            log.critical("live round parked", table=table.id, round=round_.wire_id, reason=reason)
        else:
            await asyncio.sleep(PAUSE_S)
        return


async def retry(pool: Any, table: LiveTable, origin: str | None, record: int | None) -> bool:
    """Have a parked round tried again; False where the table has moved.

    `origin` says who wants it and `record` where the reason is, if that is known.
    """
    log.info("parked live round tried again", table=table.id)
    return bool(await pool.fetchval(_RETRY, table.id, table.fence, origin, record))


async def order_void(pool: Any, table: LiveTable, reason: str, record: int | None) -> None:
    """Put on record that the round in play is to be void. Raises Refused where it cannot be."""
    round_ = table.round
    if round_ is None or not table.voidable:
        raise Refused(ErrorCode.UNKNOWN_ROUND, "No round can be voided now.")
    ordered = await pool.fetchval(
        _VOID, table.id, table.fence, round_.chain, round_.n, reason, record
    )
    if ordered is None:
        raise Refused(ErrorCode.TABLE_MOVED)
    if not ordered:
        raise Refused(ErrorCode.UNKNOWN_ROUND, "No round can be voided now.")
