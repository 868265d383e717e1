"""Tests of `croupier round` on live tables: all seats, a proof for one, a replay, a void."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from games.catalogue import standard
from server.cli.errors import ExitCode
from server.cli.main import run
from server.fairness.verification import verify_proof
from tests.postgres import Database
from tests.server.audit.books import where
from tests.server.audit.live_books import LivePlayed
from tests.server.ledger.ledger import settler


@pytest.fixture
async def books(database: Database) -> AsyncIterator[LivePlayed]:
    """Books of live tables."""
    app = await settler(database)
    async with database.connected("owner") as owner:
        books = LivePlayed(database, owner, app)
        await books.play()
        yield books
    await app.close()


async def command(books: LivePlayed, path: Path, *arguments: str) -> int:
    """Run the command on the books."""
    more = ["--database", books.database.app]
    if arguments[0] != "void":
        more += ["--key-file", str(books.key_file(path))]
    return await asyncio.to_thread(run, ["round", *arguments, *more])


async def test_show(books: LivePlayed, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A round is shown with its table, its seats, its order and its seeds."""
    assert await command(books, tmp_path, "show", books.spun, "--json") == ExitCode.OK
    shown = json.loads(capsys.readouterr().out)
    assert (shown["title"], shown["accepted"], shown["closed"], shown["drawn"]) == (
        "roulette", 4, 5, 6)  # fmt: skip
    assert [(seat["seat"], seat["stake"]) for seat in shown["seats"]] == [
        (1, 200), (2, 100), (5, 40)]  # fmt: skip
    assert [each["seat"] for each in shown["client_seeds"]] == [1, 2, 5]
    assert shown["seed"] == books.wheel.seeds.seed(1).hex()
    assert "proof" not in shown
    assert await command(books, tmp_path, "show", books.voided) == ExitCode.OK
    assert "a fault" in capsys.readouterr().out


async def test_seats_prove_themselves(
    books: LivePlayed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each seat of a round has a proof that holds, and that says what the seat was paid."""
    catalogue = standard()
    for round_id in (books.spun, books.dealt, books.flown, books.interrupted, books.voided):
        await command(books, tmp_path, "show", round_id, "--json")
        seats: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["seats"]
        for seat in seats[-2:]:
            number = str(seat["seat"])
            code = await command(books, tmp_path, "show", round_id, "--seat", number, "--json")
            assert code == ExitCode.OK
            proof = json.loads(capsys.readouterr().out)["proof"]
            checked = verify_proof(proof, catalogue)
            assert checked.ok, checked.failed
            assert (proof["stake"], proof["payout"]) == (seat["stake"], seat["payout"])


async def test_no_such_seat(
    books: LivePlayed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A seat that did not bet has no proof, and a round in play is not shown at all."""
    assert await command(books, tmp_path, "show", books.spun, "--seat", "3") == ExitCode.FAILURE
    assert f"seat 3 has no bets on round {books.spun}" in capsys.readouterr().err
    for verb in ("show", "replay"):
        assert await command(books, tmp_path, verb, books.cards.round_id) == ExitCode.FAILURE
        assert "has not ended, so nothing of it is shown" in capsys.readouterr().err


async def test_replay(
    books: LivePlayed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every style plays again to what is on record; if it does not, the command ends with 98."""
    for round_id in (books.spun, books.empty, books.dealt, books.flown, books.interrupted):
        assert await command(books, tmp_path, "replay", round_id) == ExitCode.OK
        assert "Replayed: the same." in capsys.readouterr().out
    assert await command(books, tmp_path, "replay", books.voided) == ExitCode.OK
    assert "was void (a fault)" in capsys.readouterr().out
    await books.tamper(f"UPDATE wager SET payout = payout + 1 WHERE {where(books.dealt)}")
    assert await command(books, tmp_path, "replay", books.dealt) == ExitCode.AUDIT_BREACH
    assert "its replay stake" in capsys.readouterr().err


async def test_void(books: LivePlayed, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With no server up a round in play is void by command, and its stakes are back (C6)."""
    round_id = books.wheel.round_id
    void = ("void", round_id, "--cause", "the wheel is broken")
    assert await command(books, tmp_path, *void) == ExitCode.OK
    assert "170 minor units were given back" in capsys.readouterr().out
    assert await command(books, tmp_path, "show", round_id, "--json") == ExitCode.OK
    shown = json.loads(capsys.readouterr().out)
    assert shown["void_cause"] == "the wheel is broken"
    assert [(seat["stake"], seat["payout"]) for seat in shown["seats"]] == [(0, 0), (0, 0)]
    assert await command(books, tmp_path, *void) == ExitCode.FAILURE
    assert "is not open" in capsys.readouterr().err
    assert await command(books, tmp_path, "void", books.rocket.round_id, "--cause", "x") == (
        ExitCode.FAILURE)  # fmt: skip
    assert "have been paid, so it cannot be void" in capsys.readouterr().err
