"""What a long history does to the cost of a bet."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, Final

from cyclopts import Parameter
from rich.console import Console

from bench import books, filling, processes
from bench.command import conclude, play, run
from bench.errors import BenchError
from bench.limits import allow_files
from bench.progress import Steps
from bench.report import Target, machine
from bench.runs import Figures, Run, drive
from server.database.attach import attach
from server.database.connect import connect
from server.database.files import DataDirectory

__all__ = ["history"]

RATIO_MAX: Final = 1.25
GIGABYTE: Final = 1e9


def history(
    *,
    rounds: int = 20_000_000,
    seconds: float = 20.0,
    players: int = 500,
    json: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = Path(
        "var/bench-history.json"
    ),
    directory: Path = Path("var"),
    require: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Measure the cost of a bet on a fresh database and after a long history.

    The history is written by SQL into the partitions that today's bets go to. 20 million rounds
    take about 14 GB while this runs, and some minutes.

    Args:
        rounds: Length of the history; whole chains of 256 rounds are written.
        seconds: How long the cost is measured, before and after.
        players: How many play meanwhile, each as fast as he is answered.
        json: File for all figures; - for standard output.
        directory: Where the database is made meanwhile; on the disk that is to be measured.
        require: End with 99 if the target is missed.
    """
    if not 256 <= rounds <= 1_000_000_000:
        raise BenchError(f"--rounds takes 256 to 1000000000, not {rounds}")
    if not 1 <= seconds <= 3_600 or not 1 <= players <= 20_000:
        raise BenchError("--seconds takes 1 to 3600 and --players 1 to 20000")
    plan = Run(players=players, seconds=seconds, warm_up_s=min(5.0, seconds / 3))
    return play(_history(rounds, plan, json, directory, require=require))


async def _history(
    rounds: int, plan: Run, json: Path | None, directory: Path, *, require: bool
) -> int:
    allow_files(2 * plan.players)
    steps = Steps()
    with processes.workspace(directory) as work:
        filling.require_space(work, rounds)
        data = work / "product"
        before = await _measure("on a fresh database", plan, work, data, steps)
        made = await _fill(rounds, data, steps)
        after = await _measure(f"after {made['rounds']:,} rounds", plan, work, data, steps)
    ratio = after.casino_us / before.casino_us
    console = Console(stderr=str(json) == "-")
    for name, figures in (("before", before), ("after", after)):
        console.print(
            f"{name:6}  {figures.casino_us:.1f} µs a bet: server {figures.server_us:.1f},"
            f" postgres {figures.postgres_us:.1f}; {figures.bets_per_s:,.0f} bets/s,"
            f" p99 {figures.p99_ms:.1f} ms, others {figures.other_cpu:.2f}",
            highlight=False,
            soft_wrap=True,
        )
    targets = [
        Target("CPU a bet, after the history to before", ratio, RATIO_MAX, "at most"),
    ]
    content: dict[str, Any] = {
        "before": before.as_json(),
        "after": after.as_json(),
        "ratio": round(ratio, 3),
        "history": made,
        "targets": [target.as_json() for target in targets],
        "machine": machine(),
    }
    return conclude(json, content, targets, require=require)


async def _measure(what: str, plan: Run, work: Path, data: Path, steps: Steps) -> Figures:
    with steps.step(f"{plan.players} players {what}"):
        async with processes.product(work, data) as server:
            return await drive(server, plan, work)


async def _fill(rounds: int, data: Path, steps: Steps) -> dict[str, Any]:
    """Write the history and say what it is."""
    began = perf_counter()
    async with attach(data) as directory:
        connection = await connect(
            directory.url("owner", socket=True), settings={"search_path": "croupier"}
        )
        try:
            plan = await filling.plan(connection, rounds)
            with steps.counted(f"writing {plan.rounds:,} rounds", plan.rounds) as counter:
                await filling.fill(connection, plan, counter.reached)
        finally:
            # At once: cancelled in the middle of a statement it would wait for its end.
            connection.terminate()
        with steps.step("vacuum and checkpoint"):
            await _tidy_up(directory)
        with steps.step("adding the ledger up"):
            held = await books.check_product(directory.url("report", socket=True))
        size = await _size(directory)
    return {
        "rounds": plan.rounds,
        "accounts": plan.accounts,
        "chains": plan.chains,
        "wagers": held.wagers,
        "database_gb": round(size / GIGABYTE, 2),
        "bytes_a_round": round(size / held.wagers),
        "seconds": round(perf_counter() - began, 1),
    }


async def _tidy_up(directory: DataDirectory) -> None:
    superuser = await connect(directory.url("superuser", socket=True))
    try:
        await filling.tidy_up(superuser)
    finally:
        superuser.terminate()
        await asyncio.sleep(0)


async def _size(directory: DataDirectory) -> int:
    connection = await connect(directory.url("report", socket=True))
    try:
        return int(await connection.fetchval("SELECT pg_database_size(current_database())"))
    finally:
        await connection.close()


if __name__ == "__main__":
    sys.exit(run("bench.history", history))
