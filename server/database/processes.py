"""The processes of a cluster, our own and those that a killed server left behind."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from server.database.errors import PostgresStartFailed

PROGRAM: Final = "postgres"
POLL_SECONDS: Final = 0.02
QUIT_SECONDS_MAX: Final = 5.0
KILL_SECONDS_MAX: Final = 10.0


@dataclass(frozen=True, slots=True)
class PidFile:
    """What PostgreSQL writes into ``postmaster.pid``."""

    pid: int
    port: int | None
    status: str

    @classmethod
    def read(cls, cluster: Path) -> PidFile | None:
        """Return the content of the cluster's file, or None if there is none that makes sense."""
        try:
            lines = (cluster / "postmaster.pid").read_text("utf-8").splitlines()
            return cls(
                pid=int(lines[0]),
                port=int(lines[3]) if len(lines) > 3 and lines[3].isdigit() else None,
                status=lines[7].strip() if len(lines) > 7 else "",
            )
        except (OSError, ValueError, IndexError):
            return None


def mark(cluster: Path) -> str:
    """Return the ``cluster_name`` by which the processes of *cluster* are known.

    PostgreSQL shows it in the command line of every one of its processes. Their working directory
    would tell as much, but root in a container may not look at that of another user's process.
    """
    status = cluster.stat()
    return f"croupier-{status.st_dev:x}-{status.st_ino:x}"


def processes_of(cluster: Path) -> list[psutil.Process]:
    """Return the running PostgreSQL processes of *cluster*.

    Looking for them by `mark` tells them from a process that got the number of a dead one.
    """
    if not cluster.exists():
        return []
    marked = re.compile(rf"\b{re.escape(mark(cluster))}\b")
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.name() == PROGRAM and marked.search(" ".join(process.cmdline())):
                found.append(process)
    return found


def postmaster_of(cluster: Path) -> psutil.Process | None:
    """Return the running parent process of *cluster*, or None."""
    file = PidFile.read(cluster)
    if file is None:
        return None
    return next((process for process in processes_of(cluster) if process.pid == file.pid), None)


class Postmaster:
    """The parent process of a running cluster: a child of ours, or one that we took over."""

    __slots__ = ("_child", "_process", "cluster")

    def __init__(
        self, cluster: Path, process: psutil.Process, child: subprocess.Popen[bytes] | None = None
    ) -> None:
        """Hold *process*, and *child* if we started it ourselves."""
        self.cluster = cluster
        self._process = process
        self._child = child

    @classmethod
    def started(cls, cluster: Path, child: subprocess.Popen[bytes]) -> Postmaster:
        """Hold a process that was just started."""
        try:
            return cls(cluster, psutil.Process(child.pid), child)
        except psutil.NoSuchProcess:
            child.wait()
            raise PostgresStartFailed("PostgreSQL ended as soon as it was started.") from None

    @property
    def pid(self) -> int:
        """The process number."""
        return self._process.pid

    @property
    def command_line(self) -> list[str]:
        """The arguments it was started with, empty if they cannot be read."""
        try:
            return self._process.cmdline()
        except psutil.Error:
            return []

    def alive(self) -> bool:
        """Say whether the process still runs."""
        if self._child is not None:
            return self._child.poll() is None
        try:
            return self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def signal(self, number: signal.Signals) -> None:
        """Send a signal if the process still runs."""
        if self.alive():
            with contextlib.suppress(psutil.Error):
                self._process.send_signal(number)

    async def ended(self, seconds: float) -> bool:
        """Wait at most *seconds* for the process to end and say whether it did."""
        deadline = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(POLL_SECONDS)
        return True

    async def stop(self, fast_seconds: float) -> bool:
        """Stop the cluster and every process of it.

        A fast shutdown first (open transactions are rolled back, a checkpoint is written), for at
        most *fast_seconds*, which may be 0; then an immediate one; then SIGKILL. Committed
        transactions survive each of them.

        Returns:
            Whether the fast shutdown was enough, so that the next start needs no recovery.
        """
        if fast_seconds > 0:
            self.signal(signal.SIGINT)
            if await self.ended(fast_seconds):
                return True
        self.signal(signal.SIGQUIT)
        await self.ended(QUIT_SECONDS_MAX)
        await kill(processes_of(self.cluster))
        if self._child is not None:
            await self.ended(KILL_SECONDS_MAX)
        return False


async def kill(processes: Sequence[psutil.Process]) -> None:
    """End *processes* at once and wait until they are gone.

    Raises:
        PostgresStartFailed: one could not be ended.
    """
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    deadline = time.monotonic() + KILL_SECONDS_MAX
    while any(_runs(process) for process in processes):
        if time.monotonic() >= deadline:
            raise PostgresStartFailed(
                "Processes of an earlier PostgreSQL on this data directory cannot be ended."
            )
        await asyncio.sleep(POLL_SECONDS)


def _runs(process: psutil.Process) -> bool:
    """Say whether a process runs and is not merely waiting to be reaped."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


async def clear_remains(cluster: Path) -> int:
    """Remove what a dead parent process left: orphans, a stale ``postmaster.pid`` and sockets.

    The caller holds the directory's lock. PostgreSQL alone would refuse to start while orphans
    hold its shared memory, or when the stale number belongs to another process by now.

    Returns:
        How many orphaned processes were ended.
    """
    orphans = processes_of(cluster)
    await kill(orphans)
    _unlink_remains(cluster)
    return len(orphans)


def _unlink_remains(cluster: Path) -> None:
    """Remove the files that say that PostgreSQL runs."""
    for path in (cluster / "postmaster.pid", *cluster.glob(".s.PGSQL.*")):
        path.unlink(missing_ok=True)
