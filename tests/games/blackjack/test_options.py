"""Tests of games.blackjack.options."""

from __future__ import annotations

import pytest

from games.blackjack.options import STANDARD, DoubleOn, Natural, Rules


@pytest.mark.parametrize("decks", [0, -1, 9])
def test_a_shoe_has_one_to_eight_decks(decks: int) -> None:
    """Other shoes are refused; None is an infinite deck."""
    with pytest.raises(ValueError, match="decks"):
        Rules(decks=decks)
    assert Rules(decks=None).decks is None


@pytest.mark.parametrize("hands", [0, 5])
def test_a_seat_has_one_to_four_hands(hands: int) -> None:
    """Other numbers of hands are refused."""
    with pytest.raises(ValueError, match="hands"):
        Rules(maximum_hands=hands)


@pytest.mark.parametrize(
    ("rules", "multiple"),
    [
        (STANDARD, 2),
        (Rules(insurance=False), 2),
        (Rules(natural=Natural.SIX_TO_FIVE, insurance=False), 5),
        (Rules(natural=Natural.SIX_TO_FIVE, insurance=False, surrender=True), 10),
        (Rules(natural=Natural.SIX_TO_FIVE), 10),
    ],
)
def test_stakes_make_every_payout_whole(rules: Rules, multiple: int) -> None:
    """3 to 2, half a stake and 6 to 5 need multiples of 2, 2 and 5."""
    assert rules.stake_multiple == multiple
    won, each = rules.natural.ratio
    assert multiple * won % each == 0


@pytest.mark.parametrize("total", range(4, 21))
@pytest.mark.parametrize("soft", [False, True])
def test_what_may_be_doubled(total: int, soft: bool) -> None:
    """Any two cards, hard 9 to 11, or hard 10 and 11."""
    assert DoubleOn.ANY_TWO.allows(total, soft=soft)
    assert DoubleOn.NINE_TO_ELEVEN.allows(total, soft=soft) == (not soft and total in (9, 10, 11))
    assert DoubleOn.TEN_AND_ELEVEN.allows(total, soft=soft) == (not soft and total in (10, 11))
