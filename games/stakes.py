"""How a stake is written in a bets body, and the refusals that every game gives alike."""

from __future__ import annotations

from protocol.errors import ErrorCode, Refused
from protocol.messages.common import Amount

Stake = Amount | float
"""Minor units. A number with a fraction can be read, so that it gets its own refusal
(STAKE_NOT_WHOLE) instead of that of an unreadable body; only integers are ever played."""


def whole(stake: int | float) -> int:  # noqa: PYI041 - the two are told apart here
    """Return the stake if it is an integer. Raises `Refused` with STAKE_NOT_WHOLE otherwise."""
    if type(stake) is int:
        return stake
    raise Refused(ErrorCode.STAKE_NOT_WHOLE)


def below(minimum: int) -> Refused:
    """Return the refusal of a stake below `minimum` minor units."""
    return Refused(
        ErrorCode.STAKE_BELOW, f"Stake at least {minimum} minor units.", {"minimum": minimum}
    )


def above(maximum: int) -> Refused:
    """Return the refusal of a stake above `maximum` minor units."""
    return Refused(
        ErrorCode.STAKE_ABOVE, f"Stake at most {maximum} minor units.", {"maximum": maximum}
    )
