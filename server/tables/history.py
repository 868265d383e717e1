"""A player's ended rounds, newest first."""

from __future__ import annotations

from typing import Any, Final

from protocol.errors import ErrorCode, Refused
from protocol.messages.account import HistoryList, HistoryRound
from server.tables.records import parse_round_id

# Chains are found by account, rounds by primary key: no index on the wagers serves history.
_HISTORY: Final = """
    SELECT w.chain, w.n, w.stake, w.payout, w.settled_at, w.void_cause, v.game, v.version
    FROM (
        SELECT id, game_version FROM chain
        WHERE account = $1 AND id <= $2 ORDER BY id DESC LIMIT 200
    ) AS c
    JOIN game_version v ON v.id = c.game_version
    JOIN LATERAL (
        SELECT w.chain, w.n, w.stake, w.payout, w.settled_at, r.void_cause
        FROM wager w JOIN round r ON r.chain = w.chain AND r.n = w.n
        WHERE w.chain = c.id AND (w.settled_at, w.chain, w.n) < ($3, $4, $5)
        ORDER BY w.n DESC LIMIT $6
    ) AS w ON true
    ORDER BY w.settled_at DESC, w.chain DESC, w.n DESC
    LIMIT $6
"""
_POSITION: Final = """
    SELECT settled_at FROM wager WHERE chain = $1 AND n = $2 AND seat = 0 AND account = $3
"""
_NO_LIMIT: Final = (1 << 63) - 1


async def read_history(
    pool: Any,
    account: int,
    before: str | None,
    limit: int,
) -> HistoryList:
    """Return up to `limit` ended rounds of an account. Raises Refused: UNKNOWN_ROUND."""
    at: Any = None
    chain, n = _NO_LIMIT, 0
    if before is not None:
        parsed = parse_round_id(before)
        at = None if parsed is None else await pool.fetchval(_POSITION, *parsed, account)
        if parsed is None or at is None:
            raise Refused(ErrorCode.UNKNOWN_ROUND)
        chain, n = parsed
    if at is None:
        at = await pool.fetchval("SELECT clock_timestamp() + interval '1 hour'")
    rows = await pool.fetch(_HISTORY, account, _NO_LIMIT, at, chain, n, limit + 1)
    rounds = tuple(
        HistoryRound(
            round=f"{row['chain']}-{row['n']}",
            game=row["game"],
            version=row["version"],
            stake=row["stake"],
            payout=row["payout"],
            voided=row["void_cause"] is not None,
            ended_ms=int(row["settled_at"].timestamp() * 1000),
        )
        for row in rows[:limit]
    )
    return HistoryList(rounds=rounds, more=len(rows) > limit)
