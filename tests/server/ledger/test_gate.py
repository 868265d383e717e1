"""Tests of the gate: limits, exclusions, and no way round them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from server.ledger.backend import settle
from server.ledger.items import SETTLE, SETTLE_INSTANT, Verdict, settle_arguments
from tests.server.ledger.ledger import Ledger, Seat, ask, settler, waits_for_lock

HOUR = timedelta(hours=1)


async def state(ledger: Ledger, seat: Seat) -> Any:
    """Return the account's gate."""
    return await ledger.owner.fetchrow(
        "SELECT status, stake_cap, wager_room, loss_room, gate_until = 'infinity' AS for_ever,"
        " extract(epoch FROM nullif(gate_until, 'infinity'))::bigint AS until,"
        " (floor(extract(epoch FROM clock_timestamp()) / 3600)::bigint + 1) * 3600 AS hour_end"
        " FROM account WHERE id = $1",
        seat.account,
    )


# -- status -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("exclusion", Verdict.EXCLUDED),
        ("time-out", Verdict.EXCLUDED),
        ("suspension", Verdict.SUSPENDED),
    ],
)
async def test_exclusion_holds_from_now_to_its_end(
    ledger: Ledger, kind: str, verdict: Verdict
) -> None:
    """An exclusion stops new money at once, records the refusal, and ends by itself."""
    seat = await ledger.seat()
    await ledger.exclude(seat, kind, ends="2 hours")

    assert await ledger.verdict(seat.spin()) == verdict
    assert await ledger.owner.fetchval("SELECT verdict FROM request") == verdict
    await ledger.pass_time(seat, 2)
    assert await ledger.verdict(seat.spin()) == Verdict.ACCEPTED


async def test_exclusion_that_starts_later(ledger: Ledger) -> None:
    """Until it starts an exclusion stops nothing; the gate knows the instant by itself."""
    seat = await ledger.seat()
    await ledger.exclude(seat, starts="1 hour", ends="2 hours")
    assert await ledger.verdict(seat.spin()) == Verdict.ACCEPTED
    await ledger.pass_time(seat, 1)

    (answer,) = await ledger.settle(seat.spin(n=2))
    assert answer.verdict == Verdict.STALE_GATE
    assert await ledger.verdict(seat.spin(n=2)) == Verdict.EXCLUDED


async def test_exclusion_counts_over_a_suspension(ledger: Ledger) -> None:
    """With several in force the player hears the weightier one."""
    seat = await ledger.seat()
    await ledger.exclude(seat, "suspension")
    await ledger.exclude(seat, "exclusion")

    assert await ledger.verdict(seat.spin()) == Verdict.EXCLUDED


async def test_exclusion_covers_every_account(ledger: Ledger) -> None:
    """An account in another currency that is opened afterwards is excluded from its first bet."""
    seat = await ledger.seat()
    await ledger.exclude(seat)
    account = await ledger.owner.fetchval("SELECT account_open($1, 'USD', true)", seat.player)
    await ledger.owner.execute("UPDATE account SET balance = 100 WHERE id = $1", account)

    item = seat.spin(10, account=account, session_epoch=0)
    assert await ledger.verdict(item) == Verdict.EXCLUDED


async def test_account_opened_beside_an_exclusion(ledger: Ledger) -> None:
    """An account that is opened while an exclusion is being recorded waits for it and has it."""
    seat = await ledger.seat()
    async with ledger.database.connected("owner") as other:
        transaction = other.transaction()
        await transaction.start()
        await other.execute(
            "SELECT exclusion_add($1, 'exclusion', 'player', '', now(), 'infinity')", seat.player
        )
        opening = asyncio.create_task(
            ledger.owner.fetchval("SELECT account_open($1, 'USD', true)", seat.player)
        )
        await waits_for_lock(ledger.database, ledger.owner)
        await transaction.commit()
        account = await opening

    assert await ledger.owner.fetchval("SELECT status FROM account WHERE id = $1", account) == 2


# -- limits -------------------------------------------------------------------------------------


async def test_stake_cap_counts_the_whole_round(ledger: Ledger) -> None:
    """The cap bounds the stake of a round, with what is held on it already."""
    seat = await ledger.seat()
    await ledger.limit(seat, "stake", 150, hours=0, by="operator")

    assert await ledger.verdict(seat.spin(151)) == Verdict.STAKE_CAP
    seat.n = 1
    assert await ledger.verdict(seat.deal(100)) == Verdict.ACCEPTED
    assert await ledger.verdict(seat.act(51, step=0)) == Verdict.STAKE_CAP
    assert await ledger.verdict(seat.act(50, step=0)) == Verdict.ACCEPTED


async def test_wager_limit(ledger: Ledger) -> None:
    """A wager limit counts stakes alone: winning does not lift it."""
    seat = await ledger.seat()
    await ledger.limit(seat, "wager", 250)

    assert await ledger.verdict(seat.spin(100, 1_000)) == Verdict.ACCEPTED
    assert await ledger.verdict(seat.spin(151)) == Verdict.WAGER_LIMIT
    assert await ledger.verdict(seat.spin(150)) == Verdict.ACCEPTED
    assert await ledger.verdict(seat.spin(1)) == Verdict.WAGER_LIMIT


async def test_loss_limit(ledger: Ledger) -> None:
    """F5: a loss is what was staked less what was won: ten staked and eight back are two."""
    seat = await ledger.seat()
    await ledger.limit(seat, "loss", 10)

    assert await ledger.verdict(seat.spin(10, 8)) == Verdict.ACCEPTED
    assert await ledger.verdict(seat.spin(9)) == Verdict.LOSS_LIMIT
    assert await ledger.verdict(seat.spin(8)) == Verdict.ACCEPTED
    assert await ledger.verdict(seat.spin(1)) == Verdict.LOSS_LIMIT


async def test_what_was_played_before_counts(ledger: Ledger) -> None:
    """A limit set now counts what its window has already seen."""
    seat = await ledger.seat()
    await ledger.play(seat.spin(100, 40))
    await ledger.limit(seat, "wager", 120)
    await ledger.limit(seat, "loss", 70)

    gate = await state(ledger, seat)
    assert (gate["wager_room"], gate["loss_room"]) == (20, 10)


@pytest.mark.parametrize("kind", ["wager", "loss"])
async def test_fifty_bets_against_room_for_ten(ledger: Ledger, kind: str) -> None:
    """E7, F5: fifty concurrent bets of one against room for ten: exactly ten are accepted."""
    seat = await ledger.seat(1_000)
    await ledger.limit(seat, kind, 10)
    async with ledger.queue() as queue:
        answers = await asyncio.gather(*(ask(queue, seat.spin, 1) for _ in range(50)))

    assert sum(answer.verdict == Verdict.ACCEPTED for answer in answers) == 10
    assert await ledger.money(seat) == (990, 0)
    await ledger.audit()


async def test_fifty_debits_never_overdraw(ledger: Ledger) -> None:
    """E7: fifty concurrent debits on one account over two connections stop at what is there."""
    seat = await ledger.seat(10)
    node = await ledger.app.fetchval("SELECT epoch FROM node_start(2::smallint)")
    async with ledger.queue() as one, ledger.queue(node=2, epoch=node) as two:
        answers = await asyncio.gather(
            *(ask(queue, seat.spin, 1) for _ in range(25) for queue in (one, two))
        )

    assert sum(answer.verdict == Verdict.ACCEPTED for answer in answers) == 10
    assert await ledger.money(seat) == (0, 0)
    await ledger.audit()


async def test_rolling_window(ledger: Ledger) -> None:
    """Rule 7: a stake counts until its whole hour has left the window, and then no more."""
    seat = await ledger.seat()
    await ledger.limit(seat, "wager", 100, hours=3)
    await ledger.play(seat.spin(100))

    for hours, verdict in ((1, Verdict.WAGER_LIMIT), (2, Verdict.WAGER_LIMIT)):
        await ledger.pass_time(seat, hours)
        assert await ledger.verdict(seat.spin(1)) == verdict
    await ledger.pass_time(seat, 1)
    assert await ledger.verdict(seat.spin(100)) == Verdict.ACCEPTED


async def test_win_before_the_window_pays_for_no_loss_in_it(ledger: Ledger) -> None:
    """Rule 7: of the oldest hour the loss from its worst instant on counts, not its whole."""
    seat = await ledger.seat()
    await ledger.play(seat.spin(10, 510))
    await ledger.play(seat.spin(80, 20))
    await ledger.limit(seat, "loss", 100, hours=3)
    assert (await state(ledger, seat))["loss_room"] == 540

    await ledger.pass_time(seat, 3)
    await ledger.app.execute("SELECT gate_refresh($1)", seat.account)
    assert (await state(ledger, seat))["loss_room"] == 40
    assert await ledger.verdict(seat.spin(41)) == Verdict.LOSS_LIMIT
    await ledger.pass_time(seat, 1)
    assert await ledger.verdict(seat.spin(100)) == Verdict.ACCEPTED


async def test_churn_is_no_loss(ledger: Ledger) -> None:
    """Stakes that came back at once are no loss when their hour is the oldest either."""
    seat = await ledger.seat()
    for _ in range(20):
        await ledger.play(seat.spin(100, 99))
    await ledger.limit(seat, "loss", 100, hours=3)
    await ledger.pass_time(seat, 3)
    await ledger.app.execute("SELECT gate_refresh($1)", seat.account)

    assert (await state(ledger, seat))["loss_room"] == 80


async def test_hours_roll_off_the_row(ledger: Ledger) -> None:
    """An hour that is over moves from the account to its history, by whoever comes first."""
    seat, other = await ledger.seat(), await ledger.seat()
    await ledger.settle(seat.spin(100, 30))
    await ledger.pass_time(seat, 1)
    await ledger.settle(seat.spin(10), other.spin(10))
    await ledger.pass_time(seat, 5)
    await ledger.app.execute("SELECT gate_refresh($1)", seat.account)

    rows = await ledger.owner.fetch("SELECT stake, payout, worst FROM play_hour ORDER BY hour")
    assert [tuple(row) for row in rows] == [(100, 30, 70), (10, 0, 10)]
    await ledger.audit()


async def test_hour_that_comes_twice(ledger: Ledger) -> None:
    """A clock put back loses nothing that was counted."""
    seat = await ledger.seat()
    await ledger.settle(seat.spin(100))
    await ledger.owner.execute("UPDATE account SET hour = hour + 1 WHERE id = $1", seat.account)
    await ledger.settle(seat.spin(10))
    await ledger.owner.execute("UPDATE account SET hour = hour + 1 WHERE id = $1", seat.account)
    await ledger.settle(seat.spin(1))

    assert await ledger.owner.fetchval("SELECT sum(stake) FROM play_hour") == 110
    await ledger.audit()


@pytest.mark.parametrize("hours", [0, 1])
async def test_void_stake_limits_nothing(ledger: Ledger, hours: int) -> None:
    """A void round is taken out of the very hours that counted it, and the gate opens again."""
    seat = await ledger.seat()
    await ledger.limit(seat, "wager", 100, hours=3)
    await ledger.limit(seat, "loss", 100, hours=3)
    await ledger.play(seat.deal(60))
    await ledger.pass_time(seat, hours)
    await ledger.play(seat.act(40))
    assert await ledger.verdict(seat.void()) == Verdict.ACCEPTED
    await ledger.audit()

    assert await ledger.verdict(seat.spin(101)) == Verdict.WAGER_LIMIT
    assert await ledger.verdict(seat.spin(100)) == Verdict.ACCEPTED
    for passing in (1, 1, 1):
        await ledger.pass_time(seat, passing)
        await ledger.app.execute("SELECT gate_refresh($1)", seat.account)
        gate = await state(ledger, seat)
        assert (gate["wager_room"], gate["loss_room"]) == (0, 0), "no room above the limit"
    await ledger.pass_time(seat, 1)
    await ledger.app.execute("SELECT gate_refresh($1)", seat.account)
    assert (await state(ledger, seat))["wager_room"] == 100


# -- setting limits -----------------------------------------------------------------------------


async def test_lower_at_once_higher_after_the_delay(ledger: Ledger) -> None:
    """F2, F3: a lower limit binds the next bet, a higher one waits for its day."""
    seat = await ledger.seat()
    await ledger.limit(seat, "wager", 100)
    effective = await ledger.limit(seat, "wager", 50)
    assert abs(effective - await ledger.owner.fetchval("SELECT clock_timestamp()")) < HOUR
    assert await ledger.verdict(seat.spin(51)) == Verdict.WAGER_LIMIT

    effective = await ledger.limit(seat, "wager", 500)
    assert effective - await ledger.owner.fetchval("SELECT clock_timestamp()") > 23 * HOUR
    assert await ledger.verdict(seat.spin(51)) == Verdict.WAGER_LIMIT
    await ledger.pass_time(seat, 24)
    assert await ledger.verdict(seat.spin(500)) == Verdict.ACCEPTED


async def test_lifting_waits_too(ledger: Ledger) -> None:
    """F3: a limit is gone only after the delay; a new one then binds at once."""
    seat = await ledger.seat()
    await ledger.limit(seat, "loss", 50)
    await ledger.limit(seat, "loss", None)
    assert await ledger.verdict(seat.spin(51)) == Verdict.LOSS_LIMIT
    await ledger.pass_time(seat, 24)
    assert await ledger.verdict(seat.spin(51)) == Verdict.ACCEPTED

    await ledger.limit(seat, "loss", 60)
    assert await ledger.verdict(seat.spin(51)) == Verdict.LOSS_LIMIT


@pytest.mark.parametrize("second", [40, 120])
async def test_rise_that_is_taken_back(ledger: Ledger, second: int) -> None:
    """F3: who asks for less while a rise waits does not get the rise when its day comes."""
    seat = await ledger.seat()
    await ledger.limit(seat, "wager", 100)
    await ledger.limit(seat, "wager", 500)
    await ledger.pass_time(seat, 1)
    await ledger.limit(seat, "wager", second)

    await ledger.pass_time(seat, 23)
    assert await ledger.verdict(seat.spin(min(second, 100) + 1)) == Verdict.WAGER_LIMIT
    await ledger.pass_time(seat, 1)
    assert await ledger.verdict(seat.spin(second + 1)) == Verdict.WAGER_LIMIT
    assert await ledger.verdict(seat.spin(second)) == Verdict.ACCEPTED


async def test_the_tightest_of_several_counts(ledger: Ledger) -> None:
    """Limits of several periods and imposers stand beside each other."""
    seat = await ledger.seat()
    await ledger.limit(seat, "wager", 1_000, hours=720)
    await ledger.limit(seat, "wager", 300, hours=24)
    await ledger.limit(seat, "wager", 200, hours=24, by="regulator")

    assert (await state(ledger, seat))["wager_room"] == 200
    await ledger.limit(seat, "wager", None, hours=24, by="regulator")
    assert (await state(ledger, seat))["wager_room"] == 300


async def test_limits_are_of_one_currency(ledger: Ledger) -> None:
    """A limit in euros does not bind another currency."""
    seat = await ledger.seat(currency="USD")
    await ledger.limit(seat, "wager", 1)

    assert await ledger.verdict(seat.spin(100)) == Verdict.ACCEPTED


# -- freshness and races ------------------------------------------------------------------------


async def test_gate_holds_no_longer_than_its_facts(ledger: Ledger) -> None:
    """Rule 7: with a limit the gate holds to the end of the hour, without one for ever."""
    seat = await ledger.seat()
    await ledger.app.execute("SELECT gate_refresh($1)", seat.account)
    assert (await state(ledger, seat))["for_ever"]
    await ledger.limit(seat, "wager", 100)

    gate = await state(ledger, seat)
    assert gate["until"] == gate["hour_end"]


async def test_stale_gate_is_compiled_and_tried_again(ledger: Ledger) -> None:
    """A stale gate refuses nobody and records nothing; the queue compiles it and tries again."""
    seat = await ledger.seat()
    await ledger.owner.execute("UPDATE account SET gate_until = '-infinity', status = 1")
    item = seat.spin(100)
    (answer,) = await ledger.settle(item)
    assert answer.verdict == Verdict.STALE_GATE
    assert await ledger.count("request") == 0

    async with ledger.queue() as queue:
        answer = await ask(queue, lambda: item)

    assert answer.verdict == Verdict.ACCEPTED


@pytest.mark.parametrize("quick", [True, False])
async def test_bet_that_waited_sees_the_exclusion(ledger: Ledger, quick: bool) -> None:
    """Rule 1: a call that waited while an exclusion committed decides on what it finds then."""
    seat = await ledger.seat()
    settling = await settler(ledger.database)
    async with ledger.database.connected("owner") as other:
        transaction = other.transaction()
        await transaction.start()
        # Whatever the call waits for first: here its fence.
        await other.execute("UPDATE node SET high_water = high_water")
        bet = asyncio.create_task(call(ledger, settling, seat, quick=quick))
        await waits_for_lock(ledger.database, settling)
        await other.execute(
            "SELECT exclusion_add($1, 'exclusion', 'player', '', now(), 'infinity')", seat.player
        )
        await transaction.commit()

        assert await bet == Verdict.EXCLUDED
    await settling.close()


@pytest.mark.parametrize("quick", [True, False])
async def test_bet_that_waited_sees_the_takeover(ledger: Ledger, quick: bool) -> None:
    """Rule 1: a call that waited while a newer session started is refused as replaced."""
    seat = await ledger.seat()
    ticket = await ledger.ticket(seat)
    settling = await settler(ledger.database)
    async with ledger.database.connected("owner") as other:
        transaction = other.transaction()
        await transaction.start()
        await other.execute("UPDATE node SET high_water = high_water")
        bet = asyncio.create_task(call(ledger, settling, seat, quick=quick))
        await waits_for_lock(ledger.database, settling)
        await ledger.open(ticket, connection=other)
        await transaction.commit()

        assert await bet == Verdict.REPLACED
    await settling.close()


async def call(ledger: Ledger, connection: Any, seat: Seat, *, quick: bool) -> int:
    """Settle one spin over *connection*, by the quick call first or by `settle` alone."""
    arguments = settle_arguments(1, ledger.epoch, ledger.ids.next(), [seat.spin()])
    full = await connection.prepare(SETTLE)
    if quick:
        row = await settle(await connection.prepare(SETTLE_INSTANT), full, arguments)
    else:
        row = await full.fetchrow(*arguments)
    return int(row["verdict"][0])


async def test_locked_account_stalls_nobody(ledger: Ledger) -> None:
    """Rule 1: a row locked elsewhere is skipped and comes later; its neighbours settle at once."""
    seats = [await ledger.seat() for _ in range(50)]
    async with ledger.database.connected("owner") as other, ledger.queue() as queue:
        transaction = other.transaction()
        await transaction.start()
        await other.execute("SELECT lock_accounts(ARRAY[$1::bigint])", seats[20].account)
        asked = [asyncio.create_task(ask(queue, seat.spin)) for seat in seats]
        blocked = asked.pop(20)

        answers = await asyncio.gather(*asked)
        assert {answer.verdict for answer in answers} == {Verdict.ACCEPTED}
        assert not blocked.done()
        await transaction.commit()
        assert (await blocked).verdict == Verdict.ACCEPTED


async def test_account_locked_for_long(ledger: Ledger) -> None:
    """Rule 1: a busy account is tried a bounded number of times; a void until it succeeds."""
    seat = await ledger.seat()
    await ledger.play(seat.deal())
    async with (
        ledger.database.connected("owner") as other,
        ledger.queue(lock_retries=3) as queue,
    ):
        transaction = other.transaction()
        await transaction.start()
        await other.execute("SELECT lock_accounts(ARRAY[$1::bigint])", seat.account)
        void = asyncio.create_task(ask(queue, seat.void))
        assert (await ask(queue, seat.spin, chain=7, n=1)).verdict == Verdict.SKIPPED
        assert not void.done()
        await transaction.commit()
        assert (await void).verdict == Verdict.ACCEPTED


async def test_nobody_deadlocks(ledger: Ledger) -> None:
    """Settling, gates, limits, exclusions, sign-ups and sessions at once: no deadlock, no error."""
    seats = [await ledger.seat() for _ in range(6)]
    tickets = [await ledger.ticket(seat) for seat in seats]

    async def others(number: int) -> None:
        async with ledger.database.connected("app") as app:
            for index in range(15):
                seat = seats[(index * 5 + number) % len(seats)]
                await app.execute("SELECT gate_refresh($1)", seat.account)
                await app.execute(
                    "SELECT limit_set($1, 'EUR', 'wager', 24, $2, 'operator')", seat.player, 10**6
                )
                await app.execute(
                    "SELECT exclusion_add($1, 'time-out', 'player', '',"
                    " now() + interval '1 day', now() + interval '2 days')",
                    seat.player,
                )
                await ledger.open(tickets[index % 6], str(index % 6), app)
                await app.execute(
                    "SELECT demo_sign_up('EUR', 5, $1, $2, '1 hour')",
                    ledger.ids.next(),
                    str((number, index)).encode(),
                )

    async with ledger.queue(lock_retries=1_000) as queue:
        work = [asyncio.create_task(others(number)) for number in range(3)]
        while not all(task.done() for task in work):
            answers = await asyncio.gather(*(ask(queue, seat.spin, 1) for seat in seats))
            assert {answer.verdict for answer in answers} <= {Verdict.ACCEPTED, Verdict.REPLACED}
        await asyncio.gather(*work)

    assert (
        await ledger.owner.fetchval(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        == 0
    )
    await ledger.audit()
