"""As whom PostgreSQL runs, and how that user gets to its files.

PostgreSQL refuses to run as root. When Croupier is started by root, it runs PostgreSQL as the owner
of the cluster, or as *nobody* for a new one. That user often cannot pass the directories above the
data directory (a clone in a home directory, say). No directory is opened up for it:

- the cluster is handed over as an open descriptor and named ``/proc/self/fd/N``, which needs no
  right on the directories above it;
- programs below a closed directory are run with the one capability CAP_DAC_READ_SEARCH, or copied
  where this process does not have it to give.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from server.database.errors import DataDirectoryUnusable, PostgresUnavailable

CAP_DAC_READ_SEARCH: Final = 2
CAP_SETPCAP: Final = 8
LAUNCHER: Final = Path(__file__).with_name("launch.py")
FALLBACK_USER: Final = "nobody"


@dataclass(frozen=True, slots=True)
class Identity:
    """The user and group that PostgreSQL runs as; `change` if that is not who we are."""

    user: int
    group: int
    change: bool


def identity_for(cluster: Path) -> Identity:
    """Decide as whom to run the PostgreSQL of *cluster*.

    Raises:
        DataDirectoryUnusable: the cluster belongs to another user, or there is no user to run as.
    """
    me = os.geteuid()
    owner = cluster.stat() if cluster.exists() else None
    if me != 0:
        if owner is not None and owner.st_uid != me:
            raise DataDirectoryUnusable(
                f"The database in {cluster} belongs to another user: run the server as that user."
            )
        return Identity(me, os.getegid(), change=False)
    if owner is not None and owner.st_uid != 0:
        return Identity(owner.st_uid, owner.st_gid, change=True)
    try:
        entry = pwd.getpwnam(FALLBACK_USER)
    except KeyError:
        raise DataDirectoryUnusable(
            "PostgreSQL does not run as root and this system has no user 'nobody': "
            "start Croupier as an ordinary user."
        ) from None
    return Identity(entry.pw_uid, entry.pw_gid, change=True)


def reachable(path: Path, user: int, group: int) -> bool:
    """Say whether *user* can enter *path* and every directory above it, by their mode bits."""
    resolved = path.resolve()
    for directory in (resolved, *resolved.parents):
        status = directory.stat()
        if status.st_uid == user:
            needed = 0o100
        elif status.st_gid == group:
            needed = 0o010
        else:
            needed = 0o001
        if not status.st_mode & needed:
            return False
    return True


def may_search() -> bool:
    """Say whether this process can pass on the capability CAP_DAC_READ_SEARCH.

    That takes CAP_SETPCAP as well, which root has unless somebody took it away.
    """
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return False
    sets = dict(line.split(":\t", 1) for line in lines if line.startswith("Cap"))
    needed = 1 << CAP_DAC_READ_SEARCH | 1 << CAP_SETPCAP
    return all(int(sets.get(name, "0"), 16) & needed == needed for name in ("CapEff", "CapBnd"))


@dataclass(frozen=True, slots=True)
class Runner:
    """Starts PostgreSQL's programs as the right user.

    Attributes:
        identity: as whom.
        search: keep CAP_DAC_READ_SEARCH, because the programs lie below a closed directory.
        die_with_parent: let the kernel end the program when this process dies (Linux; for tests).
    """

    identity: Identity
    search: bool = False
    die_with_parent: bool = False

    def wrap(self, command: Sequence[str]) -> list[str]:
        """Return the command line that becomes the right user and then runs *command*."""
        options: list[str] = []
        if self.identity.change:
            options += [f"user={self.identity.user}", f"group={self.identity.group}"]
            options += [f"search={int(self.search)}"]
        if self.die_with_parent and sys.platform == "linux":
            options.append(f"parent={os.getpid()}")
        if not options:
            return list(command)
        return [sys.executable, "-I", "-S", str(LAUNCHER), *options, "--", *command]

    def start(
        self, command: Sequence[str], log: IO[bytes] | int, descriptors: Sequence[int] = ()
    ) -> subprocess.Popen[bytes]:
        """Start *command* in a session of its own, so that no Ctrl-C of a terminal reaches it.

        Raises:
            PostgresUnavailable: the program cannot be run.
        """
        try:
            return subprocess.Popen(  # noqa: S603 - the programs are ours
                self.wrap(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                pass_fds=tuple(descriptors),
                start_new_session=True,
                umask=0o077,
            )
        except OSError as error:
            raise PostgresUnavailable(
                f"PostgreSQL cannot be started from {command[0]}: {error.strerror}."
            ) from None

    @contextmanager
    def named(self, *paths: Path) -> Iterator[tuple[list[str], list[int]]]:
        """Yield names under which the program can open *paths*, and descriptors to pass to it."""
        with ExitStack() as stack:
            names: list[str] = []
            descriptors: list[int] = []
            for path in paths:
                user, group = self.identity.user, self.identity.group
                if not self.identity.change or reachable(path.parent, user, group):
                    names.append(str(path))
                    continue
                if not Path("/proc/self/fd").is_dir():
                    raise DataDirectoryUnusable(
                        f"The user who runs PostgreSQL cannot reach {path}: choose a data "
                        "directory below directories that every user may enter, "
                        "or start Croupier as an ordinary user."
                    )
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                stack.callback(os.close, descriptor)
                names.append(f"/proc/self/fd/{descriptor}")
                descriptors.append(descriptor)
            yield names, descriptors
