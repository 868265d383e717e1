"""Tests of the bus: what every bus has in common."""

from __future__ import annotations

import asyncio
import functools

import msgspec
import pytest

from server.cluster.bus import (
    MAXIMUM_MESSAGE_BYTES,
    PROTOCOL,
    PROTOCOL_MAX,
    Bus,
    MessageTooLarge,
)
from tests.server.cluster.faulty import Exchange, new_random
from tests.server.cluster.nodes import until


class Note(msgspec.Struct, tag="note"):
    """A message to send."""

    text: str
    count: int = 0


class Other(msgspec.Struct, tag="other"):
    """A message of another kind."""

    text: str


class Listed(msgspec.Struct, array_like=True):
    """A message that is written as an array."""

    number: int


async def settled() -> None:
    """Let everything that is due now happen."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_node_alone_hears_itself() -> None:
    """Without a network, what is published reaches the node's own subscribers, in order."""
    bus = Bus()
    await bus.start()
    got: list[str] = []
    subscription = bus.subscribe("news", Note, lambda note: got.append(note.text))
    await subscription.ready()

    for text in "abc":
        assert bus.publish("news", Note(text))
    assert bus.publish("elsewhere", Note("x"))
    assert got == [], "a handler is never called from within publish"
    await settled()

    assert got == ["a", "b", "c"]
    assert bus.connected
    subscription.close()
    subscription.close()
    bus.publish("news", Note("d"))
    await settled()
    assert got == ["a", "b", "c"]
    assert bus.topics == 0
    await bus.stop()


async def test_one_subscription_a_node_and_topic() -> None:
    """However many handlers a topic has, the node listens once, until the last has gone."""
    exchange = Exchange()
    here, there = exchange.add(), exchange.add()
    got: list[int] = []
    many = [
        there.subscribe("news", Note, functools.partial(lambda index, _: got.append(index), index))
        for index in range(3)
    ]

    assert there.topics == 1
    here.publish("news", Note("x"))
    await settled()
    assert (got, there.received) == ([0, 1, 2], 1)
    many[0].close()
    many[1].close()
    assert there.topics == 1
    many[2].close()
    assert there.topics == 0
    await asyncio.wait_for(many[2].ready(), 1)


async def test_handler_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """A handler that fails takes nothing from the others, and is counted."""
    bus = Bus()
    got: list[str] = []
    bus.subscribe("news", Note, lambda note: note.no_such_field)
    bus.subscribe("news", Note, lambda note: got.append(note.text))

    bus.publish("news", Note("x"))
    await settled()

    assert got == ["x"]
    assert bus.dropped == {"handler failed": 1}


async def test_message_that_is_too_large() -> None:
    """A message has a bound, at both ends."""
    exchange = Exchange()
    here, there = exchange.add(), exchange.add()
    there.subscribe("news", Note, lambda _: None)

    with pytest.raises(MessageTooLarge):
        here.publish("news", Note("x" * MAXIMUM_MESSAGE_BYTES))
    assert not exchange.carried
    there._receive("news", bytes(8) + bytes(MAXIMUM_MESSAGE_BYTES + 1))
    assert here.dropped == there.dropped == {"too large": 1}


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xc1",
        msgspec.msgpack.encode({"type": "note"}),
        msgspec.msgpack.encode({"type": "note", "text": 1}),
        msgspec.msgpack.encode({"type": "note", "text": "x", "count": "1"}),
        msgspec.msgpack.encode({"type": "note", "text": "x", "count": 1.5}),
        msgspec.msgpack.encode(Note("x")) + b"\0",
        b"\x91" * 100_000,
        b"\x82\xa4type\xa4note\xa4text\xa2\xff\xfe",
    ],
    ids=range(9),
)
async def test_garbage_is_dropped_and_counted(payload: bytes) -> None:
    """What is not exactly a message of the topic's kind reaches no handler."""
    bus = Bus()
    got: list[Note] = []
    bus.subscribe("news", Note, got.append)

    bus._receive("news", bytes(8) + payload)

    assert not got
    assert bus.dropped == {"garbage": 1}
    assert bus.received == 1


async def test_any_bytes_are_survived() -> None:
    """Random bytes, and messages with a flipped byte, harm nothing."""
    random = new_random()
    bus = Bus()
    got: list[Note | Other] = []
    bus.subscribe("news", Note | Other, got.append)
    good = bus.instance[::-1] + msgspec.msgpack.encode(Note("hello", 7))
    for _ in range(3_000):
        garbled = bytearray(good)
        garbled[random.randrange(len(good))] = random.randrange(256)
        bus._receive("news", bytes(garbled) if random.random() < 0.5 else random.randbytes(40))
    bus._receive("news", good)

    assert got[-1] == Note("hello", 7)
    assert bus.dropped["garbage"] > 1_000
    assert bus.dropped.keys() <= {"garbage", "unknown kind", "other protocol"}


async def test_fields_of_a_newer_program_are_left_out() -> None:
    """Two versions side by side: a field that this one does not know is no garbage."""
    bus = Bus()
    got: list[Note] = []
    bus.subscribe("news", Note, got.append)

    bus._receive("news", bytes(8) + msgspec.msgpack.encode({"type": "note", "text": "x", "new": 1}))

    assert got == [Note("x")]


async def test_what_only_a_newer_program_knows_is_told_apart_from_garbage() -> None:
    """A kind that this program lacks, and a later protocol, are dropped and counted as such."""
    bus = Bus()
    got: list[Note] = []
    bus.subscribe("news", Note, got.append)

    bus._receive("news", bytes(8) + msgspec.msgpack.encode({"type": "rumour", "text": "x"}))
    bus._receive("news", bytes(8) + bytes([PROTOCOL + 1]) + msgspec.msgpack.encode(Note("x")))
    bus._receive("news", bytes(8) + msgspec.msgpack.encode({"type": "note", "text": 7}))

    assert not got
    assert bus.dropped == {"unknown kind": 1, "other protocol": 1, "garbage": 1}


def test_every_message_of_this_protocol_is_a_map_or_an_array() -> None:
    """None begins with a byte that would state a later protocol."""
    for message in (Note("x"), Other("y"), Listed(1)):
        assert msgspec.msgpack.encode(message)[0] > PROTOCOL_MAX


async def test_own_echo_is_dropped() -> None:
    """What comes back from the network was delivered already."""
    bus = Bus()
    got: list[Note] = []
    bus.subscribe("news", Note, got.append)

    bus._receive("news", bus.instance + msgspec.msgpack.encode(Note("x")))

    assert not got
    assert bus.received == 0


async def test_interruption_is_told_once_it_is_over() -> None:
    """After an interruption each subscriber that asked for it is told that he may have missed."""
    exchange = Exchange()
    bus = exchange.add()
    resumed: list[str] = []
    bus.subscribe("news", Note, lambda _: None, resumed=lambda: resumed.append("news"))
    bus.subscribe("news", Note, lambda _: None)
    ready = bus.subscribe("more", Note, lambda _: None, resumed=lambda: resumed.append("more"))
    bus._confirm("news")
    assert resumed == []

    bus.sever()
    waiting = asyncio.ensure_future(ready.ready())
    await settled()
    assert not waiting.done()
    bus.mend()
    await asyncio.wait_for(waiting, 1)
    await until(lambda: len(resumed) == 2)
    assert sorted(resumed) == ["more", "news"]
