"""Ratios, targets, the table and the file."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from bench.errors import BenchError
from bench.report import Found, Target, machine, print_table, warnings, write
from bench.runs import Figures

FIELDS = ("bets_per_s", "server_us", "postgres_us", "generator_us", "p50_ms", "p99_ms")


def figures(**known: float) -> Figures:
    """Make the figures of a run."""
    values = {
        "bets_per_s": 10_000.0,
        "server_us": 40.0,
        "postgres_us": 30.0,
        "generator_us": 15.0,
        "p50_ms": 5.0,
        "p99_ms": 9.0,
        "other_cpu": 0.0,
        **known,
    }
    return Figures(
        players=64,
        seconds=15.0,
        bets=150_000,
        answered=180_000,
        rate=None,
        request_bytes=100,
        reply_bytes=500,
        errors={},
        lost=0,
        unanswered=0,
        **values,
    )


def found(**product: float) -> Found:
    """Make a whole measurement."""
    return Found(
        product={64: figures(**product), 500: figures(server_us=60.0)},
        baseline={64: figures(bets_per_s=2_000.0, server_us=300.0, postgres_us=260.0)},
        floor={64: figures(bets_per_s=40_000.0, server_us=20.0, postgres_us=0.0)},
        half_rate=figures(p99_ms=12.0),
    )


def test_ratios_compare_the_same_number_of_players() -> None:
    """CPU a bet and bets a second are compared at 64 players; there is no other pair."""
    assert found().ratios() == {
        "baseline_cpu_per_product_cpu_64": 8.0,
        "product_rate_per_baseline_rate_64": 5.0,
        "product_cpu_per_floor_cpu_64": 3.5,
        "product_rate_per_floor_rate_64": 0.25,
    }


def test_targets_are_judged() -> None:
    """Each bound is named with its figure; one that is missed shows as such."""
    assert [target.met for target in found().targets()] == [True] * 4

    slow = found(server_us=90.0, bets_per_s=7_000.0).targets()

    assert [target.met for target in slow] == [True, False, False, True]
    assert str(slow[1]) == "CPU a bet, baseline to product, 64 players: 4.67, at least 5"


@pytest.mark.parametrize(("value", "met"), [(14.999, True), (15.0, True), (15.001, False)])
def test_a_bound_belongs_to_its_target(value: float, met: bool) -> None:
    """The bound itself is still good."""
    assert Target("p99", value, 15.0, "at most", "ms").met is met
    assert Target("ratio", -value, -15.0, "at least").met is met


def test_the_file_has_the_promised_shape(tmp_path: Path) -> None:
    """Others read product, baseline, floor and ratios by these names."""
    path = tmp_path / "var" / "bench.json"

    write(path, found().as_json())

    content = msgspec.json.decode(path.read_bytes())
    for server, players in (("product", "64"), ("product", "500"), ("baseline", "64")):
        assert set(FIELDS) <= content[server][players].keys()
    assert content["floor"]["64"]["postgres_us"] == 0
    assert content["latency_at_half_rate"]["p99_ms"] == 12
    assert content["ratios"]["baseline_cpu_per_product_cpu_64"] == 8
    assert all(target["met"] for target in content["targets"])
    assert content["machine"]["cpus"] >= 1


def test_turns_are_told_one_by_one() -> None:
    """How far the ratios are apart is to be seen, on paper and in the file."""
    turn = (figures(), figures(bets_per_s=2_500.0, server_us=300.0, postgres_us=260.0))
    whole = Found({64: turn[0]}, {64: turn[1]}, {}, None, [turn])
    console = Console(file=io.StringIO())

    print_table(console, whole)

    assert isinstance(console.file, io.StringIO)
    told = console.file.getvalue()
    assert "turn 1: product 70.0 µs, baseline 560.0 µs: 8.00; bets a second 4.00" in told
    assert whole.as_json()["turns"][0]["baseline"]["bets_per_s"] == 2_500


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """The figures of minutes are not lost behind a traceback."""
    (tmp_path / "file").touch()

    with pytest.raises(BenchError, match=r"bench\.json cannot be written: "):
        write(tmp_path / "file" / "bench.json", {})


def test_the_table_shows_every_run() -> None:
    """Each run is a line that is not cut where the output is a file."""
    console = Console(file=io.StringIO(), width=40)

    print_table(console, found())

    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    for name in ("product ", "baseline", "floor", "product, half rate"):
        assert any(name in line for line in lines), name
    assert any("2,000" in line and "560.0" in line for line in lines)


def test_doubtful_figures_are_told() -> None:
    """A machine that was busy otherwise and players who were refused are named."""
    assert warnings(found()) == []

    (busy,) = warnings(found(other_cpu=0.5))

    assert "quiet machine" in busy


def test_the_machine_is_described() -> None:
    """Figures without a machine say nothing."""
    assert set(machine()) == {"cpus", "cpu", "memory_gb", "system", "python"}
