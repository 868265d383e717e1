"""What a live table is: its game, limits, seats and clocks."""

from __future__ import annotations

import enum
from typing import Any, NamedTuple

from games.game import StakeLimits

__all__ = ["TableSettings", "TableState"]


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
        )
