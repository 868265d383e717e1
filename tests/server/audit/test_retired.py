"""Tests of audits beside retirement: what is retired is proved by what stays of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest

from protocol.errors import ErrorCode, Refused
from server.audit.findings import Report
from server.audit.reader import open_reader
from server.audit.run import AuditFailed, Options, audit
from server.fairness.chains import SeedChain
from server.ledger.retirement import RETIREMENT_LOCK, Order, owner_connection, retire
from server.tables.history import read_history
from server.tables.records import Records
from tests.postgres import Database
from tests.server.audit.books import CATALOGUE, KEY, PARTITIONED, Played, Table
from tests.server.audit.live_books import Shared, chips
from tests.server.ledger.ledger import settler
from tests.server.ledger.periods import BORDER, PERIOD, at

ORDER = Order(BORDER, retention_years=0, end_sessions=True, wait_s=1)


class Aged(Played):
    """Books of which the greater part was played in a period long past, some across its end."""

    straddling: Table
    """Sat down before the border, and played on after it, on the old chain and on a new one."""
    kept_round: str

    async def age(self) -> None:
        """Play, then and now."""
        for parent in PARTITIONED:
            for number in range(5):
                await self.owner.execute("SELECT partition_make($1, $2)", parent, number)
        now, self.ids = self.ids, at(2.5)
        await self.play()
        await self.open.void()
        shared = await Shared.make(self, "roulette")
        await shared.sit(1, 2)
        await self.spin(shared, 1, 2)
        table = self.straddling = await self.sit("blackjack")
        await table.deal_open()
        self.ids = at(3.5)
        while table.undecided():
            await table.act_safely()
        await table.play_out("hit")
        await table.begin_chain(SeedChain(sha256(b"another chain").digest(), 64))
        await table.deal_open()
        await table.act_safely()
        while table.undecided():
            await table.act_safely()
        self.kept_round = table.rounds[-1]
        await shared.sit(3)
        await self.spin(shared, 2, 3)
        self.ids = now
        late = await self.sit("slot")
        await late.spin({"stake": 20})
        self.late = late

    async def spin(self, shared: Shared, *seats: int) -> None:
        """Play a round at a live table."""
        await shared.open()
        for seat in seats:
            await shared.bet(seat, chips(red=10 * seat))
        await shared.draw()
        await shared.pay(*seats)
        await shared.end()

    async def audited(self) -> Report:
        """Audit."""
        async with open_reader(self.database.app) as reader:
            return await audit(reader, CATALOGUE, {"1": KEY}, Options(newest=None))


@pytest.fixture
async def aged(database: Database) -> AsyncIterator[Aged]:
    """Books to retire a part of."""
    app = await settler(database)
    async with database.connected("owner") as owner:
        books = Aged(database, owner, app)
        await books.age()
        yield books
    await app.close()


@pytest.fixture
async def owner(aged: Aged) -> AsyncIterator[Any]:
    """A connection that may retire."""
    async with owner_connection(aged.database.owner) as connection:
        yield connection


def breaches(report: Report) -> dict[str, list[str]]:
    """Return every breach by its check."""
    return {check.name: check.breaches for check in report.checks if not check.ok}


async def test_audit_passes_after_retirements(aged: Aged, owner: Any) -> None:
    """E13: before, after one and after two retirements, the books agree and the result is one."""
    before = await aged.audited()
    assert breaches(before) == {}

    await retire(owner, ORDER)
    after = await aged.audited()
    assert breaches(after) == {}
    assert after.house == before.house
    assert after.check("wagers", "").looked_at < before.check("wagers", "").looked_at
    assert "are retired" in after.check("rounds", "").notes[0]

    await retire(owner, Order(BORDER + PERIOD, 0, end_sessions=True, wait_s=1))
    last = await aged.audited()
    assert breaches(last) == {}
    assert last.house == before.house
    assert last.check("wagers", "").looked_at == 1


async def test_audit_passes_between_closing_and_dropping(aged: Aged, owner: Any) -> None:
    """Rows that are closed and still there do not count twice."""
    before = await aged.audited()
    await owner.execute("SELECT retire_sessions(2); SELECT retire_chains(2); SELECT house_fold()")
    await owner.execute("SELECT retire_fence(2)")
    await owner.execute("SELECT retire_close(2, now() + interval '1 hour')")

    closed = await aged.audited()
    assert breaches(closed) == {}
    assert closed.house == before.house
    await owner.execute("ALTER TABLE wager DETACH PARTITION wager_p0002 CONCURRENTLY")
    await owner.execute("ALTER TABLE transfer DETACH PARTITION transfer_p0002 CONCURRENTLY")
    assert breaches(await aged.audited()) == {}


@pytest.mark.parametrize(
    ("table", "change", "check"),
    [
        ("closing_balance", "UPDATE closing_balance SET credits = credits + 1", "balances"),
        ("closing_wager", "UPDATE closing_wager SET stake = stake + 1", "house result"),
        (
            "closing_transfer",
            "UPDATE closing_transfer SET amount = amount + 1 WHERE kind = 2",
            "house result",
        ),
        ("kept_request", "DELETE FROM kept_request", "requests"),
    ],
)
async def test_closing_rows_are_proved(
    aged: Aged, owner: Any, table: str, change: str, check: str
) -> None:
    """Whoever alters what stays of a period is found out, under the right name."""
    await retire(owner, ORDER)
    await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await owner.execute(change)

    assert set(breaches(await aged.audited())) == {check}


async def test_old_rows_are_looked_at_until_retired(aged: Aged, owner: Any) -> None:
    """A breach in what is left is found after a retirement as before."""
    await retire(owner, ORDER)
    await aged.tamper("UPDATE wager SET payout = payout + 1")

    assert {"wagers", "house result"} <= set(breaches(await aged.audited()))


@pytest.mark.parametrize("change", ["hour_stake = 0", "hour_payout = hour_payout + 1000000"])
async def test_hours_after_retirement(aged: Aged, owner: Any, change: str) -> None:
    """Hours outlive the transfers that they count, and hold no more than those moved."""
    await retire(owner, ORDER)
    await owner.execute(f"UPDATE account SET {change} WHERE id = $1", aged.straddling.account)

    assert set(breaches(await aged.audited())) == {"hours"}


async def test_players_see_what_is_left(aged: Aged, owner: Any) -> None:
    """A player's history begins at the border; a round from before it is unknown, not an error."""
    player = aged.straddling
    gone = player.rounds[0]
    assert len((await read_history(aged.app, player.account, None, 20)).rounds) == len(
        player.rounds
    )
    await retire(owner, ORDER)

    seen = await read_history(aged.app, player.account, None, 20)
    assert [each.round for each in seen.rounds] == [
        each for each in reversed(player.rounds) if each.startswith(f"{player.chain}-")
    ]
    assert not seen.more
    with pytest.raises(Refused) as refused:
        await read_history(aged.app, player.account, gone, 20)
    assert refused.value.code is ErrorCode.UNKNOWN_ROUND
    records = Records(aged.app, CATALOGUE, aged.vault)
    assert await records.ended(*(int(part) for part in gone.split("-"))) is None


async def test_no_audit_while_partitions_go(aged: Aged, owner: Any) -> None:
    """While partitions are dropped an audit says so, rather than that rows are missing."""
    await owner.execute("SELECT pg_advisory_lock($1)", RETIREMENT_LOCK)
    with pytest.raises(AuditFailed, match="being retired at this moment"):
        await aged.audited()
