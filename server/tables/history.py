"""A player's ended rounds, newest first."""

from __future__ import annotations

from typing import Any, Final

from protocol.errors import ErrorCode, Refused
from protocol.messages.account import HistoryList, HistoryRound
from server.ledger.ids import EPOCH_MS, TIME_SHIFT
from server.tables.records import parse_round_id

# Chains are found by account, rounds by primary key: no index on the wagers serves history. A chain
# is made before its rounds end, so those made after the position (by a clock that is at most a few
# seconds off) have nothing older; and those without a round are passed over, or whoever often sat
# down without playing would not find what he played before. 200 chains with a round fill a page.
_HISTORY: Final = """
    SELECT w.chain, w.n, w.stake, w.payout, w.settled_at, w.void_cause, v.game, v.version
    FROM (
        SELECT c.id, c.game_version FROM chain c
        WHERE c.account = $1 AND c.id <= $6
            AND EXISTS (SELECT FROM wager w WHERE w.chain = c.id)
        ORDER BY c.id DESC LIMIT 200
    ) AS c
    JOIN game_version v ON v.id = c.game_version
    JOIN LATERAL (
        SELECT w.chain, w.n, w.stake, w.payout, w.settled_at, r.void_cause
        FROM wager w JOIN round r ON r.chain = w.chain AND r.n = w.n
        WHERE w.chain = c.id AND (w.settled_at, w.chain, w.n) < ($2, $3, $4)
        ORDER BY w.n DESC LIMIT $5
    ) AS w ON true
    UNION ALL (
        -- What he played with others, by an index of its own.
        SELECT w.chain, w.n, w.stake, w.payout, w.settled_at, r.void_cause, v.game, v.version
        FROM wager w
        JOIN round r ON r.chain = w.chain AND r.n = w.n
        JOIN game_version v ON v.id = r.game_version
        WHERE w.account = $1 AND w.seat > 0 AND w.settled_at <= $2
            AND (w.settled_at, w.chain, w.n) < ($2, $3, $4)
        ORDER BY w.settled_at DESC, w.chain DESC, w.n DESC LIMIT $5
    )
    ORDER BY settled_at DESC, chain DESC, n DESC
    LIMIT $5
"""
_POSITION: Final = """
    SELECT settled_at FROM wager WHERE chain = $1 AND n = $2 AND account = $3
"""
_NO_LIMIT: Final = (1 << 63) - 1
_CLOCKS_APART_MS: Final = 5_000
"""More than the clocks of node and database may be apart while the node settles."""


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
    newest = int(at.timestamp() * 1000) + _CLOCKS_APART_MS - EPOCH_MS << TIME_SHIFT
    rows = await pool.fetch(_HISTORY, account, at, chain, n, limit + 1, newest)
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
