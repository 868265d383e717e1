"""Tests of reading whatever bytes come in."""

from __future__ import annotations

import asyncio
import random

import pytest

from protocol.codec import JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL
from tests.server.gateway.harness import Gateway, gateway, masked, request, until


async def test_random_bytes_in_place_of_a_handshake() -> None:
    """No garbage gives an exception or a connection that stays."""
    source = seeded()
    async with gateway(hello_timeout_ms=300) as node:
        await asyncio.gather(*[garbage(node, source.randbytes(300)) for _ in range(100)])
        await until(lambda: not node.listener.connections)


@pytest.mark.parametrize("subprotocol", [MSGPACK_SUBPROTOCOL, JSON_SUBPROTOCOL])
@pytest.mark.parametrize("compression", [False, True])
async def test_random_bytes_as_frames(subprotocol: str, *, compression: bool) -> None:
    """2,500 random and mutated strings give no exception and leave no connection behind."""
    source = seeded()
    extension = ["Sec-WebSocket-Extensions: permessage-deflate"] if compression else []
    head = request(*extension, subprotocol=subprotocol)

    async def batch(count: int) -> None:
        for _ in range(count):
            await garbage(node, head + mutated(source))

    async with gateway(
        compression=compression, hello_timeout_ms=1_000, close_timeout_ms=200
    ) as node:
        await asyncio.gather(*[batch(125) for _ in range(20)])
        await until(lambda: not node.listener.connections)
        assert len(node.handler.opened_connections) == 2_500
        if not compression:
            assert node.handler.frames, "some of them are valid"


def seeded() -> random.Random:
    """Return a source of randomness whose seed is printed."""
    seed = random.randrange(2**32)
    print("seed", seed)  # noqa: T201 - to repeat a failure
    return random.Random(seed)


def mutated(source: random.Random) -> bytes:
    """Return random bytes, or valid frames with a few bytes changed, left out or put in."""
    if source.random() < 0.2:
        return source.randbytes(source.randrange(1, 200))
    firsts = (0x81, 0x82, 0x82, 0x01, 0x02, 0x00, 0x80, 0x88, 0x89, 0x8A)
    data = bytearray()
    for _ in range(source.randrange(1, 8)):
        payload = source.randbytes(source.choice((0, 1, 2, 20, 125, 126, 300)))
        data += masked(source.choice(firsts), payload, source.randbytes(4))
    for _ in range(source.randrange(4)):
        position = source.randrange(len(data))
        change = source.randrange(3)
        if change == 0:
            data[position] = source.randrange(256)
        elif change == 1 and len(data) > 1:
            del data[position]
        else:
            data.insert(position, source.randrange(256))
    return bytes(data)


async def garbage(node: Gateway, data: bytes) -> None:
    """Send bytes in two pieces, read what comes back, and leave in one of several ways."""
    raw = await node.raw(upgrade=False)
    cut = len(data) - len(data) // 3
    raw.send(data[:cut])
    await asyncio.sleep(0)
    raw.send(data[cut:])
    if data[-1] % 4:
        raw.send(masked(0x88, b""))
        if data[-1] % 2:
            raw.writer.write_eof()
        await raw.rest() if data[-1] % 2 else await asyncio.sleep(0.001)
    await raw.aclose()
