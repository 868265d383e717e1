"""Tests of live tables that are handed over because their node owns too many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from server.cluster import balance, fences
from server.config import LiveTableSettings
from tests.postgres import Database
from tests.server.cluster.nodes import until
from tests.server.harness import House, open_house
from tests.server.tables.live.people import (
    LONG_MS,
    Person,
    chips,
    live_house,
    loaded,
    table_settings,
)
from tests.server.tables.live.test_remote import casino


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tables be handed over soon."""
    monkeypatch.setattr(balance, "LOOK_S", 0.02)
    monkeypatch.setattr(balance, "CALM_S", 0.1)


@asynccontextmanager
async def joined(
    database: Database, valkey: Any, first: House, *tables: LiveTableSettings
) -> AsyncIterator[House]:
    """Let a second node join a casino."""
    async with open_house(
        database,
        live__tables=tables,
        live__hand_over_pause_ms=20,
        redis__url=valkey.connection_url,
        site__node=2,
        fairness__key_file=first.casino.settings.data / "seed-keys",
    ) as house:
        yield house


def owned(house: House) -> dict[int, int]:
    """Return the tables of a node with their epochs."""
    return house.casino.cluster.fences.owned


async def _plays(person: Person, stop: asyncio.Event) -> int:
    """Bet on each round and wait for its result; how many rounds there were."""
    rounds = 0
    index = 0
    while not stop.is_set():
        opened = await person.opened(index)
        index += 1
        answer = await person.bet(opened["round"], chips(red=100))
        while answer.type == "error" and answer.body["certainty"] != "final":
            await asyncio.sleep(0.02)  # as an answer that is not final asks of a client
            answer = await person.bet(opened["round"], chips(red=100), answer.id)
        if answer.type == "accepted":
            result = await person.newest("round_result", round=opened["round"])
            assert result["stake"] == 100
            rounds += 1
    return rounds


async def test_a_node_that_joins_gets_tables_in_play(database: Database, valkey: Any) -> None:
    """They go between two rounds: every bet has its result, and people only see a new epoch."""
    tables = [
        table_settings("roulette", title=f"Wheel {n}", betting_ms=150, result_ms=50)
        for n in range(4)
    ]
    pause = {"live__hand_over_pause_ms": 20}
    async with casino(database, valkey, *tables, nodes=1, **pause) as (first,):
        people = [await Person.join(first, table.title) for table in tables]
        before = owned(first)
        stop = asyncio.Event()
        playing = [asyncio.ensure_future(_plays(person, stop)) for person in people]
        async with joined(database, valkey, first, *tables) as second:
            await until(lambda: (len(owned(first)), len(owned(second))) == (2, 2))
            moved = [person for person in people if int(person.table) in owned(second)]
            for person in moved:
                told = await person.event("live_snapshot")
                assert told["epoch"] == told["live"]["epoch"] > before[int(person.table)]
                assert told["live"]["seat"] == 1
            at_least = [len(person.seen("round_result")) + 1 for person in people]
            for person, count in zip(people, at_least, strict=True):
                await person.event("round_result", count - 1)
            stop.set()
            assert all(rounds > 1 for rounds in await asyncio.gather(*playing))
            for person in people:
                result = person.seen("round_result")[-1]
                assert await first.money(person.player) == (result["balance"]["amount"], 0)
                assert person.seen("round_voided") == []
                assert len(person.seen("live_snapshot")) == (1 if person in moved else 0)
            assert first.casino.cluster.balancer.given == 2
            assert first.casino.cluster.balancer.in_vain == 0


async def test_a_table_with_an_open_round_stays(database: Database, valkey: Any) -> None:
    """A long round is played where it was opened; another table goes in its place."""
    long = table_settings("roulette", title="Long", betting_ms=LONG_MS)
    quick = table_settings("roulette", title="Quick", betting_ms=200)
    async with casino(database, valkey, long, quick, nodes=1) as (first,):
        slow, fast = await Person.join(first, "Long"), await Person.join(first, "Quick")
        opened = await slow.opened()
        assert (await slow.bet(opened["round"], chips(red=100))).type == "accepted"
        async with joined(database, valkey, first, long, quick) as second:
            await until(lambda: int(fast.table) in owned(second))
            assert int(slow.table) in owned(first)
            await fast.opened(len(fast.seen("round_opened")))
            assert slow.seen("live_snapshot") == []
            assert await first.money(slow.player) == (99_900, 100)


async def test_a_release_that_comes_too_late(
    database: Database, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that stands still while it hands a table over does nothing to its next owner."""
    monkeypatch.setattr(fences, "LEASE_S", 0.9)
    monkeypatch.setattr(fences, "RENEW_S", 0.2)
    monkeypatch.setattr(balance, "FRESH_S", 0.4)
    tables = [table_settings("roulette", title=f"Wheel {n}", betting_ms=LONG_MS) for n in range(2)]
    async with casino(database, valkey, *tables, nodes=1) as (first,):
        first.expected_errors = {"the lease has run out"}
        cluster = first.casino.cluster
        begun, go_on = asyncio.Event(), asyncio.Event()
        release = cluster.fences._release

        async def late(table: int, epoch: int) -> bool:
            begun.set()
            await go_on.wait()
            done = await release(table, epoch)
            assert not done, "it was somebody else's"
            return done

        async def still() -> None:
            await go_on.wait()

        monkeypatch.setattr(cluster.fences, "_release", late)
        async with joined(database, valkey, first, *tables) as second:
            second.expected_errors = first.expected_errors
            await begun.wait()
            monkeypatch.setattr(cluster.fences, "_renew", still)
            await until(lambda: len(owned(second)) == 2)
            taken = owned(second)
            go_on.set()
            wire = await second.player()
            await loaded(wire, 2)
            person = await Person.at(wire, "Wheel 0")
            opened = await person.opened()
            assert (await person.bet(opened["round"], chips(red=100))).type == "accepted"
            assert owned(second) == taken


async def test_a_seat_that_the_table_has_lost(database: Database) -> None:
    """Settings that take a seat away harm nobody there; who sits down on it again is refused."""
    table = table_settings("roulette", betting_ms=LONG_MS, seats=2)
    async with live_house(database, table) as house:
        people = [await Person.join(house, table.title) for _ in range(2)]
        round_id = people[1].live["round"] or (await people[1].opened())["round"]
        await house.owner.execute("UPDATE croupier.live_table SET seats = 1")
        again = [await person.wire.ask("join", table=person.table) for person in people]
        assert again[0].type == "joined"
        assert again[1].code == "seat_taken"
        assert (await people[1].bet(round_id, chips(red=100))).type == "accepted"
