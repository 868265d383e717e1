"""The owner of a live table as other nodes meet him: runs their commands, tells them events."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

import msgspec
import structlog

from protocol.codec import MSGPACK
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import Balance, Reply
from protocol.messages.rounds import Act, Bet
from server.tables.live import nodes
from server.tables.live.floor import LiveFloor
from server.tables.live.seats import Push
from server.tables.live.settings import TableState
from server.tables.live.table import LiveTable
from server.tables.live.terms import Terms

__all__ = ["Owner", "RemotePlayer"]

log = structlog.get_logger(__name__)

VOID_S: Final = 3.0
"""How long whoever voids a round waits for the record; longer, and it is not known to be done."""
_OTHER_VERSION: Final = "The table is on a node of another version, which does not know this."
_bets: Final = msgspec.msgpack.Decoder(Bet)
_acts: Final = msgspec.msgpack.Decoder(Act)


class Publisher(Protocol):
    """Where events of a table go to other nodes."""

    def publish(self, body: bytes) -> int | None:
        """Tell an event."""


class RemotePlayer:
    """A player whose session is on another node."""

    def __init__(self, who: nodes.Person) -> None:
        self.id = who.session
        self.account = who.account
        self.epoch = who.epoch
        self.node = who.node
        self.connected = True
        self.waiting: dict[int, tuple[bytes, asyncio.Future[nodes.Answer]]] = {}
        """Requests under way: what each says, and its answer."""

    def _answer(self, request: int, answer: nodes.Answer) -> None:
        waiting = self.waiting.pop(request, None)
        if waiting is not None and not waiting[1].done():
            waiting[1].set_result(answer)

    def settled(self, request: int, digest: bytes, reply: Any) -> None:
        """Take the committed answer of a request."""
        self._answer(request, nodes.Settled(digest, MSGPACK.encode(reply)))

    def refused(self, request: int, digest: bytes, refusal: Refused) -> None:
        """Take the refusal of a request."""
        self._answer(request, nodes.turned(refusal, digest))

    def recall(self, request: int, digest: bytes) -> None:
        """Say that the record answers."""
        self._answer(request, nodes.Known(digest))

    def doubt(self, request: int) -> None:
        """Say that it is not known."""
        self._answer(request, nodes.InDoubt())

    def note_balance(self, balance: Balance) -> None:
        """Nothing: the event that brings it is read on the player's node."""

    def reply(self, request: int, body: Reply) -> None:
        """Nothing: answers go by the command."""


class Owner:
    """Serves the tables of one node to the others."""

    def __init__(self, floor: LiveFloor, watchers: Callable[[LiveTable], int]) -> None:
        self._floor = floor
        self._watchers = watchers
        self._publishers: dict[int, Publisher] = {}

    def open(self, table_id: int, publisher: Publisher) -> None:
        """Tell the events of a table by this publisher from now on."""
        self._publishers[table_id] = publisher

    def close(self, table_id: int) -> None:
        """Tell of a table no more."""
        self._publishers.pop(table_id, None)

    def tell(self, table: LiveTable, push: Push) -> None:
        """Tell an event to the other nodes."""
        publisher = self._publishers.get(table.id)
        if publisher is None:
            return
        own = {account: MSGPACK.encode(event) for account, event in push.own.items()}
        common = MSGPACK.encode(push.common)
        publisher.publish(nodes.encode(nodes.NodePush(push.common.TYPE, common, own)))

    def snapshot(self, table_id: int) -> bytes:
        """Return where a table stands, for a node."""
        table = self._floor.tables.get(table_id)
        if table is None:
            return b""
        state = table.snapshot(0, self._watchers(table))
        views = {}
        if state.acting is not None and table.round is not None:
            for seat in table.round.bettors:
                account = table.round.placed[seat].account
                views[account] = MSGPACK.encode(table.round.view(seat))
        seats = {seat.account: seat.number for seat in table.seats.values()}
        return nodes.encode(nodes.NodeState(MSGPACK.encode(state), seats, views))

    def presence(self, table_id: int) -> bytes:
        """Return who is there; the events tell it, so there is nothing to add."""
        del table_id
        return b""

    def handler(self, table_id: int) -> Callable[[bytes], Awaitable[bytes]]:
        """Return what runs the commands of a table."""

        async def handle(body: bytes) -> bytes:
            try:
                command = nodes.decode_command(body)
            except msgspec.MsgspecError as error:
                # Of a newer program: that this one cannot do it is an answer, and not a fault.
                log.warning("a command that is not known", table=table_id, error=str(error))
                return nodes.encode(nodes.turned(Refused(ErrorCode.UNAVAILABLE, _OTHER_VERSION)))
            try:
                answer = await self._run(table_id, command)
            except Refused as refused:
                answer = nodes.turned(refused)
            return nodes.encode(answer)

        return handle

    async def _run(self, table_id: int, command: nodes.Command) -> nodes.Answer:
        table = self._floor.table(table_id)
        if isinstance(command, nodes.Act):
            await self.operate(table, command)
            return nodes.Told()
        if isinstance(command, nodes.Change):
            await self.change(table, command)
            return nodes.Told()
        who = command.who
        if isinstance(command, nodes.Money):
            return await self._money(table, command)
        if isinstance(command, nodes.Join):
            seat = await self._floor.take_seat(
                table, who.account, command.seat, command.client_seed, command.chain
            )
            # A command may be late: a newer session of his may sit here by now.
            if seat.player is None or seat.player.epoch <= who.epoch:
                table.attach(seat, self._player(table, who))
            table.start()
        elif isinstance(command, nodes.Leave):
            held = table.seat_of(who.account)
            if held is not None:
                await self._floor.leave_seat(table, held)
            return nodes.Told()
        elif isinstance(command, nodes.Present):
            self._present(table, command)
            return nodes.Told()
        state = table.snapshot(who.account, self._watchers(table))
        return nodes.Told(MSGPACK.encode(state))

    async def operate(self, table: LiveTable, command: nodes.Act) -> None:
        """Do what an operator wants. Raises Refused."""
        if command.void is not None:
            if table.round is None or table.round.wire_id != command.round:
                raise Refused(ErrorCode.UNKNOWN_ROUND)
            await self._voided(table, self._floor.void(table, command.void))
        if command.state is not None:
            await self._floor.set_state(table, TableState(command.state))

    async def _voided(self, table: LiveTable, over: asyncio.Future[None]) -> None:
        """Wait until a round is void on record: before that nobody is told that it is."""
        try:
            async with asyncio.timeout(VOID_S):
                await over
        except TimeoutError:
            raise Refused(ErrorCode.UNAVAILABLE) from None
        if table.dead:
            raise Refused(ErrorCode.UNAVAILABLE)  # its next owner may go on with the round

    async def change(self, table: LiveTable, command: nodes.Change) -> None:
        """Change what a table takes. Raises Refused."""
        await self._floor.change(table, Terms(*command.terms), command.origin)

    def _player(self, table: LiveTable, who: nodes.Person) -> RemotePlayer:
        """Return the player of a session, the one at his seat if it is the same session."""
        seat = table.seat_of(who.account)
        player = seat.player if seat is not None else None
        if isinstance(player, RemotePlayer) and (player.id, player.node) == (who.session, who.node):
            player.epoch = who.epoch
            return player
        return RemotePlayer(who)

    def _present(self, table: LiveTable, command: nodes.Present) -> None:
        seat = table.seat_of(command.who.account)
        if seat is None:
            return
        player = self._player(table, command.who)
        leaves = not (command.connected and command.here)
        if seat.player not in (None, player):
            behind = command.who.epoch - seat.player.epoch
            if behind < 0 or (leaves and not behind):
                return  # somebody newer plays at the seat, or the same session at another node
        player.connected = command.connected
        table.attach(seat, player if command.here else None)
        table.start()

    async def _money(self, table: LiveTable, command: nodes.Money) -> nodes.Answer:
        player = self._player(table, command.who)
        waiting = player.waiting.get(command.request)
        if waiting is not None:
            # Asked anew under another number, since its answer takes long: it is one request.
            if waiting[0] != command.body:
                raise Refused(ErrorCode.REQUEST_ID_REUSED)
            return await asyncio.shield(waiting[1])
        future: asyncio.Future[nodes.Answer] = asyncio.get_running_loop().create_future()
        player.waiting[command.request] = (command.body, future)
        try:
            if command.bet:
                table.bet(player, command.request, _bets.decode(command.body), MSGPACK)
            else:
                table.act(player, command.request, _acts.decode(command.body), MSGPACK)
        except BaseException:
            player.waiting.pop(command.request, None)
            raise
        return await asyncio.shield(future)

    def gone(self, node_is_alive: Callable[[int], bool]) -> None:
        """Take note that nodes have died: whoever played through them is away."""
        for table in self._floor.tables.values():
            for seat in list(table.seats.values()):
                player = seat.player
                if isinstance(player, RemotePlayer) and not node_is_alive(player.node):
                    table.attach(seat, None)
