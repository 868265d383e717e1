"""One Redis server, by two connections: one listens to channels, the other publishes.

Each is watched by pings, since a network that is cut says nothing, and made again with growing
pauses. What is to be published meanwhile is lost: the bus does not promise more.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, Protocol

import structlog
from redis.exceptions import ClusterDownError, MovedError, RedisError, ResponseError

__all__ = ["ERRORS", "Link", "LinkEvents"]

log = structlog.get_logger(__name__)

ERRORS: Final = (RedisError, OSError, TimeoutError)
"""Whatever a server that is away, refuses or moves raises."""
PING_S: Final = 1.0
SILENCE_S: Final = 3.0
"""A connection that answers nothing for so long is taken for dead."""
PAUSE_S: Final = 0.05
MAXIMUM_PAUSE_S: Final = 1.0
MAXIMUM_QUEUED_BYTES: Final = 16_777_216
_BATCH: Final = 512
_CHANNELS: Final = 256


class ChannelMoved(ConnectionError):  # noqa: N818 - a state of the cluster
    """A server has ended a subscription, since the channel's slot is not its own any more."""


class LinkEvents(Protocol):
    """What a link tells."""

    def heard(self, channel: bytes, data: bytes) -> None:
        """Take a message."""

    def confirmed(self, channel: bytes) -> None:
        """A channel is listened to."""

    def interrupted(self, channel: bytes) -> None:
        """A channel is not listened to for now."""

    def lost(self, reason: str, count: int) -> None:
        """Messages were not sent."""

    def moved(self) -> None:
        """Channels belong to another server of the cluster now."""


class Link:
    """Connections to one server; `run` keeps them until it is cancelled."""

    def __init__(
        self,
        name: str,
        connection: Callable[[], Any],
        events: LinkEvents,
        *,
        sharded: bool,
    ) -> None:
        self.name = name
        self.channels: set[bytes] = set()
        self.reconnects = 0
        self._make = connection
        self._events = events
        prefix = "S" if sharded else ""
        self._subscribe = f"{prefix}SUBSCRIBE"
        self._unsubscribe = f"{prefix}UNSUBSCRIBE"
        self._publish = f"{prefix}PUBLISH"
        self._sharded = sharded
        self._confirmed: set[bytes] = set()
        self._changes: deque[tuple[str, bytes]] = deque()
        self._changed = asyncio.Event()
        self._queue: deque[tuple[bytes, bytes]] = deque()
        self._queued_bytes = 0
        self._queued = asyncio.Event()
        self._listens = False
        self._publishes = False
        self._heard_s = 0.0

    @property
    def connected(self) -> bool:
        """Whether both connections stand."""
        return self._listens and self._publishes

    # -- what the bus asks for --------------------------------------------------------------------

    def listen(self, channel: bytes) -> None:
        """Listen to a channel from now on."""
        self.channels.add(channel)
        self._changes.append((self._subscribe, channel))
        self._changed.set()

    def forget(self, channel: bytes) -> None:
        """Listen to a channel no more."""
        self.channels.discard(channel)
        self._confirmed.discard(channel)
        self._changes.append((self._unsubscribe, channel))
        self._changed.set()

    def publish(self, channel: bytes, data: bytes) -> bool:
        """Queue a message. False: it is lost."""
        if not self._publishes:
            self._events.lost("not connected", 1)
            return False
        if self._queued_bytes + len(data) > MAXIMUM_QUEUED_BYTES:
            self._events.lost("queue full", 1)
            return False
        self._queue.append((channel, data))
        self._queued_bytes += len(data)
        self._queued.set()
        return True

    async def run(self) -> None:
        """Keep both connections."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep("listening", self._listening))
                group.create_task(self._keep("publishing", self._publishing))
        finally:
            self._interrupt()

    # -- one connection ---------------------------------------------------------------------------

    async def _keep(self, role: str, use: Callable[[Any], Awaitable[None]]) -> None:
        """Connect and use the connection, again and again."""
        pause_s = PAUSE_S
        while True:
            connection = self._make()
            began = asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(SILENCE_S):
                    await connection.connect()
                await use(connection)
            except ERRORS as error:
                # Another server of a cluster may have taken its slots: that is to be found out.
                if self._sharded:
                    self._events.moved()
                if asyncio.get_running_loop().time() - began > SILENCE_S:
                    pause_s = PAUSE_S
                if pause_s == PAUSE_S:
                    log.warning(
                        "the bus lost its server", server=self.name, role=role, error=str(error)
                    )
            except Exception:
                # A fault of ours: it ends this connection, and not the bus for good.
                log.exception("the bus failed", server=self.name, role=role)
                pause_s = MAXIMUM_PAUSE_S
            finally:
                await _end(connection)
            self.reconnects += 1
            # Nodes that lost one server together do not come back together.
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311
            pause_s = min(2 * pause_s, MAXIMUM_PAUSE_S)

    # -- listening --------------------------------------------------------------------------------

    async def _listening(self, connection: Any) -> None:
        self._changes.clear()
        self._changes.extend((self._subscribe, channel) for channel in self.channels)
        self._changed.set()
        self._heard_s = asyncio.get_running_loop().time()
        self._listens = True
        try:
            await _first(self._hear(connection), self._speak(connection))
        finally:
            self._interrupt()

    def _interrupt(self) -> None:
        self._listens = False
        confirmed, self._confirmed = self._confirmed, set()
        for channel in confirmed:
            self._events.interrupted(channel)

    async def _hear(self, connection: Any) -> None:
        """Read what comes, for ever."""
        loop = asyncio.get_running_loop()
        kinds = {b"message", b"smessage"}
        while True:
            reply: Any = await connection.read_response()
            self._heard_s = loop.time()
            if not isinstance(reply, list) or len(reply) != 3:
                continue
            kind, channel, data = reply
            if kind in kinds:
                if channel in self.channels and isinstance(data, bytes):
                    self._events.heard(channel, data)
            elif kind in {b"subscribe", b"ssubscribe"}:
                if channel in self.channels:
                    self._confirmed.add(channel)
                    self._events.confirmed(channel)
            elif kind == b"sunsubscribe" and channel in self.channels:
                # The slot went to another server, which ends the subscription by itself.
                raise ChannelMoved("a channel has moved")

    async def _speak(self, connection: Any) -> None:
        """Send what is to be subscribed and unsubscribed, and pings."""
        loop = asyncio.get_running_loop()
        while True:
            commands: list[tuple[Any, ...]] = []
            while self._changes and len(commands) < _CHANNELS:
                commands.append(self._changes.popleft())
            if not self._changes:
                self._changed.clear()
            await connection.send_packed_command(
                connection.pack_commands(commands or [("PING",)]), check_health=False
            )
            if self._changes:
                continue
            try:
                async with asyncio.timeout(PING_S):
                    await self._changed.wait()
            except TimeoutError:
                if loop.time() - self._heard_s > SILENCE_S:
                    raise TimeoutError("the server is silent") from None

    # -- publishing -------------------------------------------------------------------------------

    async def _publishing(self, connection: Any) -> None:
        self._publishes = True
        batch: list[tuple[str, bytes, bytes]] = []
        try:
            while True:
                if not self._queue:
                    self._queued.clear()
                    try:
                        async with asyncio.timeout(PING_S):
                            await self._queued.wait()
                    except TimeoutError:
                        await self._ask(connection, [("PING",)])
                        continue
                batch.clear()
                while self._queue and len(batch) < _BATCH:
                    channel, data = self._queue.popleft()
                    self._queued_bytes -= len(data)
                    batch.append((self._publish, channel, data))
                await self._ask(connection, batch)
                batch.clear()
        finally:
            self._publishes = False
            self._events.lost("connection lost", len(batch) + len(self._queue))
            self._queue.clear()
            self._queued_bytes = 0

    async def _ask(self, connection: Any, commands: list[Any]) -> None:
        """Send commands together and read their replies."""
        moved = False
        async with asyncio.timeout(SILENCE_S):
            await connection.send_packed_command(
                connection.pack_commands(commands), check_health=False
            )
            for _ in commands:
                try:
                    await connection.read_response()
                except ResponseError as error:
                    self._events.lost("refused", 1)
                    moved |= isinstance(error, MovedError | ClusterDownError)
        if moved:
            self._events.moved()


async def _end(connection: Any) -> None:
    """Drop a connection."""
    with contextlib.suppress(*ERRORS):
        await connection.disconnect(nowait=True)


async def _first(*works: Coroutine[Any, Any, None]) -> None:
    """Run works together until one of them ends, and end the others."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
