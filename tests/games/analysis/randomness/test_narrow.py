"""The live draw functions over every word there is, and shuffles over every order (A6, A8)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable

import pytest

from games import entropy
from games.analysis.randomness.narrow import narrow, outcome_counts, scaling_counts
from games.entropy import Draws, draw_card, draw_distinct
from tests.games.scripts import every_round

SUITS = (2, 0, 1, 1)
"""A small shoe with two cards of one face."""


def shuffled(size: int, draws: Draws) -> tuple[int, ...]:
    """Shuffle a deck of different cards."""
    return tuple(draw_distinct(draws, size, size))


def dealt(counts: tuple[int, ...], draws: Draws) -> tuple[int, ...]:
    """Deal a whole shoe, card by card."""
    left = list(counts)
    return tuple(draw_card(draws, left) for _ in range(sum(counts)))


def test_every_8_bit_word_below_every_bound() -> None:
    """All 256 words give each value of each bound up to 256 equally often, in both functions."""
    for bound in range(2, 257):
        fair = [256 // bound] * bound
        assert scaling_counts(8, bound) == fair
        assert scaling_counts(8, bound, one_by_one=True) == fair


def test_every_16_bit_word_below_every_bound_of_a_byte() -> None:
    """All 65,536 words give each value of each bound from 2 to 255 equally often."""
    for bound in range(2, 256):
        assert scaling_counts(16, bound) == [65_536 // bound] * bound


@pytest.mark.math
def test_every_16_bit_word_one_by_one() -> None:
    """The same for the function that draws a single value, and for bounds up to the last word."""
    for bound in [*range(2, 256), 312, 1_000, 40_000, 65_535, 65_536]:
        assert scaling_counts(16, bound, one_by_one=True) == [65_536 // bound] * bound


@pytest.mark.parametrize("bound", [257, 312, 1_000, 40_000, 65_535, 65_536])
def test_every_pair_of_8_bit_words(bound: int) -> None:
    """Above the words of a width two make one number, and no value is likelier (A6)."""
    assert scaling_counts(8, bound) == [65_536 // bound] * bound


def test_the_code_is_the_live_code() -> None:
    """Narrow words run the code objects that deal, not copies of their text."""
    kind = narrow(8)

    assert kind.below.__code__ is Draws.below.__code__
    assert kind.below_each.__code__ is Draws.below_each.__code__
    assert kind.below is not Draws.below


def test_a_remainder_alone_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A draw function that throws nothing away fails, for each bound that does not divide."""

    def biased(self: Draws, bound: int) -> int:
        return self.word() % bound

    monkeypatch.setattr(entropy.Draws, "below", biased)
    with pytest.raises(ValueError, match="fewer words"):
        scaling_counts(8, 37, one_by_one=True)
    assert scaling_counts(8, 32, one_by_one=True) == [8] * 32


def test_a_bound_off_by_one_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A draw function that throws away one multiple too many fails as well."""

    def wasteful(self: Draws, bound: int) -> int:
        value = self.word()
        while value >= 256 - 256 % bound - bound:
            value = self.word()
        return value % bound

    monkeypatch.setattr(entropy.Draws, "below", wasteful)
    with pytest.raises(ValueError, match="more words"):
        scaling_counts(8, 37, one_by_one=True)


@pytest.mark.parametrize("bits", [0, 33])
def test_widths_that_are_none(bits: int) -> None:
    """A word has a bit at least, and at most the live 32."""
    with pytest.raises(ValueError, match="bits"):
        narrow(bits)


@pytest.mark.parametrize(("size", "bits", "words"), [(2, 1, 1), (3, 2, 4), (4, 3, 4), (5, 3, 5)])
def test_all_word_sequences_shuffle_evenly(size: int, bits: int, words: int) -> None:
    """Over every sequence of words each order of a small deck comes exactly equally often (A8)."""
    counts, unfinished = outcome_counts(bits, words, lambda draws: shuffled(size, draws))

    assert counts.keys() == set(itertools.permutations(range(size)))
    assert len(set(counts.values())) == 1
    assert counts.total() + unfinished == 1 << (bits * words)


def test_all_word_sequences_deal_evenly() -> None:
    """A shoe with two cards of one face deals each of its 12 orders equally often."""
    counts, _ = outcome_counts(2, 5, lambda draws: dealt(SUITS, draws))

    assert len(counts) == 12
    assert len(set(counts.values())) == 1


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7])
def test_every_order_has_one_path(size: int) -> None:
    """Draw by draw, a shuffle of n cards has n! ends: each order once, each as likely (A8)."""
    orders = set()
    for probability, order in every_round(lambda draws: shuffled(size, draws.copy())):
        assert probability * math.factorial(size) == 1
        orders.add(order)

    assert orders == set(itertools.permutations(range(size)))


def test_a_part_of_a_shuffle_is_even() -> None:
    """Three of six cards come in each of 120 orders with one path each."""
    orders: list[Hashable] = [
        tuple(order) for _, order in every_round(lambda draws: draw_distinct(draws.copy(), 3, 6))
    ]

    assert len(orders) == 120
    assert set(orders) == set(itertools.permutations(range(6), 3))


def test_the_naive_shuffle_is_found_out() -> None:
    """Exchanging each place with any place, a known mistake, does not give equal counts."""

    def naive(draws: Draws) -> tuple[int, ...]:
        deck = [0, 1, 2]
        for place in range(3):
            other = draws.below(3)
            deck[place], deck[other] = deck[other], deck[place]
        return tuple(deck)

    counts, _ = outcome_counts(2, 3, naive)

    assert len(set(counts.values())) > 1
