"""Tests of the layout of a data directory."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from server.database.errors import DataDirectoryUnusable
from server.database.files import DataDirectory, write_private


def directory_with(path: Path, port: int = 20_000) -> DataDirectory:
    """Return a data directory with a port and a password."""
    directory = DataDirectory(path)
    directory.create()
    write_private(directory.port_file, f"{port}\n")
    directory.new_password("app")
    return directory


def test_passwords_are_private_and_long(tmp_path: Path) -> None:
    """A password has 256 bits, is kept, and only its owner can read it."""
    directory = directory_with(tmp_path / "data")
    path = tmp_path / "data" / "secrets" / "postgres-app"
    assert len(directory.password("app") or "") >= 43
    assert directory.password("app") == directory.password("app")
    assert directory.password("owner") is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["postgres-app"]


def test_existing_directory_keeps_its_mode(tmp_path: Path) -> None:
    """A directory that exists is not widened or narrowed."""
    (tmp_path / "data").mkdir(mode=0o750)
    DataDirectory(tmp_path / "data").create()
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o750


def test_url(tmp_path: Path) -> None:
    """The address names the role, the port and the database, over the socket where asked."""
    directory = directory_with(tmp_path / "data")
    password = directory.password("app")
    assert directory.url("app") == f"postgresql://croupier_app:{password}@127.0.0.1:20000/croupier"
    over_socket = directory.url("app", socket=True, database="other")
    assert over_socket.endswith(f"@/other?host={tmp_path}/data/postgres&port=20000")


def test_url_of_a_long_path_is_not_a_socket(tmp_path: Path) -> None:
    """Where the socket's path is too long for the system, the address is 127.0.0.1."""
    directory = directory_with(tmp_path / ("long" * 25))
    assert "@127.0.0.1:20000/" in directory.url("app", socket=True)


def test_url_without_a_database(tmp_path: Path) -> None:
    """A directory that no server used is one clear line."""
    with pytest.raises(DataDirectoryUnusable, match="There is no database in"):
        DataDirectory(tmp_path).url("app")


def test_impossible_directory(tmp_path: Path) -> None:
    """A data directory that cannot be made is one clear line."""
    (tmp_path / "file").touch()
    with pytest.raises(DataDirectoryUnusable, match="cannot be created"):
        DataDirectory(tmp_path / "file" / "data").create()


def test_write_private_replaces(tmp_path: Path) -> None:
    """Writing replaces a link instead of following it."""
    (tmp_path / "elsewhere").write_text("untouched")
    (tmp_path / "name").symlink_to(tmp_path / "elsewhere")
    write_private(tmp_path / "name", "text")
    assert (tmp_path / "elsewhere").read_text() == "untouched"
    assert (tmp_path / "name").read_text() == "text"
    assert not (tmp_path / "name").is_symlink()
    assert {path.name for path in tmp_path.iterdir()} == {"elsewhere", "name"}
