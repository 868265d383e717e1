"""Tests of `server.http.back_office`: what operators look up, and who may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import WSCloseCode

from protocol.schema.console import PREFIX
from server.console.board import LiveBoard
from server.console.record import Record
from server.console.replays import Replays
from server.http.back_office import BackOffice
from server.identity.roles import Permission, Role, permissions_of
from tests.server.console.tables import Engine
from tests.server.harness import House
from tests.server.http.test_console import Browser, browse
from tests.server.identity.people import PASSWORD, Office, open_office

PAGES = {
    "/rounds/shared-1": Permission.ROUNDS_VIEW,
    "/actions": Permission.ACTIONS_VIEW,
    "/attempts": Permission.ACTIONS_VIEW,
    "/operators": Permission.OPERATORS_VIEW,
}


async def no_round(*_: int) -> None:
    """Find nothing."""


@asynccontextmanager
async def look_up(office: Office) -> AsyncIterator[Browser]:
    """Serve the back office of a house that has one shared round and no private one."""
    board = LiveBoard()
    Engine(board)
    records: Any = SimpleNamespace(ended=no_round)

    def rooms(console: Any) -> list[BackOffice]:
        return [BackOffice(console, Record(office.pool), Replays(office.pool, records), board)]

    async with browse(office, rooms=rooms) as browser:
        yield browser


async def test_who_may_look(office: Office) -> None:
    """Every page is for its permission alone."""
    async with look_up(office) as browser:
        for path in PAGES:
            assert (await browser.ask("GET", path)).code == "not_signed_in"
        for role in Role:
            await browser.enter(await office.hire(f"the-{role}", role))
            for path, permission in PAGES.items():
                answer = await browser.ask("GET", path)
                if permission in permissions_of(role):
                    assert answer.status == 200, (role, path)
                    assert answer.headers["Cache-Control"] == "no-store"
                else:
                    assert answer.code == "not_permitted", (role, path)


async def test_the_record(office: Office) -> None:
    """The record comes in parts, of everybody or of one, the newest first."""
    async with look_up(office) as browser:
        await browser.enter(await office.hire("otto", Role.ADMIN))
        for _ in range(3):
            await browser.ask("POST", "/test/tables.watch")
        first = (await browser.ask("GET", "/actions?limit=2")).body
        assert first["more"]
        last = first["actions"][-1]["id"]
        rest = (await browser.ask("GET", f"/actions?before={last}")).body
        numbers = [int(one["id"]) for one in (*first["actions"], *rest["actions"])]
        assert numbers == sorted(numbers, reverse=True)
        assert not rest["more"]
        found = (await browser.ask("GET", "/actions?operator=%20OTTO%20&limit=200")).body
        assert {one["actor"] for one in found["actions"]} == {"otto"}
        assert (await browser.ask("GET", "/actions?operator=nobody")).body["actions"] == []
        attempts = (await browser.ask("GET", "/attempts")).body["attempts"]
        assert [one["outcome"] for one in attempts] == ["signed in"]
        operators = (await browser.ask("GET", "/operators")).body["operators"]
        assert [one["name"] for one in operators] == ["otto"]


@pytest.mark.parametrize(
    "query",
    [
        *("before=x", "before=-1", "before=", "before=1e3", "before=" + "9" * 19),
        *("limit=0", "limit=201", "limit=x", "limit=-1", "before=%D9%A1"),
        *("operator=" + "x" * 65, "operator=a%00b"),
    ],
)
async def test_wrong_queries(office: Office, query: str) -> None:
    """What is no number, or no name, is refused before the database sees it."""
    async with look_up(office) as browser:
        await browser.enter(await office.hire("otto", Role.ADMIN))
        assert (await browser.ask("GET", f"/actions?{query}")).code == "invalid_query"


async def test_rounds(office: Office) -> None:
    """Shared rounds are the engine's to replay; what is no round, or still open, is not found."""
    async with look_up(office) as browser:
        await browser.enter(await office.hire())
        assert (await browser.ask("GET", "/rounds/shared-1")).body["result"] == "17 black"
        for round_id in ("7-1", "x", "7", "%00", "7-1%2F..", "9" * 40):
            assert (await browser.ask("GET", f"/rounds/{round_id}")).code == "no_round"


async def test_a_whole_node(house: House) -> None:
    """On a running node a private round is replayed, and private tables are told as totals.

    A node that stops says goodbye to whoever watches.
    """
    seat = await house.seat("roulette")
    played = await seat.bet("spin", {"bets": [{"bet": "red", "stake": 100}]})
    async with open_office(house.database) as office:
        house.casino._sign_ins._seal = office.sign_ins._seal
        house.casino._sign_ins._now = office.clock
        mara = await office.hire()
        body = {"name": "mara", "password": PASSWORD, "code": mara.code(office.clock.at)}
        url, origin = f"{house.http}{PREFIX}", {"Origin": house.http}
        async with house.web.post(f"{url}/sign-in", json=body, headers=origin) as response:
            assert response.status == 200
            cookie = {"Cookie": response.headers["Set-Cookie"].partition(";")[0]}
        round_id = played.body["round"]
        async with house.web.get(f"{url}/rounds/{round_id}", headers=cookie) as response:
            told = await response.json()
        assert (told["round"], told["paid"], told["agrees"]) == (
            round_id,
            played.body["payout"],
            True,
        )
        async with house.web.ws_connect(f"{url}/live", headers={**cookie, **origin}) as socket:
            first = await socket.receive_json(timeout=5)
            await house.stop()
            last = await socket.receive(timeout=5)
        assert last.data == WSCloseCode.GOING_AWAY
        assert (first["tables"], [one["title"] for one in first["private"]]) == (
            [],
            ["European roulette"],
        )
