"""Running dieharder: a program that stands in for it, and itself where it is installed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from server.cli import dieharder
from server.cli.rng_report import Steps
from server.cli.rng_streams import streams

LINES = """\
#=============================================================================#
        test_name   |ntup| tsamples |psamples|  p-value |Assessment
#=============================================================================#
   diehard_birthdays|   0|       100|      20|0.54105191|  PASSED
         sts_serial|   3|    100000|      20|0.00312345|   WEAK
"""


def test_results_are_read() -> None:
    """The six columns of each result; headings are none."""
    assert dieharder.parse(LINES.splitlines()) == [
        dieharder.DieharderTest("diehard_birthdays", 0.54105191, "PASSED"),
        dieharder.DieharderTest("sts_serial 3", 0.00312345, "WEAK"),
    ]


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return a function that puts a program in dieharder's place, and the file of its calls."""

    def install(assessment: str) -> Path:
        calls = tmp_path / "calls"
        program = tmp_path / "dieharder"
        program.write_text(
            f'#!/bin/sh\nhead -c 100000 >/dev/null\necho "$@" >>{calls}\n'
            f"test '{assessment}' = none || echo 'made_up| 0| 1| 1|0.5| {assessment} '\n",
            encoding="utf-8",
        )
        program.chmod(0o755)
        monkeypatch.setattr(shutil, "which", lambda _: str(program))
        return calls

    return install


def test_every_test_is_fed_and_read(stand_in: Callable[[str], Path]) -> None:
    """Each test once, from the pipe, until the program has had enough."""
    calls = stand_in("PASSED")
    found = dieharder.examine(streams(bytes(32), "dieharder"), Steps())

    assert len(found.tests) == len(dieharder.TESTS)
    assert found.passed
    assert calls.read_text(encoding="utf-8").splitlines()[1] == "-g 200 -d 2 -p 20"


def test_a_weak_test_is_run_again(stand_in: Callable[[str], Path]) -> None:
    """Weak twice is weak, which is not failed (A14)."""
    calls = stand_in("WEAK")
    found = dieharder.examine(streams(bytes(32), "dieharder"), Steps())

    assert len(calls.read_text(encoding="utf-8").splitlines()) == 2 * len(dieharder.TESTS)
    assert {one.assessment for one in found.tests} == {"WEAK"}
    assert found.passed


def test_a_failed_test_fails(stand_in: Callable[[str], Path]) -> None:
    """The program's own verdict counts."""
    stand_in("FAILED")

    assert not dieharder.examine(streams(bytes(32), "dieharder"), Steps()).passed


def test_a_program_without_result_is_told(stand_in: Callable[[str], Path]) -> None:
    """Silence is not a pass."""
    stand_in("none")
    found = dieharder.examine(streams(bytes(32), "dieharder"), Steps())

    assert "Broken off" in found.line
    assert not found.passed


def test_without_the_program_it_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clear line, and nothing has failed."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    found = dieharder.examine(streams(bytes(32), "dieharder"), Steps())

    assert found.line == "Skipped: dieharder is not installed on this machine."
    assert found.passed


@pytest.mark.math
@pytest.mark.timeout(1_800)
@pytest.mark.skipif(shutil.which("dieharder") is None, reason="dieharder is not installed")
def test_dieharder_itself() -> None:
    """Where it is installed it passes the raw output."""
    found = dieharder.examine(streams(b"dieharder test, fixed secret 001", "dieharder"), Steps())

    print(found)  # noqa: T201
    assert found.passed
    assert found.tests
