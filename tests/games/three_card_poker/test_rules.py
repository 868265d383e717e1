"""What ante, play, bonus and pair plus bring back."""

from __future__ import annotations

import pytest

from games.three_card_poker import rules
from games.three_card_poker.game import PAIR_PLUS_40_30_6_3_1, PAIR_PLUS_40_30_6_4_1
from games.three_card_poker.hands import Category, score
from games.three_card_poker.rules import Action, State, bet_payouts, decide, open_round
from tests.games.dealt import dealing, faces


def ended(player: str, dealer: str, action: Action, pair_plus: int = 0) -> State:
    """Play a round with named cards and an ante of 100."""
    state = open_round(100, pair_plus, dealing(f"{player} {dealer}"), PAIR_PLUS_40_30_6_3_1)
    return decide(state, action, PAIR_PLUS_40_30_6_3_1)


@pytest.mark.parametrize(
    ("player", "dealer", "parts"),
    [
        # The dealer does not qualify: the ante wins, the play stake comes back.
        ("Qh 6s 4c", "Jh Ts 8c", (200, 100, 0)),
        ("2h 3s 5c", "Jh Ts 8c", (200, 100, 0)),
        # The lowest hand that qualifies is queen, three, two.
        ("Kh 6s 4c", "Qh 3s 2c", (200, 200, 0)),
        ("Jh Ts 8c", "Qh 3s 2c", (0, 0, 0)),
        ("Qd 3c 2h", "Qh 3s 2c", (100, 100, 0)),
        ("Kh 6s 4c", "2h 2s 3c", (0, 0, 0)),
        # The bonus is paid whatever the dealer has.
        ("4h 5s 6c", "Jh Ts 8c", (200, 100, 100)),
        ("4h 5s 6c", "Qh 3s 2c", (200, 200, 100)),
        ("4h 5s 6c", "7h 7s 7c", (0, 0, 100)),
        ("4h 5s 6c", "4d 5c 6h", (100, 100, 100)),
        ("4h 4s 4c", "Qh 3s 2c", (200, 200, 400)),
        ("4h 5h 6h", "Qh 3s 2c", (200, 200, 500)),
        ("4h 5h 6h", "7h 8h 9h", (0, 0, 500)),
        ("4h 9h 6h", "Qh 3s 2c", (200, 200, 0)),
    ],
)
def test_ante_and_play(player: str, dealer: str, parts: tuple[int, int, int]) -> None:
    """Ante, play and bonus are settled as the house states it."""
    state = ended(player, dealer, Action.PLAY)

    assert tuple(bet_payouts(state, PAIR_PLUS_40_30_6_3_1).values()) == parts
    assert state.payouts == (sum(parts),)
    assert state.stakes == (200,)


def test_a_fold_loses_the_ante_alone() -> None:
    """Pair plus is paid on a folded hand."""
    state = ended("4h 4s 9c", "Jh Ts 8c", Action.FOLD, pair_plus=50)

    assert state.stakes == (150,)
    assert state.payouts == (100,)


@pytest.mark.parametrize(
    ("hand", "pays"),
    [
        ("4h 5h 6h", (40, 40)),
        ("4h 4s 4c", (30, 30)),
        ("4h 5s 6c", (6, 6)),
        ("4h 9h 6h", (3, 4)),
        ("4h 4s 6c", (1, 1)),
        ("Ah Ks Jc", (None, None)),
    ],
)
def test_pair_plus(hand: str, pays: tuple[int | None, int | None]) -> None:
    """Both pay tables, line by line, to one."""
    value = score(faces(hand))
    for table, pay in zip((PAIR_PLUS_40_30_6_3_1, PAIR_PLUS_40_30_6_4_1), pays, strict=True):
        expected = 0 if pay is None else 100 * (pay + 1)

        assert rules.pair_plus_payout(100, value, table) == expected


def test_without_an_ante_nothing_is_left_to_decide() -> None:
    """Pair plus alone ends at once."""
    state = open_round(0, 50, dealing("4h 4s 9c Jh Ts 8c"), PAIR_PLUS_40_30_6_3_1)

    assert state.finished
    assert state.stakes == (50,)
    assert state.payouts == (100,)


def test_the_order_of_cards() -> None:
    """Three for the player, then three for the dealer; a seventh would not be there."""
    script = dealing("4h 4s 9c Jh Ts 8c")
    state = open_round(100, 0, script, PAIR_PLUS_40_30_6_3_1)

    assert state.player == faces("4h 4s 9c")
    assert state.dealer == faces("Jh Ts 8c")
    assert len(script.words) == rules.CARDS == 6
    assert script.used == 0
    assert not state.finished


def test_bonus_table() -> None:
    """One, four and five to one."""
    assert {
        Category.STRAIGHT: 1,
        Category.THREE_OF_A_KIND: 4,
        Category.STRAIGHT_FLUSH: 5,
    } == rules.ANTE_BONUS
