"""Work in the background that nobody awaits: kept alive until it ends, its failure logged."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

__all__ = ["Background"]

log = structlog.get_logger(__name__)


class Background:
    """The tasks of one room. `failure` is what the log says of one that failed."""

    def __init__(self, failure: str) -> None:
        self._failure = failure
        self.tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin some work."""
        # The event loop itself keeps a task only weakly.
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error(self._failure, exc_info=task.exception())

    async def close(self, patience_s: float = 0.0) -> None:
        """Let the work end by itself for a time, then cancel what is left and wait for it."""
        if self.tasks and patience_s:
            await asyncio.wait(self.tasks, timeout=patience_s)
        left = tuple(self.tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
