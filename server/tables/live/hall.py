"""The live tables as this node's sessions meet them: joining, watching, coming back, being told.

A table of this node answers at once; one of another node is asked by commands. Either way a session
gets where the table stands, and from there each event once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, Final, Protocol

import msgspec
import structlog

from games.live import LiveRules, live_rules
from protocol.codec import Codec
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import Balance
from protocol.messages.live import (
    Join,
    Joined,
    LiveSnapshot,
    TableList,
    Watch,
    Watching,
)
from protocol.messages.session import Position, TableState
from protocol.messages.tables import Left
from server.background import Background
from server.cluster.cluster import Cluster
from server.config import LiveTableSettings
from server.database.errors import DATABASE_ERRORS
from server.tables.live import nodes
from server.tables.live.cards import Cards
from server.tables.live.floor import LiveFloor
from server.tables.live.owner import Owner
from server.tables.live.remote import RemoteGuest, RemoteTable, Told
from server.tables.live.seats import Player, Push
from server.tables.live.settings import TableSettings
from server.tables.live.table import LiveTable

__all__ = ["AnyLiveTable", "Guest", "Hall"]

log = structlog.get_logger(__name__)

MOST_LIVE_TABLES: Final = 32
"""Live tables that one session may sit at or watch."""
SYNC_S: Final = 0.5
_LOAD_S: Final = 1.0
"""How long a welcome waits for the owners of tables."""
_SEATS_OF: Final = "SELECT table_id, seat FROM live_seat WHERE account = $1"
_TABLES: Final = "SELECT * FROM live_table WHERE id = ANY ($1)"

AnyLiveTable = LiveTable | RemoteTable


class Guest(Player, RemoteGuest, Protocol):
    """A session, as the hall needs it."""

    currency: str

    @property
    def connection(self) -> Any:
        """What the client is connected by; None while it is away."""


class _Visit:
    """A session at a table, and up to where it has been told."""

    __slots__ = ("asking", "epoch", "guest", "held", "seated", "seq")

    def __init__(self, guest: Guest, epoch: int, seq: int, *, seated: bool) -> None:
        self.guest = guest
        self.epoch = epoch
        """0: it has not been told where the table stands, so no event of it means anything."""
        self.seq = seq
        self.seated = seated
        self.asking = False
        """Whether where the table stands is being asked for this session alone."""
        self.held = 0
        """Requests under way whose answer tells where the table stands; events wait for it."""


class Hall:
    """Who of this node's sessions is at which live table."""

    def __init__(
        self, pool: Any, floor: LiveFloor, *, configured: Sequence[LiveTableSettings] = ()
    ) -> None:
        self._pool = pool
        self.floor = floor
        self.configured = configured
        """The tables of config.toml, as this node has read it."""
        self.owner = Owner(floor, self.watchers)
        self._cluster: Cluster | None = None
        self._cards: Cards | None = None
        self._remote: dict[int, RemoteTable] = {}
        self._visits: dict[int, dict[int, _Visit]] = {}
        """By table and account."""
        self._at: dict[int, set[int]] = {}
        """By account: the tables that it is at."""
        self._states: dict[int, dict[int, Any]] = {}
        """By account: where remote tables stand, asked while the session was being let in."""
        self._known = asyncio.Event()
        """Whether the tables of other nodes have been read."""
        self._background = Background("work at a live table failed")
        self.spawn = self._background.spawn
        self.close = self._background.close
        self.overtaken: Callable[[Any, int, Any], Coroutine[Any, Any, None]] = _unrecorded
        """Puts a refusal on record and tells it; set by the gateway."""
        floor.told = self.tell
        floor.arrived = self._arrived
        floor.gone = self._gone

    # -- the other nodes ----------------------------------------------------------------------

    def join_cluster(self, cluster: Cluster) -> None:
        """Meet the tables of other nodes as well."""
        self._cluster = cluster
        self._cards = Cards(cluster.bus, cluster.node, self.floor, self.watchers)

    async def run(self) -> None:
        """Keep the tables of other nodes known, for ever."""
        while True:
            try:
                await self._sync()
            except DATABASE_ERRORS as error:
                log.warning("tables of other nodes not read", error=type(error).__name__)
            except Exception:
                # One table that cannot be told or met keeps nobody from the others.
                log.exception("tables of other nodes not known")
            await asyncio.sleep(SYNC_S)

    async def _sync(self) -> None:
        """Know every table that another node owns."""
        cluster, cards = self._cluster, self._cards
        if cluster is None or cards is None:
            return
        cards.tell()
        alive = {member.node for member in cluster.members.alive} | {cluster.node}
        self.owner.gone(alive.__contains__)
        owned = cluster.owners.all
        unknown = [t for t in owned if t not in self._remote and t not in self.floor.tables]
        if unknown:
            for row in await self._pool.fetch(_TABLES, unknown):
                settings = TableSettings.of_row(row)
                game = self.floor.catalogue.current(settings.game)
                rules = None if game is None else live_rules(game)
                if rules is not None and settings.id not in self.floor.tables:
                    self._meet(settings, rules)
        self._known.set()
        for table in list(self._remote.values()):
            if table.id not in self.floor.tables and self._visits.get(table.id):
                table.follow()

    def _meet(self, settings: TableSettings, rules: LiveRules) -> None:
        """Know a table that another node owns, or nobody at the moment."""
        assert self._cluster is not None, "a node alone has no tables of others"
        self._remote[settings.id] = RemoteTable(
            self._cluster,
            settings,
            rules,
            told=self._told_remotely,
            shown=self._shown_remotely,
            spawn=self.spawn,
            overtaken=self.overtaken,
        )

    # -- finding ------------------------------------------------------------------------------

    def find(self, wire_id: str) -> AnyLiveTable | None:
        """Return a live table, of this node or another, or None."""
        if not wire_id.isascii() or not wire_id.isdigit() or len(wire_id) > 19:
            return None
        table: AnyLiveTable | None = self.floor.tables.get(int(wire_id))
        if table is None:
            table = self._remote.get(int(wire_id))
        return table if table is not None and table.wire_id == wire_id else None

    def _table(self, wire_id: str, currency: str) -> AnyLiveTable:
        table = self.find(wire_id)
        if table is None or table.settings.currency != currency:
            raise Refused(ErrorCode.UNKNOWN_TABLE)
        return table

    def watchers(self, table: LiveTable) -> int:
        """Return how many of this node's sessions watch a table without a seat."""
        return sum(not visit.seated for visit in self._visits.get(table.id, {}).values())

    @property
    def present(self) -> tuple[int, int]:
        """How many seats the sessions of this node have at live tables, and how many they watch."""
        seated = [visit.seated for visits in self._visits.values() for visit in visits.values()]
        return sum(seated), len(seated) - sum(seated)

    def listed(self, currency: str) -> TableList:
        """Return the live tables of a currency that are not closed."""
        assert self._cards is not None, "the cluster is joined before sessions are let in"
        # The bus may be quicker than what this node has read; nobody joins what it does not know.
        return self._cards.listed(currency, lambda table: self.find(table) is not None)

    # -- joining, watching, leaving -----------------------------------------------------------

    async def join(self, guest: Guest, message: Join) -> Joined:
        """Put a session's player on a seat. Raises Refused."""
        table = self._table(message.table, guest.currency)
        if message.client_seed and not self.floor.client_seed:
            raise Refused(ErrorCode.INVALID_BODY, "Client seeds are switched off here.")
        self._admit(table, guest)
        seed = message.client_seed or None
        if isinstance(table, RemoteTable):
            with self._holding(table, guest):
                state = await table.join(guest, message.seat, seed, message.chain)
                if guest.ended:
                    table.tell_presence(guest)
                self._expect(guest)
                self._enter(table, guest, state["epoch"], state["seq"], seated=True)
            return Joined(state)
        seat = await self.floor.take_seat(table, guest.account, message.seat, seed, message.chain)
        self._expect(guest)
        self._enter(table, guest, table.epoch, table.seq, seated=True)
        if seat.player is not guest:
            table.attach(seat, guest)
        table.start()
        return Joined(table.snapshot(guest.account, self.watchers(table)))

    async def watch(self, guest: Guest, message: Watch) -> Watching:
        """Let a session watch. Raises Refused."""
        table = self._table(message.table, guest.currency)
        self._admit(table, guest)
        if isinstance(table, RemoteTable):
            with self._holding(table, guest):
                state = await table.state_of(guest)
                self._expect(guest)
                self._admit(table, guest)
                seated = state["seat"] is not None
                self._enter(table, guest, state["epoch"], state["seq"], seated=seated)
            return Watching(state)
        seated = table.seat_of(guest.account) is not None
        self._enter(table, guest, table.epoch, table.seq, seated=seated)
        return Watching(table.snapshot(guest.account, self.watchers(table)))

    async def leave(self, guest: Guest, wire_id: str) -> Left:
        """Leave a table: its seat too, at once or when its bets are settled. Raises Refused."""
        table = self._table(wire_id, guest.currency)
        if isinstance(table, RemoteTable):
            await table.leave(guest)
        else:
            seat = table.seat_of(guest.account)
            if seat is not None:
                await self.floor.leave_seat(table, seat)
        self._exit(table.id, guest.account)
        return Left(table.wire_id)

    def _admit(self, table: AnyLiveTable, guest: Guest) -> None:
        at = self._at.get(guest.account, set())
        if table.id not in at and len(at) >= MOST_LIVE_TABLES:
            raise Refused(ErrorCode.TOO_MANY_TABLES)

    def _expect(self, guest: Guest) -> None:
        """Raise Refused if a session has ended meanwhile: it would stay at the table for ever."""
        if guest.ended:
            raise Refused(ErrorCode.REPLACED)

    def _enter(
        self, table: AnyLiveTable, guest: Guest, epoch: int, seq: int, *, seated: bool
    ) -> None:
        visit = _Visit(guest, epoch, seq, seated=seated)
        self._visits.setdefault(table.id, {})[guest.account] = visit
        self._at.setdefault(guest.account, set()).add(table.id)
        if isinstance(table, RemoteTable):
            table.follow((epoch, seq) if epoch else None)
            # Others here may have heard more since the owner answered. It goes out behind the
            # reply that tells this session where the table stood.
            asyncio.get_running_loop().call_soon(self._catch_up, table, visit)

    @contextlib.contextmanager
    def _holding(self, table: RemoteTable, guest: Guest) -> Iterator[None]:
        """Tell a session nothing of a table while its owner is asked where the table stands.

        Else events could overtake the answer, and it would lead the client back in time.
        """
        visit = self._visits.get(table.id, {}).get(guest.account)
        if visit is None:
            yield
            return
        visit.held += 1
        try:
            yield
        finally:
            visit.held -= 1
            if self._remote.get(table.id) is table:
                self._catch_up(table, visit)

    def _exit(self, table_id: int, account: int) -> None:
        visits = self._visits.get(table_id)
        if visits is not None:
            visits.pop(account, None)
            if not visits:
                del self._visits[table_id]
                remote = self._remote.get(table_id)
                if remote is not None:
                    remote.unfollow()
        at = self._at.get(account)
        if at is not None:
            at.discard(table_id)
            if not at:
                del self._at[account]

    # -- sessions come and go -----------------------------------------------------------------

    async def load(self, guest: Guest) -> None:
        """Find the seats that a session's player has, and where those tables stand.

        While the node starts this waits until it knows the tables of the others.
        """
        await self._known.wait()
        states = self._states[guest.account] = {}
        rows = await self._pool.fetch(_SEATS_OF, guest.account)
        tables = [t for row in rows if (t := self.find(str(row["table_id"]))) is not None]

        async def ask(table: RemoteTable) -> None:
            # Without an owner now, it is asked again behind the welcome.
            with contextlib.suppress(Refused):
                states[table.id] = await table.state_of(guest, _LOAD_S)

        await asyncio.gather(*(ask(table) for table in tables if isinstance(table, RemoteTable)))
        if guest.ended:
            return  # a newer session of the player is at his tables
        for table in tables:
            self._remember(table, guest, seated=True)

    def _remember(self, table: AnyLiveTable, guest: Guest, *, seated: bool) -> None:
        known = self._visits.get(table.id, {}).get(guest.account)
        if known is not None:
            known.guest = guest
        else:
            self._visits.setdefault(table.id, {})[guest.account] = _Visit(
                guest, table.epoch, table.seq, seated=seated
            )
            self._at.setdefault(guest.account, set()).add(table.id)

    def states(self, guest: Guest, positions: tuple[Position, ...]) -> tuple[TableState, ...]:
        """Tell each table that a session is at: all that it missed, or where the table stands."""
        known = {position.table: position for position in positions}
        asked = self._states.pop(guest.account, {})
        states = []
        for table_id in sorted(self._at.get(guest.account, ())):
            table = self.find(str(table_id))
            if table is None:
                continue
            position = known.get(table.wire_id)
            missed: Any = None
            if position is not None:
                missed = table.missed(guest.account, position.epoch, position.seq)
            if missed is not None:
                states.append(TableState(table.wire_id, recovered=True, events=missed))
                self._seen(table, guest, table.epoch, table.seq)
                continue
            if isinstance(table, RemoteTable):
                state = asked.get(table_id)
                if state is None:
                    self._seen(table, guest, 0, 0)
                    continue
                self._seen(table, guest, state["epoch"], state["seq"])
            else:
                state = table.snapshot(guest.account, self.watchers(table))
                self._seen(table, guest, table.epoch, table.seq)
            states.append(TableState(table.wire_id, recovered=False, live=state))
        return tuple(states)

    def _seen(self, table: AnyLiveTable, guest: Guest, epoch: int, seq: int) -> None:
        seated = self._visits[table.id][guest.account].seated
        self._enter(table, guest, epoch, seq, seated=seated)

    def back(self, guest: Guest) -> None:
        """Take note that a session's client is there."""
        self._present(guest, here=True)

    def away(self, guest: Guest) -> None:
        """Take note that a session's client has gone; its seats are held for a time."""
        self._present(guest, here=True)

    def ended(self, guest: Guest) -> None:
        """Forget a session; its seats stay for a time."""
        self._present(guest, here=False)
        self._states.pop(guest.account, None)
        for table_id in list(self._at.get(guest.account, ())):
            visit = self._visits.get(table_id, {}).get(guest.account)
            if visit is not None and visit.guest is guest:
                self._exit(table_id, guest.account)

    def _present(self, guest: Guest, *, here: bool) -> None:
        for table_id in list(self._at.get(guest.account, ())):
            visit = self._visits.get(table_id, {}).get(guest.account)
            table = self.find(str(table_id))
            if table is None or visit is None or visit.guest is not guest or not visit.seated:
                continue
            if isinstance(table, RemoteTable):
                table.tell_presence(guest)
                continue
            seat = table.seat_of(guest.account)
            if seat is not None and (here or seat.player is guest):
                table.attach(seat, guest if here else None)
                table.start()

    # -- tables come and go -------------------------------------------------------------------

    def _arrived(self, table: LiveTable) -> None:
        """Seat those again who were at a table that this node has just loaded, and serve others."""
        if self._cluster is not None:
            remote = self._remote.pop(table.id, None)
            if remote is not None:
                remote.unfollow()
            publisher = self._cluster.serve(
                table.id,
                table.fence,
                handler=self.owner.handler(table.id),
                snapshot=lambda: self.owner.snapshot(table.id),
                presence=lambda: self.owner.presence(table.id),
            )
            self.owner.open(table.id, publisher)
        visits = list(self._visits.get(table.id, {}).items())
        for account, visit in visits:
            seat = table.seat_of(account)
            visit.seated = seat is not None
            visit.epoch, visit.seq = table.epoch, table.seq
            if seat is not None:
                seat.player = visit.guest
                seat.away_at = None if seat.connected else self.floor.monotonic()
        for account, visit in visits:  # now that it is known who of them is there
            self._show(table.wire_id, visit, table.snapshot(account, self.watchers(table)))

    def _gone(self, table: LiveTable) -> None:
        """Meet a table that this node owns no more; whoever takes it tells where it stands."""
        self.owner.close(table.id)
        if self._cluster is None:
            return
        self._meet(table.settings, table.rules)
        if self._visits.get(table.id):
            self._remote[table.id].follow()

    def _show(self, wire_id: str, visit: _Visit, live: Any) -> None:
        """Tell a session where a table stands, in place of events."""
        connection = visit.guest.connection
        if connection is not None:
            event = LiveSnapshot(table=wire_id, epoch=visit.epoch, seq=visit.seq, live=live)
            connection.send_snapshot(connection.codec.encode_event(event))

    def _shown_remotely(self, table: RemoteTable, state: nodes.NodeState) -> None:
        """Take where a table of another node stands: it has moved, or events were lost."""
        for account, visit in list(self._visits.get(table.id, {}).items()):
            if visit.held or (visit.epoch, visit.seq) >= (table.epoch, table.seq):
                continue
            live = nodes.plain(state.common)
            live["seat"] = state.seats.get(account)
            if account in state.views:
                live["view"] = nodes.plain(state.views[account])
            moved = visit.epoch != table.epoch
            visit.epoch, visit.seq = table.epoch, table.seq
            self._show(table.wire_id, visit, live)
            if moved and visit.seated:
                table.tell_presence(visit.guest)

    # -- telling ------------------------------------------------------------------------------

    def tell(self, table: LiveTable, push: Push) -> None:
        """Send an event to every session at the table; what all may see is encoded once."""
        self.owner.tell(table, push)
        encoded: dict[Codec, bytes] = {}
        for account, visit in self._visits.get(table.id, {}).items():
            visit.epoch, visit.seq = table.epoch, push.seq
            connection = visit.guest.connection
            if connection is None:
                continue
            codec: Codec = connection.codec
            own = push.own.get(account)
            if own is not None:
                connection.send(codec.encode_event(own))
                continue
            data = encoded.get(codec)
            if data is None:
                data = encoded[codec] = codec.encode_event(push.common)
            connection.send(data)

    def _told_remotely(self, table: RemoteTable, told: Told) -> None:
        encoded: dict[Codec, bytes] = {}
        for visit in list(self._visits.get(table.id, {}).values()):
            if visit.held:
                continue
            if (visit.epoch, visit.seq + 1) == (table.epoch, told.seq):
                self._send(table, visit, told, encoded)
            else:
                self._catch_up(table, visit)

    def _catch_up(self, table: RemoteTable, visit: _Visit) -> None:
        """Send one session what it has not heard yet of another node's table, or ask for it."""
        if self._visits.get(table.id, {}).get(visit.guest.account) is not visit:
            return
        if visit.held or (visit.epoch and (visit.epoch, visit.seq) >= (table.epoch, table.seq)):
            return
        first = table.events[0].seq if table.events else table.seq + 1
        if visit.epoch and visit.epoch == table.epoch and visit.seq + 1 >= first:
            for told in list(table.events):
                if told.seq > visit.seq:
                    self._send(table, visit, told, {})
        elif not visit.asking:
            visit.asking = True
            self.spawn(self._ask_again(table, visit))

    async def _ask_again(self, table: RemoteTable, visit: _Visit) -> None:
        """Ask where a table stands for one session that cannot go on from where it was told."""
        guest = visit.guest
        asked_at = (visit.epoch, visit.seq)
        while self._visits.get(table.id, {}).get(guest.account) is visit:
            if self._remote.get(table.id) is not table or (visit.epoch, visit.seq) != asked_at:
                break  # it has been told meanwhile
            try:
                state = await table.state_of(guest)
            except Refused:
                await asyncio.sleep(SYNC_S)
                continue
            if (state["epoch"], state["seq"]) > (visit.epoch, visit.seq):
                visit.epoch, visit.seq = state["epoch"], state["seq"]
                self._show(table.wire_id, visit, state)
            break
        visit.asking = False
        if self._remote.get(table.id) is table:
            self._catch_up(table, visit)

    def _send(
        self, table: RemoteTable, visit: _Visit, told: Told, encoded: dict[Codec, bytes]
    ) -> None:
        """Send an event of another node's table to one session, unless it has seen it."""
        if (visit.epoch, visit.seq) >= (table.epoch, told.seq):
            return
        visit.epoch, visit.seq = table.epoch, told.seq
        guest = visit.guest
        own = told.own.get(guest.account)
        if own is not None:
            balance = nodes.plain(own).get("balance")
            if balance is not None:
                guest.note_balance(Balance(**balance))
        connection = guest.connection
        if connection is None:
            return
        codec: Codec = connection.codec
        if own is not None:
            connection.send(_encoded(codec, told.kind, own))
            return
        data = encoded.get(codec)
        if data is None:
            data = encoded[codec] = _encoded(codec, told.kind, told.common)
        connection.send(data)


def _encoded(codec: Codec, kind: str, body: bytes) -> bytes:
    """Return an event frame of what came as MessagePack."""
    return codec.encode_plain_event(kind, msgspec.Raw(body) if codec.binary else nodes.plain(body))


async def _unrecorded(_guest: Any, _request: int, _refusal: Any) -> None:
    """Nobody records it."""
