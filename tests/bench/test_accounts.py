"""Reading the operating system's accounts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.accounts import (
    PROC,
    TICKS_PER_S,
    Accounts,
    Machine,
    Reading,
    Times,
    family_ticks,
    memory_kb,
    process_ticks,
)
from bench.errors import BenchError

pytestmark = pytest.mark.skipif(not (PROC / "self/stat").exists(), reason="/proc is Linux's")

REST = "S {parent} 7 7 0 -1 4194560 9 9 0 0 {user} {system} {waited_user} {waited_system} 20 0 1 0"


def stat_line(
    pid: int, parent: int, own: tuple[int, int], waited: tuple[int, int], name: str = "x"
) -> str:
    """Write a line as the kernel does."""
    rest = REST.format(
        parent=parent,
        user=own[0],
        system=own[1],
        waited_user=waited[0],
        waited_system=waited[1],
    )
    return f"{pid} ({name}) {rest}\n"


def process(proc: Path, pid: int, parent: int, own: int, waited: int = 0) -> None:
    """Put a process into a made-up /proc."""
    (proc / str(pid)).mkdir(exist_ok=True)
    (proc / str(pid) / "stat").write_text(stat_line(pid, parent, (own, 0), (waited, 0)))


def burn(seconds: float) -> None:
    """Use so much CPU time."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_a_line_is_read_whatever_the_program_is_called() -> None:
    """A name with spaces and brackets does not shift the fields."""
    line = stat_line(42, 1, (30, 4), (5, 6), name="postgres: (x) app) 1 2")

    assert Times.parse(line) == Times(pid=42, parent=1, own=34, reaped=11)


def test_a_family_is_counted_to_the_last_grandchild(tmp_path: Path) -> None:
    """Parent, children, grandchildren and what has ended add up; strangers do not count."""
    process(tmp_path, 10, 1, own=100, waited=1000)
    process(tmp_path, 11, 10, own=20)
    process(tmp_path, 12, 11, own=3, waited=40)
    process(tmp_path, 99, 1, own=10_000)
    (tmp_path / "self").mkdir()

    assert family_ticks(10, tmp_path) == 1163
    assert process_ticks(10, tmp_path) == 1100


def test_a_process_that_has_ended_is_an_error(tmp_path: Path) -> None:
    """Nobody gets figures of a server that died on the way."""
    with pytest.raises(BenchError, match="process 10 ended"):
        family_ticks(10, tmp_path)
    with pytest.raises(BenchError, match="process 10 ended"):
        memory_kb(10, tmp_path)


def test_own_time_is_found() -> None:
    """What this process spends appears in its account."""
    before = process_ticks(os.getpid())

    burn(0.2)

    spent = (process_ticks(os.getpid()) - before) / TICKS_PER_S
    assert 0.15 <= spent < 2.0


def test_a_child_that_ended_still_counts() -> None:
    """Time moves from a child's account to its parent's and is lost in neither."""
    before = family_ticks(os.getpid())
    code = "import time\nwhile time.process_time() < 0.3: pass"

    subprocess.run([sys.executable, "-c", code], check=True)

    assert (family_ticks(os.getpid()) - before) / TICKS_PER_S >= 0.25


def test_accounts_tell_what_was_spent_between() -> None:
    """A reading less an earlier one is a time span with the CPU time spent in it."""
    accounts = Accounts({"self": os.getpid()}, {"family": os.getpid()})
    before = accounts.read()

    burn(0.1)

    spent = accounts.read().since(before)
    assert spent.used_s["self"] >= 0.05
    assert spent.used_s["family"] >= spent.used_s["self"] - 0.02
    assert spent.busy_s >= 0.05
    assert spent.at_s >= 0.1


def test_the_machine_is_busy_with_all_but_waiting(tmp_path: Path) -> None:
    """Idle and waiting for the disk are not busy; stolen time stands apart."""
    (tmp_path / "stat").write_text("cpu  1 2 4 1000 2000 8 16 32 64 128\ncpu0 1\n")

    assert Machine.read(tmp_path) == Machine(busy=31, stolen=32)


def test_readings_subtract() -> None:
    """Each account is subtracted from its own."""
    earlier = Reading(10.0, {"server": 1.0, "postgres": 2.0}, 5.0, 0.0)
    later = Reading(12.0, {"server": 1.5, "postgres": 4.0}, 9.0, 0.25)

    assert later.since(earlier) == Reading(2.0, {"server": 0.5, "postgres": 2.0}, 4.0, 0.25)


def test_memory_is_that_of_the_process() -> None:
    """What a process has in memory is told, and nobody else's."""
    code = "import os; ballast = os.urandom(1 << 20) * 64; print(flush=True); input()"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        used_kb = memory_kb(child.pid)
        child.communicate(b"\n")

    assert 65_000 <= used_kb <= 110_000
