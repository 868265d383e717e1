"""Tests of the list of live tables that the lobby is given."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.tables.live import cards as module
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.tables.live.people import LONG_MS, Person, live_house, table_settings
from tests.server.wire import Wire

TABLE = table_settings("roulette", betting_ms=LONG_MS)


async def card_where(wire: Wire, **said: Any) -> dict[str, Any]:
    """Ask for the only table again and again until its card says this."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            (card,) = (await wire.ask("tables")).body["tables"]
            if said.items() <= card.items():
                return dict(card)
            await asyncio.sleep(0.01)  # a list is asked for, as a lobby does


async def test_the_list_tells_who_is_there(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seats and watchers are told; many who ask at once get one and the same list."""
    async with live_house(database, TABLE) as house:
        await Person.join(house, TABLE.title)
        await Person.join(house, TABLE.title, watch=True)
        await Person.join(house, TABLE.title)
        wire = await house.player()
        await card_where(wire, taken=2, watchers=1, phase="betting")
        assert house.casino._live.hall.present == (2, 1)
        made = 0
        cards = house.casino._live.hall._cards
        assert cards is not None
        own = cards._own

        def counted() -> Any:
            nonlocal made
            made += 1
            return own()

        monkeypatch.setattr(module, "KEPT_S", 60.0)
        monkeypatch.setattr(cards, "_own", counted)
        monkeypatch.setattr(cards, "tell", lambda: None)
        cards._kept.clear()
        answers = [await wire.ask("tables") for _ in range(20)]
        assert made == 1
        assert all(answer.body == answers[0].body for answer in answers)
