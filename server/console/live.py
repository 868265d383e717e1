"""What operators need of whoever runs the shared tables, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from protocol.schema.console_making import TableOffer, TableTerms
from protocol.schema.console_tables import (
    Action,
    NodeRow,
    PrivatePlay,
    RoundReplay,
    TableDetail,
    TableEvent,
    TableRow,
)
from server.config import LiveTableSettings
from server.tables.live.settings import TableState
from server.tables.live.terms import Terms, text_of

__all__ = [
    "COMMAND_LINE",
    "ActionRefused",
    "Change",
    "LiveTables",
    "NewTable",
    "Order",
    "TableMaker",
    "Unsubscribe",
    "Watcher",
]

COMMAND_LINE: Final = "command line"
"""The role, on record, of whoever runs a command in his own name."""

Unsubscribe = Callable[[], None]
"""Ends a subscription. A second call does nothing."""


class ActionRefused(Exception):  # noqa: N818 - an answer, not a fault of ours
    """The table did not do it. `code` is one of the console's refusals.

    `no_table`, `no_round` (the round is over, or another one), `wrong_state` (it is paused, closed,
    or has no round, so that there is nothing to do), `table_open` and `seats_taken` (it cannot be
    changed now), `unreachable` (its node did not answer: it is not known whether it was done).
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

    @property
    def origin(self) -> str:
        """How whoever wants it stands at the table."""
        by_command = self.role == COMMAND_LINE
        return f"{'command' if by_command else 'operator'}:{self.operator}"


class Watcher(Protocol):
    """Whoever is told of changes. The calls return at once and raise nothing."""

    def changed(self, table: str) -> None:
        """Tell that a table is new, or that its row, its seats or its rounds have changed."""

    def gone(self, table: str) -> None:
        """Tell that a table is no more."""

    def happened(self, table: str, event: TableEvent) -> None:
        """Tell of an event at a table that this watcher follows."""

    def totals(self) -> None:
        """Tell that totals of private tables, or the nodes, have changed."""


class NewTable(msgspec.Struct, frozen=True):
    """A table that can be made: checked, and with an id."""

    id: int
    table: LiveTableSettings
    terms: Terms
    state: TableState

    @property
    def text(self) -> str:
        """What it is, for the record."""
        return text_of(self.table, self.state)


class Change(msgspec.Struct, frozen=True):
    """What a table is to take, checked, and what is different."""

    id: int
    terms: Terms
    text: str
    reverted: bool = False
    """Whether these are the terms of config.toml, which has the table back with them."""


class TableMaker(Protocol):
    """Makes tables and changes them. What cannot be done raises TableRefused or ActionRefused."""

    async def offer(self) -> TableOffer:
        """Return what a new table can be."""

    async def check(self, said: Mapping[str, Any], *, closed: bool) -> NewTable:
        """Return a table that can be made as it was said."""

    async def make(self, new: NewTable, origin: str, record: int) -> TableRow | None:
        """Make a table; None where no node runs it yet."""

    async def terms(self, table: str) -> TableTerms | None:
        """Return what a table takes, or None."""

    async def check_change(self, table: str, said: Mapping[str, Any]) -> Change:
        """Return what a table is to take."""

    async def check_revert(self, table: str) -> Change:
        """Return what a table is to take so that it is as config.toml has it."""

    async def change(self, change: Change, origin: str, record: int | None) -> None:
        """Change a table; returns when it is done."""


class LiveTables(Protocol):
    """The shared tables of all nodes, as an operator sees them: what a watcher sees, and totals.

    Nothing that is handed over here tells of an outcome that is not committed, or of a card that a
    watcher at the table does not see.
    """

    making: TableMaker | None
    """Who makes tables and changes them; None while the node starts."""

    def snapshot(self) -> Sequence[TableRow]:
        """Return every table, with the clocks as they stand now."""

    def row(self, table: str) -> TableRow | None:
        """Return one table, with its clock as it stands now."""

    def private(self) -> Sequence[PrivatePlay]:
        """Return the totals of private tables, by node and game."""

    def nodes(self) -> Sequence[NodeRow]:
        """Return the nodes that live, by number."""

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
