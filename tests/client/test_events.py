"""Tests of `client.events`."""

from __future__ import annotations

import asyncio

from client.events import Listeners, State, StateChanged


async def test_a_reader_that_falls_behind_loses_the_oldest() -> None:
    """Memory is bounded whatever a program does with its iterator."""
    listeners = Listeners()
    stream = listeners.stream()
    first = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    for number in range(20_000):
        listeners.tell(StateChanged(State.CONNECTING, reason=str(number)))
    event = await first
    assert isinstance(event, StateChanged)

    assert event.reason == "10000"
    await stream.aclose()  # type: ignore[attr-defined]


async def test_unsubscribing_twice_does_no_harm() -> None:
    """A program may clean up more than once."""
    listeners = Listeners()
    unsubscribe = listeners.subscribe(lambda _: None)
    unsubscribe()
    unsubscribe()
