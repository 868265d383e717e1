"""A second witness beside `croupier audit`: the books of live tables by plain SQL.

Everything is read as of one moment, while people go on playing. What they were told before that
moment must be there.

At craps every roll is a round. Its inputs are what stood before it, a seat each, and what was bet
since; what it decides is its wager, and the rest stands in the roll that follows at the table.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import asyncpg

from server.database.connect import Connection
from tests.chaos.live.casino import Casino
from tests.chaos.live.people import Crowd, Kept

__all__ = ["breaches", "wrong"]

_ROLLS: Final = """
    WITH roll AS (
        SELECT r.table_id, r.chain, r.n, true AS ended, r.void_cause IS NOT NULL AS void
        FROM round r JOIN live_table t ON t.id = r.table_id AND t.game = 'craps'
        UNION ALL SELECT l.table_id, l.chain, l.n, false, false
        FROM live_round l JOIN live_table t ON t.id = l.table_id AND t.game = 'craps'
    ), rolls AS (
        SELECT *, lead(chain) OVER hand AS next_chain, lead(n) OVER hand AS next_n
        FROM roll WINDOW hand AS (PARTITION BY table_id ORDER BY chain, n)
    ), bet AS (
        SELECT chain, n, i.seat, sum(i.stake) AS stake,
            coalesce(sum(i.stake) FILTER (WHERE i.platform), 0) AS stood
        FROM round_input i JOIN roll USING (chain, n) WHERE i.seat > 0 GROUP BY 1, 2, 3
    )
"""
"""Every roll with the next one at its table, and what was on it: stood is the part from before."""
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
    "what lies on hold accounts is not what the open holds say": """
        WITH lies AS (
            SELECT account & ~(255::bigint << 11) | (1 << 11) AS account, sum(amount) AS amount
            FROM (
                SELECT credit AS account, amount FROM transfer
                UNION ALL SELECT debit, -amount FROM transfer
            ) AS both_sides WHERE account >> 11 & 255 = 2 GROUP BY 1
        ), held AS (SELECT account, sum(amount) AS amount FROM hold GROUP BY 1)
        SELECT account, l.amount, h.amount AS held FROM lies l FULL JOIN held h USING (account)
        WHERE coalesce(l.amount, 0) <> coalesce(h.amount, 0)
    """,
    # A roll that is being settled has its wager already, and holds the rest.
    "a hold is not what was bet": """
        SELECT h.chain, h.n, h.seat, h.amount, i.stake, w.stake AS decided FROM hold h
        LEFT JOIN (
            SELECT chain, n, seat, sum(stake) AS stake FROM round_input GROUP BY 1, 2, 3
        ) AS i USING (chain, n, seat)
        LEFT JOIN live_round l ON (l.chain, l.n) = (h.chain, h.n)
        LEFT JOIN live_table t ON t.id = l.table_id
        LEFT JOIN wager w ON t.game = 'craps' AND (w.chain, w.n, w.seat) = (h.chain, h.n, h.seat)
        WHERE h.amount IS DISTINCT FROM i.stake - coalesce(w.stake, 0)
    """,
    "a seat that is paid still has a hold": """
        SELECT h.chain, h.n, h.seat FROM hold h
        JOIN wager w ON (w.chain, w.n, w.seat) = (h.chain, h.n, h.seat)
        LEFT JOIN live_round l ON (l.chain, l.n) = (h.chain, h.n)
        LEFT JOIN live_table t ON t.id = l.table_id
        WHERE t.game IS DISTINCT FROM 'craps' OR w.stake = 0
    """,
    "an open bet is neither held nor paid": """
        SELECT i.chain, i.n, i.seat FROM live_round l
        JOIN round_input i ON i.chain = l.chain AND i.n = l.n AND i.stake > 0
        LEFT JOIN hold h ON (h.chain, h.n, h.seat) = (i.chain, i.n, i.seat)
        LEFT JOIN wager w ON (w.chain, w.n, w.seat) = (i.chain, i.n, i.seat)
        WHERE h.chain IS NULL AND w.chain IS NULL
    """,
    "an open bet is paid for another stake": """
        SELECT w.chain, w.n, w.seat, w.stake, i.stake AS bet FROM live_round l
        JOIN wager w ON (w.chain, w.n) = (l.chain, l.n)
        LEFT JOIN (
            SELECT chain, n, seat, sum(stake) AS stake FROM round_input GROUP BY 1, 2, 3
        ) AS i ON (i.chain, i.n, i.seat) = (w.chain, w.n, w.seat)
        LEFT JOIN hold h ON (h.chain, h.n, h.seat) = (w.chain, w.n, w.seat)
        WHERE h.chain IS NULL AND w.stake <> 0 AND w.stake IS DISTINCT FROM i.stake
    """,
    # Of a roll it is what was bet less what stands: see below.
    "a wager is not what was bet": """
        SELECT w.chain, w.n, w.seat, w.stake, i.stake AS bet FROM wager w
        JOIN round r ON (r.chain, r.n) = (w.chain, w.n) AND r.table_id IS NOT NULL
        JOIN live_table t ON t.id = r.table_id
        LEFT JOIN (
            SELECT chain, n, seat, sum(stake) AS stake FROM round_input GROUP BY 1, 2, 3
        ) AS i ON (i.chain, i.n, i.seat) = (w.chain, w.n, w.seat)
        WHERE r.void_cause IS NULL AND t.game <> 'craps' AND w.stake IS DISTINCT FROM i.stake
            OR r.void_cause IS NOT NULL AND (w.stake, w.payout) <> (0, 0)
    """,
    "a bet of a round that has ended has no wager": """
        SELECT i.chain, i.n, i.seat FROM round_input i
        JOIN round r ON (r.chain, r.n) = (i.chain, i.n) AND r.table_id IS NOT NULL
        JOIN live_table t ON t.id = r.table_id
        LEFT JOIN wager w ON (w.chain, w.n, w.seat) = (i.chain, i.n, i.seat)
        WHERE i.stake > 0 AND w.chain IS NULL
            AND (t.game <> 'craps' OR r.void_cause IS NOT NULL)
    """,
    "a void round did not return what was staked": """
        SELECT i.chain, i.n, i.seat, i.stake, m.amount FROM (
            SELECT chain, n, seat, sum(stake) AS stake FROM round_input GROUP BY 1, 2, 3
        ) AS i
        JOIN round r ON (r.chain, r.n) = (i.chain, i.n) AND r.table_id IS NOT NULL
        LEFT JOIN transfer m ON (m.chain, m.n, m.seat, m.kind) = (i.chain, i.n, i.seat, 4)
        WHERE CASE WHEN r.void_cause IS NULL THEN 0 ELSE i.stake END <> coalesce(m.amount, 0)
    """,
    "what a roll left is not what stands in the next": _ROLLS
    + """
        SELECT b.chain, b.n, b.seat, b.stake, w.stake AS decided, f.stood,
            r.next_chain, r.next_n FROM rolls r
        JOIN bet b USING (chain, n)
        LEFT JOIN wager w USING (chain, n, seat)
        LEFT JOIN bet f ON (f.chain, f.n, f.seat) = (r.next_chain, r.next_n, b.seat)
        WHERE r.ended AND coalesce(f.stood, 0)
            <> CASE WHEN r.void THEN 0 ELSE b.stake - coalesce(w.stake, 0) END
    """,
    "bets stand that no roll has left": _ROLLS
    + """
        SELECT f.chain, f.n, f.seat, f.stood FROM bet f
        LEFT JOIN rolls r ON (r.next_chain, r.next_n) = (f.chain, f.n)
        LEFT JOIN bet b ON (b.chain, b.n, b.seat) = (r.chain, r.n, f.seat)
        WHERE f.stood > 0 AND b.chain IS NULL
    """,
    "bets of one player stand as another's": _ROLLS
    + """
        , whose AS (
            SELECT chain, n, seat, account FROM wager UNION SELECT chain, n, seat, account FROM hold
        )
        SELECT f.chain, f.n, f.seat, before.account, now.account AS now FROM bet f
        JOIN rolls r ON (r.next_chain, r.next_n) = (f.chain, f.n)
        JOIN whose before ON (before.chain, before.n, before.seat) = (r.chain, r.n, f.seat)
        JOIN whose now ON (now.chain, now.n, now.seat) = (f.chain, f.n, f.seat)
        WHERE f.stood > 0 AND before.account <> now.account
    """,
    # Until the draw: what it leaves is put on the holds seat by seat, and then on the next roll.
    "a hold has other bets than stood": _ROLLS
    + """
        SELECT h.chain, h.n, h.seat FROM hold h
        JOIN live_round l ON (l.chain, l.n) = (h.chain, h.n) AND l.drawn IS NULL
        JOIN bet b ON (b.chain, b.n, b.seat) = (h.chain, h.n, h.seat) AND b.stood = b.stake
        JOIN round_input i ON (i.chain, i.n, i.seat) = (h.chain, h.n, h.seat) AND i.platform
        WHERE h.bets <> i.decision
    """,
    # First what the table comes with, then each seat once, in order, with what stands.
    "a roll begins with other inputs than the house's": _ROLLS
    + """
        SELECT chain, n FROM round_input i JOIN roll USING (chain, n) WHERE i.platform
        GROUP BY 1, 2 HAVING min(i.step) <> 0 OR max(i.step) <> count(*) - 1
            OR array_agg(i.seat ORDER BY i.step) <> array_agg(DISTINCT i.seat ORDER BY i.seat)
            OR bool_or((i.seat = -1) <> (i.step = 0) OR (i.stake = 0) <> (i.step = 0))
    """,
    "the house staked something": _ROLLS
    + """
        SELECT i.chain, i.n, i.step FROM round_input i LEFT JOIN roll USING (chain, n)
        WHERE roll.chain IS NULL AND i.platform AND (i.stake <> 0 OR i.seat < 0)
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
_KEPT: Final = (
    _ROLLS
    + """
    SELECT r.session, r.id, r.verdict, r.chain, r.n, r.step, i.stake, i.seat, i.platform,
        w.payout AS paid, w.stake AS wagered, o.chain IS NOT NULL AS open,
        x.void_cause IS NOT NULL AS void, coalesce(f.stood, 0) > 0 AS stands,
        (SELECT sum(e.stake) FROM round_input e WHERE e.chain = i.chain AND e.n = i.n
            AND e.seat = i.seat AND e.step <= i.step) AS staked
    FROM request r
    LEFT JOIN round_input i ON i.chain = r.chain AND i.n = r.n AND i.step = r.step - 1
    LEFT JOIN wager w ON w.chain = r.chain AND w.n = r.n AND w.seat = i.seat
    LEFT JOIN open_round o ON o.chain = r.chain AND o.n = r.n
    LEFT JOIN round x ON x.chain = r.chain AND x.n = r.n
    LEFT JOIN rolls h ON h.chain = r.chain AND h.n = r.n
    LEFT JOIN bet f ON (f.chain, f.n, f.seat) = (h.next_chain, h.next_n, i.seat)
    WHERE r.session = ANY ($1)
"""
)
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
            except asyncpg.SyntaxOrAccessError:
                raise  # a query is wrong, not the casino
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.1)


async def breaches(connection: Connection) -> list[str]:
    """Return what the books alone say is wrong, five rows of each."""
    found = []
    for breach, query in _QUERIES.items():
        rows = await connection.fetch(query)
        found += [f"{breach}: {dict(row)}" for row in rows[:5]]
    return found


async def _wrong(connection: Connection, crowd: Crowd) -> list[str]:
    kept = [kept for person in crowd.people for kept in person.kept.values()]
    refused = {
        (person.session, request): code
        for person in crowd.people
        for request, code in person.refused.items()
    }
    nothing = {(p.player, name) for p in crowd.people for name in p.nothing}
    results = {(p.player, name): told for p in crowd.people for name, told in p.results.items()}
    found: list[str] = []
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        # It takes the rolls for few, and goes through all of them for each of them.
        await connection.execute("SET LOCAL enable_nestloop = off")
        found += await breaches(connection)
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
    found += [
        f"player {player} was told nothing of {name}, on record is {paid[player, name]}"
        for player, name in nothing & paid.keys()
    ]
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
    if row["staked"] != kept.stake:
        return f"told another stake than is on record: {kept}, {dict(row)}"
    settled = row["wagered"] is not None or row["stands"]
    if not row["open"] and not row["void"] and not settled:
        return f"never settled: {kept}, {dict(row)}"
    if kept.payout is not None and row["paid"] != kept.payout:
        return f"cashed out and not paid so: {kept}, {dict(row)}"
    return ""
