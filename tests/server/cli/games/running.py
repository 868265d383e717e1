"""Running `croupier game` in a test's own process."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from server.cli.main import run

MACHINES = Path(__file__).parents[3] / "games" / "slots" / "machines"
CLASSIC = MACHINES / "classic_sevens.toml"


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that succeeds without a warning, and return what it prints."""
    assert run(["game", *arguments]) == 0

    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def read(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """Run a command with `--json`, and return what a program reads."""
    return json.loads(printed(capsys, *arguments, "--json"))


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 2) -> str:
    """Run a command that is refused with a code, and return its one line."""
    assert run(["game", *arguments]) == code

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def alone(monkeypatch: pytest.MonkeyPatch, folder: Path, **settings: str) -> None:
    """Run in a folder without a configuration but these settings of the environment."""
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith("CROUPIER_")]:
        monkeypatch.delenv(name)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


def changed(path: Path, *changes: tuple[str, str]) -> Path:
    """Write the classic machine with changes, each of which must apply, and return the file."""
    text = CLASSIC.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path
