"""A slot machine as the browser's verifier must know it: all that its file says of the play."""

from __future__ import annotations

from typing import Any

from games.slots.engine import Slot
from games.slots.model import FreeGames, Machine, ReelSet, Respins

__all__ = ["machine_tables"]

Tables = dict[str, Any]


def machine_tables(game: Slot) -> Tables:
    """Return the family of slot machines and the tables of one of them."""
    machine = game.machine
    words = machine.words
    return {
        "machine": {
            "reelRows": list(machine.reel_rows),
            "units": machine.units,
            "stakes": list(machine.stakes),
            "reels": _reels(machine.reels),
            "lines": [list(line) for line in machine.lines],
            "pays": [
                {"name": pay.name, "symbols": sorted(pay.symbols), "amounts": list(pay.amounts)}
                for pay in machine.pays
            ],
            "wilds": [
                {
                    "symbol": wild.symbol,
                    "multiplier": wild.multiplier,
                    "expands": wild.expands,
                    "expandsFree": wild.expands_free,
                }
                for wild in machine.wilds
            ],
            "scatter": machine.scatter_symbol,
            "scatterPays": [] if machine.scatter is None else list(machine.scatter.amounts),
            "freeGames": None if machine.free_games is None else _free_games(machine.free_games),
            "respins": None if machine.respins is None else _respins(machine.respins),
            **_features(machine),
            "words": {
                "noWin": words["no_win"],
                "freeGames": words["free_games"],
                "respins": words["respins"],
                "coin": words["coin"],
                "pick": words["pick"],
            },
        }
    }


def _free_games(rules: FreeGames) -> Tables:
    return {
        "awards": list(rules.awards),
        "retriggerAwards": list(rules.retrigger_awards),
        "multiplier": rules.multiplier,
        "cap": rules.cap,
        "reels": _reels(rules.reels),
        "sticky": rules.sticky,
    }


def _respins(rules: Respins) -> Tables:
    return {
        "symbol": rules.symbol,
        "trigger": rules.trigger,
        "respins": rules.respins,
        "chance": list(rules.chance),
        "values": [list(pair) for pair in rules.values],
        "full": rules.full,
    }


def _features(machine: Machine) -> Tables:
    cascades, pick, gamble = machine.cascades, machine.pick, machine.gamble
    return {
        "cascades": None
        if cascades is None
        else {"multipliers": list(cascades.multipliers), "most": cascades.most},
        "pick": None
        if pick is None
        else {
            "symbol": pick.symbol,
            "trigger": pick.trigger,
            "prizes": list(pick.prizes),
            "picks": pick.picks,
            "stops": pick.stops,
        },
        "gamble": None if gamble is None else {"steps": gamble.steps, "maximum": gamble.maximum},
    }


def _reels(reels: ReelSet) -> list[Tables]:
    return [
        {"strip": list(strip), "weights": None if set(weights) == {1} else list(weights)}
        for strip, weights in zip(reels.strips, reels.weights, strict=True)
    ]
