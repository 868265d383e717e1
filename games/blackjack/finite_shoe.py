"""The exact return of a strategy from a finite shoe, under any rules, splits included.

The chance of a given sequence of cards depends only on which cards it holds. So every way in which
a hand can be played is one multiset of cards and the number of its orders, and the dealer goes on
from what that leaves. The results are integers over products of falling numbers.

Rounds without a split come with their whole law. Splits: each hand is played by its own cards, so
the cards may be thought of as dealt in any order: the second cards of the split hands first, which
decide how many hands there are. A hand whose neighbours' second cards are known *not* to pair is
found by inclusion and exclusion: without that condition, less the cases where one of them does
pair, and so on; a card that does pair is simply gone from the shoe. The means of the hands then add
up, though the hands are not independent; so of splits the mean is exact, and their joint law is
left to `games.analysis.blackjack`.

The dealer's peek needs no conditional chances: hands count only where the hole card makes no
blackjack. Without a hole card, such a card takes everything that was put in. Insurance is declined.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from math import comb, perm
from operator import itemgetter, mul
from typing import Final, NamedTuple

from games.blackjack.charts import SIX_DECKS, Play
from games.blackjack.hands import ACE, TEN, TWENTY_ONE, dealer_draws, dealer_peeks, is_natural
from games.blackjack.infinite_deck import (
    BUST,
    DEALER_NATURAL,
    SURRENDERED,
    UNIT,
    VALUES,
    Holding,
    Result,
    may_double,
    may_resplit,
    net,
    of,
    one_card_only,
)
from games.blackjack.options import STANDARD, Rules

Cards = tuple[int, ...]
"""How many cards of each value, from ace to ten."""
Ends = Counter[tuple[Cards, int, int]]
"""The orders in which a hand ends with (cards drawn after two, total, stakes put in)."""
Measure = dict[Result, Fraction]
"""The chance of each result, or the mean number of hands with it."""

_MOST_OF_ONE: Final = 22


class FiniteReturn(NamedTuple):
    """What is exact of a strategy against one up-card; chances include that of the up-card."""

    unsplit: Measure
    """The law of rounds that end without a split."""
    split_net: Fraction
    """The part of the expected net result, per initial stake, that comes from split pairs."""

    @property
    def expected_net(self) -> Fraction:
        """The part of the expected net result that comes from this up-card."""
        return _mean(self.unsplit) + self.split_net


def shoe_of(rules: Rules) -> Cards:
    """Return the cards of a full shoe. Raises ValueError for an infinite deck."""
    if rules.decks is None:
        raise ValueError("an infinite deck has no shoe")
    return tuple(rules.decks * (16 if value == TEN else 4) for value in VALUES)


def expected_net(
    rules: Rules = STANDARD, strategy: Play = SIX_DECKS, shoe: Cards | None = None
) -> Fraction:
    """Return the expected net result of a round per initial stake, insurance declined.

    Exact, and takes some seconds. The shoe must be deep enough for every round.
    """
    parts = (finite_return(up, rules, strategy, shoe).expected_net for up in VALUES)
    return sum(parts, start=Fraction(0))


def finite_return(
    up: int, rules: Rules = STANDARD, strategy: Play = SIX_DECKS, shoe: Cards | None = None
) -> FiniteReturn:
    """Return what is exact against one up-card, times that card's chance."""
    shoe = shoe_of(rules) if shoe is None else shoe
    sums = _Sums(shoe)
    whole = _Player(up, rules, strategy)
    split = _Player(up, rules, strategy)
    for one in VALUES:
        for other in VALUES:
            natural = is_natural(of(one, other).total, 2)
            if natural:
                _add_natural(sums, (up, one, other), rules)
                continue
            if rules.peek and dealer_peeks(up):
                sums.add((-UNIT, 1), (up, one, other, _hole_of_natural(up)), 1)
            if one == other and whole.splits(one):
                split.add_split(one)
            else:
                whole.add(one, other)
    dealer = _dealer(up, rules.hits_soft_17)
    _add_hands(sums, whole, dealer)
    of_split = _Sums(shoe)
    _add_hands(of_split, split, dealer)
    return FiniteReturn(sums.totals(), _mean(of_split.totals()))


def _mean(measure: Measure) -> Fraction:
    return sum((won * chance for (won, _), chance in measure.items()), Fraction(0)) / UNIT


Pattern = tuple[int, int, int]
"""One course of a split: (pairs resplit, hands known not to pair, other hands)."""


def chance_of_patterns(
    up: int,
    rules: Rules = STANDARD,
    strategy: Play = SIX_DECKS,
    shoe: Cards | None = None,
) -> dict[tuple[int, Pattern], Fraction]:
    """Return the chance of each (pair, course of a split) with this up-card.

    Courses of one kind are added up. Where the dealer peeks, the dealer has no blackjack there.
    """
    shoe = shoe_of(rules) if shoe is None else shoe
    chances: defaultdict[tuple[int, Pattern], Fraction] = defaultdict(Fraction)
    player = _Player(up, rules, strategy)
    for pair in VALUES:
        if not player.splits(pair):
            continue
        for pattern in split_patterns(pair, rules):
            extra, settled, _ = pattern
            sums = _Sums(shoe)
            for missing in range(settled + 1):
                cards = (up, *(pair,) * (2 + extra + missing))
                weight = comb(settled, missing) * (-1) ** missing
                sums.add((0, 1), cards, weight)
                if rules.peek and dealer_peeks(up):
                    sums.add((0, 1), (*cards, _hole_of_natural(up)), -weight)
            chances[pair, pattern] += sums.totals().get((0, 1), Fraction(0))
    return dict(chances)


def chance_of_hands(
    rules: Rules = STANDARD, strategy: Play = SIX_DECKS, shoe: Cards | None = None
) -> dict[int, Fraction]:
    """Return the chance that a round is played with two, three and four hands."""
    chances = dict.fromkeys(range(2, rules.maximum_hands + 1), Fraction(0))
    for up in VALUES:
        for (_, (extra, _, _)), chance in chance_of_patterns(up, rules, strategy, shoe).items():
            chances[2 + extra] += chance
    return chances


def split_patterns(pair: int, rules: Rules = STANDARD) -> Iterator[Pattern]:
    """Yield each course of a split.

    Hands take their second card from left to right, and a pair is split again while there are
    fewer hands than allowed. Once there are that many, nothing is known of second cards to come.
    """
    maximum = rules.maximum_hands if may_resplit(pair, rules) else 2

    def course(hands: int, waiting: int, settled: int) -> Iterator[Pattern]:
        if hands == maximum or not waiting:
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
    """Sums the chances of results from cards dealt from one full shoe."""

    def __init__(self, shoe: Cards) -> None:
        self.counts = shoe
        self._size = sum(self.counts)
        self.numerators: defaultdict[Result, defaultdict[int, int]] = defaultdict(
            lambda: defaultdict(int)
        )
        """By result: in how many ways, weighted, by how many cards are dealt."""

    def ways(self, cards: Cards) -> int:
        """Return in how many ways these cards can be dealt in one given order."""
        ways = 1
        for have, want in zip(self.counts, cards, strict=True):
            if want:
                ways *= perm(have, want)
        return ways

    def add(self, result: Result, values: tuple[int, ...], weight: int) -> None:
        """Add the chance of these cards in this order, times a weight."""
        self.numerators[result][len(values)] += weight * self.ways(_count(values))

    def totals(self) -> Measure:
        """Return the sum of each result."""
        measure = {result: self._total(self.numerators[result]) for result in self.numerators}
        return {result: measure[result] for result in sorted(measure) if measure[result]}

    def _total(self, numerators: dict[int, int]) -> Fraction:
        longest = max((length for length, ways in numerators.items() if ways), default=0)
        whole = sum(
            numerator * perm(self._size - length, longest - length)
            for length, numerator in numerators.items()
            if numerator
        )
        return Fraction(whole, perm(self._size, longest))


class _Player:
    """Collects every way in which the hands of a seat can end against one up-card."""

    def __init__(self, up: int, rules: Rules, strategy: Play) -> None:
        self.up = up
        self.rules = rules
        self._strategy = strategy
        self.weights: defaultdict[Cards, defaultdict[tuple[int, int], int]] = defaultdict(
            lambda: defaultdict(int)
        )
        """By cards gone from the shoe and (final total, stakes): orders, signs of exclusion."""

    def splits(self, value: int) -> bool:
        """Tell whether the strategy splits two cards of this value."""
        if self.rules.maximum_hands < 2:
            return False
        hand = of(value, value)
        double = may_double(hand, self.rules)
        surrender = self.rules.surrender
        action = self._strategy(hand.total, hand.soft, self.up, value, double, True, surrender)
        return action == "split"

    def add(self, one: int, other: int) -> None:
        """Add the two cards of a seat that does not split them."""
        self._add((), one, other, 1, _ends(one, other, self.up, self.rules, self._strategy, False))

    def _add(self, gone: tuple[int, ...], one: int, other: int, weight: int, ends: Ends) -> None:
        """Add a hand of two cards; `gone` are cards that the seat's other hands have taken."""
        base = _count((self.up, one, other, *gone))
        for (drawn, total, stakes), orders in ends.items():
            self.weights[_plus(base, drawn)][total, stakes] += weight * orders

    def add_split(self, pair: int) -> None:
        """Add a split pair with every hand that comes of it."""
        for extra, settled, free in split_patterns(pair, self.rules):
            for missing in range(settled + 1):
                sign = (-1) ** missing
                gone = (pair,) * (1 + extra + missing)
                for value in VALUES:
                    weight = free * comb(settled, missing)
                    if value != pair and settled:
                        weight += settled * comb(settled - 1, missing)
                    if weight:
                        ends = _ends(pair, value, self.up, self.rules, self._strategy, True)
                        self._add(gone, pair, value, sign * weight, ends)


@cache
def _ends(
    one: int,
    other: int,
    up: int,
    rules: Rules,
    strategy: Play,
    from_split: bool,  # noqa: FBT001 - a part of the cache's key
) -> Ends:
    """Return every end of two cards that are not split, or not split again."""
    ends: Ends = Counter()
    if from_split and one_card_only(one, rules):
        ends[_count(()), of(one, other).total, 1] = 1
        return ends

    def go_on(hand: Holding, drawn: tuple[int, ...]) -> None:
        total = hand.total
        action = "stand"
        if total < TWENTY_ONE:
            double = not drawn and may_double(hand, rules, from_split=from_split)
            surrender = rules.surrender and not (drawn or from_split)
            action = strategy(total, hand.soft, up, 0, double, False, surrender)
        if action == "stand":
            ends[_count(drawn), min(total, BUST), 1] += 1
        elif action == "surrender":
            ends[_count(drawn), SURRENDERED, 1] += 1
        elif action == "double":
            for value in VALUES:
                ends[_count((value,)), min(hand.plus(value).total, BUST), 2] += 1
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

    def __init__(self, up: int, *, hits_soft_17: bool) -> None:
        found: Counter[tuple[tuple[int, ...], int]] = Counter()

        def draw(hand: Holding, taken: tuple[int, ...]) -> None:
            total = hand.total
            if dealer_peeks(up) and is_natural(total, len(taken) + 1):
                return
            if dealer_draws(total, hand.soft, hits_soft_17=hits_soft_17):
                for value in VALUES:
                    draw(hand.plus(value), (*taken, value))
            else:
                found[tuple(sorted(taken)), min(total, BUST)] += 1

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
def _dealer(up: int, hits_soft_17: bool) -> _Dealer:  # noqa: FBT001 - a part of the cache's key
    """Return the dealer's tree; it is the same for every shoe."""
    return _Dealer(up, hits_soft_17=hits_soft_17)


@cache
def _falling(have: int) -> tuple[int, ...]:
    """Return in how many ways 0, 1, 2, ... of so many cards can be dealt in order."""
    return tuple(perm(have, count) for count in range(_MOST_OF_ONE))


def _add_natural(sums: _Sums, dealt: tuple[int, ...], rules: Rules) -> None:
    """Add a player's blackjack: it wins, or pushes against the dealer's."""
    won = net(TWENTY_ONE, 0, natural=True, pays=rules.natural)
    sums.add((won, 1), dealt, 1)
    if dealer_peeks(dealt[0]):
        both = (*dealt, _hole_of_natural(dealt[0]))
        sums.add((won, 1), both, -1)
        sums.add((net(TWENTY_ONE, DEALER_NATURAL, natural=True), 1), both, 1)


def _add_hands(sums: _Sums, player: _Player, dealer: _Dealer) -> None:
    """Add every end of the player's hands against every end of the dealer's."""
    hole = _hole_of_natural(player.up) if dealer_peeks(player.up) else None
    peek = player.rules.peek
    numerators = sums.numerators
    for cards, ends in player.weights.items():
        ways = sums.ways(cards)
        if not ways:
            continue
        length = sum(cards)
        left = [have - gone for have, gone in zip(sums.counts, cards, strict=True)]
        naturals = 0 if hole is None else left[hole - 1]
        standing = []
        for (total, stakes), orders in ends.items():
            if not orders:
                continue
            weight = ways * orders
            if total in (BUST, SURRENDERED):
                result = (stakes * net(total, 0), stakes)
                numerators[result][length] += weight
                numerators[result][length + 1] -= weight * naturals
            else:
                standing.append((total, stakes, weight))
            if not peek and naturals:
                lost = (stakes * net(total, DEALER_NATURAL), stakes)
                numerators[lost][length + 1] += weight * naturals
        if not standing:
            continue
        for taken, dealer_total, dealer_ways in dealer.ways(left):
            for total, stakes, weight in standing:
                result = (stakes * _won(total, dealer_total), stakes)
                numerators[result][length + taken] += weight * dealer_ways


@cache
def _won(total: int, dealer_total: int) -> int:
    """Return what a hand wins in tenths of its stake."""
    return net(total, dealer_total)
