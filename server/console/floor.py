"""The live tables of all nodes on the operators' board, and an operator's hand on them.

Each node tells the others the rows of its tables when they have changed, at most four times a
second, and all of them every few seconds. Seats, finished rounds and events go only where somebody
follows the table.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import msgspec

from protocol.errors import ErrorCode, Refused
from protocol.messages.common import Event
from protocol.messages.live import (
    BetsClosed,
    BetsPlaced,
    CashedOut,
    Rising,
    RoundOpened,
    RoundResult,
    RoundVoided,
    SeatChanged,
    TableStatus,
    Turn,
)
from protocol.schema.console_tables import (
    Action,
    Bet,
    NodeRow,
    Round,
    RoundReplay,
    Seat,
    TableEvent,
    TableRow,
)
from server.cluster.cluster import Cluster
from server.console.board import ROUNDS_KEPT, LiveBoard
from server.console.live import ActionRefused, Order
from server.console.live_replays import LiveReplays
from server.console.private import PrivateTotals
from server.tables.live import nodes
from server.tables.live.hall import Hall
from server.tables.live.seats import Push
from server.tables.live.settings import TableState
from server.tables.live.table import LiveTable

__all__ = ["FROM", "STATES", "ConsoleFloor"]

TOPIC: Final = "console"
FLUSH_S: Final = 0.25
WHOLE_EVERY_S: Final = 5.0
FOLLOWED_S: Final = 5.0
STUCK_S: Final = 5.0
"""A round that waits for the database for so long needs somebody's eyes."""
_EVENTS_AT_ONCE: Final = 100
STATES: Final = {
    Action.PAUSE: TableState.PAUSED,
    Action.RESUME: TableState.OPEN,
    Action.OPEN: TableState.OPEN,
    Action.CLOSE: TableState.CLOSED,
}
FROM: Final = {
    Action.PAUSE: (TableState.OPEN,),
    Action.RESUME: (TableState.PAUSED,),
    Action.OPEN: (TableState.CLOSED, TableState.CLOSING),
    Action.CLOSE: (TableState.OPEN, TableState.PAUSED),
}


class Near(msgspec.Struct, frozen=True):
    """What somebody who follows a table is told besides its row."""

    seats: list[Seat]
    rounds: list[Round]
    events: list[TableEvent]


class Rows(msgspec.Struct, frozen=True, tag="rows"):
    """Rows of one node's tables; all of them where `whole`."""

    node: int
    rows: list[TableRow]
    near: dict[str, Near]
    whole: bool


class Follows(msgspec.Struct, frozen=True, tag="follows"):
    """Tables that somebody at a node looks at in detail; told again every second."""

    node: int
    tables: list[str]


class ConsoleFloor:
    """The engine behind a node's board."""

    def __init__(
        self, hall: Hall, cluster: Cluster, board: LiveBoard, replays: LiveReplays
    ) -> None:
        self._hall = hall
        self._floor = hall.floor
        self._cluster = cluster
        self._board = board
        self._replays = replays
        self._exponents: dict[str, int] = {}
        self._dirty: set[int] = set()
        self._events: dict[int, deque[TableEvent]] = {}
        self._rounds: dict[int, deque[Round]] = {}
        self._followed: dict[str, float] = {}
        """Until when a table is followed by anybody, here or elsewhere."""
        self._here: set[str] = set()
        self._of_others: dict[int, tuple[float, set[str]]] = {}
        self._whole_at = self._follows_at = 0.0
        self._private = PrivateTotals(
            cluster.bus,
            cluster.node,
            board,
            lambda: {member.node for member in cluster.members.alive},
        )
        cluster.bus.subscribe(TOPIC, Rows | Follows, self._heard)
        self._floor.shown = self._shown
        self._floor.witnessed = self._witnessed
        board.engine = self

    # -- what the tables tell -----------------------------------------------------------------

    def _shown(self, table: LiveTable) -> None:
        self._dirty.add(table.id)

    def _witnessed(self, table: LiveTable, push: Push) -> None:
        """Take an event of a table of this node, after its commit."""
        event = _event_of(push.common)
        if event is not None:
            kept = self._events.setdefault(table.id, deque(maxlen=_EVENTS_AT_ONCE))
            kept.append(event)
        round_ = _round_of(push)
        if round_ is not None:
            rounds = self._rounds.setdefault(table.id, deque(maxlen=ROUNDS_KEPT))
            rounds.appendleft(round_)
        self._dirty.add(table.id)

    # -- telling ------------------------------------------------------------------------------

    async def run(self, pool: Any) -> None:
        """Write on the board and tell the other nodes, for ever."""
        for row in await pool.fetch("SELECT code, exponent FROM currency"):
            self._exponents[row["code"]] = row["exponent"]
        while True:
            await asyncio.sleep(FLUSH_S)
            self.flush()
            self._private.flush()

    def flush(self) -> None:
        """Write what has changed on the board, and tell the other nodes."""
        now = time.monotonic()
        whole = now >= self._whole_at
        dirty, self._dirty = self._dirty, set()
        rows: list[TableRow] = []
        near: dict[str, Near] = {}
        for table in self._floor.tables.values():
            if not whole and table.id not in dirty:
                continue
            row = self._row(table)
            rows.append(row)
            events = list(self._events.pop(table.id, ()))
            if self._followed.get(row.id, 0.0) > now:
                near[row.id] = Near(_seats(table), list(self._rounds.get(table.id, ())), events)
        if whole:
            self._whole_at = now + WHOLE_EVERY_S
        self._board.put_nodes(
            [
                NodeRow(node=str(member.node), program=member.program, state=member.state)
                for member in self._cluster.members.alive
            ]
        )
        if rows or whole:
            self._take(Rows(self._cluster.node, rows, near, whole))
            self._cluster.bus.publish(TOPIC, Rows(self._cluster.node, rows, near, whole))
        if now >= self._follows_at:
            self._follows_at = now + 1.0
            self._tell_follows()
        self._forget(now)

    def _tell_follows(self) -> None:
        follows = Follows(self._cluster.node, sorted(self._here))
        self._note(follows)
        self._cluster.bus.publish(TOPIC, follows)

    def _row(self, table: LiveTable) -> TableRow:
        settings = table.settings
        return TableRow(
            id=table.wire_id,
            game=table.game.name,
            title=settings.title,
            currency=settings.currency,
            exponent=self._exponents.get(settings.currency, 2),
            state=table.state.wire,
            phase=table.phase.value,
            phase_ms_left=table.left_ms(),
            round=table.round.wire_id if table.round is not None else None,
            seats=settings.seats,
            players=len(table.seats),
            watchers=self._hall.watchers(table),
            held=table.held,
            last_result=table.board[0].summary if table.board else "",
            node=str(self._cluster.node),
            alerts=self._alerts(table),
        )

    def _alerts(self, table: LiveTable) -> tuple[str, ...]:
        """Return what needs a person's eyes."""
        now = self._floor.monotonic()
        alerts = []
        if table.parked is not None:
            alerts.append("round parked: resume tries again, or void it")
        elif table.stuck_since is not None and now - table.stuck_since > STUCK_S:
            alerts.append("nothing goes on")
        away = sum(not seat.connected and table.has_bets(seat) for seat in table.seats.values())
        if away:
            alerts.append(f"{away} with bets away")
        return tuple(alerts)

    # -- hearing ------------------------------------------------------------------------------

    def _heard(self, message: Rows | Follows) -> None:
        if message.node == self._cluster.node:
            return
        if isinstance(message, Follows):
            self._note(message)
        else:
            self._take(message)

    def _note(self, follows: Follows) -> None:
        until = time.monotonic() + FOLLOWED_S
        for table in follows.tables:
            # A page may name what is no table; digits are more than int() reads.
            if table not in self._followed and table.isascii() and table.isdigit():
                self._dirty.add(int(table))
            self._followed[table] = until

    def _take(self, rows: Rows) -> None:
        for row in rows.rows:
            near = rows.near.get(row.id)
            if near is None:
                self._board.put(row)
                continue
            self._board.put(row, seats=near.seats, rounds=near.rounds)
            for event in near.events:
                self._board.event(row.id, event)
        if rows.whole:
            told = {row.id for row in rows.rows}
            _, before = self._of_others.get(rows.node, (0.0, set()))
            for table in before - told:
                self._gone(table, rows.node)
            self._of_others[rows.node] = (time.monotonic(), told)

    def _gone(self, table: str, node: int) -> None:
        row = self._board.row(table)
        if row is not None and row.node == str(node):
            self._board.remove(table)

    def _forget(self, now: float) -> None:
        """Take off the board what a silent node had, unless another has it now."""
        for table, until in list(self._followed.items()):
            if until <= now:
                del self._followed[table]
        for node, (heard, tables) in list(self._of_others.items()):
            if now - heard > 3 * WHOLE_EVERY_S:
                for table in tables:
                    self._gone(table, node)
                del self._of_others[node]

    # -- the operator's hand ------------------------------------------------------------------

    def followed(self, table: str, *, followed: bool) -> None:
        """Take note that somebody here follows a table, or nobody any more."""
        if followed:
            self._here.add(table)
        else:
            self._here.discard(table)
        self._tell_follows()

    async def act(self, table: str, action: Action, order: Order) -> None:
        """Have a table's owner do something. Raises ActionRefused."""
        row = self._board.row(table)
        found = self._hall.find(table)
        if isinstance(found, LiveTable):
            # Of a table of this node its own word counts: the board is a moment behind.
            row = self._row(found)
        if row is None or found is None:
            raise ActionRefused("no_table")
        if action is Action.VOID:
            if order.round is None or row.round != order.round:
                raise ActionRefused("no_round")
            command = nodes.Act(None, order.reason, order.round, order.origin, order.record)
        else:
            if TableState[row.state.upper()] not in FROM[action]:
                raise ActionRefused("wrong_state")
            command = nodes.Act(int(STATES[action]), None, None, order.origin, order.record)
        try:
            if isinstance(found, LiveTable):
                await self._hall.owner.operate(self._floor.table(found.id), command)
            else:
                await found.ask(command)
        except Refused as refused:
            if refused.code is ErrorCode.UNKNOWN_ROUND:
                raise ActionRefused("no_round") from None
            raise ActionRefused("unreachable") from None

    async def replay(self, round_id: str) -> RoundReplay | None:
        """Return a finished round, played again."""
        return await self._replays.of(round_id)


def _seats(table: LiveTable) -> list[Seat]:
    found = []
    for number, seat in sorted(table.seats.items()):
        placed = table.round.placed.get(number) if table.round is not None else None
        bets: list[Bet] = []
        if placed is not None and placed.bets is not None:
            chips = getattr(placed.bets, "bets", None)
            if chips is None:
                bets = [Bet("stake", placed.bets.stake)]
            else:
                bets = [Bet(chip.bet, chip.stake) for chip in chips]
        found.append(
            Seat(
                seat=number,
                player=str(seat.account >> 19),
                connected=seat.connected,
                held=placed.stake if placed is not None and placed.paid is None else 0,
                bets=tuple(bets),
                note="leaves" if seat.leaving else "",
            )
        )
    return found


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _event_of(event: Event) -> TableEvent | None:
    """Return an event as an operator reads it: no more than a watcher is told."""
    tell = _TELLS.get(type(event))
    return None if tell is None else tell(event)


def _told(kind: str, text: str, event: Any, **more: Any) -> TableEvent:
    round_id = getattr(event, "round", None)
    return TableEvent(kind=kind, text=text, at_ms=_now_ms(), round=round_id, **more)


def _turn(event: Turn) -> TableEvent:
    text = "Cards are dealt"
    if event.decided is not None:
        text = "The house decided" if event.platform else "A decision"
    return _told("drawn", text, event, seat=event.decided)


def _seat_event(event: SeatChanged) -> TableEvent:
    text = "Left" if not event.taken else "Is there" if event.connected else "Is away"
    return _told("seat", text, event, seat=event.seat)


_TELLS: Final[dict[type[Event], Callable[[Any], TableEvent]]] = {
    RoundOpened: lambda event: _told("betting", "Bets are open", event),
    BetsPlaced: lambda event: _told(
        "bet", "Bets accepted", event, seat=event.placed.seat, amount=event.placed.stake
    ),
    BetsClosed: lambda event: _told("closed", "No more bets", event),
    Turn: _turn,
    Rising: lambda event: _told("drawn", "The multiplier rises", event),
    CashedOut: lambda event: _told(
        "settled", "Cashed out", event, seat=event.cash_out.seat, amount=event.cash_out.payout
    ),
    RoundResult: lambda event: _told("settled", event.summary, event),
    RoundVoided: lambda event: _told("void", event.reason, event),
    TableStatus: lambda event: _told("operator", f"The table is {event.state}", event),
    SeatChanged: _seat_event,
}


def _round_of(push: Push) -> Round | None:
    """Return the finished round that an event tells of."""
    common = push.common
    if isinstance(common, RoundResult):
        own = [event for event in push.own.values() if isinstance(event, RoundResult)]
        return Round(
            round=common.round,
            ended_ms=_now_ms(),
            result=common.summary,
            staked=sum(event.stake or 0 for event in own),
            paid=sum(event.payout or 0 for event in own),
        )
    if isinstance(common, RoundVoided):
        return Round(round=common.round, ended_ms=_now_ms(), result=common.reason, voided=True)
    return None
