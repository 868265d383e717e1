"""Three card poker: ante and play against the dealer, and pair plus."""

from __future__ import annotations

from games.three_card_poker.game import (
    ThreeCardPoker,
    ThreeCardPokerDecision,
    three_card_poker_games,
)
from games.three_card_poker.view import ThreeCardPokerView

__all__ = [
    "ThreeCardPoker",
    "ThreeCardPokerDecision",
    "ThreeCardPokerView",
    "three_card_poker_games",
]
