"""Bets on a layout: a list of named bets, how it is checked, and how it is paid.

A round takes each bet once. Of a table's limits the minimum is that of each bet, the maximum that
of all bets which a round begins with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Final

import msgspec

from games import stakes
from games.game import StakeLimits
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import Amount, Name

MAXIMUM_BETS: Final = 50
"""Bets of one round."""


class Chip(msgspec.Struct, frozen=True, gc=False):
    """One chip on the layout."""

    bet: Annotated[str, msgspec.Meta(max_length=64)]
    stake: stakes.Stake


class Chips(msgspec.Struct, frozen=True):
    """`{"bets": [{"bet": "small", "stake": 100}, …]}`."""

    bets: Annotated[tuple[Chip, ...], msgspec.Meta(max_length=1_000)]
    """1 to 50 of them; a longer list is refused as BET_INVALID."""


class ChipWin(msgspec.Struct, frozen=True, gc=False):
    """A bet that something came back for."""

    bet: Name
    stake: Amount
    payout: Amount
    """The stake included."""


def total_stake(
    chips: Sequence[Chip], limits: StakeLimits, multiple: Callable[[str], int | None]
) -> int:
    """Return the sum of all stakes in minor units. A bet named twice is refused, not summed.

    `multiple` gives for a bet's name what its stake must be a multiple of, or None where there is
    no bet of that name. Raises `Refused` with BET_INVALID, STAKE_NOT_WHOLE, STAKE_BELOW or
    STAKE_ABOVE.
    """
    if not chips:
        raise Refused(ErrorCode.BET_INVALID, "Place at least one bet.")
    if len(chips) > MAXIMUM_BETS:
        raise Refused(ErrorCode.BET_INVALID, f"Place at most {MAXIMUM_BETS} bets a round.")
    total = 0
    seen = set()
    for chip in chips:
        unit = multiple(chip.bet)
        if unit is None:
            raise Refused(ErrorCode.BET_INVALID, f"There is no bet named {chip.bet!r}.")
        if chip.bet in seen:
            raise Refused(ErrorCode.BET_INVALID, f"{chip.bet} is bet on twice; add the stakes.")
        seen.add(chip.bet)
        stake = stakes.whole(chip.stake)
        minimum = max(unit, limits.minimum)
        if stake < minimum:
            raise stakes.below(minimum)
        if stake % unit:
            raise Refused(
                ErrorCode.STAKE_NOT_WHOLE,
                f"Stake a multiple of {unit} minor units on {chip.bet}, so that it pays exactly.",
            )
        total += stake
    if total > limits.maximum:
        raise stakes.above(limits.maximum)
    return total


def whole_stake(chip: Chip) -> int:
    """Return the stake of a chip that has passed `total_stake`."""
    assert type(chip.stake) is int, "the bets have passed `total_stake`"
    return chip.stake


def settle(
    chips: Sequence[Chip], factor: Callable[[str], int | None], unit: int = 1
) -> tuple[int, int, tuple[ChipWin, ...]]:
    """Return the total stake, the total payout and the wins of chips that passed `total_stake`.

    `factor` gives what a bet brings back, its stake included, in parts of `unit` to a unit staked;
    None or 0 where it has lost. The stake's multiple makes every payout whole.
    """
    total = payout = 0
    wins = []
    for chip in chips:
        stake = whole_stake(chip)
        total += stake
        if parts := factor(chip.bet):
            back = stake * parts // unit
            payout += back
            wins.append(ChipWin(chip.bet, stake, back))
    return total, payout, tuple(wins)


def one_chip(bet: str, stake: int, multiple: Callable[[str], int | None]) -> Chips:
    """Return one bet of that name. Raises ValueError if `multiple`, as above, knows none."""
    if multiple(bet) is None:
        raise ValueError(f"there is no bet named {bet!r}")
    return Chips((Chip(bet, stake),))
