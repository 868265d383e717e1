"""Tests of `server.cli.catalogue`."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.cli.catalogue import catalogue_of, configured
from server.config import Games
from tests.server.cli.games.running import alone, changed


def test_what_is_left_out_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line on standard error; the command goes on with the rest."""
    changed(tmp_path / "bad.toml", ("rows = 1", "rows = 0"))
    catalogue = catalogue_of(Games(machine_folders=(str(tmp_path),)))

    assert catalogue.current("slot") is not None
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"croupier: warning: {tmp_path}/bad.toml:6: rows: ")


def test_a_configuration_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folders are those of the file, from the working directory."""
    alone(monkeypatch, tmp_path)
    (tmp_path / "machines").mkdir()
    changed(tmp_path / "machines" / "one.toml")
    config = tmp_path / "casino.toml"
    config.write_text('[games]\nmachine_folders = ["machines"]\n')

    assert configured(config).current("classic-sevens") is not None
    assert configured().current("classic-sevens") is None
