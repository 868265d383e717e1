"""Roulette: one implementation of three wheels, private rounds, every inside and outside bet."""

from __future__ import annotations

from games.roulette.game import (
    SPOTS,
    AmericanRoulette,
    EuropeanRoulette,
    FrenchRoulette,
    Roulette,
    RouletteBet,
    RouletteBets,
    RouletteView,
    RouletteWin,
)
from games.roulette.layout import colour

__all__ = [
    "SPOTS",
    "AmericanRoulette",
    "EuropeanRoulette",
    "FrenchRoulette",
    "Roulette",
    "RouletteBet",
    "RouletteBets",
    "RouletteView",
    "RouletteWin",
    "colour",
]
