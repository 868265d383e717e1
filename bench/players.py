"""The players of the generator: callbacks on a socket, without a task of their own.

They do what a client has to do and nothing beyond: name the round that is due, draw a client seed,
mask the frame, read the answer. They cost half of what those of `croupier load` do, which check
every seed and can resume. On a small machine the generator's CPU time is taken from the server.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Final

import msgspec

from bench import wire
from client.load.histogram import Histogram
from client.transport import Connection, open_connection
from protocol.codec import MSGPACK_SUBPROTOCOL
from protocol.errors import Certainty, ErrorCode

__all__ = ["Arrivals", "Player", "Tally"]

SEED_BYTES: Final = 16
AGAIN_S: Final = 0.05
"""After this long a bet that was refused for the moment is sent again, unchanged."""


class Tally:
    """What all players count, since the start and within the window that is measured."""

    __slots__ = (
        "answered",
        "errors",
        "latency",
        "lost",
        "reply_bytes",
        "request_bytes",
        "window",
    )

    def __init__(self) -> None:
        self.answered = 0
        """Bets that the server said were played, since the start."""
        self.errors: dict[str, int] = {}
        self.lost = 0
        """Connections that broke, and players who gave up."""
        self.begin()

    def begin(self) -> None:
        """Begin the window that is measured."""
        self.window = 0
        self.latency = Histogram()
        self.request_bytes = 0
        self.reply_bytes = 0

    def error(self, code: str) -> None:
        """Count an error that a player was told."""
        self.errors[code] = self.errors.get(code, 0) + 1


class Player:
    """One player. `seat` him, then give him something to do with `bet`.

    `idle` is called whenever he could make a bet, and may make it at once.
    """

    __slots__ = (
        "_bets",
        "_connection",
        "_due",
        "_frame",
        "_game",
        "_idle",
        "_last",
        "_leaving",
        "_random",
        "_round",
        "_seated",
        "_table",
        "_tally",
        "waiting",
    )

    def __init__(self, tally: Tally, stake: int, seed: int, idle: Callable[[Player], None]) -> None:
        self._tally = tally
        self._bets = wire.bets(stake)
        self._idle = idle
        self._random = random.Random(seed)  # noqa: S311 - the same bets in every run
        self._connection: Connection | None = None
        self._seated: asyncio.Future[None] | None = None
        self._table = ""
        self._round = ""
        self._last = wire.FIRST_ID
        self._due = 0.0
        self._frame = b""
        self._game = ""
        self._leaving = False
        self.waiting = False
        """Whether a bet of his has no answer yet."""

    async def seat(self, gateway: str, ticket: str, game: str) -> None:
        """Connect, sign in and sit down. Raises OSError, or ConnectionError if refused."""
        self._seated = asyncio.get_running_loop().create_future()
        self._connection = await open_connection(
            gateway, MSGPACK_SUBPROTOCOL, self._receive, self._closed
        )
        self._game = game
        self._connection.send(wire.hello(self._last, ticket))
        await self._seated

    def bet(self, due: float) -> None:
        """Bet; the latency counts from `due`, a time of `perf_counter`."""
        self._last += 1
        self._frame = wire.spin(
            self._last, self._table, self._round, self._bets, self._random.randbytes(SEED_BYTES)
        )
        self._due = due
        self.waiting = True
        self._send()

    def leave(self) -> None:
        """Say goodbye and close."""
        self._leaving = True
        if self._connection is not None:
            self._connection.send(wire.bye(self._last + 1))
            self._connection.close()

    def _send(self) -> None:
        if self._connection is not None:
            self._connection.send(self._frame)

    def _receive(self, message: bytes) -> None:
        try:
            answer = wire.read(message)
        except msgspec.DecodeError:
            self._refused("unreadable")
            return
        kind = answer.type
        if kind == "played":
            self._played(answer, len(message))
        elif kind == "chain_started" and answer.body.chain is not None:
            free = not self._round and not self.waiting
            self._round = answer.body.chain.round
            if free:
                self._idle(self)
        elif kind == "welcome" and self._connection is not None:
            self._last += 1
            self._connection.send(wire.sit(self._last, self._game))
        elif kind == "seated":
            self._sat_down(answer.body)
        elif kind == "error":
            self._refused(answer.body.code)

    def _played(self, answer: wire.Answer, size: int) -> None:
        tally = self._tally
        if answer.id != self._last or not self.waiting:
            tally.error("answer_to_nothing")
            return
        self.waiting = False
        tally.answered += 1
        tally.window += 1
        tally.latency.record(int((perf_counter() - self._due) * 1_000_000))
        tally.request_bytes += len(self._frame)
        tally.reply_bytes += size
        following = answer.body.next
        if following is None:
            self._round = ""  # a new chain is on its way
        else:
            self._round = following.round
            self._idle(self)

    def _sat_down(self, body: wire.Body) -> None:
        if body.chain is None or self._seated is None:
            return
        self._table = body.table
        self._round = body.chain.round
        if not self._seated.done():
            self._seated.set_result(None)

    def _refused(self, code: str) -> None:
        if self._seated is not None and not self._seated.done():
            self._seated.set_exception(ConnectionError(f"the server refused a player: {code}"))
            return
        self._tally.error(code)
        if not self.waiting:
            return
        if _certainty(code) is Certainty.FINAL:
            self.waiting = False
            self._tally.lost += 1
        else:
            asyncio.get_running_loop().call_later(AGAIN_S, self._send)

    def _closed(self, code: int, reason: str) -> None:
        self._connection = None
        if self._seated is not None and not self._seated.done():
            said = f" ({reason})" if reason else ""
            self._seated.set_exception(ConnectionError(f"the server hung up: {code}{said}"))
        elif not self._leaving:
            self.waiting = False
            self._tally.lost += 1


def _certainty(code: str) -> Certainty:
    try:
        return ErrorCode(code).certainty
    except ValueError:
        return Certainty.FINAL


class Arrivals:
    """Hands bets that are due to whoever is free; what nobody is free for waits its turn."""

    __slots__ = ("_due", "_free", "_on", "waited")

    def __init__(self) -> None:
        self._due: deque[float] = deque()
        self._free: deque[Player] = deque()
        self._on = True
        self.waited = 0
        """Bets for which no player was free when they were due."""

    def arrive(self, due: float) -> None:
        """Take a bet that is due."""
        if self._free:
            self._free.popleft().bet(due)
        else:
            self.waited += 1
            self._due.append(due)

    def idle(self, player: Player) -> None:
        """Take a player who could bet."""
        if self._on and self._due:
            player.bet(self._due.popleft())
        else:
            self._free.append(player)

    def end(self) -> None:
        """Make no more bets."""
        self._on = False
