"""Exact mathematics where every card leaves the chances of the rest as they are.

Two computations that share the live rules' hand values, dealer's rule and payouts:

- `Optimal` finds the best play of every hand by recursion, and with it the least house edge;
- `Course` and `law` give every result of a fixed strategy with its probability. Given up-card and
  dealer's total, hands are independent, splits included.

With the chances of an infinite deck and fractions everything is exact. Other chances serve
`games.analysis.blackjack`, which approximates finite shoes. Insurance is declined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias

from games.blackjack.charts import Play
from games.blackjack.hands import (
    ACE,
    TEN,
    TWENTY_ONE,
    best_total,
    dealer_draws,
    dealer_peeks,
    hand_payout,
    is_natural,
    surrender_payout,
)
from games.blackjack.options import STANDARD, Natural, Rules

Number: TypeAlias = Fraction | float
"""A probability or a value: a fraction where the result is to be exact."""
Chances: TypeAlias = Mapping[int, Number]
"""The chance of each card value."""

VALUES: Final = range(ACE, TEN + 1)
CHANCE: Final[Chances] = {value: Fraction(4 if value == TEN else 1, 13) for value in VALUES}
"""An infinite deck."""
BUST: Final = TWENTY_ONE + 1
"""Stands for every total above 21."""
DEALER_NATURAL: Final = BUST + 1
"""Stands for a dealer's blackjack that is found only after the players (no hole card)."""
SURRENDERED: Final = 0
"""Stands for the total of a surrendered hand."""
UNIT: Final = 10
"""The initial stake in which results are counted, so that 3:2, 6:5 and a half of it are whole."""

Result = tuple[int, int]
"""(net result in tenths of the initial stake, initial stakes put in)."""
Law = dict[Result, Number]
"""A distribution of results. All was lost where the net result is minus everything put in."""


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


def dealer_totals(
    up: int, rules: Rules = STANDARD, chances: Chances = CHANCE
) -> Mapping[int, Number]:
    """Return the chance of each final total of the dealer.

    22 is bust. Where the dealer peeks, given that there is no blackjack; else `DEALER_NATURAL`
    stands for one.
    """
    known: dict[Holding, Mapping[int, Number]] = {}

    def from_here(hand: Holding) -> Mapping[int, Number]:
        if not dealer_draws(hand.total, hand.soft, hits_soft_17=rules.hits_soft_17):
            return {min(hand.total, BUST): Fraction(1)}
        if hand not in known:
            totals: defaultdict[int, Number] = defaultdict(Fraction)
            for value in VALUES:
                for total, chance in from_here(hand.plus(value)).items():
                    totals[total] += chances[value] * chance
            known[hand] = totals
        return known[hand]

    totals: defaultdict[int, Number] = defaultdict(Fraction)
    for hole in VALUES:
        hand = of(up, hole)
        if is_natural(hand.total, 2):
            if not rules.peek:
                totals[DEALER_NATURAL] += chances[hole]
            continue
        for total, chance in from_here(hand).items():
            totals[total] += chances[hole] * chance
    all_of_it = sum(totals.values(), Fraction(0))
    return {total: chance / all_of_it for total, chance in totals.items()}


def chance_of_dealer_natural(up: int, chances: Chances = CHANCE) -> Number:
    """Return the chance that the hole card makes a blackjack."""
    return chances[TEN if up == ACE else ACE] if dealer_peeks(up) else Fraction(0)


def net(
    total: int,
    dealer_total: int,
    *,
    natural: bool = False,
    pays: Natural = Natural.THREE_TO_TWO,
) -> int:
    """Return what a hand wins, in tenths of the stake on it."""
    dealer_natural = dealer_total == DEALER_NATURAL
    if total == SURRENDERED:
        return surrender_payout(UNIT, dealer_natural=dealer_natural) - UNIT
    back = hand_payout(
        UNIT,
        total,
        natural=natural,
        dealer_total=dealer_total,
        dealer_natural=dealer_natural,
        pays=pays,
    )
    return back - UNIT


def may_double(hand: Holding, rules: Rules, *, from_split: bool = False) -> bool:
    """Tell whether two cards may be doubled."""
    allowed = rules.double_after_split or not from_split
    return allowed and rules.double_on.allows(hand.total, soft=hand.soft)


def one_card_only(pair: int, rules: Rules) -> bool:
    """Tell whether halves of this pair take one card and stand."""
    return pair == ACE and not rules.hit_split_aces


def may_resplit(pair: int, rules: Rules) -> bool:
    """Tell whether this pair may be split more than once, as far as there are hands left."""
    return pair != ACE or rules.resplit_aces


class Optimal:
    """Best play against one up-card, in units of the initial stake.

    Where the dealer peeks, every value is given that the dealer has no blackjack.
    """

    def __init__(self, up: int, rules: Rules = STANDARD, chances: Chances = CHANCE) -> None:
        self._rules = rules
        self._chances = chances
        self._dealer = dealer_totals(up, rules, chances)
        self._stand: dict[int, Number] = {}
        self._hit: dict[Holding, Number] = {}
        self._split: dict[tuple[int, int, int], Number] = {}

    def stand(self, hand: Holding) -> Number:
        """Return the value of standing."""
        return self._against(hand.total)

    def surrender(self) -> Number:
        """Return the value of surrendering the first two cards."""
        return self._against(SURRENDERED)

    def _against(self, total: int) -> Number:
        total = min(total, BUST)
        if total not in self._stand:
            value: Number = Fraction(0)
            for dealer, chance in self._dealer.items():
                value += chance * net(total, dealer)
            self._stand[total] = value / UNIT
        return self._stand[total]

    def natural(self) -> Number:
        """Return the value of a blackjack."""
        value: Number = Fraction(0)
        for dealer, chance in self._dealer.items():
            value += chance * net(TWENTY_ONE, dealer, natural=True, pays=self._rules.natural)
        return value / UNIT

    def hit(self, hand: Holding) -> Number:
        """Return the value of a card, then hitting or standing, whichever is better."""
        if hand not in self._hit:
            value: Number = Fraction(0)
            for card in VALUES:
                value += self._chances[card] * self.later(hand.plus(card))
            self._hit[hand] = value
        return self._hit[hand]

    def later(self, hand: Holding) -> Number:
        """Return the value of a hand that can be hit or stood on."""
        if hand.total >= TWENTY_ONE:
            return self.stand(hand)
        return max(self.stand(hand), self.hit(hand))

    def double(self, hand: Holding) -> Number:
        """Return the value of a double, per unit of the stake before it."""
        value: Number = Fraction(0)
        for card in VALUES:
            value += self._chances[card] * self.stand(hand.plus(card))
        return 2 * value

    def two_cards(self, hand: Holding, *, from_split: bool = False) -> Number:
        """Return the value of two cards that are neither split nor surrendered."""
        if hand.total == TWENTY_ONE:
            return self.stand(hand)
        best = self.later(hand)
        if may_double(hand, self._rules, from_split=from_split):
            best = max(best, self.double(hand))
        return best

    def split(self, pair: int) -> Number:
        """Return the value of splitting a pair, resplitting where it pays."""
        return self._split_from(pair, hands=2, waiting=2)

    def _split_from(self, pair: int, hands: int, waiting: int) -> Number:
        """Return the value of the hands that still wait for a second card."""
        if waiting == 0:
            return Fraction(0)
        key = (pair, hands, waiting)
        if key not in self._split:
            rules = self._rules
            rest = self._split_from(pair, hands, waiting - 1)
            value: Number = Fraction(0)
            for card in VALUES:
                hand = of(pair, card)
                if one_card_only(pair, rules):
                    best = self.stand(hand) + rest
                else:
                    best = self.two_cards(hand, from_split=True) + rest
                if card == pair and hands < rules.maximum_hands and may_resplit(pair, rules):
                    best = max(best, self._split_from(pair, hands + 1, waiting + 1))
                value += self._chances[card] * best
            self._split[key] = value
        return self._split[key]

    def start(self, one: int, other: int) -> Number:
        """Return the value of the first two cards."""
        hand = of(one, other)
        if is_natural(hand.total, 2):
            return self.natural()
        best = self.two_cards(hand)
        if one == other and self._rules.maximum_hands > 1:
            best = max(best, self.split(one))
        if self._rules.surrender:
            best = max(best, self.surrender())
        return best


def optimal_edge(rules: Rules = STANDARD) -> Fraction:
    """Return the house edge against the best play, per initial stake, ties counted."""
    expected: Number = Fraction(0)
    for up in VALUES:
        optimal = Optimal(up, rules)
        lost = chance_of_dealer_natural(up) if rules.peek else Fraction(0)
        for one in VALUES:
            for other in VALUES:
                value = (1 - lost) * optimal.start(one, other)
                if not is_natural(of(one, other).total, 2):
                    value -= lost
                expected += CHANCE[up] * CHANCE[one] * CHANCE[other] * value
    return -Fraction(expected)


class Course:
    """A fixed strategy against one up-card, as distributions of results.

    Where the dealer peeks, given that the dealer has no blackjack.
    """

    def __init__(self, up: int, rules: Rules, strategy: Play, chances: Chances = CHANCE) -> None:
        self._up = up
        self._rules = rules
        self._strategy = strategy
        self._chances = chances
        self.dealer = dealer_totals(up, rules, chances)
        self._finals: dict[tuple[Holding, bool, bool], dict[tuple[int, int], Number]] = {}

    def splits(self, pair: int) -> bool:
        """Tell whether the strategy splits two cards of this value."""
        if self._rules.maximum_hands < 2:
            return False
        hand = of(pair, pair)
        double = may_double(hand, self._rules)
        surrender = self._rules.surrender
        action = self._strategy(hand.total, hand.soft, self._up, pair, double, True, surrender)
        return action == "split"

    def finals(
        self, hand: Holding, *, two: bool = True, from_split: bool = False
    ) -> dict[tuple[int, int], Number]:
        """Return the chance of each (final total, stakes) of a hand that is not split."""
        key = (hand, two, from_split)
        if key in self._finals:
            return self._finals[key]
        total = hand.total
        action = "stand"
        if total < TWENTY_ONE:
            double = two and may_double(hand, self._rules, from_split=from_split)
            surrender = two and self._rules.surrender and not from_split
            action = self._strategy(total, hand.soft, self._up, 0, double, False, surrender)
        finals: defaultdict[tuple[int, int], Number] = defaultdict(Fraction)
        if action == "stand":
            finals[min(total, BUST), 1] = Fraction(1)
        elif action == "surrender":
            finals[SURRENDERED, 1] = Fraction(1)
        else:
            for card in VALUES:
                new = hand.plus(card)
                if action == "double":
                    finals[min(new.total, BUST), 2] += self._chances[card]
                    continue
                for final, chance in self.finals(new, two=False).items():
                    finals[final] += self._chances[card] * chance
        self._finals[key] = dict(finals)
        return self._finals[key]

    def half(self, pair: int, card: int) -> dict[tuple[int, int], Number]:
        """Return the finals of half a pair with its second card, not split again."""
        hand = of(pair, card)
        if one_card_only(pair, self._rules):
            return {(hand.total, 1): Fraction(1)}
        return self.finals(hand, from_split=True)

    def unsplit(self, one: int, other: int) -> Law:
        """Return the results of two cards that are neither a blackjack nor split."""
        finals = self.finals(of(one, other))
        return mixed((chance, against(finals, total)) for total, chance in self.dealer.items())

    def natural(self) -> Law:
        """Return the results of a blackjack."""
        law: Law = defaultdict(Fraction)
        for dealer, chance in self.dealer.items():
            won = net(TWENTY_ONE, dealer, natural=True, pays=self._rules.natural)
            law[won, 1] += chance
        return law

    def split(self, pair: int) -> Law:
        """Return the results of a split pair, with all hands that come of it."""
        return mixed(
            (chance, self._split_against(pair, total)) for total, chance in self.dealer.items()
        )

    def _split_against(self, pair: int, dealer_total: int) -> Law:
        rules = self._rules
        singles = {card: against(self.half(pair, card), dealer_total) for card in VALUES}
        settled = mixed((self._chances[card], singles[card]) for card in VALUES if card != pair)
        again = may_resplit(pair, rules)
        known: dict[tuple[int, int], Law] = {}

        def waiting_hands(hands: int, waiting: int) -> Law:
            if waiting == 0:
                return {(0, 0): Fraction(1)}
            if (hands, waiting) not in known:
                rest = waiting_hands(hands, waiting - 1)
                if again and hands < rules.maximum_hands:
                    paired = waiting_hands(hands + 1, waiting + 1)
                else:
                    paired = both(singles[pair], rest)
                known[hands, waiting] = mixed(
                    ((Fraction(1), both(settled, rest)), (self._chances[pair], paired))
                )
            return known[hands, waiting]

        return waiting_hands(2, 2)


def against(finals: Mapping[tuple[int, int], Number], dealer_total: int) -> Law:
    """Return the results of a hand's finals against one dealer's total."""
    law: Law = defaultdict(Fraction)
    for (total, stakes), chance in finals.items():
        law[stakes * net(total, dealer_total), stakes] += chance
    return law


def both(one: Law, other: Law) -> Law:
    """Return the distribution of the sum of two independent results."""
    law: Law = defaultdict(Fraction)
    for (won, staked), chance in one.items():
        for (other_won, other_staked), other_chance in other.items():
            law[won + other_won, staked + other_staked] += chance * other_chance
    return law


def mixed(parts: Iterable[tuple[Number, Law]]) -> Law:
    """Return the distribution that is each of these with its chance."""
    law: Law = defaultdict(Fraction)
    for weight, part in parts:
        for result, chance in part.items():
            law[result] += weight * chance
    return law


def law(rules: Rules, strategy: Play) -> Law:
    """Return the chance of each result of a round under a fixed strategy, an infinite deck."""
    parts: list[tuple[Number, Law]] = []
    for up in VALUES:
        course = Course(up, rules, strategy)
        lost = chance_of_dealer_natural(up) if rules.peek else Fraction(0)
        split = {pair: course.split(pair) for pair in VALUES if course.splits(pair)}
        for one in VALUES:
            for other in VALUES:
                chance = CHANCE[up] * CHANCE[one] * CHANCE[other]
                if is_natural(of(one, other).total, 2):
                    results, pushed = course.natural(), 0
                else:
                    pushed = -UNIT
                    splits = one == other and one in split
                    results = split[one] if splits else course.unsplit(one, other)
                parts.append((chance * (1 - lost), results))
                if lost:
                    parts.append((chance * lost, {(pushed, 1): Fraction(1)}))
    found = mixed(parts)
    return {result: found[result] for result in sorted(found) if found[result]}


def mean(found: Law) -> Number:
    """Return the expected net result per initial stake."""
    return sum((chance * won for (won, _), chance in found.items()), Fraction(0)) / UNIT


def variance(found: Law) -> Number:
    """Return the variance of the net result per initial stake."""
    squares = sum((chance * won * won for (won, _), chance in found.items()), Fraction(0))
    return squares / UNIT**2 - mean(found) ** 2


def hit_frequency(found: Law) -> Number:
    """Return the chance that anything comes back."""
    lost = (chance for (won, staked), chance in found.items() if won == -staked * UNIT)
    return 1 - sum(lost, Fraction(0))
