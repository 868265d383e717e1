"""Tests of `croupier database`."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from server.cli.main import run
from server.database import migrations
from server.database.binaries import program
from server.database.embedded import EmbeddedPostgres
from server.database.processes import processes_of
from tests.postgres import UNSAFE, Database


async def create(data: Path) -> None:
    """Make a data directory with an empty database."""
    async with EmbeddedPostgres(data, overrides=UNSAFE):
        pass


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory with all migrations applied and no server on it."""
    path = tmp_path_factory.mktemp("database")
    asyncio.run(create(path / "data"))
    assert run(["database", "migrate", "--data", str(path / "data"), "--json"]) == 0
    yield path / "data"
    shutil.rmtree(path)


def test_migrate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Missing migrations are named, then applied, then there are none; nothing is left running."""
    data = tmp_path / "data"
    asyncio.run(create(data))
    names = [str(migration) for migration in migrations.load()]
    assert run(["database", "migrate", "--data", str(data), "--check"]) == 1
    assert capsys.readouterr().out.split() == [word for name in names for word in ("missing", name)]
    assert run(["database", "migrate", "--data", str(data)]) == 0
    assert capsys.readouterr().out.split() == [word for name in names for word in ("applied", name)]
    assert run(["database", "migrate", "--data", str(data), "--check"]) == 0
    assert "up to date" in capsys.readouterr().out
    assert run(["database", "migrate", "--data", str(data), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"applied": []}
    assert not processes_of(data / "postgres")


def test_migrate_external(empty_database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """An external database is migrated by its owner; another user is told what is missing."""
    owner, report = (empty_database.url(role, socket=False) for role in ("owner", "report"))
    assert run(["database", "migrate", "--database", report]) == 1
    said = capsys.readouterr()
    assert "CREATE ROLE croupier_owner" in said.err
    assert "croupier: The user croupier_report may not set up the roles" in said.err
    assert run(["database", "migrate", "--database", owner, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["applied"]) == len(migrations.load())


def test_url(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The one line on stdout connects asyncpg and psql while the database runs."""
    arguments = ["database", "url", "--data", str(data)]
    assert run(arguments) == 0
    said = capsys.readouterr()
    assert said.out.count("\n") == 1
    assert "does not run" in said.err

    async def use() -> None:
        async with EmbeddedPostgres(data, overrides=UNSAFE):
            for options, user in (
                (arguments, "croupier_app"),
                ([*arguments, "--owner"], "croupier_owner"),
                ([*arguments, "--report"], "croupier_report"),
            ):
                assert await asyncio.to_thread(run, options) == 0
                said = capsys.readouterr()
                assert said.err == ""
                address = said.out.strip()
                connection = await asyncpg.connect(address)
                assert await connection.fetchval("SELECT current_user") == user
                await connection.close()
                psql = [str(program("psql")), address, "-Atc", "SELECT count(*) >= 0 FROM account"]
                shown = await asyncio.to_thread(
                    subprocess.run, psql, check=True, stdout=subprocess.PIPE
                )
                assert shown.stdout == b"t\n"

    asyncio.run(use())


def test_backup_and_restore(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A backup becomes a new data directory, and does not overwrite one by mistake."""
    file, new = tmp_path / "casino.backup", tmp_path / "new"
    assert run(["database", "backup", str(file), "--data", str(data), "--json"]) == 0
    written = json.loads(capsys.readouterr().out)
    assert written["bytes"] == file.stat().st_size
    assert run(["database", "backup", str(file), "--data", str(data)]) == 1
    assert "exists" in capsys.readouterr().err
    assert run(["database", "backup", str(file), "--data", str(data), "--replace"]) == 0
    assert f"Wrote {file}: {written['tables']} tables" in capsys.readouterr().out

    assert run(["database", "restore", str(file), "--data", str(new), "--json"]) == 0
    restored = json.loads(capsys.readouterr().out)
    assert (restored["tables"], restored["replaced"]) == (written["tables"], False)
    assert run(["database", "restore", str(file), "--data", str(new)]) == 1
    assert "holds a ledger already" in capsys.readouterr().err
    assert run(["database", "restore", str(file), "--data", str(new), "--replace"]) == 0
    assert "The ledger that was there is gone." in capsys.readouterr().out
    assert run(["database", "migrate", "--data", str(new), "--check"]) == 0
    assert not processes_of(new / "postgres")


def test_restore_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A backup that is not there is refused before a cluster is made for it."""
    data = tmp_path / "data"
    assert run(["database", "restore", str(tmp_path / "x"), "--data", str(data)]) == 1
    assert "There is no backup" in capsys.readouterr().err
    assert not data.exists()


def test_restore_under_a_server(
    cluster: EmbeddedPostgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A data directory in use is not restored into."""
    (tmp_path / "x").touch()
    arguments = ["database", "restore", str(tmp_path / "x"), "--data", str(cluster.directory.path)]
    assert run(arguments) == 1
    assert "A restore needs the database for itself" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["migrate", "--data", "x", "--database", "postgresql://h/d"], 2, "Name one of"),
        (["url", "--owner", "--report", "--data", "x"], 2, "Name one of"),
        (["url", "--data", "nowhere"], 1, "There is no database in"),
        (["backup", "x", "--data", "nowhere"], 1, "There is no database in"),
        (["migrate", "--database", "mysql://u:hidden@h/d"], 1, "not a usable connection string"),
    ],
)
def test_mistakes(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be done is one line on stderr, without a password, and nothing on stdout."""
    assert run(["database", *arguments]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert "hidden" not in captured.err
