"""Tests of `server.http.live`: who may watch, what is told when, and what is done to a table."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSCloseCode, WSMsgType, WSServerHandshakeError

from protocol.schema.console import PREFIX
from protocol.schema.console_tables import Action
from server.console.board import LiveBoard
from server.http.live import OPEN_EACH_MAX, LiveRoom
from server.identity.roles import Permission, Role, permissions_of
from tests.patience import PATIENCE_S
from tests.server.console.tables import Engine, event, row
from tests.server.http.test_console import Browser, browse
from tests.server.identity.people import Office

QUICK_S = 0.02
ENDED = 4401


class Watching:
    """A browser in whose house are tables."""

    def __init__(self, browser: Browser, room: LiveRoom, board: LiveBoard) -> None:
        self.browser = browser
        self.room = room
        self.board = board
        self.engine = Engine(board)

    async def stream(self, query: str = "", **headers: str) -> ClientWebSocketResponse:
        """Open the stream as a page of this server would. Raises WSServerHandshakeError."""
        told = {"Origin": self.browser.origin, **headers}
        socket = await self.browser.client.ws_connect(f"{PREFIX}/live{query}", headers=told)
        assert isinstance(socket, ClientWebSocketResponse)
        return socket

    async def refused(self, **headers: str) -> int:
        """Return the status with which the stream is refused."""
        with pytest.raises(WSServerHandshakeError) as error:
            await self.stream(**headers)
        return int(error.value.status)

    async def act(self, action: str, table: str = "t1", **body: Any) -> Any:
        """Ask for something to be done."""
        return await self.browser.ask("POST", f"/tables/{table}/{action}", body=body)

    async def streams(self, number: int) -> None:
        """Wait until so many streams are open: the server notices their end a moment later."""
        async with asyncio.timeout(PATIENCE_S):
            while self.room.watching != number:  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(0.01)

    async def recorded(self) -> list[tuple[str, str, str, str]]:
        """Return what is on record of tables: actor, action, object, reason."""
        return [
            (entry["actor"], entry["action"], entry["object"], entry["reason"])
            for entry in await self.browser.office.actions()
            if entry["action"].startswith("table.")
        ]


@asynccontextmanager
async def watch(office: Office, **limits: float) -> AsyncIterator[Watching]:
    """Serve a board with one table."""
    board = LiveBoard()
    board.put(row())
    made: list[LiveRoom] = []

    def rooms(console: Any) -> list[LiveRoom]:
        made.append(LiveRoom(console, board, **{"flush_s": QUICK_S, "check_s": QUICK_S, **limits}))
        return made

    async with browse(office, rooms=rooms) as browser:
        yield Watching(browser, made[0], board)


async def heard(socket: ClientWebSocketResponse) -> Any:
    """Return the next message."""
    return json.loads(await socket.receive_str(timeout=5))


async def closed(socket: ClientWebSocketResponse) -> int | None:
    """Wait for the end of a stream and return its close code."""
    async with asyncio.timeout(PATIENCE_S):
        async for _ in socket:
            pass
    return socket.close_code


async def test_the_stream(office: Office) -> None:
    """A snapshot, then changes; a table in detail for whoever asks; no more after unsubscribe."""
    async with watch(office) as house:
        await house.browser.enter(await office.hire())
        socket = await house.stream()
        first = await heard(socket)
        assert (first["type"], [one["id"] for one in first["tables"]]) == ("snapshot", ["t1"])
        house.board.put(row("t2", alerts=("stuck",)))
        told = await heard(socket)
        assert (told["type"], told["tables"][0]["alerts"]) == ("changes", ["stuck"])
        await socket.send_json({"type": "subscribe", "table": "t2"})
        assert (await heard(socket))["type"] == "detail"
        house.board.event("t2", event("a bet", amount=5))
        told = await heard(socket)
        assert (told["type"], told["events"][0]["amount"]) == ("events", 5)
        await socket.send_json({"type": "unsubscribe"})
        async with asyncio.timeout(PATIENCE_S):
            while house.board.is_followed("t2"):  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(0.01)
        house.board.remove("t2")
        told = await heard(socket)
        assert (told["type"], told["gone"]) == ("changes", ["t2"])
        await socket.close()


async def test_batches_are_apart(office: Office) -> None:
    """However often a table changes, between two batches there is the time that was set."""
    pause_s = 0.15
    async with watch(office, flush_s=pause_s) as house:
        await house.browser.enter(await office.hire())
        socket = await house.stream()
        await heard(socket)
        times, values = [], []
        for _ in range(3):
            for held in range(100):
                house.board.put(row(held=held))
            told = await heard(socket)
            times.append(time.monotonic())
            values.append([one["held"] for one in told["tables"]])
        assert values == [[99]] * 3
        assert all(later - earlier > pause_s * 0.9 for earlier, later in itertools.pairwise(times))


async def test_who_may_watch(office: Office) -> None:
    """Nobody without a sign-in, a role that watches tables, and a page of this server."""
    async with watch(office) as house:
        assert await house.refused() == 401
        for role in Role:
            await house.browser.enter(await office.hire(f"the-{role}", role))
            if Permission.TABLES_WATCH in permissions_of(role):
                await (await house.stream()).close()
            else:
                assert await house.refused() == 403
        await house.browser.enter(await office.hire("mara"))
        for origin in ("https://evil.example", "null", ""):
            assert await house.refused(Origin=origin) == 403
        assert await house.refused(**{"Sec-Fetch-Site": "same-site"}) == 403
        plain = await house.browser.ask("GET", "/live", headers={"Origin": house.browser.origin})
        assert plain.status == 426
        await house.streams(0)


async def ended(house: Watching, socket: ClientWebSocketResponse) -> str:
    """Wait until the stream is ended by the server, and return why."""
    last: Any = None
    async with asyncio.timeout(PATIENCE_S):
        async for message in socket:
            assert message.type is WSMsgType.TEXT
            last = json.loads(message.data)
    assert socket.close_code == ENDED
    assert last["type"] == "ended"
    await house.streams(0)
    return str(last["code"])


async def test_the_end_of_a_sign_in_ends_the_stream(office: Office) -> None:
    """D9: who is disabled, signs out, runs out of time or changes roles watches no longer."""
    async with watch(office) as house:
        mara = await office.hire()
        await house.browser.enter(mara)
        socket = await house.stream()
        await office.operators.set_role("mara", Role.CASHIER)
        assert await ended(house, socket) == "not_permitted"
        await office.operators.set_role("mara", Role.FLOOR)
        socket = await house.stream()
        await office.owner.execute("UPDATE sign_in SET seen_at = seen_at - interval '1 hour'")
        assert await ended(house, socket) == "not_signed_in"
        await house.browser.enter(mara)
        socket = await house.stream()
        await house.browser.ask("POST", "/sign-out")
        assert await ended(house, socket) == "not_signed_in"


async def test_watching_is_no_use_of_the_sign_in(office: Office) -> None:
    """A page that only watches runs into the idle time, however much it is told."""
    async with watch(office) as house:
        await house.browser.enter(await office.hire())
        socket = await house.stream()
        await office.owner.execute("UPDATE sign_in SET seen_at = seen_at - interval '20 minutes'")
        used = "SELECT seen_at FROM sign_in WHERE ended_at IS NULL"
        before = await office.owner.fetchval(used)
        await heard(socket)
        for _ in range(5):
            house.board.put(row())
            await heard(socket)
            await asyncio.sleep(QUICK_S)
        assert await office.owner.fetchval(used) == before
        await socket.close()


async def test_coming_back_by_itself_is_no_use_either(office: Office) -> None:
    """L1: a page that connects again and again, `use=no`, does not keep its sign-in from ending."""
    async with watch(office) as house:
        await house.browser.enter(await office.hire())
        await office.owner.execute("UPDATE sign_in SET seen_at = seen_at - interval '20 minutes'")
        used = "SELECT seen_at FROM sign_in"
        before = await office.owner.fetchval(used)
        await (await house.stream("?use=no")).close()
        assert (await house.browser.ask("GET", "/session?use=no")).status == 200
        assert await office.owner.fetchval(used) == before
        await (await house.stream()).close()
        assert await office.owner.fetchval(used) > before


async def test_without_the_database(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream outlives a short absence of the database, and ends where it lasts."""

    async def away(_: Any) -> Any:
        raise ConnectionRefusedError

    for doubt_s, code in ((60.0, ""), (0.0, "unavailable")):
        async with watch(office, doubt_s=doubt_s) as house:
            await house.browser.enter(await office.hire(f"mara{doubt_s:.0f}"))
            socket = await house.stream()
            with monkeypatch.context() as patch:
                patch.setattr(office.sign_ins, "renew", away)
                if code:
                    assert await ended(house, socket) == code
                    continue
                await asyncio.sleep(5 * QUICK_S)
            house.board.put(row(held=1))
            await heard(socket)
            assert (await heard(socket))["type"] == "changes"
            await socket.close()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"type": "act"}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "table": 7}',
        '{"type": "subscribe", "table": "t1", "more": 1}',
        json.dumps({"type": "subscribe", "table": "t" * 65}),
        "[" * 900,
        " " * 2_000,
    ],
)
async def test_wrong_messages(office: Office, text: str) -> None:
    """What a page must not say ends its stream, and nobody else's."""
    async with watch(office) as house:
        await house.browser.enter(await office.hire())
        good, bad = await house.stream(), await house.stream()
        await bad.send_str(text)
        assert await closed(bad) in {WSCloseCode.POLICY_VIOLATION, WSCloseCode.MESSAGE_TOO_BIG}
        await heard(good)
        house.board.put(row())
        assert (await heard(good))["type"] == "changes"
        await good.close()


async def test_bytes_and_floods(office: Office) -> None:
    """Binary messages and too many of them end the stream."""
    async with watch(office) as house:
        await house.browser.enter(await office.hire())
        socket = await house.stream()
        await socket.send_bytes(b'{"type": "unsubscribe"}')
        assert await closed(socket) == WSCloseCode.UNSUPPORTED_DATA
        socket = await house.stream()
        for _ in range(50):
            await socket.send_str('{"type": "unsubscribe"}')
        assert await closed(socket) == WSCloseCode.POLICY_VIOLATION
        await house.streams(0)


async def test_so_many_streams(office: Office) -> None:
    """One operator has so many streams at most; one that is closed makes room."""
    async with watch(office) as house:
        await house.browser.enter(await office.hire())
        sockets = [await house.stream() for _ in range(OPEN_EACH_MAX)]
        assert await house.refused() == 503
        await sockets.pop().close()
        await house.streams(OPEN_EACH_MAX - 1)
        await (await house.stream()).close()
        for socket in sockets:
            await socket.close()


async def test_a_server_that_stops(office: Office) -> None:
    """A server that stops says goodbye to its streams, so that pages look for another."""
    async with watch(office) as house:
        await house.browser.enter(await office.hire())
        socket = await house.stream()
        _, code = await asyncio.gather(house.browser.client.app.shutdown(), closed(socket))
        assert code == WSCloseCode.GOING_AWAY


# -- actions ---------------------------------------------------------------------------------------

REASON = "The wheel is being looked at."
BODIES = {
    action: {"reason": REASON, **({"round": "77-1"} if action is Action.VOID else {})}
    for action in Action
}


@pytest.mark.parametrize("role", Role)
async def test_who_may_act(office: Office, role: Role) -> None:
    """Only the floor and administrators operate tables; others are refused, and nothing is done."""
    async with watch(office) as house:
        await house.browser.enter(await office.hire("mara", role))
        for action, body in BODIES.items():
            answer = await house.act(action, **body)
            if role in (Role.FLOOR, Role.ADMIN):
                assert answer.status == 200, answer
                assert answer.body["table"]["state"] == "paused"
            else:
                assert answer.code == "not_permitted"
        count = len(BODIES) if role in (Role.FLOOR, Role.ADMIN) else 0
        assert len(house.engine.orders) == len(await house.recorded()) == count


async def test_an_action_is_recorded_before_it_is_done(office: Office) -> None:
    """The record names who, what and why, and the engine is given its number."""
    async with watch(office) as house:
        await house.browser.enter(await office.hire())
        answer = await house.act("void", reason="  Cards  were\texposed. ", round="77-1")
        ((table, action, order),) = house.engine.orders
        assert (table, action) == ("t1", Action.VOID)
        assert (order.operator, order.role, order.round) == ("mara", "floor", "77-1")
        assert order.reason == "Cards were exposed."
        assert str(order.record) == answer.body["record"]
        assert await house.recorded() == [
            ("mara", "table.void", "t1 77-1", "Cards were exposed."),
        ]


async def test_what_cannot_be_recorded_is_not_done(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the record nothing happens to the table."""

    async def away(*_: Any) -> Any:
        raise ConnectionRefusedError

    async with watch(office) as house:
        await house.browser.enter(await office.hire())
        monkeypatch.setattr(office.sign_ins, "record", away)
        assert (await house.act("pause", reason=REASON)).code == "unavailable"
        assert house.engine.orders == []


@pytest.mark.parametrize("code", ["no_round", "wrong_state", "unreachable", "no_table"])
async def test_a_table_that_refuses(office: Office, code: str) -> None:
    """A refusal of the table is told, and stands on record beside what was asked for."""
    async with watch(office) as house:
        await house.browser.enter(await office.hire())
        house.engine.refusal = code
        assert (await house.act("void", reason=REASON, round="77-1")).code == code
        asked, refused = await house.recorded()
        assert (asked[1], refused[1]) == ("table.void", "table.void.refused")
        assert refused[3].startswith(code)


async def test_wrong_orders(office: Office) -> None:
    """Without a reason for a person to read, or without the round to void, nothing is done."""
    async with watch(office) as house:
        await house.browser.enter(await office.hire())
        for action, body in (
            ("pause", {}),
            ("pause", {"reason": ""}),
            ("pause", {"reason": "     "}),
            ("pause", {"reason": "x" * 501}),
            ("pause", {"reason": 7}),
            ("pause", {"reason": "a\0b and c"}),
            ("pause", {"reason": REASON, "round": "77-1"}),
            ("pause", {"reason": REASON, "more": 1}),
            ("void", {"reason": REASON}),
            ("void", {"reason": REASON, "round": "a\0b"}),
        ):
            assert (await house.act(action, **body)).code == "reason_needed", (action, body)
        assert (await house.act("pause", "t9", reason=REASON)).code == "no_table"
        assert (await house.act("explode", reason=REASON)).status == 404
        answer = await house.browser.ask(
            "POST", "/tables/t1/pause", body=BODIES[Action.PAUSE], headers={"Origin": "null"}
        )
        assert answer.code == "wrong_origin"
        assert house.engine.orders == []
        assert await house.recorded() == []
