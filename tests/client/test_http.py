"""Tests of `client.http`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, web

from client.errors import TicketError
from client.http import DemoTickets, sign_up
from tests.client.fake_gateway import FakeGateway

Handler = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def site(handler: Handler) -> AsyncIterator[str]:
    """Serve one handler for sign-ups and yield the address."""
    app = web.Application()
    app.router.add_post("/api/v1/demo", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_demo_player_is_signed_up(gateway: FakeGateway) -> None:
    """Currency and amount go out, player, ticket and gateway come back."""
    async with ClientSession() as http:
        player = await sign_up(http, gateway.http, "GBP", "12.50")

    assert player.currency == "GBP"
    assert player.balance == "12.50"
    assert player.gateway == gateway.url


@pytest.mark.parametrize(("status", "temporary"), [(400, False), (429, True), (503, True)])
async def test_a_refused_sign_up_says_why(status: int, temporary: bool) -> None:
    """The server's own words reach the caller, and whether it is worth trying again."""

    async def refuse(_: web.Request) -> web.Response:
        return web.json_response({"error": {"message": "no play money"}}, status=status)

    async with site(refuse) as url:
        with pytest.raises(TicketError, match="no play money") as caught:
            await DemoTickets(url)()

    assert caught.value.temporary is temporary


@pytest.mark.parametrize("body", ["", "<html>", "[]", '{"player": 1}'])
async def test_an_answer_of_another_server_is_refused(body: str) -> None:
    """A web server that is no Croupier is named as such."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body)

    async with site(answer) as url:
        with pytest.raises(TicketError, match="does not answer as a Croupier server"):
            await DemoTickets(url)()


async def test_an_absent_server_is_an_os_error() -> None:
    """So that a session that is being set up tries again."""

    async def gone(_: web.Request) -> web.Response:
        raise AssertionError

    async with site(gone) as url:
        pass
    with pytest.raises(OSError, match="cannot reach"):
        await DemoTickets(url)()


def test_a_wrong_address_is_refused_at_once() -> None:
    """A gateway's address is no place to sign up at."""
    with pytest.raises(ValueError, match="http"):
        DemoTickets("ws://127.0.0.1:8081")
