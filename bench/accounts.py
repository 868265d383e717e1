"""CPU time and memory as Linux accounts for them, in `/proc`.

Nothing in the measured processes is instrumented. The kernel tells user and system time in clock
ticks of 10 ms, so a measurement lasts seconds, not milliseconds.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from bench.errors import BenchError

__all__ = ["Accounts", "Machine", "Reading", "Times", "family_ticks", "memory_kb", "process_ticks"]

PROC: Final = Path("/proc")
TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
ATTEMPTS_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Times:
    """What `/proc/PID/stat` says of one process; times in clock ticks."""

    pid: int
    parent: int
    own: int
    """User and system time of all of its threads."""
    reaped: int
    """The same of its children that have ended and were waited for."""

    @classmethod
    def parse(cls, line: str) -> Times:
        """Read one line. A program's name may hold spaces and brackets, so it is cut off first."""
        head, _, rest = line.rpartition(")")
        fields = rest.split()
        # proc_pid_stat(5) counts from 1 and `rest` begins with field 3: utime is field 14.
        return cls(
            pid=int(head.partition(" ")[0]),
            parent=int(fields[1]),
            own=int(fields[11]) + int(fields[12]),
            reaped=int(fields[13]) + int(fields[14]),
        )

    @classmethod
    def read(cls, pid: int, proc: Path = PROC) -> Times | None:
        """Read those of a process, or None if it has ended."""
        try:
            return cls.parse((proc / str(pid) / "stat").read_text("utf-8", "replace"))
        except (FileNotFoundError, ProcessLookupError):
            return None


def process_ticks(pid: int, proc: Path = PROC) -> int:
    """Return the CPU time of a process and its ended children. Raises BenchError if it ended."""
    times = _times(pid, proc)
    return times.own + times.reaped


def family_ticks(pid: int, proc: Path = PROC) -> int:
    """Return the CPU time of a process and all its descendants, those included that have ended.

    A child that ends while it is looked at moves from its own account to its parent's, so that it
    may be missed or counted twice; then everything is read once more. Raises BenchError.
    """
    for _ in range(ATTEMPTS_MAX):
        before = _times(pid, proc)
        members = _descendants(pid, proc)
        after = _times(pid, proc)
        if after.reaped == before.reaped:
            return after.own + after.reaped + sum(each.own + each.reaped for each in members)
    raise BenchError(f"the children of process {pid} come and go too fast to be counted")


def memory_kb(pid: int, proc: Path = PROC) -> int:
    """Return the resident memory of a process in KB of 1,024 bytes. Raises BenchError."""
    try:
        lines = (proc / str(pid) / "status").read_text("utf-8", "replace").splitlines()
    except OSError:
        raise BenchError(f"process {pid} ended while it was measured") from None
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def _times(pid: int, proc: Path) -> Times:
    times = Times.read(pid, proc)
    if times is None:
        raise BenchError(f"process {pid} ended while it was measured")
    return times


def _descendants(pid: int, proc: Path) -> list[Times]:
    children: dict[int, list[Times]] = {}
    for entry in proc.iterdir():
        if entry.name.isdecimal() and (times := Times.read(int(entry.name), proc)) is not None:
            children.setdefault(times.parent, []).append(times)
    found: list[Times] = []
    pending = [pid]
    while pending:
        below = children.get(pending.pop(), [])
        found.extend(below)
        pending.extend(each.pid for each in below)
    return found


@dataclass(frozen=True, slots=True)
class Machine:
    """The first line of `/proc/stat`: the whole machine since it was started, in ticks."""

    busy: int
    stolen: int
    """Taken by other guests of the same host."""

    @classmethod
    def read(cls, proc: Path = PROC) -> Machine:
        """Read it."""
        line = (proc / "stat").read_text("ascii").partition("\n")[0]
        user, nice, system, _idle, _wait, hard, soft, stolen = (
            int(field) for field in line.split()[1:9]
        )
        return cls(busy=user + nice + system + hard + soft, stolen=stolen)


@dataclass(frozen=True, slots=True)
class Reading:
    """CPU seconds spent so far by each process that is measured, and by the machine."""

    at_s: float
    used_s: Mapping[str, float]
    busy_s: float
    stolen_s: float

    def since(self, earlier: Reading) -> Reading:
        """Return what was spent between two readings; `at_s` is then a duration."""
        return Reading(
            at_s=self.at_s - earlier.at_s,
            used_s={name: used - earlier.used_s[name] for name, used in self.used_s.items()},
            busy_s=self.busy_s - earlier.busy_s,
            stolen_s=self.stolen_s - earlier.stolen_s,
        )


class Accounts:
    """The processes of one measurement: single ones, and families of parent and children."""

    def __init__(
        self, processes: Mapping[str, int], families: Mapping[str, int], proc: Path = PROC
    ) -> None:
        if not (proc / "self" / "stat").exists() and proc == PROC:
            raise BenchError("CPU time is read from /proc: measure on Linux")
        self._processes = processes
        self._families = families
        self._proc = proc

    def read(self) -> Reading:
        """Read all accounts now. Raises BenchError if one of the processes has ended."""
        proc = self._proc
        at = perf_counter()
        ticks = {name: process_ticks(pid, proc) for name, pid in self._processes.items()}
        ticks.update((name, family_ticks(pid, proc)) for name, pid in self._families.items())
        machine = Machine.read(proc)
        return Reading(
            at_s=at,
            used_s={name: spent / TICKS_PER_S for name, spent in ticks.items()},
            busy_s=machine.busy / TICKS_PER_S,
            stolen_s=machine.stolen / TICKS_PER_S,
        )
