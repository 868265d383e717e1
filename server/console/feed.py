"""What one page is told of live tables, and when: a row that changes ten times is told once.

A feed remembers which tables have changed, not the changes, so a reader that is slow costs no
memory and finds what is true now when it reads on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final

import msgspec

from protocol.schema.console_tables import (
    Changes,
    Detail,
    Events,
    NodeRow,
    PrivatePlay,
    Snapshot,
    TableEvent,
)
from server.console.live import LiveTables, Unsubscribe

__all__ = ["EVENTS_KEPT", "Feed"]

EVENTS_KEPT: Final = 200
"""Events of the followed table that wait to be sent. Of more the oldest are left out."""


class Feed:
    """One page's view of the tables. Close it when the page is gone."""

    def __init__(self, tables: LiveTables) -> None:
        self._tables = tables
        self._wake = asyncio.Event()
        self._whole = True
        self._changed: dict[str, None] = {}
        self._gone: dict[str, None] = {}
        self._private: Sequence[PrivatePlay] = ()
        self._nodes: Sequence[NodeRow] = ()
        self._followed: str | None = None
        self._detail = False
        self._events: deque[TableEvent] = deque()
        self._missed = 0
        self._unfollow: Unsubscribe | None = None
        self._unsubscribe = tables.subscribe(self)
        self._wake.set()

    def close(self) -> None:
        """Be told of nothing more."""
        self.follow(None)
        self._unsubscribe()

    def follow(self, table: str | None) -> None:
        """Tell of this table in detail, and of no other."""
        if self._unfollow is not None:
            self._unfollow()
            self._unfollow = None
        self._followed = table
        self._events.clear()
        self._missed = 0
        self._detail = table is not None
        if table is not None:
            self._unfollow = self._tables.follow(table, self)
            self._wake.set()

    # -- what the tables tell ----------------------------------------------------------------------

    def changed(self, table: str) -> None:
        """A table is new or has changed."""
        self._gone.pop(table, None)
        self._changed[table] = None
        if table == self._followed:
            self._detail = True
        self._wake.set()

    def gone(self, table: str) -> None:
        """A table is no more."""
        self._changed.pop(table, None)
        self._gone[table] = None
        if table == self._followed:
            self._detail = True
        self._wake.set()

    def happened(self, table: str, event: TableEvent) -> None:
        """Something has happened at the table that is followed."""
        if table != self._followed:
            return
        if len(self._events) >= EVENTS_KEPT:
            self._events.popleft()
            self._missed += 1
        self._events.append(event)
        self._wake.set()

    def totals(self) -> None:
        """Totals of private tables, or the nodes, have changed."""
        self.look()

    # -- what is sent ------------------------------------------------------------------------------

    async def wait(self) -> None:
        """Return when there is something to send."""
        await self._wake.wait()

    def look(self) -> None:
        """Look whether the totals of private tables, or the nodes, have changed."""
        private, nodes = list(self._tables.private()), list(self._tables.nodes())
        if (private, nodes) != (self._private, self._nodes):
            self._wake.set()

    async def take(self) -> list[bytes]:
        """Return the messages that tell everything up to now, as JSON."""
        self._wake.clear()
        messages: list[bytes] = []
        rows = self._rows()
        if rows is not None:
            messages.append(msgspec.json.encode(rows))
        table = self._followed
        if table is None:
            return messages
        # Events that come while the detail is fetched are sent with the next messages.
        events, missed = list(self._events), self._missed
        self._events.clear()
        self._missed = 0
        if self._detail:
            self._detail = False
            detail = await self._tables.detail(table)
            if self._followed != table:
                return messages
            messages.append(msgspec.json.encode(Detail(id=table, table=detail)))
        if events:
            messages.append(msgspec.json.encode(Events(id=table, events=events, missed=missed)))
        return messages

    def _rows(self) -> Snapshot | Changes | None:
        private, nodes = list(self._tables.private()), list(self._tables.nodes())
        changed, gone = list(self._changed), list(self._gone)
        self._changed.clear()
        self._gone.clear()
        before, self._private = self._private, private
        nodes_before, self._nodes = self._nodes, nodes
        if self._whole:
            self._whole = False
            return Snapshot(tables=list(self._tables.snapshot()), private=private, nodes=nodes)
        if not changed and not gone and private == before and nodes == nodes_before:
            return None
        rows = [row for table in changed if (row := self._tables.row(table)) is not None]
        return Changes(
            tables=rows,
            gone=gone,
            private=None if private == before else private,
            nodes=None if nodes == nodes_before else nodes,
        )
