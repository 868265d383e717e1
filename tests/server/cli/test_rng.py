"""`croupier rng`."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from games.analysis.randomness.sp800_22.suite import SEQUENCE_BITS
from games.catalogue import standard
from server.cli import rng
from server.cli.main import run
from server.cli.rng_report import Report
from tests.server.cli.reports import GAMES, small_report

SECRET = "c0ffee" + "00" * 29
SMALL = ("--bits", str(SEQUENCE_BITS), "--rounds", "1000")
NAMES = [game.name for game in standard()]


@pytest.fixture
def secret(tmp_path: Path) -> str:
    """Return the name of a file with a secret."""
    path = tmp_path / "secret.txt"
    path.write_text(SECRET + "\n", encoding="utf-8")
    return str(path)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that is refused as wrong usage, and return its one line."""
    assert run(["rng", *arguments]) == 2

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_a_collection_can_be_made_again(
    tmp_path: Path,
    secret: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Raw output, outcomes of each game and the manifest, all named by their checksums (A21)."""
    monkeypatch.setattr(rng, "configured", lambda _config: GAMES)
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        assert run(["rng", "collect", str(folder), *SMALL, "--seed-file", secret]) == 0
    capsys.readouterr()

    sums = (folders[0] / "SHA256SUMS").read_text(encoding="utf-8")
    assert sums == (folders[1] / "SHA256SUMS").read_text(encoding="utf-8")
    listed = {name: digest for digest, name in (line.split("  ") for line in sums.splitlines())}
    expected = ["raw.bin", *(f"outcomes-{game.name}.csv" for game in GAMES)]
    assert [*listed] == [*expected, "manifest.json", "secret.txt"]
    for name, digest in listed.items():
        assert sha256((folders[0] / name).read_bytes()).hexdigest() == digest
    assert (folders[0] / "raw.bin").stat().st_size == SEQUENCE_BITS // 8
    assert (folders[0] / "secret.txt").read_text(encoding="utf-8") == SECRET + "\n"


def test_the_manifest_names_every_game(capsys: pytest.CaptureFixture[str]) -> None:
    """Each game with its digest, its draws and their bounds, for programs and for people (A20)."""
    assert run(["rng", "manifest", "--json", "--rounds", "50"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert run(["rng", "manifest", "--rounds", "50"]) == 0

    assert [entry["game"] for entry in entries] == NAMES
    roulette = entries[NAMES.index("roulette")]
    assert roulette["positions"] == [{"draw": 1, "rounds": 50, "bounds": {"37": 50}}]
    assert "roulette" in capsys.readouterr().out


def made_up(report: Report, **changes: Any) -> Any:
    """Return a function that makes a report without any test."""
    return lambda *_, **__: replace(report, **changes)


@pytest.fixture
def report() -> Report:
    """A small report."""
    return small_report()


def test_a_report_is_page_and_figures(
    report: Report,
    tmp_path: Path,
    secret: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Both at once; figures go to the output and the page to its file."""
    monkeypatch.setattr(rng, "make_report", made_up(report))
    html = tmp_path / "page.html"
    assert run(["rng", "report", "--html", str(html), "--json", "--seed-file", secret]) == 0

    figures = json.loads(capsys.readouterr().out)
    assert figures["passed"]
    assert figures["secret"] == report.secret
    assert html.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert run(["rng", "report"]) == 0
    assert report.secret in capsys.readouterr().out


def test_a_report_that_fails_says_so(
    report: Report,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 1 and what to do, with the page written all the same."""
    monkeypatch.setattr(rng, "make_report", made_up(report, passed=False))
    html = tmp_path / "page.html"

    assert run(["rng", "report", "--html", str(html)]) == 1
    assert "make another one" in capsys.readouterr().err
    assert "failed" in html.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("report", "--bits", "1000"), "1,048,576 at least"),
        (("report", "--rounds", "10"), "1,000 at least"),
        (("report", "--seed-file", "gone"), "cannot be read"),
        (("collect", "x", "--bits", "0"), "1,048,576 at least"),
        (("manifest", "--rounds", "0"), "--rounds takes 1 or more, not 0"),
    ],
)
def test_too_little_is_refused(
    arguments: tuple[str, ...], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sizes that no test can use, and a secret that is not there: one line each."""
    assert reason in refused(capsys, *arguments)


@pytest.mark.parametrize("text", ["", "12", "zz" * 32, "00" * 33])
def test_a_secret_is_32_bytes(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Other contents of the file are refused before any work."""
    path = tmp_path / "bad.txt"
    path.write_text(text, encoding="utf-8")

    assert "64 hex digits" in refused(capsys, "report", "--seed-file", str(path))


def test_a_place_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Told before the work begins."""
    taken = tmp_path / "file"
    taken.write_text("", encoding="utf-8")

    assert run(["rng", "report", "--html", str(taken / "page.html")]) == 1
    assert "page.html" in capsys.readouterr().err
    assert run(["rng", "collect", str(taken / "folder")]) == 1
    assert "cannot write" in capsys.readouterr().err
