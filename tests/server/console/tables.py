"""Tables for the tests of what operators see, and an engine that does as it is told."""

from __future__ import annotations

from typing import Any

import msgspec

from protocol.schema.console_tables import Action, RoundReplay, TableEvent, TableRow
from server.console.board import LiveBoard
from server.console.live import ActionRefused, Order

ROW = TableRow(
    id="t1",
    game="roulette",
    title="Roulette 1",
    currency="EUR",
    phase="betting",
    phase_ms_left=9_000,
    round="77-1",
    held=500,
    node="1",
)


def row(identifier: str = "t1", **changes: Any) -> TableRow:
    """Return a table's row."""
    return msgspec.structs.replace(ROW, id=identifier, **changes)


def event(text: str = "a bet", **changes: Any) -> TableEvent:
    """Return an event."""
    return TableEvent(kind="bet", text=text, at_ms=1, **changes)


class Engine:
    """Does on the board what it is told, and remembers it."""

    def __init__(self, board: LiveBoard) -> None:
        self.board = board
        self.orders: list[tuple[str, Action, Order]] = []
        self.follows: list[tuple[str, bool]] = []
        self.refusal = ""
        board.engine = self

    async def act(self, table: str, action: Action, order: Order) -> None:
        """Remember it, and pause the table whatever it was."""
        self.orders.append((table, action, order))
        if self.refusal:
            raise ActionRefused(self.refusal)
        self.board.put(row(table, state="paused"))

    async def replay(self, round_id: str) -> RoundReplay | None:
        """Have one round."""
        if round_id != "shared-1":
            return None
        return RoundReplay(
            round=round_id,
            game="roulette",
            title="Roulette",
            currency="EUR",
            result="17 black",
            staked=5,
            paid=0,
            agrees=True,
            steps=(),
        )

    def followed(self, table: str, *, followed: bool) -> None:
        """Remember who is followed."""
        self.follows.append((table, followed))
