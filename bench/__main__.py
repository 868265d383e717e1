"""The whole product against the obvious server and against a mere echo, in one run."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from bench import books, processes
from bench.command import conclude, play, run
from bench.errors import BenchError
from bench.house import OPENING
from bench.limits import allow_files
from bench.progress import Steps
from bench.report import Found, print_table, warnings
from bench.runs import Figures, Run, drive, together
from server.database.files import DataDirectory

__all__ = ["bench"]

QUICK_S = 3.0
WARM_UP_SHARE = 0.2
WARM_UP_S_MAX = 3.0


def bench(
    *,
    seconds: float = 15.0,
    players: str = "64,500",
    quick: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = Path("var/bench.json"),
    directory: Path = Path("var"),
    pool: int | None = None,
    turns: int = 3,
    require: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Measure the product, a server as most people would write it, and an echo as the floor.

    The same generator plays the same slot on all three, one after the other, each bet following
    its player's last answer. With the first number of players product and baseline take turns, each
    time started afresh: the speed of a machine changes from minute to minute, and so meets both.
    CPU time is that of the operating system's accounts. The ledger is checked after each run. Leave
    the machine alone meanwhile.

    Args:
        seconds: How long each run is measured, after a warm-up of a fifth of that; a turn is half
            as long.
        players: Numbers of players for the product; the others are measured with the first.
        quick: Three seconds each, in one turn: whether everything works, not how fast it is.
        json: File for all figures; - for standard output.
        directory: Where the databases are made meanwhile; on the disk that is to be measured.
        pool: Database connections of the baseline.
        turns: How often product and baseline take turns.
        require: End with 99 if a target is missed.
    """
    counts = _counts(players)
    length = QUICK_S if quick else seconds
    if not 1 <= length <= 3_600:
        raise BenchError(f"--seconds takes 1 to 3600, not {length:g}")
    if pool is not None and not 1 <= pool <= 90:
        raise BenchError(f"--pool takes 1 to 90, not {pool}")
    if not 1 <= turns <= 100:
        raise BenchError(f"--turns takes 1 to 100, not {turns}")
    rounds = 1 if quick else turns
    return play(_bench(counts, length, rounds, json, directory, pool, require=require))


def _counts(text: str) -> list[int]:
    """Read numbers of players. Raises BenchError."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and 1 <= int(part) <= 20_000 for part in parts):
        raise BenchError(f"--players takes numbers from 1 to 20000 such as 64,500, not {text}")
    return list(dict.fromkeys(int(part) for part in parts))


async def _bench(
    counts: list[int],
    seconds: float,
    turns: int,
    json: Path | None,
    directory: Path,
    pool: int | None,
    *,
    require: bool,
) -> int:
    allow_files(2 * max(counts))
    steps = Steps()
    runs = [_run(count, seconds) for count in counts]
    first = runs[0]
    with processes.workspace(directory) as work:
        pairs = await _take_turns(
            _run(first.players, max(1.0, seconds / 2)), turns, work, pool, steps
        )
        ours, theirs = (together(each) for each in zip(*pairs, strict=True))
        product, half_rate = await _product(ours, runs[1:], seconds, work, steps)
        with steps.step(f"floor, {first.players} players"):
            async with processes.floor(work, ours.reply_bytes) as server:
                floor = await drive(server, first, work)
    found = Found(product, {first.players: theirs}, {first.players: floor}, half_rate, pairs)
    print_table(Console(stderr=str(json) == "-"), found)
    for warning in warnings(found):
        steps.say(f"warning: {warning}")
    return conclude(json, found.as_json(), found.targets(), require=require)


def _run(players: int, seconds: float, rate: float | None = None) -> Run:
    """Plan a run."""
    warm_up_s = min(seconds * WARM_UP_SHARE, WARM_UP_S_MAX)
    return Run(players=players, seconds=seconds, warm_up_s=warm_up_s, rate=rate)


async def _take_turns(
    run: Run, turns: int, work: Path, pool: int | None, steps: Steps
) -> list[tuple[Figures, Figures]]:
    """Measure product and baseline in turns, each time on a new database."""
    pairs = []
    for turn in range(1, turns + 1):
        place = work / f"turn-{turn}"
        place.mkdir()
        of_all = f", {run.players} players, {turn} of {turns}"
        with steps.step(f"product{of_all}"):
            async with processes.product(place, place / "product") as server:
                ours = await drive(server, run, place)
                assert server.data is not None
                await _agree(server.data, 0, ours)
        with steps.step(f"baseline{of_all}"):
            pairs.append((ours, await _baseline(run, place, pool)))
        shutil.rmtree(place, ignore_errors=True)
    return pairs


async def _product(
    first: Figures, runs: list[Run], seconds: float, work: Path, steps: Steps
) -> tuple[dict[int, Figures], Figures]:
    """Measure the product at other numbers of players, then at half of the highest rate."""
    data = work / "product"
    found = {first.players: first}
    async with processes.product(work, data) as server:
        assert server.data is not None
        answered = 0
        for each in runs:
            with steps.step(f"product, {each.players} players"):
                figures = found[each.players] = await drive(server, each, work)
            answered = await _agree(server.data, answered, figures)
        best = max(found.values(), key=lambda figures: figures.bets_per_s)
        half = _run(best.players, seconds, best.bets_per_s / 2)
        with steps.step(f"product, {half.players} players, {half.rate:,.0f} bets a second"):
            half_rate = await drive(server, half, work)
        await _agree(server.data, answered, half_rate)
        with steps.step("audit of the product's ledger"):
            audited = await books.audit(server.data)
    steps.say("ledger: every sum agrees" + (", the audit passes" if audited else ""))
    return found, half_rate


async def _agree(data: DataDirectory, before: int, figures: Figures) -> int:
    """Check the ledger, and that it holds what the players were told. Returns its wagers."""
    held = await books.check_product(data.url("report"))
    played = held.wagers - before
    if not figures.answered <= played <= figures.answered + figures.unanswered + figures.lost:
        raise BenchError(
            f"the ledger holds {played:,} new wagers and the players were told of"
            f" {figures.answered:,}"
        )
    return held.wagers


async def _baseline(run: Run, work: Path, pool: int | None) -> Figures:
    async with processes.baseline(work, pool) as server:
        figures = await drive(server, run, work)
        assert server.data is not None
        held = await books.check_baseline(server.data.url("owner"), OPENING)
        if held.wagers < figures.answered:
            raise BenchError(
                f"the baseline's ledger holds {held.wagers:,} rounds and the players were told of"
                f" {figures.answered:,}"
            )
    return figures


if __name__ == "__main__":
    sys.exit(run("bench", bench))
