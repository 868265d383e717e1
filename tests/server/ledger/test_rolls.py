"""Tests of the settling call for rounds that follow one another, as craps is played."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from server.ledger.items import Verdict
from server.ledger.live_items import LiveItem, LiveKind
from tests.server.ledger.ledger import SEEDS, Ledger, Seat
from tests.server.ledger.live import LiveTable
from tests.server.ledger.test_live import LosesReplies, drawn, heard, opened, verdicts

ACCEPTED, KNOWN, STALE = Verdict.ACCEPTED, Verdict.KNOWN, Verdict.STALE
CLOSED, OPEN = Verdict.BETS_CLOSED, Verdict.ROUND_OPEN
STAGE, LEFT = b"stage", b"left"


def follow(table: LiveTable, n: int, **changes: Any) -> LiveItem:
    """Return the item that ends the round in play and opens number `n`."""
    fields = {"n": n, "input_data": STAGE, "data": SEEDS, "seats": (1,), **changes}
    return table.item(LiveKind.FOLLOW, **fields)


def stand(table: LiveTable, player: Seat, seat: int, stake: int, payout: int = 0) -> LiveItem:
    """Return the item that settles a part of a seat's bets."""
    return table.of(LiveKind.STAND, player, seat, stake=stake, payout=payout, data=LEFT)


async def held(ledger: Ledger) -> list[tuple[Any, ...]]:
    """Return every hold: round, seat, amount, bets; no account holds anything else."""
    rows = await ledger.owner.fetch("SELECT n, seat, amount, bets FROM hold ORDER BY seat")
    total = await ledger.owner.fetchval("SELECT sum(held) FROM account WHERE kind = 1")
    assert total == sum(row["amount"] for row in rows)
    return [tuple(row) for row in rows]


async def test_what_stands_is_an_input_of_the_next_round(ledger: Ledger) -> None:
    """A part is paid at once, the rest is held for the next round, which says so."""
    one, two = await ledger.seat(1_000), await ledger.seat(1_000)
    table = await opened(ledger, one, two)
    await drawn(table)
    assert await table.verdicts(stand(table, one, 1, 40, 90), stand(table, two, 2, 0)) == [0, 0]
    assert await ledger.money(one) == (990, 60)
    assert await table.verdicts(follow(table, 2)) == [ACCEPTED]
    assert await held(ledger) == [(2, 1, 60, LEFT), (2, 2, 100, LEFT)]
    inputs = await ledger.owner.fetch(
        "SELECT step, seat, decision, stake, platform FROM round_input WHERE n = 2 ORDER BY step"
    )
    assert [tuple(row) for row in inputs] == [
        (0, -1, STAGE, 0, True), (1, 1, LEFT, 60, True), (2, 2, LEFT, 100, True)]  # fmt: skip
    table.n = 2
    assert await table.verdicts(table.bet(one, 1, 10)) == [ACCEPTED]
    row = await ledger.owner.fetchrow("SELECT accepted, closed, drawn FROM live_round")
    assert tuple(row) == (4, None, None)
    await drawn(table)
    paid = table.of(LiveKind.SETTLE, one, 1, payout=200), table.of(LiveKind.SETTLE, two, 2)
    assert await table.verdicts(*paid) == [ACCEPTED, ACCEPTED]
    assert await table.do(LiveKind.END) is ACCEPTED
    assert [await ledger.money(each) for each in (one, two)] == [(1_180, 0), (900, 0)]
    wagers = await ledger.owner.fetch("SELECT n, seat, stake, payout FROM wager ORDER BY n, seat")
    assert [tuple(row) for row in wagers] == [(1, 1, 40, 90), (2, 1, 70, 200), (2, 2, 100, 0)]


async def test_every_answer_of_a_hand_is_lost(ledger: Ledger) -> None:
    """What committed unheard is known when it is sent again; a settlement is made once."""
    one, two = await ledger.seat(1_000), await ledger.seat(1_000)
    table = await LiveTable.make(ledger)
    async with ledger.queue(wrap=LosesReplies) as queue:
        first: list[list[LiveItem]] = [
            [table.open(1, 2)],
            [table.bet(one, 1), table.bet(two, 2, 200)],
            [table.item(LiveKind.CLOSE)],
            [table.item(LiveKind.DRAW)],
            [stand(table, one, 1, 40, 90), table.of(LiveKind.SETTLE, two, 2, payout=400)],
            [follow(table, 2)],
        ]
        for items in first:
            assert verdicts(await heard(queue, *items)) == [KNOWN] * len(items)
        table.n = 2
        second: list[list[LiveItem]] = [
            [table.bet(one, 1, 50)],
            [table.item(LiveKind.CLOSE)],
            [table.item(LiveKind.DRAW)],
            [table.of(LiveKind.SETTLE, one, 1, payout=0)],
            [table.item(LiveKind.END)],
        ]
        for items in second:
            assert verdicts(await heard(queue, *items)) == [KNOWN] * len(items)
    assert await ledger.money(one) == (1_000 - 150 + 90, 0)
    assert await ledger.money(two) == (1_200, 0)
    rows = await ledger.owner.fetch(
        "SELECT n, steps, accepted, closed, drawn FROM round ORDER BY n"
    )
    assert [tuple(row) for row in rows] == [(1, 2, 2, 3, 4), (2, 3, 3, 4, 5)]
    assert await held(ledger) == []


async def test_a_late_bet_is_of_no_later_roll(ledger: Ledger) -> None:
    """A bet on a roll that was closed is refused and on record, and nothing of it is moved on."""
    one = await ledger.seat(1_000)
    table = await opened(ledger, one)
    assert await table.do(LiveKind.CLOSE) is ACCEPTED
    late = table.bet(one, 1, 10)
    assert await table.verdicts(late) == [CLOSED]
    assert await table.do(LiveKind.DRAW) is ACCEPTED
    assert await table.verdicts(follow(table, 2)) == [ACCEPTED]
    assert await table.verdicts(late) == [KNOWN], "as it was refused"
    assert await table.verdicts(table.bet(one, 1, 10)) == [CLOSED], "round 1 has ended"
    assert await held(ledger) == [(2, 1, 100, b"\x80")]


async def test_only_the_round_that_was_drawn_is_followed_and_by_the_next_number(
    ledger: Ledger,
) -> None:
    """No roll is passed over, none opens beside another, none follows a void or an undrawn one."""
    one = await ledger.seat(1_000)
    table = await opened(ledger, one)
    assert await table.verdicts(follow(table, 2)) == [OPEN], "it takes bets"
    assert await table.do(LiveKind.CLOSE) is ACCEPTED
    assert await table.verdicts(follow(table, 2)) == [OPEN], "nothing is drawn"
    assert await table.do(LiveKind.DRAW) is ACCEPTED
    later = await table.put_chain(ledger.ids.next())
    for wrong in (follow(table, 1), follow(table, 3), follow(table, 2, chain=later),
            follow(table, 1, chain=table.chain - 1)):  # fmt: skip
        expected = KNOWN if wrong.row[8:10] == (table.chain, 1) else OPEN
        assert await table.verdicts(wrong) == [expected]
    assert await ledger.count("round") == 0
    assert await table.verdicts(follow(table, 1, chain=later)) == [ACCEPTED], "a new chain"
    assert await ledger.owner.fetchval("SELECT chain FROM live_round") == later
    assert await held(ledger) == [(1, 1, 100, b"\x80")]
    table.chain = later
    assert await table.do(LiveKind.CLOSE) is ACCEPTED
    assert await table.verdicts(table.of(LiveKind.RETURN, one, 1)) == [ACCEPTED]
    assert await table.do(LiveKind.DRAW) is ACCEPTED
    assert await table.verdicts(follow(table, 2)) == [OPEN], "its stakes were returned"


@pytest.mark.parametrize("stake", [-1, 100, 101])
async def test_no_more_is_settled_than_stood(ledger: Ledger, stake: int) -> None:
    """A part is less than the whole, and nothing is paid where nothing is settled."""
    one = await ledger.seat(1_000)
    table = await opened(ledger, one)
    assert await table.verdicts(stand(table, one, 1, 40)) == [STALE], "nothing is drawn"
    await drawn(table)
    assert await table.verdicts(stand(table, one, 1, stake)) == [STALE]
    assert await table.verdicts(stand(table, one, 1, 0, 5)) == [STALE]
    assert await ledger.money(one) == (900, 100)


async def test_the_order_of_every_roll_is_the_schemas(ledger: Ledger) -> None:
    """Accepted < closed < drawn holds for a round that follows, whatever a program does."""
    one = await ledger.seat(1_000)
    table = await opened(ledger, one)
    await drawn(table)
    await table.settle(follow(table, 2))
    table.n = 2
    assert await table.do(LiveKind.CLOSE) is ACCEPTED
    with pytest.raises(asyncpg.CheckViolationError, match="live_round_order"):
        await ledger.owner.execute("UPDATE live_round SET accepted = accepted + 1")


@pytest.mark.parametrize("hours", [0, 1])
async def test_what_stood_of_a_void_round_limits_nothing(ledger: Ledger, hours: int) -> None:
    """Stakes of earlier rolls are taken out of the very hours that counted them."""
    one = await ledger.seat(1_000)
    await ledger.limit(one, "wager", 150, hours=3)
    table = await LiveTable.make(ledger)
    await table.settle(table.open(1))
    await ledger.refresh_gate(one.account)
    assert await table.verdicts(table.bet(one, 1, 60)) == [ACCEPTED]
    await ledger.pass_time(one, hours)
    await drawn(table)
    assert await table.verdicts(stand(table, one, 1, 20)) == [ACCEPTED]
    await table.settle(follow(table, 2))
    table.n = 2
    await ledger.refresh_gate(one.account)
    assert await table.verdicts(table.bet(one, 1, 30)) == [ACCEPTED]
    assert await table.do(LiveKind.CLOSE) is ACCEPTED
    assert await table.verdicts(table.of(LiveKind.RETURN, one, 1)) == [ACCEPTED]
    assert await table.do(LiveKind.END, reason="a fault") is ACCEPTED
    assert await ledger.money(one) == (980, 0)
    counted = await ledger.owner.fetchval(
        "SELECT (SELECT hour_stake FROM account WHERE id = $1)"
        " + coalesce((SELECT sum(stake) FROM play_hour WHERE account = $1), 0)",
        one.account,
    )
    assert counted == 20, "the part that was settled"
    await ledger.refresh_gate(one.account)
    assert await ledger.verdict(one.spin(131)) == Verdict.WAGER_LIMIT
    assert await ledger.verdict(one.spin(130)) == ACCEPTED
