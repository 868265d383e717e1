"""How the commands that make documents put them out."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.cli.documents import as_text, write
from server.cli.errors import CommandError


def test_text() -> None:
    """A document is indented, and its letters stay letters."""
    assert as_text({"a": ["é"]}) == '{\n  "a": [\n    "é"\n  ]\n}\n'


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder that is not there is told in one line."""
    with pytest.raises(CommandError, match="Cannot write"):
        write(tmp_path / "no" / "file", "x")
