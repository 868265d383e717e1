"""The digest that pins a game version to its rules, machine file and draw code."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterable
from types import ModuleType

from games import entropy


def rules_digest(modules: Iterable[ModuleType], machine: bytes = b"") -> str:
    """Return SHA-256 (hex) over the source of the rules, the draw code and a machine file.

    Each part goes in behind its length, so that moving a byte from one part to the next shows.
    """
    total = hashlib.sha256()
    for module in (*modules, entropy):
        source = inspect.getsource(module).encode()
        total.update(len(source).to_bytes(8, "big"))
        total.update(source)
    total.update(len(machine).to_bytes(8, "big"))
    total.update(machine)
    return total.hexdigest()
