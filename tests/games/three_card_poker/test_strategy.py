"""The one rule of three card poker's best play."""

from __future__ import annotations

import pytest

from games.three_card_poker.rules import Action
from games.three_card_poker.strategy import TABLE, best_action
from tests.games.dealt import faces


@pytest.mark.parametrize(
    ("hand", "action"),
    [
        ("Qh 6s 4c", Action.PLAY),
        ("Qh 6s 3c", Action.FOLD),
        ("Qh 5s 4c", Action.FOLD),
        ("Qh 7s 2c", Action.PLAY),
        ("Kh 3s 2c", Action.PLAY),
        ("Jh Ts 8c", Action.FOLD),
        ("2h 2s 3c", Action.PLAY),
        ("2h 3h 5h", Action.PLAY),
    ],
)
def test_queen_six_four(hand: str, action: Action) -> None:
    """The highest cards are compared first."""
    assert best_action(faces(hand)) is action


def test_table() -> None:
    """The rule can be read."""
    assert [row[0] for row in TABLE.rows] == ["Q-6-4 or better", "less than Q-6-4"]
    assert [row[1] for row in TABLE.rows] == [("play",), ("fold",)]
