"""Tests of live tables that are loaded from the record."""

from __future__ import annotations

import asyncio

import pytest

from server.tables.live import paying
from tests.postgres import Database
from tests.server.harness import House
from tests.server.tables.live.people import LONG_MS, Person, chips, live_house, table_settings


async def _voided(house: House) -> str:
    """Wait until a round is void and return why."""
    async with asyncio.timeout(10):
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
    monkeypatch.setattr(paying, "CHAIN_LIFE_S", -1)
    async with live_house(database, table_settings("roulette")) as house:
        person = await Person.join(house, "Table of roulette")
        chains = {(await person.opened(index))["chain"]["chain"] for index in range(3)}
        assert len(chains) == 3
        assert await house.count("chain WHERE account IS NULL AND retired_for = 'played'") >= 1
