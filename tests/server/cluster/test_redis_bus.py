"""Tests of the bus over a real Valkey."""

from __future__ import annotations

import asyncio

import msgspec

from server.cluster.redis_bus import RedisBus
from tests.server.cluster.nodes import Buses, until


class Note(msgspec.Struct, tag="note"):
    """A message to send."""

    text: str


async def listener(bus: RedisBus, topic: str = "news") -> list[str]:
    """Return a list that fills with what comes on a topic, which is listened to."""
    got: list[str] = []
    subscription = bus.subscribe(topic, Note, lambda note: got.append(note.text))
    await asyncio.wait_for(subscription.ready(), 5)
    return got


async def test_message_reaches_every_node(buses: Buses) -> None:
    """What one node publishes comes once to each subscriber, in order, its own included."""
    one, two = await buses.add(), await buses.add()
    here, there = await listener(one), await listener(two)

    for number in range(2_000):
        assert one.publish("news", Note(str(number)))

    await until(lambda: len(there) == 2_000)
    assert there == here == [str(number) for number in range(2_000)]
    assert one.connected
    assert two.received == 2_000
    assert not one.dropped


async def test_casinos_do_not_hear_each_other(buses: Buses) -> None:
    """Two casinos that share a server have channels of their own."""
    one, two, neighbour = await buses.add(), await buses.add(), await buses.add(prefix="other")
    strange, ours = await listener(neighbour), await listener(two)

    one.publish("news", Note("here"))

    await until(lambda: ours)
    assert not strange
