"""Tests of how the processes of a cluster are recognised."""

# ruff: noqa: ASYNC220 - a test has nothing else to do meanwhile

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import psutil

from server.database.embedded import EmbeddedPostgres
from server.database.processes import PidFile, kill, mark, postmaster_of, processes_of


def test_pid_file(tmp_path: Path) -> None:
    """A pid file is read as far as it is written; nonsense is none."""
    assert PidFile.read(tmp_path) is None
    file = tmp_path / "postmaster.pid"
    file.write_text("12\n/data\n1700000000\n20000\n.\n127.0.0.1\n  1 2\nready   \n")
    assert PidFile.read(tmp_path) == PidFile(12, 20_000, "ready")
    file.write_text("12\n")
    assert PidFile.read(tmp_path) == PidFile(12, None, "")
    file.write_text("soon\n")
    assert PidFile.read(tmp_path) is None


def test_processes_of_a_cluster(cluster: EmbeddedPostgres, tmp_path: Path) -> None:
    """All processes of a cluster are found, and none of another directory."""
    found = processes_of(cluster.directory.cluster)
    assert len(found) > 3
    assert cluster.pid in {process.pid for process in found}
    postmaster = postmaster_of(cluster.directory.cluster)
    assert postmaster is not None
    assert postmaster.pid == cluster.pid
    assert processes_of(tmp_path) == []
    assert processes_of(tmp_path / "none") == []
    assert mark(tmp_path) != mark(cluster.directory.cluster)


def test_a_reused_number_is_not_the_postmaster(tmp_path: Path) -> None:
    """A stale file whose number belongs to another process names no postmaster."""
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert postmaster_of(tmp_path) is None


async def test_kill_waits(tmp_path: Path) -> None:
    """When the call returns, killed processes have ended and at most wait to be reaped."""
    with subprocess.Popen(["sleep", "60"]) as child:
        process = psutil.Process(child.pid)
        await kill([process])
        assert process.status() == psutil.STATUS_ZOMBIE
    await kill([process])
