"""`croupier openapi`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.cli.errors import ExitCode
from server.cli.main import run


def test_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints the document, with the address given."""
    assert run(["openapi", "--http", "https://play.example"]) == ExitCode.OK
    found = json.loads(capsys.readouterr().out)

    assert found["openapi"].startswith("3.1.")
    assert found["servers"][0]["url"] == "https://play.example"


def test_writes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It writes a file, or says in one line why it cannot."""
    path = tmp_path / "openapi.json"
    assert run(["openapi", "--output", str(path)]) == ExitCode.OK
    assert json.loads(path.read_text(encoding="utf-8"))["openapi"]
    assert run(["openapi", "--output", str(tmp_path / "no" / "file")]) == ExitCode.FAILURE
    assert capsys.readouterr().err.count("\n") == 1


def test_a_wrong_address(capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong address is refused in one line."""
    assert run(["openapi", "--http", "example"]) == ExitCode.USAGE
    assert "Wrong address" in capsys.readouterr().err
