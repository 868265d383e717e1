"""One simulated player of a live table: takes a seat, bets on each round, decides, cashes out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Final

import msgspec

from client.errors import ClientError, CroupierError, FairnessError, SessionEndedError
from client.live import LiveNews, LiveTable
from client.load.options import LIVE, LoadError
from client.load.player import SimulatedPlayer
from client.load.strategies import cheapest, shipped, strategy_for
from client.rounds import Option
from games.game import AnyGame
from protocol.errors import ErrorCode
from protocol.messages.live import RoundResult, RoundVoided
from protocol.messages.tables import LobbyGame

__all__ = ["LivePlayer"]

_LOOK_S: Final = 0.25
"""How long nothing may happen at the table before he looks whether the run is over."""
_WINDOW: Final = 0.8
"""He bets within this share of the time that is left, so that the way to the table is no matter."""
_LONGEST_RIDE_S: Final = 8.0
_SEAT_TRIES: Final = 20
_TOO_LATE: Final = frozenset({ErrorCode.BETS_CLOSED.value, ErrorCode.STALE_STEP.value})
"""Of a decision: the round was quicker, which is no fault of the server."""
RIDE: Final = "cash-out-10000.00"
"""The bet of a rising table that only a cash-out by hand ends."""


class _Options(msgspec.Struct):
    options: tuple[Option, ...] = ()


class LivePlayer(SimulatedPlayer):
    """A player of one live table, which sets the pace."""

    _live: LiveTable | None = None
    _rules: AnyGame | None = None

    async def prepare(self, lobby: dict[str, LobbyGame]) -> None:
        """Sign up, connect and take a seat. Raises ClientError, LoadError or OSError."""
        await self.client.connect()
        if not lobby:
            lobby.update({game.game: game for game in await self.client.lobby()})
        wanted = self._game.removeprefix(LIVE)
        listed = await self.client.list_live_tables()
        card = next((one for one in listed.tables if wanted in (one.title, one.table)), None)
        if card is None:
            raise LoadError(f"there is no live table {wanted!r}")
        game = lobby[card.game]
        self._strategy = strategy_for(
            msgspec.structs.replace(game, stakes=card.stakes),
            self._options.stake,
            self._chance,
            self._catalogue,
        )
        table = self._live = await self._take_seat(card.table)
        self._rules = self._known_rules(table)
        self._heard = asyncio.Event()
        table.subscribe(self._hear)
        self._tally.seated += 1

    async def play_closed(self, until: float, stopped: Callable[[], bool]) -> None:
        """Bet on each round at some moment of its window, and decide, until a `perf_counter`."""
        table = self._live
        assert table is not None
        bet_on = ridden = None
        while not self._retired and perf_counter() < until and not stopped():
            self._heard.clear()
            if table.betting and table.round != bet_on:
                bet_on = table.round
                left_s = (table.phase_left_ms or 0) / 1000
                await asyncio.sleep(self._chance.uniform(0, _WINDOW) * left_s)
                if _takes(table, bet_on):
                    await self._ask("deal", lambda: self._bet(table))
            elif table.my_turn:
                await self._ask("act", lambda: self._decide(table))
            elif self._rides(table) and table.round != ridden:
                ridden = table.round
                await asyncio.sleep(self._chance.uniform(0, _LONGEST_RIDE_S))
                if self._rides(table) and table.round == ridden:
                    await self._ask("act", table.cash_out)
            else:
                await self._wait()

    async def leave(self) -> None:
        """Give the seat back and say goodbye."""
        table, self._live = self._live, None
        if table is not None and self.client.connections:
            try:
                await table.leave()
            except ClientError:
                self._error("client")
        await super().leave()

    # Inside.

    async def _take_seat(self, table: str) -> LiveTable:
        """Take the first free seat; where many come at once, the next one after that."""
        for _ in range(_SEAT_TRIES):
            try:
                return await self.client.join(table)
            except CroupierError as error:
                if error.code != ErrorCode.SEAT_TAKEN.value:
                    raise
        return await self.client.join(table)

    def _known_rules(self, table: LiveTable) -> AnyGame | None:
        catalogue = self._catalogue or shipped()
        game = catalogue.version(table.game, table.state.version)
        return game if game is not None and game.digest == table.state.digest else None

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._heard.wait(), _LOOK_S)
        except TimeoutError:
            return

    async def _bet(self, table: LiveTable) -> object:
        assert self._strategy is not None
        bets: msgspec.Raw | dict[str, object] = self._strategy.bets()
        if table.state.style == "rising":
            bets = {"bets": [{"bet": RIDE, "stake": self._options.stake}]}
        elif table.state.style == "rolls":  # a bet that can be made before any roll
            bets = {"bets": [{"bet": "field", "stake": self._options.stake}]}
        answer = await table.bet(bets)
        self.playing = True
        return answer

    async def _decide(self, table: LiveTable) -> object:
        codec = self.client.codec
        options = codec.decoder(_Options).decode(table.state.view).options
        chosen = cheapest(options)
        game = self._rules
        if game is not None:
            view = codec.decoder(game.view_type).decode(table.state.view)
            action = msgspec.to_builtins(game.advise(view))["action"]
            chosen = next((one for one in options if one.action == action), chosen)
        if self._record is not None:
            self._record.act_stake = chosen.stake
        return await table.act(chosen.action)

    def _rides(self, table: LiveTable) -> bool:
        """Whether this seat has something on a multiplier that rises."""
        out = any(one.seat == table.seat for one in table.state.cash_outs)
        return table.elapsed_ms is not None and table.mine is not None and not out

    async def _ask(self, kind: str, request: Callable[[], Awaitable[object]]) -> None:
        """Ask one thing, and count what comes of it."""
        self._asking = "deal" if kind == "deal" else "act"
        asked = perf_counter()
        try:
            await request()
            self._answered(asked, asked)
        except CroupierError as error:
            if error.code == ErrorCode.INSUFFICIENT_FUNDS.value:
                self._tally.broke += 1
                self._retired = True
            elif not (kind == "act" and error.code in _TOO_LATE):
                self._error(error.code)
        except (FairnessError, SessionEndedError, ClientError) as error:
            self._error("fairness" if isinstance(error, FairnessError) else "client")
            self._retired = True

    def _hear(self, news: LiveNews) -> None:
        self._heard.set()
        if isinstance(news, RoundResult) and news.stake:
            self.playing = False
            self._tally.bets += 1
            self._counts.bets += 1
            self._counts.stakes += news.stake
            self._counts.payouts += news.payout or 0
        elif isinstance(news, RoundVoided) and news.returned is not None:
            self.playing = False
            self._counts.voided += 1


def _takes(table: LiveTable, round_id: str | None) -> bool:
    """Whether a table still takes bets on a round."""
    return table.betting and table.round == round_id
