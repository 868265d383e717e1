"""Attacks on live tables: whatever a client sends, at whichever node, harms nobody else."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgpack  # type: ignore[import-untyped]
import pytest
from websockets.exceptions import ConnectionClosed

from protocol.errors import CloseCode, ErrorCode
from server.gateway.connection import Connection
from server.tables.live.hall import MOST_LIVE_TABLES
from server.tables.live.remote import RemoteTable
from tests.postgres import Database
from tests.server.cluster.faulty import new_random
from tests.server.cluster.nodes import until
from tests.server.harness import House
from tests.server.tables.live.people import LONG_MS, Person, chips, table_settings
from tests.server.tables.live.test_remote import casino, owner_of
from tests.server.wire import CLIENT, Wire

JSON = "croupier.v1.json"
TABLES = [
    table_settings("roulette", betting_ms=LONG_MS),
    table_settings("blackjack", betting_ms=LONG_MS),
    table_settings("crash", betting_ms=LONG_MS),
]
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1 << 31,
    (1 << 53) - 1,
    1 << 53,
    1 << 63,
    -(1 << 63),
    0.0,
    -0.0,
    1.5,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "\0",
    "²",
    "9" * 19,
    "-7",
    "7 OR 1=1",
    "*",
    "x" * 64,
    "x" * 5_000,
    "\ud7ff\u202e",
    b"",
    b"\xff" * 40,
    [],
    [[]] * 50,
    {},
    {"type": "betting"},
    {"bets": [{"bet": "red", "stake": -100}]},
    {"bets": [{"bet": "red", "stake": 1}] * 500},
    {"bets": {"bet": "red"}},
    {"stake": (1 << 53) - 1},
    {"action": "cash-out", "at_ms": 1},
    {"action": "hit", "action ": "stand"},
]


@asynccontextmanager
async def floor(database: Database, valkey: Any) -> AsyncIterator[list[House]]:
    """Two nodes and a table of each style, wherever they are."""
    async with casino(
        database, valkey, *TABLES, gateway__frames_per_second=5_000, gateway__frames_burst=5_000
    ) as houses:
        yield houses


class Attacker:
    """Sends requests that are wrong somewhere."""

    def __init__(self, chance: random.Random, known: dict[str, list[Any]]) -> None:
        self._chance = chance
        self._known = known

    def request(self) -> tuple[str, dict[str, Any]]:
        """Return a request about a live table, some of its fields true, some odd."""
        pick = self._chance.choice
        kind = pick(["join", "watch", "leave", "bet", "bet", "act", "act", "tables", "round"])
        fields = {
            "join": ("table", "seat", "client_seed", "chain"),
            "watch": ("table",),
            "leave": ("table",),
            "bet": ("table", "round", "bets"),
            "act": ("table", "round", "step", "decision"),
            "tables": (),
            "round": ("round",),
        }[kind]
        body = {field: pick(self._known[field]) for field in fields}
        for field in fields:
            if self._chance.random() < 0.25:
                body[field] = pick(ODD)
        if self._chance.random() < 0.1:
            body[str(pick(ODD))[:20]] = pick(ODD)
        return kind, body

    def frame(self, wire: Wire, request: Any) -> bytes | str:
        """Return a frame, of ten one that is spoilt as a whole."""
        kind, body = self.request()
        message: dict[str, Any] = {"id": request, "type": kind, "body": body}
        if not wire.binary:
            text = json.dumps(message, default=lambda data: data.hex())
            if self._chance.random() < 0.1:
                cut = self._chance.randrange(len(text))
                text = text[:cut] + self._chance.choice(["", '"', "}", "\\u0000", "1e999"])
            return text
        data = bytearray(msgpack.packb(message))
        if self._chance.random() < 0.1:
            data[self._chance.randrange(len(data))] = self._chance.randrange(256)
            del data[self._chance.randrange(1, len(data)) :]
        return bytes(data)


async def attack(wire: Wire, attacker: Attacker, frames: int) -> None:
    """Send frames and see that the connection answers or is closed with a code."""
    try:
        for number in range(frames):
            await wire.socket.send(attacker.frame(wire, 1_000 + number))
            if number % 20 == 19:
                await asyncio.sleep(0)
        await wire.ask("ping", 1_000 + frames)
    except (ConnectionClosed, AssertionError):
        assert await wire.closed() in set(CloseCode), wire.close_code
    codes = {code.value for code in ErrorCode}
    for answer in wire.received:
        assert answer.type != "error" or answer.body["code"] in codes - {"internal"}


async def test_any_request_of_anybody(database: Database, valkey: Any) -> None:
    """Players, watchers and strangers send anything at tables of both nodes: one who plays is safe.

    His stakes stay held as he placed them, he plays on, and of the others nothing is left behind.
    """
    chance = new_random()
    async with floor(database, valkey) as houses:
        victims = {}
        known: dict[str, list[Any]] = {
            "table": [],
            "round": ["1-1", "0-0"],
            "seat": [None, 1, 2, 7],
            "client_seed": [b"seed", b""],
            "chain": [None, "1"],
            "bets": [
                chips(red=100),
                {"stake": 100},
                {"bets": [{"bet": "cash-out-2.00", "stake": 100}]},
            ],
            "step": [0, 1, 2],
            "decision": [{"action": "stand"}, {"action": "hit"}, {"action": "cash-out"}],
        }
        for settings, bets in zip(TABLES, known["bets"], strict=True):
            victim = await Person.join(chance.choice(houses), settings.title, seat=1)
            round_id = victim.live["round"] or (await victim.opened())["round"]
            assert (await victim.bet(round_id, bets)).type == "accepted"
            known["table"].append(victim.table)
            known["round"].append(round_id)
            victims[victim] = round_id, bets

        wires = []
        for house in houses:
            for protocol in (JSON, "croupier.v1.msgpack"):
                wires.append(await house.player(subprotocol=protocol))
                wires.append(await house.connect(protocol))  # has not said hello
                watcher = await house.player(subprotocol=protocol)
                for table in known["table"]:
                    await watcher.ask("watch", table=table)
                wires.append(watcher)
        gone = await houses[0].player()
        await gone.send("bye", {})
        wires.append(gone)
        await asyncio.gather(*(attack(wire, Attacker(chance, known), 120) for wire in wires))
        # What an attacker has bet is his own doing; he goes, and says so.
        for wire in wires:
            if wire.close_code is None and wire.welcome:
                await wire.ask("bye")

        for victim, (round_id, bets) in victims.items():
            assert await houses[0].money(victim.player) == (99_900, 100)
            answer = await victim.bet(round_id, bets)
            assert (answer.type, answer.body["stake"]) == ("accepted", 200), answer
            assert not victim.seen("round_voided")
            numbers = victim.numbers()
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        accounts = {
            session.account for house in houses for session in house.casino._hub.sessions.values()
        }
        for house in houses:
            hall = house.casino._live.hall
            assert {a for visits in hall._visits.values() for a in visits} <= accounts
            assert set(hall._at) <= accounts
            assert not hall._states.keys() - accounts


async def test_session_that_ends_while_it_sits_down(
    database: Database, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has said bye before an owner has answered stays at no table, nor at a seat."""
    async with casino(database, valkey, TABLES[0]) as houses:
        seen = await Person.join(houses[0], TABLES[0].title)
        here, there = owner_of(houses, seen.table)
        hall, table = there.casino._live.hall, here.casino._live.floor.tables[int(seen.table)]
        left = asyncio.Event()
        asked = RemoteTable._ask

        async def late(remote: RemoteTable, *arguments: Any) -> Any:
            answer = await asked(remote, *arguments)
            await left.wait()
            return answer

        monkeypatch.setattr(RemoteTable, "_ask", late)
        wires = [await there.player() for _ in range(2)]
        await wires[0].send("watch", {"table": seen.table})
        await wires[1].send("join", {"table": seen.table, "client_seed": b"x"})
        await until(lambda: len(table.seats) == 2)
        for wire in wires:
            await wire.ask("bye")
            assert await wire.closed() == CloseCode.NORMAL
        left.set()
        await until(lambda: not there.casino._hub._background.tasks)

        assert not hall._visits.get(table.id)
        assert not hall._at
        assert there.casino.cluster.watching.watchers == 0
        await until(lambda: not table.seats[2].connected)


async def test_no_more_tables_than_a_session_may_watch(
    database: Database, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand watches, many at once, end at the bound and at one subscription a table."""
    monkeypatch.setattr("server.tables.live.hall.MOST_LIVE_TABLES", 2)
    assert MOST_LIVE_TABLES == 32
    async with floor(database, valkey) as houses:
        wire = await houses[0].player()
        cards = (await wire.ask("tables")).body["tables"]
        tables = [card["table"] for card in cards]
        for _ in range(40):
            answers = await asyncio.gather(
                *(wire.ask("watch", table=tables[number % 3]) for number in range(25))
            )
            refused = [answer.code for answer in answers if answer.type == "error"]
            assert set(refused) <= {"too_many_tables", "too_fast"}, set(refused)
        assert "too_fast" in refused
        (at,) = houses[0].casino._live.hall._at.values()
        assert len(at) == 2
        assert houses[0].casino.cluster.watching.watchers <= 2
        vanished = await houses[0].player()
        assert (await vanished.ask("tables")).type == "table_list"
        await vanished.ask("watch", table=tables[2])
        await vanished.drop()
        while (await wire.ask("bye")).type == "error":  # noqa: ASYNC110 - of another program
            await asyncio.sleep(0.02)  # it has gone into debt
        await wire.closed()
        # Whoever only vanishes is remembered for as long as he may come back.
        hub = houses[0].casino._hub
        await until(lambda: not any(session.connected for session in hub.sessions.values()))
        assert len(houses[0].casino._live.hall._at) == 1
        hub._resume_window_s = 0.0
        hub.sweep_once()
        assert not houses[0].casino._live.hall._at
        assert houses[0].casino.cluster.watching.tables == 0


async def test_stolen_and_foreign_tokens(database: Database, valkey: Any) -> None:
    """Tokens that are wrong, used up or another's open nothing, and touch no seat."""
    async with casino(database, valkey, TABLES[0]) as houses:
        person = await Person.join(houses[0], TABLES[0].title)
        opened = await person.opened()
        await person.bet(opened["round"], chips(red=100))
        first = person.wire.welcome["token"]
        wire = await houses[1].resume(first)
        await wire.ask("ping")  # it has shown that it has the newer token
        await asyncio.gather(*houses[1].casino._hub._background.tasks)
        for house in houses:
            for token in (
                first,
                first[:-1] + "A",
                first[::-1],
                "x" * 43,
                wire.welcome["token"] + "A",
            ):
                stranger = await house.connect()
                answer = await stranger.ask("resume", token=token, client=CLIENT, positions=[])
                assert answer.code == "token_invalid"
                assert await stranger.closed() == CloseCode.SIGN_IN_REFUSED
        assert (await wire.ask("ping")).type == "pong"
        # The token of a session that another one has replaced is no way back to the seat.
        newer = await houses[0].hello(await houses[0].ticket(int(person.player)))
        assert await wire.closed() == CloseCode.REPLACED
        stranger = await houses[1].connect()
        token = wire.welcome["token"]
        answer = await stranger.ask("resume", token=token, client=CLIENT, positions=[])
        assert answer.code == "replaced"
        state = newer.welcome["tables"][0]["live"]
        assert state["seat"] == person.live["seat"]
        again = Person(newer, state)
        assert (await again.bet(opened["round"], chips(red=100))).body["stake"] == 200


async def test_one_who_does_not_read(database: Database, valkey: Any) -> None:
    """Watchers that read nothing of a table with a thousand events are closed, within bounds.

    Their code lets them come back; whoever reads gets everything, and the owner is not slowed.
    """
    bound = 65_536
    async with casino(
        database,
        valkey,
        TABLES[0],
        gateway__out_queue_bytes=bound,
        gateway__slow_peak_bytes=16_384,
    ) as houses:
        reader = await Person.join(houses[0], TABLES[0].title)
        here, there = owner_of(houses, reader.table)
        table = here.casino._live.floor.tables[int(reader.table)]
        slow = [await Person.join(h, TABLES[0].title, watch=True) for h in (here, there)]
        for each in slow:
            each.wire.socket.transport.pause_reading()
        connections = [c for h in houses for c in h.casino._listener.connections]
        for transport in [s.wire.socket.transport for s in slow] + [
            c._transport for c in connections
        ]:
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):  # the system takes megabytes
                transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, option, 4_096)
        seat = table.seats[1]
        began = time.monotonic()
        most = 0

        def closed() -> list[Connection]:
            return [each for each in connections if each.close_code]

        for burst in range(400):
            for _ in range(200):
                table._tell_seat(seat.number, taken=True, connected=True)
            await reader.wire.until(lambda: reader.numbers()[-1:] == [table.seq])
            most = max(most, *(c.queued_bytes for c in connections))
            if len(closed()) == 2 and burst >= 5:
                break
        print(f"{table.seq} events, {time.monotonic() - began:.1f} s, {most} bytes waited")  # noqa: T201
        assert [c.close_code for c in closed()] == [CloseCode.SLOW] * 2
        assert most < 2 * bound + 65_536
        assert table.seq >= 1_000
        numbers = reader.numbers()
        assert numbers == list(range(numbers[0], table.seq + 1))
