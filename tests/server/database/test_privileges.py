"""Tests of whom PostgreSQL runs as."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.database import privileges
from server.database.errors import DataDirectoryUnusable, PostgresUnavailable
from server.database.privileges import Identity, Runner, identity_for, reachable

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
STRANGER = 54_321


def test_reachable(tmp_path: Path) -> None:
    """A directory is reachable if each one above lets the user in."""
    inner = tmp_path / "closed" / "open"
    inner.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    assert not reachable(inner, STRANGER, STRANGER)
    assert reachable(Path("/usr/lib"), STRANGER, STRANGER)


def test_ordinary_user_stays_who_he_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without root the programs run as they are, and another's cluster is refused."""
    monkeypatch.setattr(os, "geteuid", lambda: STRANGER)
    assert identity_for(tmp_path / "none").change is False
    (tmp_path / "cluster").mkdir()
    with pytest.raises(DataDirectoryUnusable, match="belongs to another user"):
        identity_for(tmp_path / "cluster")
    runner = Runner(Identity(STRANGER, STRANGER, change=False))
    assert runner.wrap(["program", "-x"]) == ["program", "-x"]
    with runner.named(tmp_path) as (names, descriptors):
        assert (names, descriptors) == ([str(tmp_path)], [])


@root_only
@pytest.mark.root
def test_root_runs_it_as_the_owner(tmp_path: Path) -> None:
    """Root runs a cluster as its owner, and a new one as nobody."""
    (tmp_path / "cluster").mkdir()
    os.chown(tmp_path / "cluster", STRANGER, STRANGER)
    assert identity_for(tmp_path / "cluster") == Identity(STRANGER, STRANGER, change=True)
    assert identity_for(tmp_path / "none").user not in {0, STRANGER}


@root_only
@pytest.mark.root
@pytest.mark.parametrize("search", [True, False])
def test_launched_program_has_no_rights_left(tmp_path: Path, *, search: bool) -> None:
    """What is launched has the user's rights alone, with one capability at the most."""
    if search and not privileges.may_search():
        pytest.skip("this root has no CAP_DAC_READ_SEARCH to pass on")
    runner = Runner(Identity(STRANGER, STRANGER, change=True), search=search)
    with runner.start(["/bin/sh", "-c", "id -u; id -G; grep Cap /proc/self/status"], -1) as child:
        said, _ = child.communicate()
    user, groups, *capabilities = said.decode().splitlines()
    held = {line.split()[0]: int(line.split()[1], 16) for line in capabilities}
    expected = 1 << 2 if search else 0
    assert (user, groups) == (str(STRANGER), str(STRANGER))
    assert {held["CapPrm:"], held["CapEff:"], held["CapInh:"], held["CapAmb:"]} == {expected}


@root_only
@pytest.mark.root
def test_closed_file_is_handed_over(tmp_path: Path) -> None:
    """A file below a closed directory is opened by name of a descriptor."""
    path = tmp_path / "file"
    path.write_text("content")
    os.chown(path, STRANGER, STRANGER)
    runner = Runner(Identity(STRANGER, STRANGER, change=True))
    with runner.named(path) as (names, descriptors):
        child = runner.start(["/bin/cat", *names], subprocess.PIPE, descriptors)
    with child:
        said, _ = child.communicate()
    assert said == b"content"
    assert child.returncode == 0


def test_dies_with_its_parent() -> None:
    """A program that shall not outlive us is launched under the parent's number."""
    runner = Runner(Identity(1, 1, change=False), die_with_parent=True)
    if sys.platform == "linux":
        assert f"parent={os.getpid()}" in runner.wrap(["program"])


def test_missing_program(tmp_path: Path) -> None:
    """A program that cannot be run is one clear line."""
    runner = Runner(Identity(os.geteuid(), os.getegid(), change=False))
    with pytest.raises(PostgresUnavailable, match="cannot be started"):
        runner.start([str(tmp_path / "none")], subprocess.DEVNULL)
