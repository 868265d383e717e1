"""Craps at a table that many share, under the contract of `games.game`: one roll is one round.

Bets that a roll does not decide are bets of the next round. Their returns are those of `Craps`: the
same function settles them, and it makes no difference which seed a roll was drawn from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from games import chips, stakes
from games.chips import Chip
from games.craps import bets as layout, roll
from games.craps.bets import CrapsStatus, CrapsWager, Point
from games.craps.game import Craps
from games.craps.roll import CrapsTableBets, RollState
from games.craps.view import Die
from games.digest import rules_digest
from games.entropy import Draws
from games.game import BetReturn, Description, Game, RoundKind, StakeLimits
from protocol.messages.common import MAXIMUM_INTEGER, Amount, Name

__all__ = ["CrapsTable", "CrapsTableView"]


class CrapsTableView(msgspec.Struct, frozen=True, gc=False):
    """One roll of a shared table, and what it has made of a seat's bets."""

    dice: tuple[Die, Die]
    point_before: Point
    """The table's point before the roll; 0 where it was a come-out roll."""
    point: Point
    """The table's point after it."""
    bets: tuple[CrapsWager, ...]
    """The seat's bets in the order in which they were made, as the roll has left them."""
    stake: Amount
    """Of the bets that the roll decided, in minor units."""
    payout: Amount
    """What those brought back, in minor units."""
    summary: Name
    """The roll in a few words: `9 (6 3), point made`."""


class _NoDecision(msgspec.Struct, frozen=True):
    """There is nothing to decide within a roll."""


class CrapsTable(Game[CrapsTableBets, _NoDecision, RollState]):
    """One roll after another, for everybody at the table."""

    name = Craps.name
    version = Craps.version
    title = Craps.title
    kind = RoundKind.SHARED
    bets_type = CrapsTableBets
    view_type = CrapsTableView
    digest = rules_digest((layout, roll, chips, stakes))
    maximum_draws = roll.MAXIMUM_DRAWS
    maximum_payout_factor = layout.HIGHEST_FACTOR

    def stake(self, bets: CrapsTableBets, limits: StakeLimits) -> int:
        """Return all that a seat has on the roll, odds and what stood before included."""
        return roll.check(bets, limits)

    def open(self, seats: Sequence[CrapsTableBets], draws: Draws) -> RollState:
        """Roll."""
        return roll.roll(seats[0], draws.copy())

    def sample(self, bet: str, stake: int) -> CrapsTableBets:
        """Return one bet of that name before a come-out roll."""
        if bet not in layout.MULTIPLES:
            raise ValueError(f"there is no bet named {bet!r}")
        return roll.added(None, (Chip(bet, stake),), 0)

    def view(self, state: RollState, seat: int | None) -> CrapsTableView:  # noqa: ARG002
        """Return the roll; nothing of it is hidden."""
        return CrapsTableView(
            dice=state.dice,
            point_before=state.before,
            point=state.point,
            bets=state.wagers,
            stake=state.stakes[0],
            payout=state.payouts[0] or 0,
            summary=_summary(state),
        )

    def describe(self) -> Description:
        """Return the description of craps, with these rules' digest."""
        return msgspec.structs.replace(
            Craps().describe(), digest=self.digest, kind=self.kind, actions=()
        )

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the exact mathematics of every bet but come bets and odds, until it is decided."""
        return Craps().bet_returns()


def _summary(state: RollState) -> str:
    first, second = state.dice
    total = first + second
    text = f"{total} ({first} {second})"
    if not state.before:
        return f"{text}, the point" if state.point else f"{text}, come-out"
    if state.point:
        return text
    return f"{text}, seven out" if total == 7 else f"{text}, point made"


def _maximum_reply_bytes() -> int:
    """Return a length that no view exceeds: every bet there can be at once."""
    huge = MAXIMUM_INTEGER
    bets = [*roll.UNITS, *["dont-come"] * 2 * len(layout.POINTS)]
    view = CrapsTableView(
        dice=(6, 6),
        point_before=10,
        point=10,
        bets=tuple([CrapsWager(bet, huge, 10, huge, CrapsStatus.STANDING, huge) for bet in bets]),
        stake=huge,
        payout=huge,
        summary="12 (6 6), point made",
    )
    return len(msgspec.msgpack.encode(view))


MAXIMUM_REPLY_BYTES: Final = _maximum_reply_bytes()
CrapsTable.maximum_reply_bytes = MAXIMUM_REPLY_BYTES
