"""The value of a hold against plain enumeration and published figures."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from itertools import combinations

import pytest

from games.analysis.video_poker import row_counts
from games.video_poker import hands
from games.video_poker.hands import Row, hand_row
from games.video_poker.holds import (
    HoldSums,
    best_hold,
    draw_weights,
    hold_values,
    pay_sums,
)
from games.video_poker.machines import MACHINES, Machine, common_draws
from games.video_poker.rules import ACTIONS, HOLDS
from tests.games.dealt import faces

BY_NAME = {machine.name: machine for machine in MACHINES}
JACKS = BY_NAME["jacks-or-better"]
DEUCES = BY_NAME["deuces-wild"]
JOKER = BY_NAME["joker-poker"]
FIELD = 64
"""Bits of one row in `row_counts`."""


def expected(machine: Machine, cards: tuple[int, ...], hold: int) -> Fraction:
    """Return the expected payout of a hold by drawing every set of cards that can come."""
    kept = [face for place, face in enumerate(cards) if hold >> place & 1]
    rest = [face for face in range(machine.deck.faces) if face not in cards]
    draws = list(combinations(rest, 5 - len(kept)))
    total = sum(
        machine.rows.get(hand_row(machine.deck, (*kept, *drawn), machine.pairs), 0)
        for drawn in draws
    )
    return Fraction(total, len(draws))


@pytest.mark.parametrize(
    ("machine", "deal"),
    [
        (JACKS, "Ah Kh Qh Jd 2c"),
        (JACKS, "7h 7s 4d 5c 6h"),
        (JACKS, "2h 3h 4h 5h 6h"),
        (DEUCES, "2h 7h 8h Kd Kc"),
        (DEUCES, "2h 2s 3h 4h 9d"),
        (DEUCES, "Ah Kh 3d 4c 9s"),
        (JOKER, "Joker 9h Th Kd 2c"),
        (JOKER, "Ah Kh Qd 4c 2s"),
    ],
)
def test_holds_of_two_cards_and_more_by_enumeration(machine: Machine, deal: str) -> None:
    """Each hold is worth exactly what going through all its draws gives."""
    cards = faces(deal)
    values = hold_values(machine, cards)
    common = common_draws(machine.deck)
    for hold in range(HOLDS):
        if hold.bit_count() >= 3 or hold == 0b00011:
            assert Fraction(values[hold], common) == expected(machine, cards, hold), ACTIONS[hold]


@pytest.mark.math
@pytest.mark.parametrize(
    ("machine", "deal"),
    [(JACKS, "Ah Kh 9d 4c 2s"), (DEUCES, "2h 7h 8h Kd Jc"), (JOKER, "Joker 9h Th Kd 2c")],
)
def test_holds_of_one_card_by_enumeration(machine: Machine, deal: str) -> None:
    """The same for a hold of the first card alone, 178,365 draws or more."""
    cards = faces(deal)

    assert Fraction(hold_values(machine, cards)[1], common_draws(machine.deck)) == expected(
        machine, cards, 1
    )


def test_all_hands_of_the_deck() -> None:
    """The sum over no card at all counts every hand: the published numbers of 2,598,960."""
    sums = HoldSums(hands.STANDARD, JACKS.pairs, lambda row: 1 << FIELD * list(Row).index(row))
    total = sums._ranks[0] + sums._flushes[0]
    counts = {row: total >> FIELD * index & (1 << FIELD) - 1 for index, row in enumerate(Row)}
    low_pairs = 1_098_240 - counts[Row.HIGH_PAIR]

    assert sum(counts.values()) == math.comb(52, 5) == 2_598_960
    assert counts[Row.ROYAL_FLUSH] == 4
    assert counts[Row.STRAIGHT_FLUSH] == 36
    assert counts[Row.FOUR_OF_A_KIND] == 624
    assert counts[Row.FULL_HOUSE] == 3_744
    assert counts[Row.FLUSH] == 5_108
    assert counts[Row.STRAIGHT] == 10_200
    assert counts[Row.THREE_OF_A_KIND] == 54_912
    assert counts[Row.TWO_PAIR] == 123_552
    assert counts[Row.HIGH_PAIR] == 4 * 1_098_240 // 13
    assert counts[Row.NOTHING] - low_pairs == 1_302_540


def test_published_values_of_two_holds() -> None:
    """Of A♦ Q♠ J♥ T♥ 7♥ the three hearts are worth 2905/5405, A-Q-J-T 125/235 (per coin)."""
    cards = faces("Ad Qs Jh Th 7h")
    values = hold_values(JACKS, cards)
    common = common_draws(JACKS.deck)

    assert Fraction(values[0b11100], common) == Fraction(2_905, 5 * 1_081)
    assert Fraction(values[0b01111], common) == Fraction(125, 5 * 47)
    assert best_hold(JACKS, cards) == 0b11100
    # With the queen among the hearts' straights, the four to a straight are better.
    assert best_hold(JACKS, faces("Ad Qh Js Th 8h")) == 0b01111


@pytest.mark.parametrize(
    ("machine", "deal", "kept"),
    [
        (JACKS, "3s 7h Th Jh Kh", "Th Jh Kh"),
        (JACKS, "5h 7c Tc Jc Qc", "Tc Jc Qc"),
        (JACKS, "4s 7h Th Jh Ah", "Th Jh Ah"),
        (JACKS, "2c 8h Th Jh Qh", "8h Th Jh Qh"),
        (JACKS, "Ah Kh Qh Jh 9h", "Ah Kh Qh Jh"),
        (JACKS, "7h 7s 9c Th Kd", "7h 7s"),
        (JACKS, "Kh Ks 9c Th Qd", "Kh Ks"),
        (JACKS, "2h 4s 7d 8c Th", ""),
        (DEUCES, "2h 2d 2c Kc Ks", "2h 2d 2c Kc Ks"),
        (DEUCES, "2h 2d 2c 3c 3s", "2h 2d 2c"),
        (DEUCES, "9h 9d Kc Ks 4h", "9h 9d"),
        (DEUCES, "2h 2d 4c 9s Jd", "2h 2d"),
        (JOKER, "Joker Kh 3d 5c 8s", "Joker Kh"),
        (JOKER, "Kh Ah 3d 5c 8s", "Kh Ah"),
    ],
)
def test_known_best_holds(machine: Machine, deal: str, kept: str) -> None:
    """Deals that books explain are played as they say."""
    cards = faces(deal)
    hold = best_hold(machine, cards)

    assert tuple(face for place, face in enumerate(cards) if hold >> place & 1) == faces(kept)


def test_equal_holds_do_not_depend_on_the_order_of_cards() -> None:
    """The same cards in another order are played the same way, ties too."""
    for deal in ("Th Jh Qh Kh Ah", "7h 7s 7d 7c Ah", "9h 9d Kc Ks 4h"):
        cards = faces(deal)
        kept = set()
        for turn in range(5):
            turned = cards[turn:] + cards[:turn]
            hold = best_hold(DEUCES, turned)
            kept.add(frozenset(face for place, face in enumerate(turned) if hold >> place & 1))
        assert len(kept) == 1, deal


def test_counts_add_up_to_the_draws() -> None:
    """For every hold all rows together have as many draws as there are."""
    counts = row_counts(JACKS).of(faces("Ah Kh 7d 7c 2s"))
    rows = len(JACKS.pays) + 1
    for hold in range(HOLDS):
        total = sum(counts[hold] >> FIELD * row & (1 << FIELD) - 1 for row in range(rows))
        assert total == math.comb(47, 5 - hold.bit_count())
        assert total * draw_weights(JACKS.deck)[hold] == common_draws(JACKS.deck)


def test_suits_can_be_permuted() -> None:
    """Deals that differ by a permutation of suits have the same values."""
    values = Counter(
        tuple(hold_values(JACKS, [(face + shift) % 52 for face in faces("Ah Kh 7d 7c 2s")]))
        for shift in (0, 13, 26, 39)
    )

    assert len(values) == 1


def test_a_wrong_run_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the straight from ace to five the numbers of hands are wrong: the test can fail."""
    monkeypatch.setattr(hands, "RUNS", hands.RUNS[1:])
    sums = HoldSums(hands.STANDARD, JACKS.pairs, lambda row: int(row is Row.STRAIGHT))

    assert sums._ranks[0] + sums._flushes[0] == 10_200 - 1_020


def test_tables_are_kept() -> None:
    """The tables of a machine are built once."""
    assert pay_sums(JACKS) is pay_sums(JACKS)
