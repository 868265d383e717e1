"""How the commands that make documents put them out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from server.cli.errors import CommandError

__all__ = ["as_text", "write"]


def as_text(found: dict[str, Any]) -> str:
    """Return a document as a person reads it."""
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def write(output: Path, text: str) -> None:
    """Write a file. Raises CommandError where it cannot be written."""
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or "it failed"
        raise CommandError(f"Cannot write {output}: {reason}.") from None
