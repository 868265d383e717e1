"""Tests of `croupier round`: finished rounds only."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from games.catalogue import standard
from server.cli.errors import ExitCode
from server.cli.main import run
from server.fairness.verification import verify_proof
from tests.postgres import Database
from tests.server.audit.books import Played, where
from tests.server.ledger.ledger import settler


@pytest.fixture
async def books(database: Database) -> AsyncIterator[Played]:
    """Books with some of everything in them."""
    app = await settler(database)
    async with database.connected("owner") as owner:
        books = Played(database, owner, app)
        await books.play()
        yield books
    await app.close()


async def command(books: Played, path: Path, *arguments: str) -> int:
    """Run the command on the books."""
    where_from = ["--database", books.database.app, "--key-file", str(books.key_file(path))]
    return await asyncio.to_thread(run, ["round", *arguments, *where_from])


async def test_show(books: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A finished round is shown with whose it was, what it paid and a proof that holds."""
    for table in (books.slot, books.roulette, books.blackjack):
        assert await command(books, tmp_path, "show", table.rounds[-1], "--json") == ExitCode.OK
        shown = json.loads(capsys.readouterr().out)
        assert shown["round"] == table.rounds[-1]
        assert shown["player"] == str(table.player)
        assert shown["session"] == str(table.session)
        assert shown["game"] == table.game.name
        proof = verify_proof(shown["proof"], standard(), commitment=table.seeds.commitment)
        assert proof.ok, proof
    assert await command(books, tmp_path, "show", books.slot.rounds[0]) == ExitCode.OK
    assert f"commitment    {books.slot.seeds.commitment.hex()}" in capsys.readouterr().out


async def test_replay(books: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A finished round replays to what is on record; if it does not, the command ends with 98."""
    assert await command(books, tmp_path, "replay", books.decided) == ExitCode.OK
    assert "Replayed: stake" in capsys.readouterr().out
    await books.tamper(f"UPDATE wager SET payout = payout + 1 WHERE {where(books.decided)}")
    code = await command(books, tmp_path, "replay", books.decided, "--json")
    assert code == ExitCode.AUDIT_BREACH
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert document["recorded"]["payout"] == document["replayed"]["payout"] + 1
    assert "does not replay to what is on record" in said.err
    await books.tamper(f"UPDATE wager SET bets = '' WHERE {where(books.decided)}")
    assert await command(books, tmp_path, "replay", books.decided) == ExitCode.AUDIT_BREACH
    assert "cannot be played again from its inputs" in capsys.readouterr().err


async def test_void(books: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A void round says why, and has nothing to replay."""
    assert await command(books, tmp_path, "replay", books.voided) == ExitCode.OK
    assert "was void (a fault)" in capsys.readouterr().out
    assert await command(books, tmp_path, "show", books.voided, "--json") == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["void_cause"] == "a fault"


@pytest.mark.parametrize("verb", ["show", "replay"])
async def test_open(
    books: Played, tmp_path: Path, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of an open round is shown: one clear line, no cards, no seed."""
    for more in ([], ["--json"]):
        code = await command(books, tmp_path, verb, books.open.round_id, *more)
        assert code == ExitCode.FAILURE
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err == (
            f"croupier: round {books.open.round_id} has not ended, so nothing of it is shown: ask"
            " again once it has\n"
        )


async def test_unknown(books: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A round that does not exist, or not yet, and what is no id at all are told apart."""
    coming = books.slot.round_id
    assert await command(books, tmp_path, "show", coming) == ExitCode.FAILURE
    assert capsys.readouterr().err == f"croupier: there is no round {coming}\n"
    assert await command(books, tmp_path, "show", "red") == ExitCode.USAGE
    assert "'red' is not a round" in capsys.readouterr().err


async def test_void_command(
    books: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A void gives an open round's holds back, records the cause, and works once (C6, C9)."""
    chain, _, n = books.open.round_id.partition("-")
    held = await books.owner.fetchval("SELECT amount FROM hold WHERE chain = $1", int(chain))
    where_from = ["--database", books.database.app]
    void = ["round", "void", books.open.round_id, "--cause", "rules withdrawn", *where_from]
    assert await asyncio.to_thread(run, void) == ExitCode.OK
    assert f"{held} minor units were given back" in capsys.readouterr().out
    cause = await books.owner.fetchval(
        "SELECT void_cause FROM round WHERE chain = $1 AND n = $2", int(chain), int(n)
    )
    assert cause == "rules withdrawn"
    assert await asyncio.to_thread(run, void) == ExitCode.FAILURE
    assert "is not open" in capsys.readouterr().err
