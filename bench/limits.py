"""The operating system's limit of open files: a connection is one."""

from __future__ import annotations

import resource
from typing import Final

from bench.errors import BenchError

__all__ = ["allow_files"]

SPARE: Final = 128


def allow_files(connections: int) -> None:
    """Raise the limit of this process and of those it starts from now on. Raises BenchError."""
    needed = connections + SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise BenchError(
            f"{connections} connections need {needed} open files: raise `ulimit -n` to that"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
