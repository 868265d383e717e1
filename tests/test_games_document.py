"""`docs/games.md` can be followed: both examples work as they stand, and the table is current."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from client.load.options import parse_mix
from games.catalogue import standard
from games.game import AnyGame
from server.cli.games.returns import between, table_of_returns
from server.cli.main import run
from tests.chaos.processes import croupier
from tests.postgres import Database
from tests.server.cli.games.running import alone
from tests.server.cli.test_serve import serving

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "games.md").read_text(encoding="utf-8")
GAMES = list(standard())


def example(name: str) -> str:
    """Return the block whose first line names the file."""
    blocks = re.findall(r"```\w+\n(.*?)```", PAGE, re.DOTALL)
    (found,) = [block for block in blocks if block.startswith(f"# {name}\n")]
    return str(found)


def follow(home: Path) -> Path:
    """Do what the page says: write the machine, and the package as an installation leaves it."""
    (home / "machines").mkdir()
    (home / "machines" / "lanterns.toml").write_text(example("lanterns.toml"), encoding="utf-8")
    site = home / "site"
    info = site / "under_over-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "under_over.py").write_text(example("under_over.py"), encoding="utf-8")
    project = tomllib.loads(example("pyproject.toml"))["project"]
    told = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(told, encoding="utf-8")
    entries = ["[croupier.games]"]
    for name, target in project["entry-points"]["croupier.games"].items():
        entries.append(f"{name} = {target}")
    (info / "entry_points.txt").write_text("\n".join(entries) + "\n", encoding="utf-8")
    return site


def read(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """Run a command that succeeds, and return what a program reads."""
    assert run(["game", *arguments, "--json"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    return json.loads(told.out)


@pytest.fixture
def followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the page was followed, with its package importable."""
    site = follow(tmp_path)
    alone(monkeypatch, tmp_path, CROUPIER_GAMES_MACHINE_FOLDERS="machines")
    monkeypatch.syspath_prepend(site)
    monkeypatch.delitem(sys.modules, "under_over", raising=False)
    return tmp_path


def test_the_slot(followed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The machine is good, its sheet is exact, and played it comes near."""
    (checked,) = read(capsys, "check", "machines/lanterns.toml")
    par = read(capsys, "par", "machines/lanterns.toml", "--html", "lanterns.html")
    played = read(capsys, "simulate", "machines/lanterns.toml", "--rounds", "40000", "--seed", "1")

    assert checked["ok"]
    assert 0.85 < float(checked["return"]) < 1
    assert par["bets"][0]["return"]["exact"]
    assert (followed / "lanterns.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert abs(played["z"]) <= 4
    assert "lanterns" in [game["game"] for game in read(capsys, "list")]


@pytest.mark.usefixtures("followed")
def test_the_table_game(capsys: pytest.CaptureFixture[str]) -> None:
    """The plug-in is found, its mathematics exact, and its whole law is what is played."""
    par = read(capsys, "par", "under-over")
    played = read(capsys, "simulate", "under-over", "--bet", "seven", "--rounds", "40000")

    assert {bet["bet"]: bet["return"]["exact"] for bet in par["bets"]} == dict.fromkeys(
        ("under", "over", "seven"), "5/6"
    )
    assert abs(played["z"]) <= 4
    assert played["chi_square"]["p"] > 1e-4
    assert read(capsys, "show", "under-over")["title"] == "Under and Over Seven"


async def test_both_over_a_real_server(tmp_path: Path, database: Database) -> None:
    """A server with the plug-in and the folder deals both, load plays them, the audit agrees."""
    site = follow(tmp_path)
    path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))
    settings = {"CROUPIER_GAMES_MACHINE_FOLDERS": "machines", "PYTHONPATH": path}
    async with serving(tmp_path, database=database, **settings) as server:
        slot = await server.seat("lanterns")
        answer = await slot.bet("spin", {"stake": 5})
        assert answer.type == "played", answer
        dice = await server.sit(slot.wire, "under-over")
        answer = await dice.bet("spin", {"bets": [{"bet": "seven", "stake": 10}]})
        assert answer.type == "played", answer
        assert sum(answer.body["view"]["dice"]) in range(2, 13)
        assert (await dice.bet("spin", {"bets": [{"bet": "eight", "stake": 10}]})).code == (
            "bet_invalid"
        )
        mix = ("--mix", "lanterns=1,under-over=1", "--require", "errors<1", "--json", "-")
        loaded = await croupier(
            *("load", "--http", server.http, "--players", "4", "--seconds", "1", "--closed"),
            *(*mix, "--quiet"),
            cwd=tmp_path,
            seconds=60.0,
            **settings,
        )
        assert loaded.code == 0, loaded
        assert all(game["bets"] for game in json.loads(loaded.out)["games"].values())
        ledger = ("--database", database.app, "--key-file", str(tmp_path / "data" / "seed-keys"))
        audited = await croupier(
            "audit", *ledger, "--replay", "all", cwd=tmp_path, seconds=60.0, **settings
        )
        assert audited.code == 0, audited
        server.process.send_signal(signal.SIGTERM)
        assert await server.ended() == 0


def test_the_returns_of_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The settings of the page give the versions and returns that it names."""
    config = tmp_path / "config.toml"
    config.write_text(example("config.toml"), encoding="utf-8")
    listed = {
        each["game"]: (each["version"], each["return"][:6])
        for each in read(capsys, "list", "--config", str(config))
    }

    assert listed["crash"] == (109_700, "0.9699")
    assert (listed["dice"][0], listed["mines"][0]) == (109_750, 109_800)
    assert listed["limbo"] == (1, "0.9899")
    for command in ("show crash", "par dice"):
        assert f"croupier game {command}" in PAGE
    description = read(capsys, "show", "crash", "--config", str(config))
    assert (description["version"], "97.00 %" in description["help"]) == (109_700, True)
    sheet = read(capsys, "par", "dice", "--config", str(config))
    assert sheet["version"] == 109_750
    assert max(Decimal(bet["return"]["decimal"]) for bet in sheet["bets"]) <= Decimal("0.975")


@pytest.mark.parametrize("game", GAMES, ids=lambda game: game.name)
def test_the_table_has_every_game(game: AnyGame) -> None:
    """Every game stands in the table with its version, and with its published return."""
    rows = between(PAGE).splitlines()
    name = f"{game.title} (`{game.name}` {game.version})"
    (first,) = [number for number, row in enumerate(rows) if row.startswith(f"| {name} |")]
    block = [rows[first]]
    for row in rows[first + 1 :]:
        if not row.startswith("|  |"):
            break
        block.append(row)

    assert all(len(row.split(" | ")) == 6 for row in block)
    if len(block) == 1:
        published = Decimal(game.describe().returns.decimal) * 100
        assert block[0].split(" | ")[2] == f"{published:.4f} %"


@pytest.mark.math
@pytest.mark.timeout(3_600)
def test_the_table_is_current() -> None:
    """Computed anew, the table is what the page shows."""
    assert between(PAGE) == table_of_returns(GAMES), "croupier game table --write docs/games.md"


def test_load_takes_every_game() -> None:
    """A mix of all games can be written."""
    mix = parse_mix(",".join(f"{game.name}=1" for game in GAMES))

    assert len(mix) == len(GAMES)
