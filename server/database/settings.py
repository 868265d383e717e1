"""The settings under which the embedded PostgreSQL runs.

They are passed on the command line, so nothing is written into the cluster at a start, a full disk
included, and a running PostgreSQL can be recognised by them.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

MEBIBYTE: Final = 1 << 20
SHARED_MEMORY_FREE_MIN: Final = 32 * MEBIBYTE
"""Below this much room in /dev/shm PostgreSQL keeps its dynamic shared memory in the cluster."""


def memory_bytes() -> int:
    """Return the memory that this process may use: the machine's, or its control group's limit."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            total = min(total, int(Path(limit).read_text("ascii")))
    return total


def dynamic_shared_memory() -> str:
    """Return the kind of dynamic shared memory that works here.

    Containers often have a /dev/shm of 64 MB or none; files in the cluster always work.
    """
    directory = Path("/dev/shm")  # noqa: S108 - looked at, not written to
    if not directory.is_dir():
        return "posix" if os.uname().sysname != "Linux" else "mmap"
    room = os.statvfs(directory)
    free = room.f_bavail * room.f_frsize
    writable = directory.stat().st_mode & 0o002
    return "posix" if writable and free >= SHARED_MEMORY_FREE_MIN else "mmap"


def settings(memory: int) -> dict[str, str]:
    """Return the settings for a machine with *memory* bytes."""
    shared_buffers = min(max(memory // 32, 64 * MEBIBYTE), 1024 * MEBIBYTE) // MEBIBYTE
    return {
        # Who may come in: this machine only, with a password. The socket lies in the cluster's
        # own directory, which only its user can enter; the path is relative, so it is never long.
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": ".",
        "password_encryption": "scram-sha-256",
        "max_connections": "100",
        "superuser_reserved_connections": "5",
        # What was told as committed is on the disk.
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        # No replica hangs on an embedded database, so less needs to be logged.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "wal_buffers": "16MB",
        # A bet writes some 1.1 KB. What is behind the last checkpoint is what a crash has to read
        # again, at 100 to 150 MB a second, and a crash may cost five seconds.
        "min_wal_size": "256MB",
        "max_wal_size": "512MB",
        "checkpoint_timeout": "5min",
        "checkpoint_completion_target": "0.9",
        # Memory.
        "shared_buffers": f"{shared_buffers}MB",
        "effective_cache_size": f"{max(memory // 2 // MEBIBYTE, 128)}MB",
        "maintenance_work_mem": "64MB",
        "work_mem": "8MB",
        "huge_pages": "off",
        "dynamic_shared_memory_type": dynamic_shared_memory(),
        # `sync` needs no extra processes and no system call that sandboxes refuse; everything
        # the settling call reads is in memory anyway.
        "io_method": "sync",
        # Short calls with fixed plans: compiling them or spreading them over processes costs more
        # than it saves, and the cores belong to the bets.
        "jit": "off",
        "max_worker_processes": "4",
        "max_parallel_workers": "2",
        "max_parallel_workers_per_gather": "0",
        "max_logical_replication_workers": "0",
        "random_page_cost": "1.1",
        "update_process_title": "off",
        "track_commit_timestamp": "off",
        # Ledgers have many partitions; one transaction may touch all of them.
        "max_locks_per_transaction": "256",
        "autovacuum": "on",
        "autovacuum_max_workers": "2",
        "restart_after_crash": "on",
        # Logs go to the supervisor's file.
        "logging_collector": "off",
        "log_destination": "stderr",
        "log_min_messages": "warning",
        "log_checkpoints": "off",
        "log_autovacuum_min_duration": "-1",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "log_timezone": "UTC",
        "timezone": "UTC",
        "lc_messages": "C",
    }
