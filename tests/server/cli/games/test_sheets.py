"""`croupier game par`."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from games.analysis.par import par_document
from games.craps import Craps
from games.roulette import EuropeanRoulette
from server.cli.games.sheets import grouped
from server.cli.main import run
from tests.server.cli.games.running import CLASSIC, printed, read, refused


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
    par = read(capsys, "par", str(CLASSIC))
    (bet,) = par["bets"]

    assert Fraction(bet["return"]["exact"]) == Fraction(247_536, 262_144)
    assert bet["standard_deviation"].startswith("6.6640")


def test_par_of_a_slot_shows_where_it_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    """A person sees the parts of the return and every cell of a line."""
    table = printed(capsys, "par", "slot")

    for text in ("95.410970 %", "Free games", "Full moon x 5", "92,121,120"):
        assert text in table


def test_volatility_and_confidence(capsys: pytest.CaptureFixture[str]) -> None:
    """The index, the award and the intervals are printed with what they mean."""
    table = printed(capsys, "par", "roulette")

    for text in (
        "1.65 standard deviations",
        "9.632432",
        "with a probability of 90 %",
        "100,000,000",
    ):
        assert text in table


def test_par_as_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The page is written beside what is printed, and a place that cannot be written is told."""
    page = tmp_path / "roulette.html"

    assert run(["game", "par", "roulette", "--html", str(page), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["game"] == "roulette"
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert f"{page}: the PAR sheet" in printed(capsys, "par", "roulette", "--html", str(page))
    assert "Cannot write" in refused(
        capsys, "par", "roulette", "--html", str(tmp_path / "no" / "x.html"), code=1
    )


def test_unknown_names(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that no game has is refused as wrong usage."""
    assert "there is no game named 'poker'" in refused(capsys, "par", "poker")


def test_a_row_names_its_bets() -> None:
    """Bets of equal figures are told apart by name as long as they are few, else counted."""
    rows = [names for names, _ in grouped(par_document(Craps()).bets)]

    assert "place-6, place-8" in rows
    assert "place-4, place-10" in rows
    assert len(set(rows)) == len(rows)
    assert "straight (37 bets)" in [
        names for names, _ in grouped(par_document(EuropeanRoulette()).bets)
    ]
