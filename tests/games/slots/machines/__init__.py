"""Machine files for tests: published sheets, and one that can be enumerated."""

from __future__ import annotations

import functools
from pathlib import Path

from games.slots.engine import Slot
from games.slots.machine import Machine, read_machine, shipped_machines


def text(name: str) -> str:
    """Return a machine file of this directory."""
    return Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8")


def machine(name: str, *changes: tuple[str, str]) -> Machine:
    """Return a machine of this directory, with each (old, new) text replaced in its file."""
    return changed(text(name), *changes)


def changed(file: str, *changes: tuple[str, str]) -> Machine:
    """Return the machine of a file in which each (old, new) text is replaced."""
    for old, new in changes:
        assert file.count(old) == 1, f"{old!r} stands {file.count(old)} times in the file"
        file = file.replace(old, new)
    return read_machine(file.encode(), "test.toml")


@functools.cache
def all_shipped() -> dict[tuple[str, int], Slot]:
    """Return every machine that ships, by name and version; they hold no state of any round."""
    found = {}
    for game in shipped_machines():
        assert isinstance(game, Slot)
        found[game.name, game.version] = game
    return found


def shipped(name: str = "slot", version: int = 1) -> Slot:
    """Return a machine that ships."""
    return all_shipped()[name, version]
