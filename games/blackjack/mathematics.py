"""The published return of blackjack, and how it was determined.

The return of the main bet is that of `games.blackjack.strategy` from the full shoe of six decks,
exact, as `finite_shoe.expected_net` computes it; a test computes it again. Sources for comparison:
an edge of 0.4062 % is published for these rules, which this computation gives when soft 13 against
a five is hit, or soft 15 against a four; doubling both, as here, costs the player less.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from games.analysis.decimals import published
from games.blackjack.hands import DECKS, insurance_payout
from games.game import BetReturn

EDGE: Final = Fraction(
    2075045073970572183779121822111224974726, 511192529285291170406123273341139095183125
)
"""House edge per initial stake: basic strategy, insurance declined, ties counted; 0.405922 %."""

INFINITE_DECK_VARIANCE: Final = "1.331143"
"""Of the net result of the best play with an infinite deck, for reading."""

_RETURN: Final = 1 - EDGE
_TENS: Final = 16 * DECKS
_UNSEEN: Final = 52 * DECKS - 1
"""Cards that can be the hole card for who knows the up-card only."""

PUBLISHED: Final = published(
    _RETURN,
    "Computed exactly for six decks and a fresh shoe, per initial stake, with total-dependent "
    "basic strategy and insurance declined. Other play may return less.",
)


def bet_returns() -> tuple[BetReturn, ...]:
    """Return the mathematics of the main bet and of insurance."""
    return (
        BetReturn(
            bet="main",
            expected=_RETURN,
            hit_frequency=None,
            variance=None,
            note=(
                "Basic strategy, per initial stake, ties counted, insurance declined. Variance and "
                "hit frequency are not computed for the finite shoe; with an infinite deck the "
                f"variance of the best play is {INFINITE_DECK_VARIANCE}."
            ),
        ),
        _insurance(),
    )


def _insurance() -> BetReturn:
    """Return the mathematics of insurance, for a player who sees the dealer's ace only."""
    chance = Fraction(_TENS, _UNSEEN)
    back = insurance_payout(1, dealer_natural=True)
    return BetReturn(
        bet="insurance",
        expected=back * chance,
        hit_frequency=chance,
        variance=back * back * chance * (1 - chance),
        note="Per unit of insurance; the player's own two cards not taken into account.",
    )
