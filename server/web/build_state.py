"""Whether the built pages are there and are those of the sources beside them.

The build hook of the wheel loads this file by its path, so it needs the standard library alone.
"""

from __future__ import annotations

import hashlib
import json
import os
from enum import Enum
from pathlib import Path
from typing import Any, Final

__all__ = ["DIST", "PLAYER", "SOURCES", "STAMP", "BuildState", "build_state", "source_hash"]

DIST: Final = Path(__file__).parent / "dist"
"""Where the build lies."""
SOURCES: Final = Path(__file__).parents[2] / "web"
"""Where its sources lie, in a checkout."""
STAMP: Final = ".build.json"
"""The file in `DIST` that the build writes last."""
PLAYER: Final = "player/index.html"
"""Without this page there is no build."""

_SKIPPED: Final = frozenset({"node_modules", "dist", "coverage"})


class BuildState(Enum):
    """What there is, and what to say about it; `make install` mends both faults."""

    FRESH = ""
    STALE = "The web pages are older than their sources; `make install` builds them anew."
    MISSING = "The web pages are not built; `make install` builds them. The API is served alone."


def build_state(dist: Path = DIST, sources: Path = SOURCES) -> BuildState:
    """Tell what a build is. One without its sources, as in a wheel, is fresh if it is whole."""
    stamp = _stamp(dist / STAMP)
    if stamp is None or not (dist / PLAYER).is_file():
        return BuildState.MISSING
    if not (sources / "package.json").is_file():
        return BuildState.FRESH
    fresh = stamp.get("sources") == source_hash(sources)
    return BuildState.FRESH if fresh else BuildState.STALE


def source_hash(sources: Path) -> str:
    """Return the SHA-256 over names and contents. `web/scripts/sources.mjs` computes the same."""
    total = hashlib.sha256()
    found: dict[bytes, Path] = {}
    for folder, folders, names in os.walk(sources):
        folders[:] = [name for name in folders if name not in _SKIPPED and not name.startswith(".")]
        for name in names:
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                found[path.relative_to(sources).as_posix().encode()] = path
    for name_bytes in sorted(found):
        content = hashlib.sha256(found[name_bytes].read_bytes()).hexdigest()
        total.update(b"%s\0%s\n" % (name_bytes, content.encode()))
    return total.hexdigest()


def _stamp(path: Path) -> dict[str, Any] | None:
    try:
        stamp = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) else None
