"""A private table: one player, one chain, at most one undecided round.

An object guarded by `busy`, without a task. It admits a request, derives the outcome, hands it to
the settlement queue and hears the verdict as a call; nothing of the outcome leaves before that.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

import msgspec

from games.entropy import Draws
from games.game import AnyGame, RoundKind, RoundState, StakeLimits
from protocol.codec import Codec
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import Balance, ChainInfo, Event, GameData
from protocol.messages.rounds import Act, Deal, Played, Spin
from protocol.messages.tables import ChainStarted, RoundEnded, Seated, StakeRange
from server.fairness.chains import SeedChain
from server.fairness.framing import frame_client_seeds
from server.ledger.items import REFUSALS, Item, ItemKind, Verdict
from server.tables.activity import Tally
from server.tables.digests import act_digest, bet_digest

_encode = msgspec.msgpack.Encoder().encode
_ACCEPTED: Final = int(Verdict.ACCEPTED)
_EVENTS_KEPT: Final = 32
_PREPARE_AHEAD: Final = 40
"""How many rounds before its end a chain's successor begins to be made durable."""


class Overtaken(Refused):
    """The refusal of a request that names another round or step than the one that is due.

    It depends on where the table stands, and must stay when the table has moved on and this process
    and its memory are gone: so it goes on record before it is told.
    """

    def __init__(self, refusal: Refused, digest: bytes, chain: int, n: int, step: int) -> None:
        super().__init__(refusal.code, refusal.message, refusal.details)
        self.digest = digest
        self.chain = chain
        self.n = n
        self.step = step

    @property
    def verdict(self) -> Verdict:
        """What is recorded."""
        return _RECORDED[self.code]


_RECORDED: Final = {
    ErrorCode.STALE_ROUND: Verdict.STALE_ROUND,
    ErrorCode.STALE_STEP: Verdict.STALE,
    ErrorCode.ROUND_OPEN: Verdict.ROUND_OPEN,
    ErrorCode.BETS_CLOSED: Verdict.BETS_CLOSED,
}


class Player(Protocol):
    """The session that plays: whose request it is and where the answer goes."""

    id: int
    account: int
    epoch: int

    @property
    def connection(self) -> object:
        """What he is connected by; None while he is away."""

    def settled(self, request: int, digest: bytes, reply: Played) -> None:
        """Take the committed answer of a request."""

    def refused(self, request: int, digest: bytes, refusal: Refused) -> None:
        """Take the refusal of a request."""

    def recall(self, request: int, digest: bytes) -> None:
        """Answer a request from the record: it was decided before."""

    def event(self, body: Event) -> None:
        """Push an event."""


class House(Protocol):
    """What a table needs from the node."""

    client_seed: bool
    decision_deadline_ms: int

    def submit(self, item: Item) -> bool:
        """Hand an item to the settlement queue; False: not now."""

    def next_id(self) -> int:
        """Return a new time-ordered id."""

    def check_open(self) -> None:
        """Raise Refused where no new round may be opened: draining, or entropy failed (A15)."""

    def renew_chain(self, table: PrivateTable) -> None:
        """Make a new chain durable and hand it to `PrivateTable.chain_ready`."""

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""

    def failed(self, table: PrivateTable, reason: str) -> None:
        """Reload a table from the record: memory and record disagree."""

    def superseded(self, game: AnyGame) -> bool:
        """Whether new rounds are played under a newer version of this game."""


class Chain:
    """A durable chain in memory, and the next round on it."""

    __slots__ = ("commitment", "id", "length", "n", "seeds", "wire_id")

    def __init__(self, identifier: int, seeds: SeedChain, n: int = 1) -> None:
        self.id = identifier
        self.wire_id = str(identifier)
        self.seeds = seeds
        self.commitment = seeds.commitment
        self.length = seeds.length
        self.n = n

    @property
    def exhausted(self) -> bool:
        """Whether no round is left."""
        return self.n > self.length

    @property
    def lasts(self) -> bool:
        """Whether so many rounds are left that its successor may take its time."""
        return self.length - self.n >= _PREPARE_AHEAD // 2

    def info(self) -> ChainInfo:
        """What a client is told of it."""
        return ChainInfo(self.wire_id, self.commitment, self.length, f"{self.wire_id}-{self.n}")


class OpenRound:
    """A round that waits for a decision."""

    __slots__ = ("n", "state", "step")

    def __init__(self, n: int, state: RoundState, step: int) -> None:
        self.n = n
        self.state = state
        self.step = step


class _Turn(msgspec.Struct, gc=False):
    """What must be known when the verdict comes."""

    player: Player | None
    request: int
    digest: bytes
    state: Any
    step: int
    n: int
    seed: bytes | None = None
    """The round's seed, where this turn had to derive it anyway."""
    view: msgspec.Struct | None = None
    """What the player may see of it once it has committed."""


def digest_of(message: Spin | Deal | Act, game: AnyGame, codec: Codec) -> bytes:
    """Return the digest of a money request without playing it. Raises Refused."""
    if isinstance(message, Act):
        return _act_digest(message, _encode(read_decision(message, game, codec)))
    return _bet_digest(message, _encode(codec.game_data(message.bets, game.bets_type)))


def has_digest(message: Spin | Deal | Act, digest: bytes, game: AnyGame, codec: Codec) -> bool:
    """Whether a request that came under a known id is the one that has this digest."""
    try:
        return digest_of(message, game, codec) == digest
    except Refused:
        return False


def read_decision(message: Act, game: AnyGame, codec: Codec) -> Any:
    """Decode a decision. Raises Refused."""
    if game.decision_type is None:
        raise Refused(ErrorCode.WRONG_REQUEST)
    try:
        return codec.game_data(message.decision, game.decision_type)
    except Refused as refused:
        if refused.code is ErrorCode.BET_INVALID:
            raise Refused(ErrorCode.DECISION_FORBIDDEN) from None
        raise


def _bet_digest(message: Spin | Deal, data: bytes) -> bytes:
    return bet_digest(message.TYPE, message.table, message.round, message.client_seed, data)


def _act_digest(message: Act, data: bytes) -> bytes:
    return act_digest(message.table, message.round, message.step, data)


class PrivateTable:
    """One player's table of one game."""

    __slots__ = (
        "account",
        "busy",
        "chain",
        "closed",
        "epoch",
        "events",
        "game",
        "game_version",
        "house",
        "id",
        "limits",
        "made_at",
        "next_chain",
        "opened",
        "player",
        "renewing",
        "round_id",
        "sat_at",
        "seq",
        "spent",
        "tally",
        "used_at",
        "wire_id",
    )

    def __init__(
        self,
        house: House,
        *,
        table_id: int,
        account: int,
        game: AnyGame,
        game_version: int,
        limits: StakeLimits,
        epoch: int,
        tally: Tally,
    ) -> None:
        self.house = house
        self.id = table_id
        self.wire_id = str(table_id)
        self.account = account
        self.game = game
        self.game_version = game_version
        self.limits = limits
        self.epoch = epoch
        self.tally = tally
        self.seq = 0
        self.events: deque[Event] = deque(maxlen=_EVENTS_KEPT)
        self.player: Player | None = None
        self.chain: Chain | None = None
        self.next_chain: Chain | None = None
        self.spent: int | None = None
        """The chain before this one, until it is retired with the making of the next."""
        self.renewing = False
        self.opened: OpenRound | None = None
        self.busy = False
        self.closed = False
        self.round_id = ""
        self.made_at = self.used_at = house.monotonic()
        self.sat_at = -math.inf

    def sat_down(self, player: Player | None) -> None:
        """Take the player who has come to the table, if he is still there."""
        self.player = player
        self.sat_at = self.house.monotonic()

    # -- requests -----------------------------------------------------------------------------

    def spin(self, player: Player, request: int, message: Spin, codec: Codec) -> bytes:
        """Play an instant round. Returns the request's digest; raises Refused."""
        if self.game.kind is not RoundKind.INSTANT:
            raise Refused(ErrorCode.WRONG_REQUEST)
        return self._begin(player, request, message, codec, ItemKind.INSTANT)

    def deal(self, player: Player, request: int, message: Deal, codec: Codec) -> bytes:
        """Open a round with decisions. Returns the request's digest; raises Refused."""
        if self.game.kind is not RoundKind.DECISIONS:
            raise Refused(ErrorCode.WRONG_REQUEST)
        return self._begin(player, request, message, codec, ItemKind.DEAL)

    def act(self, player: Player, request: int, message: Act, codec: Codec) -> bytes:
        """Take a decision in the open round. Returns the request's digest; raises Refused."""
        game, opened = self.game, self.opened
        if game.kind is not RoundKind.DECISIONS:
            raise Refused(ErrorCode.WRONG_REQUEST)
        decision = read_decision(message, game, codec)
        data = _encode(decision)
        digest = _act_digest(message, data)
        if self.busy:
            raise Refused(ErrorCode.BUSY)
        chain = self.chain
        if opened is None or chain is None or message.round != f"{chain.id}-{opened.n}":
            raise self._stale_round(digest)
        if message.step != opened.step:
            stale = Refused(ErrorCode.STALE_STEP, details={"step": opened.step})
            raise Overtaken(stale, digest, chain.id, opened.n, opened.step)
        price = game.price(opened.state, 0, decision)
        state = game.decide(opened.state, 0, decision)
        turn = _Turn(player, request, digest, state, opened.step + 1, opened.n)
        self._submit(turn, ItemKind.ACT, chain, step=opened.step, data=data, stake=price, seeds=b"")
        return digest

    def _begin(
        self, player: Player, request: int, message: Spin | Deal, codec: Codec, kind: ItemKind
    ) -> bytes:
        game, chain, house = self.game, self.chain, self.house
        client_seed = message.client_seed
        bets = codec.game_data(message.bets, game.bets_type)
        stake = game.stake(bets, self.limits)
        data = _encode(bets)
        digest = bet_digest(message.TYPE, message.table, message.round, client_seed, data)
        if self.busy:
            raise Refused(ErrorCode.BUSY)
        if self.closed:
            raise Refused(ErrorCode.TABLE_CLOSED)
        house.check_open()
        if self.opened is None and (chain is None or chain.n > chain.length):
            house.renew_chain(self)
            raise Refused(ErrorCode.BUSY)
        if self.opened is not None or chain is None or message.round != self.round_id:
            raise self._stale_round(digest)
        if house.client_seed != bool(client_seed):
            raise Refused(
                ErrorCode.INVALID_BODY,
                "A client seed of 1 to 32 bytes is required."
                if house.client_seed
                else "Client seeds are switched off here.",
            )
        if house.superseded(game):
            # A newer version has come since the last round; this one takes no new rounds.
            self.closed = True
            self.round_id = ""
            raise Refused(ErrorCode.TABLE_CLOSED)
        seeds = (client_seed,)
        seed = chain.seeds.seed(chain.n)
        state = game.open((bets,), Draws(seed, seeds))
        turn = _Turn(player, request, digest, state, 0, chain.n, seed)
        self._submit(
            turn, kind, chain, step=0, data=data, stake=stake, seeds=frame_client_seeds(seeds)
        )
        return digest

    def _stale_round(self, digest: bytes) -> Refused:
        """Return the refusal of a request for another round than the one that is due."""
        chain, opened = self.chain, self.opened
        if chain is None or (opened is None and chain.exhausted):
            return Refused(ErrorCode.BUSY)
        if opened is not None:
            refusal = Refused(ErrorCode.ROUND_OPEN, details={"round": self.round_id})
            return Overtaken(refusal, digest, chain.id, opened.n, opened.step)
        details: dict[str, object] = {"round": self.round_id, "chain": chain.info()}
        refusal = Refused(ErrorCode.STALE_ROUND, details=details)
        return Overtaken(refusal, digest, chain.id, chain.n, 0)

    def _submit(
        self,
        turn: _Turn,
        kind: ItemKind,
        chain: Chain,
        *,
        step: int,
        data: bytes,
        stake: int,
        seeds: bytes,
    ) -> None:
        state, player, house = turn.state, turn.player, self.house
        # Made before money moves: rules that cannot show a state must not get into it.
        turn.view = self.view(state)
        finish = state.finished
        payout = state.payouts[0] if finish else 0
        session, epoch = (0, 0) if player is None else (player.id, player.epoch)
        item = Item(
            self._decided,
            turn,
            kind,
            session,
            turn.request,
            turn.digest,
            self.account,
            epoch,
            chain.id,
            turn.n,
            step,
            self.game_version,
            seeds,
            data,
            stake,
            payout,
            finish,
            house.next_id(),
            house.decision_deadline_ms if kind is ItemKind.DEAL else 0,
        )
        if not house.submit(item):
            raise Refused(ErrorCode.UNAVAILABLE)
        self.busy = True
        self.used_at = house.monotonic()

    # -- verdicts -----------------------------------------------------------------------------

    def _decided(self, item: Item, verdict: int, balance: int, held: int, version: int) -> None:
        """Hear the verdict: only now may the outcome be told."""
        self.busy = False
        turn: _Turn = item.context
        player = turn.player
        if verdict != _ACCEPTED:
            if player is None:
                self.house.failed(self, f"platform decision refused: {Verdict(verdict).name}")
            elif verdict == Verdict.KNOWN:
                player.recall(turn.request, turn.digest)
                self.house.failed(self, "a request was known to the record, not to the table")
            else:
                player.refused(turn.request, turn.digest, Refused(REFUSALS[verdict]))
                if verdict in (Verdict.STALE, Verdict.ROUND_OPEN, Verdict.BROKEN):
                    self.house.failed(self, Verdict(verdict).name)
            return
        played = self._advance(turn, Balance(balance, held, version))
        if player is not None:
            player.settled(turn.request, turn.digest, played)
        elif played.finished:
            self.publish(
                lambda epoch, seq: RoundEnded(
                    table=self.wire_id, epoch=epoch, seq=seq, round=played
                )
            )
        else:
            self.platform_step()

    def _advance(self, turn: _Turn, balance: Balance) -> Played:
        """Move to where the committed turn leaves the table, and say what its player may see."""
        chain = self.chain
        assert chain is not None
        state = turn.state
        finished = state.finished
        round_id = self.round_id
        seed = None
        if finished:
            self.tally.rounds += 1
            seed = turn.seed or chain.seeds.seed(turn.n)
            self.opened = None
            chain.n = turn.n + 1
            self._next_round(chain)
        else:
            self.opened = OpenRound(turn.n, state, turn.step)
        return Played(
            self.wire_id,
            round_id,
            turn.step,
            finished,
            state.stakes[0],
            state.payouts[0] if finished else None,
            _as_data(turn.view),
            balance,
            seed,
            self.next_info() if finished else None,
        )

    def _next_round(self, chain: Chain) -> None:
        """Name the next round; towards the end of a chain make its successor durable."""
        if self.house.superseded(self.game):
            self.closed = True
            self.round_id = ""
            return
        if chain.n + _PREPARE_AHEAD > chain.length:
            if self.next_chain is None:
                self.house.renew_chain(self)
            elif chain.exhausted:
                self.spent = chain.id
                chain = self.chain = self.next_chain
                self.next_chain = None
        self.round_id = f"{chain.wire_id}-{chain.n}"

    def next_info(self) -> ChainInfo | None:
        """What the next bet must name; None while a round is open or a chain is on its way."""
        chain = self.chain
        if chain is None or chain.n > chain.length or self.opened is not None or self.closed:
            return None
        return chain.info()

    # -- chains, platform, events -------------------------------------------------------------

    def start_with(self, chain: Chain, opened: OpenRound | None = None) -> None:
        """Put the table on a chain, when it is made or loaded."""
        self.chain = chain
        self.opened = opened
        self.round_id = f"{chain.id}-{opened.n if opened else chain.n}"
        if opened is None and chain.exhausted:
            self.house.renew_chain(self)

    def chain_ready(self, chain: Chain) -> None:
        """Take a new durable chain: at once if there is none to play on, else after the old one."""
        self.renewing = False
        current = self.chain
        if current is not None and not current.exhausted:
            self.next_chain = chain
            return
        if self.busy or self.opened is not None:
            self.next_chain = chain
            return
        if current is not None:
            self.spent = current.id
        self.chain = chain
        self.next_chain = None
        self.round_id = f"{chain.id}-{chain.n}"
        self.publish(
            lambda epoch, seq: ChainStarted(
                table=self.wire_id, epoch=epoch, seq=seq, chain=chain.info()
            )
        )

    def waits_in(self, chain: int, n: int) -> bool:
        """Whether a round is open here and it is this one."""
        opened, current = self.opened, self.chain
        return opened is not None and current is not None and (current.id, opened.n) == (chain, n)

    def platform_step(self) -> None:
        """Take the platform's decision in a round whose player's time has run out (C5)."""
        opened, chain = self.opened, self.chain
        if self.busy or opened is None or chain is None:
            return
        seat, decision = self.game.platform_decision(opened.state)
        if self.game.price(opened.state, seat, decision):
            raise ValueError("the platform's decision takes a further stake")
        state = self.game.decide(opened.state, seat, decision)
        turn = _Turn(None, 0, b"", state, opened.step + 1, opened.n)
        self._submit(
            turn,
            ItemKind.PLATFORM,
            chain,
            step=opened.step,
            data=_encode(decision),
            stake=0,
            seeds=b"",
        )

    def publish(self, make: Callable[[int, int], Event]) -> None:
        """Number an event, keep it for whoever resumes, and push it."""
        self.seq += 1
        event = make(self.epoch, self.seq)
        self.events.append(event)
        if self.player is not None:
            self.player.event(event)

    def missed(self, epoch: int, seq: int) -> tuple[Event, ...] | None:
        """Return every event after (epoch, seq), or None where not all of them are kept."""
        if epoch != self.epoch or seq > self.seq or self.seq - seq > len(self.events):
            return None
        return tuple(self.events)[len(self.events) - (self.seq - seq) :]

    def view(self, state: RoundState) -> msgspec.Struct:
        """Return what the player may see of a round. Raises TypeError for what is no view."""
        view = self.game.view(state, 0)
        if not isinstance(view, self.game.view_type):
            raise TypeError(f"the view of {self.game.name} is {type(view).__name__}")
        return view

    def seated(self, balance: Balance) -> Seated:
        """Where the table stands, for its player."""
        opened = self.opened
        played = None
        if opened is not None:
            played = Played(
                table=self.wire_id,
                round=self.round_id,
                step=opened.step,
                finished=False,
                stake=opened.state.stakes[0],
                payout=None,
                view=_as_data(self.view(opened.state)),
                balance=balance,
                seed=None,
                next=None,
            )
        return Seated(
            table=self.wire_id,
            game=self.game.name,
            version=self.game.version,
            digest=self.game.digest,
            epoch=self.epoch,
            seq=self.seq,
            stakes=StakeRange(self.limits.minimum, self.limits.maximum),
            chain=self.next_info(),
            open=played,
        )


def _as_data(view: msgspec.Struct | None) -> GameData:
    """Pass a view where raw game data stands: the codec encodes it in the same pass."""
    return view  # type: ignore[return-value]
