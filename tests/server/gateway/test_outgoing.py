"""Tests of what waits for clients that read slowly, or never."""

from __future__ import annotations

import asyncio
import random
import socket

import pytest

from protocol.errors import CloseCode
from tests.patience import PATIENCE_S
from tests.server.gateway.harness import Gateway, Raw, gateway, masked


@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_the_queue_is_bounded_in_bytes(compression: str | None) -> None:
    """A client that never reads is closed at the bound, holds no more than it, and is gone."""
    bound = 300_000
    async with gateway(
        out_queue_bytes=bound,
        slow_peak_bytes=200_000,
        close_timeout_ms=100,
        compression=compression is not None,
    ) as node:
        raw = await never_reading(node, compression=compression)
        connection = node.handler.opened_connections[0]
        most = 0
        while not connection.closing:
            connection.send(random.randbytes(5_000))
            most = max(most, connection.queued_bytes)
            await asyncio.sleep(0)

        assert bound - 10_000 < most <= bound
        assert connection.queued_bytes < 100_000, "the queue is freed at once"
        await node.handler.until_lost()
        assert connection.close_code == CloseCode.SLOW
        assert connection.queued_bytes == 0
        raw.writer.close()


async def test_a_burst_in_one_go_is_bounded_as_well() -> None:
    """The bound holds without the event loop having had a chance to write."""
    async with gateway(out_queue_bytes=300_000, close_timeout_ms=100) as node:
        raw = await never_reading(node)
        connection = node.handler.opened_connections[0]
        for _ in range(10_000):
            connection.send(bytes(5_000))
            assert connection.queued_bytes <= 300_000

        assert connection.closing
        await node.handler.until_lost()
        raw.writer.close()


async def test_the_close_frame_reaches_a_slow_client_without_a_hole_before_it() -> None:
    """Who reads on after being closed finds an unbroken beginning, then the code."""
    async with gateway(out_queue_bytes=500_000, close_timeout_ms=5_000) as node:
        raw = await never_reading(node)
        connection = node.handler.opened_connections[0]
        number = 0
        while not connection.closing:
            connection.send(number.to_bytes(4, "big") + bytes(2_000))
            number += 1
        raw.resume()
        expected = 0
        while True:
            first, payload = await raw.frame()
            if first == 0x88:
                break
            assert int.from_bytes(payload[:4], "big") == expected
            expected += 1

        assert int.from_bytes(payload[:2], "big") == CloseCode.SLOW
        assert 0 < expected < number
        await raw.aclose()


async def test_the_queue_is_bounded_in_time_above_its_peak() -> None:
    """A queue above the peak for too long closes, though it is far below the bound."""
    async with gateway(
        out_queue_bytes=50_000_000, slow_peak_bytes=100_000, slow_after_ms=150
    ) as node:
        raw = await never_reading(node)
        connection = node.handler.opened_connections[0]
        while connection.queued_bytes <= 100_000:
            connection.send(bytes(5_000))
        assert not connection.closing
        await node.handler.until_lost()

        assert connection.close_code == CloseCode.SLOW
        raw.writer.close()


async def test_a_client_that_catches_up_stays() -> None:
    """Back below the peak in time, nothing happens, and every message arrives in order."""
    async with gateway(
        out_queue_bytes=50_000_000, slow_peak_bytes=100_000, slow_after_ms=300
    ) as node:
        raw = await never_reading(node)
        connection = node.handler.opened_connections[0]
        number = 0
        for _ in range(3):
            while connection.queued_bytes <= 2_000_000:
                connection.send(number.to_bytes(4, "big") + bytes(5_000))
                number += 1
            raw.resume()
            async with asyncio.timeout(PATIENCE_S):
                while connection.queued_bytes > 50_000:
                    await raw.frame_number()
            await asyncio.sleep(0.1)
        while raw.seen < number:
            await raw.frame_number()
        await asyncio.sleep(0.5)

        assert not connection.closing
        assert connection.queued_bytes == 0
        await raw.aclose()


async def test_a_snapshot_is_no_slowness() -> None:
    """A big snapshot may wait longer than the peak's time; what follows it still counts."""
    async with gateway(
        out_queue_bytes=1_000_000, slow_peak_bytes=100_000, slow_after_ms=100
    ) as node:
        raw = await never_reading(node)
        connection = node.handler.opened_connections[0]
        while connection.queued_bytes == 0:
            connection.send(bytes(50_000))
        connection.send_snapshot(bytes(1_500_000))
        await asyncio.sleep(0.4)
        assert not connection.closing
        assert connection.queued_bytes > 1_500_000
        for _ in range(10):
            connection.send(bytes(20_000))
        await node.handler.until_lost()

        assert connection.close_code == CloseCode.SLOW
        raw.writer.close()


async def test_snapshots_have_a_bound_too() -> None:
    """However many snapshots there are, a client that never reads is closed."""
    async with gateway(out_queue_bytes=300_000, close_timeout_ms=100) as node:
        raw = await never_reading(node)
        connection = node.handler.opened_connections[0]
        for _ in range(100):
            connection.send_snapshot(bytes(100_000))
            assert connection.queued_bytes <= 300_000 * 5 + 100_000
        await node.handler.until_lost()

        assert connection.close_code == CloseCode.SLOW
        raw.writer.close()


async def test_after_a_snapshot_has_drained_slowness_counts_again() -> None:
    """The exemption ends when everything has arrived."""
    async with gateway(out_queue_bytes=300_000, close_timeout_ms=100) as node:
        raw = await never_reading(node)
        connection = node.handler.opened_connections[0]
        while connection.queued_bytes == 0:
            connection.send(bytes(50_000))
        connection.send_snapshot(bytes(1_000_000))
        raw.resume()
        async with asyncio.timeout(PATIENCE_S):
            while connection.queued_bytes:
                await raw.reader.read(1_000_000)
        raw.pause()
        while not connection.closing:
            connection.send(bytes(5_000))
            assert connection.queued_bytes <= 300_000
        await node.handler.until_lost()
        raw.writer.close()


async def test_a_client_that_pings_and_never_reads_is_bounded() -> None:
    """Answers to pings count as everything else does."""
    async with gateway(
        out_queue_bytes=100_000,
        slow_peak_bytes=50_000,
        frames_per_second=1_000_000,
        frame_burst=1_000_000,
        close_timeout_ms=100,
    ) as node:
        raw = await never_reading(node)
        ping = masked(0x89, bytes(125)) * 200
        async with asyncio.timeout(60):
            while not node.handler.lost_connections:
                raw.send(ping)
                await asyncio.sleep(0.001)

        assert node.handler.lost_connections[0].close_code == CloseCode.SLOW
        raw.writer.close()


class SlowRaw(Raw):
    """A bare socket with small buffers that reads only when told to."""

    seen = 0

    async def frame_number(self) -> None:
        """Read one frame and check that it is the next one."""
        _, payload = await self.frame()
        assert int.from_bytes(payload[:4], "big") == self.seen
        self.seen += 1


async def never_reading(node: Gateway, *, compression: str | None = None) -> SlowRaw:
    """Connect a client that reads nothing after its handshake."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", node.port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=2_000)
    raw = SlowRaw(reader, writer)
    lines = ["Sec-WebSocket-Extensions: permessage-deflate"] if compression else []
    await raw.upgrade(*lines)
    await node.handler.until(lambda: bool(node.handler.opened_connections))
    raw.pause()
    return raw
