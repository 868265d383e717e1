"""The log file of the embedded PostgreSQL: bounded, and read for the reason of a failure."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

BYTES_MAX: Final = 8 << 20
"""At this size the file is moved to ``postgres.log.1``, so both together stay below 16 MB."""

_COMPLAINT: Final = re.compile(r"(?:PANIC|FATAL|ERROR|error):\s+(?P<text>.+)")
_DISK_FULL: Final = ("No space left on device", "Check free disk space", "wrote only")
_PASSING: Final = ("the database system is ", "terminating connection ", "removing ")
"""How messages begin that are noise of a start or a stop and never its reason."""


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Yield a descriptor that appends to the log.

    PostgreSQL writes into the file itself, not into a pipe, so its words are kept when the
    supervisor is killed.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def trim(path: Path, bytes_max: int = BYTES_MAX) -> bool:
    """Move the content of a log that has grown beyond *bytes_max* to ``<name>.1``.

    The file is emptied in place, because PostgreSQL holds it open; it appends, so its next line
    goes to the new beginning. A full disk costs the old lines, never the server.

    Returns:
        Whether the file was emptied.
    """
    try:
        if path.stat().st_size <= bytes_max:
            return False
        with path.open("r+b") as log:
            with contextlib.suppress(OSError):
                log.seek(-bytes_max, os.SEEK_END)
                path.with_name(path.name + ".1").write_bytes(log.read(bytes_max))
            log.truncate(0)
    except OSError:
        return False
    return True


def size(path: Path) -> int:
    """Return the length of the log, 0 if there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def tail(path: Path, offset: int) -> str:
    """Return what was written since *offset*, at most the last 64 KB of it."""
    try:
        with path.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(min(offset, end), end - 65536))
            return log.read().decode("utf-8", "replace")
    except OSError:
        return ""


def reason(text: str) -> str:
    """Return the one line of *text* that best says why PostgreSQL failed, or an empty string."""
    complaints = [match["text"].strip() for match in _COMPLAINT.finditer(text)]
    complaints = [line for line in complaints if not line.startswith(_PASSING)]
    if complaints and any(sign in text for sign in _DISK_FULL):
        telling = (line for line in complaints if any(sign in line for sign in _DISK_FULL))
        return f"the disk is full: {next(telling, complaints[0])}"
    if complaints:
        return complaints[-1]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def disk_full(directory: Path) -> bool:
    """Say whether the file system of *directory* has no room left for a running database."""
    try:
        room = os.statvfs(directory)
    except OSError:
        return False
    return room.f_bavail * room.f_frsize < 1 << 20 or room.f_favail == 0 < room.f_files
