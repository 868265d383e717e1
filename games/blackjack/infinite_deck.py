"""Exact mathematics of these rules with an infinite deck, where every card leaves the rest as is.

Two computations that share the live rules' hand values, dealer's rule and payouts:

- `Optimal` finds the best play of every hand by recursion, and with it the least house edge;
- `distribution` gives every result of basic strategy with its probability, so variance and hit
  frequency too. Given up-card and dealer's total, hands are independent, splits included.

All numbers are fractions. Results are per unit of initial stake, insurance declined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cache
from typing import Final, NamedTuple

from games.blackjack.hands import (
    ACE,
    MAXIMUM_HANDS,
    TEN,
    TWENTY_ONE,
    best_total,
    dealer_draws,
    dealer_peeks,
    hand_payout,
    is_natural,
)
from games.blackjack.strategy import Play, play

DealerRule = Callable[[int, bool], bool]
"""Whether the dealer draws on (total, soft)."""

VALUES: Final = range(ACE, TEN + 1)
CHANCE: Final = {value: Fraction(4 if value == TEN else 1, 13) for value in VALUES}
_ZERO: Final = Fraction(0)
_BUST: Final = TWENTY_ONE + 1
"""Stands for every total above 21."""


class Holding(NamedTuple):
    """A hand as far as an infinite deck cares."""

    hard: int
    ace: bool

    def plus(self, value: int) -> Holding:
        """Return the hand with one more card."""
        return Holding(self.hard + value, self.ace or value == ACE)

    @property
    def total(self) -> int:
        """The hand's total."""
        return best_total(self.hard, ace=self.ace)[0]

    @property
    def soft(self) -> bool:
        """Whether an ace counts eleven."""
        return best_total(self.hard, ace=self.ace)[1]


def of(*values: int) -> Holding:
    """Return the hand of these cards."""
    return Holding(sum(values), ACE in values)


@cache
def dealer_totals(up: int, rule: DealerRule = dealer_draws) -> Mapping[int, Fraction]:
    """Return the chance of each final total of the dealer who has no blackjack; 22 is bust."""
    totals: defaultdict[int, Fraction] = defaultdict(Fraction)
    for hole in VALUES:
        hand = of(up, hole)
        if dealer_peeks(up) and is_natural(hand.total, 2):
            continue
        for total, chance in _dealer_from(hand, rule).items():
            totals[total] += CHANCE[hole] * chance
    no_natural = sum(totals.values())
    return {total: chance / no_natural for total, chance in totals.items()}


@cache
def _dealer_from(hand: Holding, rule: DealerRule) -> Mapping[int, Fraction]:
    """Return the chance of each final total of a dealer who holds this."""
    if not rule(hand.total, hand.soft):
        return {min(hand.total, _BUST): Fraction(1)}
    totals: defaultdict[int, Fraction] = defaultdict(Fraction)
    for value in VALUES:
        for total, chance in _dealer_from(hand.plus(value), rule).items():
            totals[total] += CHANCE[value] * chance
    return dict(totals)


def chance_of_dealer_natural(up: int) -> Fraction:
    """Return the chance that the hole card makes a blackjack."""
    return {ACE: CHANCE[TEN], TEN: CHANCE[ACE]}.get(up, _ZERO)


def net(total: int, dealer_total: int, *, natural: bool = False) -> Fraction:
    """Return what a hand wins per unit staked on it, against a dealer without blackjack."""
    back = hand_payout(2, total, natural=natural, dealer_total=dealer_total, dealer_natural=False)
    return Fraction(back - 2, 2)


class Optimal:
    """Best play against one up-card; every value is given that the dealer has no blackjack."""

    def __init__(self, up: int, rule: DealerRule = dealer_draws) -> None:
        self._dealer = dealer_totals(up, rule)
        self._stand: dict[int, Fraction] = {}
        self._hit: dict[Holding, Fraction] = {}
        self._split: dict[tuple[int, int, int], Fraction] = {}

    def stand(self, hand: Holding) -> Fraction:
        """Return the value of standing."""
        total = hand.total
        if total not in self._stand:
            self._stand[total] = sum(
                (chance * net(total, dealer) for dealer, chance in self._dealer.items()), _ZERO
            )
        return self._stand[total]

    def hit(self, hand: Holding) -> Fraction:
        """Return the value of a card, then hitting or standing, whichever is better."""
        if hand not in self._hit:
            value = _ZERO
            for card in VALUES:
                new = hand.plus(card)
                value += CHANCE[card] * self._after_hit(new)
            self._hit[hand] = value
        return self._hit[hand]

    def _after_hit(self, hand: Holding) -> Fraction:
        if hand.total > TWENTY_ONE:
            return Fraction(-1)
        if hand.total == TWENTY_ONE:
            return self.stand(hand)
        return max(self.stand(hand), self.hit(hand))

    def double(self, hand: Holding) -> Fraction:
        """Return the value of a double, per unit of the stake before it."""
        return 2 * sum((CHANCE[card] * self.stand(hand.plus(card)) for card in VALUES), _ZERO)

    def two_cards(self, hand: Holding) -> Fraction:
        """Return the value of two cards that are not split, blackjacks aside."""
        if hand.total == TWENTY_ONE:
            return self.stand(hand)
        return max(self.stand(hand), self.hit(hand), self.double(hand))

    def split(self, pair: int) -> Fraction:
        """Return the value of splitting a pair, resplitting up to four hands where it pays."""
        if pair == ACE:
            return 2 * sum((CHANCE[card] * self.stand(of(ACE, card)) for card in VALUES), _ZERO)
        return self._split_from(pair, hands=2, waiting=2)

    def _split_from(self, pair: int, hands: int, waiting: int) -> Fraction:
        """Return the value of the hands that still wait for a second card."""
        if waiting == 0:
            return _ZERO
        key = (pair, hands, waiting)
        if key not in self._split:
            rest = self._split_from(pair, hands, waiting - 1)
            value = _ZERO
            for card in VALUES:
                best = self.two_cards(of(pair, card)) + rest
                if card == pair and hands < MAXIMUM_HANDS:
                    best = max(best, self._split_from(pair, hands + 1, waiting + 1))
                value += CHANCE[card] * best
            self._split[key] = value
        return self._split[key]


def optimal_edge(rule: DealerRule = dealer_draws) -> Fraction:
    """Return the house edge against the best play, per initial stake, ties counted."""
    expected = _ZERO
    for up in VALUES:
        optimal = Optimal(up, rule)
        dealer_natural = chance_of_dealer_natural(up)
        for one in VALUES:
            for other in VALUES:
                hand = of(one, other)
                if is_natural(hand.total, 2):
                    value = (1 - dealer_natural) * net(hand.total, 0, natural=True)
                else:
                    best = optimal.two_cards(hand)
                    if one == other:
                        best = max(best, optimal.split(one))
                    value = (1 - dealer_natural) * best - dealer_natural
                expected += CHANCE[up] * CHANCE[one] * CHANCE[other] * value
    return -expected


Spread = dict[Fraction, Fraction]
"""A distribution: the chance of each net result, in units of the initial stake."""


@cache
def _finals(
    hand: Holding, up: int, strategy: Play, *, two: bool = True
) -> dict[tuple[int, int], Fraction]:
    """Return the chance of each (final total, stake in units) of a hand that is not split."""
    total = hand.total
    if total >= TWENTY_ONE:
        return {(min(total, _BUST), 1): Fraction(1)}
    action = strategy(total, hand.soft, up, 0, two, False)
    if action == "stand":
        return {(total, 1): Fraction(1)}
    finals: defaultdict[tuple[int, int], Fraction] = defaultdict(Fraction)
    for card in VALUES:
        new = hand.plus(card)
        if action == "double":
            finals[min(new.total, _BUST), 2] += CHANCE[card]
        else:
            for final, chance in _finals(new, up, strategy, two=False).items():
                finals[final] += CHANCE[card] * chance
    return dict(finals)


def _against(finals: dict[tuple[int, int], Fraction], dealer_total: int) -> Spread:
    """Return the results of a hand's finals against one dealer's total."""
    spread: defaultdict[Fraction, Fraction] = defaultdict(Fraction)
    for (total, units), chance in finals.items():
        spread[units * net(total, dealer_total)] += chance
    return dict(spread)


def _both(one: Spread, other: Spread) -> Spread:
    """Return the distribution of the sum of two independent results."""
    spread: defaultdict[Fraction, Fraction] = defaultdict(Fraction)
    for left, chance in one.items():
        for right, other_chance in other.items():
            spread[left + right] += chance * other_chance
    return dict(spread)


def _mixed(parts: Iterable[tuple[Fraction, Spread]]) -> Spread:
    """Return the distribution that is each of these with its chance."""
    spread: defaultdict[Fraction, Fraction] = defaultdict(Fraction)
    for weight, part in parts:
        for result, chance in part.items():
            spread[result] += weight * chance
    return dict(spread)


def _split_spread(pair: int, up: int, dealer_total: int, strategy: Play) -> Spread:
    """Return the results of a split pair under basic strategy against one dealer's total."""
    if pair == ACE:
        one_card = _mixed(
            (CHANCE[card], {net(of(ACE, card).total, dealer_total): Fraction(1)}) for card in VALUES
        )
        return _both(one_card, one_card)
    singles = {
        card: _against(_finals(of(pair, card), up, strategy), dealer_total) for card in VALUES
    }
    settled = _mixed((CHANCE[card], singles[card]) for card in VALUES if card != pair)

    def waiting_hands(hands: int, waiting: int) -> Spread:
        if waiting == 0:
            return {_ZERO: Fraction(1)}
        rest = waiting_hands(hands, waiting - 1)
        if hands < MAXIMUM_HANDS:
            paired = waiting_hands(hands + 1, waiting + 1)
        else:
            paired = _both(singles[pair], rest)
        return _mixed([(Fraction(1), _both(settled, rest)), (CHANCE[pair], paired)])

    return waiting_hands(2, 2)


def distribution(rule: DealerRule = dealer_draws, strategy: Play = play) -> Spread:
    """Return the chance of each net result of a round under a fixed strategy."""
    spread: defaultdict[Fraction, Fraction] = defaultdict(Fraction)
    for up in VALUES:
        dealer_natural = chance_of_dealer_natural(up)
        for one in VALUES:
            for other in VALUES:
                chance = CHANCE[up] * CHANCE[one] * CHANCE[other]
                hand = of(one, other)
                natural = is_natural(hand.total, 2)
                spread[Fraction(0 if natural else -1)] += chance * dealer_natural
                open_chance = chance * (1 - dealer_natural)
                if natural:
                    spread[net(hand.total, 0, natural=True)] += open_chance
                    continue
                splits = (
                    one == other and strategy(hand.total, hand.soft, up, one, True, True) == "split"
                )
                for dealer_total, dealer_chance in dealer_totals(up, rule).items():
                    results = (
                        _split_spread(one, up, dealer_total, strategy)
                        if splits
                        else _against(_finals(hand, up, strategy), dealer_total)
                    )
                    for result, result_chance in results.items():
                        spread[result] += open_chance * dealer_chance * result_chance
    return {result: spread[result] for result in sorted(spread) if spread[result]}


def mean(spread: Spread) -> Fraction:
    """Return the expected net result."""
    return sum((result * chance for result, chance in spread.items()), _ZERO)


def variance(spread: Spread) -> Fraction:
    """Return the variance of the net result."""
    squares = sum((result * result * chance for result, chance in spread.items()), _ZERO)
    return squares - mean(spread) ** 2
