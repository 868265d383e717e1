"""People at live tables who cost little: callbacks on a socket."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from time import perf_counter
from typing import Any

import aiohttp
import msgspec

from bench.errors import BenchError
from bench.live_house import LiveNode
from client.http import sign_up
from client.transport import Connection, open_connection
from protocol.codec import MSGPACK, MSGPACK_SUBPROTOCOL
from protocol.messages.common import Request
from protocol.messages.live import Join, Tables, Watch
from protocol.messages.rounds import Bet
from protocol.messages.session import ClientInfo, Hello

__all__ = ["Guest", "Rounds", "enter", "find_tables"]

_CLIENT = ClientInfo(name="croupier-bench", version="1")
CONNECTING_AT_ONCE = 32


class _Chain(msgspec.Struct):
    chain: str


class _Live(msgspec.Struct):
    table: str
    chain: _Chain | None = None
    round: str | None = None
    seat: int | None = None


class _Body(msgspec.Struct):
    table: str = ""
    round: str | None = None
    closes_ms: int = 0
    code: str = ""
    live: _Live | None = None


class _Frame(msgspec.Struct):
    type: str
    body: _Body
    id: int = 0


class _Card(msgspec.Struct):
    table: str
    title: str


class _Cards(msgspec.Struct):
    tables: tuple[_Card, ...] = ()


class _ListFrame(msgspec.Struct):
    body: _Cards


_read = msgspec.msgpack.Decoder(_Frame).decode
_read_list = msgspec.msgpack.Decoder(_ListFrame).decode
_EVENT_START = b"\x82\xa4type"
"""An event has no id: its map begins with the type. Replies begin with their id."""


class Guest:
    """One session; asks one thing at a time and waits for the answer."""

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._last = 0
        self._asked: dict[int, asyncio.Future[tuple[_Frame, float, bytes]]] = {}
        self.heard: Callable[[bytes], None] = lambda _: None
        """Takes every frame that answers nothing."""
        self.lost = False

    async def enter(self, node: LiveNode, ticket: str) -> None:
        """Connect and sign in. Raises OSError, BenchError."""
        self._connection = await open_connection(
            node.gateway, MSGPACK_SUBPROTOCOL, self._receive, self._closed
        )
        await self.ask(Hello(ticket=ticket, nonce=ticket[:16], client=_CLIENT))

    async def ask(self, body: Request) -> tuple[_Frame, float, bytes]:
        """Send a request; its answer, and the seconds it took. Raises BenchError if refused."""
        self._last += 1
        future: asyncio.Future[tuple[_Frame, float, bytes]]
        future = self._asked[self._last] = asyncio.get_running_loop().create_future()
        assert self._connection is not None
        sent_s = perf_counter()
        self._connection.send(MSGPACK.encode_request(self._last, body))
        answer, came_s, data = await future
        if answer.type == "error":
            raise BenchError(f"refused: {answer.body.code}")
        return answer, came_s - sent_s, data

    async def bet(self, table: str, round_id: str, stake: int = 100) -> float:
        """Bet; the seconds until it was acknowledged. Raises BenchError if refused."""
        bets = msgspec.Raw(MSGPACK.encode({"bets": [{"bet": "red", "stake": stake}]}))
        _, took_s, _ = await self.ask(Bet(table=table, round=round_id, bets=bets))
        return took_s

    async def join(self, table: str) -> str | None:
        """Take a seat, with a client seed once the chain is told; the round in play, or None."""
        answer, _, _ = await self.ask(Join(table=table))
        if answer.body.live is not None and answer.body.live.chain is not None:
            chain, seed = answer.body.live.chain.chain, random.randbytes(8)  # noqa: S311
            answer, _, _ = await self.ask(Join(table=table, chain=chain, client_seed=seed))
        assert answer.body.live is not None
        return answer.body.live.round

    async def watch(self, table: str) -> None:
        """Watch."""
        await self.ask(Watch(table=table))

    def _receive(self, message: bytes) -> None:
        if message.startswith(_EVENT_START):
            self.heard(message)
            return
        came_s = perf_counter()
        frame = _read(message)
        future = self._asked.pop(frame.id, None)
        if future is not None and not future.done():
            future.set_result((frame, came_s, message))

    def _closed(self, code: int, reason: str) -> None:
        self.lost = True
        for future in self._asked.values():
            if not future.done():
                future.set_exception(BenchError(f"the server hung up: {code} {reason}"))

    def close(self) -> None:
        """Go."""
        if self._connection is not None:
            self._connection.close()


class Rounds:
    """Knows the round that takes bets at each table that a guest hears of."""

    def __init__(self, guest: Guest, opened: Callable[[Guest, str, str, int], Any]) -> None:
        self._guest = guest
        self._opened = opened
        guest.heard = self._hear

    def _hear(self, message: bytes) -> None:
        if b"round_opened" in message[:32]:
            body = _read(message).body
            assert body.round is not None
            self._opened(self._guest, body.table, body.round, body.closes_ms)


async def enter(node: LiveNode, count: int) -> list[Guest]:
    """Sign so many up at a node. Raises OSError, TicketError, BenchError."""
    guests = [Guest() for _ in range(count)]
    at_once = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def come(guest: Guest, http: aiohttp.ClientSession) -> None:
        async with at_once:
            player = await sign_up(http, node.http, "EUR", "1000000.00")
            await guest.enter(node, player.ticket)

    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:
        for guest in guests:
            group.create_task(come(guest, http))
    return guests


async def find_tables(guest: Guest, count: int) -> dict[str, str]:
    """Wait until so many tables are there; their ids by title."""
    while True:
        _, _, data = await guest.ask(Tables())
        cards = _read_list(data).body.tables
        if len(cards) >= count:
            return {card.title: card.table for card in cards}
        await asyncio.sleep(0.05)
