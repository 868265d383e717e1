"""A load run from the first sign-up to the report."""

from __future__ import annotations

import asyncio
import contextlib
import random
import resource
import time
from collections.abc import Awaitable, Callable, Iterable
from time import perf_counter
from typing import Final

import aiohttp
from rich.console import Console

from client.errors import ClientError
from client.http import Ticket, TicketProvider, sign_up
from client.load.arrivals import Arrivals
from client.load.detail import detailed
from client.load.live_player import LivePlayer
from client.load.options import LIVE, LoadError, LoadOptions, assign, refuse_stranger
from client.load.player import SimulatedPlayer
from client.load.progress import Progress
from client.load.record import PlayerRecord, Recorder
from client.load.requirements import Requirement
from client.load.results import Report, Tally, Window, report
from client.load.scrape import Scraper
from client.load.series import Series
from games.catalogue import Catalogue
from protocol.messages.tables import LobbyGame

__all__ = ["LoadRun"]

_LOOK_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
_CONNECTING_AT_ONCE: Final = 64
_LEAVING_AT_ONCE: Final = 256
_FLUSH_S: Final = 0.1
_LAG_S: Final = 0.02
_SPARE_FILES: Final = 64


class LoadRun:
    """One run. `run` makes it; `stop` ends it early, `abandon` at once.

    A detailed run also tells what happened when, as the `series` and `detail` of its figures.
    `catalogue` holds the games whose strategies the players know; those that ship by default.
    """

    def __init__(
        self,
        options: LoadOptions,
        *,
        requirements: tuple[Requirement, ...] = (),
        recorder: Recorder | None = None,
        console: Console | None = None,
        detailed: bool = False,
        catalogue: Catalogue | None = None,
    ) -> None:
        self._options = options
        self._catalogue = catalogue
        self._requirements = requirements
        self._recorder = recorder
        self._console = console
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self._abandoned = asyncio.Event()
        self._chance = random.Random(options.seed)  # noqa: S311 - a run that can be repeated
        self._amount = options.opening_amount()
        self.tally = Tally()
        self._scraper: Scraper | None = None
        if detailed:
            expected_s = options.ramp_s + options.seconds + options.finish_s
            self.tally.series = Series(self.tally, expected_s=expected_s, cpu_s=_cpu_seconds())
        self._window = Window()
        self._players: list[SimulatedPlayer] = []
        self._lobby: dict[str, LobbyGame] = {}
        self._arrivals: Arrivals | None = None
        self._interrupted = False
        self._exponent: int | None = None
        """Digits of the currency, as the server says."""

    def stop(self) -> None:
        """Make no more bets; let what is open finish and report. The second time, do not wait."""
        if self._stopped.is_set():
            self._abandoned.set()
        self._interrupted = True
        self._stopped.set()

    async def run(self) -> Report:
        """Play and report. Raises LoadError if nobody can play or the record cannot be written."""
        _allow_files(self._options.players + _SPARE_FILES)
        started_ms = int(time.time() * 1000)
        progress = Progress(self._console or Console(quiet=True), self._options, self.tally)
        helpers = [self._loop.create_task(self._flush_often())]
        if self._console is not None:
            helpers.append(self._loop.create_task(progress.run()))
        try:
            async with aiohttp.ClientSession() as http:
                await self._look_for_server(http)
                if self.tally.series is not None:
                    self._scraper = Scraper(http, self._options.http)
                    helpers += [
                        self._loop.create_task(self._sample(self.tally.series)),
                        self._loop.create_task(self._scrape(self.tally.series, self._scraper)),
                    ]
                await self._connect_all(http)
                await self._play(progress)
        finally:
            progress.phase("leaving")
            if self.tally.series is not None:
                self.tally.series.close(_cpu_seconds())
            self._phase("leaving")
            await _each(self._players, SimulatedPlayer.leave, _LEAVING_AT_ONCE)
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
        self._check_record()
        retried, repeated = self._asked_again()
        made = report(
            self._options,
            self._requirements,
            self.tally,
            self._window,
            retried=retried,
            repeated=repeated,
            started_ms=started_ms,
            interrupted=self._interrupted,
        )
        if self.tally.series is not None:
            self.tally.series.finish(_cpu_seconds())
            detailed(made.figures, self._options, self._requirements, self.tally, self._scraper)
            made.figures["detail"]["exponent"] = self._exponent
        return made

    # Connecting.

    async def _look_for_server(self, http: aiohttp.ClientSession) -> None:
        """Raise LoadError if nothing answers at all: players would try for a minute."""
        url = self._options.http
        try:
            async with http.get(url.rstrip("/") + "/healthz", timeout=_LOOK_TIMEOUT):
                pass
        except (aiohttp.ClientError, TimeoutError):
            raise LoadError(f"nothing answers at {url}; start the server there first") from None

    async def _connect_all(self, http: aiohttp.ClientSession) -> None:
        games = assign(self._options.players, self._options.mix)
        at_once = asyncio.Semaphore(_CONNECTING_AT_ONCE)
        started = perf_counter()
        first_error: list[Exception] = []

        async def connect(number: int, game: str) -> None:
            due = started + self._options.ramp_s * number / len(games)
            await asyncio.sleep(max(0.0, due - perf_counter()))
            async with at_once:
                if self._stopped.is_set():
                    return
                record = None if self._recorder is None else PlayerRecord(self._recorder)
                kind = LivePlayer if game.startswith(LIVE) else SimulatedPlayer
                player = kind(
                    game,
                    self._options,
                    self.tally,
                    self._tickets(http, record),
                    record,
                    self._chance.getrandbits(64),
                    self._catalogue,
                )
                try:
                    await player.prepare(self._lobby)
                except (ClientError, LoadError, OSError) as error:
                    self.tally.error(_connect_code(error), f"{game} connect")
                    first_error.append(error)
                    await player.leave()
                    return
                self._players.append(player)
                self._exponent = player.client.welcome.exponent

        tasks = [self._loop.create_task(connect(*pair)) for pair in enumerate(games)]
        await self._until_done(tasks, self._stopped)
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
        if not self._players and not self._stopped.is_set():
            raise LoadError(f"no player could sit down: {first_error[0]}")

    def _tickets(self, http: aiohttp.ClientSession, record: PlayerRecord | None) -> TicketProvider:
        """Return what signs a player up, and writes down what he starts with."""

        async def provide() -> Ticket:
            options = self._options
            player = await sign_up(http, options.http, options.currency, self._amount)
            try:
                refuse_stranger(player.gateway, options.allow_hosts)
            except LoadError as error:
                raise ClientError(f"the server's gateway is elsewhere: {error}") from None
            if record is not None and self._recorder is not None:
                record.player, record.session = player.player, None
                self._recorder.signed_up(player)
            return Ticket(player.ticket, player.gateway)

        return provide

    # Playing.

    async def _play(self, progress: Progress) -> None:
        options = self._options
        if self._stopped.is_set():
            return
        started = perf_counter()
        until = started + options.seconds
        progress.phase("betting", until)
        self._phase("betting")
        cpu = _cpu_seconds()
        tasks = self._start(until)
        lag = self._loop.create_task(self._watch_lag())
        await self._until_done(tasks, self._stopped, options.seconds)
        self._window.seconds = perf_counter() - started
        self._window.bets = self.tally.bets
        self._window.cpu_s = _cpu_seconds() - cpu
        self._stopped.set()
        lag.cancel()
        if self._arrivals is not None:
            self._arrivals.end()
        progress.phase("finishing", perf_counter() + options.finish_s)
        self._phase("finishing")
        await self._finish(tasks)
        await asyncio.gather(lag, return_exceptions=True)

    def _start(self, until: float) -> list[asyncio.Task[None]]:
        """Set every player playing; the tasks of the players come first, in their order."""
        options, task = self._options, self._loop.create_task
        stopped = self._stopped.is_set
        if options.rate is None:
            return [task(player.play_closed(until, stopped)) for player in self._players]
        chance = random.Random(self._chance.getrandbits(64))  # noqa: S311 - as above
        arrivals = Arrivals(options.rate, options.arrivals, chance, self.tally)
        self._arrivals = arrivals
        playing = [task(player.play_open(arrivals)) for player in self._players]
        return [*playing, task(arrivals.run(until))]

    async def _finish(self, tasks: list[asyncio.Task[None]]) -> None:
        """Let unanswered requests and open rounds end, for a bounded time."""
        for player, task in zip(self._players, tasks, strict=False):
            if not player.playing:
                task.cancel()  # he only thinks about his next bet
        for task in tasks[len(self._players) :]:
            task.cancel()
        await self._until_done(tasks, self._abandoned, self._options.finish_s)
        self.tally.unfinished = sum(not task.done() for task in tasks)
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome

    async def _until_done(
        self,
        tasks: list[asyncio.Task[None]],
        stopped: asyncio.Event,
        seconds: float | None = None,
    ) -> None:
        """Wait until every task is done, something is stopped, or the time is over."""
        everyone = asyncio.gather(*tasks, return_exceptions=True)
        stop = self._loop.create_task(stopped.wait())
        waited: list[asyncio.Future[object]] = [asyncio.shield(everyone), stop]  # type: ignore[list-item]
        await asyncio.wait(waited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        await asyncio.gather(stop, return_exceptions=True)

    def _asked_again(self) -> tuple[dict[str, int], int]:
        retried: dict[str, int] = {}
        for player in self._players:
            for code, count in player.retried.items():
                retried[code] = retried.get(code, 0) + count
        return retried, sum(player.repeated for player in self._players)

    # Beside it.

    async def _watch_lag(self) -> None:
        """Measure how late the event loop wakes up."""
        due = perf_counter() + _LAG_S
        while True:
            await asyncio.sleep(max(0.0, due - perf_counter()))
            now = perf_counter()
            late_us = int((now - due) * 1_000_000)
            self._window.lag.record(late_us)
            if self.tally.series is not None:
                self.tally.series.lag(late_us)
            due = now + _LAG_S

    def _phase(self, name: str) -> None:
        if self.tally.series is not None:
            self.tally.series.phase(name, _cpu_seconds())

    async def _sample(self, series: Series) -> None:
        """End an interval whenever one is over."""
        while True:
            await asyncio.sleep(series.wait())
            if not series.wait():
                series.close(_cpu_seconds())

    async def _scrape(self, series: Series, scraper: Scraper) -> None:
        """Read the server's own figures once an interval."""
        while True:
            await scraper.scrape()
            await asyncio.sleep(series.interval_s)

    async def _flush_often(self) -> None:
        """Keep the record no more than a moment behind, so that it outlives a kill of this."""
        while self._recorder is not None:
            await asyncio.sleep(_FLUSH_S)
            self._recorder.flush()
            if self._recorder.failure is not None:
                self.stop()
                return

    def _check_record(self) -> None:
        """Write what is left of the record. Raises LoadError if it is not whole."""
        if self._recorder is not None:
            self._recorder.flush()
            if self._recorder.failure is not None:
                reason = self._recorder.failure.strerror
                raise LoadError(f"the record cannot be written: {reason}")


async def _each(
    players: Iterable[SimulatedPlayer],
    action: Callable[[SimulatedPlayer], Awaitable[None]],
    at_once: int,
) -> None:
    limit = asyncio.Semaphore(at_once)

    async def one(player: SimulatedPlayer) -> None:
        async with limit:
            with contextlib.suppress(ClientError, OSError):
                await action(player)

    await asyncio.gather(*[one(player) for player in players])


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _allow_files(needed: int) -> None:
    """Raise this process's own limit of open files where it is too low. Raises LoadError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise LoadError(f"so many players need {needed} open files; raise `ulimit -n` to that")
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _connect_code(error: Exception) -> str:
    code = getattr(error, "code", None)
    return f"connect_{code}" if isinstance(code, str) else "connect"
