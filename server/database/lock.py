"""The lock of a data directory: one server at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from server.database.errors import DataDirectoryInUse, DataDirectoryUnusable


class DirectoryLock:
    """An exclusive ``flock`` on ``<data>/lock``, held while this process lives.

    The operating system drops it when the process ends in whatever way, so there is no stale lock.
    It is not inherited by PostgreSQL, which may outlive a killed server.
    """

    __slots__ = ("_descriptor", "path")

    def __init__(self, data_directory: Path) -> None:
        """Name the lock; nothing is touched before `acquire`."""
        self.path = data_directory / "lock"
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    def acquire(self) -> None:
        """Take the lock at once.

        Raises:
            DataDirectoryInUse: another process has it.
            DataDirectoryUnusable: the lock file cannot be opened.
        """
        assert self._descriptor is None, "the lock is held already"
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DataDirectoryUnusable(
                f"The data directory {self.path.parent} cannot be used: {error.strerror}."
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            by = f" by process {holder}" if holder.isdigit() else ""
            raise DataDirectoryInUse(
                f"The data directory {self.path.parent} is in use{by}: "
                "stop that server first, or choose another directory with --data."
            ) from None
        self._descriptor = descriptor
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError:
            pass  # a full disk; the number only makes the message above friendlier

    def release(self) -> None:
        """Let the next one in. Does nothing if the lock is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
