"""Tests of `server.console.orders`: what may be done of an order, and made of a table."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from server.console import orders
from server.console.commanding import open_tables
from server.console.orders import Orders
from server.database.connect import Connection
from server.tables.live.origins import Origin, read_origins
from server.tables.live.terms import Terms
from tests.postgres import Database
from tests.server.cli.test_table import WHY, Desk
from tests.server.console.test_making import shown
from tests.server.tables.live.people import live_house, table_settings

TERMS = Terms(10, 10_000, 7, 15_000, 15_000, 5_000, 60_000, 2_500)
_MAKE = (
    "SELECT live_table_make(NULL, $1, 'roulette', 'EUR', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
    " NULL)"
)
_PUT = "SELECT live_table_put(7, $1, 'roulette', 'EUR', $2, $3, $4, $5, $6, $7, $8, 'config')"
_CHANGE = "SELECT live_table_change($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
_RECORD = """
    INSERT INTO operator_action (actor, role, action, object, reason, address)
    VALUES ('root', 'command line', $1, $2, $3, 'command line') RETURNING id
"""
_ORDER = """
    WITH a AS (INSERT INTO operator_action (actor, role, action, object, reason, address)
        VALUES ('root', 'command line', 'table.pause', 'Wheel', 'why', 'command line')
        RETURNING id)
    INSERT INTO live_order (table_id, action, actor, role, reason, record, until)
    SELECT $1, 'pause', 'root', 'command line', 'why', id, clock_timestamp() + $2 * interval '1 s'
    FROM a RETURNING id
"""


async def _ready(connection: Connection) -> Any:
    """Make a table and return its id."""
    await connection.execute("SET search_path = croupier")
    return await connection.fetchval(_MAKE, "Wheel", *TERMS, 0, "operator:mara")


async def test_what_the_record_allows(database: Database) -> None:
    """The server's role makes tables in somebody's name only; orders are begun once, in time."""
    async with database.connected("owner") as owner, database.connected("app") as app:
        await app.execute("SET search_path = croupier")
        table = await _ready(owner)
        for state, origin in ((0, "config"), (0, "operator:"), (1, "operator:mara")):
            with pytest.raises(asyncpg.CheckViolationError):
                await app.fetchval(_MAKE, "Other", *TERMS, state, origin)
        assert await app.fetchval(_MAKE, "Wheel", *TERMS, 0, "operator:otto") is None
        assert await app.fetchval(_PUT, "Wheel", *TERMS[:-1]) is None, "settings leave it alone"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.fetchval(_ORDER, table, 10)
        late = await owner.fetchval(_ORDER, table, -1)
        order = await owner.fetchval(_ORDER, table, 10)
        take = "SELECT live_order_take($1, $2)"
        assert not await app.fetchval(take, late, 0), "its time is over"
        assert not await app.fetchval(take, order, 1), "not under another epoch"
        assert await app.fetchval(take, order, 0)
        assert not await app.fetchval(take, order, 0), "once"
        for _ in range(2):
            await app.execute("SELECT live_order_end($1, 'wrong_state')", order)
        recorded = await owner.fetch("SELECT action, reason FROM operator_action ORDER BY id")
        assert [row["action"] for row in recorded] == ["table.pause"] * 2 + ["table.pause.refused"]
        assert recorded[-1]["reason"].startswith("wrong_state, of record ")


async def test_a_change_is_fenced(database: Database) -> None:
    """A table is changed under its own epoch, between rounds, and keeps seats that are taken."""
    async with database.connected("owner") as owner:
        table = await _ready(owner)
        fewer = (table, 0, *TERMS._replace(seats=3), "operator:mara", None)
        assert await owner.fetchval(_CHANGE, *fewer) == "wrong_state"
        await owner.execute("UPDATE live_table SET state = 1")
        moved = (table, 1, *TERMS, "operator:mara", None)
        assert await owner.fetchval(_CHANGE, *moved) == "moved"
        seat = "SELECT live_seat_take($1, 0, $2::smallint, 77, '', NULL)"
        assert not await owner.fetchval(seat, table, 8), "there are seven"
        assert await owner.fetchval(seat, table, 4)
        assert await owner.fetchval(_CHANGE, *fewer) == "seats_taken"
        await owner.execute("DELETE FROM live_seat")
        assert await owner.fetchval(_CHANGE, *fewer) == "done"
        assert not await owner.fetchval(seat, table, 4), "it is gone"
        await owner.execute("INSERT INTO live_round (chain, n, table_id, seats)"
                            " VALUES (1, 1, $1, '{1}')", table)  # fmt: skip
        assert await owner.fetchval(_CHANGE, *fewer) == "wrong_state"


async def test_who_set_what(database: Database) -> None:
    """Each value keeps who set it; the settings open nothing, and have their terms back whole."""
    async with database.connected("owner") as owner, database.connected("app") as app:
        for each in (owner, app):
            await each.execute("SET search_path = croupier")
        table = await app.fetchval(_PUT, "Wheel", *TERMS[:-1])
        await app.execute("SELECT fence_want($1)", table)
        for state in (1, 2, 3):
            record = await owner.fetchval(_RECORD, "table.close", str(table), "why")
            assert await app.fetchval(
                "SELECT live_table_set($1, 0, $2::smallint, 'operator:mara', $3)",
                table, state, record)  # fmt: skip
            assert (await read_origins(app, table))["state"].record == record
            assert await app.fetchval(_PUT, "Wheel", *TERMS[:-1]) == table
            assert await owner.fetchval("SELECT state FROM live_table") == state
        of_before = "SELECT live_table_set($1, 0, 1::smallint)"
        assert await app.fetchval(of_before, table), "nodes of a program before go on"
        assert (await read_origins(app, table))["state"] == Origin(), "who it was is not told"
        changed = TERMS._replace(minimum=20, draw_ms=None)
        record = await owner.fetchval(_RECORD, "table.change", str(table), "minimum: why")
        assert await app.fetchval(_CHANGE, table, 0, *changed, "operator:otto", record) == "done"
        origins = await read_origins(app, table)
        by_otto = [name for name, each in origins.items() if each.origin == "operator:otto"]
        assert by_otto == ["minimum"], "draw_ms was not set before either"
        assert (origins["minimum"].reason, origins["minimum"].record) == ("why", record)
        assert await app.fetchval(_CHANGE, table, 0, *TERMS, "config", None) == "done"
        assert set((await read_origins(app, table)).values()) == {Origin()}
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("DELETE FROM live_table_origin")


async def test_a_lost_notice_costs_a_second(
    database: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Orders are done without a notice, and after the connection that hears them was ended."""
    monkeypatch.setattr(Orders, "_notified", lambda *_: None)
    monkeypatch.setattr(orders, "LOOK_S", 0.2)
    async with live_house(database, table_settings("roulette", title="Wheel 9")) as house:
        desk = Desk(database, capsys)
        await desk.told("pause", "Wheel 9", *WHY)
        async with database.connected("superuser") as superuser:
            ended = await superuser.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name LIKE '% orders'"
            )
            assert len(ended) == 1
        await desk.told("resume", "Wheel 9", *WHY)
        async with open_tables(database.owner, "tester") as tables:
            table = await tables.find("Wheel 9")
        await shown(house, str(table.id), state="open")


async def test_an_order_of_a_newer_program(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """What this program cannot read is left to others, and keeps it from no other order."""
    async with live_house(database, table_settings("roulette", title="Wheel 9")) as house:
        newer = (
            "INSERT INTO croupier.live_order (table_id, action, terms, actor, role, reason, record,"
            " until) SELECT id, 'change', '\\x93010203', 'root', 'command line', 'why',"
            " (SELECT min(a.id) FROM croupier.operator_action a),"
            " clock_timestamp() + interval '1 hour' FROM croupier.live_table"
        )
        desk = Desk(database, capsys)
        await desk.told("pause", "Wheel 9", *WHY)
        await house.owner.execute(newer)
        await desk.told("resume", "Wheel 9", *WHY)
        assert await house.count("live_order WHERE action = 'change' AND taken_at IS NULL") == 1
