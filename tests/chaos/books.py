"""A second witness beside `croupier audit`: the books and a record compared by plain SQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from server.database.connect import Connection, connect
from tests.chaos.processes import Server

_SUMS: Final = {
    "a balance is not what its transfers say": """
        WITH moved AS (
            SELECT account, sum(amount) AS amount FROM (
                SELECT credit AS account, amount FROM transfer
                UNION ALL SELECT debit, -amount FROM transfer
            ) AS both_sides GROUP BY 1
        )
        SELECT a.id FROM account a LEFT JOIN moved m ON m.account = a.id
        WHERE a.kind = 1 AND a.balance <> coalesce(m.amount, 0)
    """,
    "what is held is not what the open holds say": """
        SELECT a.id FROM account a WHERE a.kind = 1
            AND a.held <> (SELECT coalesce(sum(amount), 0) FROM hold h WHERE h.account = a.id)
    """,
    "a wager is not what its transfers say": """
        WITH moved AS (
            SELECT chain, n, coalesce(sum(amount) FILTER (WHERE kind = 1), 0) AS stake,
                coalesce(sum(amount) FILTER (WHERE kind = 2), 0) AS payout
            FROM transfer WHERE chain IS NOT NULL GROUP BY 1, 2
        )
        SELECT w.chain, w.n FROM wager w JOIN moved m USING (chain, n)
        WHERE (w.stake, w.payout) <> (m.stake, m.payout)
    """,
    "a request has two wagers": """
        SELECT session, request FROM wager GROUP BY 1, 2 HAVING count(*) > 1
    """,
    "a round is both open and ended": """
        SELECT o.chain, o.n FROM open_round o JOIN round r ON (r.chain, r.n) = (o.chain, o.n)
    """,
}


async def agree(server: Server, record: Path) -> int:
    """Expect the books to add up and to hold every acknowledged bet; return how many those are."""
    connection = await connect(server.directory.url("report"), settings={"search_path": "croupier"})
    try:
        for breach, query in _SUMS.items():
            assert not await connection.fetch(query), breach
        return await _acknowledged(connection, record)
    finally:
        await connection.close()


async def _acknowledged(connection: Connection, record: Path) -> int:
    wagers = {
        f"{row['chain']}-{row['n']}": row
        for row in await connection.fetch("SELECT chain, n, stake, payout, session FROM wager")
    }
    requests = {
        (row["session"], row["id"])
        for row in await connection.fetch("SELECT session, id FROM request WHERE verdict = 0")
    }
    sent: set[tuple[int, int]] = set()
    acknowledged = 0
    for line in lines(record):
        if line["request"] is None or line["session"] is None:
            continue
        key = int(line["session"]), line["request"]
        if line["direction"] == "sent":
            sent.add(key)
        elif line["type"] == "played":
            assert key in requests, f"acknowledged and not on record: {line}"
            if line["payout"] is not None:
                wager = wagers[line["round"]]
                assert (wager["stake"], wager["payout"]) == (line["stake"], line["payout"]), line
                acknowledged += 1
    sessions = {session for session, _ in sent}
    unasked = {key for key in requests if key[0] in sessions} - sent
    assert not unasked, f"bets that nobody asked for: {unasked}"
    return acknowledged


async def count(server: Server, table: str) -> int:
    """Return how many rows a table has."""
    connection = await connect(server.directory.url("report"))
    try:
        found: int = await connection.fetchval(f"SELECT count(*) FROM croupier.{table}")
    finally:
        await connection.close()
    return found


async def told(record: Path, code: str) -> bool:
    """Say whether a player was told this code."""
    return any(line["code"] == code for line in lines(record))


def lines(record: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a record that are whole; it may still be written."""
    with record.open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)
