"""The bets body of a table with a few named bets, and the refusals that it gets.

Of a table's limits the minimum is that of each bet, the maximum that of the whole round.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from games import stakes
from games.game import StakeLimits
from protocol.errors import ErrorCode, Refused


class NamedBet(msgspec.Struct, frozen=True, gc=False):
    """One bet by its name."""

    bet: Annotated[str, msgspec.Meta(max_length=64)]
    stake: stakes.Stake


class NamedBets(msgspec.Struct, frozen=True):
    """`{"bets": [{"bet": "player", "stake": 100}, …]}`, each name once."""

    bets: Annotated[tuple[NamedBet, ...], msgspec.Meta(max_length=1_000)]


def total_stake(bets: NamedBets, multiples: Mapping[str, int], limits: StakeLimits) -> int:
    """Return the sum of all bets in minor units.

    `multiples` has every name that can be bet on, with the number of minor units that its stake
    must be a multiple of, so that every payout is whole.

    Raises `Refused`: BET_INVALID for no bet, an unknown one or one named twice; STAKE_NOT_WHOLE for
    a fraction or no multiple; STAKE_BELOW and STAKE_ABOVE.
    """
    if not bets.bets:
        raise Refused(ErrorCode.BET_INVALID, "Place at least one bet.")
    total = 0
    seen = set()
    for bet in bets.bets:
        multiple = multiples.get(bet.bet)
        if multiple is None:
            raise Refused(ErrorCode.BET_INVALID, f"There is no bet named {bet.bet!r}.")
        if bet.bet in seen:
            raise Refused(ErrorCode.BET_INVALID, f"{bet.bet} is bet on twice; add the stakes.")
        seen.add(bet.bet)
        stake = stakes.whole(bet.stake)
        if stake < max(multiple, limits.minimum):
            raise stakes.below(max(multiple, limits.minimum))
        if stake % multiple:
            raise Refused(
                ErrorCode.STAKE_NOT_WHOLE,
                f"Stake a multiple of {multiple} minor units on {bet.bet}; then it pays exactly.",
                {"multiple": multiple},
            )
        total += stake
    if total > limits.maximum:
        raise stakes.above(limits.maximum)
    return total


def staked(bets: NamedBets) -> dict[str, int]:
    """Return the stake on each name. The bets have passed `total_stake`."""
    amounts = {}
    for bet in bets.bets:
        assert type(bet.stake) is int, "the bets have passed `total_stake`"
        amounts[bet.bet] = bet.stake
    return amounts


def single(bet: str, stake: int, names: Mapping[str, int]) -> NamedBets:
    """Return one bet and nothing else. Raises ValueError for a name that is not in `names`."""
    if bet not in names:
        raise ValueError(f"there is no bet named {bet!r}")
    return NamedBets((NamedBet(bet, stake),))
