"""Commands to the owner of a shared table, from whichever node the player is on.

The asker sends a command under one number, again and again, until it is answered or its deadline
has passed. The owner runs it once and remembers the answer, so that lost, late and doubled messages
change nothing. What money depends on is decided in the database all the same: an owner that dies
takes its memory with it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

import msgspec
import structlog
from msgspec import Meta

from server.cluster.answers import Answers
from server.cluster.bus import Bus, Subscription
from server.cluster.publishing import Number, Origin

__all__ = ["Answered", "Commands", "Failed", "Moved", "Reply", "Unanswered"]

log = structlog.get_logger(__name__)

PAUSE_S: Final = 0.1
MAXIMUM_PAUSE_S: Final = 1.0
MAXIMUM_RUNNING: Final = 10_000
"""Commands that a node runs at a time; more are left to be asked again."""

Handler = Callable[[bytes], Awaitable[bytes]]


class Unanswered(Exception):  # noqa: N818 - unknown is not a fault
    """No answer came before the deadline. Whether the command was run is unknown."""


class Command(msgspec.Struct, frozen=True, tag="command"):
    """Asks the owner of a table under an epoch."""

    asker: Origin
    number: Number
    table: Number
    epoch: Number
    body: bytes


class Answered(msgspec.Struct, frozen=True, tag="answered"):
    """The owner ran the command; `body` is what it says."""

    number: Number
    body: bytes


class Moved(msgspec.Struct, frozen=True, tag="moved"):
    """The command was not run: the table has another epoch, under which it can be asked."""

    number: Number
    table: Number
    epoch: Number
    node: Annotated[int, Meta(ge=0, le=255)]


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The owner failed while it ran the command. What became of it is unknown."""

    number: Number


Reply = Answered | Moved | Failed


class _Served:
    """A table that this node owns."""

    __slots__ = ("epoch", "handler", "subscription")

    def __init__(self, epoch: int, handler: Handler, subscription: Subscription) -> None:
        self.epoch = epoch
        self.handler = handler
        self.subscription = subscription


class Commands:
    """Both sides of one node: it asks owners, and answers for the tables that it owns."""

    def __init__(self, bus: Bus, node: int, owns: Callable[[int, int], bool]) -> None:
        self._bus = bus
        self._node = node
        self._owns = owns
        self._next = 0
        self._asked: dict[int, asyncio.Future[Reply]] = {}
        self._served: dict[int, _Served] = {}
        self._answers: Answers[Reply] = Answers()
        self._running: set[asyncio.Task[None]] = set()
        self._replies = bus.subscribe(_replies(bus.instance), Reply, self._on_reply)
        self.counts: dict[str, int] = dict.fromkeys(
            ("asked", "repeated", "unanswered", "answered", "answered again", "moved", "failed"), 0
        )

    async def close(self) -> None:
        """Ask and answer nothing more."""
        self._replies.close()
        for table in tuple(self._served):
            self.retire(table)
        for future in self._asked.values():
            future.cancel()
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    # -- asking -----------------------------------------------------------------------------------

    async def ask(self, table: int, epoch: int, body: bytes, *, deadline_s: float) -> Reply:
        """Send a command to the owner of a table and return its reply.

        Raises Unanswered when none came within *deadline_s* seconds.
        """
        self._next += 1
        command = Command(self._bus.instance, self._next, table, epoch, body)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Reply] = loop.create_future()
        self._asked[command.number] = future
        ends_s = loop.time() + deadline_s
        pause_s = PAUSE_S
        self.counts["asked"] += 1
        try:
            while True:
                served = self._served.get(table)
                here = served is not None and self._owns(table, served.epoch)
                self._bus.publish(_commands(table), command, here=here)
                left_s = ends_s - loop.time()
                wait_s = min(pause_s * random.uniform(0.75, 1.25), left_s)  # noqa: S311
                done, _ = await asyncio.wait((future,), timeout=max(wait_s, 0))
                if done:
                    return future.result()
                if loop.time() >= ends_s:
                    self.counts["unanswered"] += 1
                    raise Unanswered(f"table {table}: no answer within {deadline_s:g} s")
                self.counts["repeated"] += 1
                pause_s = min(2 * pause_s, MAXIMUM_PAUSE_S)
        finally:
            del self._asked[command.number]

    def _on_reply(self, reply: Reply) -> None:
        future = self._asked.get(reply.number)
        if future is not None and not future.done():
            future.set_result(reply)

    # -- answering --------------------------------------------------------------------------------

    def serve(self, table: int, epoch: int, handler: Handler) -> None:
        """Answer for a table from now on. A handler that raises is told as *failed*."""
        self.retire(table)
        subscription = self._bus.subscribe(_commands(table), Command, self._on_command)
        self._served[table] = _Served(epoch, handler, subscription)

    def retire(self, table: int) -> None:
        """Answer for a table no more; commands that run are still answered."""
        served = self._served.pop(table, None)
        if served is not None:
            served.subscription.close()

    def _on_command(self, command: Command) -> None:
        served = self._served.get(command.table)
        if served is None or not self._owns(command.table, served.epoch):
            return
        key = (command.asker, command.number)
        if self._answers.knows(key):
            reply = self._answers.find(key)
            if reply is not None:
                self.counts["answered again"] += 1
                self._reply(command, reply)
            return
        if command.epoch > served.epoch:
            # Who asks knows a newer owner than this node has heard of.
            return
        if command.epoch < served.epoch:
            self.counts["moved"] += 1
            self._reply(command, Moved(command.number, command.table, served.epoch, self._node))
            return
        if len(self._running) >= MAXIMUM_RUNNING:
            return
        self._answers.begin(key)
        task = asyncio.get_running_loop().create_task(self._run(served.handler, command))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, handler: Handler, command: Command) -> None:
        reply: Reply
        try:
            reply = Answered(command.number, await handler(command.body))
            self.counts["answered"] += 1
        except Exception:
            log.exception("a command failed", table=command.table)
            reply = Failed(command.number)
            self.counts["failed"] += 1
        self._answers.end((command.asker, command.number), reply, _size(reply))
        self._reply(command, reply)

    def _reply(self, command: Command, reply: Reply) -> None:
        here = command.asker == self._bus.instance
        self._bus.publish(_replies(command.asker), reply, here=here)


def _size(reply: Any) -> int:
    return len(reply.body) if isinstance(reply, Answered) else 0


def _commands(table: int) -> str:
    return f"table/{table}/commands"


def _replies(asker: bytes) -> str:
    return f"replies/{asker.hex()}"
