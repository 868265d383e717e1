"""Tests of work in the background."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from server.background import Background


async def test_a_failure_is_told_and_takes_nothing_with_it() -> None:
    """What fails is one line in the log; what else runs goes on."""
    background, other = Background("work failed"), asyncio.Event()

    async def fail() -> None:
        raise ValueError("a fault")

    async def work() -> None:
        other.set()

    with capture_logs() as logs:
        background.spawn(fail())
        background.spawn(work())
        await other.wait()
        await background.close(1.0)
    assert [entry["event"] for entry in logs] == ["work failed"]
    assert not background.tasks


async def test_closing_ends_what_does_not_end_by_itself() -> None:
    """Work gets its time, and is waited for once it is cancelled."""
    background, ended = Background("work failed"), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    background.spawn(work())
    await asyncio.sleep(0)
    await background.close()
    assert ended.is_set()
