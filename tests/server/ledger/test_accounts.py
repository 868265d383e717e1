"""Tests of accounts and transfers: what the tables themselves refuse."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from hypothesis import given, settings, strategies as st

from tests.postgres import Database
from tests.server.ledger.ledger import Ledger

EUR, USD = 978, 840
CASH, HOLD, GAMING = 1, 2, 16


def account(owner: int, kind: int, currency: int = EUR, *, test: bool = False) -> int:
    """Return an account's id, as the schema says it is made."""
    return owner << 19 | kind << 11 | currency << 1 | test


async def post(ledger: Ledger, debit: int, credit: int, amount: int = 1) -> None:
    """Write one transfer as the owner of the tables."""
    await ledger.owner.execute(
        "INSERT INTO transfer (id, debit, credit, amount, kind, seat, gaming_day, at)"
        " VALUES ($1, $2, $3, $4, 6, 0, '2026-01-01', now())",
        ledger.ids.next(),
        debit,
        credit,
        amount,
    )


async def test_account_id(ledger: Ledger) -> None:
    """An account's id carries owner, kind, currency and test flag, to the largest of each."""
    for parts in (
        (0, 16, 978, False),
        (1, 1, 8, True),
        (2**40 - 1, 255, 1023, True),
        (2**40 - 1, 0, 0, False),
    ):
        row = await ledger.app.fetchrow(
            "SELECT id, account_owner(id), account_kind(id), account_currency(id), account_test(id)"
            " FROM account_id($1, $2, $3, $4) AS id",
            *parts,
        )
        assert tuple(row) == (account(*parts[:3], test=parts[3]), *parts)


async def test_transfer_is_refused(ledger: Ledger) -> None:
    """Rule 8, E4: no transfer of nothing, to itself, across currencies, or between two players."""
    cash = account(1, CASH)
    for constraint, debit, credit, amount in (
        ("transfer_amount_positive", cash, account(0, GAMING), 0),
        ("transfer_amount_positive", cash, account(0, GAMING), -5),
        ("transfer_two_accounts", cash, cash, 5),
        ("transfer_same_currency_and_test", cash, account(0, GAMING, USD), 5),
        ("transfer_same_currency_and_test", cash, account(0, GAMING, test=True), 5),
        ("transfer_never_two_players", cash, account(2, CASH), 5),
        ("transfer_never_two_players", account(1, HOLD), account(2, CASH), 5),
    ):
        with pytest.raises(asyncpg.CheckViolationError) as caught:
            await post(ledger, debit, credit, amount)
        assert caught.value.constraint_name == constraint


async def test_transfer_is_taken(ledger: Ledger) -> None:
    """Between a player and the house, and within either, money moves; no row is looked up."""
    cash, house = account(1, CASH), account(0, GAMING)
    for debit, credit in (
        (cash, house),
        (house, cash),
        (cash, account(1, HOLD)),
        (house, account(0, 17)),
    ):
        await post(ledger, debit, credit, 2**63 - 1)


async def test_balance_never_below_zero(ledger: Ledger) -> None:
    """Law 4: the database itself refuses a player's balance below zero."""
    seat = await ledger.seat(100)

    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await ledger.owner.execute("UPDATE account SET balance = -1 WHERE id = $1", seat.account)
    assert caught.value.constraint_name == "account_balance_not_negative"


async def test_no_key_points_at_shared_rows(ledger: Ledger) -> None:
    """Rule 8: nothing that a bet writes refers to a row that other bets use."""
    keys = await ledger.owner.fetch(
        "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid::regclass::text IN ('request', 'round', 'round_input',"
        " 'wager', 'transfer', 'hold', 'open_round', 'batch', 'batch_total', 'play_hour')"
    )
    assert not keys


async def test_changing_columns_are_not_indexed(ledger: Ledger) -> None:
    """Rule 14: a bet updates its account in place: only the primary key is indexed."""
    seat = await ledger.seat()
    for _ in range(20):
        await ledger.settle(seat.spin(1))
    await ledger.app.execute("SELECT pg_stat_force_next_flush()")

    indexes = await ledger.owner.fetchval(
        "SELECT count(*) FROM pg_index WHERE indrelid = 'account'::regclass"
    )
    assert indexes == 1
    updated, in_place = await ledger.owner.fetchrow(
        "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'account'"
    )
    assert in_place >= updated - 2 >= 20


APPEND_ONLY = (
    "request",
    "round",
    "round_input",
    "transfer",
    "wager",
    "funding",
    "batch",
    "batch_total",
    "player_limit",
    "exclusion",
)


async def fill(ledger: Ledger) -> None:
    """Put at least one row into every table of the record."""
    seat = await ledger.seat()
    await ledger.settle(seat.deal(10))
    await ledger.settle(seat.act(5))
    await ledger.settle(seat.act(0, finish=True, payout=20))
    await ledger.exclude(seat, starts="1 day", ends="2 days")
    await ledger.limit(seat, "wager", 1_000)


async def refusals(database: Database, statements: dict[str, str]) -> dict[str, Any]:
    """Return what became of each statement, run as the owner."""
    found: dict[str, Any] = {}
    async with database.connected("owner") as owner:
        for name, statement in statements.items():
            try:
                found[name] = await owner.execute(statement)
            except asyncpg.InsufficientPrivilegeError as error:
                found[name] = "append-only" in str(error)
    return found


async def test_record_is_append_only(ledger: Ledger) -> None:
    """Rule 12: not even the owner of the tables changes, removes or truncates what was recorded."""
    await fill(ledger)
    partitions = await ledger.owner.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits"
        " JOIN pg_class c ON c.oid = inhrelid WHERE c.relkind = 'r'"
    )
    names = [*APPEND_ONLY, *(row["name"] for row in partitions)]
    filled = [
        name for name in names if await ledger.owner.fetchval(f"SELECT EXISTS (SELECT FROM {name})")
    ]
    assert set(APPEND_ONLY) <= set(filled)
    column = {
        row["t"]: row["c"]
        for row in await ledger.owner.fetch(
            "SELECT attrelid::regclass::text AS t, attname AS c FROM pg_attribute"
            " WHERE attnum = 2 AND attrelid = ANY ($1::text[]::regclass[])",
            names,
        )
    }
    # A statement trigger stands on every partition, a row trigger fires only where there are rows.
    statements = {f"truncate {name}": f"TRUNCATE {name}" for name in names}
    for name in filled:
        statements[f"update {name}"] = f"UPDATE {name} SET {column[name]} = {column[name]}"
        statements[f"delete {name}"] = f"DELETE FROM {name}"

    done = await refusals(ledger.database, statements)

    assert {name for name, refused in done.items() if refused is not True} == set()


@given(
    owner=st.integers(0, 2**40 - 1),
    kind=st.integers(0, 255),
    currency=st.integers(0, 1023),
    test=st.booleans(),
)
@settings(max_examples=50, database=None)
def test_account_ids_differ(owner: int, kind: int, currency: int, test: bool) -> None:
    """The parts of an account's id do not overlap and it stays a positive 64-bit integer."""
    number = account(owner, kind, currency, test=test)

    assert (number >> 19, number >> 11 & 255, number >> 1 & 1023, number & 1) == (
        owner,
        kind,
        currency,
        test,
    )
    assert 0 <= number < 2**63
