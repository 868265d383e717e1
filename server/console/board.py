"""The board of live tables: whoever runs tables writes on it, and operators read it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from protocol.schema.console_tables import (
    Action,
    NodeRow,
    PrivatePlay,
    Round,
    RoundReplay,
    Seat,
    TableDetail,
    TableEvent,
    TableRow,
)
from server.console.live import ActionRefused, Order, TableMaker, Unsubscribe, Watcher

__all__ = ["ROUNDS_KEPT", "LiveBoard", "TableEngine"]

ROUNDS_KEPT: Final = 50
"""Finished rounds of a table that the board keeps."""


class TableEngine(Protocol):
    """Whoever runs the tables, on this node and on others."""

    async def act(self, table: str, action: Action, order: Order) -> None:
        """Do something to a table; returns when it is done. Raises ActionRefused."""

    async def replay(self, round_id: str) -> RoundReplay | None:
        """Return a finished round of a shared table, or None."""

    def followed(self, table: str, *, followed: bool) -> None:
        """Tell that somebody follows this table, or that nobody does any more.

        Events, seats and rounds of a table that nobody follows need not be written on the board,
        so that those of another node need not be fetched.
        """


@dataclass(slots=True)
class _Entry:
    """A table, and since when its clock has run."""

    row: TableRow
    at: float
    seats: tuple[Seat, ...] = ()
    rounds: tuple[Round, ...] = ()


def _nothing() -> Sequence[PrivatePlay]:
    return ()


class LiveBoard:
    """The tables of all nodes in memory. It belongs to one event loop.

    Rows are written whole: `put` when anything in one has changed, `remove` when a table is no
    more, `event` for what has happened. `engine` is asked for what only the owner can do.
    """

    def __init__(
        self,
        *,
        private: Callable[[], Sequence[PrivatePlay]] = _nothing,
        engine: TableEngine | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.engine = engine
        self.making: TableMaker | None = None
        """Who makes tables and changes them; None while the node starts."""
        self._private = private
        self._monotonic = monotonic
        self._entries: dict[str, _Entry] = {}
        self._watchers: list[Watcher] = []
        self._followers: dict[str, list[Watcher]] = {}
        self._private_elsewhere: dict[int, tuple[PrivatePlay, ...]] = {}
        self._nodes: tuple[NodeRow, ...] = ()

    # -- for whoever runs the tables ---------------------------------------------------------------

    def put(
        self,
        row: TableRow,
        *,
        seats: Sequence[Seat] | None = None,
        rounds: Sequence[Round] | None = None,
    ) -> None:
        """Write a table's row, and its seats and finished rounds where they are given too."""
        now = self._monotonic()
        entry = self._entries.get(row.id)
        if entry is None:
            entry = self._entries[row.id] = _Entry(row, now)
        entry.row, entry.at = row, now
        if seats is not None:
            entry.seats = tuple(seats)
        if rounds is not None:
            entry.rounds = tuple(rounds[:ROUNDS_KEPT])
        self._changed(row.id)

    def finished(self, table: str, round_: Round) -> None:
        """Add a finished round to those of a table. A table that is not there is passed over."""
        entry = self._entries.get(table)
        if entry is not None:
            entry.rounds = (round_, *entry.rounds[: ROUNDS_KEPT - 1])
            self._changed(table)

    def remove(self, table: str) -> None:
        """Take a table off the board."""
        if self._entries.pop(table, None) is not None:
            for watcher in tuple(self._watchers):
                watcher.gone(table)

    def event(self, table: str, event: TableEvent) -> None:
        """Tell those who follow a table what has happened there. It must have been committed."""
        for watcher in tuple(self._followers.get(table, ())):
            watcher.happened(table, event)

    def put_private(self, node: int, totals: Sequence[PrivatePlay]) -> None:
        """Write the totals of private tables of another node, or none: it is no more."""
        before = self._private_elsewhere.pop(node, ())
        if totals:
            self._private_elsewhere[node] = tuple(totals)
        if before != tuple(totals):
            self.totals_changed()

    def put_nodes(self, nodes: Sequence[NodeRow]) -> None:
        """Write which nodes live."""
        before, self._nodes = self._nodes, tuple(nodes)
        if before != self._nodes:
            self.totals_changed()

    def totals_changed(self) -> None:
        """Tell everybody that totals of private tables, or the nodes, are others now."""
        for watcher in tuple(self._watchers):
            watcher.totals()

    def own_private(self) -> Sequence[PrivatePlay]:
        """Return the totals of this node's private tables."""
        return self._private()

    def is_followed(self, table: str) -> bool:
        """Whether anybody looks at this table in detail."""
        return table in self._followers

    @property
    def streams(self) -> int:
        """How many pages are told of all tables."""
        return len(self._watchers)

    @property
    def followed(self) -> int:
        """How many tables somebody looks at in detail."""
        return len(self._followers)

    def __len__(self) -> int:
        """Return how many tables there are."""
        return len(self._entries)

    # -- for operators -----------------------------------------------------------------------------

    def snapshot(self) -> list[TableRow]:
        """Return every table, with the clocks as they stand now."""
        now = self._monotonic()
        return [_told(entry, now) for entry in self._entries.values()]

    def row(self, table: str) -> TableRow | None:
        """Return one table, with its clock as it stands now."""
        entry = self._entries.get(table)
        return None if entry is None else _told(entry, self._monotonic())

    def private(self) -> Sequence[PrivatePlay]:
        """Return the totals of private tables, this node's first, then the others' by number."""
        elsewhere = sorted(self._private_elsewhere.items())
        return [*self._private(), *(one for _, totals in elsewhere for one in totals)]

    def nodes(self) -> Sequence[NodeRow]:
        """Return the nodes that live, by number."""
        return self._nodes

    def subscribe(self, watcher: Watcher) -> Unsubscribe:
        """Tell a watcher of changes of all tables from now on."""
        self._watchers.append(watcher)

        def unsubscribe() -> None:
            if watcher in self._watchers:
                self._watchers.remove(watcher)

        return unsubscribe

    def follow(self, table: str, watcher: Watcher) -> Unsubscribe:
        """Tell a watcher of the events of one table as well, from now on."""
        followers = self._followers.setdefault(table, [])
        followers.append(watcher)
        if len(followers) == 1 and self.engine is not None:
            self.engine.followed(table, followed=True)

        def unfollow() -> None:
            if watcher not in followers:
                return
            followers.remove(watcher)
            if not followers:
                self._followers.pop(table, None)
                if self.engine is not None:
                    self.engine.followed(table, followed=False)

        return unfollow

    async def detail(self, table: str) -> TableDetail | None:
        """Return one table in detail, or None."""
        entry = self._entries.get(table)
        if entry is None:
            return None
        row = _told(entry, self._monotonic())
        return TableDetail(row=row, seats=entry.seats, rounds=entry.rounds)

    async def act(self, table: str, action: Action, order: Order) -> None:
        """Have the table's owner do something. Raises ActionRefused."""
        if table not in self._entries:
            raise ActionRefused("no_table")
        if self.engine is None:
            raise ActionRefused("unreachable")
        await self.engine.act(table, action, order)

    async def replay(self, round_id: str) -> RoundReplay | None:
        """Return a finished round of a shared table, or None."""
        return None if self.engine is None else await self.engine.replay(round_id)

    def _changed(self, table: str) -> None:
        for watcher in tuple(self._watchers):
            watcher.changed(table)


def _told(entry: _Entry, now: float) -> TableRow:
    """Return a row whose clock has gone on since it was written."""
    row = entry.row
    if row.phase_ms_left is None:
        return row
    left = max(0, row.phase_ms_left - round((now - entry.at) * 1_000))
    return row if left == row.phase_ms_left else msgspec.structs.replace(row, phase_ms_left=left)
