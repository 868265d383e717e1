"""Processes are listened to, end in order, and tell why they ended."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.processes import ROOT, Child, environment, workspace
from tests.patience import PATIENCE_S

PATIENT = 'import sys, time\nprint(\'{"event": "ready"}\')\ntime.sleep(600)'


def test_settings_of_the_users_are_left_behind() -> None:
    """What is measured is the server as it ships."""
    kept = environment({"PATH": "/bin", "CROUPIER_LOG_LEVEL": "debug"})

    assert kept["PATH"] == "/bin"
    assert kept["PYTHONPATH"] == str(ROOT)
    assert "CROUPIER_LOG_LEVEL" not in kept


async def test_a_process_says_when_it_is_ready_and_is_stopped(tmp_path: Path) -> None:
    """Lines are awaited by name; SIGTERM ends it."""
    child = await Child.start("sleeper", ["-c", PATIENT], tmp_path)

    ready = await child.line("ready", 20)
    await child.stop()
    await child.stop()

    assert ready == {"event": "ready"}


async def test_one_that_does_not_listen_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing outlives a measurement."""
    monkeypatch.setattr("bench.processes.STOP_S_MAX", 0.1)
    deaf = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + PATIENT
    child = await Child.start("sleeper", ["-c", deaf], tmp_path)
    await child.line("ready", 20)

    await child.stop()

    with pytest.raises(ProcessLookupError):
        _signal_nothing(child.pid)


async def test_one_that_fails_tells_its_last_words(tmp_path: Path) -> None:
    """The person sees the line that the process left, not that it is gone."""
    failing = "import sys\nsys.exit('croupier: port 80 is taken')"
    child = await Child.start("server", ["-c", failing], tmp_path)

    with pytest.raises(BenchError, match="the server ended: croupier: port 80 is taken"):
        await child.line("ready", 20)


async def test_silence_and_wrong_words_are_errors(tmp_path: Path) -> None:
    """A process that hangs or speaks otherwise does not hang the measurement."""
    child = await Child.start("sleeper", ["-c", PATIENT], tmp_path)
    try:
        with pytest.raises(BenchError, match="said 'ready' instead of 'done'"):
            await child.line("done", 20)
        with pytest.raises(BenchError, match="did not say done within"):
            await child.line("done", 0.05)
    finally:
        await child.stop()


async def test_a_leashed_process_ends_with_its_owner(tmp_path: Path) -> None:
    """The end of its standard input is the end of it."""
    code = (
        "import asyncio\nfrom bench.leash import hold_leash\n"
        "async def run():\n"
        "    hold_leash(asyncio.get_running_loop())\n"
        '    print(\'{"event": "ready"}\', flush=True)\n'
        "    await asyncio.sleep(600)\n"
        "asyncio.run(run())\n"
    )
    child = await Child.start("leashed", ["-c", code], tmp_path)
    await child.line("ready", 20)

    stdin = child._process.stdin
    assert stdin is not None
    stdin.close()

    async with asyncio.timeout(PATIENCE_S):
        assert await child._process.wait() == 1


def test_a_workspace_is_gone_afterwards(tmp_path: Path) -> None:
    """Databases of measurements do not fill the disk."""
    with workspace(tmp_path / "var") as work:
        (work / "data").mkdir()

    assert list((tmp_path / "var").iterdir()) == []


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """It says which, and why."""
    (tmp_path / "file").touch()

    with pytest.raises(BenchError, match="cannot be written to: "), workspace(tmp_path / "file"):
        pass


def _signal_nothing(pid: int) -> None:
    import os  # noqa: PLC0415

    os.kill(pid, 0)
