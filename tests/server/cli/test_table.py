"""Tests of `croupier table`: what each command does, prints, refuses and puts on record."""

from __future__ import annotations

import asyncio
import getpass
import json
from pathlib import Path
from typing import Any

import pytest

from server.cli.main import run
from server.console import commanding
from server.identity.operators import open_operators
from server.identity.passwords import new_verifier
from server.identity.roles import Role
from server.identity.sealing import SecretSeal
from server.identity.sign_ins import cost_of
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.console.test_making import shown
from tests.server.identity.people import KEYS, PASSWORD, QUICK
from tests.server.tables.live.conftest import valkey  # noqa: F401 - a fixture
from tests.server.tables.live.people import LONG_MS, Person, chips, live_house, table_settings
from tests.server.tables.live.test_remote import casino, owner_of

WHY = ("--reason", "the wheel is looked at")
NEW = ("--game", "roulette", "--minimum", "0.50", "--seats", "6", "--betting-ms", str(LONG_MS))


class Desk:
    """Where commands are typed."""

    def __init__(self, database: Database, capsys: pytest.CaptureFixture[str]) -> None:
        self.database = database
        self._capsys = capsys

    async def type(self, *words: str, code: int = 0) -> str:
        """Run a command beside the loop; returns what it printed, or its complaint."""
        self._capsys.readouterr()  # what nodes have logged
        place = ["--database", self.database.url("owner", socket=False)]
        done = await asyncio.to_thread(run, ["table", *words, *place])
        printed = self._capsys.readouterr()
        assert done == code, printed
        if code:
            assert printed.out == ""
            return [line for line in printed.err.splitlines() if line.startswith("croupier")][-1]
        return printed.out

    async def told(self, *words: str) -> Any:
        """Run a command with --json."""
        return json.loads(await self.type(*words, "--json"))

    async def hire(self, name: str, role: Role) -> None:
        """Add an operator."""
        async with open_operators(self.database.owner, "tester", SecretSeal(KEYS)) as operators:
            await operators.add(name, role, new_verifier(PASSWORD, cost_of(QUICK)))

    async def recorded(self) -> list[tuple[str, str, str, str, str]]:
        """Return what is on record of tables: actor, role, action, object, reason."""
        async with self.database.connected("owner") as owner:
            rows = await owner.fetch(
                "SELECT actor, role, action, object, reason FROM croupier.operator_action"
                " WHERE action LIKE 'table.%' ORDER BY id"
            )
        return [tuple(row) for row in rows]


@pytest.fixture
def desk(database: Database, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A desk before an empty database."""
    return Desk(database, capsys)


async def test_on_a_running_cluster(
    desk: Desk,
    valkey: Any,  # noqa: F811 - the fixture
) -> None:
    """A table that a command makes is run at once; its owner pauses, voids, changes and closes."""
    async with casino(desk.database, valkey) as houses:
        made = await desk.told("open", "Wheel 9", *NEW, *WHY)
        assert made["node"] in (1, 2)
        floors = [house.casino._live.floor for house in houses]
        async with asyncio.timeout(PATIENCE_S):
            # It is owned, and not loaded yet; nobody is told when it is.
            while not any(int(made["table"]) in floor.tables for floor in floors):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        here, there = owner_of(houses, made["table"])
        assert here.casino._lease.node == made["node"]
        await shown(there, made["table"])
        person = await Person.join(here, "Wheel 9")
        opened = await person.opened()
        assert (await person.bet(opened["round"], chips(red=100))).type == "accepted"
        told = await desk.told("show", "Wheel 9")
        assert (told["round"], told["held"], told["seats_taken"]) == (opened["round"], "1.00", 1)
        begun = asyncio.get_running_loop().time()
        paused = await desk.told("pause", made["table"], *WHY)
        assert asyncio.get_running_loop().time() - begun < commanding.TAKEN_S / 2
        assert (await person.event("table_status"))["state"] == "paused"
        assert paused["node"] == made["node"]
        assert "not in a state" in await desk.type("pause", "Wheel 9", *WHY, code=1)
        refused = await desk.type("change", "Wheel 9", "--minimum", "1.00", *WHY, code=1)
        assert "let its round end" in refused
        assert "no such round" in await desk.type("void", "Wheel 9", "1-1", *WHY, code=1)
        await desk.told("void", "Wheel 9", opened["round"], *WHY)
        voided = await person.event("round_voided")
        assert (voided["returned"], voided["reason"]) == (100, WHY[1])
        words = await desk.type("change", "Wheel 9", "--minimum", "1.00", *WHY)
        assert "minimum 0.50 to 1.00" in words
        await person.event("live_snapshot")
        await desk.told("resume", "Wheel 9", *WHY)
        await desk.told("close", "Wheel 9", *WHY)
        (listed,) = await desk.told("list")
        assert (listed["state"], listed["minimum"]) == ("closing", "1.00")
    did = [action for _, _, action, _, _ in await desk.recorded()]
    assert did == [
        f"table.{what}"
        for what in ("make", "pause", "pause", "pause.refused", "change", "change.refused", "void",
                     "void.refused", "void", "change", "resume", "close")
    ]  # fmt: skip


async def test_without_a_node(desk: Desk) -> None:
    """Without a server the record is changed, and whoever starts next finds it so."""
    made = await desk.told("open", "Wheel 9", *NEW, "--closed", *WHY)
    assert made["node"] is None
    await desk.type("change", "Wheel 9", "--seats", "4", "--result-ms", "50", *WHY)
    words = await desk.type("open", "Wheel 9", *WHY)
    assert words.startswith("Wheel 9 is open (in the record")
    assert "not in a state" in await desk.type("open", "Wheel 9", *WHY, code=1)
    assert "No node runs" in await desk.type("void", "Wheel 9", "7-1", *WHY, code=1)
    table = await desk.type("list")
    assert "Wheel 9" in table
    assert "EUR 0.50 to 500.00" in table
    shows = await desk.type("show", "Wheel 9")
    assert f"command:{getpass.getuser()}" in shows
    async with live_house(desk.database) as house:
        row = await shown(house, made["table"])
        assert (row.seats, row.state) == (4, "open")
        person = await Person.join(house, "Wheel 9")
        await person.opened()
        await desk.type("close", "Wheel 9", *WHY)
        await person.event("table_status")
    recorded = await desk.recorded()
    assert {(actor, role) for actor, role, _, _, _ in recorded} == {
        (getpass.getuser(), "command line")
    }
    assert recorded[1][4] == "seats 6 to 4, result_ms 5000 to 50: the wheel is looked at"


async def test_given_back_to_config_toml(desk: Desk, tmp_path: Path) -> None:
    """A changed table is given back, running or not; one that config.toml lacks is refused."""
    config = tmp_path / "config.toml"
    clocks = f"betting_ms = {LONG_MS}, draw_ms = 0, decision_ms = {LONG_MS}, result_ms = 50"
    table = f"{{ title = 'Wheel', game = 'roulette', seats = 9, {clocks} }}"
    config.write_text(f"[live]\ntables = [{table}]\n", encoding="utf-8")
    back = ("revert", "Wheel", *WHY, "--config", str(config))
    wheel = table_settings("roulette", title="Wheel", seats=5, betting_ms=LONG_MS)
    async with live_house(desk.database, wheel):
        assert "no operator has changed it" in await desk.type(*back, code=1)
        await desk.told("pause", "Wheel", *WHY)
        await desk.told("change", "Wheel", "--minimum", "2.00", *WHY)
        assert (await desk.told(*back))["node"] == 1
        told = await desk.told("show", "Wheel")
        assert (told["seats"], told["minimum"], told["origin"]) == (9, "0.10", "config")
        await desk.told("change", "Wheel", "--seats", "6", *WHY)
        await desk.told("resume", "Wheel", *WHY)
        assert "let its round end" in await desk.type(*back, code=1)
        await desk.told("close", "Wheel", *WHY)
    words = await desk.type(*back)
    assert words.startswith("Wheel is as config.toml has it, seats 6 to 9 (in the record")
    assert (await desk.told("show", "Wheel"))["state"] == "closed"
    await desk.told("open", "Wheel 9", *NEW, *WHY)
    refused = await desk.type("revert", "Wheel 9", *WHY, "--config", str(config), code=1)
    assert "config.toml lists no table Wheel 9 of roulette in EUR" in refused
    recorded = [(what, why) for _, _, what, _, why in await desk.recorded()]
    assert recorded[2] == ("table.revert", f"minimum 2.00 to 0.10, seats 5 to 9: {WHY[1]}")
    assert [what for what, _ in recorded if "revert" in what] == [
        "table.revert", "table.revert", "table.revert.refused", "table.revert"]  # fmt: skip


async def test_where_each_value_comes_from(desk: Desk) -> None:
    """J20: of each value it is told who set it, when, why and under which record."""
    await desk.hire("mara", Role.FLOOR)
    wheel = table_settings("roulette", title="Wheel", seats=5)
    async with live_house(desk.database, wheel):
        assert "config.toml" in await desk.type("show", "Wheel")
        closed = await desk.told("close", "Wheel", *WHY, "--operator", "mara")
        changed = await desk.told("change", "Wheel", "--seats", "6", "--reason", "full: six")
        origins = (await desk.told("show", "Wheel"))["origins"]
        assert {name: (each["origin"], each["reason"], each["record"])
                for name, each in origins.items() if each["origin"] != "config"} == {
            "state": ("operator:mara", WHY[1], closed["record"]),
            "seats": (f"command:{getpass.getuser()}", "full: six", changed["record"]),
        }  # fmt: skip
    await desk.told("open", "Wheel", "--reason", "the next night")
    lines = (await desk.type("show", "Wheel")).splitlines()
    (state,) = [line for line in lines if line.startswith("state ")]
    assert ": the next night (record " in state
    (minimum,) = [line for line in lines if line.startswith("minimum ")]
    assert minimum.endswith(" config.toml")
    made = await desk.told("open", "Wheel 9", *NEW, *WHY)
    origins = (await desk.told("show", "Wheel 9"))["origins"]
    assert {(each["reason"], each["record"]) for each in origins.values()} == {
        (WHY[1], made["record"])
    }


async def test_in_the_name_of_an_operator(desk: Desk) -> None:
    """With --operator his role decides, and he stands on record, with who ran the command."""
    await desk.hire("mara", Role.FLOOR)
    await desk.hire("otto", Role.CASHIER)
    await desk.told("open", "Wheel 9", *NEW, *WHY, "--operator", "Mara")
    assert (await desk.told("show", "Wheel 9"))["origin"] == "operator:mara"
    refused = await desk.type("pause", "Wheel 9", *WHY, "--operator", "otto", code=1)
    assert "otto, cashier, does not allow" in refused
    assert "no operator nobody" in await desk.type(
        "pause", "Wheel 9", *WHY, "--operator", "nobody", code=1
    )
    ((actor, role, action, subject, reason),) = await desk.recorded()
    assert (actor, role, action) == ("mara", "floor", "table.make")
    assert subject.endswith(" Wheel 9")
    assert reason.startswith("roulette, EUR 0.50 to 500.00, seats 6,")
    async with desk.database.connected("owner") as owner:
        address = await owner.fetchval("SELECT address FROM croupier.operator_action"
                                       " WHERE action = 'table.make'")  # fmt: skip
    assert address == f"command line of {getpass.getuser()}"


WRONG: list[tuple[tuple[str, ...], int, str]] = [
    (("open", "A", "--game", "dice", *WHY), 1, "game: dice is no game for a live table"),
    (("open", "A", "--game", "blackjack", "--seats", "8", *WHY), 1, "seats: blackjack has"),
    (("open", "Wheel 9", *NEW, *WHY), 1, "There is a table named Wheel 9 already"),
    (("open", "A", "--seats", "5", *WHY), 2, "A new table needs its --game"),
    (("open", "A", *WHY), 1, "There is no table A"),
    (("pause", "Wheel 9"), 2, "--reason"),
    (("pause", "Wheel 9", "--reason", " x "), 2, "3 to 500 characters"),
    (("change", "Wheel 9", *WHY), 2, "Nothing would be different"),
    (("change", "Wheel 9", "--maximum", "0.10", *WHY), 1, "maximum: it must not be below"),
    (("void", "Wheel 9", *WHY), 2, "ROUND"),
]


async def test_refusals(desk: Desk) -> None:
    """What cannot be is one line that says what to do, and changes nothing."""
    await desk.told("open", "Wheel 9", *NEW, *WHY)
    before = await desk.told("list")
    for words, code, told in WRONG:
        assert told in await desk.type(*words, code=code), words
    assert await desk.told("list") == before
    assert len(await desk.recorded()) == 1


async def test_nobody_takes_the_order(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that its owner does not begin in time is never begun, and both are told."""
    monkeypatch.setattr(commanding, "TAKEN_S", 0.2)
    made = await desk.told("open", "Wheel 9", *NEW, *WHY)
    async with desk.database.connected("owner") as owner:
        await owner.execute("SET search_path = croupier")
        # A node that owns the table and hears nothing.
        lease = await owner.fetchval("SELECT fence_lease_start(1::smallint, 1, '{}', 60000)")
        await owner.fetchval("SELECT fence_take($1, $2)", int(made["table"]), lease)
        assert "nothing was done" in await desk.type("pause", "Wheel 9", *WHY, code=1)
        (order,) = await owner.fetch("SELECT id, refusal FROM live_order")
        assert order["refusal"] == "unreachable"
        assert not await owner.fetchval("SELECT live_order_take($1, 1)", order["id"])
    did = [action for _, _, action, _, _ in await desk.recorded()]
    assert did == ["table.make", "table.pause", "table.pause.refused"]
