"""A history made by SQL is one that play could have left."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from bench import filling
from bench.books import Books, check_product
from bench.errors import BenchError
from bench.filling import CHAIN_ROUNDS, Plan
from server.database.connect import connect
from tests.postgres import Database

CHAINS = 3


class Filled(NamedTuple):
    """A database with a short history."""

    database: Database
    plan: Plan
    told: list[int]


@pytest.fixture
async def filled(database: Database, monkeypatch: pytest.MonkeyPatch) -> Filled:
    """Three chains, two accounts, two chunks."""
    monkeypatch.setattr(filling, "CHAINS_AT_ONCE", 2)
    monkeypatch.setattr(filling, "ACCOUNTS_MAX", 2)
    told: list[int] = []
    owner = await connect(database.owner, settings={"search_path": "croupier"})
    try:
        await owner.execute("SELECT game_version_pin('slot', 1, 'digest')")
        plan = await filling.plan(owner, CHAINS * CHAIN_ROUNDS)
        await filling.fill(owner, plan, told.append)
    finally:
        await owner.close()
    return Filled(database, plan, told)


async def test_the_books_agree(filled: Filled) -> None:
    """Wagers, transfers, balances and batches of the made-up rounds add up."""
    held = await check_product(filled.database.report)

    assert held == Books(768, 76_800, 57_600)
    assert filled.told == [512, 768]
    assert filled.plan.rounds == 768


async def test_it_lies_where_todays_bets_go(filled: Filled) -> None:
    """Every row is in the partition of now: the measured bets meet its indexes."""
    async with filled.database.connected() as owner:
        await owner.execute("SET search_path = croupier")
        for table in ("round", "wager", "request", "transfer"):
            used = await owner.fetch(f"SELECT DISTINCT tableoid::regclass::text FROM {table}")
            today = await owner.fetchval(
                "SELECT partition_name($1, partition_number(clock_timestamp()))", table
            )
            assert [row[0] for row in used] == [today]


async def test_rows_are_written_as_rounds_were_played(filled: Filled) -> None:
    """Chains that were played side by side lie side by side in the table."""
    async with filled.database.connected() as owner:
        rows = await owner.fetch("SELECT n FROM croupier.round ORDER BY ctid LIMIT 6")

    assert [row[0] for row in rows] == [1, 1, 2, 2, 3, 3]


async def test_the_house_has_its_result(filled: Filled) -> None:
    """The projection has folded the batches, so that the server need not when it starts."""
    query = "SELECT sum(wagers), sum(stake), sum(payout) FROM croupier.house_total"
    async with filled.database.connected() as owner:
        row = await owner.fetchrow(query)

    assert row is not None
    assert tuple(int(value) for value in row) == (768, 76_800, 57_600)


async def test_requests_tell_the_balance_behind_them(filled: Filled) -> None:
    """The newest answer of an account names its balance and version."""
    query = """
        SELECT count(*) FROM croupier.account a JOIN LATERAL (
            SELECT r.balance, r.version FROM croupier.request r JOIN croupier.session s
            ON s.id = r.session WHERE s.account = a.id ORDER BY r.version DESC LIMIT 1
        ) AS r ON (r.balance, r.version) = (a.balance, a.version) WHERE a.kind = 1
    """
    async with filled.database.connected() as owner:
        assert await owner.fetchval(query) == 2


async def test_what_was_tampered_with_is_seen(filled: Filled) -> None:
    """The check of the books can fail."""
    async with filled.database.connected() as owner:
        await owner.execute("UPDATE croupier.account SET balance = balance + 1 WHERE kind = 1")

    with pytest.raises(BenchError, match="2 balances that are not the sum of their transfers"):
        await check_product(filled.database.report)


async def test_a_game_that_was_never_served_has_no_history(database: Database) -> None:
    """The rounds must name a game version, which the server makes."""
    owner = await connect(database.owner, settings={"search_path": "croupier"})
    try:
        with pytest.raises(BenchError, match="slot was never served"):
            await filling.plan(owner, 1_000)
    finally:
        await owner.close()


def test_a_full_disk_is_refused_before_it_is_full(tmp_path: Path) -> None:
    """One line says how much is needed, how much there is, and what fits."""
    filling.require_space(tmp_path, 0)

    with pytest.raises(BenchError, match=r"1,000,000,000,000 rounds need .* GB are free"):
        filling.require_space(tmp_path, 10**12)
