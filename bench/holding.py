"""Players who sit in the middle of a round while the server is killed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from bench.errors import BenchError
from client.client import Client
from client.errors import ClientError
from client.load.strategies import cheapest
from client.policy import Policy
from client.rounds import Round
from client.tables import Table

__all__ = ["Holder", "hold_rounds", "leave", "take_up_again"]

GAME: Final = "blackjack"
STAKE: Final = 100
DEALS_MAX: Final = 50
"""A hand of two cards that is not over at once comes long before."""
IMPATIENT: Final = Policy(
    reconnect_initial_s=0.05, reconnect_cap_s=0.1, retry_initial_s=0.02, retry_cap_s=0.1
)
"""So that what is measured is the server's time and not the client's manners."""


class Holder:
    """One player with an open round."""

    def __init__(self, client: Client, table: Table, opened: Round) -> None:
        self._client = client
        self._table = table
        self._round = opened.id
        self._player = client.player
        self._view: Any = msgspec.msgpack.decode(opened.played.view)

    @classmethod
    async def open(cls, http: str) -> Holder:
        """Sign up, sit down and deal until a hand is open. Raises ClientError."""
        client = Client(http, policy=IMPATIENT, name="croupier-bench")
        await client.connect()
        table = await client.sit(GAME)
        for _ in range(DEALS_MAX):
            opened = await table.deal({"stake": STAKE})
            if not opened.finished:
                return cls(client, table, opened)
        raise BenchError("no hand stays open")

    async def take_up_again(self) -> bool:
        """Wait for the server and say whether the round is there as it was left."""
        try:
            await self._table.refresh()
        except ClientError:
            return False
        opened = self._table.open
        return (
            self._client.player == self._player
            and opened is not None
            and opened.id == self._round
            and msgspec.msgpack.decode(opened.played.view) == self._view
        )

    async def finish(self) -> None:
        """Play the round to its end. Raises ClientError."""
        opened = self._table.open
        while opened is not None and not opened.finished:
            opened = await self._table.act(cheapest(opened.options).action)

    async def leave(self) -> None:
        """Close the connection."""
        await self._client.close()


async def hold_rounds(http: str, count: int) -> list[Holder]:
    """Open so many rounds. Raises BenchError."""
    outcomes = await asyncio.gather(
        *[Holder.open(http) for _ in range(count)], return_exceptions=True
    )
    holders = [outcome for outcome in outcomes if isinstance(outcome, Holder)]
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            await leave(holders)
            raise BenchError(f"a round cannot be opened: {outcome}")
    return holders


async def take_up_again(holders: Sequence[Holder], seconds: float) -> None:
    """Wait until every player has his round again. Raises BenchError if one has not."""
    try:
        async with asyncio.timeout(seconds):
            found = await asyncio.gather(*[holder.take_up_again() for holder in holders])
    except TimeoutError:
        raise BenchError(f"not every player was back after {seconds:.0f} seconds") from None
    if missing := found.count(False):
        raise BenchError(f"{missing} of {len(holders)} open rounds were not found again")


async def leave(holders: Sequence[Holder]) -> None:
    """Let everyone go."""
    await asyncio.gather(*[holder.leave() for holder in holders], return_exceptions=True)
