"""A small gateway that keeps to the protocol, with faults on demand, for tests of the client.

It runs on the library's own server, so that a mistake of the client's transport meets other code.
Everything is in memory and outlives `stop`, as a database would.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from protocol.codec import CODECS, JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL, Codec
from protocol.errors import ErrorCode, Refused
from protocol.messages.account import (
    BalanceReply,
    BalanceRequest,
    History,
    HistoryList,
    HistoryRound,
    RoundProof,
    RoundRequest,
)
from protocol.messages.common import Event, Reply, Request
from protocol.messages.failure import Failure
from protocol.messages.rounds import Act, Deal, Played, Spin
from protocol.messages.session import (
    Bye,
    ConnectionLimits,
    Goodbye,
    Hello,
    Ping,
    Pong,
    Resume,
    TableState,
    Welcome,
)
from protocol.messages.tables import (
    Activity,
    ActivityList,
    ChainStarted,
    GameActivity,
    Leave,
    Left,
    Lobby,
    LobbyList,
    Sit,
)
from tests.client.fake_house import LOBBY, FakeHouse, Player

TIME_MS = 1_700_000_000_000
LISTS: dict[type[Request], Reply] = {
    Lobby: LobbyList(LOBBY),
    Activity: ActivityList((GameActivity("slot", players=2, rounds=5),), 10_000),
}
"""What is told of the games."""


@dataclass(slots=True)
class FakeSession:
    """A session and its recorded answers."""

    id: str
    player: Player
    token: str
    nonce: str
    answers: dict[int, tuple[Request, Reply]] = field(default_factory=dict)
    highest: int = 0
    connection: ServerConnection | None = None


@dataclass(slots=True)
class Fault:
    """What happens to the next request of a type, once."""

    kind: str
    execute: bool
    """Whether the request is carried out."""
    then: str
    """`drop`, `close:CODE`, `hold`, or an error code to answer with."""


class FakeGateway:
    """`async with FakeGateway() as gateway`; addresses are `http` and `url`."""

    def __init__(self, house: FakeHouse | None = None, *, ping_interval_ms: int = 20_000) -> None:
        self.house = house or FakeHouse()
        self.sessions: dict[str, FakeSession] = {}
        self.tickets: dict[str, Player] = {}
        self.used: dict[str, FakeSession] = {}
        self.faults: list[Fault] = []
        self.seen: list[tuple[int, str]] = []
        """Id and type of every request that came in, repeated ones too."""
        self.signed_in: list[Request] = []
        self.sign_ups = 0
        self.silent = False
        self.client_seed = True
        self.time_ms = TIME_MS
        self.in_flight = 64
        self.refuse_sign_in: list[ErrorCode] = []
        self.on_request: Callable[[str], None] | None = None
        self.opened = asyncio.Event()
        self._ping_interval_ms = ping_interval_ms
        self._server: Server | None = None
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._http_port = 0
        self._held: list[asyncio.Event] = []

    @property
    def url(self) -> str:
        """The gateway's address."""
        return f"ws://127.0.0.1:{self._port}"

    @property
    def http(self) -> str:
        """The address for sign-ups."""
        return f"http://127.0.0.1:{self._http_port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the ports of last time if there was one."""
        self._server = await serve(
            self._connected,
            "127.0.0.1",
            self._port,
            subprotocols=[Subprotocol(MSGPACK_SUBPROTOCOL), Subprotocol(JSON_SUBPROTOCOL)],
            compression=None,
            ping_interval=None,
        )
        self._port = self._server.sockets[0].getsockname()[1]
        app = web.Application()
        app.router.add_post("/api/v1/demo", self._demo)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._http_port, reuse_address=True)
        await site.start()
        self._http_port = self._runner.addresses[0][1]

    async def stop(self, code: int = 1001) -> None:
        """Close every connection and stop to listen."""
        for held in self._held:
            held.set()
        if self._server is not None:
            server, self._server = self._server, None
            server.close(code=code)
            await server.wait_closed()
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    def fault(self, kind: str, then: str, *, execute: bool = False) -> None:
        """Spoil the next request of a type."""
        self.faults.append(Fault(kind, execute, then))

    def release(self) -> None:
        """Let the requests held by a fault go on."""
        for held in self._held:
            held.set()

    def new_ticket(self, amount: int = 100_000) -> str:
        """Open an account with `amount` minor units and return a ticket for it."""
        self.sign_ups += 1
        ticket = f"ticket-{self.sign_ups:012}"
        self.tickets[ticket] = Player(f"p{self.sign_ups}", amount)
        return ticket

    async def tell(self, event: Event, only: FakeSession | None = None) -> None:
        """Send an event to every session, or to one."""
        for session in [only] if only is not None else list(self.sessions.values()):
            if session.connection is not None:
                codec = CODECS[str(session.connection.subprotocol)]
                await _send(session.connection, codec, codec.encode_event(event))

    async def new_chain(self, session: FakeSession, game: str) -> None:
        """Put a table on a new chain and tell its player."""
        seat = session.player.seats[game]
        seat.chain = self.house.new_chain()
        seat.seq += 1
        info = seat.chain.info()
        assert info is not None
        await self.tell(ChainStarted(seat.table, 1, seat.seq, info), session)

    async def _demo(self, request: web.Request) -> web.Response:
        body = await request.json()
        amount = round(float(body.get("amount", "1000.00")) * 100)
        if amount > 10_000_000_000:
            return web.json_response({"message": "at most 100000000.00"}, status=400)
        ticket = self.new_ticket(amount)
        return web.json_response(
            {
                "player": self.tickets[ticket].id,
                "ticket": ticket,
                "gateway": self.url,
                "currency": body.get("currency", "EUR"),
                "balance": f"{amount // 100}.{amount % 100:02}",
            }
        )

    async def _connected(self, connection: ServerConnection) -> None:
        self.opened.set()
        session: FakeSession | None = None
        codec = CODECS[str(connection.subprotocol)]
        tasks: set[asyncio.Task[None]] = set()
        try:
            async for message in connection:
                frame = message.encode() if isinstance(message, str) else message
                envelope = codec.envelope(frame)
                body = codec.request(envelope)
                self.seen.append((envelope.id, envelope.type))
                if self.silent:
                    continue
                if isinstance(body, Hello | Resume):
                    session = await self._sign_in(connection, codec, envelope.id, body)
                    if session is None:
                        return
                    continue
                assert session is not None, "hello comes first"
                if self.on_request is not None:
                    self.on_request(envelope.type)
                work = self._handle(connection, codec, session, envelope.id, body)
                task = asyncio.create_task(work)
                tasks.add(task)
                task.add_done_callback(tasks.discard)
        except ConnectionClosed:
            pass
        finally:
            for task in tasks:
                task.cancel()
            if session is not None and session.connection is connection:
                session.connection = None

    async def _sign_in(
        self, connection: ServerConnection, codec: Codec, request_id: int, body: Request
    ) -> FakeSession | None:
        self.signed_in.append(body)
        if self.refuse_sign_in:
            await self._refuse(connection, codec, request_id, Refused(self.refuse_sign_in.pop(0)))
            await connection.close(4506)
            return None
        if isinstance(body, Resume):
            session = self.sessions.get(body.token)
            error = ErrorCode.TOKEN_INVALID
        else:
            assert isinstance(body, Hello)
            session = self._hello(body)
            error = ErrorCode.TICKET_INVALID
        if session is None:
            await self._refuse(connection, codec, request_id, Refused(error))
            await connection.close(4506)
            return None
        if session.connection is not None:
            await session.connection.close(4500)
        session.connection = connection
        tables = tuple(
            TableState(
                seat.table, recovered=False, snapshot=self.house.sit(session.player, game, codec)
            )
            for game, seat in session.player.seats.items()
        )
        welcome = Welcome(
            session=session.id,
            token=session.token,
            player=session.player.id,
            currency="EUR",
            exponent=2,
            balance=session.player.balance(),
            highest_request=session.highest,
            tables=tables,
            limits=ConnectionLimits(16_384, 1_000, self.in_flight),
            ping_interval_ms=self._ping_interval_ms,
            time_ms=self.time_ms,
            test=True,
            client_seed=self.client_seed,
        )
        await _send(connection, codec, codec.encode_reply(request_id, welcome))
        return session

    def _hello(self, body: Hello) -> FakeSession | None:
        known = self.used.get(body.ticket)
        if known is not None:
            return known if known.nonce == body.nonce else None
        player = self.tickets.pop(body.ticket, None)
        if player is None:
            return None
        number = len(self.used) + 1
        session = FakeSession(f"s{number}", player, f"token-{number:016}", body.nonce)
        self.used[body.ticket] = session
        self.sessions[session.token] = session
        return session

    async def _handle(
        self,
        connection: ServerConnection,
        codec: Codec,
        session: FakeSession,
        request_id: int,
        body: Request,
    ) -> None:
        kind = body.TYPE
        session.highest = max(session.highest, request_id)
        fault = next((fault for fault in self.faults if fault.kind == kind), None)
        if fault is not None:
            self.faults.remove(fault)
            if fault.execute:
                self._answer(codec, session, request_id, body)
            if fault.then == "drop":
                connection.transport.abort()
                return
            if fault.then.startswith("close:"):
                await connection.close(int(fault.then[6:]))
                return
            if fault.then == "hold":
                held = asyncio.Event()
                self._held.append(held)
                await held.wait()
            else:
                refused = Refused(ErrorCode(fault.then))
                await self._refuse(connection, codec, request_id, refused)
                return
        reply = self._answer(codec, session, request_id, body)
        with contextlib.suppress(ConnectionClosed):
            await _send(connection, codec, codec.encode_reply(request_id, reply))
            if isinstance(reply, Played) and reply.finished and reply.next is None:
                await self.new_chain(session, self.house.seat_of(session.player, reply.table).game)
            if isinstance(body, Bye):
                self.sessions.pop(session.token, None)
                await connection.close(1000)

    def _answer(self, codec: Codec, session: FakeSession, request_id: int, body: Request) -> Reply:
        known = session.answers.get(request_id)
        if known is not None:
            if known[0] != body:
                return _failure(Refused(ErrorCode.REQUEST_ID_REUSED))
            return known[1]
        try:
            reply = self._execute(codec, session, body)
        except Refused as refused:
            reply = _failure(refused)
        session.answers[request_id] = (body, reply)
        return reply

    def _execute(self, codec: Codec, session: FakeSession, body: Request) -> Reply:
        player = session.player
        match body:
            case Spin() | Deal() | Act():
                return self.house.play(player, body, codec)
            case Sit(game=game):
                return self.house.sit(player, game, codec)
            case Lobby() | Activity():
                return LISTS[type(body)]
            case Leave(table=table):
                del player.seats[self.house.seat_of(player, table).game]
                return Left(table)
            case BalanceRequest():
                return BalanceReply(player.balance())
            case History(limit=limit):
                return self._history(limit)
            case RoundRequest(round=round_id):
                return RoundProof({"round": round_id})
            case Ping():
                return Pong(self.time_ms)
            case Bye():
                return Goodbye()
            case _:
                raise Refused(ErrorCode.WRONG_REQUEST)

    def _history(self, limit: int) -> HistoryList:
        rounds = [
            HistoryRound(round_id, "slot", 1, stake, payout, voided=False, ended_ms=TIME_MS)
            for round_id, (stake, payout) in self.house.wagers.items()
        ][::-1]
        return HistoryList(tuple(rounds[:limit]), len(rounds) > limit)

    async def _refuse(
        self, connection: ServerConnection, codec: Codec, request_id: int, refused: Refused
    ) -> None:
        await _send(connection, codec, codec.encode_reply(request_id, _failure(refused)))


def _failure(refused: Refused) -> Failure:
    details: dict[str, Any] | None = refused.details
    return Failure(refused.code.value, refused.code.certainty.value, refused.message, details)


async def _send(connection: ServerConnection, codec: Codec, frame: bytes) -> None:
    await connection.send(frame if codec.binary else frame.decode())


async def _main() -> None:
    async with FakeGateway() as gateway:
        sys.stdout.write(f'{{"http": "{gateway.http}", "gateway": "{gateway.url}"}}\n')
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main())
