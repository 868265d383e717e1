"""Tests of sign-up, tickets and sessions."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from server.ledger.items import Verdict
from tests.server.ledger.ledger import Ledger, Seat


async def resume(ledger: Ledger, token: bytes, new: bytes) -> Any:
    """Go on with a session."""
    return await ledger.app.fetchrow("SELECT * FROM session_resume($1, $2)", token, new)


async def session(ledger: Ledger, seat: Seat) -> tuple[bytes, Any]:
    """Open a session whose token is known."""
    token = os.urandom(32)
    row = await ledger.app.fetchrow(
        "SELECT * FROM session_open($1, 'nonce', $2, $3, 'test')",
        await ledger.ticket(seat),
        ledger.ids.next(),
        token,
    )
    return token, row


async def test_sign_up(ledger: Ledger) -> None:
    """D16: a play-money player has a funded test account, and the house the accounts to match."""
    seat = await ledger.seat(100_000)

    rows = await ledger.owner.fetch(
        "SELECT account_owner(id), account_kind(id), currency, test, balance"
        " FROM account ORDER BY 1, 2"
    )
    assert [tuple(row) for row in rows] == [
        (0, 16, "EUR", True, None),
        (0, 17, "EUR", True, None),
        (seat.player, 1, "EUR", True, 100_000),
        (seat.player, 2, "EUR", True, None),
    ]
    assert await ledger.owner.fetchval("SELECT reason FROM funding") == "play money at sign-up"
    await ledger.audit()


async def test_sign_up_without_money(ledger: Ledger) -> None:
    """A sign-up with nothing has an empty account and no transfer."""
    seat = await ledger.seat(0)

    assert await ledger.money(seat) == (0, 0)
    assert await ledger.count("transfer") == 0


async def test_sign_ups_at_once(ledger: Ledger) -> None:
    """The first players of a currency make the house's accounts together, without an error."""

    async def sign_up(number: int) -> None:
        async with ledger.database.connected("app") as app:
            await app.execute(
                "SELECT croupier.demo_sign_up($1, 5, $2, $3, '1 hour')",
                "EUR" if number % 2 else "USD",
                ledger.ids.next(),
                os.urandom(32),
            )

    await asyncio.gather(*(sign_up(number) for number in range(8)))

    assert await ledger.owner.fetchval("SELECT count(*) FROM account WHERE owner = 0") == 4
    await ledger.audit()


async def test_newest_session_wins(ledger: Ledger) -> None:
    """Law 3: a new session ends the one before, whose bets are refused by the database."""
    seat = await ledger.seat()
    opened = await ledger.open(await ledger.ticket(seat))

    assert opened["epoch"] == seat.epoch + 1
    assert await ledger.verdict(seat.spin()) == Verdict.REPLACED
    seat.epoch = opened["epoch"]
    assert await ledger.verdict(seat.spin(n=1)) == Verdict.ACCEPTED
    assert (
        await ledger.owner.fetchval("SELECT end_reason FROM session WHERE id = $1", seat.session)
        == "replaced"
    )


async def test_ticket_is_used_once(ledger: Ledger) -> None:
    """The same ticket and nonce give the same session, another nonce gives nothing."""
    seat = await ledger.seat()
    ticket = await ledger.ticket(seat)
    first = await ledger.open(ticket, "one")
    again = await ledger.open(ticket, "one")
    other = await ledger.open(ticket, "two")

    assert (again["session"], again["epoch"]) == (first["session"], first["epoch"])
    assert (other["session"], other["player"], other["account"]) == (None, None, None)
    assert (
        await ledger.owner.fetchval("SELECT session_epoch FROM account WHERE id = $1", seat.account)
        == first["epoch"]
    )


async def test_ticket_raced_by_many(ledger: Ledger) -> None:
    """A ticket used over many connections at once starts one session."""
    seat = await ledger.seat()
    ticket = await ledger.ticket(seat)

    async def use(nonce: str) -> Any:
        async with ledger.database.connected("app") as app:
            return await ledger.open(ticket, nonce, app)

    opened = await asyncio.gather(*(use(str(number)) for number in range(8)))

    assert sum(row["session"] is not None for row in opened) == 1


async def test_ticket_after_a_newer_session(ledger: Ledger) -> None:
    """A used ticket does not bring a replaced session back."""
    seat = await ledger.seat()
    old = await ledger.ticket(seat)
    await ledger.open(old)
    await ledger.open(await ledger.ticket(seat))

    assert (await ledger.open(old))["session"] is None


async def test_ticket_that_has_run_out(ledger: Ledger) -> None:
    """A ticket past its life or unknown opens nothing, and is swept away later."""
    seat = await ledger.seat()
    ticket = await ledger.ticket(seat)
    await ledger.owner.execute("UPDATE ticket SET expires_at = now() - interval '2 hours'")

    assert (await ledger.open(ticket))["session"] is None
    assert (await ledger.open(b"unknown"))["session"] is None
    assert await ledger.app.fetchval("SELECT tickets_expire()") == 2


async def test_resume(ledger: Ledger) -> None:
    """A session goes on under a new token; the old one works until the new one is confirmed."""
    seat = await ledger.seat()
    token, opened = await session(ledger, seat)
    seat.session, seat.epoch = opened["session"], opened["epoch"]
    await ledger.settle(seat.spin(100, request=41), (await ledger.seat()).spin())
    second, third = os.urandom(32), os.urandom(32)

    row = await resume(ledger, token, second)
    assert (row["session"], row["highest_request"], row["replaced"]) == (seat.session, 41, False)
    assert row["balance"] == 99_900
    assert (await resume(ledger, token, third))["session"] == seat.session
    confirm = "SELECT session_confirm($1, $2)"
    await ledger.app.execute(confirm, seat.session, second)  # too late: it is not the newest
    assert token == await ledger.owner.fetchval(
        "SELECT previous_token FROM session WHERE id = $1", seat.session
    )
    await ledger.app.execute(confirm, seat.session, third)
    assert (await resume(ledger, token, second))["session"] is None
    assert (await resume(ledger, third, second))["session"] == seat.session


async def test_resume_of_what_is_over(ledger: Ledger) -> None:
    """An unknown token says nothing; a replaced or ended session says so and changes nothing."""
    seat = await ledger.seat()
    token, _ = await session(ledger, seat)
    assert (await resume(ledger, b"unknown", b"new"))["session"] is None
    newer, row = await session(ledger, seat)
    assert (await resume(ledger, token, b"new"))["replaced"]
    await ledger.app.execute("SELECT session_end($1, 'bye')", row["session"])
    assert (await resume(ledger, newer, b"new"))["replaced"]

    assert await ledger.owner.fetchval("SELECT count(*) FROM session WHERE token = 'new'") == 0


async def test_session_of_an_excluded_player(ledger: Ledger) -> None:
    """Who is excluded may come in and finish what he has open, but not stake."""
    seat = await ledger.seat()
    await ledger.settle(seat.deal())
    await ledger.exclude(seat)
    opened = await ledger.open(await ledger.ticket(seat))
    seat.session, seat.epoch = opened["session"], opened["epoch"]

    assert opened["held"] == 100
    assert await ledger.verdict(seat.act(5, step=0)) == Verdict.EXCLUDED
    assert await ledger.verdict(seat.act(finish=True, payout=200)) == Verdict.ACCEPTED
