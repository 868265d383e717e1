"""Fills a ledger with a long history by SQL, in the shape in which play would have left it.

The history lies in the partitions that today's bets go to, so that they meet its indexes and not
empty ones: it fills the time from the start of the current partition to now. Rows are written in
the order of play, many chains side by side, because a chain written as a whole would leave denser
indexes than play does. Nothing is dropped or disabled meanwhile, and the books agree afterwards:
every wager has its transfers, every balance is their sum, every batch its totals.

Only the outcomes are made up, every fourth round pays three stakes, so these rounds do not replay.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.errors import BenchError
from server.database.connect import Connection

__all__ = ["CHAIN_ROUNDS", "Plan", "fill", "plan", "require_space", "tidy_up"]

CHAIN_ROUNDS: Final = 256
CHAINS_AT_ONCE: Final = 500
"""A chunk of so many chains is written in one transaction."""
ACCOUNTS_MAX: Final = 20_000
STAKE: Final = 100
WIN: Final = 300
"""Minor units, paid by each fourth round."""
OPENING: Final = 100_000_000
"""Minor units."""
BYTES_A_ROUND: Final = 800
"""Tables and indexes, rounded up."""
BYTES_SPARE: Final = 6 << 30
"""Write-ahead log, and room to work."""

_SCRIPT: Final = Path(__file__).with_name("history.sql")
_ROOM: Final = """
SELECT id_at(clock_timestamp()) >> 22 AS now_ms,
    id_at(timestamptz '2026-01-01 00:00:00+00' + number * interval '672 hours') >> 22 AS start_ms
FROM greatest(0, partition_number(clock_timestamp())) AS number
"""
_VERSION: Final = "SELECT id FROM game_version WHERE game = $1 ORDER BY version DESC LIMIT 1"
_OPEN: Final = "SELECT pg_temp.history_open($1, $2, $3, $4, $5, $6, $7)"
_CHUNK: Final = "SELECT pg_temp.history_chunk($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is written and where it lies in time; milliseconds as ids count them."""

    chains: int
    accounts: int
    chunks: int
    start_ms: int
    chunk_ms: int
    game_version: int

    @property
    def rounds(self) -> int:
        """How many rounds there will be."""
        return self.chains * CHAIN_ROUNDS


def require_space(directory: Path, rounds: int) -> None:
    """Refuse if the disk has no room for so many rounds. Raises BenchError."""
    needed = rounds * BYTES_A_ROUND + BYTES_SPARE
    free = shutil.disk_usage(directory).free
    if free >= needed:
        return
    most = (free - BYTES_SPARE) // BYTES_A_ROUND // 1_000 * 1_000
    advice = f"say --rounds {most}" if most > 0 else "make room"
    raise BenchError(
        f"{rounds:,} rounds need {needed / 1e9:.0f} GB and {free / 1e9:.0f} GB are free at"
        f" {directory}: {advice}, or name another --directory"
    )


async def plan(connection: Connection, rounds: int, game: str = "slot") -> Plan:
    """Decide where a history of about so many rounds goes. Raises BenchError.

    `connection` is the owner's, to a database that the server has served `game` from.
    """
    chains = max(1, round(rounds / CHAIN_ROUNDS))
    chunks = -(-chains // CHAINS_AT_ONCE)
    room: Any = await connection.fetchrow(_ROOM)
    # The last chunk ends before anything that comes from now on.
    chunk_ms = (room["now_ms"] - room["start_ms"] - 1) // chunks
    if chunk_ms <= CHAIN_ROUNDS:
        raise BenchError("the current partition is too new for that: try again in an hour")
    version = await connection.fetchval(_VERSION, game)
    if version is None:
        raise BenchError(f"{game} was never served from this database: start the server on it once")
    return Plan(chains, min(ACCOUNTS_MAX, chains), chunks, room["start_ms"], chunk_ms, version)


async def fill(connection: Connection, plan: Plan, reached: Callable[[int], None]) -> None:
    """Write the history; `reached` is told how many rounds there are. The server is down."""
    await connection.execute(_SCRIPT.read_text("utf-8"))
    await connection.execute("SET synchronous_commit = off")
    money = (OPENING, STAKE, WIN, CHAIN_ROUNDS)
    player = await connection.fetchval(_OPEN, plan.accounts, plan.chains, plan.start_ms, *money)
    for chunk in range(plan.chunks):
        first = chunk * CHAINS_AT_ONCE
        chains = min(CHAINS_AT_ONCE, plan.chains - first)
        start_ms = plan.start_ms + chunk * plan.chunk_ms
        where = (first, chains, player, plan.accounts, plan.game_version, start_ms, plan.chunk_ms)
        await connection.execute(_CHUNK, *where, *money)
        reached((first + chains) * CHAIN_ROUNDS)
    while await connection.fetchval("SELECT house_fold()"):
        pass


async def tidy_up(superuser: Connection) -> None:
    """Leave the tables as the server's own upkeep would in time, and everything on the disk."""
    await superuser.execute("VACUUM (ANALYZE)")
    await superuser.execute("CHECKPOINT")
