"""A private table: where its chain is, its open round, and how to bet there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Protocol, cast

import msgspec

from client.errors import ClientError, CroupierError, FairnessError
from client.fairness import ChainCheck, round_number
from client.rounds import Round
from protocol.codec import Codec
from protocol.errors import Certainty, ErrorCode
from protocol.messages.common import Balance, ChainInfo, Request
from protocol.messages.rounds import Act, Deal, Played, Spin
from protocol.messages.session import Position, TableState
from protocol.messages.tables import ChainStarted, Leave, RoundEnded, Seated, Sit, StakeRange

__all__ = ["Bets", "Decision", "House", "Table"]

Bets = Mapping[str, Any] | msgspec.Struct | msgspec.Raw
"""The bets of a game: a map such as `{"stake": 100}`, a struct, or bytes in the wire's encoding."""

Decision = str | Mapping[str, Any] | msgspec.Struct
"""A decision: the action of an option such as `"hit"`, or the game's whole decision."""

_CHAINS_KEPT: Final = 8
_CHAIN_WAIT_S: Final = 5.0
"""After this long without a chain the table is asked where it stands."""
_CHAIN_WAITS: Final = 6


class House(Protocol):
    """What a table needs of its client."""

    codec: Codec
    check_fairness: bool
    retry_stale: bool

    def call(self, body: Request, on_reply: Any = None) -> asyncio.Future[Any]:
        """Send a request."""

    def draw_client_seed(self) -> bytes:
        """Return a fresh client seed, empty where client seeds are off."""

    def take_balance(self, balance: Balance) -> None:
        """Take note of a balance."""

    def left(self, table: Table) -> None:
        """Forget the table."""


class Table:
    """A seat at a table. Got from `Client.sit`; stays valid across reconnects."""

    def __init__(self, house: House, seated: Seated) -> None:
        self._house = house
        self._checks: dict[str, ChainCheck] = {}
        self._waiting: list[asyncio.Future[None]] = []
        self._problem: FairnessError | None = None
        self.id = seated.table
        self.game = seated.game
        self.version = seated.version
        """The version of the game's rules that new rounds are played under."""
        self.digest = seated.digest
        self.stakes: StakeRange = seated.stakes
        """What the table takes, in minor units."""
        self.chain: ChainInfo | None = None
        """The chain and the round that the next bet will name, or None if it is not known yet."""
        self.open: Round | None = None
        """The open round, to go on with."""
        self.epoch = 0
        self.seq = 0
        self.take_seat(seated)

    # Playing.

    async def spin(self, bets: Bets, *, client_seed: bytes | None = None) -> Round:
        """Play an instant round and return it, settled.

        The client seed is drawn afresh unless one is given. Raises CroupierError where the bet was
        refused, FairnessError where the revealed seed does not belong to the chain.
        """
        return await self._bet(Spin, bets, client_seed)

    async def deal(self, bets: Bets, *, client_seed: bytes | None = None) -> Round:
        """Open a round with decisions; it may already have ended. Raises like `spin`."""
        if self.open is not None:
            raise CroupierError(
                ErrorCode.ROUND_OPEN.value, Certainty.FINAL, ErrorCode.ROUND_OPEN.action
            )
        return await self._bet(Deal, bets, client_seed)

    async def act(self, decision: Decision) -> Round:
        """Take a decision in the open round.

        Raises CroupierError, for one `stale_step` where the round has moved on meanwhile.
        """
        current = self.open
        if current is None:
            raise CroupierError(
                ErrorCode.UNKNOWN_ROUND.value, Certainty.FINAL, "No round is open at this table."
            )
        form = {"action": decision} if isinstance(decision, str) else decision
        body = Act(
            table=self.id,
            round=current.id,
            step=current.step,
            decision=msgspec.Raw(self._house.codec.encode(form)),
        )
        return cast("Round", await self._house.call(body, self._take_played))

    async def leave(self) -> None:
        """Leave the table; its chain is retired."""
        await self._house.call(Leave(table=self.id))
        self._house.left(self)

    async def refresh(self) -> None:
        """Ask where the table stands."""
        await self._house.call(Sit(game=self.game), self.take_seat)

    async def ready(self) -> ChainInfo:
        """Wait until the table takes a bet and return what the bet must name.

        Raises ClientError if no chain comes, CroupierError if a round is open.
        """
        for _ in range(_CHAIN_WAITS):
            if self.chain is not None:
                return self.chain
            if self.open is not None:
                raise CroupierError(
                    ErrorCode.ROUND_OPEN.value, Certainty.FINAL, ErrorCode.ROUND_OPEN.action
                )
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            try:
                async with asyncio.timeout(_CHAIN_WAIT_S):
                    await waiter
            except TimeoutError:
                await self.refresh()
        raise ClientError(f"the table of {self.game} does not get a new chain")

    async def _bet(self, kind: type[Spin | Deal], bets: Bets, client_seed: bytes | None) -> Round:
        house = self._house
        raw = bets if type(bets) is msgspec.Raw else msgspec.Raw(house.codec.encode(bets))
        may_retry = house.retry_stale and client_seed is None
        while True:
            if self._problem is not None:
                raise self._problem
            chain = self.chain or await self.ready()
            seed = house.draw_client_seed() if client_seed is None else client_seed
            try:
                return cast(
                    "Round",
                    await house.call(kind(self.id, chain.round, raw, seed), self._take_played),
                )
            except CroupierError as error:
                if error.code != ErrorCode.STALE_ROUND.value:
                    raise
                await self._catch_up(error)
                if not may_retry:
                    raise
                # Nothing was staked, so the same bet may go on the round that is due, once.
                may_retry = False

    async def _catch_up(self, error: CroupierError) -> None:
        """Take the chain that a stale round's details name, or ask for it."""
        stated = error.details.get("chain")
        if isinstance(stated, dict):
            try:
                info = msgspec.convert(stated, ChainInfo)
            except msgspec.ValidationError:
                pass
            else:
                self._set_chain(info)
                return
        await self.refresh()

    # What the client hands on; all of it at once when it arrives.

    def take_seat(self, seated: Seated) -> Table:
        """Take where the table stands. Raises FairnessError."""
        self.id = seated.table
        self.version = seated.version
        self.digest = seated.digest
        self.stakes = seated.stakes
        self.epoch = seated.epoch
        self.seq = seated.seq
        self.open = None if seated.open is None else Round(seated.open, self._house.codec)
        if seated.open is not None:
            self._house.take_balance(seated.open.balance)
        self._set_chain(seated.chain)
        return self

    def take_state(self, state: TableState) -> None:
        """Take what a resume brought: all missed events, or a snapshot. Raises FairnessError."""
        if state.snapshot is not None:
            self.take_seat(state.snapshot)
        for event in state.events:
            if isinstance(event, ChainStarted | RoundEnded):
                self.take_event(event)

    def take_event(self, event: ChainStarted | RoundEnded) -> bool:
        """Take an event of this table; False if events before it were missed.

        Raises FairnessError.
        """
        if (event.epoch, event.seq) <= (self.epoch, self.seq):
            return True  # seen already, in a snapshot
        complete = event.epoch == self.epoch and event.seq == self.seq + 1
        self.epoch, self.seq = event.epoch, event.seq
        if type(event) is ChainStarted:
            if self.chain is None or self.chain.chain != event.chain.chain:
                self._set_chain(event.chain)
        else:
            self._take_played(cast("RoundEnded", event).round)
        return complete

    def position(self) -> Position:
        """Return the last event seen, for a resume."""
        return Position(table=self.id, epoch=self.epoch, seq=self.seq)

    def unseat(self) -> None:
        """Forget where the table stood: its session is gone."""
        self.chain = None
        self.open = None

    # Inside.

    def _take_played(self, played: Played) -> Round:
        self._house.take_balance(played.balance)
        current = Round(played, self._house.codec)
        if not played.finished:
            # A repeated old answer must not take the round back a step.
            if self.open is None or self.open.id != played.round or self.open.step <= played.step:
                self.open = current
                if self.chain is not None and self.chain.round == played.round:
                    self.chain = None
            return current
        if self.open is not None and self.open.id == played.round:
            self.open = None
        if self._house.check_fairness:
            self._check_seed(played)
        self._advance(played.round, played.next)
        return current

    def _advance(self, round_id: str, following: ChainInfo | None) -> None:
        """Move on behind a round that has ended, unless the table is further on already."""
        current = self.chain
        if current is not None and current.round != round_id:
            if following is None or following.chain != current.chain:
                return
            if _number(following) <= _number(current):
                return
        self._set_chain(following)

    def _set_chain(self, info: ChainInfo | None) -> None:
        self.chain = info
        if info is None:
            return
        if self._house.check_fairness:
            self._check_of(info)
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)

    def _check_of(self, info: ChainInfo) -> ChainCheck:
        check = self._checks.get(info.chain)
        try:
            if check is None:
                check = ChainCheck(info)
                self._checks[info.chain] = check
                if len(self._checks) > _CHAINS_KEPT:
                    del self._checks[next(iter(self._checks))]
            elif check.commitment != info.commitment or check.length != info.length:
                check.confirm(info)
        except FairnessError as error:
            self._problem = error
            raise
        return check

    def _check_seed(self, played: Played) -> None:
        chain = played.round.rpartition("-")[0]
        check = self._checks.get(chain)
        if check is None:
            # A round from an earlier sitting, whose commitment was told then. Where it is told
            # again with the next round, the seed must belong to it all the same.
            if played.next is None or played.next.chain != chain:
                return
            check = self._check_of(played.next)
        try:
            check.reveal(played.round, played.seed)
        except FairnessError as error:
            self._problem = error
            raise


def _number(info: ChainInfo) -> int:
    return round_number(info.round, info.chain)
