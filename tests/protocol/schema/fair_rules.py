"""The rules that the browser's verifier knows, as data: digests of the games, and their tables.

`python -m tests.protocol.schema.fair_rules` writes `web/packages/fair/src/rules.json` anew, which
`npm run format` in `web` then lays out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from games.catalogue import standard
from games.live import live_rules
from tests.protocol.schema.fair_tables import tables

__all__ = ["RULES_FILE", "rules"]

RULES_FILE: Final = Path(__file__).parents[3] / "web" / "packages" / "fair" / "src" / "rules.json"


def rules() -> dict[str, Any]:
    """Return every version of every game that ships, by name and version."""
    found: dict[str, Any] = {}
    for game in standard().versions():
        entry = {"digest": game.digest, **tables(game)}
        live = live_rules(game)
        if live is not None and live.game is not game:
            entry["shared"] = live.game.digest
        found.setdefault(game.name, {})[str(game.version)] = entry
    return found


if __name__ == "__main__":
    RULES_FILE.write_text(json.dumps(rules(), indent=2) + "\n", encoding="utf-8")
