"""Blackjack: a fresh shoe each round, and every usual rule as an option (`options.Rules`)."""

from __future__ import annotations

from games.blackjack.game import (
    Blackjack,
    BlackjackBets,
    BlackjackDecision,
    BlackjackTable,
    BlackjackWithSideBets,
)
from games.blackjack.variants import VARIANTS
from games.blackjack.view import BlackjackView

__all__ = [
    "Blackjack",
    "BlackjackBets",
    "BlackjackDecision",
    "BlackjackTable",
    "BlackjackView",
    "BlackjackWithSideBets",
    "blackjack_games",
]


def blackjack_games() -> list[Blackjack | BlackjackWithSideBets]:
    """Return the games of blackjack that ship with Croupier."""
    return [
        BlackjackWithSideBets(variant) if variant.side_bets else Blackjack(variant)
        for variant in VARIANTS
    ]
