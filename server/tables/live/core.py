"""What every part of a live table stands on: its state, its events, its items and its timer.

It never awaits the database: it hands items to the settlement queue and hears verdicts as calls.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

import msgspec
import structlog

from games.game import AnyGame, StakeLimits
from games.live import LiveRules
from protocol.messages.common import Balance, Event
from protocol.messages.live import (
    BoardEntry,
    TableStatus,
)
from server.ledger.items import Verdict
from server.ledger.live_items import LiveItem, LiveKind
from server.tables.live.round import LiveRound
from server.tables.live.seats import Push, Seat
from server.tables.live.settings import TableSettings, TableState
from server.tables.table import Chain

log = structlog.get_logger(__name__)

_encode = msgspec.msgpack.Encoder().encode
EVENTS_KEPT: Final = 128
"""For clients that come back; who missed more gets where the table stands."""
BOARD: Final = 20
CHAIN_LIFE_S: Final = 86_400
"""How old a shared chain grows; the round that is in play then ends on it."""
_DONE: Final = (Verdict.ACCEPTED, Verdict.KNOWN)


class Timer(Protocol):
    """What a clock's call gives back."""

    def cancel(self) -> object:
        """Forget it."""


class LiveHouse(Protocol):
    """What a live table needs from its node."""

    client_seed: bool

    def submit(self, item: Any) -> bool:
        """Hand an item to the settlement queue; False: not now."""

    def next_id(self) -> int:
        """Return a new time-ordered id."""

    def recorded(
        self, session: int, request: int, then: Callable[[int, int, int, int], None]
    ) -> None:
        """Read a request that is on record: its verdict, and balance, held and version after it."""

    def check_open(self) -> None:
        """Raise Refused where no new round may be opened."""

    def superseded(self, game: AnyGame) -> bool:
        """Whether new rounds are played under a newer version of this game."""

    def handed_over(self, table: Any) -> bool:
        """Hand the table over, now that no round is open, if one is to go; whether it went."""

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call back later."""

    def renew_chain(self, table: Any) -> None:
        """Make a new chain durable and hand it to `chain_ready`."""

    def tell(self, table: Any, push: Push) -> None:
        """Send an event to everybody at the table."""

    def changed(self, table: Any) -> None:
        """Take note that what operators and the lobby see has changed."""

    def failed(self, table: Any, reason: str) -> None:
        """Load the table again: memory and record disagree, and the record is right."""

    def refused(self, table: Any, reason: str) -> None:
        """Load the table again to try what was refused; after a few times its round is parked."""

    def lost(self, table: Any) -> None:
        """Take note that the table is owned under another epoch."""


class Phase(enum.Enum):
    """Where a round is; the value is its name in messages."""

    IDLE = "idle"
    BETTING = "betting"
    CLOSED = "closed"
    PLAYING = "playing"
    RESULT = "result"


class Core(ABC):
    """State, events, items and timer of one live table."""

    def __init__(
        self,
        house: LiveHouse,
        settings: TableSettings,
        rules: LiveRules,
        *,
        game_version: int,
        fence: int,
        epoch: int,
    ) -> None:
        self.house = house
        self.settings = settings
        self.rules = rules
        self.game_version = game_version
        self.id = settings.id
        self.wire_id = str(settings.id)
        self.fence = fence
        """The epoch that every settling call states."""
        self.epoch = epoch
        """The epoch of its events."""
        self.seq = 0
        self.events: deque[Push] = deque(maxlen=EVENTS_KEPT)
        self.state = settings.state
        self.phase = Phase.IDLE
        self.chain: Chain | None = None
        self.next_chain: Chain | None = None
        self.spent: int | None = None
        self.ending: int | None = None
        """A chain that is left when the round in play has ended."""
        self.renewing = False
        self.round: LiveRound | None = None
        self.seats: dict[int, Seat] = {}
        self.board: deque[BoardEntry] = deque(maxlen=BOARD)
        self.ends_at: float | None = None
        """When the phase or turn ends by itself."""
        self.parked: str | None = None
        """What the database refuses of the round in play, which waits for an operator then."""
        self.dead = False
        """Whether this object is given up: owned elsewhere, or loaded anew."""
        self._timer: Timer | None = None
        self._entered = house.monotonic()
        self._busy = False
        """Whether an item of the round itself is being settled."""
        self._unpaid = 0
        self._closing = False
        self._crashed = False
        self._overdue = False
        """Whether a turn's time has run out while a decision of it was being settled."""

    # -- names that others ask for -------------------------------------------------------------

    @property
    def game(self) -> AnyGame:
        """The game played."""
        return self.rules.game

    @property
    def limits(self) -> StakeLimits:
        """What the table takes."""
        return self.settings.limits

    @property
    def wire_state(self) -> str:
        """The table's state in messages."""
        return self.state.wire if self.parked is None else "parked"

    @property
    def held(self) -> int:
        """What is on hold at the table, in minor units."""
        if self.round is None:
            return 0
        return sum(self.round.held(seat) for seat in self.round.placed)

    @property
    def stuck_since(self) -> float | None:
        """Since when the round has waited without a clock; None while it does not."""
        waits = self.ends_at is None and self.round is not None and self._timer is None
        return self._entered if waits else None

    @property
    def between_rounds(self) -> bool:
        """Whether nothing is in play, about to be opened or being told; nor is a chain made."""
        return self.phase is Phase.IDLE and self.round is None and self._rests

    @property
    def between_rolls(self) -> bool:
        """Whether the window of a round that follows another has not begun; nothing is pending.

        A table of rolls goes elsewhere then, with what stands: with a bet on every roll its rounds
        follow each other for a long time.
        """
        return self.phase is Phase.RESULT and self.round is not None and self._rests

    @property
    def _rests(self) -> bool:
        return not (self.dead or self._busy or self.renewing)

    @property
    def waits_for_nothing(self) -> bool:
        """Whether no round has to end before the table goes elsewhere.

        A parked one does not, nor one that follows another and whose window has not begun.
        """
        return self.round is None or self.parked is not None or self.between_rolls

    def left_ms(self) -> int | None:
        """Return the milliseconds until the phase ends by itself."""
        if self.ends_at is None:
            return None
        return max(0, round((self.ends_at - self.house.monotonic()) * 1000))

    @abstractmethod
    def start(self) -> None:
        """Go on: open a round if the table is open and somebody is there."""

    @abstractmethod
    def close(self) -> None:
        """Take no more bets; what is being settled is waited for."""

    @abstractmethod
    def resolved(self) -> None:
        """Go on with what waited for the last bet or decision under way."""

    # -- the operator's hand ------------------------------------------------------------------

    def set_state(self, state: TableState) -> None:
        """Open, pause or close the table; a running round goes on to its end."""
        if state is TableState.CLOSED and self.round is not None:
            state = TableState.CLOSING
        if state is self.state:
            return
        self.state = state
        self.publish(
            lambda epoch, seq: TableStatus(
                table=self.wire_id, epoch=epoch, seq=seq, state=self.wire_state
            )
        )
        if self.phase is Phase.IDLE:
            self.start()

    def client_seeds(self, chain: int) -> tuple[tuple[int, bytes], ...]:
        """Return the client seeds of a round that opens on a chain now: (seat, seed) in order."""
        return tuple(
            (seat.number, seat.client_seed if seat.seed_chain == chain else b"")
            for _, seat in sorted(self.seats.items())
        )

    # -- chains -------------------------------------------------------------------------------

    def renew(self) -> None:
        """Have a new chain made."""
        if not self.renewing and self.next_chain is None:
            self.house.renew_chain(self)

    def chain_ready(self, chain: Chain) -> None:
        """Take a new durable chain."""
        self.renewing = False
        current = self.chain
        if self.round is not None or (current is not None and not current.exhausted):
            self.next_chain = chain
            return
        if current is not None:
            self.spent = current.id
        self.chain = chain
        if self.phase is Phase.IDLE:
            self.start()

    # -- inner --------------------------------------------------------------------------------

    def do(self, kind: LiveKind, then: Callable[[], None], **fields: Any) -> None:
        """Settle an item of the round itself; nothing else of it goes on meanwhile."""
        self._busy = True

        def done() -> None:
            self._busy = False
            then()

        self._item(kind, done, **fields)

    def _item(
        self, kind: LiveKind, then: Callable[..., None], *, balanced: bool = False, **fields: Any
    ) -> None:
        round_ = self.round
        assert round_ is not None
        if self.dead:
            return  # its fence may not be let go yet, and memory is not to be trusted
        item = LiveItem(
            self._house_decided,
            _Step(then, balanced=balanced),
            kind=kind,
            table=self.id,
            epoch=self.fence,
            transfer=self.house.next_id(),
            **{"chain": round_.chain, "n": round_.n, **fields},
        )
        if not self.house.submit(item):
            self.die()  # the node settles nothing any more

    def _house_decided(
        self, item: LiveItem, verdict: int, balance: int, held: int, version: int
    ) -> None:
        """Hear the verdict of something that the table did by itself."""
        if self.dead:
            return
        step: _Step = item.context
        if verdict == Verdict.MOVED:
            self.house.lost(self)
        elif item.kind is LiveKind.TICK:
            return  # a note for others; a round may have ended without it
        elif verdict not in _DONE:
            reason = f"{item.kind.name} was {Verdict(verdict).name}"
            if item.kind is LiveKind.OPEN:
                self.house.failed(self, reason)  # no round is on record that could wait
            else:
                self.house.refused(self, reason)
        elif step.balanced:
            self.guarded(step.then, Balance(balance, held, version))
        else:
            self.guarded(step.then)

    def guarded(self, then: Callable[..., None], *arguments: Any) -> None:
        """Go on; rules that fail over it, with a payout for one, must not leave the table stuck."""
        try:
            then(*arguments)
        except Exception as error:
            log.exception("a game failed", game=self.game.name)
            self.house.refused(self, f"the game failed: {type(error).__name__}")

    def publish(
        self,
        make: Callable[[int, int], Event],
        own: dict[int, Callable[[int, int], Event]] | None = None,
    ) -> None:
        """Number an event, keep it for whoever comes back, and send it to everybody."""
        if self.dead:
            return
        self.seq += 1
        told = {account: each(self.epoch, self.seq) for account, each in (own or {}).items()}
        push = Push(self.seq, make(self.epoch, self.seq), told)
        self.events.append(push)
        self.house.tell(self, push)
        self.house.changed(self)

    def missed(self, account: int, epoch: int, seq: int) -> tuple[Event, ...] | None:
        """Return every event after (epoch, seq) as an account may see it, or None if not all."""
        if epoch != self.epoch or seq > self.seq or self.seq - seq > len(self.events):
            return None
        newest = list(self.events)[len(self.events) - (self.seq - seq) :]
        return tuple(push.seen_by(account) for push in newest)

    def _enter(
        self, phase: Phase, for_ms: int | None = None, then: Callable[[], None] | None = None
    ) -> None:
        self.phase = phase
        self._overdue = False
        self._entered = self.house.monotonic()
        self._stop_timer()
        if for_ms is not None and then is not None:
            self._after(for_ms, then)
            self.ends_at = self.house.monotonic() + for_ms / 1000

    def _after(self, milliseconds: int, then: Callable[[], None]) -> None:
        self._stop_timer()
        if not self.dead:
            self._timer = self.house.call_later(milliseconds / 1000, lambda: self.guarded(then))

    def _stop_timer(self) -> None:
        self.ends_at = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def die(self) -> None:
        """Give this object up: nothing that it still hears changes anything."""
        self.dead = True
        self._stop_timer()


class _Step:
    """What follows when an item of the table has committed. No player asked for it."""

    __slots__ = ("balanced", "player", "request", "then")

    def __init__(self, then: Callable[..., None], *, balanced: bool) -> None:
        self.then = then
        self.balanced = balanced
        self.player = None
        self.request = 0
