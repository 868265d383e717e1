"""The echo, and the generator that drives it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.server import serve
from websockets.typing import Subprotocol

from bench.floor import Floor, template
from bench.generator import Generator, Job
from bench.wire import FIRST_ID
from protocol.codec import MSGPACK_SUBPROTOCOL

SIZE = 480


@pytest.fixture
async def gateway() -> AsyncIterator[str]:
    """A floor on a port of its own."""
    async with serve(
        Floor(SIZE).serve,
        "127.0.0.1",
        0,
        subprotocols=[Subprotocol(MSGPACK_SUBPROTOCOL)],
        compression=None,
    ) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def play(gateway: str, rate: float | None = None) -> dict[str, dict[str, Any]]:
    """Have four players bet for a moment and return what the generator said, by event."""
    said: list[dict[str, Any]] = []
    job = Job(gateway=gateway, players=4, warm_up_s=0.1, seconds=0.5, rate=rate)
    await Generator(job, said.append).run()
    assert [line["event"] for line in said] == ["connected", "began", "ended", "done"]
    return {line["event"]: line for line in said}


def test_the_reply_is_as_long_as_the_products() -> None:
    """The echo's frame comes near any usual length that the product's have on average."""
    for size in (450, SIZE, 520):
        before, behind = template(size)

        assert abs(len(before) + 5 + len(behind) - size) <= 40
        assert behind[:5] == b"\xa4type"
        assert FIRST_ID.bit_length() == 17


async def test_a_closed_loop_counts_every_answer(gateway: str) -> None:
    """Each player bets as soon as he is answered, and nothing is left over at the end."""
    said = await play(gateway)

    ended = said["ended"]
    assert ended["bets"] > 100
    assert ended["errors"] == {}
    assert ended["lost"] == 0
    assert 0 < ended["latency_ms"]["p50"] <= ended["latency_ms"]["p99"]
    assert 110 <= ended["request_bytes"] <= 130
    assert 440 <= ended["reply_bytes"] <= 520
    assert said["done"]["answered"] >= ended["bets"]
    assert said["done"]["unanswered"] == 0


async def test_an_open_loop_keeps_to_its_rate(gateway: str) -> None:
    """Bets come at their own times, about as many a second as were asked for."""
    ended = (await play(gateway, rate=400.0))["ended"]

    assert 100 <= ended["bets"] <= 320
