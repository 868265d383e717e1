"""The mathematics of three card poker against the published figures, and against wrong rules."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

import pytest

from games.analysis import three_card_poker as analysis
from games.analysis.three_card_poker import (
    DEALER_HANDS,
    PLAYER_HANDS,
    ante_law,
    bet_returns,
    canonical,
    category_counts,
    classes,
    expected_play,
)
from games.cards import FACES, JACK
from games.three_card_poker import rules
from games.three_card_poker.game import HANDS, PAIR_PLUS_40_30_6_3_1, PAIR_PLUS_40_30_6_4_1
from games.three_card_poker.hands import Category, high_card, score
from games.three_card_poker.rules import Action
from games.three_card_poker.strategy import best_action

ANTE_EDGE = Fraction(13_733_780, 407_170_400)


@pytest.fixture
def fresh() -> Iterator[None]:
    """Count again before and after a test that changes the rules."""
    for cached in (classes, ante_law):
        cached.cache_clear()
    yield
    for cached in (classes, ante_law):
        cached.cache_clear()


def test_all_pairs_of_hands_are_counted() -> None:
    """1,755 classes stand for 22,100 hands, each against 18,424 of the dealer."""
    assert len(classes()) == 1_755
    assert sum(entry.ways for entry in classes()) == PLAYER_HANDS == 22_100
    for entry in classes():
        dealer = entry.unqualified + entry.lower + entry.tied + entry.higher
        assert dealer == DEALER_HANDS == 18_424
        assert min(entry.unqualified, entry.lower, entry.tied, entry.higher) >= 0
    assert sum(ante_law().values()) == 407_170_400


def test_counts_are_those_of_a_plain_enumeration() -> None:
    """For some hands every hand of the dealer is compared one by one."""
    chance = random.Random(20)
    for entry in chance.sample(classes(), 3):
        value = score(entry.cards)
        rest = [face for face in range(FACES) if face not in entry.cards]
        dealers = [score(cards) for cards in combinations(rest, 3)]
        qualified = [dealer for dealer in dealers if dealer >= rules.QUALIFYING]

        assert entry.unqualified == len(dealers) - len(qualified)
        assert entry.lower == sum(dealer < value for dealer in qualified)
        assert entry.tied == qualified.count(value)
        assert entry.higher == sum(dealer > value for dealer in qualified)


def test_published_edge_of_ante_and_play() -> None:
    """Raising on queen-six-four the edge per ante is exactly the published fraction."""
    ante, _ = bet_returns(PAIR_PLUS_40_30_6_3_1)

    assert ante.expected == 1 - ANTE_EDGE
    assert ante.variance is not None
    assert round(float(ante.variance) ** 0.5, 4) == 1.6393
    assert ante.law is not None
    assert sum(chance for _, chance in ante.law) == 1
    assert ante.highest_award == 9
    assert ante.highest_award_probability == dict(ante.law)[Fraction(7)]


def test_queen_six_four_is_the_best_play() -> None:
    """No hand is better played the other way, so the strategy is optimal."""
    for entry in classes():
        plays = best_action(entry.cards) is Action.PLAY
        assert (expected_play(entry) > -1) == plays, entry


@pytest.mark.parametrize(
    ("pays", "edge"),
    [
        (PAIR_PLUS_40_30_6_3_1, Fraction(402, 5525)),
        (PAIR_PLUS_40_30_6_4_1, Fraction(128, 5525)),
    ],
)
def test_published_edges_of_pair_plus(pays: dict[Category, int], edge: Fraction) -> None:
    """Both pay tables."""
    pair_plus = bet_returns(pays)[1]

    assert pair_plus.expected == 1 - edge


def test_published_deviation_of_pair_plus() -> None:
    """2.8496 with 40-30-6-3-1."""
    pair_plus = bet_returns(PAIR_PLUS_40_30_6_3_1)[1]

    assert pair_plus.variance is not None
    assert round(float(pair_plus.variance) ** 0.5, 4) == 2.8496
    assert pair_plus.highest_award == 41
    assert pair_plus.highest_award_probability == Fraction(48, 22_100)


def test_constants_are_counted() -> None:
    """The numbers of hands that the game states are those of the deck."""
    assert dict(category_counts()) == dict(HANDS)


def test_one_hand_stands_for_its_class() -> None:
    """Permuted suits have one canonical hand, and it scores the same."""
    for cards in ((0, 14, 28), (13, 27, 2), (39, 40, 41)):
        for shift in range(4):
            moved = [(face + 13 * shift) % FACES for face in cards]
            assert canonical(moved) == canonical(cards)
        assert score(canonical(cards)) == score(cards)


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ANTE_BONUS", {**rules.ANTE_BONUS, Category.THREE_OF_A_KIND: 5}),
        ("ANTE_BONUS", {**rules.ANTE_BONUS, Category.STRAIGHT_FLUSH: 4}),
        ("QUALIFYING", high_card(JACK, 2, 1)),
    ],
)
def test_a_wrong_pay_or_rule_is_seen(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed bonus, or a dealer who qualifies with a jack, has another edge."""
    monkeypatch.setattr(rules, name, value)
    if hasattr(analysis, name):
        monkeypatch.setattr(analysis, name, value)

    assert bet_returns(PAIR_PLUS_40_30_6_3_1)[0].expected != 1 - ANTE_EDGE


@pytest.mark.usefixtures("fresh")
def test_a_looser_strategy_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Playing queen-six-three as well costs something."""

    def looser(cards: tuple[int, ...]) -> Action:
        return Action.PLAY if score(cards) >= high_card(11, 5, 2) else Action.FOLD

    monkeypatch.setattr(analysis, "best_action", looser)
    ante = bet_returns(PAIR_PLUS_40_30_6_3_1)[0]

    assert ante.expected is not None
    assert ante.expected < 1 - ANTE_EDGE
