"""Craps at a shared table under the contract of games."""

from __future__ import annotations

import msgspec
import pytest

from games.chips import Chips
from games.craps import Craps
from games.craps.bets import MULTIPLES, CrapsStatus, CrapsWager
from games.craps.mathematics import expected
from games.craps.roll import MAXIMUM_DRAWS, UNITS, CrapsTableBets
from games.craps.table import CrapsTable
from games.live import Style, live_rules
from tests.games.craps.tables import words
from tests.games.scripts import Script

GAME = CrapsTable()


@pytest.mark.parametrize(
    ("point", "dice", "summary"),
    [
        (0, (6, 3), "9 (6 3), the point"),
        (0, (3, 4), "7 (3 4), come-out"),
        (0, (1, 1), "2 (1 1), come-out"),
        (9, (6, 3), "9 (6 3), point made"),
        (9, (3, 4), "7 (3 4), seven out"),
        (9, (2, 2), "4 (2 2)"),
    ],
)
def test_what_the_board_tells(point: int, dice: tuple[int, int], summary: str) -> None:
    """A roll in a few words says what it did to the point."""
    state = GAME.open([CrapsTableBets((), point)], Script(words([dice])))
    view = GAME.view(state, None)
    assert (view.summary, view.dice, view.point_before) == (summary, dice, point)
    assert (view.stake, view.payout) == (0, 0)


def test_the_rules_of_live_tables() -> None:
    """The game of the catalogue is played by these rules at live tables, under their own digest."""
    rules = live_rules(Craps())
    assert rules is not None
    assert (rules.style, rules.asked_type) == (Style.ROLLS, Chips)
    assert (rules.game.name, rules.game.version) == (Craps.name, Craps.version)
    assert rules.game.digest != Craps.digest
    again = live_rules(rules.game)
    assert again is not None
    assert again.style is Style.ROLLS


def test_no_view_is_longer_than_declared() -> None:
    """Every bet at once, of the largest amounts, fits what is declared."""
    huge = 2**53 - 1
    bets = [*UNITS, *["dont-come"] * 12]
    view = msgspec.structs.replace(
        GAME.view(GAME.open([CrapsTableBets((), 10)], Script(words([(3, 4)]))), 0),
        bets=tuple(CrapsWager(bet, huge, 10, huge, CrapsStatus.STANDING, huge) for bet in bets),
        stake=huge,
        payout=huge,
    )
    assert len(msgspec.msgpack.encode(view)) <= GAME.maximum_reply_bytes
    assert GAME.maximum_draws == MAXIMUM_DRAWS


def test_returns_are_those_of_the_private_game() -> None:
    """A bet has the exact return that is published for craps, until the dice decide it."""
    published = {each.bet: each.expected for each in GAME.bet_returns()}
    assert set(published) == set(MULTIPLES)
    for bet, mean in published.items():
        assert mean == expected(CrapsWager(bet, 30)) / 30
    assert GAME.sample("pass", 30).bets == (CrapsWager("pass", 30),)
    with pytest.raises(ValueError, match="no bet named"):
        GAME.sample("red", 30)
