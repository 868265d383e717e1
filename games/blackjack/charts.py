"""Basic strategy: what to do with each hand against each up-card.

Total-dependent: it looks at the hand's total, not at its cards. Never insures. The columns are the
dealer's up-card: 2 to 9, ten, ace.

Codes: H hit, S stand, D double or else hit, E double or else stand, R surrender or else hit, T
surrender or else stand. For pairs: P split, R surrender or else split, `.` play the total.

The charts are those of the registered games, as `games.analysis.blackjack` finds them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from games.blackjack.hands import ACE

Play = Callable[[int, bool, int, int, bool, bool, bool], str]
"""A strategy: takes (total, soft, up value, pair value, may double, may split, may surrender) of a
hand below 21 and returns `hit`, `stand`, `double`, `split` or `surrender`. Card values as in
`games.blackjack.hands`; the pair's counts if it may be split."""

COLUMNS: Final = (2, 3, 4, 5, 6, 7, 8, 9, 10, 1)
"""The up-card of each column."""
HARD_TOTALS: Final = range(4, 21)
SOFT_TOTALS: Final = range(12, 21)
PAIRS: Final = range(1, 11)


class Strategy(msgspec.Struct, frozen=True):
    """The three charts of a set of rules; each row is ten codes. Callable as a `Play`."""

    hard: tuple[str, ...]
    """Totals 4 to 20."""
    soft: tuple[str, ...]
    """Totals 12 to 20."""
    pairs: tuple[str, ...]
    """Pairs of aces, twos, … tens."""

    def __call__(
        self,
        total: int,
        soft: bool,  # noqa: FBT001 - the shape of a hand, as `best_total` gives it
        up_value: int,
        pair_value: int,
        may_double: bool,  # noqa: FBT001
        may_split: bool,  # noqa: FBT001
        may_surrender: bool,  # noqa: FBT001
    ) -> str:
        """Return the action, as `Play` says."""
        place = 9 if up_value == ACE else up_value - 2
        if may_split:
            code = self.pairs[pair_value - 1][place]
            if code == "R" and may_surrender:
                return "surrender"
            if code in "PR":
                return "split"
        code = self.soft[total - 12][place] if soft else self.hard[total - 4][place]
        if code in "RT" and may_surrender:
            return "surrender"
        if code in "DE" and may_double:
            return "double"
        return "hit" if code in "HDR" else "stand"


SIX_DECKS: Final = Strategy(
    #       23456789TA
    hard=(
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HDDDDHHHHH",
        "DDDDDDDDHH",
        "DDDDDDDDDH",
        "HHSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
    ),
    soft=(
        "HHHHHHHHHH",
        "HHHDDHHHHH",
        "HHHDDHHHHH",
        "HHDDDHHHHH",
        "HHDDDHHHHH",
        "HDDDDHHHHH",
        "SEEEESSHHH",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
    ),
    pairs=(
        "PPPPPPPPPP",
        "PPPPPP....",
        "PPPPPP....",
        "...PP.....",
        "..........",
        "PPPPP.....",
        "PPPPPP....",
        "PPPPPPPPPP",
        "PPPPP.PP..",
        "..........",
    ),
)
"""Six decks, dealer stands on soft 17, double after split. The standard game."""

HITS_SOFT_17: Final = Strategy(
    #       23456789TA
    hard=(
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HDDDDHHHHH",
        "DDDDDDDDHH",
        "DDDDDDDDDD",
        "HHSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSHHHRR",
        "SSSSSHHRRR",
        "SSSSSSSSST",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
    ),
    soft=(
        "HHHHHHHHHH",
        "HHHDDHHHHH",
        "HHHDDHHHHH",
        "HHDDDHHHHH",
        "HHDDDHHHHH",
        "HDDDDHHHHH",
        "EEEEESSHHH",
        "SSSSESSSSS",
        "SSSSSSSSSS",
    ),
    pairs=(
        "PPPPPPPPPP",
        "PPPPPP....",
        "PPPPPP....",
        "...PP.....",
        "..........",
        "PPPPP.....",
        "PPPPPP....",
        "PPPPPPPPPR",
        "PPPPP.PP..",
        "..........",
    ),
)
"""The same where the dealer hits soft 17, with late surrender."""

SURRENDER: Final = Strategy(
    #       23456789TA
    hard=(
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HDDDDHHHHH",
        "DDDDDDDDHH",
        "DDDDDDDDDH",
        "HHSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSHHHRH",
        "SSSSSHHRRR",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
    ),
    soft=(
        "HHHHHHHHHH",
        "HHHDDHHHHH",
        "HHHDDHHHHH",
        "HHDDDHHHHH",
        "HHDDDHHHHH",
        "HDDDDHHHHH",
        "SEEEESSHHH",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
    ),
    pairs=(
        "PPPPPPPPPP",
        "PPPPPP....",
        "PPPPPP....",
        "...PP.....",
        "..........",
        "PPPPP.....",
        "PPPPPP....",
        "PPPPPPPPPP",
        "PPPPP.PP..",
        "..........",
    ),
)
"""Eight decks, dealer stands on soft 17, with late surrender. Soft 13 against
a five is doubled: the exact return of the shoe is higher so, by less than the method can see."""

INFINITE: Final = Strategy(
    #       23456789TA
    hard=(
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HDDDDHHHHH",
        "DDDDDDDDHH",
        "DDDDDDDDDH",
        "HHSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
    ),
    soft=(
        "HHHHHHHHHH",
        "HHHHDHHHHH",
        "HHHDDHHHHH",
        "HHHDDHHHHH",
        "HHDDDHHHHH",
        "HDDDDHHHHH",
        "SEEEESSHHH",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
    ),
    pairs=(
        "PPPPPPPPPP",
        "PPPPPP....",
        "PPPPPP....",
        "...PP.....",
        "..........",
        "PPPPP.....",
        "PPPPPP....",
        "PPPPPPPPPP",
        "PPPPP.PP..",
        "..........",
    ),
)
"""An infinite deck, else as the standard game: the best play there is."""

EUROPEAN: Final = Strategy(
    #       23456789TA
    hard=(
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HDDDDHHHHH",
        "DDDDDDDDHH",
        "DDDDDDDDHH",
        "HHSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
    ),
    soft=(
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "SSSSSSSHHH",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
    ),
    pairs=(
        "PPPPPPPPP.",
        "PPPPPP....",
        "PPPPPP....",
        "...PP.....",
        "..........",
        "PPPPP.....",
        "PPPPPP....",
        "PPPPPPPP..",
        "PPPPP.PP..",
        "..........",
    ),
)
"""Six decks, no hole card, double on hard 9 to 11, one split."""

SINGLE_DECK: Final = Strategy(
    #       23456789TA
    hard=(
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHHHHHHHH",
        "HHHDDHHHHH",
        "DDDDDHHHHH",
        "DDDDDDDDHH",
        "DDDDDDDDDD",
        "HHSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSHHHHH",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
        "SSSSSSSSSS",
    ),
    soft=(
        "HHHHHHHHHH",
        "HHDDDHHHHH",
        "HHDDDHHHHH",
        "HHDDDHHHHH",
        "HHDDDHHHHH",
        "DDDDDHHHHH",
        "SEEEESSHHH",
        "SSSSESSSSS",
        "SSSSSSSSSS",
    ),
    pairs=(
        "PPPPPPPPPP",
        ".PPPPP....",
        "..PPPP....",
        "..........",
        "..........",
        "PPPPP.....",
        "PPPPPP....",
        "PPPPPPPPPP",
        "PPPPP.PP..",
        "..........",
    ),
)
"""One deck, dealer hits soft 17, no double after a split. Twos against a three are
split: the exact return of the shoe is higher so, by less than the charts' method can see."""
