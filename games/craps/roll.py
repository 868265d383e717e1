"""One roll of craps at a table that many share: what may be bet before it, and what it decides.

A bet is that of `games.craps.bets`, with its own point and its odds. What a roll does not decide
stands for the next one; so the bets of a roll are those that stood before it and those added since.

The table's point is 0 before a come-out roll, which makes 4, 5, 6, 8, 9 or 10 the point; that total
or 7 ends it. Pass and don't pass are bet before a come-out roll, come and don't come while there is
a point, all others before any roll. A stake may be raised where the same bet could be made now.

Draws of a roll: `below(6)` + 1 is the first die, `below(6)` + 1 the second.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from games import stakes
from games.chips import Chip
from games.craps.bets import (
    MULTIPLES,
    POINTS,
    RIGHT,
    WRONG,
    CrapsStatus,
    CrapsWager,
    Point,
    odds_limit,
    odds_unit,
    resolve,
)
from games.entropy import Draws
from games.game import StakeLimits
from protocol.errors import ErrorCode, Refused

LINE: Final = frozenset({"pass", "dont-pass"})
COME: Final = frozenset({"come", "dont-come"})
UNITS: Final = {**MULTIPLES, "come": 1, "dont-come": 1}
"""Every bet but odds, and what its stake is a multiple of, so that it pays whole minor units."""
MAXIMUM_DRAWS: Final = 2

_ODDS: Final = re.compile(r"odds-(?:(pass|dont-pass)|(come|dont-come)-(4|5|6|8|9|10))")
_NO_POINT: Final = 0


class CrapsStage(msgspec.Struct, frozen=True, gc=False):
    """What a roll begins with, beside the bets that stand."""

    point: Point = _NO_POINT
    """The table's point; 0 where the next roll is a come-out roll."""


class CrapsTableBets(msgspec.Struct, frozen=True):
    """All bets of a seat on one roll."""

    bets: Annotated[tuple[CrapsWager, ...], msgspec.Meta(max_length=100)]
    """In the order in which they were made; none of them is decided."""
    point: Point = _NO_POINT
    """The table's point before the roll."""


class RollState(msgspec.Struct, frozen=True, gc=False):
    """One roll for one seat, as it has come out."""

    dice: tuple[int, int]
    before: int
    """The table's point before the roll."""
    wagers: tuple[CrapsWager, ...]
    """Every bet as the roll has left it."""

    @property
    def point(self) -> int:
        """The table's point after the roll."""
        return point_after(self.before, sum(self.dice))

    @property
    def stakes(self) -> tuple[int, ...]:
        """The stakes that the roll decided, odds included, in minor units."""
        decided = [each for each in self.wagers if each.status is not CrapsStatus.STANDING]
        return (sum([each.stake + each.odds for each in decided]),)

    @property
    def payouts(self) -> tuple[int | None, ...]:
        """What the decided bets bring back, in minor units."""
        return (sum([each.payout for each in self.wagers]),)

    @property
    def finished(self) -> bool:
        """Always: there is nothing to decide within a roll."""
        return True

    @property
    def left(self) -> CrapsTableBets | None:
        """What stands for the next roll, None if nothing does."""
        standing = [each for each in self.wagers if each.status is CrapsStatus.STANDING]
        return CrapsTableBets(tuple(standing), self.point) if standing else None


def point_after(point: int, total: int) -> int:
    """Return the table's point after a roll of this total."""
    if point == _NO_POINT:
        return total if total in POINTS else _NO_POINT
    return _NO_POINT if total in {7, point} else point


def roll(bets: CrapsTableBets, draws: Draws) -> RollState:
    """Return what a roll makes of a seat's bets."""
    first, second = draws.below(6) + 1, draws.below(6) + 1
    wagers = tuple([resolve(wager, first, second) for wager in bets.bets])
    return RollState((first, second), bets.point, wagers)


def held(bets: CrapsTableBets) -> int:
    """Return all that is staked on these bets, odds included, in minor units."""
    return sum([each.stake + each.odds for each in bets.bets])


def added(standing: CrapsTableBets | None, chips: Sequence[Chip], point: int) -> CrapsTableBets:
    """Return a seat's bets with further ones. Raises Refused for what cannot be bet now."""
    if not chips:
        raise Refused(ErrorCode.BET_INVALID, "Place at least one bet.")
    if len({chip.bet for chip in chips}) < len(chips):
        raise Refused(ErrorCode.BET_INVALID, "A bet is named twice; add the stakes.")
    wagers = list(standing.bets) if standing is not None else []
    for chip in chips:
        _add(wagers, chip.bet, _amount(chip), point)
    return CrapsTableBets(tuple(wagers), point)


def _amount(chip: Chip) -> int:
    # Each for itself: one below zero would take an accepted bet back.
    stake = stakes.whole(chip.stake)
    if stake < 1:
        raise Refused(ErrorCode.STAKE_BELOW)
    return stake


def _add(wagers: list[CrapsWager], bet: str, stake: int, point: int) -> None:
    if found := _ODDS.fullmatch(bet):
        _add_odds(wagers, found[1] or found[2], int(found[3] or point), stake)
        return
    if bet not in UNITS:
        raise Refused(ErrorCode.BET_INVALID, f"There is no bet named {bet[:64]!r}.")
    if bet in LINE and point:
        raise Refused(ErrorCode.BET_INVALID, f"{bet} is bet before a come-out roll.")
    if bet in COME and not point:
        raise Refused(ErrorCode.BET_INVALID, f"{bet} is bet while there is a point.")
    for place, wager in enumerate(wagers):
        if wager.bet == bet and not wager.point:
            wagers[place] = msgspec.structs.replace(wager, stake=wager.stake + stake)
            return
    wagers.append(CrapsWager(bet, stake))


def _add_odds(wagers: list[CrapsWager], bet: str, point: int, stake: int) -> None:
    for place, wager in enumerate(wagers):
        if wager.bet == bet and wager.point and wager.point == point:
            wagers[place] = msgspec.structs.replace(wager, odds=wager.odds + stake)
            return
    raise Refused(ErrorCode.BET_INVALID, "Odds lie behind a bet of yours that has its point.")


def check(bets: CrapsTableBets, limits: StakeLimits) -> int:
    """Return all that these bets stake, in minor units. Raises Refused for what is no such bet.

    The limits are on stakes without odds: the minimum on each, the maximum on all of the seat.
    """
    if not bets.bets:
        raise Refused(ErrorCode.BET_INVALID, "Place at least one bet.")
    if bets.point and bets.point not in POINTS:
        raise Refused(ErrorCode.BET_INVALID, f"{bets.point} is no point.")
    if len({(each.bet, each.point) for each in bets.bets}) < len(bets.bets):
        raise Refused(ErrorCode.BET_INVALID, "A bet stands twice.")
    total = 0
    for wager in bets.bets:
        _check_place(wager, bets.point)
        _check_stake(wager, limits)
        _check_odds(wager)
        total += wager.stake
    if total > limits.maximum:
        raise stakes.above(limits.maximum)
    return held(bets)


def _check_place(wager: CrapsWager, point: int) -> None:
    """Refuse what cannot stand before a roll with this point."""
    bet = wager.bet
    if bet not in UNITS:
        raise Refused(ErrorCode.BET_INVALID, f"There is no bet named {bet[:64]!r}.")
    if bet in LINE:
        fits = wager.point == point
    elif bet in COME:
        fits = wager.point in POINTS or (wager.point == _NO_POINT and point != _NO_POINT)
    else:
        fits = wager.point == _NO_POINT
    if not fits or wager.status is not CrapsStatus.STANDING or wager.payout:
        raise Refused(ErrorCode.BET_INVALID, f"{bet} cannot stand there.")


def _check_stake(wager: CrapsWager, limits: StakeLimits) -> None:
    unit = UNITS[wager.bet]
    minimum = max(unit, limits.minimum)
    if wager.stake < minimum:
        raise stakes.below(minimum)
    if wager.stake % unit:
        raise Refused(
            ErrorCode.STAKE_NOT_WHOLE,
            f"Stake a multiple of {unit} minor units on {wager.bet}, so that it pays exactly.",
        )


def _check_odds(wager: CrapsWager) -> None:
    if not wager.odds:
        return
    if wager.bet not in RIGHT | WRONG or not wager.point:
        raise Refused(ErrorCode.BET_INVALID, "Odds lie behind a bet that has its point.")
    if wager.odds > odds_limit(wager):
        raise stakes.above(odds_limit(wager))
    if wager.odds % odds_unit(wager):
        raise Refused(
            ErrorCode.STAKE_NOT_WHOLE,
            f"Odds there are a multiple of {odds_unit(wager)} minor units.",
        )
