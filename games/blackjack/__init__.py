"""Blackjack: six decks, a fresh shoe each round, dealer stands on soft 17, blackjack pays 3:2."""

from __future__ import annotations

from games.blackjack.game import Blackjack, BlackjackBets, BlackjackDecision
from games.blackjack.view import BlackjackView

__all__ = ["Blackjack", "BlackjackBets", "BlackjackDecision", "BlackjackView"]
