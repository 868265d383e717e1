"""The measurement of the games' rules and mathematics."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import games as module
from bench.errors import BenchError
from bench.games import games


def test_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every figure that has a bound is measured, printed and written."""
    written = tmp_path / "games.json"

    assert games(seconds=0.05, json=written) == 0
    found = json.loads(written.read_text(encoding="utf-8"))
    names = [target["name"] for target in found["targets"]]
    assert names == [
        "a 20-line spin, free games included",
        "simulated rounds a second, slot",
        "simulated rounds a second, roulette",
        "PAR sheet of the slot",
        "blackjack, infinite deck",
    ]
    assert all(target["value"] > 0 for target in found["targets"])
    assert found["machine"]["cpus"] >= 1
    assert "20-line spin" in capsys.readouterr().out


def test_a_missed_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --require a figure beyond its bound ends with 99."""
    monkeypatch.setattr(module, "_SPINS", 100)
    monkeypatch.setattr(module, "_blackjack_s", lambda: 60.0)

    assert games(seconds=0.05, json=tmp_path / "games.json", require=True) == 99


def test_wrong_usage() -> None:
    """A length that measures nothing is refused."""
    with pytest.raises(BenchError, match="--seconds takes"):
        games(seconds=0)
