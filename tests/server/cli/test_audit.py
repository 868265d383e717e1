"""Tests of `croupier audit`: its options, its exit codes, what it prints."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest
import structlog

from server.cli.audit import _log_on_stderr
from server.cli.errors import ExitCode
from server.cli.main import run
from server.database.embedded import EmbeddedPostgres
from server.database.migrations import migrate
from server.database.processes import processes_of
from tests.postgres import UNSAFE, Database
from tests.server.audit.books import KEY, Played
from tests.server.ledger.ledger import settler

Audit = Callable[..., "asyncio.Future[int]"]


@pytest.fixture
async def books(database: Database) -> AsyncIterator[Played]:
    """Books with some of everything in them."""
    app = await settler(database)
    async with database.connected("owner") as owner:
        books = Played(database, owner, app)
        await books.play()
        yield books
    await app.close()


async def command(books: Played, path: Path, *more: str) -> int:
    """Run the command on the books."""
    arguments = ["audit", "--database", books.database.app]
    return await asyncio.to_thread(
        run, [*arguments, "--key-file", str(books.key_file(path)), *more]
    )


async def test_passes(books: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Books that agree end with 0, a table and a plain verdict."""
    record = str(books.record(tmp_path / "record"))
    assert await command(books, tmp_path, "--record", record, "--replay", "all") == ExitCode.OK
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "The audit passed: everything agrees."
    assert "EUR play money" in said.out
    assert "record replies" in said.out
    assert said.err == ""


async def test_breach(books: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Books that do not agree end with 98, every breach by name and the kinds on stderr."""
    await books.tamper(f"UPDATE account SET balance = 1 WHERE id = {books.slot.account}")
    assert await command(books, tmp_path) == ExitCode.AUDIT_BREACH
    said = capsys.readouterr()
    assert f"balances: account {books.slot.account}" in said.out
    assert said.err == "croupier: the audit found 1 breach: balances\n"
    assert await command(books, tmp_path, "--json") == ExitCode.AUDIT_BREACH
    assert json.loads(capsys.readouterr().out)["ok"] is False


async def test_many_breaches(
    books: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Markup in what is on record is printed as it is, and no secret is."""
    await books.tamper("UPDATE game_version SET game = '[red]slot' WHERE game = 'slot'")
    assert await command(books, tmp_path) == ExitCode.AUDIT_BREACH
    said = capsys.readouterr()
    assert "[red]slot version 1 is not in this program" in said.out
    assert KEY.hex() not in said.out + said.err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--replay", "some"], ExitCode.USAGE, "a number of rounds or `all`"),
        (["--data", "x", "--database", "y"], ExitCode.USAGE, "Name one of --data and --database."),
        (["--data", "/nowhere/at/all"], ExitCode.FAILURE, "There is no database in"),
        (
            ["--database", "postgresql://nobody@127.0.0.1:1/none"],
            ExitCode.FAILURE,
            "cannot be reached",
        ),
    ],
)
def test_cannot_read(
    arguments: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What keeps it from reading is one clear line, told apart from a breach."""
    assert run(["audit", *arguments]) == code
    said = capsys.readouterr()
    assert says in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


async def test_who_may_not_read(
    books: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A user of the database who may not see seeds is told whom to connect as."""
    arguments = ["audit", "--database", books.database.report]
    keys = ["--key-file", str(books.key_file(tmp_path))]
    assert await asyncio.to_thread(run, [*arguments, *keys]) == ExitCode.FAILURE
    assert "connect as croupier_app" in capsys.readouterr().err


async def test_keys(books: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a key file, or with another one, the audit does not pass."""
    arguments = ["audit", "--database", books.database.app]
    (tmp_path / "config.toml").write_text(f'data = "{tmp_path}"\n')
    config = ["--config", str(tmp_path / "config.toml")]
    assert await asyncio.to_thread(run, [*arguments, *config]) == ExitCode.FAILURE
    assert "--key-file" in capsys.readouterr().err
    other = tmp_path / "other"
    other.write_text(f"1 {bytes(range(32)).hex()}\n")
    other.chmod(0o600)
    code = await asyncio.to_thread(run, [*arguments, *config, "--key-file", str(other)])
    assert code == ExitCode.AUDIT_BREACH
    assert "does not open under key '1'" in capsys.readouterr().out


async def test_record_unreadable(
    books: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A record that cannot be read is one line, and no verdict."""
    assert await command(books, tmp_path, "--record", str(tmp_path / "none")) == ExitCode.FAILURE
    assert "cannot read it: No such file or directory." in capsys.readouterr().err


async def test_data_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A data directory is audited with its server up, and down, and nothing is left running."""
    data = tmp_path / "data"
    async with EmbeddedPostgres(data, overrides=UNSAFE) as postgres:
        await migrate(postgres.url("owner"))
        owner = await asyncpg.connect(postgres.url("owner"))
        app = await asyncpg.connect(postgres.url("app"))
        books = Played.__new__(Played)
        Played.__init__(books, None, owner, app)  # type: ignore[arg-type]
        await books.play()
        (data / "seed-keys").write_text(f"1 {KEY.hex()}\n")
        (data / "seed-keys").chmod(0o600)
        assert await asyncio.to_thread(run, ["audit", "--data", str(data)]) == ExitCode.OK
        await owner.close()
        await app.close()
    assert "The audit passed" in capsys.readouterr().out
    log = structlog.get_logger()
    started = asyncio.to_thread(run, ["audit", "--data", str(data), "--json"])
    assert await started == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["ok"]
    assert not processes_of(data / "postgres")
    with _log_on_stderr():
        log.info("database started")
        log.warning("database slow")
    said = capsys.readouterr()
    assert said.out == ""
    assert "database slow" in said.err
    assert "database started" not in said.err
