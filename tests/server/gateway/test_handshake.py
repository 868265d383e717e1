"""Tests of the opening handshake over real sockets, with an independent client and without."""

from __future__ import annotations

import asyncio
import ipaddress

import pytest
from websockets.exceptions import InvalidStatus

from protocol.codec import JSON, JSON_SUBPROTOCOL, MSGPACK, MSGPACK_SUBPROTOCOL
from protocol.errors import CloseCode
from tests.server.gateway.harness import closed_with, gateway, masked, request


@pytest.mark.parametrize("path", ["", "ws", "ws?version=1", "any/other/path"])
async def test_a_connection_opens_on_any_path(path: str) -> None:
    """The path does not matter, so that a proxy may map it as it likes."""
    async with gateway() as node, node.connect(path=path) as client:
        await client.send(b"hello")

        assert await client.recv() == b"hello"


@pytest.mark.parametrize(
    ("offered", "chosen", "codec"),
    [
        ((MSGPACK_SUBPROTOCOL,), MSGPACK_SUBPROTOCOL, MSGPACK),
        ((JSON_SUBPROTOCOL,), JSON_SUBPROTOCOL, JSON),
        ((JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL), MSGPACK_SUBPROTOCOL, MSGPACK),
        (("croupier.v9.xml", JSON_SUBPROTOCOL), JSON_SUBPROTOCOL, JSON),
    ],
)
async def test_the_best_offered_subprotocol_gives_the_codec(
    offered: tuple[str, ...], chosen: str, codec: object
) -> None:
    """MessagePack goes before JSON; what is not known is passed over."""
    async with gateway() as node, node.connect(offered) as client:
        await node.handler.until(lambda: bool(node.handler.opened_connections))

        assert client.subprotocol == chosen
        assert node.handler.opened_connections[0].codec is codec


@pytest.mark.parametrize("offered", [None, ("croupier.v9.xml",)])
async def test_no_known_subprotocol_closes_with_its_code(offered: tuple[str, ...] | None) -> None:
    """The handshake completes first, so that a browser's program can read the code."""
    async with gateway() as node, node.connect(offered) as client:
        assert await closed_with(client) == CloseCode.WRONG_SUBPROTOCOL
        assert not node.handler.opened_connections


async def test_a_plain_request_is_told_to_upgrade() -> None:
    """Who opens the address in a browser gets a short text, and the connection ends."""
    async with gateway() as node:
        raw = await node.raw(upgrade=False)
        raw.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = await raw.rest()
        await raw.aclose()

    assert answer.startswith(b"HTTP/1.1 426 Upgrade Required\r\n")
    assert b"\r\nUpgrade: websocket\r\n" in answer
    assert MSGPACK_SUBPROTOCOL.encode() in answer


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        (request("Sec-WebSocket-Version: 12"), 400),
        (request().replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"short"), 400),
        (request().replace(b"HTTP/1.1", b"HTTP/1.0"), 505),
        (b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 20_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 4_000 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + (b"X: " + b"y" * 4_000 + b"\r\n") * 5 + b"\r\n", 431),
        (b"GET /" + b"y" * 10_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32) + b"\r\n\r\n", 400),
        (b"EHLO mail.example\r\n", 400),
    ],
)
async def test_what_is_no_handshake_gets_an_http_status(head: bytes, status: int) -> None:
    """Each wrong request gets a status, and the connection ends."""
    async with gateway() as node:
        raw = await node.raw(upgrade=False)
        raw.send(head)
        answer = await raw.rest()
        await raw.aclose()

        assert answer.startswith(f"HTTP/1.1 {status} ".encode())
        assert not node.handler.opened_connections


async def test_a_handshake_may_come_byte_by_byte() -> None:
    """However a request is cut up, it is understood, and so is the first frame behind it."""
    async with gateway() as node:
        raw = await node.raw(upgrade=False)
        data = request() + masked(0x82, b"first")
        for position in range(len(data)):
            raw.send(data[position : position + 1])
            await raw.writer.drain()
            await asyncio.sleep(0)
        await raw.reader.readuntil(b"\r\n\r\n")

        assert await raw.frame() == (0x82, b"first")
        await raw.aclose()


async def test_frames_right_behind_the_request_are_read_after_the_answer() -> None:
    """A ping sent too early is answered behind the handshake, never in front of it."""
    async with gateway() as node:
        raw = await node.raw(upgrade=False)
        raw.send(request(), masked(0x89, b"early"), masked(0x82, b"frame"))
        head = await raw.reader.readuntil(b"\r\n\r\n")

        assert head.startswith(b"HTTP/1.1 101 ")
        assert await raw.frame() == (0x8A, b"early")
        assert await raw.frame() == (0x82, b"frame")
        await raw.aclose()


@pytest.mark.parametrize("start", [b"", b"GET / HTTP/1.1\r\nHost: loc"])
async def test_a_slow_handshake_is_cut(start: bytes) -> None:
    """Who connects and does not finish its request in time is gone soon."""
    async with gateway(hello_timeout_ms=100) as node:
        raw = await node.raw(upgrade=False)
        raw.send(start)

        assert await raw.rest() == b""
        assert node.listener.counters.rejected == 1
        await raw.aclose()


async def test_a_handshake_that_keeps_dripping_is_cut_as_well() -> None:
    """A byte now and then does not extend the time limit."""
    async with gateway(hello_timeout_ms=100) as node:
        raw = await node.raw(upgrade=False)
        data = request("X: " + "y" * 8_000)
        sent = 0
        while not raw.reader.at_eof() and not raw.writer.is_closing():
            raw.send(data[sent : sent + 1])
            sent += 1
            await asyncio.sleep(0.01)

        assert sent < 300
        assert node.listener.counters.rejected == 1
        await raw.aclose()


async def test_a_listed_origin_and_no_origin_may_connect() -> None:
    """With an allow-list a page of ours may connect, and so may what is no browser."""
    async with gateway(allowed_origins=("https://play.example",)) as node:
        for origin in ("https://play.example", None):
            async with node.connect(origin=origin) as client:
                await client.send(b"x")
                assert await client.recv() == b"x"


@pytest.mark.parametrize("origin", ["https://evil.example", "https://play.example.evil", "null"])
async def test_another_origin_is_refused(origin: str) -> None:
    """With an allow-list a page of somebody else gets 403."""
    async with gateway(allowed_origins=("https://play.example",)) as node:
        with pytest.raises(InvalidStatus) as caught:
            await node.connect(origin=origin)

        assert caught.value.response.status_code == 403


async def test_any_origin_may_connect_by_default() -> None:
    """Without a list there is no check."""
    async with gateway() as node, node.connect(origin="https://other.example") as client:
        await client.send(b"x")
        assert await client.recv() == b"x"


async def test_the_remote_address_is_the_peer() -> None:
    """Headers of a client that is no trusted proxy are not believed."""
    async with gateway() as node:
        raw = await node.raw(upgrade=False)
        await raw.upgrade("X-Forwarded-For: 6.6.6.6")

        assert node.handler.opened_connections[0].remote == "127.0.0.1"
        await raw.aclose()


@pytest.mark.parametrize(
    "line", ["X-Forwarded-For: 6.6.6.6, 198.51.100.1", "Forwarded: for=198.51.100.1"]
)
async def test_behind_a_trusted_proxy_the_remote_address_is_the_client(line: str) -> None:
    """The header of a trusted proxy names the client."""
    async with gateway(trusted_proxies=(ipaddress.ip_network("127.0.0.0/8"),)) as node:
        raw = await node.raw(upgrade=False)
        await raw.upgrade(line)

        assert node.handler.opened_connections[0].remote == "198.51.100.1"
        await raw.aclose()
