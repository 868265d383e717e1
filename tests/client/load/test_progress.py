"""Tests of `client.load.progress`."""

from __future__ import annotations

import asyncio
import contextlib
import io

from rich.console import Console

from client.load.options import LoadOptions
from client.load.progress import Progress, summary
from client.load.results import GameTally, Tally, Window, report

OPTIONS = LoadOptions(http="http://127.0.0.1:1", players=3, seconds=9.0, mix={"slot": 1}, rate=10.0)


def played() -> Tally:
    """Return a tally with something of everything."""
    tally = Tally(bets=7, connected=3, seated=3, broke=1, reconnects=2, dropped_sends=5)
    tally.games["slot"] = GameTally(3, 7, 0, 7, 700, 600)
    tally.latency.record(1_500)
    tally.error("busy")
    return tally


async def test_a_terminal_sees_it_live() -> None:
    """Players, bets, latencies and errors, drawn again and again."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100)
    task = asyncio.create_task(Progress(console, OPTIONS, played()).run())
    await asyncio.sleep(0.05)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    text = out.getvalue()

    for words in ("3/3", "1.50 ms", "errors", "broke", "reconnects", "dropped"):
        assert words in text


def test_the_summary_tells_all_figures() -> None:
    """A person reads the same as the JSON has."""
    figures = report(
        OPTIONS,
        (),
        played(),
        Window(2.0, 7, 0.001),
        retried={"too_fast": 4},
        repeated=1,
        started_ms=0,
        interrupted=False,
    )
    out = io.StringIO()
    Console(file=out, width=200).print(summary(figures))
    text = out.getvalue()

    for words in ("7 settled, 3.5 a second", "5 dropped", "busy 1", "too_fast 4", "staked 700"):
        assert words in text
