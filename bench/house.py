"""What the baseline and the floor say before the first bet: just enough of the protocol."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from bench.leash import hold_leash
from games.catalogue import standard
from games.entropy import Draws
from games.game import AnyGame, StakeLimits
from games.slots.engine import SlotBets
from protocol.codec import MSGPACK, MSGPACK_SUBPROTOCOL
from protocol.messages.common import Balance, ChainInfo
from protocol.messages.rounds import Played
from protocol.messages.session import ConnectionLimits, Welcome
from protocol.messages.tables import Seated, StakeRange
from server.fairness.chains import SeedChain
from server.ledger.ids import IdGenerator

__all__ = ["OPENING", "Chain", "House", "example", "limits_of", "played", "run", "slot"]

OPENING: Final = 100_000_000
"""What a player starts with, in minor units."""
CHAIN_ROUNDS: Final = 256
BACKLOG: Final = 4_096
"""Connections that wait to be accepted."""


_ids: Final = IdGenerator(255)
"""Ids as the product's, so that frames are as long."""


def slot() -> AnyGame:
    """Return the game that is measured."""
    game = standard().current("slot")
    assert game is not None
    return game


def limits_of(game: AnyGame) -> StakeLimits:
    """Return the stakes that the game offers."""
    stakes = game.describe().stakes
    return StakeLimits(stakes[0], stakes[-1])


class Chain:
    """A chain of seeds in memory and the next round on it."""

    __slots__ = ("id", "n", "seeds")

    def __init__(self) -> None:
        self.id = _ids.next()
        self.seeds = SeedChain.fresh(CHAIN_ROUNDS)
        self.n = 1

    @property
    def round(self) -> str:
        """The id of the round that is due."""
        return f"{self.id}-{self.n}"

    def info(self) -> ChainInfo:
        """What the next bet must name."""
        return ChainInfo(str(self.id), self.seeds.commitment, CHAIN_ROUNDS, self.round)


class House:
    """Signs everybody in and gives everybody a seat."""

    def __init__(self) -> None:
        self.game = slot()
        self.limits = limits_of(self.game)

    def table(self) -> str:
        """Return the id of a table."""
        return str(_ids.next())

    def welcome(self, request_id: int, player: int, balance: int) -> bytes:
        """Answer `hello`."""
        body = Welcome(
            session=str(player),
            token="x" * 43,
            player=str(player),
            currency="EUR",
            exponent=2,
            balance=Balance(balance, 0, 0),
            highest_request=0,
            tables=(),
            limits=ConnectionLimits(16_384, 0, 32),
            ping_interval_ms=10_000,
            time_ms=int(time.time() * 1000),
            test=True,
            client_seed=True,
        )
        return MSGPACK.encode_reply(request_id, body)

    def seated(self, request_id: int, table: str, chain: Chain) -> bytes:
        """Answer `sit`."""
        game = self.game
        body = Seated(
            table=table,
            game=game.name,
            version=game.version,
            digest=game.digest,
            epoch=1,
            seq=0,
            stakes=StakeRange(self.limits.minimum, self.limits.maximum),
            chain=chain.info(),
            open=None,
        )
        return MSGPACK.encode_reply(request_id, body)


def played(
    game: AnyGame,
    state: Any,
    table: str,
    round_id: str,
    seed: bytes,
    after: ChainInfo,
    balance: Balance,
) -> Played:
    """Return the reply to a spin, as the product words it."""
    return Played(
        table=table,
        round=round_id,
        step=0,
        finished=True,
        stake=state.stakes[0],
        payout=state.payouts[0],
        view=game.view(state, 0),  # type: ignore[arg-type]  # the codec encodes the struct in place
        balance=balance,
        seed=seed,
        next=after,
    )


def example(size: int, rounds: int = 400) -> Played:
    """Return the reply to a spin whose frame is nearest to `size` bytes, among so many rounds."""
    game, chain = slot(), Chain()
    best: Played | None = None
    for number in range(rounds):
        client_seed = number.to_bytes(16, "big")
        seed = chain.seeds.seed(1)
        state = game.open((SlotBets(stake=100),), Draws(seed, (client_seed,)))
        found = played(
            game, state, str(chain.id), chain.round, seed, chain.info(), Balance(OPENING, 0, number)
        )
        if best is None or _distance(found, size) < _distance(best, size):
            best = found
    assert best is not None
    return best


def _distance(body: Played, size: int) -> int:
    return abs(len(MSGPACK.encode_reply(1 << 16, body)) - size)


async def run(
    handler: Callable[[ServerConnection], Awaitable[None]], ready: dict[str, Any], *, leash: bool
) -> None:
    """Serve with the asyncio API of `websockets` until SIGTERM; `ready` is printed, with the port.

    As a good user of the library would: compression off, which costs memory and time and gains
    nothing on frames of this size; room for connections that come together.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if leash:
        hold_leash(loop)
    server: Server = await serve(
        handler,
        "127.0.0.1",
        0,
        subprotocols=[Subprotocol(MSGPACK_SUBPROTOCOL)],
        compression=None,
        max_size=16_384,
        backlog=BACKLOG,
        close_timeout=1,
    )
    async with server:
        port = next(iter(server.sockets)).getsockname()[1]
        line = {"event": "ready", "gateway": f"ws://127.0.0.1:{port}", "pid": os.getpid(), **ready}
        sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
        sys.stdout.flush()
        await stop.wait()
