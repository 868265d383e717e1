"""Tests of `server.aside`."""

from __future__ import annotations

import asyncio
import threading

import pytest

from server.aside import aside


async def test_work_goes_on_beside_the_loop() -> None:
    """The loop runs while the work waits for it, and then has its result."""
    go = threading.Event()

    def work() -> int:
        assert go.wait(5)
        return 7

    working = aside(work)
    await asyncio.sleep(0)
    assert not working.done()
    go.set()
    assert await asyncio.wait_for(working, 5) == 7


async def test_an_error_is_that_of_the_one_who_waits() -> None:
    """Whatever it is."""

    def work() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        await aside(work)


def test_nobody_waits_for_work_that_never_ends() -> None:
    """A loop closes over it; what comes of it later goes nowhere, and is no fault."""
    go = threading.Event()
    threads: list[threading.Thread] = []
    faults: list[threading.ExceptHookArgs] = []

    def work() -> None:
        threads.append(threading.current_thread())
        go.wait(5)

    async def begin() -> None:
        aside(work)
        while not threads:  # noqa: ASYNC110 - a thread tells no loop
            await asyncio.sleep(0)

    before, threading.excepthook = threading.excepthook, faults.append
    try:
        asyncio.run(begin())
        assert threads[0].is_alive()
        assert threads[0].daemon
        go.set()
        threads[0].join(5)
    finally:
        threading.excepthook = before
    assert faults == []


async def test_whoever_no_longer_waits() -> None:
    """A result, or an error, after a cancellation is dropped."""
    for fails in (False, True):
        go = threading.Event()
        ended = threading.Event()

        def work(go: threading.Event = go, *, fails: bool = fails) -> None:
            go.wait(5)
            if fails:
                raise ValueError("too late")

        working = aside(work)
        working.cancel()
        go.set()
        later = aside(ended.wait)
        ended.set()
        await asyncio.wait_for(later, 5)
        assert working.cancelled()
