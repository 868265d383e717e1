"""The drawing rules of baccarat, cell by cell, and what bets bring back."""

from __future__ import annotations

import pytest

from games.baccarat import rules
from games.baccarat.rules import Coup, banker_draws, deal, is_pair, player_draws, worth
from tests.games.dealt import dealing, faces

#          the player's third card: 0123456789, then none
TABLEAU = {
    0: "DDDDDDDDDD D",
    1: "DDDDDDDDDD D",
    2: "DDDDDDDDDD D",
    3: "DDDDDDDDSD D",
    4: "SSDDDDDDSS D",
    5: "SSSSDDDDSS D",
    6: "SSSSSSDDSS S",
    7: "SSSSSSSSSS S",
}
"""When the banker draws (D) and stands (S), as casinos print it."""


def test_the_banker_draws_by_the_tableau() -> None:
    """Every total against every third card of the player, and against a player who stood."""
    for total, row in TABLEAU.items():
        cells, stood = row.split()
        for third in range(10):
            assert banker_draws(total, third) == (cells[third] == "D"), (total, third)
        assert banker_draws(total, None) == (stood == "D"), total


def test_the_player_draws_to_five() -> None:
    """Six and seven stand."""
    assert [player_draws(total) for total in range(8)] == [True] * 6 + [False] * 2


def test_what_cards_are_worth() -> None:
    """Aces count one, tens and court cards nothing, and only the last digit counts."""
    assert [worth(faces(f"{rank}h")) for rank in "A23456789TJQK"] == [*range(1, 10), 0, 0, 0, 0]
    assert worth(faces("7h 8c")) == 5
    assert worth(faces("9h 9c 9d")) == 7


@pytest.mark.parametrize(
    ("cards", "player", "banker", "result"),
    [
        # In the order of dealing: player, banker, player, banker, player's third, banker's third.
        ("9c Kc Kd 8d", "9c Kd", "Kc 8d", "player"),
        ("4c 9c 4d Kd", "4c 4d", "9c Kd", "banker"),
        ("Kc 2c 7d 5d", "Kc 7d", "2c 5d", "tie"),
        ("Kc 2c 6d 3d 9s", "Kc 6d", "2c 3d 9s", "player"),
        ("Kc Kd 5d 7d 4s", "Kc 5d 4s", "Kd 7d", "player"),
        ("Kc Kd 5d 3d 8s", "Kc 5d 8s", "Kd 3d", "tie"),
        ("Kc Kd 5d 3d 9s 2s", "Kc 5d 9s", "Kd 3d 2s", "banker"),
        ("Ac Kd 2d 6d 7s 3s", "Ac 2d 7s", "Kd 6d 3s", "banker"),
        ("Ac Kd Ad 6d 5s", "Ac Ad 5s", "Kd 6d", "player"),
        ("Kc 8d Kd Kh", "Kc Kd", "8d Kh", "banker"),
    ],
)
def test_coups(cards: str, player: str, banker: str, result: str) -> None:
    """Cards go where the rules send them, and no more are drawn than the coup has."""
    script = dealing(cards, decks=rules.DECKS)
    coup = deal(script)

    assert coup == Coup(faces(player), faces(banker))
    assert coup.result == result
    assert script.used == len(cards.split())


PAYOUTS = {
    ("banker", "banker"): 195,
    ("banker", "player"): 0,
    ("banker", "tie"): 100,
    ("player", "banker"): 0,
    ("player", "player"): 200,
    ("player", "tie"): 100,
    ("tie", "banker"): 0,
    ("tie", "player"): 0,
}
"""What comes back of 100, by bet and result."""


def test_payouts() -> None:
    """Every bet on every result; the tie pays 8 or 9 to one."""
    for (bet, result), expected in PAYOUTS.items():
        for tie_pays in (8, 9):
            assert rules.payout(bet, 100, result, tie_pays) == expected
    assert rules.payout("tie", 100, "tie", 8) == 900
    assert rules.payout("tie", 100, "tie", 9) == 1_000
    assert rules.pair_payout(100, pair=True) == 1_200
    assert rules.pair_payout(100, pair=False) == 0


def test_nineteen_to_twenty_is_whole() -> None:
    """On every stake that is taken the banker pays exactly."""
    for stake in range(rules.COMMISSION_UNIT, 2_000, rules.COMMISSION_UNIT):
        assert 20 * rules.payout("banker", stake, "banker", 8) == 39 * stake


def test_pairs_are_of_one_rank() -> None:
    """Suits do not matter, the first two cards do; two cards that count nothing are no pair."""
    assert is_pair(faces("Kh Kc"))
    assert is_pair(faces("Kh Kh 2c"))
    assert not is_pair(faces("Kh Qh"))
    assert not is_pair(faces("2h Kc Kd"))
