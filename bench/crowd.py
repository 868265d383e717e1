"""A process that holds many idle sessions open.

`python -m bench.crowd JSON` takes a `Crowd`, signs everybody up and in, says `connected`, and keeps
the connections until SIGTERM.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Final

import aiohttp
import msgspec
import uvloop

from bench import wire
from bench.errors import BenchError
from bench.leash import hold_leash
from bench.limits import allow_files
from client.errors import TicketError
from client.http import sign_up
from client.transport import Connection, open_connection
from protocol.codec import MSGPACK_SUBPROTOCOL

__all__ = ["Crowd", "main"]

CONNECTING_AT_ONCE: Final = 32


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """How many sessions to hold, and where."""

    http: str
    gateway: str
    sessions: int
    game: str = ""
    """A game to sit down at; empty for no table."""
    leash: bool = False


class Guest:
    """One session. The library's core answers the server's pings for it."""

    __slots__ = ("_connection", "_game", "_in", "lost")

    def __init__(self, game: str) -> None:
        self._game = game
        self._connection: Connection | None = None
        self._in: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost = False

    async def enter(self, gateway: str, ticket: str) -> None:
        """Connect, sign in, and sit down if there is a game. Raises OSError."""
        self._connection = await open_connection(
            gateway, MSGPACK_SUBPROTOCOL, self._receive, self._closed
        )
        self._connection.send(wire.hello(wire.FIRST_ID, ticket))
        await self._in

    def _receive(self, message: bytes) -> None:
        answer = wire.read(message)
        if answer.type == "welcome" and self._game and self._connection is not None:
            self._connection.send(wire.sit(wire.FIRST_ID + 1, self._game))
        elif self._in.done():
            pass
        elif answer.type in ("welcome", "seated"):
            self._in.set_result(None)
        elif answer.type == "error":
            self._in.set_exception(ConnectionError(f"refused: {answer.body.code}"))

    def _closed(self, code: int, _reason: str) -> None:
        self.lost = True
        if not self._in.done():
            self._in.set_exception(ConnectionError(f"the server hung up: {code}"))


async def _run(crowd: Crowd) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if crowd.leash:
        hold_leash(loop)
    allow_files(crowd.sessions)
    guests = [Guest(crowd.game) for _ in range(crowd.sessions)]
    at_once = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def enter(guest: Guest, http: aiohttp.ClientSession) -> None:
        async with at_once:
            ticket = await sign_up(http, crowd.http, "EUR")
            await guest.enter(crowd.gateway, ticket.ticket)

    try:
        async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:
            for guest in guests:
                group.create_task(enter(guest, http))
    except* (OSError, TicketError) as errors:
        error: BaseException = errors
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise BenchError(f"a session cannot be opened: {error}") from None
    _tell({"event": "connected", "sessions": len(guests)})
    await stop.wait()
    _tell({"event": "left", "lost": sum(guest.lost for guest in guests)})


def _tell(line: dict[str, object]) -> None:
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Hold the sessions that the one argument says. Returns the exit code."""
    if len(arguments) != 1:
        print("usage: python -m bench.crowd JSON", file=sys.stderr)
        return 2
    try:
        uvloop.run(_run(msgspec.json.decode(arguments[0], type=Crowd)))
    except (BenchError, msgspec.DecodeError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
