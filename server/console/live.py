"""What operators need of whoever runs the shared tables, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from protocol.schema.console_tables import (
    Action,
    PrivatePlay,
    RoundReplay,
    TableDetail,
    TableEvent,
    TableRow,
)

__all__ = ["ActionRefused", "LiveTables", "Order", "Unsubscribe", "Watcher"]

Unsubscribe = Callable[[], None]
"""Ends a subscription. A second call does nothing."""


class ActionRefused(Exception):  # noqa: N818 - an answer, not a fault of ours
    """The table did not do it. `code` is one of the console's refusals.

    `no_table`, `no_round` (the round is over, or another one), `wrong_state` (it is paused, closed,
    or has no round, so that there is nothing to do), `unreachable` (its node did not answer: it is
    not known whether it was done).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Order(NamedTuple):
    """Who wants an action and why. It is recorded already."""

    operator: str
    role: str
    reason: str
    record: int
    """The number of the record; an action that is asked for twice under it is one."""
    round: str | None = None
    """The round to be voided."""


class Watcher(Protocol):
    """Whoever is told of changes. The calls return at once and raise nothing."""

    def changed(self, table: str) -> None:
        """Tell that a table is new, or that its row, its seats or its rounds have changed."""

    def gone(self, table: str) -> None:
        """Tell that a table is no more."""

    def happened(self, table: str, event: TableEvent) -> None:
        """Tell of an event at a table that this watcher follows."""

    def totals(self) -> None:
        """Tell that totals of private tables have changed."""


class LiveTables(Protocol):
    """The shared tables of all nodes, as an operator sees them: what a watcher sees, and totals.

    Nothing that is handed over here tells of an outcome that is not committed, or of a card that a
    watcher at the table does not see.
    """

    def snapshot(self) -> Sequence[TableRow]:
        """Return every table, with the clocks as they stand now."""

    def row(self, table: str) -> TableRow | None:
        """Return one table, with its clock as it stands now."""

    def private(self) -> Sequence[PrivatePlay]:
        """Return the totals of private tables, by node and game."""

    def subscribe(self, watcher: Watcher) -> Unsubscribe:
        """Tell a watcher of changes of all tables from now on."""

    def follow(self, table: str, watcher: Watcher) -> Unsubscribe:
        """Tell a watcher of the events of one table as well, from now on."""

    async def detail(self, table: str) -> TableDetail | None:
        """Return one table in detail, or None."""

    async def act(self, table: str, action: Action, order: Order) -> None:
        """Do something to a table; returns when it is done. Raises ActionRefused."""

    async def replay(self, round_id: str) -> RoundReplay | None:
        """Return a finished round, computed again from its record; None where there is none."""
