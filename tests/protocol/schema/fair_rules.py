"""The rules that the browser's verifier knows, as data: digests of the games, and their tables.

`python -m tests.protocol.schema.fair_rules` writes `web/packages/fair/src/rules.json` anew, which
`npm run format` in `web` then lays out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from games.catalogue import standard
from games.slots.engine import Slot
from games.slots.machine import Machine, ReelSet
from tests.protocol.schema.fair_tables import tables

__all__ = ["RULES_FILE", "rules"]

RULES_FILE: Final = Path(__file__).parents[3] / "web" / "packages" / "fair" / "src" / "rules.json"


def rules() -> dict[str, Any]:
    """Return every version of every game that ships, by name and version."""
    found: dict[str, Any] = {}
    for game in standard().versions():
        entry: dict[str, Any] = {"digest": game.digest, **tables(game)}
        if isinstance(game, Slot) and _plain(game.machine):
            entry["machine"] = _machine(game.machine)
        found.setdefault(game.name, {})[str(game.version)] = entry
    return found


def _plain(machine: Machine) -> bool:
    """Whether a machine has nothing but lines, plain wilds, scatters and free games.

    And as many rows on each reel as on any other.
    """
    features = (machine.cascades, machine.respins, machine.pick, machine.gamble)
    wilds = [
        wild.multiplier == 1 and not wild.expands and not wild.expands_free
        for wild in machine.wilds
    ]
    sticky = machine.free_games is not None and machine.free_games.sticky
    even = len(set(machine.reel_rows)) == 1
    return even and not machine.ways and not any(features) and all(wilds) and not sticky


def _machine(machine: Machine) -> dict[str, Any]:
    free = machine.free_games
    return {
        "rows": machine.rows,
        "stakes": list(machine.stakes),
        "reels": _reels(machine.reels),
        "lines": [list(line) for line in machine.lines],
        "pays": [
            {"name": pay.name, "symbols": sorted(pay.symbols), "amounts": list(pay.amounts)}
            for pay in machine.pays
        ],
        "scatter": machine.scatter_symbol,
        "scatterPays": [] if machine.scatter is None else list(machine.scatter.amounts),
        "freeGames": None
        if free is None
        else {
            "awards": list(free.awards),
            "retriggerAwards": list(free.retrigger_awards),
            "multiplier": free.multiplier,
            "cap": free.cap,
            "reels": _reels(free.reels),
        },
        "words": {"noWin": machine.words["no_win"], "freeGames": machine.words["free_games"]},
    }


def _reels(reels: ReelSet) -> list[dict[str, Any]]:
    return [
        {"strip": list(strip), "weights": list(weights)}
        for strip, weights in zip(reels.strips, reels.weights, strict=True)
    ]


if __name__ == "__main__":
    RULES_FILE.write_text(json.dumps(rules(), indent=2) + "\n", encoding="utf-8")
