"""Tests of what sessions are told of tables that move, and of those that nobody owns."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.tables.live.hall import Hall
from server.tables.live.remote import RemoteTable
from tests.postgres import Database
from tests.server.cluster.nodes import until
from tests.server.harness import House, open_house
from tests.server.tables.live.people import LONG_MS, Person, chips, live_house, table_settings
from tests.server.tables.live.test_remote import casino, owner_of, table_id
from tests.server.wire import Wire

TABLE = table_settings("roulette", betting_ms=LONG_MS)


def answers_late(monkeypatch: pytest.MonkeyPatch, other: Person, round_id: str) -> None:
    """Let others hear of three bets between an owner's answer and its arrival."""
    asked = RemoteTable.state_of

    async def late(table: RemoteTable, guest: Any, *rest: Any) -> Any:
        state = await asked(table, guest, *rest)
        for number in (1, 2, 3):
            await other.bet(round_id, chips(red=100))
            await other.newest("bets_placed", seq=state["seq"] + number)
        return state

    monkeypatch.setattr(RemoteTable, "state_of", late)


async def test_a_welcome_comes_before_events(
    database: Database, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others have heard since the owner answered comes behind the welcome, without a hole."""
    async with casino(database, valkey, TABLE) as houses:
        here, there = owner_of(houses, await table_id(houses[0]))
        other = await Person.join(there, TABLE.title)
        person = await Person.join(here, TABLE.title)
        opened = await other.opened()
        await person.wire.drop()
        await other.newest("seat_changed", seat=2, connected=False)
        answers_late(monkeypatch, other, opened["round"])
        wire = await there.resume(person.wire.welcome["token"])
        assert wire.received[0].type == "welcome"
        (state,) = wire.welcome["tables"]
        again = Person(wire, state["live"])
        await again.newest("bets_placed", seq=state["live"]["seq"] + 3)
        numbers = again.numbers()
        assert numbers == list(range(state["live"]["seq"] + 1, numbers[-1] + 1))


async def test_back_while_a_table_has_no_owner(database: Database, valkey: Any) -> None:
    """Whoever comes back to a table that nobody owns is shown it as soon as somebody does."""
    async with casino(database, valkey, TABLE) as houses:
        here, there = owner_of(houses, await table_id(houses[0]))
        here.expected_errors = there.expected_errors = {"the lease has run out", "node fenced"}
        person = await Person.join(here, TABLE.title)
        opened = await person.opened()
        await person.bet(opened["round"], chips(red=100))
        assert there.casino._live.cluster is not None
        there.casino._live.cluster.fences.draining = True  # it takes no table for now
        await here.crash()
        wire = await there.resume(person.wire.welcome["token"])
        assert wire.welcome["tables"] == []
        there.casino._live.cluster.fences.draining = False
        again = Person(wire, {"table": person.table})
        live = (await again.event("live_snapshot"))["live"]
        assert (live["seat"], live["round"]) == (1, opened["round"])
        assert [placed["stake"] for placed in live["placed"]] == [100]


async def test_no_bet_is_refused_for_good_while_a_table_moves(
    database: Database, valkey: Any
) -> None:
    """A table that this node has just lost is still a table: its players ask again, and play."""
    async with casino(database, valkey, TABLE) as houses:
        here, there = owner_of(houses, await table_id(houses[0]))
        person = await Person.join(here, TABLE.title)
        opened = await person.opened()
        floor = here.casino._live.floor
        floor.lost(floor.tables[int(person.table)])
        answer = await _decided(person.wire, person, opened["round"])
        assert (answer.type, answer.body["stake"]) == ("accepted", 100)
        assert await there.money(person.player) == (99_900, 100)


async def _decided(wire: Wire, person: Person, round_id: str) -> Any:
    answer = await person.bet(round_id, chips(red=100))
    while answer.type == "error" and answer.body["certainty"] != "final":
        await asyncio.sleep(0.05)  # as an answer that is not final asks of a client
        answer = await person.bet(round_id, chips(red=100), answer.id)
    return answer


async def test_a_drained_node_hands_each_table_over_when_its_round_ends(
    database: Database, valkey: Any
) -> None:
    """One table with a long round does not keep the others waiting."""
    tables = [TABLE, table_settings("sic-bo", title="Dice", betting_ms=200)]
    async with casino(database, valkey, *tables) as houses:
        person = await Person.join(houses[0], TABLE.title)
        here, there = owner_of(houses, person.table)
        await person.opened()
        dice = await Person.join(there, "Dice")
        await _give(dice.table, there, here)
        draining = asyncio.ensure_future(here.casino._live.drain(30))
        await until(lambda: int(dice.table) in there.casino._live.floor.tables)
        assert int(person.table) in here.casino._live.floor.tables
        assert not draining.done()
        draining.cancel()


async def _give(table: str, giver: House, taker: House) -> None:
    """Have a table be the taker's, whoever took it at the start."""
    floor, cluster = giver.casino._live.floor, giver.casino._live.cluster
    if int(table) in floor.tables:
        assert cluster is not None
        cluster.fences.draining = True  # so that it does not take the table back
        floor.lost(floor.tables[int(table)])
    await until(lambda: int(table) in taker.casino._live.floor.tables)
    assert cluster is not None
    cluster.fences.draining = False


async def test_many_sit_down_at_once(database: Database) -> None:
    """Whoever asks for any seat gets one as long as there is one, however many ask together."""
    table = table_settings("roulette", betting_ms=LONG_MS, seats=6)
    async with live_house(database, table) as house:
        wires = [await house.player() for _ in range(7)]
        (card,) = (await wires[0].ask("tables")).body["tables"]
        answers = await asyncio.gather(*(w.ask("join", table=card["table"]) for w in wires))
        seats = sorted(a.body["live"]["seat"] for a in answers if a.type == "joined")
        assert seats == [1, 2, 3, 4, 5, 6]
        assert [a.code for a in answers if a.type == "error"] == ["table_full"]


async def test_a_fault_over_one_table_keeps_nobody_out(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a table of another node cannot be met, players come in, and it is tried again."""
    synced, failed = Hall._sync, False

    async def fails_once(hall: Hall) -> None:
        nonlocal failed
        if not failed:
            failed = True
            raise ValueError("a table that nobody understands")
        await synced(hall)

    monkeypatch.setattr(Hall, "_sync", fails_once)
    async with open_house(database) as house:
        house.expected_errors = {"tables of other nodes not known"}
        wire = await house.player()
        assert (await wire.ask("ping")).type == "pong"
