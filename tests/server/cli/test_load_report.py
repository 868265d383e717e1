"""Tests of `croupier load-report`, and of `croupier load --html` up to where a run begins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from client.load.report import MARK
from server.cli.main import run
from server.web import load_report
from tests.client.load.test_report import figures, scripts

PAGE = f"<!doctype html>{MARK}"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> None:
    """A built page, whether or not there is one."""
    monkeypatch.setattr(load_report, "load_report_page", lambda: PAGE)


def written(path: Path, **changes: Any) -> str:
    """Write the figures of a run and return the name of the file."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures(**changes)), encoding="utf-8")
    return str(path)


def runs(path: Path) -> list[tuple[str, int]]:
    """Return the name and the bets of each run in a page."""
    content = json.loads(scripts(path.read_text(encoding="utf-8"))[0])
    return [(run["name"], run["figures"]["bets"]) for run in content["runs"]]


@pytest.mark.usefixtures("page")
def test_a_run_becomes_a_page(tmp_path: Path) -> None:
    """It goes by the name of its file."""
    html = tmp_path / "page.html"

    assert run(["load-report", written(tmp_path / "monday.json"), "--html", str(html)]) == 0
    assert runs(html) == [("monday", 3)]


@pytest.mark.usefixtures("page")
def test_two_runs_are_compared(tmp_path: Path) -> None:
    """In the order given; files of one name are told apart by their folders."""
    html = tmp_path / "page.html"
    before = written(tmp_path / "before" / "run.json", bets=5)
    after = written(tmp_path / "after" / "run.json", bets=6)

    assert run(["load-report", before, after, "--html", str(html)]) == 0
    assert runs(html) == [(before, 5), (after, 6)]


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize("name", ["gone.json", "other.json"])
def test_what_is_no_run_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """And no page is written."""
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    html = tmp_path / "page.html"

    assert run(["load-report", str(tmp_path / name), "--html", str(html)]) == 1
    error = capsys.readouterr().err
    assert name in error
    assert len(error.splitlines()) == 1
    assert not html.exists()


@pytest.mark.usefixtures("page")
def test_a_page_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a traceback; by `load` before anybody is signed up."""
    html = str(tmp_path / "nowhere" / "page.html")

    assert run(["load-report", written(tmp_path / "run.json"), "--html", html]) == 1
    assert html in capsys.readouterr().err
    assert run(["load", "--http", "http://127.0.0.1:1", "--closed", "--html", html]) == 1
    assert html in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [["load", "--http", "http://127.0.0.1:1", "--closed"], ["load-report", "run.json"]]
)
def test_without_a_built_page_it_is_refused_at_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
) -> None:
    """One line says how to build it; nothing was tried and no file was made."""
    monkeypatch.setattr(load_report, "load_report_page", lambda: None)
    html = tmp_path / "page.html"

    assert run([*command, "--html", str(html)]) == 2
    error = capsys.readouterr().err
    assert "npm run build" in error
    assert len(error.splitlines()) == 1
    assert not html.exists()
