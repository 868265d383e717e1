"""Tests of `server.http.making`: who may make and change tables, and what is refused and told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from protocol.schema.console_making import (
    OFFER,
    TERMS,
    TableOffer,
    TableTerms,
)
from protocol.schema.console_tables import TableRow
from server.console.board import LiveBoard
from server.console.live import ActionRefused, Change, NewTable
from server.http.making import MakingRoom
from server.identity.roles import Role
from server.tables.live.settings import TableState
from server.tables.live.terms import TableRefused, Terms, read_table
from tests.server.console.tables import row
from tests.server.http.test_console import Answer, Browser, browse
from tests.server.identity.people import Office

REASON = "The other six are full."
SAID: dict[str, Any] = {"title": "Wheel 9", "game": "roulette", "reason": REASON}
OPERATES = (Role.FLOOR, Role.ADMIN)
WATCHES = (*OPERATES, Role.COMPLIANCE)


class Maker:
    """Makes what it is told, and remembers it."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str]] = []
        self.changed: list[tuple[int, str]] = []
        self.reverted: list[int] = []
        self.records: list[int | None] = []
        self.late: Exception | None = None
        """What is found out only when it is done."""

    async def offer(self) -> TableOffer:
        """Offer the example."""
        return OFFER

    async def check(self, said: Mapping[str, Any], *, closed: bool) -> NewTable:
        """Check the values alone."""
        table = read_table(said)
        terms = Terms(10, 10_000, table.seats, 1, 1, 1, 1)
        return NewTable(7, table, terms, TableState.CLOSED if closed else TableState.OPEN)

    async def make(self, new: NewTable, origin: str, record: int) -> TableRow | None:
        """Remember it."""
        if self.late is not None:
            raise self.late
        self.made.append((new.table.title, origin))
        self.records.append(record)
        return row(str(new.id))

    async def terms(self, table: str) -> TableTerms | None:
        """Have one table."""
        return TERMS if table == "7" else None

    async def check_change(self, table: str, said: Mapping[str, Any]) -> Change:
        """Check the values alone."""
        if table != "7":
            raise ActionRefused("no_table")
        whole = read_table({"title": "a", "game": "a", **said})
        return Change(7, Terms(10, 10_000, whole.seats, 1, 1, 1, 1), "seats 7 to 5")

    async def check_revert(self, table: str) -> Change:
        """Have one table that can be given back."""
        if table == "8":
            raise TableRefused("not_configured", "title", "config.toml lists no table 8")
        if table != "7":
            raise ActionRefused("no_table")
        return Change(7, Terms(10, 10_000, 7, 1, 1, 1, 1), "seats 5 to 7", reverted=True)

    async def change(self, change: Change, origin: str, record: int | None) -> None:
        """Remember it."""
        if self.late is not None:
            raise self.late
        self.changed.append((change.id, origin))
        self.records.append(record)
        if change.reverted:
            self.reverted.append(change.id)


class Room:
    """A browser before a console whose tables a `Maker` makes."""

    def __init__(self, browser: Browser, maker: Maker) -> None:
        self.browser = browser
        self.maker = maker

    async def make(self, **changes: Any) -> Answer:
        """Ask for a table."""
        return await self.browser.ask("POST", "/tables", body={**SAID, **changes})

    async def change(self, table: str = "7", **said: Any) -> Answer:
        """Ask for a change."""
        body = {"seats": 5, "reason": REASON, **said}
        return await self.browser.ask("POST", f"/tables/{table}/terms", body=body)

    async def revert(self, table: str = "7", **said: Any) -> Answer:
        """Ask to give a table back to the settings."""
        body = {"reason": REASON, **said}
        return await self.browser.ask("POST", f"/tables/{table}/revert", body=body)

    async def recorded(self) -> list[tuple[str, str, str, str]]:
        """Return what is on record of tables: actor, action, object, reason."""
        return [
            (entry["actor"], entry["action"], entry["object"], entry["reason"])
            for entry in await self.browser.office.actions()
            if entry["action"].startswith("table.")
        ]


@asynccontextmanager
async def making(office: Office) -> AsyncIterator[Room]:
    """Serve the calls."""
    board = LiveBoard()
    maker = Maker()
    board.making = maker
    async with browse(office, rooms=lambda console: [MakingRoom(console, board)]) as browser:
        yield Room(browser, maker)


@pytest.mark.parametrize("role", Role)
async def test_who_may(office: Office, role: Role) -> None:
    """Only the floor and administrators make and change tables; who watches may look."""
    async with making(office) as room:
        await room.browser.enter(await office.hire("mara", role))
        answers = [
            await room.make(),
            await room.change(),
            await room.revert(),
            await room.browser.ask("GET", "/tables/offer"),
        ]
        look = await room.browser.ask("GET", "/tables/7/terms")
        assert look.status == (200 if role in WATCHES else 403)
        if role in OPERATES:
            assert [answer.status for answer in answers] == [200] * 4
        else:
            assert {answer.code for answer in answers} == {"not_permitted"}
        count = 1 if role in OPERATES else 0
        assert (len(room.maker.made), len(room.maker.reverted)) == (count, count)
        assert len(await room.recorded()) == 3 * count


async def test_nobody_without_a_sign_in_or_from_elsewhere(office: Office) -> None:
    """L1: without a sign-in, or from a page of another server, nothing is made."""
    async with making(office) as room:
        assert (await room.make()).code == "not_signed_in"
        await room.browser.enter(await office.hire())
        answer = await room.browser.ask(
            "POST", "/tables", body=SAID, headers={"Origin": "https://evil.example"}
        )
        assert answer.code == "wrong_origin"
        answer = await room.browser.ask("POST", "/tables", data="{}")
        assert answer.code == "not_json"
        assert room.maker.made == []


async def test_it_is_recorded_before_it_is_done(office: Office) -> None:
    """J20: the record names who, what table, all its values, what is different, and why."""
    async with making(office) as room:
        await room.browser.enter(await office.hire())
        made = await room.make(closed=True, seats=50)
        assert (made.body["id"], made.body["table"]["id"]) == ("7", "7")
        changed = await room.change()
        assert room.maker.made == [("Wheel 9", "operator:mara")]
        assert room.maker.changed == [(7, "operator:mara")]
        reverted = await room.revert()
        assert room.maker.reverted == [7]
        first, second, third = await room.recorded()
        assert first[:3] == ("mara", "table.make", "7 Wheel 9")
        assert first[3].startswith("roulette, EUR 0.10 to 100.00, seats 50, betting_ms 15000")
        assert first[3].endswith(f"closed: {REASON}")
        assert second == ("mara", "table.change", "7", f"seats 7 to 5: {REASON}")
        assert third == ("mara", "table.revert", "7", f"seats 5 to 7: {REASON}")
        told = [int(answer.body["record"]) for answer in (made, changed, reverted)]
        assert room.maker.records == told == sorted(told)


async def test_what_is_wrong_is_named(office: Office) -> None:
    """A wrong value is refused by the name of its field and a reason; nothing is recorded."""
    async with making(office) as room:
        await room.browser.enter(await office.hire())
        for changes, field in (
            ({"seats": 0}, "seats"),
            ({"seats": "5"}, "seats"),
            ({"minimum": 5}, "minimum"),
            ({"betting_ms": 0}, "betting_ms"),
            ({"title": ""}, "title"),
            ({"closed": "yes"}, "closed"),
            ({"sets": 5}, "sets"),
        ):
            answer = await room.make(**changes)
            assert answer.code == "invalid_table", changes
            assert answer.body["error"]["field"] == field
            assert answer.body["error"]["reason"]
        for reason in ("", "  x ", 7, None, "y" * 501, "a\0b c"):
            assert (await room.make(reason=reason)).code == "reason_needed"
            assert (await room.change(reason=reason)).code == "reason_needed"
            assert (await room.revert(reason=reason)).code == "reason_needed"
        assert (await room.revert(seats=5)).code == "reason_needed"
        bodies: tuple[Any, ...] = ([], "x", {})
        for body in bodies:
            answer = await room.browser.ask("POST", "/tables", body=body)
            assert answer.code == "reason_needed"
        assert (await room.change(seats=501)).body["error"]["field"] == "seats"
        assert (await room.change("9")).code == (await room.revert("9")).code == "no_table"
        answer = await room.revert("8")
        assert (answer.code, answer.body["error"]["field"]) == ("not_configured", "title")
        assert (await room.browser.ask("GET", "/tables/9/terms")).code == "no_table"
        assert await room.recorded() == []


async def test_what_is_refused_late(office: Office) -> None:
    """What is found out only when it is done stands on record beside what was asked for."""
    async with making(office) as room:
        await room.browser.enter(await office.hire())
        room.maker.late = TableRefused("name_taken", "title", "there is one already")
        answer = await room.make()
        assert (answer.code, answer.body["error"]["field"]) == ("name_taken", "title")
        for code in ("table_open", "seats_taken", "unreachable"):
            room.maker.late = ActionRefused(code)
            assert (await room.change()).code == code
            assert (await room.revert()).code == code
        actions = [action for _, action, _, _ in await room.recorded()]
        assert actions == [
            "table.make",
            "table.make.refused",
            *["table.change", "table.change.refused", "table.revert", "table.revert.refused"] * 3,
        ]


async def test_while_the_node_starts(office: Office) -> None:
    """Before the tables are there nothing is made, and it is said so."""
    async with browse(office, rooms=lambda c: [MakingRoom(c, LiveBoard())]) as browser:
        await browser.enter(await office.hire())
        for method, path in (
            ("GET", "/tables/offer"),
            ("GET", "/tables/7/terms"),
            ("POST", "/tables"),
            ("POST", "/tables/7/terms"),
            ("POST", "/tables/7/revert"),
        ):
            answer = await browser.ask(method, path, **({"body": SAID} if method == "POST" else {}))
            assert answer.code == "unavailable"
