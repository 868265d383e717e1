"""A fake gateway and impatient clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from client import Client, Policy, Ticket
from tests.client.fake_gateway import FakeGateway

QUICK = Policy(
    reconnect_initial_s=0.01,
    reconnect_cap_s=0.05,
    connect_for_s=5.0,
    sign_in_timeout_s=2.0,
    silence_timeout_s=0.2,
    retry_initial_s=0.005,
    retry_cap_s=0.02,
    retry_for_s=2.0,
    bye_timeout_s=1.0,
)
"""Waits short enough for tests."""

Connect = Callable[..., Any]


@pytest.fixture
async def gateway() -> AsyncIterator[FakeGateway]:
    """A gateway that keeps to the protocol."""
    async with FakeGateway() as gateway:
        yield gateway


@pytest.fixture
async def connect(gateway: FakeGateway) -> AsyncIterator[Connect]:
    """Return a function that signs a client in; every client is closed at the end."""
    async with AsyncExitStack() as stack:

        async def connect(**options: Any) -> Client:
            client = make(gateway, **options)
            stack.push_async_callback(client.close)
            await client.connect()
            return client

        yield connect


async def eventually(condition: Callable[[], object], within_s: float = 10.0) -> None:
    """Wait until something is so that no event tells of. Raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.001)


def make(gateway: FakeGateway, **options: Any) -> Client:
    """Return a client of the fake gateway that is not connected yet."""

    async def tickets() -> Ticket:
        return Ticket(gateway.new_ticket(), gateway.url)

    return Client(gateway.url, options.pop("tickets", tickets), **{"policy": QUICK, **options})
