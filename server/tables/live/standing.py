"""The inputs of a round put together: what it began with, and each seat's bets.

A round that follows another has that from the house, as its first inputs: input 0, of no seat, is
its stage; then come the bets that stand, a seat each, with what is on hold for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec

from games.craps.roll import CrapsStage, held
from games.game import StakeLimits
from games.live import LiveRules
from protocol.messages.common import MAXIMUM_INTEGER

__all__ = ["NO_SEAT", "PutTogether", "WrongStakeError", "put_together", "read_stage"]

NO_SEAT: Final = -1
"""Whose input a stage is."""
_NO_LIMITS: Final = StakeLimits(1, MAXIMUM_INTEGER)
_stages: Final = msgspec.msgpack.Decoder(CrapsStage)


class WrongStakeError(ValueError):
    """An input whose stake is not the one that its bets take; the text says which."""


class PutTogether(NamedTuple):
    """What the accepted inputs of a round come to."""

    stage: CrapsStage | None
    """None where the round follows none."""
    bets: dict[int, Any]
    """Of each seat, in the form of the game's bets."""
    stakes: dict[int, int]
    """On hold for each seat, in minor units, by the rules."""


def read_stage(data: bytes) -> CrapsStage:
    """Return a stage as it was stored. Raises msgspec.DecodeError."""
    return _stages.decode(data)


def put_together(rules: LiveRules, inputs: Iterable[Any]) -> PutTogether:
    """Put together the accepted inputs of a round, in order.

    Each has `seat`, `decision`, `stake` and `platform`. Raises WrongStakeError,
    and whatever the rules do over what is no bet of theirs.
    """
    stage: CrapsStage | None = None
    bets: dict[int, Any] = {}
    stakes: dict[int, int] = {}
    for row in inputs:
        seat, decision, stake, platform = row
        if seat == NO_SEAT:
            stage = read_stage(decision)
            continue
        if platform:
            stood = msgspec.msgpack.decode(decision, type=rules.game.bets_type)
            bets[seat], total = stood, held(stood)
        else:
            more = msgspec.msgpack.decode(decision, type=rules.asked_type)
            bets[seat] = rules.added(bets.get(seat), more, stage)
            total = rules.stake(bets[seat], _NO_LIMITS)
        added = total - stakes.get(seat, 0)
        if added != stake:
            raise WrongStakeError(
                f"a bet of seat {seat} added {stake}, by the rules it adds {added}"
            )
        stakes[seat] = total
    return PutTogether(stage, bets, stakes)
