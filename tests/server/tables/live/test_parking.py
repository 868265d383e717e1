"""Tests of rounds of live tables that an operator has to see to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from protocol.schema.console_tables import Action
from server.audit.reader import open_reader
from server.audit.run import Options, audit
from server.console.commanding import open_tables
from server.fairness.keyring import GENERATED_KEY_FILE, read_keys
from server.tables.live import paying
from server.tables.live.round import LiveRound
from server.tables.live.settings import TableState
from server.tables.live.table import LiveTable
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.audit.books import CATALOGUE
from tests.server.harness import House
from tests.server.tables.live.people import LONG_MS, Person, chips, live_house, table_settings

REFUSED = "ALTER TABLE croupier.wager ADD CONSTRAINT refused CHECK (stake = 0)"
"""The database pays no seat any more; stakes can be returned."""
NO_MORE = "ALTER TABLE croupier.wager DROP CONSTRAINT refused"
LOGGED = {"item refused by the database", "live round parked", "a live round is parked"}


async def until(found: Callable[[], Awaitable[Any]]) -> Any:
    """Wait until something is found on record; nobody tells of it."""
    async with asyncio.timeout(PATIENCE_S):
        while not (result := await found()):  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.02)
    return result


def table_of(house: House) -> LiveTable:
    """Return the one live table of a node."""
    (table,) = house.casino._live.floor.tables.values()
    return table


async def parked(house: House) -> str:
    """Wait until the round in play is parked and its table loaded; what the database refused."""

    async def found() -> Any:
        cause = await house.owner.fetchval(
            "SELECT l.parked_for FROM croupier.live_round l"
            " JOIN croupier.open_round o ON o.chain = l.chain WHERE o.parked"
        )
        loaded = any(t.parked is not None for t in house.casino._live.floor.tables.values())
        return cause if loaded else None

    return str(await until(found))


async def betting(house: House, title: str, stake: int = 100) -> tuple[Person, str]:
    """Sit somebody down and let him bet."""
    person = await Person.join(house, title)
    opened = await person.opened()
    assert (await person.bet(opened["round"], chips(red=stake))).type == "accepted"
    return person, opened["round"]


async def audited(house: House) -> Any:
    """Audit the ledger while the node is up."""
    keys = read_keys(house.casino.settings.data / GENERATED_KEY_FILE)
    async with open_reader(house.database.app) as reader:
        return await audit(reader, CATALOGUE, keys, Options(newest=None))


async def test_a_payment_that_is_always_refused_is_parked(database: Database) -> None:
    """The stakes stay held, everybody and operators are told, no outcome is; not tried for ever."""
    table = table_settings("roulette")
    async with live_house(database, table) as house:
        house.expected_errors = LOGGED
        await house.owner.execute(REFUSED)
        person, round_id = await betting(house, table.title)
        assert await parked(house) == "SETTLE was BROKEN"
        await person.wire.until(
            lambda: any(e["live"]["state"] == "parked" for e in person.seen("live_snapshot"))
        )
        live = person.seen("live_snapshot")[-1]["live"]
        assert (live["phase"], live["view"], live["round"]) == ("closed", None, round_id)
        assert person.seen("round_result") == []
        assert await house.money(person.player) == (99_900, 100)
        assert await house.owner.fetchval("SELECT state FROM croupier.live_table") == 1
        console: Any = house.casino.board.engine
        row = console._row(table_of(house))
        assert (row.state, row.held, len(row.alerts)) == ("paused", 100, 1)
        assert "parked" in row.alerts[0]
        assert (await person.bet(round_id, chips(red=100))).body["code"] == "bets_closed"
        async with house.web.get(f"{house.http}/readyz") as response:
            assert (await response.json())["live_rounds_parked"] == 1
        report = await audited(house)
        assert [check.breaches for check in report.checks if not check.ok] == []
        assert report.check("deadlines", "").notes == [
            f"round {round_id} is parked until an operator decides"
        ]

        await house.restart()
        assert await parked(house) == "SETTLE was BROKEN", "whoever takes it leaves it parked"
        assert house.casino.open_rounds == (0, 1)
        assert await house.owner.fetchval("SELECT failures FROM croupier.open_round") == 3

        again = await Person.join(house, table.title)
        await house.casino._live.floor.set_state(table_of(house), TableState.OPEN)
        assert await parked(house) == "SETTLE was BROKEN", "it was tried in vain"
        await house.owner.execute(NO_MORE)
        await house.casino._live.floor.set_state(table_of(house), TableState.OPEN)
        result = await again.newest("round_result", round=round_id)
        assert await again.opened(), "the table goes on"
        paid = await house.owner.fetchval("SELECT payout FROM croupier.wager WHERE stake = 100")
        assert result["summary"]
        assert await house.money(person.player) == (99_900 + paid, 0)


async def test_a_parked_round_is_voided(database: Database) -> None:
    """An operator's void returns the stakes of a parked round, and names his reason."""
    table = table_settings("roulette")
    async with live_house(database, table) as house:
        house.expected_errors = LOGGED
        await house.owner.execute(REFUSED)
        person, round_id = await betting(house, table.title)
        await parked(house)
        await house.casino._live.floor.void(table_of(house), "It cannot be paid.")
        voided = await person.newest("round_voided", round=round_id)
        assert (voided["reason"], voided["returned"]) == ("It cannot be paid.", 100)
        assert await house.money(person.player) == (100_000, 0)
        assert table_of(house).state is TableState.PAUSED, "until an operator resumes it"


async def test_a_parked_round_keeps_no_node_and_is_tried_again_by_command(
    database: Database,
) -> None:
    """A node drains without waiting for it; `resume` with no node up has the next one try again."""
    table = table_settings("roulette")
    async with live_house(database, table) as house:
        house.expected_errors = LOGGED
        await house.owner.execute(REFUSED)
        person, _ = await betting(house, table.title)
        await parked(house)
        async with asyncio.timeout(PATIENCE_S):
            await house.casino._live.drain(60)
        await house.crash()
        await house.owner.execute(NO_MORE)
        async with open_tables(database.owner, "tester") as tables:
            found = await tables.find(table.title)
            assert found.parked == "SETTLE was BROKEN"
            done = await tables.act(found, Action.RESUME, "mended")
            assert (await tables.find(table.title)).parked is None
        assert done.node is None
        await house.restart()
        await until(lambda: house.count("round"))
        paid = await house.owner.fetchval("SELECT payout FROM croupier.wager")
        assert await house.money(person.player) == (99_900 + paid, 0)


async def test_a_payout_that_fails_is_parked(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of a game's payout parks the round; a program without it pays what was drawn."""
    table = table_settings("roulette")
    async with live_house(database, table) as house:
        house.expected_errors = LOGGED | {"a game failed"}

        def fails(*_: object) -> int:
            raise ArithmeticError("a fault of the rules")

        with monkeypatch.context() as patched:
            patched.setattr(LiveRound, "payout", fails)
            person, round_id = await betting(house, table.title)
            assert await parked(house) == "the game failed: ArithmeticError"
        await house.casino._live.floor.set_state(table_of(house), TableState.OPEN)
        result = await person.newest("round_result", round=round_id)
        assert await house.money(person.player) == (99_900 + result["payout"], 0)


async def test_a_payout_that_is_no_number_of_the_database_is_parked(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One payout that cannot even be sent keeps nobody else's bets from settling."""
    table = table_settings("roulette")
    async with live_house(database, table) as house:
        house.expected_errors = LOGGED
        monkeypatch.setattr(LiveRound, "payout", lambda *_: 2**80)
        await betting(house, table.title)
        assert await parked(house) == "SETTLE was BROKEN"
        assert house.casino._queue.available


async def test_what_can_succeed_is_not_counted(database: Database) -> None:
    """A payment that fails over a conflict is settled once it does not, and nothing is parked."""
    table = table_settings("roulette")
    async with live_house(database, table) as house:
        await house.owner.execute(
            "CREATE FUNCTION croupier.conflict() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$;"
            "CREATE TRIGGER conflict BEFORE INSERT ON croupier.wager"
            " FOR EACH ROW EXECUTE FUNCTION croupier.conflict()"
        )
        person, round_id = await betting(house, table.title)

        async def tried() -> bool:
            return len([e for e in house.logs if e["event"] == "settlement interrupted"]) > 3

        await until(tried)
        assert await house.count("open_round WHERE failures > 0 OR parked") == 0
        await house.owner.execute("DROP TRIGGER conflict ON croupier.wager")
        result = await person.newest("round_result", round=round_id)
        assert await house.money(person.player) == (99_900 + result["payout"], 0)


async def test_a_refusal_behind_a_lost_connection_is_parked(database: Database) -> None:
    """What a table does by itself is given up as refused although an earlier call was in doubt."""
    table = table_settings("roulette")
    async with live_house(database, table) as house:
        house.expected_errors = LOGGED
        await house.owner.execute(
            "CREATE SEQUENCE croupier.occasions;"
            "CREATE FUNCTION croupier.fault() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN IF nextval('croupier.occasions') = 1 THEN"
            " RAISE EXCEPTION 'away' USING ERRCODE = '57P01'; END IF;"
            " RAISE EXCEPTION 'never'; END $$;"
            "CREATE TRIGGER fault BEFORE INSERT ON croupier.wager"
            " FOR EACH ROW EXECUTE FUNCTION croupier.fault()"
        )
        await house.owner.execute("GRANT USAGE ON croupier.occasions TO PUBLIC")
        await betting(house, table.title)
        assert await parked(house) == "SETTLE was TEMPORARY"


@pytest.mark.parametrize("closed", [False, True])
async def test_an_order_to_void_outlives_its_owner(
    database: Database, monkeypatch: pytest.MonkeyPatch, *, closed: bool
) -> None:
    """An owner that dies before it has returned a stake leaves a round that its successor voids."""
    table = table_settings("roulette", betting_ms=LONG_MS, draw_ms=LONG_MS)
    async with live_house(database, table) as house:
        person, round_id = await betting(house, table.title)
        live = table_of(house)
        if closed:
            live.close()
            await person.event("bets_closed")
        with monkeypatch.context() as patched:
            patched.setattr(paying.Paying, "void", lambda *_: True)
            await house.casino._live.floor.void(live, "The ball fell off.")
            await house.crash()
        assert await house.money(person.player) == (99_900, 100)
        await house.restart()
        await until(lambda: house.count("round WHERE void_cause = 'The ball fell off.'"))
        assert await house.count("round") == 1
        assert round_id
        assert await house.money(person.player) == (100_000, 0)
        assert await house.count("round WHERE drawn IS NOT NULL") == 0


async def test_a_void_that_was_only_begun_is_begun_again(database: Database) -> None:
    """An owner that dies with an order in its hand: the next one does it and ends the order."""
    table = table_settings("roulette", betting_ms=LONG_MS)
    async with live_house(database, table) as house:
        person, round_id = await betting(house, table.title)
        order = await house.owner.fetchval(
            "WITH a AS (INSERT INTO croupier.operator_action (operator, actor, role, action,"
            " object, reason, address) VALUES (NULL, 'root', 'command line', 'table.void', $1,"
            " 'Begun.', '') RETURNING id)"
            " INSERT INTO croupier.live_order (table_id, action, round, actor, role, reason,"
            " record, until, taken_at) SELECT $2, 'void', $3, 'root', 'command line', 'Begun.',"
            " id, clock_timestamp() + interval '10 s', clock_timestamp() FROM a RETURNING id",
            f"{person.table} {round_id}",
            int(person.table),
            round_id,
        )
        voided = await person.newest("round_voided", round=round_id)
        assert voided["reason"] == "Begun."
        row: Any = await house.owner.fetchrow(
            "SELECT * FROM croupier.live_order WHERE id = $1", order
        )
        assert row["done_at"] is not None
        assert row["refusal"] is None
