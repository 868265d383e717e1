"""Tests of fences, chains, the house's projection, and what a restore has to do."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from server.ledger.items import SETTLE, Verdict, settle_arguments
from server.ledger.queue import FENCED
from tests.server.ledger.ledger import Ledger, Seat, settler, waits_for_lock


async def start(connection: Any, node: int = 1) -> Any:
    """Start a node anew."""
    return await connection.fetchrow("SELECT * FROM node_start($1)", node)


async def test_fenced_node_settles_nothing(ledger: Ledger) -> None:
    """Law 3: under an older epoch nothing is settled, not even a void."""
    seat = await ledger.seat()
    await ledger.settle(seat.deal())
    await start(ledger.app)

    for item in (seat.spin(n=1, chain=5), seat.void()):
        with pytest.raises(asyncpg.PostgresError) as caught:
            await ledger.settle(item)
        assert caught.value.sqlstate == FENCED
    assert await ledger.money(seat) == (99_900, 100)


@pytest.mark.parametrize("epoch", [0, 2**40])
async def test_other_epoch_is_fenced(ledger: Ledger, epoch: int) -> None:
    """Epochs are compared for equality."""
    seat = await ledger.seat()

    with pytest.raises(asyncpg.PostgresError) as caught:
        await ledger.settle(seat.spin(), epoch=epoch)
    assert caught.value.sqlstate == FENCED


async def test_call_that_waited_sees_the_fence(ledger: Ledger) -> None:
    """Rule 1: a call that waited while its node was fenced finds itself fenced."""
    seat = await ledger.seat()
    async with ledger.database.connected("owner") as other:
        transaction = other.transaction()
        await transaction.start()
        await start(other)
        bet = asyncio.create_task(ledger.settle(seat.spin()))
        await waits_for_lock(ledger.database, ledger.app)
        await transaction.commit()

        with pytest.raises(asyncpg.PostgresError) as caught:
            await bet
    assert caught.value.sqlstate == FENCED
    assert await ledger.money(seat) == (100_000, 0)


async def test_fence_waits_for_the_call(ledger: Ledger) -> None:
    """Rule 1: the fence row is locked FOR SHARE, so that no epoch changes under a running call."""
    seat = await ledger.seat()
    settling = await settler(ledger.database)
    async with ledger.database.connected("owner") as other:
        await other.execute("BEGIN")
        await other.execute("SET LOCAL search_path = croupier")
        item = seat.spin()
        # The same call with its transaction left open, as if it were still at work.
        await other.fetchrow(SETTLE, *settle_arguments(1, ledger.epoch, ledger.ids.next(), [item]))
        starting = asyncio.create_task(start(settling))
        await waits_for_lock(ledger.database, settling)
        await other.execute("COMMIT")
        assert (await starting)["epoch"] == ledger.epoch + 1
    await settling.close()
    assert await ledger.count("wager") == 1


async def test_high_water_covers_every_id(ledger: Ledger) -> None:
    """Rule 15: a node starts above every id on record and above every mark it had."""
    seat = await ledger.seat()
    await ledger.settle(seat.spin(100, 5, chain=ledger.ids.next(), transfer=ledger.ids.next()))
    highest = await ledger.owner.fetchval("SELECT max(id) FROM batch")
    assert (await start(ledger.app))["high_water"] >= highest
    await ledger.owner.execute("UPDATE node SET high_water = 2::bigint ^ 60")

    assert (await start(ledger.app))["high_water"] == 2**60


async def test_game_version_is_pinned(ledger: Ledger) -> None:
    """A known number keeps the digest that it was first served with."""
    pin = "SELECT * FROM game_version_pin('slot', $1, $2)"
    first = await ledger.app.fetchrow(pin, 1, "another digest")
    other = await ledger.app.fetchrow(pin, 2, "another digest")

    assert tuple(first) == (ledger.game_version, "digest")
    assert other["id"] != first["id"]


async def test_chain_follows_a_chain(ledger: Ledger) -> None:
    """A chain is made and the one before it retired in one step; no commitment is used twice."""
    seat = await ledger.seat()
    one, two = ledger.ids.next(), ledger.ids.next()
    await ledger.chain(one, seat.account, b"a" * 32)
    with pytest.raises(asyncpg.UniqueViolationError):
        await ledger.chain(two, seat.account, b"a" * 32, follows=one)
    assert await ledger.owner.fetchval("SELECT retired_at FROM chain WHERE id = $1", one) is None
    await ledger.chain(two, seat.account, b"b" * 32, follows=one)

    rows = await ledger.owner.fetch("SELECT id, retired_for FROM chain ORDER BY id")
    assert [tuple(row) for row in rows] == [(one, "played"), (two, None)]


async def test_round_that_does_not_replay_is_parked(ledger: Ledger) -> None:
    """The second failed replay parks a round for an operator; it is never retried in a loop."""
    seat = await ledger.seat()
    await ledger.settle(seat.deal())

    failed = [await ledger.app.fetchval("SELECT round_failed($1)", seat.chain) for _ in range(2)]
    assert failed == [False, True]
    assert await ledger.verdict(seat.void()) == Verdict.ACCEPTED


# -- the house's result -------------------------------------------------------------------------


async def folded(ledger: Ledger) -> tuple[int, int, int]:
    """Fold what can be folded; returns wagers, stakes and payouts of the house."""
    while await ledger.app.fetchval("SELECT house_fold(2)"):
        pass
    return tuple(
        await ledger.owner.fetchrow(
            "SELECT coalesce(sum(wagers), 0)::int, coalesce(sum(stake), 0)::int,"
            " coalesce(sum(payout), 0)::int FROM house_total"
        )
    )


async def test_house_result(ledger: Ledger) -> None:
    """Rule 10: the house's result is the sum of all batches, each folded once."""
    seat = await ledger.seat()
    for index in range(5):
        await ledger.settle(seat.spin(100, index))

    assert await folded(ledger) == (5, 500, 10)
    assert await folded(ledger) == (5, 500, 10)
    await ledger.settle(seat.spin(7))
    assert await folded(ledger) == (6, 507, 10)


async def settle_open(ledger: Ledger, connection: Any, seat: Seat) -> None:
    """Settle one spin on *connection* under another node; its transaction stays open."""
    epoch = (await start(connection, 2))["epoch"]
    await connection.execute("BEGIN")
    item = seat.spin(1_000)
    await connection.fetchrow(SETTLE, *settle_arguments(2, epoch, ledger.ids.next(), [item]))


async def test_late_committer_is_not_missed(ledger: Ledger) -> None:
    """Rule 10: a batch that commits after one with a higher id is folded all the same."""
    late, quick = await ledger.seat(), await ledger.seat()
    slow = await settler(ledger.database)
    await settle_open(ledger, slow, late)
    await ledger.settle(quick.spin(1))
    assert await folded(ledger) == (0, 0, 0), "nothing at or above an open transaction is read"

    await slow.execute("COMMIT")
    assert await folded(ledger) == (2, 1_001, 0)
    await slow.close()


async def test_aborted_batch_is_no_hole(ledger: Ledger) -> None:
    """A batch that was rolled back stops nobody."""
    late, quick = await ledger.seat(), await ledger.seat()
    slow = await settler(ledger.database)
    await settle_open(ledger, slow, late)
    await ledger.settle(quick.spin(1))
    await slow.execute("ROLLBACK")

    assert await folded(ledger) == (1, 1, 0)
    await slow.close()


# -- after a restore ----------------------------------------------------------------------------


async def test_after_restore(ledger: Ledger) -> None:
    """What was told and lost cannot come again: chains retired, sessions ended, marks raised."""
    seat = await ledger.seat()
    await ledger.chain(seat.chain, seat.account, b"c" * 32)
    await ledger.settle(seat.spin(100, 30))
    await ledger.settle(seat.deal(50))
    await folded(ledger)
    ticket = await ledger.ticket(seat)
    now = await ledger.owner.fetchval("SELECT id_at(clock_timestamp())")

    done = await ledger.owner.fetchrow("SELECT * FROM after_restore()")

    assert tuple(done) == (1, 1, 1)
    with pytest.raises(asyncpg.PostgresError) as caught:
        await ledger.settle(seat.spin())
    assert caught.value.sqlstate == FENCED
    started = await start(ledger.app)
    assert started["epoch"] > ledger.epoch + 1_000
    assert started["high_water"] > now
    ledger.epoch = started["epoch"]
    assert await ledger.verdict(seat.spin(n=9)) == Verdict.REPLACED
    assert (await ledger.open(ticket))["session"] is None
    assert await folded(ledger) == (1, 100, 30), "folded afresh, once"
    assert await ledger.verdict(seat.void(n=2)) == Verdict.ACCEPTED
    await ledger.audit()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ledger.owner.execute("UPDATE batch SET items = 0")


async def test_only_the_owner_restores(ledger: Ledger) -> None:
    """The server itself can never say that there was a restore."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ledger.app.execute("SELECT after_restore()")
