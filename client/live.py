"""A live table: many seats, one clock, one draw. Got from `Client.join` or `Client.watch`."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final, Protocol, cast

import msgspec

from client.errors import ClientError, CroupierError, FairnessError
from client.fairness import ChainCheck
from client.live_state import after
from client.tables import Bets, Decision
from protocol.codec import Codec
from protocol.errors import Certainty, ErrorCode
from protocol.messages.common import Balance, ChainInfo, Request
from protocol.messages.live import (
    Acted,
    BetsClosed,
    Join,
    Joined,
    LiveEvent,
    LiveSnapshot,
    LiveState,
    PlacedBets,
    Rising,
    RoundOpened,
    RoundResult,
    RoundVoided,
    SeatChanged,
    Turn,
    Watch,
    Watching,
)
from protocol.messages.rounds import Accepted, Act, Bet
from protocol.messages.session import Position, TableState
from protocol.messages.tables import Leave

__all__ = ["LiveHouse", "LiveNews", "LiveTable"]

LiveNews = LiveEvent | LiveState
"""An event, or where the table stands where something was missed."""

CASH_OUT: Final = {"action": "cash-out"}
"""The decision that cashes out of a rising round."""

_CLOCKED: Final = (RoundOpened, BetsClosed, Turn, Rising, RoundResult, RoundVoided)
"""Events that begin a phase or a turn."""

_CHAINS_KEPT: Final = 8
_MAXIMUM_WAITING: Final = 10_000


class LiveHouse(Protocol):
    """What a live table needs of its client."""

    codec: Codec
    check_fairness: bool

    def call(self, body: Request, on_reply: Any = None) -> asyncio.Future[Any]:
        """Send a request."""

    def draw_client_seed(self) -> bytes:
        """Return a fresh client seed, empty where client seeds are off."""

    def take_balance(self, balance: Balance) -> None:
        """Take note of a balance."""

    def left_live(self, table: LiveTable) -> None:
        """Forget the table."""


class LiveTable:
    """A live table, from a seat or as a watcher. Stays valid across reconnects."""

    def __init__(
        self,
        house: LiveHouse,
        state: LiveState,
        clock: Callable[[], float] | None = None,
        *,
        client_seed: bytes | None = None,
    ) -> None:
        self._house = house
        self._loop = asyncio.get_running_loop()
        self._now = self._loop.time if clock is None else clock
        """Seconds of a clock that never jumps."""
        self._checks: dict[str, ChainCheck] = {}
        self._problem: FairnessError | None = None
        self._listeners: list[Callable[[LiveNews], None]] = []
        self._given: Join | None = None
        """What gave, or is to give, the newest client seed."""
        self._kept_seed = client_seed
        """A seed of the player's choice that waits for a chain to be told."""
        self._renewals: set[asyncio.Future[Any]] = set()
        self._leaving = False
        self._phase_at = 0.0
        self._rising_at = 0.0
        self.id = state.table
        self.state = state
        """Where the table stands, as of the newest event."""
        self.take(state)

    # What is known.

    @property
    def game(self) -> str:
        """The game that is played here."""
        return self.state.game

    @property
    def seat(self) -> int | None:
        """The player's own seat, or None for a watcher."""
        return self.state.seat

    @property
    def round(self) -> str | None:
        """The round in play, or None between rounds."""
        return self.state.round

    @property
    def betting(self) -> bool:
        """Whether a round takes bets, as far as is known here."""
        return self.state.phase == "betting" and self.state.round is not None

    @property
    def my_turn(self) -> bool:
        """Whether this seat is the one to decide."""
        return self.state.acting is not None and self.state.acting == self.state.seat

    @property
    def mine(self) -> PlacedBets | None:
        """What this seat has bet on the round in play, as accepted."""
        return next((one for one in self.state.placed if one.seat == self.state.seat), None)

    @property
    def phase_left_ms(self) -> int | None:
        """Milliseconds until the phase or the turn ends by itself, or None without a clock."""
        if self.state.phase_ms is None:
            return None
        passed = self._now() - self._phase_at
        return max(0, self.state.phase_ms - round(passed * 1000))

    @property
    def elapsed_ms(self) -> int | None:
        """Milliseconds since the multiplier began to rise, or None where it does not.

        As told here: later than at the table by the way of the message.
        """
        if self.state.elapsed_ms is None:
            return None
        return self.state.elapsed_ms + round((self._now() - self._rising_at) * 1000)

    @property
    def view(self) -> Any:
        """The round as this recipient may see it, as plain maps and lists; None before the draw."""
        raw = self.state.view
        return self._house.codec.decoder(object).decode(raw) if bytes(raw) else None

    # Playing.

    async def join(self, seat: int | None = None, *, client_seed: bytes | None = None) -> int:
        """Take a seat, or renew the client seed of one's own; returns the seat's number.

        The seed is drawn afresh unless one is given and counts from the next round that opens, for
        the rest of the chain. Each later chain gets one that is drawn here, as soon as it is told.
        Raises CroupierError: `seat_taken`, `table_full`.
        """
        wanted = self.state.seat if seat is None else seat
        await self._ask(self._join_request(wanted, client_seed))
        assert self.state.seat is not None
        return self.state.seat

    async def bet(self, bets: Bets) -> Accepted:
        """Add bets to this seat's on the round in play; returns once their money is held.

        Raises CroupierError: `bets_closed` where they came too late, and they are not moved to the
        next round; `no_seat` for a watcher. Raises FairnessError if the table has cheated.
        """
        if self._problem is not None:
            raise self._problem
        current = self.state.round
        if current is None:
            raise _refused(ErrorCode.BETS_CLOSED)
        codec = self._house.codec
        raw = bets if type(bets) is msgspec.Raw else msgspec.Raw(codec.encode(bets))
        body = Bet(table=self.id, round=current, bets=raw)
        return cast("Accepted", await self._house.call(body, self._accepted))

    async def act(self, decision: Decision) -> Acted:
        """Decide on the step that the table is at.

        Raises CroupierError: `not_your_turn`, `stale_step` where the round has moved on.
        """
        current = self.state.round
        if current is None:
            raise _refused(ErrorCode.UNKNOWN_ROUND)
        form: Mapping[str, Any] | msgspec.Struct
        form = {"action": decision} if isinstance(decision, str) else decision
        body = Act(
            table=self.id,
            round=current,
            step=self.state.step,
            decision=msgspec.Raw(self._house.codec.encode(form)),
        )
        return cast("Acted", await self._house.call(body, self._acted))

    async def cash_out(self) -> Acted:
        """Cash out of a rising round, at the moment at which this reaches the table."""
        return await self.act(CASH_OUT)

    async def leave(self) -> None:
        """Give the seat back, or stop watching. Bets that were accepted stand."""
        self._leaving = True
        try:
            if self._renewals:
                # One that came to the table after this would take the seat again.
                await asyncio.wait(tuple(self._renewals))
            await self._house.call(Leave(table=self.id))
            self._house.left_live(self)
        finally:
            self._leaving = False

    async def refresh(self) -> None:
        """Ask where the table stands."""
        await self._ask(self.return_request())

    # Listening.

    def subscribe(self, callback: Callable[[LiveNews], None]) -> Callable[[], None]:
        """Call `callback` for every event, once it has been taken; returns what ends it."""
        self._listeners.append(callback)

        def unsubscribe() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return unsubscribe

    async def events(self) -> AsyncIterator[LiveNews]:
        """Yield events as they come, and a LiveState wherever events were missed.

        A reader that falls 10,000 events behind loses the oldest.
        """
        waiting: deque[LiveNews] = deque(maxlen=_MAXIMUM_WAITING)
        arrived = asyncio.Event()

        def keep(news: LiveNews) -> None:
            waiting.append(news)
            arrived.set()

        unsubscribe = self.subscribe(keep)
        try:
            while True:
                await arrived.wait()
                arrived.clear()
                while waiting:
                    yield waiting.popleft()
        finally:
            unsubscribe()

    # What the client hands on; all of it at once when it arrives.

    def take(self, state: LiveState) -> LiveTable:
        """Take where the table stands. Raises FairnessError."""
        if (state.epoch, state.seq) < (self.state.epoch, self.state.seq):
            # Written before an event that has overtaken it; only the seat is news.
            self.state = msgspec.structs.replace(self.state, seat=state.seat)
            self._renew()
            return self
        self.state = state
        self._phase_at = self._rising_at = self._now()
        self._tell(state)
        if state.chain is not None:
            self._check_of(state.chain)
        self._renew()
        return self

    def take_state(self, state: TableState) -> None:
        """Take what a resume brought: all missed events, or where it stands."""
        if state.live is not None:
            self.take(state.live)
        for event in state.events:
            if not isinstance(event, LiveEvent):
                continue  # of a private table, which this is not
            self.take_event(event)

    def take_event(self, event: LiveEvent) -> bool:
        """Take an event of this table; False if events before it were missed.

        Raises FairnessError.
        """
        before = self.state
        if isinstance(event, LiveSnapshot):
            self.take(event.live)
            return True
        if (event.epoch, event.seq) <= (before.epoch, before.seq):
            return True  # seen already, in a state
        if event.epoch != before.epoch or event.seq != before.seq + 1:
            return False  # kept out: the state that is asked for now has it
        self.state = after(before, event)
        now = self._now()
        if isinstance(event, _CLOCKED):
            self._phase_at = now
        if isinstance(event, Rising):
            self._rising_at = now
        if isinstance(event, SeatChanged) and event.seat == before.seat and not event.taken:
            self.state = msgspec.structs.replace(self.state, seat=None)
        if isinstance(event, RoundResult | RoundVoided) and event.balance is not None:
            self._house.take_balance(event.balance)
        self._tell(event)
        self._check(event)
        if isinstance(event, RoundOpened):
            self._renew()
        return True

    def position(self) -> Position:
        """Return the last event seen, for a resume."""
        return Position(table=self.id, epoch=self.state.epoch, seq=self.state.seq)

    def return_request(self) -> Request:
        """Return the request that tells where the table stands, for this recipient."""
        if self.state.seat is None:
            return Watch(table=self.id)
        return self._join_request(self.state.seat)

    def unseat(self) -> None:
        """Forget the seat: the table has given it to somebody else."""
        self.state = msgspec.structs.replace(self.state, seat=None)

    # Inside.

    def _join_request(self, seat: int | None, client_seed: bytes | None = None) -> Join:
        """Return what asks for a seat, with a client seed for the chain that is known here.

        Without a chain a seed would count for nothing: it is held back until one is told.
        """
        chain = self.state.chain
        if chain is None:
            self._kept_seed = client_seed or self._kept_seed
            return Join(table=self.id, seat=seat)
        seed = self._house.draw_client_seed() if client_seed is None else client_seed
        if not seed:
            return Join(table=self.id, seat=seat)
        self._given = Join(table=self.id, seat=seat, client_seed=seed, chain=chain.chain)
        return self._given

    def _renew(self) -> None:
        """Give a seed for a chain that has none of this seat yet, in the background.

        Only now that its commitment is told: so the house made the chain without knowing the seed.
        """
        chain = self.state.chain
        if self.state.seat is None or chain is None or self._leaving:
            return
        if self._given is not None and self._given.chain == chain.chain:
            return
        drawn = self._house.draw_client_seed()
        if not drawn:
            return  # client seeds are off
        seed, self._kept_seed = self._kept_seed or drawn, None
        with contextlib.suppress(ClientError):
            renewal = self._ask(self._join_request(self.state.seat, seed))
            self._renewals.add(renewal)
            renewal.add_done_callback(self._renewals.discard)

    def _ask(self, body: Request) -> asyncio.Future[Any]:
        """Ask for a seat or a state; a seed that was refused with it counts as never given."""

        def settle(asked: asyncio.Future[Any]) -> None:
            if not asked.cancelled() and asked.exception() is not None and self._given is body:
                self._given = None

        try:
            asked = self._house.call(body, self._took)
        except ClientError:
            self._given = None
            raise
        asked.add_done_callback(settle)
        return asked

    def _took(self, reply: Joined | Watching) -> LiveTable:
        return self.take(reply.live)

    def _accepted(self, accepted: Accepted) -> Accepted:
        self._house.take_balance(accepted.balance)
        return accepted

    def _acted(self, acted: Acted) -> Acted:
        self._house.take_balance(acted.balance)
        return acted

    def _tell(self, news: LiveNews) -> None:
        for callback in tuple(self._listeners):
            try:
                callback(news)
            except Exception as error:  # noqa: BLE001 - a listener's fault must not cost the socket
                self._loop.call_exception_handler(
                    {"message": "a listener of a live table failed", "exception": error}
                )

    def _check(self, event: LiveEvent) -> None:
        """Hold the table to the commitments of its chains. Raises FairnessError."""
        if isinstance(event, RoundOpened):
            self._check_of(event.chain)
        elif isinstance(event, RoundResult) or (
            isinstance(event, RoundVoided) and event.seed is not None
        ):
            # A chain that was never told here began and ended while this client was away.
            check = self._checks.get(event.round.rpartition("-")[0])
            if check is not None and self._house.check_fairness:
                self._fairly(lambda: check.reveal(event.round, event.seed))

    def _check_of(self, info: ChainInfo) -> None:
        if not self._house.check_fairness:
            return
        check = self._checks.get(info.chain)
        if check is not None:
            self._fairly(lambda: check.confirm(info))
            return
        self._fairly(lambda: self._checks.update({info.chain: ChainCheck(info)}))
        if len(self._checks) > _CHAINS_KEPT:
            del self._checks[next(iter(self._checks))]

    def _fairly(self, check: Callable[[], None]) -> None:
        """After a failed check this table takes no bet any more."""
        try:
            check()
        except FairnessError as error:
            self._problem = error
            raise


def _refused(code: ErrorCode) -> CroupierError:
    return CroupierError(code.value, Certainty.FINAL, code.action)
