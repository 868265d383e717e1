"""The best play of three card poker: play queen, six, four or better, fold the rest.

`games.analysis.three_card_poker` finds that no other decision is better, with any of the 22,100
hands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from games.cards import QUEEN
from games.game import StrategyTable
from games.three_card_poker.hands import high_card, score, short
from games.three_card_poker.rules import Action

WORST_PLAYED: Final = (QUEEN, 5, 3)
"""Ranks of the lowest hand to play: queen, six, four."""
THRESHOLD: Final = high_card(*WORST_PLAYED)


def best_action(cards: Sequence[int]) -> Action:
    """Return the best decision with a hand of three faces."""
    return Action.PLAY if score(cards) >= THRESHOLD else Action.FOLD


TABLE: Final = StrategyTable(
    "Ante",
    ("decision",),
    (
        (f"{short(*WORST_PLAYED)} or better", ("play",)),
        (f"less than {short(*WORST_PLAYED)}", ("fold",)),
    ),
    "Compare the highest cards first: Q-7-2 is better than Q-6-5, and any pair than any high card.",
)
