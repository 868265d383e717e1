"""The generator of load: one process that drives any of the measured servers.

`python -m bench.generator JSON` takes a `Job` and prints one JSON line at each turn: `connected`,
`began`, `ended` with the figures of the window, and `done` when nothing is on its way any more.
"""

from __future__ import annotations

import asyncio
import gc
import random
import secrets
import signal
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final

import aiohttp
import msgspec
import uvloop

from bench.errors import BenchError
from bench.leash import hold_leash
from bench.limits import allow_files
from bench.players import Arrivals, Player, Tally
from client.errors import TicketError
from client.http import sign_up

__all__ = ["Job", "main"]

CONNECTING_AT_ONCE: Final = 32
TICK_S: Final = 0.001
TICK_S_MAX: Final = 0.1
POLL_S: Final = 0.02
FINISH_POLLS: Final = 750
"""How often to look for the last answers, over 15 seconds."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to do."""

    gateway: str
    """`ws://` address."""
    http: str = ""
    """Where players sign up; empty for a server that takes any ticket."""
    players: int
    warm_up_s: float
    seconds: float
    rate: float | None = None
    """Bets a second at random times over all players; None for a closed loop."""
    game: str = "slot"
    stake: int = 100
    """Minor units."""
    amount: str = "1000000.00"
    """Opening balance of a player, in major units."""
    seed: int = 1
    leash: bool = False
    """Whether to end when standard input does."""


class Generator:
    """One run of a job."""

    def __init__(self, job: Job, tell: Callable[[dict[str, Any]], None]) -> None:
        self._job = job
        self._tell = tell
        self._tally = Tally()
        self._players: list[Player] = []
        self._stopped = asyncio.Event()
        self._arrivals: Arrivals | None = Arrivals() if job.rate is not None else None

    def stop(self) -> None:
        """End the window early."""
        self._stopped.set()

    async def run(self) -> None:
        """Connect, play and report. Raises BenchError if a player cannot sit down."""
        allow_files(self._job.players)
        await self._connect()
        self._tell({"event": "connected", "players": len(self._players)})
        gc.collect()
        gc.freeze()
        arriving = None
        if self._arrivals is None:
            for player in self._players:
                self._closed(player)
        else:
            for player in self._players:
                self._arrivals.idle(player)
            arriving = asyncio.get_running_loop().create_task(self._arrive(self._arrivals))
        await self._pause(self._job.warm_up_s)
        self._tally.begin()
        began = perf_counter()
        self._tell({"event": "began"})
        await self._pause(self._job.seconds)
        figures = self._figures(perf_counter() - began)
        self._tell({"event": "ended", **figures})
        self._stopped.set()
        if arriving is not None:
            await arriving
        await self._finish()

    async def _connect(self) -> None:
        at_once = asyncio.Semaphore(CONNECTING_AT_ONCE)
        job = self._job
        seeds = random.Random(job.seed)  # noqa: S311 - the same bets in every run
        idle = self._closed if self._arrivals is None else self._arrivals.idle

        async def seat(player: Player, http: aiohttp.ClientSession) -> None:
            async with at_once:
                ticket = secrets.token_urlsafe(32)
                if job.http:
                    ticket = (await sign_up(http, job.http, "EUR", job.amount)).ticket
                await player.seat(job.gateway, ticket, job.game)

        self._players = [
            Player(self._tally, job.stake, seeds.getrandbits(64), idle) for _ in range(job.players)
        ]
        try:
            async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:
                for player in self._players:
                    group.create_task(seat(player, http))
        except* (OSError, TicketError) as errors:
            raise BenchError(f"a player cannot sit down: {_first(errors)}") from None

    def _closed(self, player: Player) -> None:
        """Have a player bet as soon as he can."""
        if not self._stopped.is_set():
            player.bet(perf_counter())

    async def _arrive(self, arrivals: Arrivals) -> None:
        """Let bets arrive at random times, whatever the server does."""
        assert self._job.rate is not None
        chance = random.Random(self._job.seed)  # noqa: S311 - as above
        due = perf_counter()
        while not self._stopped.is_set():
            now = perf_counter()
            while due <= now:
                arrivals.arrive(due)
                due += chance.expovariate(self._job.rate)
            await asyncio.sleep(min(max(due - perf_counter(), TICK_S), TICK_S_MAX))
        arrivals.end()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            pass

    def _figures(self, seconds: float) -> dict[str, Any]:
        tally = self._tally
        bets = tally.window
        return {
            "bets": bets,
            "seconds": seconds,
            "latency_ms": tally.latency.milliseconds(),
            "request_bytes": round(tally.request_bytes / bets) if bets else 0,
            "reply_bytes": round(tally.reply_bytes / bets) if bets else 0,
            "waited": self._arrivals.waited if self._arrivals is not None else 0,
            "errors": dict(tally.errors),
            "lost": tally.lost,
        }

    async def _finish(self) -> None:
        """Wait for the last answers, so that the ledger can be compared with what was told."""
        for _ in range(FINISH_POLLS):
            if not any(player.waiting for player in self._players):
                break
            await asyncio.sleep(POLL_S)
        waiting = sum(player.waiting for player in self._players)
        for player in self._players:
            player.leave()
        await asyncio.sleep(POLL_S)
        self._tell({"event": "done", "answered": self._tally.answered, "unanswered": waiting})


def _first(errors: BaseExceptionGroup[Exception]) -> BaseException:
    """Return the first error of a group, however deep."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _tell(line: dict[str, Any]) -> None:
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    sys.stdout.flush()


async def _run(job: Job) -> None:
    generator = Generator(job, _tell)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, generator.stop)
    if job.leash:
        hold_leash(loop)
    await generator.run()


def main(arguments: list[str]) -> int:
    """Do the job that the one argument says. Returns the exit code."""
    if len(arguments) != 1:
        print("usage: python -m bench.generator JSON", file=sys.stderr)
        return 2
    try:
        job = msgspec.json.decode(arguments[0], type=Job)
        uvloop.run(_run(job))
    except (BenchError, msgspec.DecodeError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
