"""Several nodes on one machine: started, watched, restarted when one dies, ended in order.

Each node is a `croupier serve` of its own with a data directory below the casino's. Database, bus
and keys are the casino's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

__all__ = ["NodeStartFailed", "Worker", "Workers"]

log = structlog.get_logger(__name__)

START_S: Final = 60.0
STEADY_S: Final = 10.0
"""A node that lived for so long is restarted at once when it dies."""
LONGEST_PAUSE_S: Final = 5.0
_LINE_LIMIT: Final = 1 << 16


class NodeStartFailed(Exception):  # noqa: N818 - one clear line for a person
    """A node did not become ready; the message says which."""


class Worker:
    """One node and its process."""

    def __init__(self, number: int, data: Path, environment: Mapping[str, str]) -> None:
        self.number = number
        self.data = data
        self.environment = dict(environment)
        self.process: asyncio.subprocess.Process | None = None
        self.ready: dict[str, Any] | None = None
        """What the node told when it was ready; None while it is not."""
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """The process id, while it runs."""
        return self.process.pid if self.process is not None else None

    async def start(self) -> None:
        """Start the process and return when the node is ready. Raises NodeStartFailed."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "server.cli",
            "serve",
            env={**os.environ, **self.environment},
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_LIMIT,
            # Ctrl-C is for whoever started the casino; it ends the nodes in order.
            start_new_session=True,
        )
        assert self.process.stdout is not None, "it was asked for"
        try:
            async with asyncio.timeout(START_S):
                line = await self.process.stdout.readline()
            self.ready = msgspec.json.decode(line)
        except (TimeoutError, msgspec.DecodeError):
            await self.stop(0.0)
            raise NodeStartFailed(f"node {self.number} did not start; its log says why") from None

    async def wait(self) -> int:
        """Wait until the process has ended; returns its exit code."""
        assert self.process is not None, "only what was started is waited for"
        code = await self.process.wait()
        self.ready = None
        return code

    async def stop(self, deadline_s: float) -> None:
        """Have the node drain, a bounded time, and end it."""
        process = self.process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            if deadline_s:
                process.send_signal(signal.SIGTERM)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), deadline_s)
            if process.returncode is None:
                process.kill()
        await process.wait()
        self.ready = None


class Workers:
    """The nodes of one machine. `changed` is called whenever one is ready or gone."""

    def __init__(
        self,
        workers: list[Worker],
        *,
        drain_s: float,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.workers = workers
        self._drain_s = drain_s
        self._changed = changed
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._replacing: set[int] = set()

    async def start(self) -> None:
        """Start every node, the first one alone: it makes what the others find.

        Raises NodeStartFailed.
        """
        first, *others = self.workers
        try:
            await first.start()
            await asyncio.gather(*(worker.start() for worker in others))
        except BaseException:
            await self.stop()
            raise
        self._changed()
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._keep(worker)) for worker in self.workers]

    async def _keep(self, worker: Worker) -> None:
        """Restart a node whenever it dies, with growing pauses if it dies at once."""
        loop = asyncio.get_running_loop()
        pause_s = 0.1
        while True:
            started = loop.time()
            code = await worker.wait()
            self._changed()
            while worker.number in self._replacing:  # noqa: ASYNC110 - rare, and bounded by a drain
                await asyncio.sleep(0.05)
            if self._stopping:
                return
            if worker.ready is not None:
                continue  # it was replaced in order
            if loop.time() - started > STEADY_S:
                pause_s = 0.1
            log.error("node ended", number=worker.number, code=code, again_in_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            worker.restarts += 1
            with contextlib.suppress(NodeStartFailed):
                await worker.start()
                log.info("node restarted", number=worker.number, pid=worker.pid)
                self._changed()

    async def replace_all(self) -> None:
        """Restart every node, one after the other: each drains before its successor starts."""
        for worker in self.workers:
            self._replacing.add(worker.number)
            try:
                log.info("node is replaced", number=worker.number, pid=worker.pid)
                await worker.stop(self._drain_s)
                self._changed()
                await worker.start()
                self._changed()
            except NodeStartFailed as failed:
                log.error("node not replaced", reason=str(failed))  # noqa: TRY400 - one line
            finally:
                self._replacing.discard(worker.number)

    async def stop(self) -> None:
        """Have every node drain, and end."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(worker.stop(self._drain_s) for worker in self.workers))
