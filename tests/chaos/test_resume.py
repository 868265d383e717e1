"""A player whose connection, whose server, or both went away finds everything as it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from client import Client, Policy
from client.http import DemoPlayer, sign_up
from client.rounds import Round
from client.tables import Table
from protocol.codec import MSGPACK, ServerFrame
from protocol.errors import CloseCode
from protocol.messages.common import Request
from protocol.messages.rounds import Played, Spin
from protocol.messages.session import ClientInfo, Hello, Resume, Welcome
from protocol.messages.tables import Seated, Sit
from server.database.connect import connect as connect_database
from tests.chaos.processes import PATIENCE_S, Server, audit

INFO = ClientInfo(name="croupier-test", version="1")
TIMES = 10
QUICK = Policy(reconnect_initial_s=0.05, reconnect_cap_s=0.2, connect_for_s=PATIENCE_S)


async def open_round(table: Table) -> Round:
    """Deal until a hand asks for a decision."""
    while True:
        current = await table.deal({"stake": 100})
        if not current.finished:
            return current


def safest(current: Round) -> str:
    """Return the decision that takes no further stake; with an ace shown insurance comes first."""
    offered = {option.action for option in current.options}
    return "decline" if "decline" in offered else "stand"


async def test_open_round_is_found_again(house: Callable[..., Server]) -> None:
    """A client away in the middle of a hand finds it after a kill: same cards, same step, to end.

    The hand then replays to what was paid, and its seed belongs to the chain told before.
    """
    server = house()
    await server.start()
    client = Client(server.http, policy=QUICK)
    try:
        await client.connect()
        table = await client.sit("blackjack")
        before = await open_round(table)
        held = client.balance
        session = client.welcome.session
        await client.disconnect()
        await server.kill()
        await server.start()
        await client.connect()

        assert client.welcome.session == session
        assert client.balance == held
        found = table.open
        assert found is not None
        assert (found.id, found.step, found.view) == (before.id, before.step, before.view)
        while not found.finished:
            found = await table.act(safest(found))
        assert found.id == before.id
        assert found.payout is not None
        assert client.balance.amount == held.amount + found.payout
        assert client.balance.held == 0
        assert (await client.proof(found.id))["payout"] == found.payout
    finally:
        await client.close()
    await audit(server)
    assert await server.stop() == 0


class Socket:
    """A connection that says what it is told to, as often as it is told to."""

    def __init__(self, websocket: ClientConnection) -> None:
        self._websocket = websocket

    async def send(self, request_id: int, body: Request, times: int = 1) -> None:
        """Send one request a number of times."""
        for _ in range(times):
            await self._websocket.send(MSGPACK.encode_request(request_id, body))

    async def answer(self, kind: type[Any]) -> Any:
        """Return the next reply, of which the kind is known."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                frame = MSGPACK.server_frame(await self._frame())
                if frame.id is not None:
                    break
        assert frame.type == kind.TYPE, msgspec.msgpack.decode(frame.body)
        return MSGPACK.decoder(kind).decode(frame.body)

    async def _frame(self) -> bytes:
        frame = await self._websocket.recv()
        assert isinstance(frame, bytes)
        return frame

    async def rest(self) -> list[ServerFrame]:
        """Return every reply up to the end of the connection, or until nothing more comes."""
        frames: list[ServerFrame] = []
        try:
            while True:
                async with asyncio.timeout(0.5):
                    frames.append(MSGPACK.server_frame(await self._frame()))
        except (TimeoutError, ConnectionClosed):
            return [frame for frame in frames if frame.id is not None]

    @property
    def close_code(self) -> int | None:
        """With what the server closed it, or None."""
        return self._websocket.close_code


@asynccontextmanager
async def socket(gateway: str) -> AsyncIterator[Socket]:
    """Yield a fresh connection."""
    async with connect(
        gateway,
        subprotocols=[Subprotocol(MSGPACK.subprotocol)],
        compression=None,
        ping_interval=None,
        proxy=None,
        close_timeout=1,
    ) as websocket:
        yield Socket(websocket)


async def new_player(server: Server) -> DemoPlayer:
    """Sign a player up."""
    async with aiohttp.ClientSession() as http:
        return await sign_up(http, server.http, "EUR")


def outcome(played: Played) -> tuple[Any, ...]:
    """Return all that an answer says of what happened."""
    view = bytes(played.view)
    return played.round, played.stake, played.payout, played.seed, view, played.balance


@pytest.mark.parametrize("kill", [False, True])
async def test_sent_ten_times_and_ten_times_more(house: Callable[..., Server], kill: bool) -> None:
    """One request sent ten times on the old socket and on the one that resumed is played once.

    Whether the server died in between or not: one wager, and one answer however often it is told.
    """
    server = house()
    await server.start()
    player = await new_player(server)
    async with socket(player.gateway) as old:
        await old.send(1, Hello(ticket=player.ticket, nonce="0123456789", client=INFO))
        welcome: Welcome = await old.answer(Welcome)
        await old.send(2, Sit(game="slot"))
        seated: Seated = await old.answer(Seated)
        assert seated.chain is not None
        bets = msgspec.Raw(MSGPACK.encode({"stake": 100}))
        spin = Spin(seated.table, seated.chain.round, bets, b"my own seed")
        if kill:
            await old.send(3, spin, TIMES)
            first = outcome(await old.answer(Played))
            await server.kill()
            await server.start()
        async with socket(player.gateway) as new:
            if not kill:
                await old.send(3, spin, TIMES)
            await new.send(4, Resume(token=welcome.token, client=INFO))
            again: Welcome = await new.answer(Welcome)
            assert again.session == welcome.session
            assert again.highest_request >= (3 if kill else 2)
            await new.send(3, spin, TIMES)
            told = [*(await old.rest()), *(await new.rest())]
            played = [MSGPACK.decoder(Played).decode(frame.body) for frame in told]
            if not kill:
                first = outcome(played[0])
                assert old.close_code == CloseCode.REPLACED
            assert {frame.id for frame in told} == {3}
            assert {outcome(one) for one in played} == {first}
    connection = await connect_database(server.directory.url("report"))
    try:
        assert await connection.fetchval("SELECT count(*) FROM croupier.wager") == 1
    finally:
        await connection.close()
    await audit(server)
