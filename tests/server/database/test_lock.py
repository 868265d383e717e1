"""Tests of the lock of a data directory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from server.database.errors import DataDirectoryInUse, DataDirectoryUnusable
from server.database.lock import DirectoryLock


def test_one_holder(tmp_path: Path) -> None:
    """The second holder is refused with the number of the first, until that one lets go."""
    first, second = DirectoryLock(tmp_path), DirectoryLock(tmp_path)
    first.acquire()
    with pytest.raises(DataDirectoryInUse, match=f"in use by process {os.getpid()}: stop"):
        second.acquire()
    first.release()
    second.acquire()
    assert second.held
    assert not first.held
    second.release()


def test_not_inherited(tmp_path: Path) -> None:
    """A child process does not keep the lock when its parent lets go."""
    lock = DirectoryLock(tmp_path)
    lock.acquire()
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, close_fds=False) as child:
        lock.release()
        other = DirectoryLock(tmp_path)
        # A child that some other thread is just starting has every file until it is a new program.
        deadline = time.monotonic() + 5
        while not other.held:
            try:
                other.acquire()
            except DataDirectoryInUse:
                assert child.poll() is None
                assert time.monotonic() < deadline, "the child keeps the lock"
                time.sleep(0.01)
        other.release()
        child.communicate(b"\n")


def test_unusable_directory(tmp_path: Path) -> None:
    """A directory that is none is one clear line."""
    (tmp_path / "file").touch()
    with pytest.raises(DataDirectoryUnusable, match="cannot be used"):
        DirectoryLock(tmp_path / "file").acquire()
