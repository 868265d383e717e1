"""What a person sees while a run goes on, and at its end."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Any, Final

from rich.console import Console
from rich.live import Live
from rich.table import Table

from client.load.options import LoadOptions
from client.load.results import Report, Tally

__all__ = ["Progress", "summary"]

_LIVE_S: Final = 0.5
_LINE_S: Final = 5.0


class Progress:
    """Shows the run: live on a terminal, as a line every few seconds elsewhere."""

    def __init__(self, console: Console, options: LoadOptions, tally: Tally) -> None:
        self._console = console
        self._options = options
        self._tally = tally
        self._phase = "connecting"
        self._ends: float | None = None
        self._bets = 0
        self._at = perf_counter()
        self._per_s = 0.0

    def phase(self, name: str, ends: float | None = None) -> None:
        """Say what is going on now, and until when by `perf_counter`."""
        self._phase = name
        self._ends = ends

    async def run(self) -> None:
        """Show until cancelled."""
        if self._console.is_terminal:
            with Live(console=self._console, transient=True, auto_refresh=False) as live:
                while True:
                    self._measure()
                    live.update(self._table(), refresh=True)
                    await asyncio.sleep(_LIVE_S)
        while True:
            await asyncio.sleep(_LINE_S)
            self._measure()
            self._console.print(self.line(), highlight=False, soft_wrap=True)

    def line(self) -> str:
        """Return the state of the run as one plain line."""
        return ", ".join([f"{name} {value}" for name, value in self._rows()])

    def _measure(self) -> None:
        now = perf_counter()
        bets = self._tally.bets
        if now > self._at:
            self._per_s = (bets - self._bets) / (now - self._at)
        self._bets, self._at = bets, now

    def _rows(self) -> list[tuple[str, str]]:
        tally = self._tally
        latency = tally.latency.milliseconds()
        left = ""
        if self._ends is not None:
            left = f" ({max(0.0, self._ends - perf_counter()):.0f} s left)"
        rows = [
            ("phase", self._phase + left),
            ("players", f"{tally.connected}/{self._options.players}"),
            ("bets", f"{tally.bets:,}"),
            ("bets/s", f"{self._per_s:,.0f}"),
            ("p50", _ms(latency["p50"])),
            ("p99", _ms(latency["p99"])),
            ("errors", f"{sum(tally.errors.values()):,}"),
        ]
        if self._options.rate is not None:
            rows.append(("dropped", f"{tally.dropped_sends:,}"))
        if tally.broke:
            rows.append(("broke", f"{tally.broke:,}"))
        if tally.reconnects:
            rows.append(("reconnects", f"{tally.reconnects:,}"))
        return rows

    def _table(self) -> Table:
        table = Table(show_header=False, box=None, pad_edge=False)
        for name, value in self._rows():
            table.add_row(f"[dim]{name}[/dim]", value)
        return table


def summary(report: Report) -> Table:
    """Return the figures of a run as a table for reading."""
    figures = report.figures
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    for name, value in _summary_rows(figures):
        table.add_row(name, value)
    for name, game in figures["games"].items():
        table.add_row(
            name,
            f"{_counted(game['bets'], 'bet')} by {_counted(game['players'], 'player')},"
            f" staked {game['stakes']:,}, paid {game['payouts']:,}",
        )
    return table


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _summary_rows(figures: dict[str, Any]) -> list[tuple[str, str]]:
    latency = figures["latency_ms"]
    generator = figures["generator"]
    how = "each waits for his answer"
    if figures["mode"] == "open":
        how = f"{figures['rate']:,g} bets/s asked for, {figures['dropped_sends']:,} dropped"
    rows: list[tuple[str, str]] = [
        ("bets", f"{figures['bets']:,} settled, {figures['bets_per_s']:,} a second"),
        ("players", f"{figures['seated']:,} of {figures['players']:,} seated; {how}"),
        (
            "latency",
            ", ".join([f"{name} {_ms(latency[name])}" for name in latency]),
        ),
        ("errors", _counts(figures["errors"])),
    ]
    if figures["lateness_ms"] is not None:
        late = figures["lateness_ms"]
        rows.insert(3, ("sent late by", f"p50 {_ms(late['p50'])}, p99 {_ms(late['p99'])}"))
    rare = ("broke", "unfinished", "reconnects", "new_sessions", "repeated")
    rows += [(name.replace("_", " "), f"{figures[name]:,}") for name in rare if figures[name]]
    if figures["retried"]:
        rows.append(("asked again", _counts(figures["retried"])))
    cost = "-" if figures["generator_us"] is None else f"{figures['generator_us']:g} us a bet"
    rows.append(("load tester", f"{cost}, {generator['cpu']:.0%} of a core"))
    return rows


def _counts(counts: dict[str, int]) -> str:
    return ", ".join([f"{code} {count:,}" for code, count in counts.items()]) or "none"


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f} ms"
