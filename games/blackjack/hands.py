"""Cards, hands and what they are worth: the arithmetic that play and analysis share.

A *face* is a number from 0 to 51: `face // 13` is the suit (clubs, diamonds, hearts, spades) and
`face % 13` the rank (0 ace, 1 two, ... 9 ten, 10 jack, 11 queen, 12 king). A *value* is 1 for an
ace, 2 to 9, and 10 for ten, jack, queen and king.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Annotated, Final

import msgspec

from games.blackjack.options import Natural
from protocol.messages.common import Amount

FACES: Final = 52
ACE: Final = 1
TEN: Final = 10
TWENTY_ONE: Final = 21
VALUES: Final[tuple[int, ...]] = tuple(min(face % 13 + 1, TEN) for face in range(FACES))
"""The value of each face."""

Face = Annotated[int, msgspec.Meta(ge=0, le=FACES - 1)]
Points = Annotated[int, msgspec.Meta(ge=2, le=30)]
"""A hand's total; the highest is a ten on a hard 20."""


class HandStatus(enum.Enum):
    """Where a hand stands; the last seven are how it can end."""

    WAITING = "waiting"
    """Its turn comes. A hand that a split has made waits with one card."""
    PLAYING = "playing"
    STANDING = "standing"
    """Complete and not bust; the dealer's cards decide."""
    BLACKJACK = "blackjack"
    """Ace and ten as dealt. Wins 3 to 2 (or 6 to 5), or pushes against a dealer's blackjack."""
    BUST = "bust"
    WON = "won"
    PUSH = "push"
    LOST = "lost"
    SURRENDERED = "surrendered"
    """Given up for half its stake; all of it is lost to a dealer's blackjack."""
    NO_BET = "no-bet"
    """Dealt for side bets alone."""


class Hand(msgspec.Struct, frozen=True, gc=False):
    """One hand of a seat, in the state of a round and on the wire alike."""

    cards: tuple[Face, ...]
    total: Points
    soft: bool
    """Whether an ace counts eleven."""
    stake: Amount
    doubled: bool
    status: HandStatus
    payout: Amount | None = None
    """What comes back in minor units, stake included; None until the round has ended."""


def best_total(hard: int, *, ace: bool) -> tuple[int, bool]:
    """Return (total, soft) of a hand whose cards add up to `hard` with every ace as one.

    One ace counts eleven where that does not bust; a second one never could.
    """
    if ace and hard + 10 <= TWENTY_ONE:
        return hard + 10, True
    return hard, False


def total_of(cards: Iterable[int]) -> tuple[int, bool]:
    """Return (total, soft) of a hand of faces."""
    hard = 0
    ace = False
    for face in cards:
        value = VALUES[face]
        hard += value
        ace = ace or value == ACE
    return best_total(hard, ace=ace)


def is_natural(total: int, cards: int) -> bool:
    """Tell a blackjack: 21 in the two cards dealt. Not for hands that a split has made."""
    return total == TWENTY_ONE and cards == 2


def dealer_peeks(up_value: int) -> bool:
    """Tell whether the dealer looks at the hole card: under an ace or a ten."""
    return up_value in (ACE, TEN)


def dealer_draws(total: int, soft: bool, *, hits_soft_17: bool = False) -> bool:  # noqa: FBT001
    """Tell whether the dealer draws: below 17, and on soft 17 where the rules say so."""
    return total < 17 or (hits_soft_17 and soft and total == 17)


def hand_payout(
    stake: int,
    total: int,
    *,
    natural: bool,
    dealer_total: int,
    dealer_natural: bool,
    pays: Natural = Natural.THREE_TO_TWO,
) -> int:
    """Return what comes back for one hand in minor units, its stake included.

    A natural wins three for two, or six for five; the stake is a multiple that makes that whole. A
    natural pushes against a natural, and every other hand loses to one.
    """
    if natural:
        won, each = pays.ratio
        return stake if dealer_natural else stake + stake * won // each
    if total > TWENTY_ONE or dealer_natural:
        return 0
    if dealer_total > TWENTY_ONE or total > dealer_total:
        return 2 * stake
    return stake if total == dealer_total else 0


def surrender_payout(stake: int, *, dealer_natural: bool) -> int:
    """Return what comes back for a surrendered hand in minor units: half of an even stake."""
    return 0 if dealer_natural else stake // 2


def insurance_payout(insurance: int, *, dealer_natural: bool) -> int:
    """Return what comes back for the insurance in minor units: 2 to 1 on a dealer's blackjack."""
    return 3 * insurance if dealer_natural else 0
