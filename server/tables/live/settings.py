"""What a live table is: its game, limits, seats and clocks."""

from __future__ import annotations

import enum
from typing import Any, Final, NamedTuple

from games.game import StakeLimits
from games.live import Style

__all__ = ["DRAW_MS", "TableSettings", "TableState"]

DRAW_MS: Final = {Style.WINDOW: 3_000, Style.ROLLS: 2_000}
"""How long a table waits before the draw where its settings do not say, in milliseconds. A wheel or
dice want to be seen; cards in turn and a multiplier have their own time, and wait for nothing."""


class TableState(enum.IntEnum):
    """Whether a table opens new rounds; the numbers are those of `live_table.state`."""

    OPEN = 0
    PAUSED = 1
    """The running round ends; the next opens when the table is resumed."""
    CLOSING = 2
    """The running round ends, then the table closes."""
    CLOSED = 3

    @property
    def wire(self) -> str:
        """Its name in messages."""
        return self.name.lower()


class TableSettings(NamedTuple):
    """One table as it is on record; durations in milliseconds, amounts in minor units."""

    id: int
    title: str
    game: str
    currency: str
    limits: StakeLimits
    seats: int
    betting_ms: int
    decision_ms: int
    result_ms: int
    seat_hold_ms: int
    state: TableState
    draw_ms: int | None = None
    """Between the close of bets and the draw; None: as `DRAW_MS` has it."""

    @classmethod
    def of_row(cls, row: Any) -> TableSettings:
        """Read a row of `live_table`."""
        return cls(
            id=row["id"],
            title=row["title"],
            game=row["game"],
            currency=row["currency"],
            limits=StakeLimits(row["minimum"], row["maximum"]),
            seats=row["seats"],
            betting_ms=row["betting_ms"],
            decision_ms=row["decision_ms"],
            result_ms=row["result_ms"],
            seat_hold_ms=row["seat_hold_ms"],
            state=TableState(row["state"]),
            draw_ms=row["draw_ms"],
        )
