"""A live table that another node owns, as this node's sessions meet it.

Requests go to the owner as commands, sent again until they are answered; events come by one
subscription for everybody here. What is not answered in time is told as *in doubt*: asked again, it
is looked up in the record first.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol

import msgspec
import structlog

from games.live import LiveRules
from protocol.codec import Codec
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import Balance, Reply
from protocol.messages.live import Acted
from protocol.messages.rounds import Accepted, Act, Bet
from server.cluster.cluster import Cluster
from server.cluster.commands import Answered, Moved, Unanswered
from server.tables.live import nodes
from server.tables.live.requests import live_digest, read_live
from server.tables.live.settings import TableSettings

__all__ = ["RemoteGuest", "RemoteTable", "Told"]

log = structlog.get_logger(__name__)

_encode: Final = msgspec.msgpack.Encoder().encode
EVENTS_KEPT: Final = 128
MONEY_S: Final = 8.0
"""How long a bet or decision may take before its player is told that it is in doubt."""
ASK_S: Final = 3.0
_MOVED_PAUSE_S: Final = 0.1


class RemoteGuest(Protocol):
    """A session at a table of another node."""

    id: int
    account: int
    epoch: int
    in_flight: dict[int, bytes]
    ended: bool
    """Whether the session is over."""

    @property
    def connected(self) -> bool:
        """Whether its client is there."""

    def settled(self, request: int, digest: bytes, reply: Any) -> None:
        """Take the committed answer of a request; it has a balance."""

    def refused(self, request: int, digest: bytes, refusal: Refused) -> None:
        """Take the refusal of a request."""

    def recall(self, request: int, digest: bytes) -> None:
        """Answer a request from the record."""

    def doubt(self, request: int) -> None:
        """Tell that a request is in doubt."""

    def note_balance(self, balance: Balance) -> None:
        """Keep the newest balance."""

    def reply(self, request: int, body: Reply) -> None:
        """Send an answer that is about no money."""


class Told:
    """An event of a remote table, as it came."""

    __slots__ = ("common", "kind", "own", "seq")

    def __init__(self, seq: int, kind: str, common: bytes, own: dict[int, bytes]) -> None:
        self.seq = seq
        self.kind = kind
        self.common = common
        self.own = own

    def seen_by(self, account: int) -> bytes:
        """Return what one account may see of it."""
        return self.own.get(account, self.common)


class RemoteTable:
    """One table of another node. Also the `Watcher` of its events."""

    def __init__(
        self,
        cluster: Cluster,
        settings: TableSettings,
        rules: LiveRules,
        *,
        told: Callable[[RemoteTable, Told], None],
        shown: Callable[[RemoteTable, nodes.NodeState], None],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        overtaken: Callable[[Any, int, Any], Coroutine[Any, Any, None]],
    ) -> None:
        self._cluster = cluster
        self.settings = settings
        self.rules = rules
        self.id = settings.id
        self.wire_id = str(settings.id)
        self.epoch = 0
        self.seq = 0
        self.events: deque[Told] = deque(maxlen=EVENTS_KEPT)
        self._told = told
        self._shown = shown
        self._spawn = spawn
        self._overtaken = overtaken
        self._watched = False

    @property
    def game(self) -> Any:
        """The game played."""
        return self.rules.game

    # -- following ----------------------------------------------------------------------------

    def follow(self, since: tuple[int, int] | None = None) -> None:
        """Hear of the table from now on."""
        if not self._watched:
            self._watched = True
            if since is not None:
                self.epoch, self.seq = since
            self._cluster.watching.join(self.id, self, since)

    def unfollow(self) -> None:
        """Hear of it no more."""
        if self._watched:
            self._watched = False
            self.events.clear()
            self.epoch = self.seq = 0
            self._cluster.watching.leave(self.id, self)

    def snapshot(self, epoch: int, seq: int, body: bytes) -> None:
        """Forget what was known of the table; this is where it stands after an event."""
        self.events.clear()
        self.epoch, self.seq = epoch, seq
        if body:
            self._shown(self, msgspec.msgpack.decode(body, type=nodes.NodeState))

    def event(self, epoch: int, seq: int, body: bytes) -> None:
        """Take the next event."""
        self.epoch, self.seq = epoch, seq
        push = msgspec.msgpack.decode(body, type=nodes.NodePush)
        told = Told(seq, push.type, push.common, push.own)
        self.events.append(told)
        self._told(self, told)

    def presence(self, body: bytes) -> None:
        """Nothing: the events tell who is there."""

    def stalled(self, stalled: bool) -> None:  # noqa: FBT001 - as the watching calls it
        """Take note that the table is not heard of for now, or is again."""
        if stalled:
            log.warning("live table not heard of", table=self.id)

    def missed(self, account: int, epoch: int, seq: int) -> tuple[Any, ...] | None:
        """Return every event after (epoch, seq) as an account may see it, or None if not all."""
        if not self._watched or epoch != self.epoch or seq > self.seq:
            return None
        if self.seq - seq > len(self.events):
            return None
        newest = list(self.events)[len(self.events) - (self.seq - seq) :]
        return tuple(nodes.plain(told.seen_by(account)) for told in newest)

    # -- asking -------------------------------------------------------------------------------

    def person(self, guest: RemoteGuest) -> nodes.Person:
        """Return a session as its owner is told of it."""
        return nodes.Person(guest.account, guest.id, guest.epoch, self._cluster.node)

    async def ask(self, command: nodes.Command, deadline_s: float = ASK_S) -> nodes.Told:
        """Have the owner run a command that moves no money. Raises Refused."""
        return await self._told_by_owner(lambda: command, deadline_s)

    async def _told_by_owner(
        self, command: Callable[[], nodes.Command], deadline_s: float
    ) -> nodes.Told:
        try:
            answer, doubtful = await self._ask(command, deadline_s)
        except Unanswered:
            raise Refused(ErrorCode.UNAVAILABLE) from None
        if isinstance(answer, nodes.Turned):
            if doubtful and isinstance(command(), nodes.Act | nodes.Change):
                # Perhaps refused because it was done the first time: an operator is not told no.
                raise Refused(ErrorCode.UNAVAILABLE)
            raise nodes.refused_by(answer)
        if not isinstance(answer, nodes.Told):
            raise Refused(ErrorCode.UNAVAILABLE)
        return answer

    async def _ask(
        self, command: Callable[[], nodes.Command], deadline_s: float
    ) -> tuple[nodes.Answer, bool]:
        """Ask until there is an answer, of whoever owns the table by then. Raises Unanswered.

        Each time it says what *command* returns then. Also says whether it is in doubt that the
        command was run before, its answer lost.
        """
        doubtful = False
        loop = asyncio.get_running_loop()
        ends_s = loop.time() + deadline_s
        while True:
            owner = self._cluster.owners.find(self.id)
            left_s = ends_s - loop.time()
            if left_s <= 0:
                raise Unanswered(f"table {self.id} has no owner that answers")
            if owner is None or owner.node is None:
                await asyncio.sleep(min(_MOVED_PAUSE_S, left_s))
                continue
            # A dead owner is noticed within seconds: then the next one is asked.
            try:
                reply = await self._cluster.commands.ask(
                    self.id, owner.epoch, nodes.encode(command()), deadline_s=min(left_s, 1.0)
                )
            except Unanswered:
                doubtful = True
                continue
            if isinstance(reply, Answered):
                answer = _answer(reply.body)
                if isinstance(answer, nodes.Turned) and answer.code == ErrorCode.TABLE_MOVED.value:
                    await asyncio.sleep(min(_MOVED_PAUSE_S, left_s))
                    continue
                return answer, doubtful
            if isinstance(reply, Moved):
                self._cluster.owners.tell(self.id, reply.epoch, reply.node)
            else:
                doubtful = True
            await asyncio.sleep(min(_MOVED_PAUSE_S, left_s))

    async def state_of(self, guest: RemoteGuest, deadline_s: float = ASK_S) -> Any:
        """Return where the table stands, as a session may see it, as plain values.

        Raises Refused.
        """
        told = await self.ask(nodes.State(self.person(guest)), deadline_s)
        return nodes.plain(told.body)

    async def join(
        self, guest: RemoteGuest, seat: int | None, client_seed: bytes | None, chain: str | None
    ) -> Any:
        """Put a session's player on a seat; returns where the table stands. Raises Refused."""
        told = await self.ask(nodes.Join(self.person(guest), seat, client_seed, chain))
        return nodes.plain(told.body)

    async def leave(self, guest: RemoteGuest) -> None:
        """Give a seat up. Raises Refused."""
        await self.ask(nodes.Leave(self.person(guest)))

    def tell_presence(self, guest: RemoteGuest) -> None:
        """Tell the owner whether a player's client is there."""

        def present() -> nodes.Command:
            # Asked again after he has gone, it must not say that he is there.
            who = self.person(guest)
            return nodes.Present(who, connected=guest.connected, here=not guest.ended)

        async def tell() -> None:
            try:
                await self._told_by_owner(present, ASK_S)
            except Refused:
                log.warning("presence not told", table=self.id)

        self._spawn(tell())

    # -- money --------------------------------------------------------------------------------

    def bet(self, guest: RemoteGuest, request: int, message: Bet, codec: Codec) -> bytes:
        """Send a bet to the owner. Returns the request's digest; raises Refused."""
        data = read_live(message, self.game, self.rules.style, codec)
        plainly = msgspec.structs.replace(message, bets=msgspec.Raw(_encode(data)))
        return self._money(guest, request, message, data, plainly)

    def act(self, guest: RemoteGuest, request: int, message: Act, codec: Codec) -> bytes:
        """Send a decision to the owner. Returns the request's digest; raises Refused."""
        if self.rules.style.value in ("window", "rolls"):
            raise Refused(ErrorCode.WRONG_REQUEST)
        data = read_live(message, self.game, self.rules.style, codec)
        plainly = msgspec.structs.replace(message, decision=msgspec.Raw(_encode(data)))
        return self._money(guest, request, message, data, plainly)

    def _money(
        self, guest: RemoteGuest, request: int, message: Bet | Act, data: Any, plainly: Bet | Act
    ) -> bytes:
        digest = live_digest(message, _encode(data))
        command = nodes.Money(
            self.person(guest), request, isinstance(message, Bet), _encode(plainly)
        )
        self._spawn(self._settle(guest, request, digest, command))
        return digest

    async def _settle(
        self, guest: RemoteGuest, request: int, digest: bytes, command: nodes.Money
    ) -> None:
        try:
            answer, doubtful = await self._ask(lambda: command, MONEY_S)
        except Unanswered:
            answer, doubtful = nodes.InDoubt(), True
        if isinstance(answer, nodes.Turned) and not nodes.known(answer):
            answer = nodes.InDoubt()  # an owner of a newer program: the record knows the verdict
        elif doubtful and isinstance(answer, nodes.Turned) and answer.place is None:
            # Refused, perhaps because it was taken the first time: the record is to be asked.
            answer = nodes.InDoubt()
        if isinstance(answer, nodes.Settled):
            kind: Any = Accepted if command.bet else Acted
            reply = msgspec.msgpack.decode(answer.body, type=kind)
            guest.settled(request, answer.digest, reply)
        elif isinstance(answer, nodes.Known):
            guest.recall(request, answer.digest)
        elif isinstance(answer, nodes.Turned):
            refusal = nodes.refused_by(answer)
            if answer.place is not None:
                await self._overtaken(guest, request, refusal)
            else:
                guest.refused(request, digest, refusal)
        else:
            guest.in_flight.pop(request, None)
            guest.doubt(request)


def _answer(body: bytes) -> nodes.Answer:
    """Read what an owner says; what only a newer program would understand leaves it in doubt."""
    try:
        return nodes.decode_answer(body)
    except msgspec.MsgspecError as error:
        log.warning("an answer that is not known", error=str(error))
        return nodes.InDoubt()
