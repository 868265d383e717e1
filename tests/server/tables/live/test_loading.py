"""Tests of live tables that are loaded from the record."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from server.fairness.chains import SeedChain
from server.ledger.ids import IdGenerator, clock_ms
from server.tables.live import loading, paying
from server.tables.table import Chain
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.harness import House
from tests.server.tables.live.people import LONG_MS, Person, chips, live_house, table_settings


async def _voided(house: House) -> str:
    """Wait until a round is void and return why."""
    async with asyncio.timeout(PATIENCE_S):
        while not await house.count("round WHERE void_cause IS NOT NULL"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    cause: str = await house.owner.fetchval("SELECT void_cause FROM croupier.round")
    return cause


async def test_after_a_restore(database: Database) -> None:
    """A round from a backup is void: its seed may be known; the next has a chain of its own."""
    table = table_settings("roulette", betting_ms=LONG_MS)
    async with live_house(database, table) as house:
        person = await Person.join(house, table.title)
        opened = await person.opened()
        await person.bet(opened["round"], chips(red=100))
        await house.crash()
        await house.owner.execute("SELECT croupier.after_restore()")
        await house.restart()
        assert await _voided(house) == "The record was restored from a backup."
        assert await house.money(person.player) == (100_000, 0)
        again = await Person.join(house, table.title)
        following = await again.opened()
        assert following["chain"]["chain"] != opened["chain"]["chain"]
        assert following["round"].endswith("-1")
        assert await house.count("chain WHERE account IS NULL AND retired_at IS NULL") == 1


async def test_a_chain_is_left_when_it_is_old(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chain that has grown too old ends with the round in play; the next is on a fresh one."""
    monkeypatch.setattr(paying, "CHAIN_LIFE_S", 0.2)
    async with live_house(database, table_settings("roulette")) as house:
        person = await Person.join(house, "Table of roulette")
        chains = {(await person.opened(index))["chain"]["chain"] for index in range(3)}
        assert len(chains) == 3
        assert await house.count("chain WHERE account IS NULL AND retired_for = 'played'") >= 1


async def test_a_chain_grows_old_while_nobody_comes(database: Database) -> None:
    """A table that was left alone opens no round on a chain older than a day."""
    table = table_settings("roulette", betting_ms=LONG_MS)
    async with live_house(database, table) as house:
        (live,) = house.casino._live.floor.tables.values()
        made = IdGenerator(0, clock_ms=lambda: clock_ms() - 2 * 86_400_000).next()
        live.chain = Chain(made, SeedChain.fresh(4))
        person = await Person.join(house, table.title)
        assert int((await person.opened())["chain"]["chain"]) > made
        assert await house.count("open_round") == 1


async def test_a_wheel_that_was_drawn_is_paid_by_the_next_owner(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An owner that is lost between draw and payment leaves a round that its successor pays."""
    table = table_settings("roulette")
    async with live_house(database, table) as house:
        person = await Person.join(house, table.title)
        with monkeypatch.context() as patched:
            patched.setattr(paying.Paying, "_pay", lambda _: None)
            opened = await person.opened()
            await person.bet(opened["round"], chips(red=100))
            async with asyncio.timeout(PATIENCE_S):
                while not await house.count("live_round WHERE drawn IS NOT NULL"):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        floor = house.casino._live.floor
        floor.lost(floor.tables[int(person.table)])
        result = await person.newest("round_result", round=opened["round"])
        assert result["stake"] == 100
        assert await house.money(person.player) == (99_900 + result["payout"], 0)
        assert (await person.event("live_snapshot"))["live"]["phase"] == "closed"


async def test_a_table_that_does_not_load_keeps_nobody_out(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has a seat at a table that cannot be run signs in all the same."""
    table = table_settings("roulette", betting_ms=LONG_MS)
    async with live_house(database, table) as house:
        house.expected_errors = {"live table does not load"}
        person = await Person.join(house, table.title)
        await person.opened()
        await person.wire.drop()
        with monkeypatch.context() as patched:
            patched.setattr("server.tables.live.floor.resume_round", _broken)
            floor = house.casino._live.floor
            floor.lost(floor.tables[int(person.table)])
            async with asyncio.timeout(PATIENCE_S):
                while not any(e["event"] == "live table does not load" for e in house.logs):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        wire = await house.resume(person.wire.welcome["token"])
        assert wire.welcome["tables"] == []
        assert await wire.refusal("join", table=person.table) == "unavailable"


async def _broken(*_: object) -> None:
    raise LookupError("it does not load")


def test_only_who_is_paid_is_shown_as_out() -> None:
    """What the house decided is on record before it is paid, and may yet be void: none is told."""
    placed = {
        1: SimpleNamespace(at_ms=900, paid=None),  # cashed out by the house, not paid yet
        2: SimpleNamespace(at_ms=800, paid=130),  # cashed out
        3: SimpleNamespace(at_ms=None, paid=110),  # paid at his target
        4: SimpleNamespace(at_ms=None, paid=None),  # has a target, is to be paid
        5: SimpleNamespace(at_ms=None, paid=0),  # lost
    }
    round_: Any = SimpleNamespace(bettors=tuple(placed), placed=placed)
    rising: Any = SimpleNamespace(due_ms={2: 500, 3: 600, 4: 700}.get)
    found = loading._cashed_out(round_, rising)
    assert [(out.seat, out.at_ms, out.payout) for out in found] == [(3, 500, 110), (2, 800, 130)]
