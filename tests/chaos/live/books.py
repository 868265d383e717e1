"""A second witness beside `croupier audit`: the books of live tables by plain SQL.

Everything is read as of one moment, while people go on playing. What they were told before that
moment must be there.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import asyncpg

from server.database.connect import Connection
from tests.chaos.live.casino import Casino
from tests.chaos.live.people import Crowd, Kept

__all__ = ["wrong"]

_QUERIES: Final = {
    "a balance is not what its transfers say": """
        WITH moved AS (
            SELECT account, sum(amount) AS amount FROM (
                SELECT credit AS account, amount FROM transfer
                UNION ALL SELECT debit, -amount FROM transfer
            ) AS both_sides GROUP BY 1
        )
        SELECT a.id, a.balance, m.amount FROM account a LEFT JOIN moved m ON m.account = a.id
        WHERE a.kind = 1 AND a.balance <> coalesce(m.amount, 0)
    """,
    "what is held is not what the open holds say": """
        SELECT a.id, a.held FROM account a WHERE a.kind = 1
            AND a.held <> (SELECT coalesce(sum(amount), 0) FROM hold h WHERE h.account = a.id)
    """,
    "a hold is of no open round": """
        SELECT h.chain, h.n, h.seat FROM hold h
        LEFT JOIN live_round l ON l.chain = h.chain AND l.n = h.n
        LEFT JOIN open_round o ON o.chain = h.chain AND o.n = h.n
        WHERE l.chain IS NULL OR o.chain IS NULL
    """,
    "a hold is not what was bet": """
        SELECT h.chain, h.n, h.seat, h.amount, i.stake FROM hold h
        LEFT JOIN (
            SELECT chain, n, seat, sum(stake) AS stake FROM round_input GROUP BY 1, 2, 3
        ) AS i USING (chain, n, seat) WHERE h.amount IS DISTINCT FROM i.stake
    """,
    "an open bet is neither held nor paid": """
        SELECT i.chain, i.n, i.seat FROM live_round l
        JOIN round_input i ON i.chain = l.chain AND i.n = l.n AND i.stake > 0
        LEFT JOIN hold h ON (h.chain, h.n, h.seat) = (i.chain, i.n, i.seat)
        LEFT JOIN wager w ON (w.chain, w.n, w.seat) = (i.chain, i.n, i.seat)
        WHERE h.chain IS NULL AND w.chain IS NULL
    """,
    "a wager is not what was bet": """
        SELECT w.chain, w.n, w.seat, w.stake, i.stake AS bet FROM wager w
        JOIN round r ON (r.chain, r.n) = (w.chain, w.n) AND r.table_id IS NOT NULL
        LEFT JOIN (
            SELECT chain, n, seat, sum(stake) AS stake FROM round_input GROUP BY 1, 2, 3
        ) AS i ON (i.chain, i.n, i.seat) = (w.chain, w.n, w.seat)
        WHERE r.void_cause IS NULL AND w.stake IS DISTINCT FROM i.stake
            OR r.void_cause IS NOT NULL AND (w.stake, w.payout) <> (0, 0)
    """,
    "a bet of a round that has ended has no wager": """
        SELECT i.chain, i.n, i.seat FROM round_input i
        JOIN round r ON (r.chain, r.n) = (i.chain, i.n) AND r.table_id IS NOT NULL
        LEFT JOIN wager w ON (w.chain, w.n, w.seat) = (i.chain, i.n, i.seat)
        WHERE i.stake > 0 AND w.chain IS NULL
    """,
    "somebody was paid twice": """
        SELECT chain, n, seat, kind FROM transfer WHERE chain IS NOT NULL AND kind IN (1, 2, 4)
        GROUP BY 1, 2, 3, 4 HAVING count(*) > 1
    """,
    "a wager is not what its transfers say": """
        WITH moved AS (
            SELECT chain, n, seat, coalesce(sum(amount) FILTER (WHERE kind = 1), 0) AS stake,
                coalesce(sum(amount) FILTER (WHERE kind = 2), 0) AS payout
            FROM transfer WHERE chain IS NOT NULL GROUP BY 1, 2, 3
        )
        SELECT w.chain, w.n, w.seat FROM wager w JOIN moved m USING (chain, n, seat)
        WHERE (w.stake, w.payout) <> (m.stake, m.payout)
    """,
    "a round is not accepted < closed < drawn": """
        SELECT chain, n FROM round WHERE table_id IS NOT NULL AND void_cause IS NULL
            AND (accepted < closed AND closed < drawn) IS NOT TRUE
        UNION ALL SELECT chain, n FROM live_round
        WHERE (accepted < coalesce(closed, accepted + 1)
            AND coalesce(closed, 0) < coalesce(drawn, 2147483647)) IS NOT TRUE
    """,
    "the inputs of a round are not dense": """
        SELECT chain, n FROM round_input GROUP BY 1, 2
        HAVING min(step) <> 0 OR max(step) <> count(*) - 1
    """,
    "a round is both open and ended": """
        SELECT o.chain, o.n FROM open_round o JOIN round r ON (r.chain, r.n) = (o.chain, o.n)
    """,
    "a table has two rounds open": """
        SELECT table_id FROM live_round GROUP BY 1 HAVING count(*) > 1
    """,
    "a seat is one player's twice, or two players'": """
        SELECT table_id, account FROM live_seat GROUP BY 1, 2 HAVING count(*) > 1
    """,
    "a chain has a hole between its rounds": """
        SELECT chain FROM round WHERE table_id IS NOT NULL GROUP BY 1
        HAVING min(n) <> 1 OR max(n) <> count(*)
    """,
}
_KEPT: Final = """
    SELECT r.session, r.id, r.verdict, r.chain, r.n, r.step, i.stake, i.seat, i.platform,
        w.payout AS paid, w.stake AS wagered, o.chain IS NOT NULL AS open,
        x.void_cause IS NOT NULL AS void
    FROM request r
    LEFT JOIN round_input i ON i.chain = r.chain AND i.n = r.n AND i.step = r.step - 1
    LEFT JOIN wager w ON w.chain = r.chain AND w.n = r.n AND w.seat = i.seat
    LEFT JOIN open_round o ON o.chain = r.chain AND o.n = r.n
    LEFT JOIN round x ON x.chain = r.chain AND x.n = r.n
    WHERE r.session = ANY ($1)
"""
_WAGERS: Final = """
    SELECT w.chain, w.n, w.stake, w.payout, a.id, x.void_cause FROM wager w
    JOIN account a ON a.id = w.account
    JOIN round x ON x.chain = w.chain AND x.n = w.n AND x.table_id IS NOT NULL
"""


async def wrong(casino: Casino, crowd: Crowd) -> list[str]:
    """Return everything that is not as it should be."""
    async with asyncio.timeout(60):
        while True:
            try:
                connection = await casino.connection()
                try:
                    return await _wrong(connection, crowd)
                finally:
                    await connection.close()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.1)


async def _wrong(connection: Connection, crowd: Crowd) -> list[str]:
    kept = [kept for person in crowd.people for kept in person.kept.values()]
    refused = {
        (person.session, request): code
        for person in crowd.people
        for request, code in person.refused.items()
    }
    results = {(p.player, name): told for p in crowd.people for name, told in p.results.items()}
    found = []
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        for breach, query in _QUERIES.items():
            rows = await connection.fetch(query)
            found += [f"{breach}: {dict(row)}" for row in rows[:5]]
        sessions = [person.session for person in crowd.people]
        requests = {(row["session"], row["id"]): row for row in await connection.fetch(
            _KEPT, sessions)}  # fmt: skip
        wagers = await connection.fetch(_WAGERS)
    found += [text for each in kept if (text := _kept_wrong(each, requests))]
    for key, code in refused.items():
        row = requests.get(key)
        if row is not None and row["verdict"] == 0:
            found.append(f"request {key} was refused as {code} and is on record")
    steps = [(r["chain"], r["n"], r["step"]) for r in requests.values() if r["verdict"] == 0]
    if len(steps) != len(set(steps)):
        found.append("two requests are one input")
    paid = {(row["id"] >> 19, f"{row['chain']}-{row['n']}"): row for row in wagers}
    for named, told in results.items():
        row = paid.get(named)
        if row is None or (row["stake"], row["payout"]) != told:
            found.append(f"player {named[0]} was told {told} of {named[1]}, on record is {row}")
    return found


def _kept_wrong(kept: Kept, requests: dict[tuple[int, int], Any]) -> str:
    """Return how an acknowledgement differs from the record, or nothing."""
    row = requests.get((kept.session, kept.request))
    if row is None or row["verdict"] != 0:
        return f"acknowledged and not on record: {kept}"
    if f"{row['chain']}-{row['n']}" != kept.round or row["stake"] is None or row["platform"]:
        return f"acknowledged and on record as something else: {kept}, {dict(row)}"
    if kept.kind == "accepted" and row["stake"] != kept.added:
        return f"another stake is on record: {kept}, {dict(row)}"
    if not row["open"] and not row["void"] and row["wagered"] is None:
        return f"never settled: {kept}, {dict(row)}"
    if kept.payout is not None and row["paid"] != kept.payout:
        return f"cashed out and not paid so: {kept}, {dict(row)}"
    return ""
