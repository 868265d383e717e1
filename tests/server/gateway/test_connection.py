"""Tests of connections over real sockets, with an independent client and with bare sockets."""

from __future__ import annotations

import asyncio
import gc
import random
import struct
import time
import weakref

import pytest
from structlog.testing import capture_logs

from protocol.codec import JSON_SUBPROTOCOL
from protocol.errors import CloseCode
from server.gateway.connection import Connection
from tests.patience import PATIENCE_S
from tests.server.gateway.harness import closed_with, gateway, masked, request, until


class TestFrames:
    """What a client may send."""

    @pytest.mark.parametrize("compression", [None, "deflate"])
    @pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 4_096, 16_383, 16_384])
    async def test_messages_of_every_length_come_and_go(
        self, size: int, compression: str | None
    ) -> None:
        """Short, medium and longest messages are handed on and sent back unchanged."""
        # With random bytes deflate would need a little more than the limit allows.
        data = bytes(size) if compression else random.randbytes(size)
        async with (
            gateway(compression=compression is not None) as node,
            node.connect(compression=compression) as client,
        ):
            assert [extension.name for extension in client.protocol.extensions] == (
                ["permessage-deflate"] if compression else []
            )
            for _ in range(2):
                await client.send(data)
                assert await client.recv() == data

    async def test_a_server_may_send_more_than_a_client(self) -> None:
        """Replies are not bound by the limit for requests; 64 KiB and more use a long header."""
        data = bytes(200_000)
        async with gateway() as node, node.connect() as client:
            node.handler.on_frame = lambda connection, _: connection.send(data)
            await client.send(b"x")

            assert await client.recv() == data

    async def test_text_frames_on_json(self) -> None:
        """On JSON messages are text, also beyond ASCII."""
        async with gateway() as node, node.connect((JSON_SUBPROTOCOL,)) as client:
            for text in ('{"id":1}', '{"name":"Zoë ♠"}'):
                await client.send(text)
                assert await client.recv() == text

    async def test_many_frames_in_one_piece_and_in_odd_pieces(self) -> None:
        """Frames are found wherever the stream is cut."""
        seed = random.randrange(2**32)
        print("seed", seed)  # noqa: T201 - to repeat a failure
        source = random.Random(seed)
        messages = [source.randbytes(source.choice((0, 3, 60, 126, 700))) for _ in range(300)]
        data = b"".join(masked(0x82, message, source.randbytes(4)) for message in messages)
        async with gateway() as node:
            raw = await node.raw()
            raw.send(data)
            position = 0
            while position < len(data):
                size = source.choice((1, 2, 5, 6, 7, 8, 300, 2_000))
                raw.send(data[position : position + size])
                position += size
                await asyncio.sleep(0)
            await node.handler.until(lambda: len(node.handler.frames) == 600)

            assert node.handler.frames == messages * 2
            await raw.aclose()

    @pytest.mark.parametrize("compression", [None, "deflate"])
    async def test_fragmented_messages_are_put_together(self, compression: str | None) -> None:
        """A message in fragments is one message, and the frames before and behind it are others."""
        async with (
            gateway(compression=compression is not None) as node,
            node.connect(compression=compression) as client,
        ):
            for _ in range(3):
                await client.send(b"before")
                await client.send([b"one ", b"", b"two ", b"three"])
                await client.send(b"behind")
                assert [await client.recv() for _ in range(3)] == [
                    b"before",
                    b"one two three",
                    b"behind",
                ]

    async def test_pings_between_fragments_are_answered(self) -> None:
        """Control frames may stand inside a fragmented message."""
        async with gateway() as node:
            raw = await node.raw()
            raw.send(masked(0x02, b"a"), masked(0x89, b"p"), masked(0x80, b"b"))

            assert await raw.frame() == (0x8A, b"p")
            assert await raw.frame() == (0x82, b"ab")
            await raw.aclose()

    async def test_a_fragmented_message_may_take_its_time(self) -> None:
        """Fragments are kept while the client is asked whether it is still there."""
        async with gateway(ping_interval_ms=40, ping_timeout_ms=5_000) as node:
            raw = await node.raw()
            raw.send(masked(0x02, b"a"))
            for _ in range(3):
                assert await raw.frame() == (0x89, b"")
                raw.send(masked(0x8A, b""))
            raw.send(masked(0x80, b"b"))

            assert await raw.frame() == (0x82, b"ab")
            await raw.aclose()

    async def test_pings_of_the_client_are_answered(self) -> None:
        """A ping gets its pong, and frames go on as before."""
        async with gateway() as node, node.connect() as client:
            async with asyncio.timeout(PATIENCE_S):
                await (await client.ping(b"are you there"))
            await client.send(b"x")

            assert await client.recv() == b"x"

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"\x82\x03abc", CloseCode.PROTOCOL_ERROR),
            (b"\x82\x00", CloseCode.PROTOCOL_ERROR),
            (masked(0xC2, b"abc"), CloseCode.PROTOCOL_ERROR),
            (masked(0xA2, b"abc"), CloseCode.PROTOCOL_ERROR),
            (masked(0x83, b"abc"), CloseCode.PROTOCOL_ERROR),
            (masked(0x8B, b"abc"), CloseCode.PROTOCOL_ERROR),
            (masked(0x80, b"abc"), CloseCode.PROTOCOL_ERROR),
            (masked(0x09, b"abc"), CloseCode.PROTOCOL_ERROR),
            (masked(0x89, bytes(126)), CloseCode.PROTOCOL_ERROR),
            (masked(0x02, b"a") + masked(0x82, b"b"), CloseCode.PROTOCOL_ERROR),
            (masked(0x88, b"\x03"), CloseCode.PROTOCOL_ERROR),
            (masked(0x88, struct.pack("!H", 999)), CloseCode.PROTOCOL_ERROR),
            (masked(0x88, struct.pack("!H", 1000) + b"\xff"), CloseCode.INVALID_TEXT),
            (masked(0x82, bytes(16_385)), CloseCode.MESSAGE_TOO_BIG),
            (b"\x82\xff" + b"\xff" * 8, CloseCode.MESSAGE_TOO_BIG),
            (masked(0x02, bytes(16_000)) + masked(0x80, bytes(385)), CloseCode.MESSAGE_TOO_BIG),
            (masked(0x81, b"text"), CloseCode.WRONG_FRAME_TYPE),
            (masked(0x01, b"text"), CloseCode.WRONG_FRAME_TYPE),
        ],
    )
    async def test_wrong_frames_close_with_their_code(self, data: bytes, code: CloseCode) -> None:
        """Each kind of wrong frame has its code, and the frame before it is still handled."""
        async with gateway() as node:
            raw = await node.raw()
            raw.send(masked(0x82, b"good"), data)

            assert await raw.frame() == (0x82, b"good")
            assert await raw.close_code() == code
            await raw.aclose()
            await node.handler.until_lost()

            assert node.handler.frames == [b"good"]
            assert node.handler.lost_connections[0].close_code == code

    @pytest.mark.parametrize(
        "data",
        [masked(0x81, b"\xc3"), masked(0x01, b"ok") + masked(0x80, b"\xff")],
    )
    async def test_text_that_is_not_utf8_closes(self, data: bytes) -> None:
        """Invalid UTF-8 never reaches the handler."""
        async with gateway() as node:
            raw = await node.raw(upgrade=False)
            await raw.upgrade(subprotocol=JSON_SUBPROTOCOL)
            raw.send(data)

            assert await raw.close_code() == CloseCode.INVALID_TEXT
            assert not node.handler.frames
            await raw.aclose()

    async def test_a_binary_frame_on_json_closes(self) -> None:
        """The frame type must be the one of the subprotocol."""
        async with gateway() as node, node.connect((JSON_SUBPROTOCOL,)) as client:
            await client.send(b"{}")

            assert await closed_with(client) == CloseCode.WRONG_FRAME_TYPE

    async def test_a_bomb_of_compressed_zeros_is_too_big(self) -> None:
        """The limit holds for what a message is after decompression."""
        async with gateway(compression=True) as node, node.connect(compression="deflate") as client:
            await client.send(bytes(1_000_000))

            assert await closed_with(client) == CloseCode.MESSAGE_TOO_BIG

    async def test_compression_is_off_unless_configured(self) -> None:
        """A client that offers compression does without."""
        async with gateway() as node, node.connect(compression="deflate") as client:
            assert client.protocol.extensions == []

    async def test_empty_fragments_do_not_pile_up(self) -> None:
        """A message that never ends, in fragments of nothing, holds no memory."""
        async with gateway() as node:
            raw = await node.raw()
            raw.send(masked(0x02, b""), *[masked(0x00, b"")] * 1_500, masked(0x80, b"end"))

            assert await raw.frame() == (0x82, b"end")
            await raw.aclose()


class TestRate:
    """How fast a client may send."""

    async def test_frames_above_the_rate_are_told_so(self) -> None:
        """The first frames go through, each further one is refused with its content."""
        async with gateway(frames_per_second=20, frame_burst=10) as node:
            raw = await node.raw()
            frames = [b"%d" % number for number in range(20)]
            raw.send(*[masked(0x82, frame) for frame in frames])
            replies = [await raw.frame() for _ in range(20)]

            assert replies == [(0x82, frame) for frame in frames[:10]] + [(0x82, b"too fast")] * 10
            assert node.handler.refused == frames[10:]
            assert node.listener.counters.too_fast == 10
            await raw.aclose()

    async def test_after_a_pause_frames_go_through_again(self) -> None:
        """A client that slows down is served as before."""
        async with gateway(frames_per_second=50, frame_burst=5) as node:
            raw = await node.raw()
            raw.send(*[masked(0x82, b"x")] * 8)
            assert (await asyncio.gather(*[raw.frame() for _ in range(1)]))[0] == (0x82, b"x")
            await node.handler.until(lambda: bool(node.handler.refused))
            await asyncio.sleep(0.2)
            node.handler.refused.clear()
            raw.send(masked(0x82, b"y"))
            await node.handler.until(lambda: b"y" in node.handler.frames)

            assert not node.handler.refused
            await raw.aclose()

    @pytest.mark.parametrize(
        "flood",
        [masked(0x82, b"x"), masked(0x89, b"x"), masked(0x8A, b""), masked(0x00, b"")],
        ids=["messages", "pings", "pongs", "fragments"],
    )
    async def test_a_flood_closes_in_spite_of_warnings(self, flood: bytes) -> None:
        """A second's worth of frames above the rate ends the connection, of any kind of frame."""
        async with gateway(frames_per_second=50, frame_burst=50) as node:
            raw = await node.raw()
            start = masked(0x02, b"") if flood[0] == 0 else b""
            raw.send(start, flood * 5_000)

            assert await raw.close_code() == CloseCode.TOO_FAST
            await node.handler.until_lost()
            assert len(node.handler.frames) <= 60
            assert len(node.handler.refused) <= 60
            await raw.aclose()


class TestClosing:
    """Every way in which a connection ends."""

    @pytest.mark.parametrize("code", [CloseCode.NORMAL, CloseCode.REPLACED, CloseCode.MALFORMED])
    async def test_the_handler_closes_with_a_code_and_a_reason(self, code: CloseCode) -> None:
        """What was sent before arrives, then the close frame; what is sent after does not."""

        def end(connection: Connection, data: bytes) -> None:
            connection.send(data)
            connection.close(code, "because \N{BLACK SPADE SUIT}" * 20)
            assert connection.closing
            connection.send(b"never")
            connection.send_snapshot(b"never")
            connection.close(CloseCode.INTERNAL)

        async with gateway() as node, node.connect() as client:
            node.handler.on_frame = end
            await client.send(b"x")

            assert await client.recv() == b"x"
            assert await closed_with(client) == code
            assert (client.close_reason or "").startswith("because \N{BLACK SPADE SUIT}")
            await node.handler.until_lost()
            assert node.handler.lost_connections[0].close_code == code
            assert node.listener.counters.closed == {code: 1}
            assert node.listener.counters.aborted == 0

    async def test_frames_behind_a_close_are_not_handled(self) -> None:
        """Once the handler has closed, nothing more of what the client sent is handed on."""
        async with gateway() as node:
            node.handler.on_frame = lambda connection, _: connection.close(CloseCode.NORMAL)
            raw = await node.raw()
            raw.send(masked(0x82, b"1"), masked(0x82, b"2"), masked(0x88, b"\x03\xe8"))

            assert await raw.close_code() == CloseCode.NORMAL
            assert await raw.rest() == b""
            await node.handler.until_lost()
            assert node.handler.frames == [b"1"]
            await raw.aclose()

    async def test_a_close_in_the_middle_of_a_frame_is_answered_in_order(self) -> None:
        """The client finishes its frame, which is dropped, and then its closing handshake."""
        async with gateway(close_timeout_ms=10_000) as node:
            raw = await node.raw()
            data = masked(0x82, b"cut in two")
            raw.send(masked(0x82, b"x") + data[:9])
            await raw.frame()
            node.handler.opened_connections[0].close(CloseCode.NORMAL)
            assert await raw.close_code() == CloseCode.NORMAL
            raw.send(data[9:], masked(0x88, b"\x03\xe8"))

            assert await raw.rest() == b""
            await node.handler.until_lost()
            assert node.listener.counters.aborted == 0
            assert node.handler.frames == [b"x"]
            await raw.aclose()

    async def test_the_client_closes(self) -> None:
        """A close frame of the client is answered, and the handler is told once."""
        async with gateway() as node:
            async with node.connect() as client:
                await client.close(1000, "bye")
                assert client.protocol.close_rcvd_then_sent is False
            await node.handler.until_lost()

            assert node.handler.lost_connections[0].close_code == 1000

    async def test_a_close_frame_without_a_code(self) -> None:
        """An empty close frame is answered with an empty one."""
        async with gateway() as node:
            raw = await node.raw()
            raw.send(masked(0x88, b""))

            assert await raw.frame() == (0x88, b"")
            assert await raw.rest() == b""
            await node.handler.until_lost()
            assert node.handler.lost_connections[0].close_code == 1005
            await raw.aclose()

    async def test_a_client_that_ignores_the_close_frame_is_cut(self) -> None:
        """The TCP connection ends in bounded time, also while the client goes on sending."""
        async with gateway(close_timeout_ms=100) as node:
            node.handler.on_frame = lambda connection, _: connection.close(CloseCode.NORMAL)
            raw = await node.raw()
            raw.send(masked(0x82, b"x"))
            assert await raw.close_code() == CloseCode.NORMAL
            async with asyncio.timeout(PATIENCE_S):
                while not node.handler.lost_connections:
                    raw.send(masked(0x89, b"still here"), masked(0x82, b"ignored"))
                    await asyncio.sleep(0.01)

            assert node.handler.frames == [b"x"]
            assert node.listener.counters.aborted == 1
            await raw.aclose()

    @pytest.mark.parametrize("reset", [True, False])
    async def test_a_client_disconnects_abruptly(self, *, reset: bool) -> None:
        """A connection that breaks, by reset or by its end, is told of once."""
        async with gateway() as node:
            raw = await node.raw()
            raw.send(masked(0x82, b"x"), b"\x82\xff")
            await raw.frame()
            if reset:
                raw.reset()
            await raw.aclose()
            await node.handler.until_lost()

            assert node.handler.lost_connections[0].close_code == 1006
            assert node.handler.lost_connections[0].closing

    @pytest.mark.parametrize("reset", [True, False])
    @pytest.mark.parametrize(
        "data", [b"GET / HTTP/1.1\r\n\r\n", b"garbage\r\n", request() + b"\x82\x03abc"]
    )
    async def test_leaving_right_behind_a_wrong_request_is_no_fault(
        self, data: bytes, *, reset: bool
    ) -> None:
        """The answer finds nobody there any more."""
        async with gateway() as node:
            for _ in range(30):
                raw = await node.raw(upgrade=False)
                raw.send(data)
                raw.reset() if reset else await raw.aclose()
            await until(lambda: node.listener.counters.accepted == 30)
            await until(lambda: not node.listener.connections)

    async def test_a_half_closed_connection_ends(self) -> None:
        """A client that stops sending for good has left, even if it would still read."""
        async with gateway() as node:
            raw = await node.raw()
            raw.writer.write_eof()

            assert await raw.rest() == b""
            await node.handler.until_lost()
            await raw.aclose()

    async def test_a_half_closed_connection_that_never_reads_ends_as_well(self) -> None:
        """What waits for such a client does not keep its connection."""
        async with gateway(close_timeout_ms=100) as node:
            raw = await node.raw(limit=1_000)
            connection = node.handler.opened_connections[0]
            raw.pause()
            while connection.queued_bytes < 100_000:
                connection.send(bytes(10_000))
            raw.writer.write_eof()
            await node.handler.until_lost()
            await raw.aclose()

    async def test_a_fault_of_the_handler_closes_with_its_code(self) -> None:
        """An exception is logged with its traceback; the client is told to reconnect."""

        def fail(connection: Connection, data: bytes) -> None:
            raise ValueError("broken")

        async with gateway() as node, node.connect() as client:
            node.handler.on_frame = fail
            with capture_logs() as logs:
                await client.send(b"x")

                assert await closed_with(client) == CloseCode.INTERNAL
            assert logs[0]["event"] == "a frame could not be handled"
            assert logs[0]["exc_info"] is True

    async def test_a_fault_while_opening_closes_with_its_code(self) -> None:
        """The same holds for the handler's first call; `lost` follows it."""

        def fail(connection: Connection) -> None:
            raise ValueError("broken")

        async with gateway() as node:
            node.handler.on_opened = fail
            async with node.connect() as client:
                assert await closed_with(client) == CloseCode.INTERNAL
            await node.handler.until_lost()

    async def test_a_lost_connection_is_freed_without_the_garbage_collector(self) -> None:
        """No cycle keeps the parts of a connection that went through all of its stages."""
        gc.collect()
        gc.disable()
        try:
            async with gateway() as node:
                async with node.connect() as client:
                    await client.send([b"a", b"b"])
                    await client.recv()
                    core = node.handler.opened_connections[0]._core
                    assert core is not None
                    gone = weakref.ref(core)
                    del core
                await node.handler.until_lost()
                assert gone() is None
        finally:
            gc.enable()


class TestTimeLimits:
    """Clients that do nothing."""

    async def test_no_hello_in_time_closes(self) -> None:
        """A client that does not say who it is gets 4501, even if it sends frames."""
        async with gateway(hello_timeout_ms=150) as node:
            node.handler.identify = False
            async with node.connect() as client:
                await client.send(b"not hello")

                assert await closed_with(client) == CloseCode.HELLO_TIMEOUT

    async def test_a_client_that_said_hello_stays(self) -> None:
        """Once identified, the limit is off."""
        async with gateway(hello_timeout_ms=100) as node, node.connect() as client:
            await asyncio.sleep(0.4)
            await client.send(b"x")

            assert await client.recv() == b"x"

    async def test_a_silent_client_is_pinged_and_closed(self) -> None:
        """No answer to a ping: 4002."""
        async with gateway(ping_interval_ms=80, ping_timeout_ms=80) as node:
            raw = await node.raw()

            assert await raw.frame() == (0x89, b"")
            assert await raw.close_code() == CloseCode.SILENT
            await raw.aclose()

    async def test_a_client_that_answers_pings_stays(self) -> None:
        """The independent client answers by itself, and so stays for many intervals."""
        async with (
            gateway(ping_interval_ms=40, ping_timeout_ms=80) as node,
            node.connect() as client,
        ):
            await asyncio.sleep(0.6)
            await client.send(b"x")

            assert await client.recv() == b"x"

    async def test_a_server_that_stood_still_finds_nobody_silent(self) -> None:
        """After a stall longer than every limit, what clients sent meanwhile is read first."""
        async with (
            gateway(ping_interval_ms=40, ping_timeout_ms=80) as node,
            node.connect() as client,
        ):
            for _ in range(3):
                time.sleep(0.3)  # noqa: ASYNC251 - it is the stall
                await asyncio.sleep(0.05)
            await client.send(b"x")

            assert await client.recv() == b"x"

    async def test_a_client_that_sends_is_not_pinged(self) -> None:
        """Any frame shows that the client is there."""
        async with gateway(ping_interval_ms=200, ping_timeout_ms=100) as node:
            raw = await node.raw()
            for _ in range(20):
                raw.send(masked(0x82, b"x"))

                assert await raw.frame() == (0x82, b"x")
                await asyncio.sleep(0.02)
            await raw.aclose()
