"""Tests of the pause between the close of bets and the draw."""

from __future__ import annotations

import time
from typing import Any

from games.live import Style
from server.tables.live.settings import DRAW_MS
from tests.postgres import Database
from tests.server.harness import House
from tests.server.tables.live.people import LONG_MS, Person, chips, live_house, table_settings

WHEEL = table_settings("roulette", draw_ms=600_000)
"""Its pause ends for nobody who tests here."""


async def _paused(house: House, title: str = WHEEL.title) -> tuple[Person, str, dict[str, Any]]:
    """Bet on a round and come into its pause: who did, which round, and what he was told."""
    person = await Person.join(house, title)
    opened = await person.opened()
    assert (await person.bet(opened["round"], chips(red=100))).type == "accepted"
    return person, opened["round"], await person.newest("bets_closed", round=opened["round"])


async def test_in_the_pause_nothing_is_drawn(database: Database) -> None:
    """Closed is on record, no outcome is; bets stay held, late ones are refused (A11, C4)."""
    async with live_house(database, WHEEL) as house:
        person, round_id, closed = await _paused(house)
        assert closed["draws_ms"] == 600_000
        (row,) = await house.owner.fetch("SELECT closed, drawn FROM croupier.live_round")
        assert (row["closed"] is not None, row["drawn"]) == (True, None)
        floor = house.casino._live.floor
        round_ = floor.tables[int(person.table)].round
        assert round_ is not None
        assert round_.state is None, "there is no outcome that could leak"
        late = await person.bet(round_id, chips(black=100))
        assert (late.code, late.body["certainty"]) == ("bets_closed", "final")
        assert (await person.bet(round_id, chips(black=100), late.id)).code == "bets_closed"
        assert await house.money(person.player) == (99_900, 100)
        watcher = await Person.join(house, WHEEL.title, watch=True)
        assert (watcher.live["phase"], watcher.live["view"]) == ("closed", None)
        assert 0 < watcher.live["phase_ms"] <= 600_000
        assert floor.tables[int(person.table)].stuck_since is None, "it waits for its clock"


async def test_the_pause_is_as_long_as_it_was_told(database: Database) -> None:
    """The draw is recorded no earlier than that after the close, and told after it."""
    table = table_settings("roulette", draw_ms=400)
    async with live_house(database, table) as house:
        person, round_id, closed = await _paused(house)
        assert closed["draws_ms"] == 400
        told_s = time.monotonic()
        await person.newest("round_result", round=round_id)
        assert time.monotonic() - told_s > 0.3, "it was told at most a moment after it began"
        (at,) = [i for i, e in enumerate(person.wire.events) if e.type == "round_result"]
        assert person.wire.events[at - 1].type == "bets_closed"


async def test_a_round_is_voided_in_the_pause(database: Database) -> None:
    """Every stake comes back, and no draw follows."""
    async with live_house(database, WHEEL) as house:
        person, round_id, _ = await _paused(house)
        floor = house.casino._live.floor
        await floor.void(floor.tables[int(person.table)], "The ball fell off.")
        voided = await person.newest("round_voided", round=round_id)
        assert (voided["returned"], voided["reason"]) == (100, "The ball fell off.")
        assert await house.money(person.player) == (100_000, 0)
        assert await house.count("round WHERE drawn IS NOT NULL") == 0


async def test_the_next_owner_waits_anew_and_draws_the_same(database: Database) -> None:
    """An owner that is lost in the pause leaves a closed round: it is told, awaited and drawn."""
    async with live_house(database, WHEEL) as house:
        person, round_id, _ = await _paused(house)
        await house.owner.execute("UPDATE croupier.live_table SET draw_ms = 200")
        floor = house.casino._live.floor
        lost = floor.tables[int(person.table)]
        round_ = lost.round
        assert round_ is not None
        floor.lost(lost)
        again = await person.newest("bets_closed", round=round_id, draws_ms=200)
        assert again["epoch"] > lost.epoch
        result = await person.newest("round_result", round=round_id)
        round_.derive()
        assert round_.state is not None
        assert result["summary"] == lost.rules.summary(round_.state)
        assert await house.money(person.player) == (99_900 + result["payout"], 0)


async def test_a_table_waits_as_suits_its_game(database: Database) -> None:
    """Unless it is set, one draw for all has a pause; cards in turn have none."""
    tables = [
        table_settings("sic-bo", draw_ms=None, betting_ms=LONG_MS),
        table_settings("blackjack", draw_ms=None, betting_ms=LONG_MS),
        table_settings("roulette", draw_ms=0, betting_ms=LONG_MS),
    ]
    async with live_house(database, *tables) as house:
        waits = {t.game.name: t.draw_ms for t in house.casino._live.floor.tables.values()}
        assert waits == {"sic-bo": DRAW_MS[Style.WINDOW], "blackjack": 0, "roulette": 0}
