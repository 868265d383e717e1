"""`croupier config`: the settings in force, where each comes from, secrets masked."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from server.config import Loaded, load_with_origins
from server.config.keys import keys, mask

__all__ = ["app", "show"]

app = App(name="config", help="Show the settings and where each comes from.")


@app.command
def show(
    *,
    config: Annotated[Path | None, Parameter(help="The TOML file to read.")] = None,
    origin: Annotated[bool, Parameter(negative=(), help="Say where each value is from.")] = False,
    as_json: Annotated[bool, Parameter("--json", negative=(), help="Print JSON.")] = False,
) -> None:
    """Print the settings in force, secrets masked."""
    loaded = load_with_origins(config)
    if as_json:
        json.dump(_document(loaded, origin=origin), sys.stdout, indent=2)
        print()
    else:
        print(_toml(loaded, origin=origin))


def _shown(loaded: Loaded) -> dict[str, object]:
    """Return every setting by dotted name, as plain values, secrets masked."""
    shown: dict[str, object] = {}
    for name, key in keys().items():
        section, dot, inner = name.partition(".")
        holder = getattr(loaded.settings, section) if dot else loaded.settings
        value = mask(key, getattr(holder, inner if dot else section))
        if value is None or isinstance(value, Path):
            value = str(value or "")
        elif isinstance(value, tuple):
            value = list(value)
        shown[name] = value
    return shown


def _document(loaded: Loaded, *, origin: bool) -> dict[str, object]:
    document: dict[str, object] = {}
    for name, value in _shown(loaded).items():
        section, dot, inner = name.partition(".")
        target = document.setdefault(section, {}) if dot else document
        assert isinstance(target, dict)
        item = {"value": value, "origin": loaded.origins[name]} if origin else value
        target[inner if dot else section] = item
    return document


def _toml(loaded: Loaded, *, origin: bool) -> str:
    """Return the settings as a TOML file, each origin as a comment."""
    lines: list[str] = []
    current = ""
    for name, value in _shown(loaded).items():
        section, dot, inner = name.partition(".")
        if dot and section != current:
            lines += ["", f"[{section}]"]
            current = section
        line = f"{inner if dot else section} = {_literal(value)}"
        lines.append(f"{line:<44}  # {loaded.origins[name]}" if origin else line)
    return "\n".join(lines)


def _literal(value: object) -> str:
    if isinstance(value, dict):
        pairs = ", ".join(f"{name} = {_literal(item)}" for name, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    # Strings, numbers, booleans and lists of strings are written alike in JSON and in TOML.
    return json.dumps(value, ensure_ascii=False)
