"""Tests of `croupier database partitions`, `retire`, `hold` and `release`."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from server.cli.main import run
from tests.postgres import Database
from tests.server.audit.test_retired import Aged
from tests.server.ledger.ledger import settler
from tests.server.ledger.periods import BORDER

BEFORE = f"{BORDER:%Y-%m-%d}"
OLD = ["--before", BEFORE, "--retention-years", "0"]


@pytest.fixture
async def books(database: Database) -> Aged:
    """Books of which the greater part is old."""
    app = await settler(database)
    async with database.connected("owner") as owner:
        books = Aged(database, owner, app)
        await books.age()
    await app.close()
    return books


@pytest.fixture
def place(books: Aged) -> list[str]:
    """Where the books are, for their owner."""
    return ["--database", books.database.url("owner", socket=False)]


async def command(*arguments: str) -> int:
    """Run a command beside the loop of this test."""
    return await asyncio.to_thread(run, ["database", *arguments])


async def test_partitions(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Partitions are listed with range, rows, size and state, for people and for programs."""
    assert await command("partitions", *place, "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    first = next(each for each in listed if each["name"] == "wager_p0002")
    assert first["high"] == BORDER.isoformat()
    assert (first["table"], first["state"]) == ("wager", "old")
    assert first["size"] > 0
    assert {each["state"] for each in listed} == {"old", "current", "ahead"}
    assert await command("partitions", *place) == 0
    assert re.search(rf"wager_p0002.*{BEFORE}.*old", capsys.readouterr().out)


async def test_retire(
    books: Aged, place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """First what would happen, then it does, then there is nothing left; audit and round agree."""
    gone = books.slot.rounds[0]
    assert await command("retire", *place, *OLD, "--dry-run") == 1
    said = capsys.readouterr().out
    assert "would drop wager_p0002" in said
    assert "in the way: open sessions" in said
    assert await command("retire", *place, *OLD) == 1
    refused = capsys.readouterr()
    assert "Nothing was retired" in refused.err
    assert refused.err.count("\n") == 1

    held = await command("hold", str(books.slot.player), *place, "--reason", "dispute", "--json")
    assert held == 0
    assert json.loads(capsys.readouterr().out) == {"hold": 1}
    arguments = [*place, *OLD, "--end-sessions", "--json"]
    assert await command("retire", *arguments, "--dry-run") == 0
    planned = json.loads(capsys.readouterr().out)
    assert await command("retire", *arguments) == 0
    done = json.loads(capsys.readouterr().out)
    assert planned["dry_run"]
    assert done["tables"] == planned["tables"]
    assert done["until"] == BORDER.isoformat()
    assert done["rounds"] > 10
    assert await command("retire", *place, *OLD) == 0
    assert "nothing to retire" in capsys.readouterr().out
    assert await command("release", "1", *place, "--reason", "settled") == 0
    capsys.readouterr()

    keys = ["--key-file", str(books.key_file(tmp_path))]
    reading = ["--database", books.database.url("app", socket=False), *keys]
    assert await asyncio.to_thread(run, ["audit", *reading, "--replay", "all"]) == 0
    assert "are retired" in capsys.readouterr().out
    kept = books.straddling.rounds[-1]
    assert await asyncio.to_thread(run, ["round", "replay", kept, *reading]) == 0
    capsys.readouterr()
    assert await asyncio.to_thread(run, ["round", "show", gone, *reading]) == 1
    assert f"round {gone} is retired" in capsys.readouterr().err


async def test_retention(
    books: Aged, place: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    """K1: five years unless told otherwise, and less neither in production nor with real money."""
    assert await command("retire", *place, "--before", BEFORE) == 1
    assert "kept for 5 years" in capsys.readouterr().err
    async with books.database.connected("owner") as owner:
        await owner.execute("INSERT INTO croupier.player (test) VALUES (false)")
    assert await command("retire", *place, *OLD) == 1
    assert "where real money is played" in capsys.readouterr().err
    monkeypatch.setenv("CROUPIER_MODE", "production")
    assert await command("retire", *place, *OLD) == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["retire", "--before", "soon", "--data", "x"], 2, "takes a date such as"),
        (["retire", "--before", BEFORE, "--retention-years", "-1"], 2, "are 0 or more"),
        (["retire", "--before", BEFORE, "--data", "nowhere"], 1, "There is no database in"),
        (["hold", "1", "--reason", "x", "--until", "soon"], 2, "takes a date such as"),
        (["partitions", "--data", "x", "--database", "postgresql://h/d"], 2, "Name one of"),
    ],
)
def test_mistakes(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be done is one line on stderr and nothing on stdout."""
    assert run(["database", *arguments]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert captured.err.count("\n") == 1
