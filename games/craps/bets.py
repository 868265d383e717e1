"""The bets of craps, what they pay, and what one roll of two dice does to each of them.

`pass` and `come` win on 7 or 11 at once and lose on 2, 3 or 12; any other total becomes the bet's
own point, and then that total wins and 7 loses. `dont-pass` and `dont-come` are the reverse, but 12
at once brings the stake back (bar 12). A come bet is a pass bet that begins later. Odds lie behind
such a bet once it has its point, and pay the true odds.

`place-4` … `place-10` win on that total and lose on 7; `hard-4` … `hard-10` win on that total as a
pair, lose on it otherwise, and lose on 7. `field`, `any-7`, `any-craps`, `craps-2`, `craps-3`,
`yo-11` and `craps-12` are decided by the first roll. Every bet works on every roll.

Pays are the usual ones of the layout; the field pays double on 2 and triple on 12.
"""

from __future__ import annotations

import enum
from typing import Annotated, Final

import msgspec

from protocol.messages.common import Amount, Name

POINTS: Final = (4, 5, 6, 8, 9, 10)
RIGHT: Final = frozenset({"pass", "come"})
WRONG: Final = frozenset({"dont-pass", "dont-come"})

TRUE_ODDS: Final = {4: (2, 1), 5: (3, 2), 6: (6, 5), 8: (6, 5), 9: (3, 2), 10: (2, 1)}
"""What odds pay on each point, to one part staked: the odds of a 7 before the point."""
ODDS_LIMIT: Final = {4: 3, 5: 4, 6: 5, 8: 5, 9: 4, 10: 3}
"""Odds taken on a point are at most this many times the bet in front of them (3-4-5 times)."""
LAY_LIMIT: Final = 6
"""Odds laid against a point are at most this many times the bet: they win what 3-4-5 would."""

PLACE_PAYS: Final = {4: (9, 5), 5: (7, 5), 6: (7, 6), 8: (7, 6), 9: (7, 5), 10: (9, 5)}
HARD_PAYS: Final = {4: 7, 6: 9, 8: 9, 10: 7}
ONE_ROLL_PAYS: Final[dict[str, dict[int, int]]] = {
    "field": {2: 2, 3: 1, 4: 1, 9: 1, 10: 1, 11: 1, 12: 3},
    "any-7": {7: 4},
    "any-craps": {2: 7, 3: 7, 12: 7},
    "craps-2": {2: 30},
    "craps-3": {3: 15},
    "yo-11": {11: 15},
    "craps-12": {12: 30},
}
"""For each total that wins a bet of one roll, how many times the stake it wins."""
HIGHEST_FACTOR: Final = 31
"""No bet brings back more times its stake; it is that of 2 and of 12."""

PLACE: Final = {f"place-{number}": number for number in PLACE_PAYS}
HARD: Final = {f"hard-{number}": number for number in HARD_PAYS}
MULTIPLES: Final = {
    "pass": 1,
    "dont-pass": 1,
    **dict.fromkeys(ONE_ROLL_PAYS, 1),
    **dict.fromkeys(HARD, 1),
    **{name: PLACE_PAYS[number][1] for name, number in PLACE.items()},
}
"""Every bet that a round can begin with, and what its stake is a multiple of, so that it pays whole
minor units."""

DICE: Final = tuple((first, second) for first in range(1, 7) for second in range(1, 7))
"""The 36 rolls, ascending in the first die, then in the second."""


class CrapsStatus(enum.Enum):
    """What has become of a bet."""

    STANDING = "standing"
    WON = "won"
    LOST = "lost"
    RETURNED = "returned"
    """The stake came back, nothing won or lost."""


Point = Annotated[int, msgspec.Meta(ge=0, le=10)]


class CrapsWager(msgspec.Struct, frozen=True, gc=False):
    """One bet of a round."""

    bet: Name
    stake: Amount
    """Without odds."""
    point: Point = 0
    """The total that a pass or come bet, or its reverse, has moved to; 0 before and for others."""
    odds: Amount = 0
    """Staked behind the bet."""
    status: CrapsStatus = CrapsStatus.STANDING
    payout: Amount = 0
    """What came back, stake and odds included; 0 while the bet stands."""


def resolve(wager: CrapsWager, first: int, second: int) -> CrapsWager:
    """Return what a standing bet has become after a roll of these two dice."""
    total = first + second
    bet = wager.bet
    if bet in RIGHT or bet in WRONG:
        return _line(wager, total)
    number = PLACE.get(bet)
    if number is not None:
        if total == number:
            won, unit = PLACE_PAYS[number]
            return _won(wager, wager.stake * won // unit)
        return _lost(wager) if total == 7 else wager
    number = HARD.get(bet)
    if number is not None:
        if total == number and first == second:
            return _won(wager, wager.stake * HARD_PAYS[number])
        return _lost(wager) if total in {number, 7} else wager
    pays = ONE_ROLL_PAYS[bet].get(total)
    return _lost(wager) if pays is None else _won(wager, wager.stake * pays)


def _line(wager: CrapsWager, total: int) -> CrapsWager:
    """Return what becomes of a pass or come bet, or of its reverse."""
    right = wager.bet in RIGHT
    if wager.point == 0:
        if total in POINTS:
            return CrapsWager(wager.bet, wager.stake, total)
        if total == 12 and not right:
            return _decided(wager, CrapsStatus.RETURNED, wager.stake)
        return _won(wager, wager.stake) if (total in {7, 11}) == right else _lost(wager)
    if total not in {7, wager.point}:
        return wager
    if (total == wager.point) != right:
        return _lost(wager)
    more, less = TRUE_ODDS[wager.point]
    return _won(wager, wager.stake + wager.odds * (more if right else less) // odds_unit(wager))


def odds_unit(wager: CrapsWager) -> int:
    """Return what odds behind a bet with a point are a multiple of, so that they pay exactly."""
    more, less = TRUE_ODDS[wager.point]
    return less if wager.bet in RIGHT else more


def odds_limit(wager: CrapsWager) -> int:
    """Return the most odds that may lie behind a bet with a point, in minor units."""
    times = ODDS_LIMIT[wager.point] if wager.bet in RIGHT else LAY_LIMIT
    return wager.stake * times


def _won(wager: CrapsWager, winnings: int) -> CrapsWager:
    return _decided(wager, CrapsStatus.WON, wager.stake + wager.odds + winnings)


def _lost(wager: CrapsWager) -> CrapsWager:
    return _decided(wager, CrapsStatus.LOST, 0)


def _decided(wager: CrapsWager, status: CrapsStatus, payout: int) -> CrapsWager:
    return CrapsWager(wager.bet, wager.stake, wager.point, wager.odds, status, payout)
