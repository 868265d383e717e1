"""Tests of the settling call: what money it moves and what it refuses."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import asyncpg
import pytest

from server.ledger.items import ItemKind, Verdict
from tests.server.ledger.ledger import Answer, Ledger


async def transfers(ledger: Ledger, *accounts: int) -> list[tuple[Any, ...]]:
    """Return (kind, debit, credit, amount) of all transfers but the play money."""
    rows = await ledger.owner.fetch(
        "SELECT k.name, account_kind(debit), account_kind(credit), amount FROM transfer"
        " JOIN transfer_kind k USING (kind) WHERE kind <> 5 ORDER BY id"
    )
    return [tuple(row) for row in rows]


async def test_instant_round(ledger: Ledger) -> None:
    """A spin is one round, one wager, and a transfer each for stake and payout."""
    seat = await ledger.seat(1_000)

    answers = await ledger.settle(seat.spin(100, 250))

    assert answers == [Answer(Verdict.ACCEPTED, 1_150, 0, 2)]
    assert await transfers(ledger) == [("stake", 1, 16, 100), ("payout", 16, 1, 250)]
    wager = await ledger.owner.fetchrow("SELECT stake, payout, account, session FROM wager")
    assert tuple(wager) == (100, 250, seat.account, seat.session)
    await ledger.audit()


async def test_lost_round_has_no_payout(ledger: Ledger) -> None:
    """A payout of nothing is no transfer."""
    seat = await ledger.seat(1_000)

    assert (await ledger.settle(seat.spin(100)))[0].balance == 900
    assert await transfers(ledger) == [("stake", 1, 16, 100)]


async def test_round_with_decisions(ledger: Ledger) -> None:
    """Stakes are held; a decision may hold more; the end moves the holds to the house (rule 9)."""
    seat = await ledger.seat(1_000)

    assert await ledger.settle(seat.deal(100)) == [Answer(0, 900, 100, 2)]
    assert await ledger.settle(seat.act(0)) == [Answer(0, 900, 100, 3)]
    assert await ledger.settle(seat.act(100)) == [Answer(0, 800, 200, 4)]
    await ledger.audit()
    assert await ledger.settle(seat.act(0, finish=True, payout=400)) == [Answer(0, 1_200, 0, 5)]

    assert await transfers(ledger) == [
        ("hold", 1, 2, 100),
        ("hold", 1, 2, 100),
        ("stake", 2, 16, 200),
        ("payout", 16, 1, 400),
    ]
    assert await ledger.owner.fetchval("SELECT array_agg(step ORDER BY step) FROM round_input") == [
        0,
        1,
        2,
    ]
    assert await ledger.owner.fetchval("SELECT steps FROM round") == 3
    assert await ledger.count("open_round") == await ledger.count("hold") == 0
    await ledger.audit()


async def test_deal_that_ends_at_once(ledger: Ledger) -> None:
    """A natural ends with its deal: held and settled in one call."""
    seat = await ledger.seat(1_000)

    assert await ledger.settle(seat.deal(100, finish=True, payout=250)) == [Answer(0, 1_150, 0, 2)]
    assert await ledger.count("hold") == 0
    await ledger.audit()


async def test_void_returns_every_hold(ledger: Ledger) -> None:
    """A void round gives back what it held, and counts as no wager of the house's result."""
    seat = await ledger.seat(1_000)
    await ledger.settle(seat.deal(100))
    await ledger.settle(seat.act(50))

    assert await ledger.settle(seat.void()) == [Answer(0, 1_000, 0, 4)]
    assert (await transfers(ledger))[-1] == ("return", 2, 1, 150)
    assert await ledger.owner.fetchval("SELECT void_cause FROM round") == "fault"
    assert await ledger.count("batch_total") == 0
    await ledger.audit()


async def test_platform_ends_a_round(ledger: Ledger) -> None:
    """The platform's decision is an input marked as such."""
    seat = await ledger.seat(1_000)
    await ledger.settle(seat.deal(100))

    assert await ledger.settle(seat.platform(finish=True, payout=200)) == [Answer(0, 1_100, 0, 3)]
    assert await ledger.owner.fetchval("SELECT platform FROM round_input")
    await ledger.audit()


async def test_gate_stops_new_money_only(ledger: Ledger) -> None:
    """Rule 6: decisions without money, ends, platform and void pass whatever the gate says."""
    for kind in (ItemKind.ACT, ItemKind.PLATFORM, ItemKind.VOID):
        seat = await ledger.seat(1_000)
        await ledger.settle(seat.deal(1_000))
        await ledger.limit(seat, "wager", 0)
        await ledger.limit(seat, "loss", 0)
        await ledger.exclude(seat)

        assert await ledger.verdict(seat.act(0)) == Verdict.ACCEPTED
        assert await ledger.verdict(seat.act(1, step=1)) == Verdict.EXCLUDED
        cause = "fault" if kind == ItemKind.VOID else None
        end = seat.item(kind, finish=True, payout=200, void_cause=cause)
        assert await ledger.verdict(end) == Verdict.ACCEPTED
    await ledger.audit()


async def test_platform_needs_no_session(ledger: Ledger) -> None:
    """Rule 6: a newer session stops its player's older acts, but not the end of a round."""
    seat = await ledger.seat(1_000)
    await ledger.settle(seat.deal(100))
    await ledger.open(await ledger.ticket(seat))

    assert await ledger.verdict(seat.act(0, step=0)) == Verdict.REPLACED
    assert await ledger.verdict(seat.platform(finish=True)) == Verdict.ACCEPTED


async def test_refused_hold_leaves_the_round(ledger: Ledger) -> None:
    """A decision that the player cannot pay for changes nothing; he may take another one."""
    seat = await ledger.seat(1_000)
    await ledger.settle(seat.deal(100))

    for stake in (901, 10**15):
        assert await ledger.settle(seat.act(stake, step=0)) == [
            Answer(Verdict.INSUFFICIENT_FUNDS, 900, 100, 2)
        ]
    assert await ledger.count("round_input") == 0
    await ledger.audit()
    assert await ledger.verdict(seat.act(0, finish=True)) == Verdict.ACCEPTED
    await ledger.audit()


async def test_funds_to_the_last_unit(ledger: Ledger) -> None:
    """A player can stake all he has and not one minor unit more."""
    seat = await ledger.seat(1_000)

    assert await ledger.verdict(seat.spin(1_001, 5_000)) == Verdict.INSUFFICIENT_FUNDS
    assert await ledger.settle(seat.spin(1_000)) == [Answer(0, 0, 0, 2)]
    assert await ledger.verdict(seat.spin(1)) == Verdict.INSUFFICIENT_FUNDS


# -- asked twice, one answer --------------------------------------------------------------------


async def test_known_request(ledger: Ledger) -> None:
    """Rule 2: the same id again is known and moves nothing; its neighbours settle (E15)."""
    seat, neighbour = await ledger.seat(1_000), await ledger.seat(1_000)
    item = seat.spin(100, 300)
    await ledger.settle(item)

    answers = await ledger.settle(item, neighbour.spin(100))

    assert answers == [Answer(Verdict.KNOWN, 1_200, 0, 2), Answer(0, 900, 0, 2)]
    assert await ledger.count("wager") == 2
    await ledger.audit()


async def test_known_request_with_other_content(ledger: Ledger) -> None:
    """A known id with another digest is refused and changes nothing."""
    seat = await ledger.seat(1_000)
    await ledger.settle(seat.spin(100, request=7))

    assert await ledger.verdict(seat.spin(100, request=7, digest=b"other")) == Verdict.ID_REUSED
    assert await ledger.count("wager") == 1


async def test_refusals_are_recorded(ledger: Ledger) -> None:
    """Rule 2: a refusal stays the answer of its id when the reason for it is gone."""
    seat = await ledger.seat(100)
    refused = seat.spin(200)
    assert await ledger.verdict(refused) == Verdict.INSUFFICIENT_FUNDS
    await ledger.settle(seat.spin(100, 1_000))

    assert await ledger.verdict(refused) == Verdict.KNOWN
    row = await ledger.owner.fetchrow("SELECT verdict, balance FROM request WHERE id = 1")
    assert tuple(row) == (Verdict.INSUFFICIENT_FUNDS, 100)
    assert await ledger.count("wager") == 1


async def test_stale_and_open_are_recorded(ledger: Ledger) -> None:
    """Told once that the round is open, or the step stale, an id is never accepted later."""
    seat = await ledger.seat(1_000)
    await ledger.settle(seat.deal(100))
    early = seat.item(ItemKind.ACT, step=1)
    second = seat.item(ItemKind.DEAL, stake=100, n=2)
    assert await ledger.verdict(early) == Verdict.STALE
    assert await ledger.verdict(second) == Verdict.ROUND_OPEN
    await ledger.settle(seat.act(0))
    assert await ledger.verdict(early) == Verdict.KNOWN
    await ledger.settle(seat.act(0, finish=True))

    assert await ledger.verdict(second) == Verdict.KNOWN
    await ledger.audit()


async def test_known_while_its_account_is_busy(ledger: Ledger) -> None:
    """What had committed is answered at once, never as a busy account: that would be a false no."""
    seat, other = await ledger.seat(1_000), await ledger.seat(1_000)
    item = seat.spin(100)
    await ledger.settle(item)
    async with ledger.owner.transaction():
        await ledger.owner.execute("SELECT FROM account WHERE id = $1 FOR UPDATE", seat.account)

        answers = await ledger.settle(item, seat.spin(100, account=other.account))

    assert answers[0].verdict == Verdict.KNOWN


async def test_repeated_decision(ledger: Ledger) -> None:
    """B17: a double click is not a second card: the first takes the step, the second is stale."""
    seat = await ledger.seat(1_000)
    await ledger.settle(seat.deal(100))

    assert await ledger.verdict(seat.act(100, step=0)) == Verdict.ACCEPTED
    assert await ledger.verdict(seat.act(100, step=0)) == Verdict.STALE
    assert await ledger.money(seat) == (800, 200)


async def test_no_round_beside_an_open_one(ledger: Ledger) -> None:
    """B17: the next round of a table cannot start before the current one has ended."""
    seat = await ledger.seat(1_000)
    await ledger.settle(seat.deal(100))

    assert await ledger.verdict(seat.deal(100)) == Verdict.ROUND_OPEN
    assert await ledger.verdict(seat.spin(100)) == Verdict.ROUND_OPEN
    assert await ledger.money(seat) == (900, 100)


async def test_seed_is_single_use(ledger: Ledger) -> None:
    """A round's number is used once, by a spin or a deal; the second one changes nothing at all."""
    seat, other = await ledger.seat(1_000), await ledger.seat(1_000)
    await ledger.settle(seat.spin(100))
    await ledger.settle(seat.deal(100, finish=True, payout=0))

    for n in (1, 2):
        for again in (seat.spin(100, 500, n=n), seat.deal(100, n=n)):
            with pytest.raises(asyncpg.UniqueViolationError):
                await ledger.settle(again)
    with pytest.raises(asyncpg.UniqueViolationError):
        await ledger.settle(seat.spin(100, n=3), other.deal(100, chain=seat.chain, n=3))
    assert await ledger.money(seat) == (800, 0)
    assert await ledger.count("hold") == 0


async def test_paid_once_across_a_partition_border(ledger: Ledger) -> None:
    """Rule 2: the same request in another month, on a chain of the new one, is still known."""
    seat = await ledger.seat(1_000)
    item = seat.spin(100)
    await ledger.settle(item)
    later = await ledger.owner.fetchval("SELECT id_at(clock_timestamp() + interval '40 days')")

    again = seat.spin(100, request=item.row[2], chain=later, transfer=later, n=1)

    assert await ledger.verdict(again) == Verdict.KNOWN
    fresh = seat.spin(100, chain=later, transfer=later, n=1)
    assert await ledger.verdict(fresh) == Verdict.ACCEPTED
    assert await ledger.owner.fetchval("SELECT count(DISTINCT tableoid) FROM wager") == 2, (
        "the wagers lie in two partitions"
    )
    await ledger.audit()


# -- what a fault in the server cannot do -------------------------------------------------------


async def refused_by_the_database(ledger: Ledger, item: Any) -> str:
    """Settle what must fail; returns the class of the error."""
    with pytest.raises(asyncpg.PostgresError) as caught:
        await ledger.settle(item)
    return (caught.value.sqlstate or "")[:2]


async def test_broken_spin(ledger: Ledger) -> None:
    """An instant round that is none moves no money and dies as class 22 or 23: it is split off."""
    seat = await ledger.seat(1_000)
    cases: list[dict[str, Any]] = [
        {"stake": -5},
        {"stake": None},
        {"payout": -5},
        {"payout": None},
        {"finish": False, "payout": 5},
        {"finish": None},
        {"digest": None},
        {"chain": None},
        {"n": 0},
        {"kind": -1},
        {"kind": None},
        {"session": -1},
        {"stake": 0, "payout": 1_000},
        {"payout": 2**63 - 1},
    ]
    for changes in cases:
        code = await refused_by_the_database(ledger, seat.spin(**changes))
        assert code in {"22", "23"}, changes
        assert await ledger.money(seat) == (1_000, 0), changes


async def test_broken_decision(ledger: Ledger) -> None:
    """A decision that is none moves no coin out of or into an open round."""
    seat = await ledger.seat(1_000)
    await ledger.settle(seat.deal(100))
    cases: list[tuple[int, dict[str, Any]]] = [
        (ItemKind.ACT, {"stake": -5}),
        (ItemKind.ACT, {"stake": None}),
        (ItemKind.ACT, {"finish": True, "payout": -5}),
        (ItemKind.PLATFORM, {"stake": 5}),
        (ItemKind.PLATFORM, {"stake": -5}),
        (ItemKind.VOID, {"stake": 5, "finish": True, "void_cause": "fault"}),
        (ItemKind.VOID, {"finish": True}),
        (ItemKind.VOID, {"finish": False, "void_cause": "fault"}),
        (7, {}),
    ]
    for kind, changes in cases:
        code = await refused_by_the_database(ledger, seat.item(kind, **changes))
        assert code in {"22", "23"}, (kind, changes)
        assert await ledger.money(seat) == (900, 100), (kind, changes)
    await ledger.audit()


async def test_hold_of_somebody_else(ledger: Ledger) -> None:
    """Rule 6: a hold changes only under the lock of its own account."""
    seat, thief = await ledger.seat(1_000), await ledger.seat(1_000)
    await ledger.settle(seat.deal(100))

    for item in (
        thief.act(0, chain=seat.chain, n=1, step=0, finish=True, payout=500),
        thief.void(chain=seat.chain, n=1, step=0),
        thief.platform(chain=seat.chain, n=1, step=0, finish=True, payout=500),
    ):
        assert await ledger.verdict(item) == Verdict.STALE
    assert await ledger.money(thief) == (1_000, 0)
    await ledger.audit()


async def test_only_cash_can_be_staked(ledger: Ledger) -> None:
    """An account without a balance is none to bet from: nothing compares with nothing (NULL)."""
    seat = await ledger.seat(1_000)
    for owner, kind in ((seat.player, 2), (seat.player, 3), (0, 16), (0, 17)):
        account = await ledger.owner.fetchval("SELECT account_id($1, $2, 978, true)", owner, kind)
        assert await ledger.verdict(seat.spin(100, account=account)) == Verdict.CLOSED
    assert await ledger.count("wager") == await ledger.count("request") == 0


async def test_session_epoch_is_compared(ledger: Ledger) -> None:
    """Only the very epoch of the live session passes; none at all does not (NULL)."""
    seat = await ledger.seat(1_000)

    for epoch in (None, 0, 2):
        assert await ledger.verdict(seat.spin(100, session_epoch=epoch)) == Verdict.REPLACED


async def test_account_twice_in_a_call(ledger: Ledger) -> None:
    """Rule 5: two items of one account in one call are refused whole: one debit would be lost."""
    seat = await ledger.seat(1_000)

    with pytest.raises(asyncpg.CardinalityViolationError):
        await ledger.settle(seat.spin(100), seat.spin(100))
    assert await ledger.money(seat) == (1_000, 0)


async def test_closed_account(ledger: Ledger) -> None:
    """A closed account takes no new money and stays closed when its gate is compiled."""
    seat = await ledger.seat(1_000)
    await ledger.owner.execute("UPDATE account SET status = 3 WHERE id = $1", seat.account)
    assert await ledger.verdict(seat.spin(100)) == Verdict.CLOSED
    await ledger.app.execute("SELECT gate_refresh($1)", seat.account)

    assert await ledger.verdict(seat.spin(100)) == Verdict.CLOSED


# -- days, totals, size -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "cutoff"), [("UTC", 0), ("Pacific/Kiritimati", 6), ("Pacific/Pago_Pago", 6)]
)
async def test_gaming_day(ledger: Ledger, zone: str, cutoff: int) -> None:
    """Rule 7, K3: the gaming day is that of the site's zone and cut-off, whatever zone asks."""
    await ledger.app.execute("SELECT site_set($1, $2)", zone, timedelta(hours=cutoff))
    seat = await ledger.seat(1_000)
    expected = await ledger.owner.fetchval(
        "SELECT (clock_timestamp() AT TIME ZONE $1 - $2::interval)::date",
        zone,
        timedelta(hours=cutoff),
    )
    for session_zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        await ledger.app.execute(f"SET TimeZone = '{session_zone}'")
        await ledger.settle(seat.spin(100, 50))

    days = await ledger.owner.fetch(
        "SELECT gaming_day FROM wager UNION ALL SELECT gaming_day FROM transfer"
        " UNION ALL SELECT gaming_day FROM batch_total"
    )
    assert {row[0] for row in days} == {expected}


async def test_gaming_day_never_goes_back(ledger: Ledger) -> None:
    """Rule 7: an account whose day has begun stays in it when the site's zone moves west."""
    await ledger.app.execute("SELECT site_set('Pacific/Kiritimati', '0')")
    seat = await ledger.seat(1_000)
    await ledger.settle(seat.spin(100))
    await ledger.app.execute("SELECT site_set('Pacific/Pago_Pago', '0')")
    await ledger.settle(seat.spin(100))

    days = [row[0] for row in await ledger.owner.fetch("SELECT gaming_day FROM wager ORDER BY n")]
    assert days[0] == days[1]
    assert await ledger.owner.fetchval(
        "SELECT bool_and(gaming_day = $1) FROM transfer WHERE kind <> 5", days[0]
    )


async def test_totals_by_currency_and_game(ledger: Ledger) -> None:
    """Rule 10: a call appends its sums by game version, currency, test flag and day."""
    euro, yen, euro_too = [await ledger.seat(1_000, code) for code in ("EUR", "JPY", "EUR")]

    await ledger.settle(euro.spin(100, 30), yen.spin(7), euro_too.spin(200, 10))

    rows = await ledger.owner.fetch(
        "SELECT currency, wagers, stake, payout, stake_squares, payout_squares"
        " FROM batch_total ORDER BY 1"
    )
    assert [tuple(row) for row in rows] == [
        (392, 1, 7, 0, 49, 0),
        (978, 2, 300, 40, 50_000, 1_000),
    ]
    assert await ledger.owner.fetchval("SELECT items FROM batch") == 3


async def test_full_batch_of_everything(ledger: Ledger) -> None:
    """500 items of all kinds and verdicts in one call are decided each on its own."""
    seats = [await ledger.seat(1_000) for _ in range(100)]
    await ledger.settle(*(seat.deal(10) for seat in seats[:60]))
    opened = seats[:60]
    items = [
        *(seat.act(5) for seat in opened[:20]),
        *(seat.act(0, finish=True, payout=20) for seat in opened[20:40]),
        *(seat.void() for seat in opened[40:50]),
        *(seat.platform(finish=True, payout=1) for seat in opened[50:]),
        *(seat.spin(10, 1) for seat in seats[60:80]),
        *(seat.spin(2_000) for seat in seats[80:90]),
        *(seat.spin(10, session_epoch=0) for seat in seats[90:]),
    ]

    answers = await ledger.settle(*items)

    accepted = [Verdict.ACCEPTED] * 80
    assert [answer.verdict for answer in answers] == [
        *accepted,
        *[Verdict.INSUFFICIENT_FUNDS] * 10,
        *[Verdict.REPLACED] * 10,
    ]
    for seat, answer in zip(seats, answers, strict=True):
        assert await ledger.money(seat) == (answer.balance, answer.held)
    await ledger.audit()


async def test_ids_of_one_call_are_its_own(ledger: Ledger) -> None:
    """Transfers of a call have ids between their item's and the next one's, and never collide."""
    seats = [await ledger.seat(1_000) for _ in range(20)]
    await ledger.settle(*(seat.deal(10, finish=True, payout=5) for seat in seats))

    ids = [row[0] for row in await ledger.owner.fetch("SELECT id FROM transfer ORDER BY id")]
    assert len(ids) == 80
    assert all(low < high for low, high in pairwise(ids))
