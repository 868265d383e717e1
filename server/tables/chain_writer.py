"""Makes new chains durable, many in one transaction.

Players who sat down together reach the ends of their chains together. A transaction for each would
take the database from the bets for as long as it lasts; so while one call is in flight the next
gathers, as in settlement. Chains that nobody waits for gather a little longer.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final, NamedTuple

import asyncpg

__all__ = ["ChainWriter", "NewChain"]

MOST_CHAINS: Final = 100
"""In one call, so that none keeps the database from the bets for long."""
GATHER_S: Final = 0.05
"""How long chains wait for others to be written with, if none of them is in a hurry."""
_START: Final = "SELECT chains_start($1)"


class NewChain(NamedTuple):
    """The fields of the type `new_chain`, in its order."""

    id: int
    seating: int
    account: int | None
    """None: the chain of a live table."""
    game_version: int
    commitment: bytes
    secret: bytes
    """The last seed, sealed."""
    key_id: str
    length: int
    follows: int | None
    """The chain that is retired in the same transaction."""


class ChainWriter:
    """Writes chains for every table of a node."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._waiting: list[tuple[NewChain, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()

    async def write(self, chain: NewChain, *, patient: bool = False) -> None:
        """Return once the chain is durable. Raises whatever the database says of it.

        A `patient` chain may wait for `GATHER_S` before it is begun with.
        """
        loop = asyncio.get_running_loop()
        written = loop.create_future()
        self._waiting.append((chain, written))
        if not patient:
            self._hurry.set()
        if self._writing is None:
            self._writing = loop.create_task(self._write_all())
        await written

    async def close(self) -> None:
        """Give up what is not written; whoever waits for it is cancelled."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.wait((self._writing,))

    async def _write_all(self) -> None:
        batch: list[tuple[NewChain, asyncio.Future[None]]] = []
        try:
            while self._waiting:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(GATHER_S):
                        await self._hurry.wait()
                batch = self._waiting[:MOST_CHAINS]
                del self._waiting[:MOST_CHAINS]
                if not self._waiting:
                    self._hurry.clear()
                await self._write(batch)
        finally:
            self._writing = None
            for _, written in (*batch, *self._waiting):
                written.cancel()  # does nothing to those that are done
            self._waiting.clear()

    async def _write(self, batch: list[tuple[NewChain, asyncio.Future[None]]]) -> None:
        try:
            await self._pool.execute(_START, [tuple(chain) for chain, _ in batch])
        except asyncpg.PostgresError as error:
            if len(batch) == 1:
                _fail(batch[0][1], error)
                return
            for each in batch:  # one chain's fault is no other's
                await self._write([each])
        except Exception as error:  # noqa: BLE001 - it belongs to those who wait for the chains
            for _, written in batch:
                _fail(written, error)
        else:
            for _, written in batch:
                if not written.done():
                    written.set_result(None)


def _fail(written: asyncio.Future[None], error: Exception) -> None:
    if not written.done():
        written.set_exception(error)
