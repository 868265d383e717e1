"""The published returns of blackjack, and how they were determined.

Finite shoes: the return is exact for the charts of the game, as `finite_shoe.expected_net` computes
it; the law of results is exact for rounds without a split and approximated for the others, see
`games.analysis.blackjack`. `games.blackjack.figures` keeps the results; tests compute them again.
The infinite deck is exact throughout, and computed when it is asked for.

For comparison, published edges in percent of basic strategy, split to four hands: six decks 0.4062,
which this computation gives when soft 13 against a five is hit (doubling it, as here, costs the
player less: 0.4059); with late surrender 0.3336 (here 0.3332; a simulation of 8 x 10^9 rounds gave
0.3333 with an error of 0.0013); that with a dealer who hits soft 17 0.5305 (here 0.5298); that with
eight decks 0.3571 (here 0.3565). No single other action of these charts would return more.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from fractions import Fraction
from typing import Final

from games.analysis.decimals import published
from games.blackjack import infinite_deck
from games.blackjack.figures import FIGURES, SCALE
from games.blackjack.hands import insurance_payout
from games.blackjack.infinite_deck import UNIT
from games.blackjack.side_bets import side_bet_returns
from games.blackjack.variants import Variant
from games.game import BetReturn, PublishedReturn

_SPLITS: Final = (
    "The mean is exact, and so is the law of rounds without a split; the joint law of split hands "
    "is approximated, which leaves an error below 0.001 in the variance and below 0.0001 in the "
    "hit frequency"
)


INFINITE_EDGES: Final = {
    "blackjack-infinite": Fraction(469430306791487675426722237, 91733330193268616658399616009)
}
"""Computed in a second, kept so that a server need not; a test computes them again."""


def edge(variant: Variant) -> Fraction:
    """Return the house edge per initial stake: basic strategy, no insurance, ties counted."""
    if variant.rules.decks is None:
        known = INFINITE_EDGES.get(variant.name)
        return infinite_edge(variant) if known is None else known
    return FIGURES[figures_name(variant)].edge


def infinite_edge(variant: Variant) -> Fraction:
    """Return the same for an infinite deck, computed."""
    return -Fraction(infinite_deck.mean(_infinite_law(variant)))


def figures_name(variant: Variant) -> str:
    """Return under which name the figures are kept; side bets do not change the main bet."""
    return variant.name.removesuffix("-side-bets")


@functools.cache
def published_return(variant: Variant) -> PublishedReturn:
    """Return the return of the main bet as the description states it."""
    decks = {None: "an infinite deck", 1: "one deck"}
    shoe = decks.get(variant.rules.decks, f"{variant.rules.decks} decks")
    return published(
        1 - edge(variant),
        f"Computed exactly for {shoe} and a fresh shoe, per initial stake, with total-dependent "
        "basic strategy and insurance declined. Other play may return less.",
    )


def bet_returns(variant: Variant) -> tuple[BetReturn, ...]:
    """Return the mathematics of the main bet, of insurance, and of side bets."""
    infinite = variant.rules.decks is None
    bets = [_infinite(variant) if infinite else _finite(variant)]
    if variant.rules.insurance:
        bets.append(_insurance(variant.rules.decks))
    if variant.side_bets:
        bets.extend(side_bet_returns(variant.rules.decks))
    return tuple(bets)


def _finite(variant: Variant) -> BetReturn:
    figures = FIGURES[figures_name(variant)]
    law = figures.exact_law()
    return BetReturn(
        bet="main",
        expected=1 - figures.edge,
        hit_frequency=Fraction(figures.hit_frequency, SCALE),
        variance=_variance(law),
        note=f"Basic strategy, per initial stake, ties counted, insurance declined. {_SPLITS}",
        law=law,
        highest_award=Fraction(figures.highest_award, UNIT),
        highest_award_probability=Fraction(figures.highest_award_probability, SCALE),
    )


@functools.cache
def _infinite_law(variant: Variant) -> infinite_deck.Law:
    return infinite_deck.law(variant.rules, variant.strategy)


def _infinite(variant: Variant) -> BetReturn:
    results = _infinite_law(variant)
    by_net: defaultdict[Fraction, Fraction] = defaultdict(Fraction)
    by_payout: defaultdict[int, Fraction] = defaultdict(Fraction)
    for (won, staked), chance in results.items():
        by_net[Fraction(won, UNIT)] += Fraction(chance)
        by_payout[won + staked * UNIT] += Fraction(chance)
    law = tuple(sorted(by_net.items()))
    highest = max(by_payout)
    return BetReturn(
        bet="main",
        expected=1 + Fraction(infinite_deck.mean(results)),
        hit_frequency=Fraction(infinite_deck.hit_frequency(results)),
        variance=_variance(law),
        note=("The best play there is, exact, per initial stake, ties counted, insurance declined"),
        law=law,
        highest_award=Fraction(highest, UNIT),
        highest_award_probability=by_payout[highest],
    )


def _variance(law: tuple[tuple[Fraction, Fraction], ...]) -> Fraction:
    mean = sum((won * chance for won, chance in law), Fraction(0))
    return sum((won * won * chance for won, chance in law), Fraction(0)) - mean**2


def _insurance(decks: int | None) -> BetReturn:
    """Return the mathematics of insurance, for a player who sees the dealer's ace only."""
    chance = Fraction(4, 13) if decks is None else Fraction(16 * decks, 52 * decks - 1)
    back = insurance_payout(1, dealer_natural=True)
    return BetReturn(
        bet="insurance",
        expected=back * chance,
        hit_frequency=chance,
        variance=back * back * chance * (1 - chance),
        note=(
            "Per unit of insurance, staked by a decision under a dealer's ace; the player's own "
            "two cards not taken into account"
        ),
        law=((Fraction(-1), 1 - chance), (Fraction(back - 1), chance)),
        highest_award=Fraction(back),
        highest_award_probability=chance,
    )
