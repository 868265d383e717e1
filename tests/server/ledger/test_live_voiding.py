"""Tests of voiding a round of a live table by command."""

from __future__ import annotations

import asyncio

import pytest

from server.ledger.ids import MAXIMUM_NODE
from server.ledger.items import Verdict
from server.ledger.live_items import LiveKind
from server.ledger.voiding import NotVoided, void_round
from tests.server.ledger.ledger import Ledger, Seat, waits_for_lock
from tests.server.ledger.live import LiveTable


async def _betting(ledger: Ledger, seats: int = 2) -> tuple[LiveTable, list[Seat]]:
    """Return a table with a round in play, and who bet on it."""
    table = await LiveTable.make(ledger)
    players = [await ledger.seat(1_000) for _ in range(seats)]
    await table.settle(table.open(*range(1, seats + 1)))
    await table.settle(*(table.bet(player, n) for n, player in enumerate(players, 1)))
    return table, players


async def test_every_stake_returns(ledger: Ledger) -> None:
    """Without an owner a round is voided under an epoch of its own, and the table is free again."""
    table, players = await _betting(ledger)
    assert await void_round(ledger.app, table.chain, 1, "the wheel broke") == 200
    assert [await ledger.money(player) for player in players] == [(1_000, 0)] * 2
    cause = await ledger.owner.fetchval(
        "SELECT void_cause FROM round WHERE chain = $1", table.chain
    )
    assert cause == "the wheel broke"
    fence = await ledger.owner.fetchrow("SELECT epoch, lease, wanted FROM fence")
    assert (fence["epoch"], fence["lease"], fence["wanted"]) == (3, None, True)
    assert await table.verdicts(table.bet(players[0], 1)) == [Verdict.MOVED]
    with pytest.raises(NotVoided, match="is not open"):
        await void_round(ledger.app, table.chain, 1, "again")
    await ledger.audit()


async def test_an_owner_voids_its_own_rounds(ledger: Ledger) -> None:
    """While a node's lease lives the command says whose table it is, and changes nothing."""
    table, players = await _betting(ledger)
    lease = await ledger.app.fetchval("SELECT fence_lease_start(7::smallint, 1, '{}', 60000)")
    epoch = await ledger.app.fetchval("SELECT fence_take($1, $2)", table.id, lease)
    with pytest.raises(NotVoided, match=f"node 7 runs table {table.id} and alone may void"):
        await void_round(ledger.app, table.chain, 1, "a fault")
    assert await ledger.owner.fetchval("SELECT epoch FROM fence") == epoch
    assert await ledger.money(players[0]) == (900, 100)
    await ledger.app.execute("SELECT fence_lease_end($1)", lease)
    assert await void_round(ledger.app, table.chain, 1, "a fault") == 200
    left = await ledger.owner.fetchval(
        "SELECT count(*) FROM fence_lease WHERE node = $1 AND expires_at > clock_timestamp()",
        MAXIMUM_NODE,
    )
    assert left == 0
    await ledger.audit()


async def test_a_table_that_nobody_wants(ledger: Ledger) -> None:
    """The round of a closed table is voided too, and the table stays closed."""
    table, _ = await _betting(ledger)
    await ledger.app.execute("SELECT fence_want($1, false)", table.id)
    assert await void_round(ledger.app, table.chain, 1, "a fault") == 200
    assert await ledger.owner.fetchval("SELECT wanted FROM fence") is False


async def test_a_round_that_was_paid_is_not_void(ledger: Ledger) -> None:
    """A cash-out stands: the round that it was paid in cannot be void any more."""
    table, players = await _betting(ledger)
    await table.do(LiveKind.CLOSE)
    await table.do(LiveKind.DRAW)
    await table.settle(table.of(LiveKind.CASH_OUT, players[0], 1, payout=150))
    with pytest.raises(NotVoided, match="have been paid"):
        await void_round(ledger.app, table.chain, 1, "a fault")
    assert await ledger.money(players[1]) == (900, 100)


async def test_it_goes_on_where_it_was_stopped(ledger: Ledger) -> None:
    """Stakes that an earlier try returned stay returned once; a busy account is waited for."""
    table, players = await _betting(ledger, 3)
    await table.do(LiveKind.CLOSE)
    await table.settle(table.of(LiveKind.RETURN, players[0], 1))
    async with ledger.database.connected("owner") as other:
        transaction = other.transaction()
        await transaction.start()
        await other.execute("SELECT FROM account WHERE id = $1 FOR UPDATE", players[1].account)
        voiding = asyncio.create_task(void_round(ledger.app, table.chain, 1, "a fault"))
        while await ledger.owner.fetchval("SELECT count(*) FROM hold") > 1:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
        await transaction.rollback()
    assert await voiding == 200
    assert [await ledger.money(player) for player in players] == [(1_000, 0)] * 3
    await ledger.audit()


async def test_a_takeover_waits_for_the_void(ledger: Ledger) -> None:
    """A node that comes up meanwhile cannot have the table before the void has let it go."""
    table, _ = await _betting(ledger)
    async with ledger.database.connected("app") as node:
        lease = await node.fetchval(
            "SELECT croupier.fence_lease_start(7::smallint, 1, '{}', 60000)"
        )
        async with ledger.database.connected("owner") as other:
            transaction = other.transaction()
            await transaction.start()
            await other.execute("SELECT FROM croupier.live_round FOR UPDATE")
            voiding = asyncio.create_task(void_round(ledger.app, table.chain, 1, "a fault"))
            await waits_for_lock(ledger.database, ledger.app)
            taken = await node.fetchval("SELECT croupier.fence_take($1, $2)", table.id, lease)
            assert taken is None
            await transaction.rollback()
        await voiding
        taken = await node.fetchval("SELECT croupier.fence_take($1, $2)", table.id, lease)
        assert taken == 4
    await ledger.audit()
