"""The live tables as this node's sessions meet them: joining, watching, coming back, being told."""

from __future__ import annotations

from typing import Any, Protocol

from protocol.codec import Codec
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import Event
from protocol.messages.live import (
    Join,
    Joined,
    LiveState,
    TableCard,
    TableList,
    Watch,
    Watching,
)
from protocol.messages.session import Position, TableState
from protocol.messages.tables import Left
from server.tables.live.floor import LiveFloor
from server.tables.live.seats import Player, Push
from server.tables.live.settings import TableState as State
from server.tables.live.table import LiveTable

__all__ = ["Guest", "Hall"]

LISTED_EVERY_MS = 2_000
MOST_LIVE_TABLES = 32
"""Live tables that one session may sit at or watch."""
_SEATS_OF = "SELECT table_id FROM live_seat WHERE account = $1"


class Guest(Player, Protocol):
    """A session, as the hall needs it."""

    currency: str

    @property
    def connection(self) -> Any:
        """What the client is connected by; None while it is away."""


class Hall:
    """Who of this node's sessions is at which live table."""

    def __init__(self, pool: Any, floor: LiveFloor) -> None:
        self._pool = pool
        self.floor = floor
        self._guests: dict[int, dict[int, Guest]] = {}
        """By table: the sessions that sit or watch there, by account."""
        self._at: dict[int, set[int]] = {}
        """By account: the tables that it is at."""
        floor.told = self.tell
        floor.arrived = self._arrived

    # -- finding ------------------------------------------------------------------------------

    def find(self, wire_id: str) -> LiveTable | None:
        """Return a live table of this node, or None."""
        if not wire_id.isascii() or not wire_id.isdigit() or len(wire_id) > 19:
            return None
        table = self.floor.tables.get(int(wire_id))
        return table if table is not None and table.wire_id == wire_id else None

    def _table(self, wire_id: str, currency: str) -> LiveTable:
        table = self.find(wire_id)
        if table is None or table.settings.currency != currency:
            raise Refused(ErrorCode.UNKNOWN_TABLE)
        return table

    def watchers(self, table: LiveTable) -> int:
        """Return how many watch a table without a seat."""
        seated = {seat.account for seat in table.seats.values()}
        return sum(account not in seated for account in self._guests.get(table.id, ()))

    def listed(self, currency: str) -> TableList:
        """Return the live tables of a currency that are not closed."""
        cards: list[TableCard] = [
            table.card(self.watchers(table))
            for table in self.floor.tables.values()
            if table.settings.currency == currency and table.state is not State.CLOSED
        ]
        return TableList(tuple(sorted(cards, key=lambda card: card.title)), LISTED_EVERY_MS)

    # -- joining, watching, leaving -----------------------------------------------------------

    async def join(self, guest: Guest, message: Join) -> Joined:
        """Put a session's player on a seat. Raises Refused."""
        table = self._table(message.table, guest.currency)
        if message.client_seed and not self.floor.client_seed:
            raise Refused(ErrorCode.INVALID_BODY, "Client seeds are switched off here.")
        self._admit(table, guest)
        seed = message.client_seed or None
        seat = await self.floor.take_seat(table, guest.account, message.seat, seed)
        self._enter(table, guest)
        if seat.player is not guest:
            table.attach(seat, guest)
        table.start()
        return Joined(self.state_of(table, guest))

    async def watch(self, guest: Guest, message: Watch) -> Watching:
        """Let a session watch. Raises Refused."""
        table = self._table(message.table, guest.currency)
        self._admit(table, guest)
        self._enter(table, guest)
        return Watching(self.state_of(table, guest))

    async def leave(self, guest: Guest, wire_id: str) -> Left:
        """Leave a table: its seat too, at once or when its bets are settled. Raises Refused."""
        table = self._table(wire_id, guest.currency)
        seat = table.seat_of(guest.account)
        if seat is not None:
            await self.floor.leave_seat(table, seat)
        self._exit(table.id, guest.account)
        return Left(table.wire_id)

    def state_of(self, table: LiveTable, guest: Guest) -> LiveState:
        """Return where a table stands, as a session may see it."""
        return table.snapshot(guest.account, self.watchers(table))

    def _admit(self, table: LiveTable, guest: Guest) -> None:
        at = self._at.get(guest.account, set())
        if table.id not in at and len(at) >= MOST_LIVE_TABLES:
            raise Refused(ErrorCode.TOO_MANY_TABLES)

    def _enter(self, table: LiveTable, guest: Guest) -> None:
        self._guests.setdefault(table.id, {})[guest.account] = guest
        self._at.setdefault(guest.account, set()).add(table.id)

    def _exit(self, table_id: int, account: int) -> None:
        guests = self._guests.get(table_id)
        if guests is not None:
            guests.pop(account, None)
            if not guests:
                del self._guests[table_id]
        at = self._at.get(account)
        if at is not None:
            at.discard(table_id)
            if not at:
                del self._at[account]

    # -- sessions come and go -----------------------------------------------------------------

    async def load(self, guest: Guest) -> None:
        """Find the seats that a session's player has. Raises the database's errors."""
        for row in await self._pool.fetch(_SEATS_OF, guest.account):
            table = self.floor.tables.get(row["table_id"])
            if table is not None:
                self._enter(table, guest)

    def states(self, guest: Guest, positions: tuple[Position, ...]) -> tuple[TableState, ...]:
        """Tell each table that a session is at: all that it missed, or where the table stands."""
        known = {position.table: position for position in positions}
        states = []
        for table_id in sorted(self._at.get(guest.account, ())):
            table = self.floor.tables.get(table_id)
            if table is None:
                continue
            self._enter(table, guest)
            position = known.get(table.wire_id)
            missed = None
            if position is not None:
                missed = table.missed(guest.account, position.epoch, position.seq)
            if missed is None:
                state = self.state_of(table, guest)
                states.append(TableState(table.wire_id, recovered=False, live=state))
            else:
                events: Any = missed
                states.append(TableState(table.wire_id, recovered=True, events=events))
        return tuple(states)

    def back(self, guest: Guest) -> None:
        """Take note that a session's client is there."""
        self._present(guest, guest)

    def away(self, guest: Guest) -> None:
        """Take note that a session's client has gone; its seats are held for a time."""
        self._present(guest, guest)

    def ended(self, guest: Guest) -> None:
        """Forget a session; its seats stay for a time."""
        self._present(guest, None)
        for table_id in list(self._at.get(guest.account, ())):
            if self._guests.get(table_id, {}).get(guest.account) is guest:
                self._exit(table_id, guest.account)

    def _present(self, guest: Guest, player: Guest | None) -> None:
        for table_id in list(self._at.get(guest.account, ())):
            table = self.floor.tables.get(table_id)
            seat = None if table is None else table.seat_of(guest.account)
            if table is not None and seat is not None and seat.player in (None, guest):
                table.attach(seat, player)
                table.start()

    def _arrived(self, table: LiveTable) -> None:
        """Seat those again who were at a table that this node has just loaded."""
        for account, guest in list(self._guests.get(table.id, {}).items()):
            seat = table.seat_of(account)
            if seat is not None:
                seat.player = guest
                seat.away_at = None if seat.connected else self.floor.monotonic()

    # -- telling ------------------------------------------------------------------------------

    def tell(self, table: LiveTable, push: Push) -> None:
        """Send an event to every session at the table; what all may see is encoded once."""
        encoded: dict[Codec, bytes] = {}
        for account, guest in self._guests.get(table.id, {}).items():
            connection = guest.connection
            if connection is None:
                continue
            codec: Codec = connection.codec
            own: Event | None = push.own.get(account)
            if own is not None:
                connection.send(codec.encode_event(own))
                continue
            data = encoded.get(codec)
            if data is None:
                data = encoded[codec] = codec.encode_event(push.common)
            connection.send(data)
