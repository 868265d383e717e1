"""`croupier game list` and `show`."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.cli.main import run
from tests.server.cli.games.running import CLASSIC, alone, changed, printed, read, refused


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    """Every game is listed with its return."""
    games = {item["game"]: item for item in read(capsys, "list")}

    assert games["roulette"]["return"].startswith("0.972972")
    assert games["slot"]["kind"] == "instant"
    assert "Moth and Moon" in printed(capsys, "list")


def test_list_shows_machines_of_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A good file of a configured folder is a game; a bad one is a warning with its line."""
    (tmp_path / "machines").mkdir()
    changed(tmp_path / "machines" / "good.toml")
    changed(tmp_path / "machines" / "wrong.toml", ("rows = 1", "rows = 0"))
    alone(monkeypatch, tmp_path, CROUPIER_GAMES_MACHINE_FOLDERS="machines")

    assert run(["game", "list"]) == 0
    told = capsys.readouterr()
    assert "classic-sevens" in told.out
    (warning,) = told.err.splitlines()
    assert warning.startswith("croupier: warning: machines/wrong.toml:")
    assert ": rows: " in warning


def test_disabled_games_are_not_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A game that takes no new rounds is not offered; a name that no game has is a warning."""
    alone(monkeypatch, tmp_path, CROUPIER_GAMES_DISABLED="roulette,rulette")

    assert run(["game", "list"]) == 0
    told = capsys.readouterr()
    assert "slot" in told.out
    rows = [line.split("│") for line in told.out.splitlines() if "│" in line]
    assert "roulette" not in [row[1].strip() for row in rows]
    assert told.err == (
        "croupier: warning: games.disabled names 'rulette', which is no game of this program\n"
    )


@pytest.mark.parametrize("command", ["show", "describe"])
def test_show(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The description is the game's own, and readable; the older name of the command works."""
    description = read(capsys, command, "roulette")

    assert len(description["choices"]) == 157
    assert description["stake_form"] == "list"
    assert "35 to 1" in printed(capsys, command, "roulette")


def test_show_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """A machine file is shown like a game that ships."""
    assert read(capsys, "show", str(CLASSIC))["game"] == "classic-sevens"


def test_unknown_names(capsys: pytest.CaptureFixture[str]) -> None:
    """The line tells what may have been meant, and how to see which games there are."""
    told = refused(capsys, "show", "rulette")

    assert told.startswith(
        "croupier: there is no game named 'rulette'; did you mean roulette or roulette-"
    )
    assert told.endswith(
        "? `croupier game list` names all, and a machine file is given by its path (*.toml)\n"
    )
    assert "named 'qqq'; `croupier game list` names all" in refused(capsys, "show", "qqq")
    assert "joker-poker" in refused(capsys, "show", "poker")
