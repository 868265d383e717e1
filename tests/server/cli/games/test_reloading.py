"""`croupier game reload`, against a server of its own."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server.cli.main import run
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.cli.games.running import alone, changed, refused
from tests.server.cli.test_serve import serving

MACHINE = "classic-sevens"


def test_a_long_reload_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """While the server is at work the command says so, once, and then tells what came of it."""
    alone(monkeypatch, tmp_path)

    def asked(data: Path, wanted: str, *, working: Callable[[], None]) -> dict[str, Any]:
        assert (data, wanted) == (tmp_path, "reload")
        working()
        working()
        return {"taken": [], "refused": [], "serving": 1}

    monkeypatch.setattr("server.cli.games.reloading.ask", asked)
    assert run(["game", "reload", "--data", str(tmp_path)]) == 0

    told = capsys.readouterr()
    assert told.out == "Nothing new was taken.\n"
    assert told.err == "croupier: the server is still reading its folders\n"


async def command(*arguments: str) -> int:
    """Run a command beside the server."""
    return await asyncio.to_thread(run, list(arguments))


async def test_reload(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command tells what was taken and what not; rounds of old versions still audit."""
    folder = tmp_path / "machines"
    folder.mkdir()
    changed(folder / "one.toml")
    data = str(tmp_path / "data")
    settings = {"CROUPIER_GAMES_MACHINE_FOLDERS": str(folder)}
    async with serving(tmp_path, database=database, **settings) as server:
        alone(monkeypatch, tmp_path, **settings)
        seat = await server.seat(MACHINE)
        assert (await seat.bet("spin", {"stake": 1})).type == "played"

        assert await command("game", "reload", "--data", data) == 0
        assert capsys.readouterr().out == "Nothing new was taken.\n"

        changed(folder / "two.toml", ("version = 1", "version = 2"))
        changed(folder / "bad.toml", ("rows = 1", "rows = 0"))
        assert await command("game", "reload", "--data", data) == 1
        told = capsys.readouterr()
        assert told.out == (
            f"{MACHINE} version 2 is taken from {folder}/two.toml\n"
            "1 file refused; what was served before stays.\n"
        )
        assert told.err.startswith(f"croupier: {folder}/bad.toml:6: rows: ")
        new = await server.sit(seat.wire, MACHINE)
        assert (await new.bet("spin", {"stake": 1})).type == "played"

        (folder / "bad.toml").unlink()
        changed(folder / "three.toml", ("version = 1", "version = 3"))
        assert await command("game", "reload", "--data", data, "--json") == 0
        (taken,) = json.loads(capsys.readouterr().out)["taken"]
        assert (taken["game"], taken["version"]) == (MACHINE, 3)

        changed(folder / "four.toml", ("version = 1", "version = 4"))
        server.process.send_signal(signal.SIGHUP)  # as `systemctl reload` does
        async with asyncio.timeout(PATIENCE_S):
            while '"version":4' not in server.log.read_text().replace(" ", ""):  # noqa: ASYNC110
                await asyncio.sleep(0.02)

        ledger = ("--database", database.app, "--key-file", str(tmp_path / "data" / "seed-keys"))
        assert await command("audit", *ledger, "--replay", "all") == 0
        assert "everything agrees" in capsys.readouterr().out
        (folder / "one.toml").unlink()
        assert await command("audit", *ledger, "--replay", "all") == 98
        assert f"{MACHINE} version 1 is not in this program" in capsys.readouterr().out
        server.process.send_signal(signal.SIGTERM)
        assert await server.ended() == 0
    told_err = await asyncio.to_thread(refused, capsys, "reload", "--data", data, code=1)
    assert told_err == f"croupier: no server runs on the data directory {data}\n"
