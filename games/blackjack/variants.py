"""The registered games of blackjack: a name, a choice of rules, and the charts that go with it."""

from __future__ import annotations

from typing import Final

import msgspec

from games.blackjack import charts
from games.blackjack.charts import Strategy
from games.blackjack.options import STANDARD, DoubleOn, Natural, Rules


class Variant(msgspec.Struct, frozen=True):
    """One game of blackjack."""

    name: str
    title: str
    rules: Rules
    strategy: Strategy
    """Basic strategy for these rules; what the published return assumes."""
    side_bets: bool = False


BLACKJACK: Final = Variant("blackjack", "Blackjack", STANDARD, charts.SIX_DECKS)
HITS_SOFT_17: Final = Variant(
    "blackjack-h17",
    "Blackjack, dealer hits soft 17",
    Rules(hits_soft_17=True, surrender=True),
    charts.HITS_SOFT_17,
)
SURRENDER: Final = Variant(
    "blackjack-surrender",
    "Blackjack, eight decks with surrender",
    Rules(decks=8, surrender=True),
    charts.SURRENDER,
)
INFINITE: Final = Variant(
    "blackjack-infinite", "Blackjack, infinite deck", Rules(decks=None), charts.INFINITE
)
EUROPEAN: Final = Variant(
    "blackjack-european",
    "European blackjack, no hole card",
    Rules(peek=False, double_on=DoubleOn.NINE_TO_ELEVEN, maximum_hands=2),
    charts.EUROPEAN,
)
SINGLE_DECK: Final = Variant(
    "blackjack-single-deck",
    "Single deck blackjack, 6 to 5",
    Rules(
        decks=1,
        hits_soft_17=True,
        natural=Natural.SIX_TO_FIVE,
        double_after_split=False,
    ),
    charts.SINGLE_DECK,
)
SIDE_BETS: Final = Variant(
    "blackjack-side-bets",
    "Blackjack with side bets",
    STANDARD,
    charts.SIX_DECKS,
    side_bets=True,
)

VARIANTS: Final = (
    BLACKJACK,
    HITS_SOFT_17,
    SURRENDER,
    INFINITE,
    EUROPEAN,
    SINGLE_DECK,
    SIDE_BETS,
)
