"""The bus over Redis or Valkey: plain pub/sub on one server, sharded pub/sub on a Redis Cluster.

In a cluster each channel belongs to the server of its hash slot. The map of slots is read at the
start and again whenever a server says that a channel has moved, or is lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Any, Final, cast

import structlog
from redis.asyncio.connection import Connection, parse_url
from redis.crc import key_slot

from server.cluster.bus import Bus
from server.cluster.redis_link import ERRORS, MAXIMUM_PAUSE_S, PAUSE_S, SILENCE_S, Link
from server.cluster.signatures import Signatures

__all__ = ["RedisBus"]

log = structlog.get_logger(__name__)

_START_S: Final = 3.0
"""How long a start waits for the server; it goes on without it."""
_REFRESH_S: Final = 15.0
_SLOTS: Final = 16_384

Address = tuple[str, int]
_SINGLE: Final[Address] = ("", 0)
"""Stands for the server of the setting, where it is the only one."""
Shards = dict[Address, list[tuple[int, int]]]
"""The slots of each master, as inclusive ranges."""


class RedisBus(Bus):
    """Joins nodes. `prefix` keeps casinos apart that share a server."""

    def __init__(
        self, url: str, prefix: str, signatures: Signatures, *, cluster: bool = False
    ) -> None:
        super().__init__(signatures)
        self._parameters: dict[str, Any] = dict(parse_url(url))
        self._class = self._parameters.pop("connection_class", Connection)
        self._prefix = f"croupier:{prefix}:"
        self._cluster = cluster
        self._links: dict[Address, Link] = {}
        self._tasks: dict[Address, asyncio.Task[None]] = {}
        self._slots: list[Link | None] = [None] * _SLOTS
        self._single: Link | None = None
        self._stale = asyncio.Event()
        self._work: asyncio.Task[None] | None = None
        self._ended_reconnects = 0

    @property
    def connected(self) -> bool:
        """Whether every server of the bus is connected."""
        return bool(self._links) and all(link.connected for link in self._links.values())

    @property
    def reconnects(self) -> int:
        """How often a connection was made again."""
        return self._ended_reconnects + sum(link.reconnects for link in self._links.values())

    async def start(self) -> None:
        """Connect, and go on by itself where the server is not there yet."""
        self._work = asyncio.get_running_loop().create_task(self._run())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_START_S):
                while not self.connected:  # noqa: ASYNC110 - several connections make it up
                    await asyncio.sleep(0.005)
                return
        log.warning("the bus is not connected; nodes cannot reach each other until it is")

    async def stop(self) -> None:
        """End all connections."""
        if self._work is not None:
            self._work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._work
            self._work = None

    # -- the bus ----------------------------------------------------------------------------------

    def _channel(self, topic: str) -> bytes:
        return f"{self._prefix}{topic}".encode()

    def _link(self, channel: bytes) -> Link | None:
        return self._single or self._slots[key_slot(channel)]

    def _transmit(self, topic: str, data: bytes) -> bool:
        channel = self._channel(topic)
        link = self._link(channel)
        if link is None:
            self.lost("not connected", 1)
            return False
        return link.publish(channel, data)

    def _listen(self, topic: str) -> None:
        channel = self._channel(topic)
        link = self._link(channel)
        if link is not None:
            link.listen(channel)

    def _forget(self, topic: str) -> None:
        channel = self._channel(topic)
        link = self._link(channel)
        if link is not None:
            link.forget(channel)

    # -- what links tell --------------------------------------------------------------------------

    def heard(self, channel: bytes, data: bytes) -> None:
        """Take a message."""
        self._receive(self._topic(channel), data)

    def confirmed(self, channel: bytes) -> None:
        """A channel is listened to."""
        self._confirm(self._topic(channel))

    def interrupted(self, channel: bytes) -> None:
        """A channel is not listened to for now."""
        self._interrupt(self._topic(channel))
        self.moved()

    def lost(self, reason: str, count: int) -> None:
        """Messages were not sent."""
        if count:
            self.dropped[reason] += count

    def moved(self) -> None:
        """Read the map of slots anew."""
        self._stale.set()

    def _topic(self, channel: bytes) -> str:
        return channel[len(self._prefix) :].decode()

    # -- servers ----------------------------------------------------------------------------------

    async def _run(self) -> None:
        """Find out which servers there are, and keep connected to them."""
        pause_s = PAUSE_S
        try:
            while True:
                self._stale.clear()
                try:
                    self._adopt(await self._shards())
                    pause_s = PAUSE_S
                except ERRORS as error:
                    if pause_s == PAUSE_S:
                        log.warning("the bus finds no server", error=str(error))
                    await asyncio.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311
                    pause_s = min(2 * pause_s, MAXIMUM_PAUSE_S)
                    continue
                if self._single is not None:
                    await asyncio.Event().wait()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_REFRESH_S):
                        await self._stale.wait()
                # A server that says so many times at once is asked once.
                await asyncio.sleep(PAUSE_S)
        finally:
            await self._end_links(set(self._links))

    async def _shards(self) -> Shards:
        """Ask for the masters and their slots; of a single server it has them all."""
        error: BaseException = ConnectionError("no server is known")
        connected = [address for address, link in self._links.items() if link.connected]
        # First those that answer: a server that is gone may take seconds to be known as such.
        for address in dict.fromkeys((*connected, None, *self._links)):
            connection = self._connection(None if address == _SINGLE else address)
            try:
                async with asyncio.timeout(SILENCE_S):
                    await connection.connect()
                    return await self._ask_shards(connection)
            except ERRORS as caught:
                error = caught
            finally:
                with contextlib.suppress(*ERRORS):
                    await connection.disconnect(nowait=True)
        raise error

    async def _ask_shards(self, connection: Any) -> Shards:
        if not self._cluster:
            await connection.send_command("INFO", "cluster")
            info = cast("bytes", await connection.read_response())
            if b"cluster_enabled:1" not in info:
                return {}
        await connection.send_command("CLUSTER", "SLOTS")
        found: Shards = {}
        for first, last, master, *_ in cast("list[Any]", await connection.read_response()):
            host = master[0].decode() or self._parameters.get("host", "localhost")
            found.setdefault((host, int(master[1])), []).append((int(first), int(last)))
        if not found:
            raise ConnectionError("the cluster has no slots")
        return found

    def _adopt(self, shards: Shards) -> None:
        """Connect to the servers that there are now and move channels to where they belong."""
        if not shards:
            if self._single is None:
                self._single = self._add(_SINGLE, sharded=False)
                for topic in self._topics:
                    self._single.listen(self._channel(topic))
            return
        self._slots = [None] * _SLOTS
        for address, ranges in shards.items():
            link = self._links.get(address) or self._add(address, sharded=True)
            for first, last in ranges:
                self._slots[first : last + 1] = [link] * (last + 1 - first)
        self._move_channels()
        for address in self._links.keys() - shards.keys():
            self._drop(address)

    def _move_channels(self) -> None:
        """Listen to every channel where it belongs, and nowhere else."""
        for topic in self._topics:
            channel = self._channel(topic)
            owner = self._slots[key_slot(channel)]
            for link in self._links.values():
                if link is not owner and channel in link.channels:
                    link.forget(channel)
                    self._interrupt(topic)
            if owner is not None and channel not in owner.channels:
                owner.listen(channel)

    def _add(self, address: Address, *, sharded: bool) -> Link:
        name = f"{address[0]}:{address[1]}" if sharded else "redis.url"
        link = Link(
            name, lambda: self._connection(address if sharded else None), self, sharded=sharded
        )
        self._links[address] = link
        self._tasks[address] = asyncio.get_running_loop().create_task(link.run())
        return link

    def _drop(self, address: Address) -> None:
        self._ended_reconnects += self._links.pop(address).reconnects
        self._tasks.pop(address).cancel()

    async def _end_links(self, addresses: set[Address]) -> None:
        tasks = [self._tasks[address] for address in addresses]
        for address in addresses:
            self._drop(address)
        await asyncio.gather(*tasks, return_exceptions=True)

    def _connection(self, address: Address | None) -> Any:
        """Make a connection to a server of the cluster, or to the one of the setting."""
        parameters, kind = dict(self._parameters), self._class
        if address is not None:
            parameters["host"], parameters["port"] = address
            parameters.pop("db", None)
            if parameters.pop("path", None) is not None:
                kind = Connection  # one server by a socket of this machine, the others by TCP
        parameters |= {"protocol": 2, "client_name": "croupier", "socket_timeout": None}
        parameters["socket_connect_timeout"] = SILENCE_S
        return kind(**parameters)
