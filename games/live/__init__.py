"""Games at live tables: many seats, one draw."""

from games.live.rising import RisingRound
from games.live.rules import LiveRules, LiveState, Style, live_rules

__all__ = ["LiveRules", "LiveState", "RisingRound", "Style", "live_rules"]
