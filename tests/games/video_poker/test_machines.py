"""The pay tables, cell by cell."""

from __future__ import annotations

import math

import pytest

from games.video_poker.hands import STANDARD, WITH_JOKER, Row
from games.video_poker.machines import MACHINES, common_draws

PAYS = {
    "jacks-or-better": "800 50 25 9 6 4 3 2 1",
    "jacks-or-better-9-5": "800 50 25 9 5 4 3 2 1",
    "jacks-or-better-8-6": "800 50 25 8 6 4 3 2 1",
    "jacks-or-better-8-5": "800 50 25 8 5 4 3 2 1",
    "jacks-or-better-7-5": "800 50 25 7 5 4 3 2 1",
    "jacks-or-better-6-5": "800 50 25 6 5 4 3 2 1",
    "deuces-wild": "800 200 25 15 9 5 3 2 2 1",
    "deuces-wild-16-10-4": "800 200 25 16 10 4 4 3 2 1",
    "joker-poker": "800 200 100 50 17 7 5 3 2 1 1",
    "joker-poker-20-7-5": "800 200 100 50 20 7 5 3 2 1 1",
}
"""For one, from the best row to the lowest."""
ROWS = {
    "jacks": "royal-flush straight-flush four-of-a-kind full-house flush straight "
    "three-of-a-kind two-pair high-pair",
    "deuces": "royal-flush four-deuces wild-royal-flush five-of-a-kind straight-flush "
    "four-of-a-kind full-house flush straight three-of-a-kind",
    "joker": "royal-flush five-of-a-kind wild-royal-flush straight-flush four-of-a-kind "
    "full-house flush straight three-of-a-kind two-pair high-pair",
}


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_pay_tables(machine: object) -> None:
    """Every machine pays what its name and the house state."""
    found = next(each for each in MACHINES if each is machine)
    family = found.name.split("-")[0]

    assert [row.value for row, _ in found.pays] == ROWS[family].split()
    assert [pay for _, pay in found.pays] == list(map(int, PAYS[found.name].split()))
    assert list(PAYS) == [each.name for each in MACHINES]


def test_no_better_hand_pays_less() -> None:
    """So the best row that a hand makes is the one that pays most."""
    for machine in MACHINES:
        pays = [pay for _, pay in machine.pays]
        assert pays == sorted(pays, reverse=True), machine.name


def test_labels() -> None:
    """Rows are told as machines print them."""
    by_name = {machine.name: machine for machine in MACHINES}

    assert by_name["jacks-or-better"].label(Row.HIGH_PAIR) == "Jacks or better"
    assert by_name["joker-poker"].label(Row.HIGH_PAIR) == "Kings or better"
    assert by_name["jacks-or-better"].label(Row.ROYAL_FLUSH) == "Royal flush"
    assert by_name["deuces-wild"].label(Row.ROYAL_FLUSH) == "Natural royal flush"
    assert by_name["deuces-wild"].label(Row.FOUR_OF_A_KIND) == "Four of a kind"


def test_common_draws() -> None:
    """Every number of draws divides it, so that combinations are whole."""
    assert common_draws(STANDARD) == 7_669_695
    assert common_draws(WITH_JOKER) == 8_561_520
    for deck, left in ((STANDARD, 47), (WITH_JOKER, 48)):
        for drawn in range(6):
            assert common_draws(deck) % math.comb(left, drawn) == 0


def test_a_machine_digests_its_pays() -> None:
    """No two machines have the same rules."""
    assert len({machine.digested() for machine in MACHINES}) == len(MACHINES)
