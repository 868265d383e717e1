"""One simulated player: signs up, sits down, plays, and counts what happens to him."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from time import perf_counter
from typing import Final, Literal

from client.client import Client
from client.errors import ClientError, CroupierError, FairnessError, SessionEndedError
from client.events import ClientEvent, Problem, State, StateChanged
from client.http import Ticket, TicketProvider
from client.load.arrivals import Arrivals
from client.load.options import LoadOptions
from client.load.record import PlayerRecord
from client.load.results import GameTally, Tally
from client.load.strategies import Strategy, cheapest, strategy_for
from client.policy import Policy
from client.rounds import Option, Round
from client.tables import Table
from games.catalogue import Catalogue
from games.game import RoundKind
from protocol.errors import Certainty, ErrorCode
from protocol.messages.tables import LobbyGame

__all__ = ["SimulatedPlayer"]

Message = Literal["spin", "deal", "act"]

_POLICY: Final = Policy(connect_for_s=60.0, reconnect_cap_s=5.0, retry_for_s=120.0)
"""Patient enough to ride through a restart of the server, and quick to be back."""

_AFTER_ERROR_S: Final = 0.1
"""A player who was refused thinks for a moment, rather than being refused in a tight loop."""


class SimulatedPlayer:
    """A player of one game. `prepare`, then `play_closed` or `play_open`, then `leave`."""

    def __init__(
        self,
        game: str,
        options: LoadOptions,
        tally: Tally,
        tickets: TicketProvider,
        record: PlayerRecord | None,
        seed: int,
        catalogue: Catalogue | None = None,
    ) -> None:
        self._game = game
        self._catalogue = catalogue
        self._options = options
        self._open_loop = options.rate is not None
        self._tally = tally
        self._counts: GameTally = tally.games.setdefault(game, GameTally())
        self._counts.players += 1
        self._series = tally.series
        self._messages = None if tally.series is None else tally.series.game(game)
        self._asking: Message = "spin"
        """What he asked last."""
        self._record = record
        self._chance = random.Random(seed)  # noqa: S311 - a simulation that can be repeated
        self._tickets = tickets
        self._ticket_count = 0
        chance = self._chance
        self.client = Client(
            options.http,
            self._ticket,
            policy=_POLICY,
            client_seeds=lambda: chance.randbytes(16),
            observer=record,
            name="croupier-load",
        )
        self.client.subscribe(self._on_event)
        self._table: Table | None = None
        self._strategy: Strategy | None = None
        self._connected = False
        self._retired = False
        self._gap = 0.0
        self.playing = False
        """Whether a round of his is under way."""
        self.retried: dict[str, int] = {}
        """After `leave`: how many answers made him ask again, by code."""
        self.repeated = 0
        """After `leave`: how many requests were sent again after a resume."""

    async def prepare(self, lobby: dict[str, LobbyGame]) -> None:
        """Sign up, connect and sit down. Raises ClientError, LoadError or OSError.

        `lobby` is what the first players have found there; asking once is enough for all.
        """
        await self.client.connect()
        if not lobby:
            lobby.update({game.game: game for game in await self.client.lobby()})
        table = await self.client.sit(self._game)
        self._strategy = strategy_for(
            lobby[self._game], self._options.stake, self._chance, self._catalogue
        )
        self._table = table
        rate = self.client.welcome.limits.frames_per_second
        # A player who knows his limit does not run into it.
        self._gap = 1.0 / rate if rate else 0.0
        self._tally.seated += 1

    async def play_closed(self, until: float, stopped: Callable[[], bool]) -> None:
        """Bet, wait for the answer, think, bet again, until a time of `perf_counter`."""
        think = self._options.think_ms / 1000
        if think:
            await asyncio.sleep(self._chance.uniform(0, think))
        while not self._retired:
            now = perf_counter()
            if now >= until or stopped():
                return
            await self._round(now)
            if think:
                await asyncio.sleep(self._chance.uniform(0.5, 1.5) * think)
            elif perf_counter() < now + self._gap:
                await asyncio.sleep(now + self._gap - perf_counter())

    async def play_open(self, arrivals: Arrivals) -> None:
        """Bet whenever it is this player's turn."""
        while not self._retired:
            due = await arrivals.next()
            if due is None:
                return
            await self._round(due)

    async def leave(self) -> None:
        """Say goodbye."""
        if self.client.connections:
            self.retried, self.repeated = self.client.outbox.retried, self.client.outbox.repeated
        await self.client.close()

    # Inside.

    async def _round(self, due: float) -> None:
        """Play one round to its end; `due` is when its first request was meant to go out."""
        table, strategy = self._table, self._strategy
        assert table is not None
        assert strategy is not None
        self._tally.busy += 1
        self.playing = True
        try:
            sent = due if self._series is None else perf_counter()
            if strategy.kind is RoundKind.INSTANT:
                self._asking = "spin"
                played = await table.spin(strategy.bets())
                self._answered(due, sent)
            else:
                played = await self._decide_all(table, strategy, due, sent)
            self._settled(played)
        except CroupierError as error:
            await self._refused(error)
        except FairnessError:
            self._error("fairness")
            self._retired = True
        except SessionEndedError:
            self._error("session_ended")
            self._retired = True
        except ClientError:
            self._error("client")
            self._retired = True
        finally:
            self._tally.busy -= 1
            self.playing = False

    async def _decide_all(self, table: Table, strategy: Strategy, due: float, sent: float) -> Round:
        current = table.open
        if current is None:
            self._asking = "deal"
            current = await table.deal(strategy.bets())
            self._answered(due, sent)
        self._asking = "act"
        dry = False
        while not current.finished:
            options = current.options
            option = cheapest(options) if dry else strategy.decide(current)
            asked = perf_counter()
            try:
                current = await self._act(table, option)
                dry = False
            except CroupierError as error:
                if error.code != ErrorCode.INSUFFICIENT_FUNDS.value or not option.stake:
                    raise
                dry = True  # he cannot afford to double; the round must end all the same
            self._answered(asked, asked)
        return current

    async def _act(self, table: Table, option: Option) -> Round:
        if self._record is not None:
            self._record.act_stake = option.stake
        return await table.act(option.action)

    def _answered(self, asked: float, sent: float) -> None:
        """Count an answer; the latency is from when the request was meant to go out."""
        self._counts.requests += 1
        now = perf_counter()
        duration_us = int((now - asked) * 1_000_000)
        self._tally.latency.record(duration_us)
        series = self._series
        if series is not None and self._messages is not None:
            series.answered(getattr(self._messages, self._asking), duration_us)
            if self._open_loop:
                series.raw.record(int((now - sent) * 1_000_000))

    def _error(self, code: str) -> None:
        self._tally.error(code, f"{self._game} {self._asking}")
        if self._messages is not None:
            getattr(self._messages, self._asking).errors += 1

    def _settled(self, played: Round) -> None:
        counts = self._counts
        if played.voided:
            counts.voided += 1
            return
        self._tally.bets += 1
        counts.bets += 1
        counts.stakes += played.stake
        counts.payouts += played.payout or 0

    async def _refused(self, error: CroupierError) -> None:
        if error.code == ErrorCode.INSUFFICIENT_FUNDS.value:
            self._tally.broke += 1
            self._retired = True
            return
        if error.code == ErrorCode.TABLE_CLOSED.value and await self._sit_anew():
            return
        self._error(error.code)
        if self.client.state is State.DISCONNECTED:
            self._retired = True
            return
        await asyncio.sleep(_AFTER_ERROR_S)
        if error.certainty is Certainty.FINAL and self._table is not None:
            # The table may have moved on (a stale step, a round ended by the platform).
            try:
                await self._table.refresh()
            except ClientError:
                self._retired = True

    async def _sit_anew(self) -> bool:
        """Sit down at the table of a newer version, if that is why this one closed.

        Nothing was staked, so it is no error of the server.
        """
        before = None if self._table is None else self._table.id
        try:
            self._table = await self.client.sit(self._game)
        except ClientError:
            return False
        return self._table.id != before

    async def _ticket(self) -> Ticket:
        self._ticket_count += 1
        if self._ticket_count > 1:
            self._tally.new_sessions += 1
        return await self._tickets()

    def _on_event(self, event: ClientEvent) -> None:
        if isinstance(event, StateChanged):
            connected = event.state is State.CONNECTED
            if connected and not self._connected:
                self._tally.connected += 1
                if self.client.connections > 1:
                    self._tally.reconnects += 1
            elif not connected and self._connected:
                self._tally.connected -= 1
            self._connected = connected
        elif isinstance(event, Problem):
            self._error("fairness" if isinstance(event.error, FairnessError) else "client")
