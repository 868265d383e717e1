"""Voiding an open round by command."""

from __future__ import annotations

import pytest

from server.ledger.items import Verdict
from server.ledger.voiding import NotVoided, void_round
from tests.server.ledger.ledger import Ledger


async def test_void_returns_every_hold(ledger: Ledger) -> None:
    """A void gives the deal's and the decision's holds back and records its cause (C6)."""
    seat = await ledger.seat(1_000)
    await ledger.settle(seat.deal(200))
    await ledger.settle(seat.act(200))
    assert await ledger.money(seat) == (600, 400)

    assert await void_round(ledger.app, seat.chain, seat.n, "game version missing") == 400

    assert await ledger.money(seat) == (1_000, 0)
    cause = await ledger.owner.fetchval("SELECT void_cause FROM round WHERE chain = $1", seat.chain)
    assert cause == "game version missing"
    await ledger.audit()


async def test_void_twice_gives_nothing_back_twice(ledger: Ledger) -> None:
    """A second void of the same round is refused in one line and moves no money."""
    seat = await ledger.seat(1_000)
    await ledger.settle(seat.deal(200))
    await void_round(ledger.app, seat.chain, seat.n, "fault")
    with pytest.raises(NotVoided, match="is not open"):
        await void_round(ledger.app, seat.chain, seat.n, "fault")
    assert await ledger.money(seat) == (1_000, 0)
    await ledger.audit()


async def test_decision_after_a_void_is_stale(ledger: Ledger) -> None:
    """A player's decision that comes after the void is refused and takes no money."""
    seat = await ledger.seat(1_000)
    await ledger.settle(seat.deal(200))
    await void_round(ledger.app, seat.chain, seat.n, "fault")
    assert await ledger.verdict(seat.act(200)) is Verdict.STALE
    assert await ledger.money(seat) == (1_000, 0)
    await ledger.audit()


async def test_void_waits_for_nobody(ledger: Ledger) -> None:
    """While somebody else holds the account's lock the void says so and changes nothing."""
    seat = await ledger.seat(1_000)
    await ledger.settle(seat.deal(200))
    async with ledger.database.connected("owner") as other, other.transaction():
        await other.execute("SELECT FROM account WHERE id = $1 FOR UPDATE", seat.account)
        with pytest.raises(NotVoided, match="try again"):
            await void_round(ledger.app, seat.chain, seat.n, "fault")
    assert await ledger.money(seat) == (800, 200)
