"""The exact return of basic strategy from a finite shoe, splits to four hands included.

The chance of a given sequence of cards depends only on which cards it holds. So every way in which
a hand can be played is one multiset of cards and the number of its orders, and the dealer goes on
from what that leaves. The result is integers over products of falling numbers.

Splits. Each hand is played by its own cards, so the cards may be thought of as dealt in any order:
the second cards of the split hands first, which decide how many hands there are. A hand whose
neighbours' second cards are known *not* to pair is found by inclusion and exclusion: without that
condition, less the cases where one of them does pair, and so on; a card that does pair is simply
gone from the shoe. The means of the hands then add up, though the hands are not independent.

The dealer's peek needs no conditional chances: hands count only where the hole card makes no
blackjack.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from math import comb, perm
from operator import itemgetter, mul
from typing import Final

from games.blackjack.hands import (
    ACE,
    DECKS,
    MAXIMUM_HANDS,
    TEN,
    TWENTY_ONE,
    dealer_draws,
    dealer_peeks,
    hand_payout,
    is_natural,
)
from games.blackjack.infinite_deck import VALUES, DealerRule, Holding, of
from games.blackjack.strategy import Play, play

Cards = tuple[int, ...]
"""How many cards of each value, from ace to ten."""
Ends = Counter[tuple[Cards, int, int]]
"""The orders in which a hand ends with (cards drawn after two, total, stake in units)."""

_BUST: Final = TWENTY_ONE + 1
_STAKE: Final = 2
"""Results are counted for a stake of 2, so that 3 to 2 is whole."""
_DEALER_TOTALS: Final = range(17, _BUST + 1)
_MOST_OF_ONE: Final = 22


def shoe_of(decks: int) -> Cards:
    """Return the cards of a full shoe."""
    return tuple(decks * (16 if value == TEN else 4) for value in VALUES)


SIX_DECKS: Final = shoe_of(DECKS)


def expected_net(
    shoe: Cards = SIX_DECKS, rule: DealerRule = dealer_draws, strategy: Play = play
) -> Fraction:
    """Return the expected net result of a round per initial stake, insurance declined.

    Exact, and takes some seconds. The shoe must be deep enough for every round.
    """
    return sum((expected_net_against(up, shoe, rule, strategy) for up in VALUES), start=Fraction(0))


def expected_net_against(
    up: int, shoe: Cards = SIX_DECKS, rule: DealerRule = dealer_draws, strategy: Play = play
) -> Fraction:
    """Return the part of `expected_net` that comes from one up-card, times that card's chance."""
    sums = _Sums(shoe)
    player = _Player(up, strategy)
    for one in VALUES:
        for other in VALUES:
            natural = is_natural(of(one, other).total, 2)
            _add_dealer_naturals(sums, (up, one, other), natural=natural)
            if natural:
                _add_natural(sums, (up, one, other))
            elif one == other and player.splits(one):
                player.add_split(one)
            else:
                player.add((), one, other, 1)
    _add_hands(sums, player, _dealer(up, rule))
    return sums.total() / _STAKE


def chance_of_hands(shoe: Cards = SIX_DECKS, strategy: Play = play) -> dict[int, Fraction]:
    """Return the chance that a round is played with two, three and four hands."""
    chances = dict.fromkeys(range(2, MAXIMUM_HANDS + 1), Fraction(0))
    for up in VALUES:
        player = _Player(up, strategy)
        for pair in VALUES:
            if not player.splits(pair):
                continue
            patterns = ((0, 0, 2),) if pair == ACE else split_patterns()
            for extra, settled, _ in patterns:
                sums = _Sums(shoe)
                for missing in range(settled + 1):
                    cards = (up, *(pair,) * (2 + extra + missing))
                    weight = comb(settled, missing) * (-1) ** missing
                    sums.add(cards, weight)
                    if dealer_peeks(up):
                        sums.add((*cards, _hole_of_natural(up)), -weight)
                chances[2 + extra] += sums.total()
    return chances


def split_patterns() -> Iterator[tuple[int, int, int]]:
    """Yield each course of a split: (pairs resplit, hands known not to pair, other hands).

    Hands take their second card from left to right, and a pair is split again while there are
    fewer than four hands. Once there are four, nothing is known of the second cards to come.
    """

    def course(hands: int, waiting: int, settled: int) -> Iterator[tuple[int, int, int]]:
        if hands == MAXIMUM_HANDS or not waiting:
            yield hands - 2, settled, waiting
            return
        yield from course(hands + 1, waiting + 1, settled)
        yield from course(hands, waiting - 1, settled + 1)

    yield from course(2, 2, 0)


def _hole_of_natural(up: int) -> int:
    """Return the hole card that makes a blackjack with an ace or a ten."""
    return TEN if up == ACE else ACE


def _count(cards: tuple[int, ...]) -> Cards:
    """Return how many of each value there are among these."""
    counts = [0] * TEN
    for value in cards:
        counts[value - 1] += 1
    return tuple(counts)


def _plus(one: Cards, other: Cards) -> Cards:
    """Return all these cards together."""
    return tuple([left + right for left, right in zip(one, other, strict=True)])


class _Sums:
    """Sums the chances of cards dealt from one full shoe."""

    def __init__(self, shoe: Cards) -> None:
        self.counts = shoe
        self._size = sum(self.counts)
        self.numerators: defaultdict[int, int] = defaultdict(int)
        """In how many ways, weighted, by how many cards are dealt."""

    def ways(self, cards: Cards) -> int:
        """Return in how many ways these cards can be dealt in one given order."""
        ways = 1
        for have, want in zip(self.counts, cards, strict=True):
            if want:
                ways *= perm(have, want)
        return ways

    def add(self, values: tuple[int, ...], weight: int) -> None:
        """Add the chance of these cards in this order, times a weight."""
        self.numerators[len(values)] += weight * self.ways(_count(values))

    def total(self) -> Fraction:
        """Return the sum."""
        longest = max((length for length, ways in self.numerators.items() if ways), default=0)
        whole = sum(
            numerator * perm(self._size - length, longest - length)
            for length, numerator in self.numerators.items()
            if numerator
        )
        return Fraction(whole, perm(self._size, longest))


class _Player:
    """Collects every way in which the hands of a seat can end against one up-card."""

    def __init__(self, up: int, strategy: Play) -> None:
        self.up = up
        self._strategy = strategy
        self.weights: defaultdict[Cards, defaultdict[int, int]] = defaultdict(
            lambda: defaultdict(int)
        )
        """By cards gone from the shoe and final total: orders times stake, signs of exclusion."""

    def splits(self, value: int) -> bool:
        """Tell whether the strategy splits two cards of this value."""
        hand = of(value, value)
        action = self._strategy(hand.total, hand.soft, self.up, value, True, True)
        return action == "split"

    def add(self, gone: tuple[int, ...], one: int, other: int, weight: int) -> None:
        """Add a hand of two cards; `gone` are cards that the seat's other hands have taken."""
        base = _count((self.up, one, other, *gone))
        for (drawn, total, stake), orders in _ends(one, other, self.up, self._strategy).items():
            self.weights[_plus(base, drawn)][total] += weight * orders * stake

    def add_split(self, pair: int) -> None:
        """Add a split pair with every hand that comes of it."""
        if pair == ACE:
            for value in VALUES:
                self.weights[_count((self.up, ACE, ACE, value))][of(ACE, value).total] += 2
            return
        for extra, settled, free in split_patterns():
            for missing in range(settled + 1):
                sign = (-1) ** missing
                gone = (pair,) * (1 + extra + missing)
                for value in VALUES:
                    weight = free * comb(settled, missing)
                    if value != pair and settled:
                        weight += settled * comb(settled - 1, missing)
                    if weight:
                        self.add(gone, pair, value, sign * weight)


@cache
def _ends(one: int, other: int, up: int, strategy: Play) -> Ends:
    """Return every end of two cards that are not split."""
    ends: Ends = Counter()

    def go_on(hand: Holding, drawn: tuple[int, ...]) -> None:
        total = hand.total
        action = "stand"
        if total < TWENTY_ONE:
            action = strategy(total, hand.soft, up, 0, not drawn, False)
        if action == "stand":
            ends[_count(drawn), min(total, _BUST), 1] += 1
        elif action == "double":
            for value in VALUES:
                ends[_count((value,)), min(hand.plus(value).total, _BUST), 2] += 1
        else:
            for value in VALUES:
                go_on(hand.plus(value), (*drawn, value))

    go_on(of(one, other), ())
    return ends


class _Dealer:
    """Every way in which the dealer can go on from one up-card, blackjacks left out.

    The multisets are the leaves of a tree whose edges add all cards of one value, in order of
    value, so that products over common beginnings are made once.
    """

    def __init__(self, up: int, rule: DealerRule) -> None:
        found: Counter[tuple[tuple[int, ...], int]] = Counter()

        def draw(hand: Holding, taken: tuple[int, ...]) -> None:
            total = hand.total
            if dealer_peeks(up) and is_natural(total, len(taken) + 1):
                return
            if rule(total, hand.soft):
                for value in VALUES:
                    draw(hand.plus(value), (*taken, value))
            else:
                found[tuple(sorted(taken)), min(total, _BUST)] += 1

        draw(of(up), ())
        nodes: dict[tuple[tuple[int, int], ...], int] = {(): 0}
        self._edges: list[tuple[int, int]] = []
        groups: defaultdict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        for (taken, total), orders in found.items():
            counts = tuple(sorted(Counter(taken).items()))
            for depth in range(1, len(counts) + 1):
                if counts[:depth] not in nodes:
                    nodes[counts[:depth]] = len(nodes)
                    value, count = counts[depth - 1]
                    parent = nodes[counts[: depth - 1]]
                    self._edges.append((parent, (value - 1) * _MOST_OF_ONE + count))
            groups[len(taken), total].append((nodes[counts], orders))
        self._groups = [
            (length, total, itemgetter(*[node for node, _ in leaves], 0), [n for _, n in leaves])
            for (length, total), leaves in groups.items()
        ]

    def ways(self, left: list[int]) -> list[tuple[int, int, int]]:
        """Return (cards taken, final total, ways) from a shoe of which this is left."""
        table: list[int] = []
        for have in left:
            table.extend(_falling(have))
        products = [1]
        for parent, slot in self._edges:
            products.append(products[parent] * table[slot])
        return [
            (length, total, sum(map(mul, orders, pick(products))))
            for length, total, pick, orders in self._groups
        ]


@cache
def _dealer(up: int, rule: DealerRule) -> _Dealer:
    """Return the dealer's tree; it is the same for every shoe."""
    return _Dealer(up, rule)


@cache
def _falling(have: int) -> tuple[int, ...]:
    """Return in how many ways 0, 1, 2, ... of so many cards can be dealt in order."""
    return tuple(perm(have, count) for count in range(_MOST_OF_ONE))


def _add_dealer_naturals(sums: _Sums, dealt: tuple[int, ...], *, natural: bool) -> None:
    """Add a start of a round where the dealer has blackjack: one stake lost, or a push."""
    if dealer_peeks(dealt[0]):
        payout = hand_payout(
            _STAKE, 0, natural=natural, dealer_total=TWENTY_ONE, dealer_natural=True
        )
        sums.add((*dealt, _hole_of_natural(dealt[0])), payout - _STAKE)


def _add_natural(sums: _Sums, dealt: tuple[int, ...]) -> None:
    """Add a player's blackjack where the dealer has none."""
    payout = hand_payout(_STAKE, TWENTY_ONE, natural=True, dealer_total=0, dealer_natural=False)
    sums.add(dealt, payout - _STAKE)
    if dealer_peeks(dealt[0]):
        sums.add((*dealt, _hole_of_natural(dealt[0])), _STAKE - payout)


def _add_hands(sums: _Sums, player: _Player, dealer: _Dealer) -> None:
    """Add every end of the player's hands against every end of the dealer's."""
    hole = _hole_of_natural(player.up) if dealer_peeks(player.up) else None
    for cards, totals in player.weights.items():
        ways = sums.ways(cards)
        if not ways:
            continue
        length = sum(cards)
        left = [have - gone for have, gone in zip(sums.counts, cards, strict=True)]
        bust = _STAKE * ways * totals.pop(_BUST, 0)
        if bust:
            sums.numerators[length] -= bust
            if hole is not None:
                sums.numerators[length + 1] += bust * left[hole - 1]
        if not totals:
            continue
        results = {
            dealer_total: sum(
                weight * _result(total, dealer_total) for total, weight in totals.items()
            )
            for dealer_total in _DEALER_TOTALS
        }
        for taken, dealer_total, dealer_ways in dealer.ways(left):
            sums.numerators[length + taken] += ways * results[dealer_total] * dealer_ways


@cache
def _result(total: int, dealer_total: int) -> int:
    """Return what a hand with a stake of `_STAKE` wins."""
    payout = hand_payout(
        _STAKE, total, natural=False, dealer_total=dealer_total, dealer_natural=False
    )
    return payout - _STAKE
