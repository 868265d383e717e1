"""`croupier config`."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from server.cli.main import run
from server.config import load
from server.config.keys import keys

URL = "postgresql://u:hush@h/d"


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in a directory without `config.toml`."""
    monkeypatch.chdir(tmp_path)


def test_show_prints_toml(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is shown can be read back as a file with the same effect."""
    monkeypatch.setenv("CROUPIER_GAMES_MIN_STAKE", "EUR=10")
    monkeypatch.setenv("CROUPIER_HTTP_TRUSTED_PROXIES", "10.0.0.0/8")
    before = load()

    assert run(["config", "show", "--origin"]) == 0

    shown = capsys.readouterr().out
    assert "# CROUPIER_GAMES_MIN_STAKE" in shown
    file = tmp_path / "shown.toml"
    file.write_text(shown, encoding="utf-8")
    assert load(file, {}) == before


def test_show_masks_secrets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Passwords are masked in every form of the output."""
    monkeypatch.setenv("CROUPIER_DATABASE_URL", URL)
    for options in ([], ["--origin"], ["--json"], ["--json", "--origin"]):
        assert run(["config", "show", *options]) == 0
        shown = capsys.readouterr().out
        assert "postgresql://u:***@h/d" in shown
        assert "hush" not in shown


def test_show_json_has_origins(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """As JSON every setting has its value and its origin."""
    file = tmp_path / "some.toml"
    file.write_text("[http]\nport = 1\n", encoding="utf-8")

    assert run(["config", "show", "--json", "--origin", "--config", str(file)]) == 0

    document = json.loads(capsys.readouterr().out)
    assert document["http"]["port"] == {"value": 1, "origin": str(file)}
    assert document["data"] == {"value": "var/croupier", "origin": "default"}
    assert document["fairness"]["key_file"]["value"] == ""
    for name in keys():
        section, dot, inner = name.partition(".")
        assert inner in document[section] if dot else section in document


def test_show_without_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there is one clear line and exit code 2."""
    assert run(["config", "show", "--config", "missing.toml"]) == 2
    assert capsys.readouterr().err == (
        "croupier: missing.toml: there is no such configuration file\n"
    )


def test_show_without_options_is_plain_toml(capsys: pytest.CaptureFixture[str]) -> None:
    """Without options the output is TOML without comments."""
    assert run(["config", "show"]) == 0

    shown = capsys.readouterr().out
    assert "#" not in shown
    assert tomllib.loads(shown)["gateway"]["port"] == 8081
