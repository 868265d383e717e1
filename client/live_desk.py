"""The live tables of one client: who gets which event, and how each comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from client.errors import CroupierError
from client.live import LiveHouse, LiveTable
from protocol.errors import ErrorCode
from protocol.messages.live import Joined, LiveEvent, LiveState, Watch, Watching
from protocol.messages.session import Position, Welcome

__all__ = ["LiveDesk"]


class LiveDesk:
    """Every live table that the player sits at or watches."""

    def __init__(self, house: LiveHouse, later: Callable[[asyncio.Future[Any]], None]) -> None:
        self._house = house
        self._later = later
        """Keeps a request of the client's own, and tells the listeners if it fails."""
        self._tables: dict[str, LiveTable] = {}

    @property
    def tables(self) -> Sequence[LiveTable]:
        """The tables."""
        return tuple(self._tables.values())

    def get(self, table: str) -> LiveTable | None:
        """Return a table by its id."""
        return self._tables.get(table)

    def forget(self, table: LiveTable) -> None:
        """Forget a table that was left."""
        if self._tables.get(table.id) is table:
            del self._tables[table.id]

    def answered(self, reply: Joined | Watching, client_seed: bytes | None = None) -> LiveTable:
        """Return the table that a reply is about.

        A client seed of the player's choice is given there once the chain is known.
        """
        return self.taken(reply.live, client_seed)

    def taken(self, state: LiveState, client_seed: bytes | None = None) -> LiveTable:
        """Take where a table stands."""
        table = self._tables.get(state.table)
        if table is None:
            table = LiveTable(self._house, state, client_seed=client_seed)
            self._tables[state.table] = table
            return table
        return table.take(state)

    def take_event(self, event: LiveEvent) -> None:
        """Take an event; where events before it were missed, ask where the table stands.

        Raises FairnessError.
        """
        table = self._tables.get(event.table)
        if table is not None and not table.take_event(event):
            self._return(table)

    def welcomed(self, welcome: Welcome, *, resumed: bool) -> None:
        """Take every table anew. Raises FairnessError."""
        told = {state.table: state for state in welcome.tables} if resumed else {}
        for table in self.tables:
            state = told.get(table.id)
            if state is None:
                # A watched table is the client's to ask for, and so is every table of a session
                # that the server does not know any more.
                self._return(table)
            else:
                table.take_state(state)

    def positions(self) -> Sequence[Position]:
        """Return the last event seen of each table."""
        return [table.position() for table in self.tables]

    def _return(self, table: LiveTable) -> None:
        """Go back to a table; to watch it, where its seat was given away."""
        asked = self._house.call(table.return_request(), self.answered)

        async def settle() -> None:
            try:
                await asked
            except CroupierError as error:
                if error.code not in _SEAT_GONE or table.seat is None:
                    self.forget(table)
                    raise
                table.unseat()
                await self._house.call(Watch(table=table.id), self.answered)

        self._later(asyncio.ensure_future(settle()))


_SEAT_GONE = {
    ErrorCode.SEAT_TAKEN.value,
    ErrorCode.TABLE_FULL.value,
    ErrorCode.NO_SEAT.value,
}
