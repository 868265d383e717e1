"""What a whole measurement found: ratios, targets, the table and the JSON file."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from rich.console import Console
from rich.table import Table

from bench.errors import BenchError
from bench.runs import DISTURBED, Figures

__all__ = ["Found", "Target", "machine", "print_table", "print_targets", "warnings", "write"]

CPU_US_MAX: Final = 100.0
CPU_RATIO_MIN: Final = 5.0
RATE_RATIO_MIN: Final = 4.0
LATENCY_MS_MAX: Final = 15.0
WIDTH_MIN: Final = 110
"""Columns of a table that goes into a file."""


@dataclass(frozen=True, slots=True)
class Target:
    """A figure and the bound that it should keep."""

    name: str
    value: float
    bound: float
    sense: Literal["at most", "at least"]
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether it does."""
        return self.value <= self.bound if self.sense == "at most" else self.value >= self.bound

    def as_json(self) -> dict[str, Any]:
        """Return it for a file."""
        return {
            "name": self.name,
            "value": round(self.value, 3),
            "sense": self.sense,
            "bound": self.bound,
            "unit": self.unit,
            "met": self.met,
        }

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.name}: {self.value:,.2f}{unit}, {self.sense} {self.bound:g}{unit}"


@dataclass(frozen=True, slots=True)
class Found:
    """All runs of one `python -m bench`; those of a server by the number of players."""

    product: Mapping[int, Figures]
    baseline: Mapping[int, Figures]
    floor: Mapping[int, Figures]
    half_rate: Figures | None
    turns: Sequence[tuple[Figures, Figures]] = ()
    """Product and baseline one after the other, as often as they took turns."""

    def ratios(self) -> dict[str, float]:
        """Compare the servers where both were measured with as many players."""
        ratios: dict[str, float] = {}
        for players, ours in self.product.items():
            if (theirs := self.baseline.get(players)) is not None:
                ratios[f"baseline_cpu_per_product_cpu_{players}"] = (
                    theirs.casino_us / ours.casino_us
                )
                ratios[f"product_rate_per_baseline_rate_{players}"] = (
                    ours.bets_per_s / theirs.bets_per_s
                )
            if (floor := self.floor.get(players)) is not None:
                ratios[f"product_cpu_per_floor_cpu_{players}"] = ours.casino_us / floor.casino_us
                ratios[f"product_rate_per_floor_rate_{players}"] = (
                    ours.bets_per_s / floor.bets_per_s
                )
        return ratios

    def targets(self) -> list[Target]:
        """Return the figures that have a bound, of those that were measured."""
        found: list[Target] = []
        if self.product:
            most = max(self.product)
            found.append(
                Target(
                    f"CPU a bet, server and PostgreSQL, {most} players",
                    self.product[most].casino_us,
                    CPU_US_MAX,
                    "at most",
                    "µs",
                )
            )
        ratios = self.ratios()
        for players in sorted(set(self.product) & set(self.baseline)):
            cpu = ratios[f"baseline_cpu_per_product_cpu_{players}"]
            rate = ratios[f"product_rate_per_baseline_rate_{players}"]
            found += [
                Target(
                    f"CPU a bet, baseline to product, {players} players",
                    cpu,
                    CPU_RATIO_MIN,
                    "at least",
                ),
                Target(
                    f"bets a second, product to baseline, {players} players",
                    rate,
                    RATE_RATIO_MIN,
                    "at least",
                ),
            ]
        if self.half_rate is not None:
            found.append(
                Target(
                    "p99 at half of the highest rate",
                    self.half_rate.p99_ms,
                    LATENCY_MS_MAX,
                    "at most",
                    "ms",
                )
            )
        return found

    def as_json(self) -> dict[str, Any]:
        """Return everything for a file."""

        def by_players(runs: Mapping[int, Figures]) -> dict[str, Any]:
            return {str(players): run.as_json() for players, run in runs.items()}

        return {
            "product": by_players(self.product),
            "baseline": by_players(self.baseline),
            "floor": by_players(self.floor),
            "latency_at_half_rate": self.half_rate.as_json() if self.half_rate else None,
            "turns": [
                {"product": ours.as_json(), "baseline": theirs.as_json()}
                for ours, theirs in self.turns
            ],
            "ratios": {name: round(ratio, 3) for name, ratio in self.ratios().items()},
            "targets": [target.as_json() for target in self.targets()],
            "machine": machine(),
        }


def machine() -> dict[str, Any]:
    """Say what was measured on."""
    return {
        "cpus": len(os.sched_getaffinity(0)),
        "cpu": _cpu_model(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def print_table(console: Console, found: Found) -> None:
    """Print the runs as a table."""
    shown = Table(caption="CPU time is µs a settled bet; others: cores used by other processes")
    shown.add_column("", no_wrap=True)
    columns = ("players", "bets/s", "server", "postgres", "both", "generator", "p50 ms", "p99 ms")
    for column in (*columns, "others"):
        shown.add_column(column, justify="right", no_wrap=True)
    rows = [
        *(("product", run) for run in found.product.values()),
        *(("baseline", run) for run in found.baseline.values()),
        *(("floor", run) for run in found.floor.values()),
    ]
    if found.half_rate is not None:
        rows.append(("product, half rate", found.half_rate))
    for name, run in rows:
        shown.add_row(
            name,
            str(run.players),
            f"{run.bets_per_s:,.0f}",
            f"{run.server_us:.1f}",
            f"{run.postgres_us:.1f}" if run.postgres_us else "",
            f"{run.casino_us:.1f}",
            f"{run.generator_us:.1f}",
            f"{run.p50_ms:.2f}",
            f"{run.p99_ms:.2f}",
            f"{run.other_cpu:.2f}",
        )
    if not console.is_terminal:
        console.width = max(console.width, WIDTH_MIN)
    console.print(shown)
    for number, (ours, theirs) in enumerate(found.turns, 1):
        console.print(
            f"turn {number}: product {ours.casino_us:.1f} µs, baseline {theirs.casino_us:.1f} µs:"
            f" {theirs.casino_us / ours.casino_us:.2f};"
            f" bets a second {ours.bets_per_s / theirs.bets_per_s:.2f}",
            highlight=False,
        )


def warnings(found: Found) -> list[str]:
    """Say what makes the figures doubtful."""
    runs = [*found.product.values(), *found.baseline.values(), *found.floor.values()]
    if found.half_rate is not None:
        runs.append(found.half_rate)
    lines = []
    if any(run.other_cpu > DISTURBED for run in runs):
        lines.append(
            f"other processes used more than {DISTURBED:g} of a core (column others):"
            " measure again on a quiet machine"
        )
    errors = {code: count for run in runs for code, count in run.errors.items()}
    if errors:
        told = ", ".join(f"{code} {count}" for code, count in sorted(errors.items()))
        lines.append(f"the players were told errors: {told}")
    if lost := sum(run.lost for run in runs):
        lines.append(f"{lost} players gave up or lost their connection")
    return lines


def print_targets(console: Console, targets: list[Target]) -> None:
    """Print each target and whether it is met."""
    for target in targets:
        console.print(
            f"{'met   ' if target.met else 'MISSED'}  {target}", highlight=False, soft_wrap=True
        )


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file; `-` is standard output. Raises BenchError."""
    encoded = msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"
    if str(path) == "-":
        sys.stdout.buffer.write(encoded)
        sys.stdout.buffer.flush()
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded)
    except OSError as error:
        raise BenchError(f"{path} cannot be written: {error.strerror}") from None
