"""Who does the hashing and replaying: this process, or for much work processes beside it."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from games.catalogue import Catalogue, standard
from server.audit.live_replays import LivePart, play_live_again
from server.audit.replays import Part, Replayed, play_again
from server.audit.seeds import ChainRow, HashedChain, hash_chains
from server.fairness.vault import Vault

__all__ = ["Crew"]

WORKERS_MOST: Final = 2
_AHEAD: Final = 2
"""Parts a worker has waiting, so that it never waits itself."""

PartT = TypeVar("PartT")
ResultT = TypeVar("ResultT")

# One vault and one catalogue a worker process.
_vault: Vault | None = None
_catalogue: Catalogue | None = None


class Crew:
    """Hashes chains and replays rounds, part by part and in order.

    With `keys` given, in processes of its own; the caller decides whether the work is worth their
    start. They step back for a server on the same machine. `load` gives each of them its catalogue;
    it is pickled.
    """

    def __init__(
        self,
        vault: Vault,
        catalogue: Catalogue,
        keys: dict[str, bytes] | None = None,
        load: Callable[[], Catalogue] = standard,
    ) -> None:
        self.vault = vault
        self.catalogue = catalogue
        self._pool: ProcessPoolExecutor | None = None
        self._workers = min(WORKERS_MOST, os.cpu_count() or 1)
        if keys is not None:
            self._pool = ProcessPoolExecutor(
                self._workers,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_begin,
                initargs=(keys, load),
            )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def hash_chains(self, parts: Iterable[list[ChainRow]]) -> AsyncIterator[list[HashedChain]]:
        """Hash the chains of every part."""
        return self._each(_hash_chains, lambda part: hash_chains(self.vault, part), parts)

    def play_again(self, parts: Iterable[Part]) -> AsyncIterator[Replayed]:
        """Replay the rounds of every part."""
        return self._each(
            _play_again, lambda part: play_again(self.catalogue, self.vault, part), parts
        )

    def play_live_again(self, parts: Iterable[LivePart]) -> AsyncIterator[Replayed]:
        """Replay the rounds of live tables of every part."""
        return self._each(
            _play_live_again,
            lambda part: play_live_again(self.catalogue, self.vault, part),
            parts,
        )

    async def _each(
        self,
        there: Callable[[PartT], ResultT],
        here: Callable[[PartT], ResultT],
        parts: Iterable[PartT],
    ) -> AsyncIterator[ResultT]:
        if self._pool is None:
            for part in parts:
                yield here(part)
            return
        loop = asyncio.get_running_loop()
        under_way: deque[asyncio.Future[Any]] = deque()
        try:
            for part in parts:
                under_way.append(loop.run_in_executor(self._pool, there, part))
                if len(under_way) > self._workers * _AHEAD:
                    yield await under_way.popleft()
            while under_way:
                yield await under_way.popleft()
        finally:
            for future in under_way:
                future.cancel()


def _begin(keys: dict[str, bytes], load: Callable[[], Catalogue]) -> None:
    global _vault, _catalogue  # noqa: PLW0603 - a worker process has no other place
    with contextlib.suppress(OSError):
        os.nice(10)
    _vault = Vault(keys)
    _catalogue = load()


def _hash_chains(part: list[ChainRow]) -> list[HashedChain]:
    assert _vault is not None
    return hash_chains(_vault, part)


def _play_again(part: Part) -> Replayed:
    assert _vault is not None
    assert _catalogue is not None
    return play_again(_catalogue, _vault, part)


def _play_live_again(part: LivePart) -> Replayed:
    assert _vault is not None
    assert _catalogue is not None
    return play_live_again(_catalogue, _vault, part)
