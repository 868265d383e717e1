"""Old periods of a ledger: play in them, and retire what is left of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from server.ledger import retirement
from server.ledger.ids import EPOCH_MS, IdGenerator
from server.ledger.items import Verdict
from server.ledger.live_items import LiveKind
from server.ledger.retirement import Order, retire
from tests.server.ledger.ledger import NODE, Ledger, Seat, settler
from tests.server.ledger.live import LiveTable

PARENTS = ("request", "round", "round_input", "transfer", "wager")
ORIGIN = datetime.fromtimestamp(EPOCH_MS // 1000, UTC)
PERIOD = timedelta(days=28)
BORDER = ORIGIN + 3 * PERIOD
"""The end of period 2."""
ORDER = Order(BORDER, retention_years=0, wait_s=0.5)


def at(period: float) -> IdGenerator:
    """Return ids of a moment, counted in periods."""
    moment = EPOCH_MS + int(period * 28 * 24 * 3600 * 1000)
    return IdGenerator(NODE, clock_ms=lambda: moment)


@asynccontextmanager
async def dated(ledger: Ledger, period: float) -> AsyncIterator[None]:
    """Have the ledger give ids of another time."""
    now, ledger.ids = ledger.ids, at(period)
    try:
        yield
    finally:
        ledger.ids = now


async def end(ledger: Ledger, *seats: Seat) -> None:
    """End the sessions of some players."""
    for seat in seats:
        await ledger.app.execute("SELECT session_end($1, 'bye')", seat.session)


async def tables(ledger: Ledger) -> set[str]:
    """Return the partitions that exist, attached or not."""
    rows = await ledger.owner.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '_p\\d{4}$'"
    )
    return {row["relname"] for row in rows}


async def balances_agree(ledger: Ledger) -> None:
    """Check every balance, and the house's, against closing balances and what is left."""
    wrong = await ledger.owner.fetch(
        """
        SELECT a.id FROM account a WHERE a.balance IS NOT NULL AND a.balance IS DISTINCT FROM (
            SELECT coalesce(sum(CASE WHEN t.credit = a.id THEN t.amount ELSE -t.amount END), 0)
            FROM transfer t WHERE a.id IN (t.debit, t.credit)
                AND t.id >= coalesce((SELECT max(border) FROM retirement), 0)
        ) + (SELECT coalesce(sum(credits - debits), 0) FROM closing_balance c
            WHERE c.account = a.id)
        """
    )
    assert not wrong


async def play_old(ledger: Ledger, period: float = 1.5) -> Seat:
    """Play a little in a period long past, and leave."""
    async with dated(ledger, period):
        seat = await ledger.seat()
        assert await ledger.verdict(seat.spin(100, 250)) == Verdict.ACCEPTED
        assert await ledger.verdict(seat.deal(100)) == Verdict.ACCEPTED
        assert await ledger.verdict(seat.act(50, finish=True, payout=70)) == Verdict.ACCEPTED
        assert await ledger.verdict(seat.deal(300)) == Verdict.ACCEPTED
        assert await ledger.verdict(seat.void()) == Verdict.ACCEPTED
    await end(ledger, seat)
    return seat


async def retired(ledger: Ledger, owner: Any, order: Order = ORDER) -> retirement.Retired:
    """Retire, and see to it that balances can still be proved."""
    done = await retire(owner, order)
    await balances_agree(ledger)
    return done


@asynccontextmanager
async def settling(ledger: Ledger) -> AsyncIterator[Any]:
    """Yield a connection that plans as the server's does."""
    connection = await settler(ledger.database)
    try:
        yield connection
    finally:
        await connection.close()


async def locked(ledger: Ledger, connection: Any) -> set[str]:
    """Return what a connection has locked."""
    rows = await ledger.owner.fetch(
        "SELECT relation::regclass::text AS name FROM pg_locks"
        " WHERE pid = $1 AND locktype = 'relation'",
        connection.get_server_pid(),
    )
    return {row["name"] for row in rows}


async def live_round(old: Ledger, *seats: Seat, ended: bool = True) -> LiveTable:
    """Play a round at a live table, long ago."""
    table = await LiveTable.make(old)
    await table.settle(table.open(*range(1, len(seats) + 1)))
    for number, seat in enumerate(seats, 1):
        assert await table.verdicts(table.bet(seat, number, 100)) == [Verdict.ACCEPTED]
    if ended:
        await table.do(LiveKind.CLOSE)
        await table.do(LiveKind.DRAW)
        for number, seat in enumerate(seats, 1):
            await table.settle(table.of(LiveKind.SETTLE, seat, number, payout=150))
        await table.do(LiveKind.END)
    return table
