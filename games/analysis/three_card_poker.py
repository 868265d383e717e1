"""Exact mathematics of three card poker: every hand against every hand of the dealer.

All 22,100 x 18,424 = 407,170,400 pairs of hands are counted, without going through them. A dealer's
hand has none of the player's cards; with the scores of all hands that hold a given set of cards in
sorted lists, inclusion and exclusion over the player's three cards counts those that do not
qualify, lose, tie and win. Hands that differ by a permutation of suits are counted once.
"""

from __future__ import annotations

import functools
import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import combinations
from typing import Final, NamedTuple

from games.analysis.outcomes import bet_return
from games.cards import FACES, RANKS, rank_of, suit_of
from games.game import BetReturn
from games.three_card_poker.hands import Category, category_of, score
from games.three_card_poker.rules import (
    ANTE,
    PAIR_PLUS,
    QUALIFYING,
    Action,
    ante_bonus,
    ante_payout,
    pair_plus_payout,
    play_payout,
)
from games.three_card_poker.strategy import best_action

Hand = tuple[int, ...]
PLAYER_HANDS: Final = math.comb(FACES, 3)
DEALER_HANDS: Final = math.comb(FACES - 3, 3)
_NOTHING: Final = QUALIFYING - 1
"""A score of a dealer who does not qualify."""


class Class(NamedTuple):
    """Hands that differ by a permutation of suits, and what the dealer has against each of them."""

    cards: Hand
    ways: int
    unqualified: int
    """Dealer's hands of the 18,424."""
    lower: int
    tied: int
    higher: int

    def net(self, action: Action) -> dict[int, int]:
        """Return the ways of each net result per unit of ante, bonus included."""
        if action is Action.FOLD:
            return {-1: DEALER_HANDS}
        value = score(self.cards)
        nets: Counter[int] = Counter()
        dealers = (
            (self.unqualified, _NOTHING),
            (self.lower, QUALIFYING),
            (self.tied, value),
            (self.higher, max(QUALIFYING, value + 1)),
        )
        for ways, dealer in dealers:
            if ways:
                back = ante_payout(1, value, dealer) + play_payout(1, value, dealer)
                nets[back + ante_bonus(1, value) - 2] += ways
        return nets


def canonical(cards: Iterable[int]) -> Hand:
    """Return the one hand that stands for all that differ by a permutation of suits."""
    masks = [0, 0, 0, 0]
    for face in cards:
        masks[suit_of(face)] |= 1 << rank_of(face)
    masks.sort(reverse=True)
    return tuple(
        suit * RANKS + rank
        for suit, mask in enumerate(masks)
        for rank in range(RANKS)
        if mask >> rank & 1
    )


def _scores_with(held: Hand) -> list[int]:
    """Return the sorted scores of all hands that hold these cards."""
    rest = [face for face in range(FACES) if face not in held]
    return sorted(score((*held, *others)) for others in combinations(rest, 3 - len(held)))


@functools.cache
def classes() -> tuple[Class, ...]:
    """Return every class of hands with the dealer's hands against it."""
    ways = Counter(canonical(cards) for cards in combinations(range(FACES), 3))
    lists = {canonical(held): _scores_with(held) for held in _fewer_cards()}
    entries = []
    for cards, number in sorted(ways.items()):
        value = score(cards)
        below = tied = unqualified = total = 0
        for size in range(4):
            for held in combinations(cards, size):
                scores = [value] if size == 3 else lists[canonical(held)]
                sign = -1 if size % 2 else 1
                first = bisect_left(scores, value)
                unqualified += sign * bisect_left(scores, QUALIFYING)
                below += sign * first
                tied += sign * (bisect_right(scores, value) - first)
                total += sign * len(scores)
        if value < QUALIFYING:
            lower = tied = 0
        else:
            lower = below - unqualified
        higher = total - unqualified - lower - tied
        entries.append(Class(cards, number, unqualified, lower, tied, higher))
    return tuple(entries)


def _fewer_cards() -> Iterator[Hand]:
    """Yield no card, and one hand of one and of two cards for each class."""
    for size in range(3):
        yield from dict.fromkeys(canonical(held) for held in combinations(range(FACES), size))


def expected_play(entry: Class) -> Fraction:
    """Return the expected net result of playing a hand, per unit of ante."""
    return Fraction(sum(net * ways for net, ways in entry.net(Action.PLAY).items()), DEALER_HANDS)


@functools.cache
def ante_law() -> Mapping[int, int]:
    """Return the ways of each net result of ante and play with the best play, per unit of ante."""
    law: Counter[int] = Counter()
    for entry in classes():
        for net, ways in entry.net(best_action(entry.cards)).items():
            law[net] += ways * entry.ways
    return law


@functools.cache
def category_counts() -> Mapping[Category, int]:
    """Return how many of the 22,100 hands are of each category."""
    return Counter(category_of(score(cards)) for cards in combinations(range(FACES), 3))


def bet_returns(pays: Mapping[Category, int]) -> tuple[BetReturn, ...]:
    """Return the exact mathematics of both bets."""
    return (_ante(), _pair_plus(pays))


def _ante() -> BetReturn:
    payouts: Counter[tuple[int, int]] = Counter()
    for entry in classes():
        action = best_action(entry.cards)
        staked = 2 if action is Action.PLAY else 1
        for net, ways in entry.net(action).items():
            payouts[net, net + staked] += ways * entry.ways
    total = payouts.total()
    mean = Fraction(sum(net * ways for (net, _), ways in payouts.items()), total)
    square = Fraction(sum(net * net * ways for (net, _), ways in payouts.items()), total)
    highest = max(payout for _, payout in payouts)
    return BetReturn(
        bet=ANTE,
        expected=1 + mean,
        hit_frequency=_share(payouts, total, lambda payout: payout > 0),
        variance=square - mean**2,
        note=(
            "exact, ante and play per unit of ante, ties counted, over all pairs of hands, playing "
            "queen-six-four or better"
        ),
        law=tuple(
            (Fraction(net), Fraction(ways, total)) for net, ways in sorted(ante_law().items())
        ),
        highest_award=Fraction(highest),
        highest_award_probability=_share(payouts, total, lambda payout: payout == highest),
    )


def _share(
    payouts: Mapping[tuple[int, int], int], total: int, chosen: Callable[[int], bool]
) -> Fraction:
    """Return the probability that the payout is one of those chosen."""
    return Fraction(sum(ways for (_, payout), ways in payouts.items() if chosen(payout)), total)


def _pair_plus(pays: Mapping[Category, int]) -> BetReturn:
    ways: Counter[int] = Counter()
    for entry in classes():
        ways[pair_plus_payout(1, score(entry.cards), pays)] += entry.ways
    outcomes = ((number, payout) for payout, number in ways.items())
    return bet_return(PAIR_PLUS, outcomes, "exact, over all 22,100 hands")
