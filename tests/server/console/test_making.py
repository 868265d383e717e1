"""Tests of `server.console.making`: tables made on one node, played on others, outliving them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from protocol.schema.console_tables import Action, TableRow
from server.console.live import ActionRefused
from server.console.making import Making
from server.tables.live.terms import TableRefused
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.console.test_floor import order
from tests.server.harness import House, open_house
from tests.server.tables.live.conftest import valkey  # noqa: F401 - a fixture
from tests.server.tables.live.people import (
    LONG_MS,
    Person,
    chips,
    live_house,
    loaded,
    table_settings,
)
from tests.server.tables.live.test_remote import casino, owner_of, table_id

MARA = "operator:mara"
SAID: dict[str, Any] = {
    "title": "Wheel 9",
    "game": "roulette",
    "minimum": "0.10",
    "maximum": "500.00",
    "seats": 5,
    "betting_ms": LONG_MS,
    "result_ms": 50,
}


def making_of(house: House) -> Making:
    """Return who makes a node's tables."""
    making = house.casino.board.making
    assert isinstance(making, Making)
    return making


async def made(house: House, *, closed: bool = False, **changes: Any) -> TableRow:
    """Make a table, and return its row once a node runs it."""
    making = making_of(house)
    row = await making.make(await making.check({**SAID, **changes}, closed=closed), MARA)
    assert row is not None
    return row


async def shown(house: House, table: str, **said: Any) -> TableRow:
    """Wait until a table is so on a node's board."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            row = house.casino.board.row(table)
            if row is not None and all(getattr(row, n) == v for n, v in said.items()):
                return row
            await asyncio.sleep(0.02)  # nobody is told of it


async def run_as(houses: list[House], table: str) -> str:
    """Wait until a node runs a table, and return the state in which it does."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for house in houses:
                found = house.casino._live.floor.tables.get(int(table))
                if found is not None:
                    return found.state.wire
            await asyncio.sleep(0.02)  # nobody is told of it


@pytest.fixture
async def one_house(database: Database) -> AsyncIterator[House]:
    """A node with one table."""
    async with live_house(database, table_settings("roulette")) as house:
        yield house


async def listed(house: House, title: str) -> None:
    """Wait until players of a node are shown a table."""
    wire = await house.player()
    async with asyncio.timeout(PATIENCE_S):
        while True:
            cards = (await wire.ask("tables")).body["tables"]
            if title in [card["title"] for card in cards]:
                break
            await asyncio.sleep(0.02)  # nobody is told of it
    await wire.close()


async def test_made_on_one_node_played_on_the_other(
    database: Database,
    valkey: Any,  # noqa: F811 - the fixture
) -> None:
    """A table is on every board wherever it is made, and outlives its owner with round and bets."""
    async with casino(database, valkey) as houses:
        row = await made(houses[0])
        here, there = owner_of(houses, row.id)
        for house in houses:
            assert (await shown(house, row.id)).title == "Wheel 9"
            await listed(house, "Wheel 9")
        here.expected_errors = {"node fenced", "the lease has run out"}
        there.expected_errors = {"the lease has run out"}
        person = await Person.join(there, "Wheel 9")
        opened = await person.opened()
        assert (await person.bet(opened["round"], chips(red=100))).type == "accepted"
        await here.crash()
        await shown(there, row.id, node=str(there.casino._lease.node))
        more = await person.bet(opened["round"], chips(red=50))
        while more.type == "error" and more.code in ("table_moved", "busy"):
            more = await person.bet(opened["round"], chips(red=50), more.id)
        assert more.body["stake"] == 150
        await there.casino.board.act(row.id, Action.VOID, order(opened["round"]))
        await person.event("round_voided")
        assert await there.money(person.player) == (100_000, 0)


async def programs(house: House, *expected: str) -> None:
    """Wait until a node's board tells that the nodes, by number, run these programs."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            rows = house.casino.board.nodes()
            if [(row.program, row.state) for row in rows] == [(each, "ready") for each in expected]:
                break
            await asyncio.sleep(0.02)  # nobody is told of it


async def test_an_operators_word_stands(
    database: Database,
    valkey: Any,  # noqa: F811 - the fixture
) -> None:
    """Through a rolling restart, seen by program, what an operator closed or paused stays so."""
    settings = [table_settings("roulette", title=title) for title in ("Shut", "Still", "Busy")]
    async with casino(database, valkey, *settings) as houses:
        wire = await houses[0].player()
        ids = {card["title"]: card["table"] for card in await loaded(wire, len(settings))}
        await wire.close()
        for title, action in (("Shut", Action.CLOSE), ("Still", Action.PAUSE)):
            owner, _ = owner_of(houses, ids[title])
            await shown(owner, ids[title])
            await owner.casino.board.act(ids[title], action, order())
        for replaced, house in enumerate(houses, start=1):
            house.expected_errors = {"node fenced", "the lease has run out"}
            await house.restart()
            new = house.casino._live.cluster
            assert new is not None
            # As if it were of the version after.
            this, new.members._program = new.members._program, "9.9.9 (schema 99)"
            await new.members.announce("ready")
            after = ["9.9.9 (schema 99)"] * replaced + [this] * (2 - replaced)
            await programs(houses[1], *after)
            states = {title: await run_as(houses, ids[title]) for title in ids}
            assert states == {"Shut": "closed", "Still": "paused", "Busy": "open"}
        owner, _ = owner_of(houses, ids["Shut"])
        await shown(owner, ids["Shut"])
        await owner.casino.board.act(ids["Shut"], Action.OPEN, order())
        await listed(owner, "Shut")


async def test_given_back_to_the_settings(
    database: Database,
    valkey: Any,  # noqa: F811 - the fixture
) -> None:
    """A changed table is given back from any node, between rounds; then a start changes it."""
    wheel = table_settings("roulette", seats=5, betting_ms=LONG_MS)
    async with casino(database, valkey, wheel) as houses:
        table = await table_id(houses[0])
        here, there = owner_of(houses, table)
        await shown(here, table)
        making = making_of(there)
        with pytest.raises(TableRefused, match="no operator has changed it") as refused:
            await making.check_revert(table)
        assert refused.value.code == "not_changed"
        await here.casino.board.act(table, Action.CLOSE, order())
        await making.change(await making.check_change(table, {"seats": 7}), MARA)
        await shown(there, table, seats=7, state="closed")
        back = await making.check_revert(table)
        assert (back.text, back.reverted) == ("seats 7 to 5", True)
        await there.casino.board.act(table, Action.OPEN, order())
        await shown(there, table, state="open")
        with pytest.raises(ActionRefused, match="table_open"):
            await making.change(back, MARA)
        await there.casino.board.act(table, Action.CLOSE, order())
        await making.change(back, MARA)
        await shown(there, table, seats=5, state="closed")
        terms = await making_of(here).terms(table)
        assert terms is not None
        assert (terms.origin, terms.configured) == ("config", True)
        assert {o.field for o in terms.origins if o.origin != "config"} == {"state"}
        here.expected_errors = {"node fenced", "the lease has run out"}
        await here.restart(live__tables=(table_settings("roulette", seats=9),))
        terms = await making_of(here).terms(table)
        assert terms is not None
        assert terms.seats == 9


async def test_a_restart_leaves_it_alone(database: Database) -> None:
    """Neither the settings nor a restart change, close, open or double a table of an operator."""
    same = table_settings("roulette", title="Wheel 9", seats=7, minimum="1.00")
    async with open_house(database) as house:
        open_ = await made(house)
        closed = await made(house, closed=True, title="Wheel 10")
        await house.restart(live__tables=(same,))
        assert (await shown(house, open_.id)).seats == 5
        assert (await shown(house, closed.id)).state == "closed"
        assert len(house.casino.board.snapshot()) == 2
        terms = await making_of(house).terms(open_.id)
        assert terms is not None
        assert (terms.minimum, terms.maximum, terms.origin) == ("0.10", "500.00", MARA)
        await house.casino.board.act(closed.id, Action.OPEN, order())
        await listed(house, "Wheel 10")
    assert any("stays as operators set it" in entry["event"] for entry in house.logs)


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"game": "dice"}, "unknown_game", "game"),
    ({"game": "roulete"}, "unknown_game", "game"),
    ({"game": "blackjack", "seats": 8}, "too_many_seats", "seats"),
    ({"seats": 0}, "invalid_table", "seats"),
    ({"currency": "XXQ"}, "unknown_currency", "currency"),
    ({"minimum": "0"}, "wrong_limits", "minimum"),
    ({"minimum": "0.105"}, "wrong_limits", "minimum"),
    ({"maximum": "0.05"}, "wrong_limits", "maximum"),
    ({"minimum": 5}, "invalid_table", "minimum"),
    ({"betting_ms": 86_400_001}, "invalid_table", "betting_ms"),
    ({"title": " Wheel"}, "invalid_table", "title"),
    ({"title": "Table of roulette"}, "name_taken", "title"),
    ({"colour": "red"}, "invalid_table", "colour"),
]


async def test_refusals(one_house: House) -> None:
    """What cannot be is refused by its code and field; of two of one name at once one is made."""
    for changes, code, field in WRONG:
        with pytest.raises(TableRefused) as refused:
            await making_of(one_house).check({**SAID, **changes}, closed=False)
        assert (refused.value.code, refused.value.field) == (code, field), changes
        assert refused.value.reason
    with pytest.raises(ActionRefused, match="no_table"):
        await making_of(one_house).check_change("77", {"seats": 5})
    table = str(next(iter(one_house.casino._live.floor.tables)))
    for wrong in ({"title": "Another"}, {"seats": 7}, {"seats": 501}, {"maximum": "0.01"}):
        with pytest.raises(TableRefused):
            await making_of(one_house).check_change(table, wrong)
    making = making_of(one_house)
    twice = [await making.check(SAID, closed=True) for _ in range(2)]
    results = await asyncio.gather(
        *(making.make(new, MARA) for new in twice), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["TableRefused", "TableRow"]
    (own,) = [result.id for result in results if isinstance(result, TableRow)]
    with pytest.raises(TableRefused, match=r"config\.toml lists no table") as unlisted:
        await making.check_revert(own)
    assert unlisted.value.code == "not_configured"
    with pytest.raises(ActionRefused, match="no_table"):
        await making.check_revert("77")


async def test_what_a_table_takes_is_changed(
    database: Database,
    valkey: Any,  # noqa: F811 - the fixture
) -> None:
    """A paused table is changed from any node; players are told and the next round goes by it."""
    async with casino(database, valkey) as houses:
        row = await made(houses[0], seats=5)
        here, there = owner_of(houses, row.id)
        await listed(there, "Wheel 9")
        person = await Person.join(there, "Wheel 9", seat=4)
        making, board = making_of(there), there.casino.board
        change = await making.check_change(row.id, {"minimum": "2.00", "seats": 4})
        assert change.text == "minimum 0.10 to 2.00, seats 5 to 4"
        with pytest.raises(ActionRefused, match="table_open"):
            await making.change(change, MARA)
        opened = await person.opened()
        await board.act(row.id, Action.PAUSE, order())
        await shown(there, row.id, state="paused")
        with pytest.raises(ActionRefused, match="table_open"):
            await making.change(change, MARA)
        await board.act(row.id, Action.VOID, order(opened["round"]))
        await shown(there, row.id, phase="idle", round=None)
        few = await making.check_change(row.id, {"seats": 3})
        with pytest.raises(ActionRefused, match="seats_taken"):
            await making.change(few, MARA)
        await making.change(change, MARA)
        told = await person.event("live_snapshot")
        assert (told["live"]["stakes"]["minimum"], told["live"]["seats"]) == (200, 4)
        for house in houses:
            await shown(house, row.id, seats=4, state="paused")
        await board.act(row.id, Action.RESUME, order())
        opened = await person.newest("round_opened", epoch=told["epoch"])
        refused = await person.bet(opened["round"], chips(red=100))
        assert refused.code == "stake_below"
        assert (await person.bet(opened["round"], chips(red=200))).type == "accepted"
        terms = await making_of(here).terms(row.id)
        assert terms is not None
        assert (terms.seats, terms.origin) == (4, MARA)
        assert terms.changed_ms is not None
