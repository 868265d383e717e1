"""How a measurement ends."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from bench.command import ExitCode, conclude, play, run
from bench.errors import BenchError
from bench.report import Target

MET = Target("speed", 1.0, 2.0, "at most")
MISSED = Target("speed", 3.0, 2.0, "at most")


def measure(*, seconds: float = 1.0) -> int:
    """Measure something.

    Args:
        seconds: How long.
    """
    if seconds < 0:
        raise BenchError("--seconds takes no negative number")
    if seconds == 0:
        raise KeyboardInterrupt
    return 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], ExitCode.OK, ""),
        (["--seconds", "2"], ExitCode.OK, ""),
        (["--seconds", "x"], ExitCode.USAGE, "--help"),
        (["--help"], ExitCode.OK, ""),
        (["--nonsense"], ExitCode.USAGE, "--nonsense"),
        (["--seconds", "-1"], ExitCode.FAILURE, "bench: --seconds takes no negative number"),
        (["--seconds", "0"], ExitCode.INTERRUPTED, "every process has been stopped"),
    ],
)
def test_each_end_has_its_code_and_one_line(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody sees a traceback."""
    assert run("bench.measure", measure, arguments) == code

    errors = capsys.readouterr().err
    assert said in errors
    assert len(errors.splitlines()) == bool(said)


def test_a_missed_target_fails_only_where_that_is_asked_for(tmp_path: Path) -> None:
    """Figures of a slow machine are figures all the same."""
    path = tmp_path / "found.json"

    assert conclude(path, {}, [MET, MISSED], require=False) == ExitCode.OK
    assert conclude(path, {}, [MET, MISSED], require=True) == ExitCode.REQUIREMENT_MISSED
    assert conclude(path, {}, [MET], require=True) == ExitCode.OK
    assert path.read_text("utf-8") == "{}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_being_told_to_stop_cleans_up_first(number: signal.Signals) -> None:
    """What a measurement started is stopped before it ends."""
    cleaned: list[bool] = []

    async def measurement() -> int:
        asyncio.get_running_loop().call_soon(os.kill, os.getpid(), number)
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)
        return 0

    with pytest.raises(KeyboardInterrupt):
        play(measurement())

    assert cleaned == [True]
