"""Craps: line, come, odds, place, field, hardways and propositions, at a private table."""

from __future__ import annotations

from games.craps.game import Craps, CrapsDecision
from games.craps.view import CrapsView

__all__ = ["Craps", "CrapsDecision", "CrapsView"]
