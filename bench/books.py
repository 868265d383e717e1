"""The ledger is checked after each run: a fast server that loses a coin has not been fast."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.errors import BenchError
from bench.processes import SERVE, environment
from server.database.connect import Connection, connect
from server.database.files import DataDirectory

__all__ = ["Books", "audit", "check_baseline", "check_product"]

AUDIT_MODULE: Final = "server.cli.audit"

PRODUCT: Final = {
    "accepted bets without a transfer of their stake, or the reverse": """
        SELECT (SELECT coalesce(sum(stake), 0) FROM wager)
            - (SELECT coalesce(sum(amount), 0) FROM transfer WHERE kind = 1)
    """,
    "payouts without a transfer, or the reverse": """
        SELECT (SELECT coalesce(sum(payout), 0) FROM wager)
            - (SELECT coalesce(sum(amount), 0) FROM transfer WHERE kind = 2)
    """,
    "balances that are not the sum of their transfers": """
        SELECT count(*) FROM account a LEFT JOIN (
            SELECT account, sum(amount) AS balance FROM (
                SELECT credit AS account, amount FROM transfer
                UNION ALL SELECT debit, -amount FROM transfer
            ) AS moves GROUP BY account
        ) AS b ON b.account = a.id
        WHERE a.kind = 1 AND a.balance <> coalesce(b.balance, 0)
    """,
    "balances below zero": "SELECT count(*) FROM account WHERE balance < 0",
    "stakes and payouts that the batches do not total": """
        SELECT (SELECT coalesce(sum(stake - payout), 0) FROM wager)
            - (SELECT coalesce(sum(stake - payout), 0) FROM batch_total)
    """,
}
"""Each must be zero."""

BASELINE: Final = {
    "entries that do not add up to nothing": "SELECT coalesce(sum(amount), 0) FROM entry",
    "balances that are not the sum of their entries": """
        SELECT count(*) FROM account a LEFT JOIN (
            SELECT account, sum(amount) AS moved FROM entry GROUP BY account
        ) AS e ON e.account = a.id
        WHERE a.balance - $1 <> coalesce(e.moved, 0)
    """,
}


@dataclass(frozen=True, slots=True)
class Books:
    """What a ledger holds, found to agree with itself."""

    wagers: int
    stakes: int
    """Minor units."""
    payouts: int
    """Minor units."""


async def check_product(url: str) -> Books:
    """Add up the product's ledger. Raises BenchError with what does not agree."""
    connection = await connect(url, settings={"search_path": "croupier"})
    try:
        await _all_zero(connection, PRODUCT)
        return await _books(connection, "wager")
    finally:
        await connection.close()


async def check_baseline(url: str, opening: int) -> Books:
    """Add up the baseline's ledger; every player began with `opening`. Raises BenchError."""
    connection = await connect(url)
    try:
        for breach, query in BASELINE.items():
            arguments = [opening] if "$1" in query else []
            if found := await connection.fetchval(query, *arguments):
                raise BenchError(f"the baseline's ledger is wrong: {found} {breach}")
        return await _books(connection, "round")
    finally:
        await connection.close()


async def audit(data: DataDirectory, replay: str = "1000") -> bool:
    """Run `croupier audit`; False if there is none. Raises BenchError on a breach."""
    if importlib.util.find_spec(AUDIT_MODULE) is None:
        return False
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SERVE,
        *("audit", "--data", str(data.path), "--replay", replay, "--json"),
        cwd=Path(data.path).parent,
        env=environment(os.environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, errors = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        said = errors.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise BenchError(f"the audit does not pass: {said.removeprefix('croupier: ')}")
    return True


async def _all_zero(connection: Connection, queries: dict[str, str]) -> None:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        for breach, query in queries.items():
            if found := await connection.fetchval(query):
                raise BenchError(f"the ledger is wrong: {found} {breach}")


async def _books(connection: Connection, table: str) -> Books:
    row: Any = await connection.fetchrow(
        f"SELECT count(*), coalesce(sum(stake), 0), coalesce(sum(payout), 0) FROM {table}"  # noqa: S608
    )
    return Books(int(row[0]), int(row[1]), int(row[2]))
