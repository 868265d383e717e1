"""The Makefile on machines that lack something, and what its variables do."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

if shutil.which("make") is None:
    pytest.skip("there is no make", allow_module_level=True)


def script(path: Path, text: str) -> None:
    """Write an executable script."""
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def make(directory: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `make` as a person does, free of what an outer `make` has set."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MAKE", "CROUPIER_")) and name != "MFLAGS"
    }
    return subprocess.run(
        ["make", *arguments],
        cwd=directory,
        env=inherited | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout without a virtual environment."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def ready(checkout: Path) -> Path:
    """Return a checkout that is installed, with a command that prints its surroundings."""
    binaries = checkout / ".venv/bin"
    binaries.mkdir(parents=True)
    (binaries / "python").symlink_to(sys.executable)
    script(binaries / "croupier", 'echo "$@"; env | grep ^CROUPIER_ | sort')
    (checkout / ".venv/.made").write_text(f"{checkout}\n", encoding="utf-8")
    (checkout / ".venv/.installed").touch()
    return checkout


def with_pythons(checkout: Path, text: str) -> str:
    """Return a search path on which every Python is the script `text`."""
    shadow = checkout / "shadow"
    shadow.mkdir()
    for name in ("python", "python3", *(f"python3.{minor}" for minor in range(11, 20))):
        script(shadow / name, text)
    return f"{shadow}{os.pathsep}{os.environ['PATH']}"


def test_help_is_the_default(checkout: Path) -> None:
    """`make` alone lists the targets, each with what it is for."""
    listed = make(checkout).stdout

    for target in (
        "install",
        "run",
        "test",
        "check",
        "lint",
        "bench",
        "bench-games",
        "bench-history",
        "bench-pages",
        "bench-live",
        "lock",
    ):
        assert f"make {target} " in listed


def test_no_python(checkout: Path) -> None:
    """Without a Python that is new enough, one line says what is needed."""
    result = make(checkout, "install", PATH=with_pythons(checkout, "exit 1"))

    assert result.returncode != 0
    assert "croupier: needs Python 3.11 or newer and found none" in result.stderr
    assert not (checkout / ".venv").exists()


def test_python_without_environments(checkout: Path) -> None:
    """A Python that cannot make virtual environments is told what to install beside it."""
    bare = 'case "$*" in *ensurepip*) exit 1;; esac'
    result = make(checkout, "install", PATH=with_pythons(checkout, bare))

    assert result.returncode != 0
    assert "apt install python3-venv" in result.stderr
    assert not (checkout / ".venv").exists()


def test_installed_is_installed(ready: Path) -> None:
    """`make install` on a checkout that is up to date does nothing."""
    before = {path: path.stat().st_mtime_ns for path in ready.rglob("*")}
    result = make(ready, "install")

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert {path: path.stat().st_mtime_ns for path in ready.rglob("*")} == before


def test_install_builds_the_pages(ready: Path) -> None:
    """`make install` has the web pages built each time; what is fresh is left alone there."""
    (ready / "web").mkdir()
    (ready / "web/package.json").touch()
    python = ready / ".venv/bin/python"
    python.unlink()
    script(python, '[ "$1" = -c ] || echo "$@"')

    assert make(ready, "install").stdout == "-m server.web.build\n"


def test_a_moved_checkout_is_installed_anew(ready: Path) -> None:
    """A virtual environment made elsewhere is not trusted: its commands hold the old path."""
    (ready / ".venv/.made").write_text("/elsewhere\n", encoding="utf-8")
    result = make(ready, "install", PATH=with_pythons(ready, "exit 1"))

    assert "found none" in result.stderr


def test_run_without_variables(ready: Path) -> None:
    """`make run` leaves the addresses to the settings, whatever HOST a shell exports."""
    assert make(ready, "run", HOST="some-machine", PORT="1").stdout == "serve\n"


def test_run_for_a_phone(ready: Path) -> None:
    """`make run HOST=... PORT=... GATEWAY_PORT=...` sets both listeners."""
    result = make(ready, "run", "HOST=0.0.0.0", "PORT=80", "GATEWAY_PORT=81")

    assert result.stdout.splitlines() == [
        "serve",
        "CROUPIER_GATEWAY_HOST=0.0.0.0",
        "CROUPIER_GATEWAY_PORT=81",
        "CROUPIER_HTTP_HOST=0.0.0.0",
        "CROUPIER_HTTP_PORT=80",
    ]
