"""`croupier game`."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from server.cli.main import run

MACHINES = Path(__file__).parents[2] / "games" / "slots" / "machines"


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that succeeds, and return what it prints."""
    assert run(["game", *arguments]) == 0

    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def read(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """Run a command with `--json`, and return what a program reads."""
    return json.loads(printed(capsys, *arguments, "--json"))


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that is refused as wrong usage, and return its one line."""
    assert run(["game", *arguments]) == 2

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_par_of_the_slot(capsys: pytest.CaptureFixture[str]) -> None:
    """One bet for each bet level, with an exact return that can be read back."""
    par = read(capsys, "par", "slot")

    assert par["game"] == "slot"
    assert [bet["bet"] for bet in par["bets"]][:2] == ["stake-20", "stake-40"]
    for bet in par["bets"]:
        exact = Fraction(bet["return"]["exact"])
        assert bet["return"]["decimal"] == "0.954109695288657"
        assert abs(exact - Fraction(bet["return"]["decimal"])) < Fraction(1, 10**15)
        assert set(bet) >= {"bet", "return", "hit_frequency", "standard_deviation"}


@pytest.mark.parametrize("name", ["slot", "roulette", "blackjack"])
def test_par_of_every_game(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every game has a document for programs and a table for people."""
    par = read(capsys, "par", name)
    table = printed(capsys, "par", name)

    assert par["game"] == name
    assert par["bets"]
    assert "Return" in table
    assert par["digest"] in table


def test_par_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """A machine file from outside is computed in the same way."""
    par = read(capsys, "par", str(MACHINES / "classic_sevens.toml"))
    (bet,) = par["bets"]

    assert Fraction(bet["return"]["exact"]) == Fraction(247_536, 262_144)
    assert bet["standard_deviation"].startswith("6.6640")


def test_par_of_a_slot_shows_where_it_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    """A person sees the parts of the return and every cell of a line."""
    table = printed(capsys, "par", "slot")

    for text in ("95.410970 %", "Free games", "Full moon x 5", "92,121,120"):
        assert text in table


def test_unknown_names(capsys: pytest.CaptureFixture[str]) -> None:
    """The line tells which games there are."""
    assert refused(capsys, "par", "poker") == (
        "croupier: there is no game named 'poker'; choose blackjack, roulette, slot,"
        " or give a machine file (*.toml)\n"
    )


def test_bad_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing, oversized or wrong file is one line that names it, and the key."""
    wrong = tmp_path / "wrong.toml"
    text = (MACHINES / "classic_sevens.toml").read_text(encoding="utf-8")
    wrong.write_text(text.replace("bar = { 3 = 20 }", "bar = { 3 = -20 }"), encoding="utf-8")
    huge = tmp_path / "huge.toml"
    huge.write_bytes(b"#" * 1_000_001)

    assert f"{wrong}: pays.bar.3: -20 is not" in refused(capsys, "par", str(wrong))
    assert f"{huge}: larger" in refused(capsys, "par", str(huge))
    assert "none.toml: cannot be read: No such file" in refused(capsys, "par", "none.toml")
    assert f"{tmp_path}: cannot be read: Is a directory" in refused(capsys, "par", str(tmp_path))


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    """Every game is listed with its return."""
    games = {item["game"]: item for item in read(capsys, "list")}

    assert games["roulette"]["return"].startswith("0.972972")
    assert games["slot"]["kind"] == "instant"
    assert "Moth and Moon" in printed(capsys, "list")


def test_describe(capsys: pytest.CaptureFixture[str]) -> None:
    """The description is the game's own, and readable."""
    description = read(capsys, "describe", "roulette")

    assert len(description["choices"]) == 157
    assert description["stake_form"] == "list"
    assert "35 to 1" in printed(capsys, "describe", "roulette")
