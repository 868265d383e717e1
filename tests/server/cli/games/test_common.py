"""What the commands of `croupier game` share."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.cli.errors import CommandError, ExitCode
from server.cli.games.common import find, number, percent
from tests.server.cli.games.running import CLASSIC, changed


def test_find() -> None:
    """A name is a game of the catalogue, a path a machine file."""
    assert find("slot").name == "slot"
    assert find(str(CLASSIC)).name == "classic-sevens"


def test_bad_files(tmp_path: Path) -> None:
    """A missing, oversized or wrong file is one line that names it, the line and the key."""
    wrong = changed(tmp_path / "wrong.toml", ("bar = { 3 = 20 }", "bar = { 3 = -20 }"))
    line = wrong.read_text(encoding="utf-8").splitlines().index("bar = { 3 = -20 }") + 1
    huge = tmp_path / "huge.toml"
    huge.write_bytes(b"#" * 1_000_001)
    cases = {
        str(wrong): f"{wrong}:{line}: pays.bar.3: -20 is not",
        str(huge): f"{huge}: larger",
        "none.toml": "none.toml: cannot be read: No such file",
        str(tmp_path): f"{tmp_path}: cannot be read: Is a directory",
    }
    for name, says in cases.items():
        with pytest.raises(CommandError) as caught:
            find(name)
        assert caught.value.message.startswith(says)
        assert caught.value.code == ExitCode.USAGE


def test_figures() -> None:
    """Figures have six places, and a dash stands for what is not known."""
    assert percent("0.9729729") == "97.297290 %"
    assert number("5.8378378378") == "5.837838"
    assert percent(None) == number(None) == "-"
