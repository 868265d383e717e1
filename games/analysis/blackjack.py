"""Charts of basic strategy for any rules, and the figures of the finite games of blackjack.

Charts. Every cell is the action of highest value, found by `infinite_deck.Optimal`. With an
infinite deck that is exact. For a finite shoe each first two cards are played from what the shoe
has left without them and the up-card, as if cards drawn later went back; a cell for a total is the
average over the first two cards that make it, weighted by their chance. Its error can touch only
cells whose two best actions are worth almost the same.

Figures. Return and the law of rounds without a split are exact (`finite_shoe`). A round with a
split is known exactly as far as its first cards, how many hands come of it, and its mean. The
joint law of its hands is approximated: each hand and the dealer draw from what the shoe has left
without the up-card and the pair's cards, as if cards went back. That law is then tilted linearly,
up-card by up-card, so that its mean is the exact one. Splits are one round in forty; the tilt is
the measure of the error (`SplitLaw.tilt`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from games.blackjack.charts import COLUMNS, HARD_TOTALS, PAIRS, SOFT_TOTALS, Strategy
from games.blackjack.figures import SCALE, Figures
from games.blackjack.finite_shoe import (
    Cards,
    FiniteReturn,
    Pattern,
    chance_of_patterns,
    finite_return,
    shoe_of,
)
from games.blackjack.hands import TWENTY_ONE
from games.blackjack.infinite_deck import (
    CHANCE,
    UNIT,
    VALUES,
    Chances,
    Course,
    Law,
    Number,
    Optimal,
    against,
    both,
    may_double,
    mixed,
    of,
)
from games.blackjack.options import Rules

_SURE: Final = 1.0


class _Worth(NamedTuple):
    """What each action is worth with some first two cards; None where the rules forbid it."""

    weight: Number
    stand: Number
    hit: Number
    double: Number | None
    split: Number | None
    surrender: Number | None


def best_chart(rules: Rules) -> Strategy:
    """Return the charts of basic strategy for these rules. Takes some seconds for a finite shoe."""
    columns = [_Column(up, rules) for up in COLUMNS]
    return Strategy(
        hard=tuple(
            "".join(column.cell(total, soft=False) for column in columns) for total in HARD_TOTALS
        ),
        soft=tuple(
            "".join(column.cell(total, soft=True) for column in columns) for total in SOFT_TOTALS
        ),
        pairs=tuple("".join(column.pair(value) for column in columns) for value in PAIRS),
    )


class _Column:
    """All first two cards against one up-card."""

    def __init__(self, up: int, rules: Rules) -> None:
        self._rules = rules
        self._worth = {
            (one, other): _worth(up, one, other, rules)
            for one in VALUES
            for other in range(one, VALUES.stop)
            if of(one, other).total < TWENTY_ONE
        }

    def cell(self, total: int, *, soft: bool) -> str:
        """Return the code of a total."""
        cards = [
            (one, other)
            for one, other in self._worth
            if (of(one, other).total, of(one, other).soft) == (total, soft)
        ]
        played = [pair for pair in cards if pair[0] != pair[1] or self.pair(pair[0]) == "."]
        if not played and self._rules.decks is not None:
            # Only a pair that is split makes this total in two cards: it is met later or never.
            later = [each._replace(double=None, surrender=None) for each in self._of(cards)]
            return _code(later)
        return _code(self._of(played or cards))

    def _of(self, cards: list[tuple[int, int]]) -> list[_Worth]:
        return [self._worth[pair] for pair in cards]

    def pair(self, value: int) -> str:
        """Return the code of a pair."""
        worth = self._worth[value, value]
        if worth.split is None:
            return "."
        unsplit = max(worth.stand, worth.hit)
        if worth.double is not None:
            unsplit = max(unsplit, worth.double)
        if worth.split <= unsplit:
            return "."
        surrender = worth.surrender is not None and worth.surrender > worth.split
        return "R" if surrender else "P"


def _worth(up: int, one: int, other: int, rules: Rules) -> _Worth:
    chances, weight = _without(rules, up, one, other)
    optimal = Optimal(up, rules, chances)
    hand = of(one, other)
    return _Worth(
        weight=weight,
        stand=optimal.stand(hand),
        hit=optimal.hit(hand),
        double=optimal.double(hand) if may_double(hand, rules) else None,
        split=optimal.split(one) if one == other and rules.maximum_hands > 1 else None,
        surrender=optimal.surrender() if rules.surrender else None,
    )


def _without(rules: Rules, up: int, one: int, other: int) -> tuple[Chances, Number]:
    """Return the chances of what is left without these cards, and the weight of the two."""
    if rules.decks is None:
        return CHANCE, CHANCE[one] * CHANCE[other] * (1 + (one != other))
    left = list(shoe_of(rules))
    left[up - 1] -= 1
    weight = left[one - 1]
    left[one - 1] -= 1
    weight *= left[other - 1] * (1 + (one != other))
    left[other - 1] -= 1
    return _chances(left), weight


def _chances(left: Sequence[int]) -> Chances:
    return {value: left[value - 1] / sum(left) for value in VALUES}


def _code(worths: list[_Worth]) -> str:
    """Return the code of the best action, on the average of these cards."""
    stand = sum(each.weight * each.stand for each in worths)
    hit = sum(each.weight * each.hit for each in worths)
    later = "H" if hit > stand else "S"
    best = max(stand, hit)
    code = later
    if all(each.double is not None for each in worths):
        double = sum(each.weight * (each.double or 0) for each in worths)
        if double > best:
            best, code = double, "D" if later == "H" else "E"
    if all(each.surrender is not None for each in worths):
        surrender = sum(each.weight * (each.surrender or 0) for each in worths)
        if surrender > best:
            code = "R" if later == "H" else "T"
    return code


class SplitLaw(NamedTuple):
    """The law of rounds with a split against one up-card, times their chance."""

    law: Law
    tilt: float
    """By how much the mean of the approximation was off, in initial stakes a round."""


def split_law(
    up: int, rules: Rules, strategy: Strategy, exact_mean: Fraction, shoe: Cards | None = None
) -> SplitLaw:
    """Return the approximate law of split rounds, tilted to its exact mean."""
    shoe = shoe_of(rules) if shoe is None else shoe
    parts: list[tuple[Number, Law]] = []
    for (pair, pattern), chance in chance_of_patterns(up, rules, strategy, shoe).items():
        left = list(shoe)
        left[up - 1] -= 1
        left[pair - 1] -= 2 + pattern[0]
        course = Course(up, rules, strategy, _chances(left))
        parts.append((float(chance), _pattern_law(course, pair, pattern, _chances(left))))
    return _tilted(mixed(parts), exact_mean)


def _pattern_law(course: Course, pair: int, pattern: Pattern, chances: Chances) -> Law:
    """Return the law of the hands of one course of a split."""
    _, settled, free = pattern
    unpaired = 1 - chances[pair]

    def against_total(dealer_total: int) -> Law:
        singles = {card: against(course.half(pair, card), dealer_total) for card in VALUES}
        any_card = mixed((chances[card], singles[card]) for card in VALUES)
        no_pair = mixed(
            (chances[card] / unpaired, singles[card]) for card in VALUES if card != pair
        )
        total: Law = {(0, 0): _SURE}
        for hand in (*(no_pair,) * settled, *(any_card,) * free):
            total = both(total, hand)
        return total

    return mixed((chance, against_total(total)) for total, chance in course.dealer.items())


def _tilted(found: Law, exact_mean: Fraction) -> SplitLaw:
    """Return the law times (1 + c * (result - mean)), which moves the mean and little else."""
    whole = sum(found.values())
    if not whole:
        return SplitLaw({}, 0.0)
    first = sum(chance * won for (won, _), chance in found.items()) / whole
    second = sum(chance * won * won for (won, _), chance in found.items()) / whole
    off = float(exact_mean) * UNIT - first * whole
    slope = off / ((second - first * first) * whole)
    law: Law = {
        (won, staked): chance * (1 + slope * (won - first))
        for (won, staked), chance in found.items()
    }
    assert min(law.values()) >= 0, "the tilt is small"
    return SplitLaw(law, float(-off) / UNIT)


def figures_of(rules: Rules, strategy: Strategy) -> tuple[Figures, float]:
    """Return the figures of a finite game, and how far the splits' mean was off before the tilt.

    The second is the sum over all up-cards of the distances. Takes some seconds.
    """
    parts: defaultdict[tuple[int, int], int] = defaultdict(int)
    expected = Fraction(0)
    distance = 0.0
    for up in VALUES:
        exact = finite_return(up, rules, strategy)
        split = split_law(up, rules, strategy, exact.split_net)
        expected += exact.expected_net
        distance += abs(split.tilt)
        for result, chance in _all_parts(exact, split):
            parts[result] += round(chance * SCALE)
    by_net: defaultdict[int, int] = defaultdict(int)
    for (won, _), scaled in parts.items():
        by_net[won] += scaled
    lost = sum(scaled for (won, staked), scaled in parts.items() if won == -staked * UNIT)
    highest = max(won + staked * UNIT for won, staked in parts)
    chance_of_highest = sum(
        scaled for (won, staked), scaled in parts.items() if won + staked * UNIT == highest
    )
    return (
        Figures(
            edge=-expected,
            hit_frequency=SCALE - lost,
            law=tuple(sorted((won, scaled) for won, scaled in by_net.items() if scaled)),
            highest_award=highest,
            highest_award_probability=chance_of_highest,
        ),
        distance,
    )


def _all_parts(
    exact: FiniteReturn, split: SplitLaw
) -> Iterator[tuple[tuple[int, int], Fraction | float]]:
    yield from exact.unsplit.items()
    yield from split.law.items()
