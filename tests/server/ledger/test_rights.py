"""Tests of who may do what in the database."""

from __future__ import annotations

import asyncpg
import pytest

from server.database.roles import refuse_privileged
from tests.postgres import Database
from tests.server.ledger.ledger import Ledger

SECRETS = {
    "chain": {"secret", "key_id"},
    "live_seat": {"client_seed"},
    "session": {"token", "previous_token"},
    "credential": {
        *("salt", "memory_kib", "passes", "lanes", "verifier"),
        *("totp_secret", "totp_key_id", "totp_step"),
    },
    "recovery_code": {"hash"},
    "sign_in": {"token"},
    "sign_in_delay": {"subject"},
    "ticket": {"hash", "nonce", "player", "account", "expires_at", "used_at", "session"},
}
OWNER_ONLY = {
    "account_open",
    "after_restore",
    "limits_in_force",
    "live_money",
    "live_round_due",
    "live_rounds",
    "live_table_note",
    "lock_accounts",
    "lock_player",
    "operator_action_add",
    "partition_make",
    "partition_name",
    "partition_number",
    "period_end",
    "refuse_change",
    "refuse_retired",
    "retire_chains",
    "retire_close",
    "retire_fence",
    "retire_obstacles",
    "retire_sessions",
    "retired_tables",
    "roll_hours",
    "settle_decisions",
    "sign_in_count",
    "live_round_follows",
    "uncount_seat",
    "uncount_stake",
    "uncount_stakes",
}


async def test_application_cannot_write_a_table(ledger: Ledger) -> None:
    """Rule 12: the server's role reads and calls functions; no table takes a write from it."""
    writable = await ledger.owner.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'croupier'::regnamespace"
        " AND relkind IN ('r', 'p', 'v', 'm') AND (has_table_privilege('croupier_app', oid,"
        " 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')"
        " OR has_any_column_privilege('croupier_app', oid, 'INSERT, UPDATE, REFERENCES'))"
    )

    assert not writable
    await refuse_privileged(ledger.app)
    for statement in (
        "UPDATE account SET balance = 1",
        "DELETE FROM transfer",
        "TRUNCATE wager",
        "ALTER TABLE transfer DISABLE TRIGGER append_only",
        "CREATE TABLE croupier.mine ()",
        "SET ROLE croupier_owner",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ledger.app.execute(statement)


async def test_application_calls_no_inner_function(ledger: Ledger) -> None:
    """What is not granted by name can be called by nobody but the owner."""
    rows = await ledger.owner.fetch(
        "SELECT proname, has_function_privilege('croupier_app', oid, 'EXECUTE') AS app,"
        " has_function_privilege('croupier_report', oid, 'EXECUTE') AS report FROM pg_proc"
        " WHERE pronamespace = 'croupier'::regnamespace"
    )

    assert {row["proname"] for row in rows if not row["app"]} == OWNER_ONLY
    assert not {row["proname"] for row in rows if row["report"] and not row["app"]}


async def test_functions_have_a_fixed_search_path(ledger: Ledger) -> None:
    """Rule 12: no function with the owner's rights finds a table that somebody else put there."""
    open_to_tricks = await ledger.owner.fetch(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'croupier'::regnamespace AND prosecdef"
        " AND NOT coalesce('search_path=croupier, pg_temp' = ANY (proconfig), false)"
    )
    assert not open_to_tricks

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ledger.app.execute("CREATE TEMP TABLE site (one boolean)")


async def test_report_sees_no_secret(ledger: Ledger) -> None:
    """Reports read the record, and neither a chain's secret nor anything that opens a session."""
    rows = await ledger.owner.fetch(
        "SELECT relname, attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
        " WHERE relnamespace = 'croupier'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0"
        " AND NOT relispartition"
        " AND NOT has_column_privilege('croupier_report', attrelid, attnum, 'SELECT')"
    )
    hidden: dict[str, set[str]] = {}
    for row in rows:
        hidden.setdefault(row["relname"], set()).add(row["attname"])

    assert hidden == SECRETS
    async with ledger.database.connected("report") as report:
        for query in ("SELECT secret FROM chain", "SELECT * FROM session", "TABLE ticket"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await report.execute(query)
        await report.execute("SELECT commitment FROM chain")


async def test_report_writes_nothing(ledger: Ledger) -> None:
    """Reports have no right to write, even where they leave read-only mode."""
    async with ledger.database.connected("report") as report:
        await report.execute("SET default_transaction_read_only = off")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await report.execute("UPDATE account SET balance = 0")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await report.execute("SELECT site_set('UTC', '0')")


async def test_settling_notifies_nobody(ledger: Ledger) -> None:
    """Rule 15: no NOTIFY in settling: it takes one lock for the whole cluster at every commit."""
    sources = await ledger.owner.fetch(
        "SELECT prosrc FROM pg_proc WHERE pronamespace = 'croupier'::regnamespace"
    )

    assert not [row for row in sources if "notify" in row["prosrc"].lower()]


async def test_currencies(ledger: Ledger) -> None:
    """Each currency has a number that fits an account's id and the exponent of its minor unit."""
    rows = {
        row["code"]: row
        for row in await ledger.owner.fetch("SELECT code, number, exponent FROM currency")
    }

    assert {code: rows[code]["exponent"] for code in ("EUR", "JPY", "BHD", "USD")} == {
        "EUR": 2,
        "JPY": 0,
        "BHD": 3,
        "USD": 2,
    }
    assert all(0 < row["number"] < 1024 for row in rows.values())


async def test_reports_take_no_locks(database: Database) -> None:
    """A reader cannot wait for the lock that says which server settles, and so stop the house."""
    async with database.connected("report") as report:
        for call in ("pg_advisory_lock(1, 0)", "pg_try_advisory_lock_shared(1)"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await report.execute(f"SELECT {call}")
    async with database.connected("app") as app:
        assert await app.fetchval("SELECT pg_try_advisory_lock(1, 0)")
