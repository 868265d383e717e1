"""Tests of the connection that settles: its plans, and how it is renewed."""

# ruff: noqa: ASYNC110 - what is waited for happens in the database

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from server.ledger.backend import (
    PLAN_SETTINGS,
    SettlementBackend,
    application_name,
    end_predecessors,
    settle,
)
from server.ledger.items import SETTLE, SETTLE_INSTANT, Item, Verdict, settle_arguments
from tests.postgres import Database, copy_of
from tests.server.ledger.ledger import NODE, Ledger, Seat, settler, waits_for_lock

SMALL = {"site", "node", "account_kind", "currency"}
"""Tables of a few rows that never grow."""


def arguments(ledger: Ledger, *items: Item) -> tuple[Any, ...]:
    """Return the arguments of the call for *items*."""
    return settle_arguments(NODE, ledger.epoch, ledger.ids.next(), items)


async def scans(ledger: Ledger) -> dict[str, int]:
    """Return how often each table was read from end to end, by anybody."""
    await ledger.app.execute("SELECT pg_stat_force_next_flush()")
    rows = await ledger.owner.fetch("SELECT relname, seq_scan FROM pg_stat_user_tables")
    return {row["relname"]: row["seq_scan"] for row in rows}


async def everything(ledger: Ledger, *seats: Seat) -> None:
    """Let seats do all that can be done in a settling call."""
    one, two, three, four = seats
    await ledger.settle(one.spin(100, 50), two.deal(10), three.deal(10), four.deal(10))
    await ledger.settle(one.spin(10**9), two.act(5), three.act(0), four.void())
    await ledger.settle(two.act(0, finish=True, payout=50), three.platform(finish=True))
    item = one.spin(1)
    await ledger.settle(item)
    assert (await ledger.settle(item))[0].verdict == Verdict.KNOWN


@pytest.mark.parametrize("empty", [True, False])
async def test_every_call_goes_by_index(ledger: Ledger, empty: bool) -> None:
    """Rule 13: nothing is read from end to end, with tables empty or filled and analysed."""
    seats = [await ledger.seat() for _ in range(4)]
    if not empty:
        for _ in range(20):
            await everything(ledger, *seats)
        await ledger.owner.execute("ANALYZE")
    fresh = await settler(ledger.database)
    ledger.app, old = fresh, ledger.app
    await ledger.start()
    before = await scans(ledger)

    await everything(ledger, *seats)

    after = await scans(ledger)
    assert {
        name: after[name] - before[name]
        for name in after
        if name not in SMALL and after[name] != before[name]
    } == {}
    ledger.app = old
    await fresh.close()


async def test_fresh_partitions_go_by_index(ledger: Ledger) -> None:
    """Rule 13: a plan made before a partition was attached reads the new one by index too."""
    seats = [await ledger.seat() for _ in range(4)]
    await everything(ledger, *seats)
    later = await ledger.owner.fetchval("SELECT id_at(clock_timestamp() + interval '100 days')")
    await ledger.app.execute("SELECT partitions_ensure('120 days')")
    for index, seat in enumerate(seats):
        seat.chain = later + 64 * index
        seat.session = later + 64 * index
        seat.n = 1
    ledger.ids = type(ledger.ids)(NODE, later)
    before = await scans(ledger)

    for _ in range(3):
        await everything(ledger, *seats)

    after = await scans(ledger)
    assert await ledger.owner.fetchval("SELECT count(DISTINCT tableoid) FROM wager") == 2
    assert {name for name in after if name not in SMALL and after[name] != before[name]} == set()


async def test_settings_of_the_connection(ledger: Ledger) -> None:
    """Rule 13: the settings that keep plans right hold on the connection that settles."""
    connection = await settler(ledger.database)
    for name, value in PLAN_SETTINGS.items():
        if not name.startswith("tcp_"):
            assert await connection.fetchval(f"SHOW {name}") == value
    await connection.close()
    assert (PLAN_SETTINGS["plan_cache_mode"], PLAN_SETTINGS["jit"]) == ("force_generic_plan", "off")


async def test_order_of_the_items_is_kept(ledger: Ledger) -> None:
    """However the plan runs, each verdict stands at the place of its item."""
    seats = [await ledger.seat(100 + index) for index in range(50)]
    answers = await ledger.settle(*(seat.spin(index + 1) for index, seat in enumerate(seats)))

    assert [answer.balance for answer in answers] == [99] * 50


# -- the quick call of instant rounds -------------------------------------------------------------


class Counted:
    """A prepared statement, and how often it was called."""

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self.calls = 0

    async def fetchrow(self, *values: Any) -> Any:
        """Call it."""
        self.calls += 1
        return await self.statement.fetchrow(*values)


class Both:
    """Both ways to settle over one connection."""

    def __init__(self, ledger: Ledger, quick: Any, full: Any) -> None:
        self.ledger = ledger
        self.quick = Counted(quick)
        self.full = Counted(full)

    @classmethod
    async def of(cls, ledger: Ledger) -> Both:
        """Prepare both."""
        app = ledger.app
        return cls(ledger, await app.prepare(SETTLE_INSTANT), await app.prepare(SETTLE))

    async def settle(self, *items: Item) -> tuple[list[int], list[int], list[int], list[int]]:
        """Settle as the queue does."""
        ordered = sorted(items, key=lambda item: item.account)
        row = await settle(self.quick, self.full, arguments(self.ledger, *ordered))
        return tuple(row)


async def test_instant_rounds_take_the_quick_call(ledger: Ledger) -> None:
    """Spins alone are settled by the quick call, refusals included; any other item by `settle`."""
    both = await Both.of(ledger)
    one, two = await ledger.seat(1_000), await ledger.seat(50)

    assert (await both.settle(one.spin(100, 30), two.spin(100)))[:2] == (
        [Verdict.ACCEPTED, Verdict.INSUFFICIENT_FUNDS],
        [930, 50],
    )
    assert (both.quick.calls, both.full.calls) == (1, 0)
    await both.settle(one.spin(100), two.deal(10))
    assert (both.quick.calls, both.full.calls) == (1, 1)
    assert await ledger.count("request") == 4
    await ledger.audit()


Prepare = Callable[[Ledger, Seat], Awaitable[Item]]


async def _reused(_ledger: Ledger, seat: Seat) -> Item:
    return seat.spin(request=1, digest=b"other")


async def _replaced(_ledger: Ledger, seat: Seat) -> Item:
    return seat.spin(session_epoch=seat.epoch - 1)


async def _stale_gate(ledger: Ledger, seat: Seat) -> Item:
    await ledger.owner.execute(
        "UPDATE account SET gate_until = '-infinity' WHERE id = $1", seat.account
    )
    return seat.spin()


async def _round_open(ledger: Ledger, seat: Seat) -> Item:
    await ledger.settle(seat.deal(10))
    return seat.spin()


async def _no_account(_ledger: Ledger, seat: Seat) -> Item:
    return seat.spin(account=seat.account + (1 << 40))


@pytest.mark.parametrize(
    ("prepare", "verdict"),
    [
        (_reused, Verdict.ID_REUSED),
        (_replaced, Verdict.REPLACED),
        (_stale_gate, Verdict.STALE_GATE),
        (_round_open, Verdict.ROUND_OPEN),
        (_no_account, Verdict.CLOSED),
    ],
)
async def test_what_the_quick_call_leaves_undecided(
    ledger: Ledger, prepare: Prepare, verdict: Verdict
) -> None:
    """What only `settle` can decide is decided by it, and the neighbour's bet is made once."""
    both = await Both.of(ledger)
    one, two = await ledger.seat(1_000), await ledger.seat(1_000)
    await both.settle(one.spin(100))
    item = await prepare(ledger, one)
    before = await ledger.money(one)

    answers = await both.settle(item, two.spin(100))

    assert sorted(answers[0]) == [Verdict.ACCEPTED, verdict]
    assert (both.quick.calls, both.full.calls) == (2, 1)
    assert (await ledger.money(one), await ledger.money(two)) == (before, (900, 0))
    assert await ledger.count("wager") == 2
    await ledger.audit()


async def test_known_request_of_the_quick_call(ledger: Ledger) -> None:
    """A spin asked for twice is paid once, and its neighbour is not disturbed."""
    both = await Both.of(ledger)
    one, two = await ledger.seat(1_000), await ledger.seat(1_000)
    item = one.spin(100, 50)
    await both.settle(item)

    answers = await both.settle(item, two.spin(100))

    assert answers[:2] == ([Verdict.KNOWN, Verdict.ACCEPTED], [950, 900])
    assert await ledger.count("wager") == 2
    await ledger.audit()


async def test_locked_account_of_the_quick_call(ledger: Ledger) -> None:
    """An account that is locked elsewhere is skipped, and its neighbour's bet is made."""
    both = await Both.of(ledger)
    one, two = await ledger.seat(1_000), await ledger.seat(1_000)
    async with ledger.database.connected("owner") as other:
        await other.execute("BEGIN")
        await other.execute("SELECT croupier.lock_accounts(ARRAY[$1::bigint])", one.account)
        answers = await both.settle(one.spin(100), two.spin(100))
        await other.execute("ROLLBACK")

    assert answers[0] == [Verdict.SKIPPED, Verdict.ACCEPTED]
    await ledger.audit()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"n": 1}, asyncpg.UniqueViolationError),
        ({"payout": -1}, asyncpg.CheckViolationError),
        ({"finish": False}, asyncpg.NotNullViolationError),
        ({"stake": 0}, asyncpg.CheckViolationError),
    ],
)
async def test_faulty_item_of_the_quick_call(
    ledger: Ledger, fault: dict[str, Any], error: type[Exception]
) -> None:
    """An item at fault fails both calls, whatever its account's state, and nothing is done."""
    both = await Both.of(ledger)
    one, two = await ledger.seat(1_000), await ledger.seat(1_000)
    await both.settle(one.spin(100))
    if fault == {"stake": 0}:
        await ledger.owner.execute("UPDATE account SET status = 1 WHERE id = $1", one.account)

    with pytest.raises(error):
        await both.settle(one.spin(**fault), two.spin(100))

    assert (both.quick.calls, both.full.calls) == (2, 1)
    assert (await ledger.money(one), await ledger.money(two)) == ((900, 0), (1_000, 0))
    assert await ledger.count("wager") == 1
    await ledger.audit()


WRITTEN = """
SELECT array_agg((r.verdict, r.step, r.digest, r.balance, r.held, r.version)::text ORDER BY r.id),
    (SELECT array_agg((w.n, w.seat, w.stake, w.payout, w.bets, w.gaming_day,
            o.game_version, o.client_seeds, o.steps, o.void_cause)::text ORDER BY w.n)
        FROM wager w JOIN round o USING (chain, n) WHERE w.account = $1),
    (SELECT array_agg((t.id - w.settlement, t.debit = $1, t.credit = $1, t.debit < 524288,
            t.credit < 524288, t.amount, t.kind, t.seat, t.n, t.gaming_day)::text ORDER BY t.id)
        FROM transfer t JOIN wager w USING (chain, n) WHERE w.account = $1),
    (SELECT (a.balance, a.held, a.version, a.wager_room, a.loss_room, a.hour_stake, a.hour_payout,
            a.hour_worst, a.gaming_day)::text FROM account a WHERE a.id = $1)
FROM request r WHERE r.session = $2
"""
"""All that the bets of account $1 in session $2 have written, but ids and times."""


async def test_both_calls_do_the_same(ledger: Ledger) -> None:
    """Whatever spins are settled, the quick call answers and writes what `settle` does."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - to repeat a failure
    chance = random.Random(seed)
    both = await Both.of(ledger)
    openings = (3_000,) * 6 + (10**12,) * 2
    pairs = [(await ledger.seat(opening), await ledger.seat(opening)) for opening in openings]
    for quick, full in pairs[:4]:
        for seat in (quick, full):
            await ledger.limit(seat, "wager", 2_500)
            await ledger.limit(seat, "loss", 900)
            await ledger.limit(seat, "stake", 400)
    for seat in pairs[4]:
        await ledger.exclude(seat)
    for pair in pairs:
        for seat in pair:
            await ledger.app.execute("SELECT gate_refresh($1)", seat.account)
    for _ in range(40):
        stakes = [chance.choice((1, 20, 100, 401, 1_000, 5 * 10**9)) for _ in pairs]
        payouts = [chance.choice((0, 0, stake, 3 * stake)) for stake in stakes]
        plays = list(zip(pairs, stakes, payouts, strict=True))
        first = await both.settle(*(pair[0].spin(*play) for pair, *play in plays))
        ordered = sorted((pair[1] for pair in pairs), key=lambda seat: seat.account)
        of = {pair[1].account: play for pair, *play in plays}
        row = await both.full.fetchrow(
            *arguments(ledger, *(seat.spin(*of[seat.account]) for seat in ordered))
        )
        assert first == tuple(row)

    assert (both.quick.calls, both.full.calls) == (40, 40)
    seen: set[str] = set()
    for quick, full in pairs:
        written = [
            await ledger.owner.fetchrow(WRITTEN, seat.account, seat.session)
            for seat in (quick, full)
        ]
        assert tuple(written[0]) == tuple(written[1])
        seen.update(text.strip("(").split(",")[0] for text in written[0][0])
    assert seen >= {"0", "1", "3", "4"}, "every refusal has been tried"
    totals = await ledger.owner.fetch(
        "SELECT sum(wagers), sum(stake), sum(payout), sum(stake_squares), sum(payout_squares)"
        " FROM (SELECT *, rank() OVER (ORDER BY batch) % 2 AS way FROM batch_total) t GROUP BY way"
    )
    assert len({tuple(row) for row in totals}) == 1
    await ledger.audit()


async def test_call_in_doubt_is_asked_for_in_full(ledger: Ledger) -> None:
    """After a renewal the call may have committed before: `settle` knows it, without a failure."""
    backend = SettlementBackend(lambda: ledger.database.app, NODE)
    await backend.open()
    seat = await ledger.seat(1_000)
    item = seat.spin(100)
    assert (await backend.settle(arguments(ledger, item)))["verdict"] == [Verdict.ACCEPTED]
    await backend.renew()
    backend._instant = None  # called, it would fail

    assert (await backend.settle(arguments(ledger, item)))["verdict"] == [Verdict.KNOWN]
    with pytest.raises(AttributeError):
        await backend.settle(arguments(ledger, seat.spin()))
    await backend.close()


# -- renewing -----------------------------------------------------------------------------------


async def backends(database: Database) -> set[int]:
    """Return the process ids of the backends that settle on a database."""
    async with database.connected("superuser") as observer:
        rows = await observer.fetch(
            "SELECT pid FROM pg_stat_activity WHERE datname = $1"
            " AND starts_with(application_name, 'croupier node ')",
            database.name,
        )
    return {row["pid"] for row in rows}


async def test_renew_ends_the_call_in_flight(ledger: Ledger) -> None:
    """Rule 4: after a renewal the old backend is gone, and with it what it had not committed."""
    seat = await ledger.seat()
    backend = SettlementBackend(lambda: ledger.database.app, NODE)
    await backend.open()
    old = backend.pid
    async with ledger.database.connected("owner") as other:
        await other.execute("BEGIN; UPDATE croupier.node SET high_water = high_water")
        call = asyncio.create_task(backend.settle(arguments(ledger, seat.spin())))
        await waits_for_lock(ledger.database, backend._connection)
        await backend.renew()
        assert old not in await backends(ledger.database)
        await other.execute("ROLLBACK")
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await call

    assert await ledger.count("wager") == 0
    row = await backend.settle(arguments(ledger, seat.spin(n=1)))
    assert row["verdict"] == [Verdict.ACCEPTED]
    assert backend.pid != old
    await backend.close()
    await backend.close()


async def test_renew_spares_a_stranger_of_the_same_number(ledger: Ledger) -> None:
    """A process id that has gone to somebody else since is let be."""
    backend = SettlementBackend(lambda: ledger.database.app, NODE)
    await backend.open()
    async with ledger.database.connected("app") as stranger:
        assert backend._identity is not None
        backend._identity = (stranger.get_server_pid(), backend._identity[1])
        await backend.renew()
        assert await stranger.fetchval("SELECT 1") == 1
    await backend.close()


async def test_failed_opening_leaves_nothing(ledger: Ledger) -> None:
    """A renewal that fails half way leaves no connection behind and can be tried again."""
    backend = SettlementBackend(lambda: ledger.database.app, NODE)
    await backend.open()
    async with ledger.database.connected("owner") as owner:
        await owner.execute("ALTER FUNCTION croupier.settle RENAME TO settled")
        with pytest.raises(asyncpg.UndefinedFunctionError):
            await backend.renew()
        await owner.execute("ALTER FUNCTION croupier.settled RENAME TO settle")
    await backend.renew()

    while len(await backends(ledger.database)) > 1:
        await asyncio.sleep(0.01)
    assert await backends(ledger.database) == {backend.pid}
    await backend.close()


async def test_predecessors_are_ended(ledger: Ledger) -> None:
    """Rule 4: a starting node ends every backend of an earlier process and waits for it."""
    left = [
        await asyncpg.connect(
            ledger.database.app, server_settings={"application_name": application_name(node, role)}
        )
        for node, role in ((1, "settlement"), (1, "pool"), (2, "lease"))
    ]
    mine = await asyncpg.connect(
        ledger.database.app, server_settings={"application_name": application_name(1, "lease")}
    )

    assert await end_predecessors(mine) == 3
    assert await backends(ledger.database) == {mine.get_server_pid()}
    assert await mine.fetchval("SELECT 1") == 1
    assert await ledger.app.fetchval("SELECT 1") == 1, "who has another name is let be"
    assert await end_predecessors(mine) == 0
    for connection in left:
        connection.terminate()
    await mine.close()


async def test_other_databases_are_spared(ledger: Ledger) -> None:
    """A casino that shares the PostgreSQL server with another ends no backend of that one."""
    settings = {"application_name": application_name(1)}
    async with copy_of(ledger.database.cluster, "template0") as other:
        neighbour = await asyncpg.connect(other.app, server_settings=settings)
        assert await end_predecessors(ledger.app) == 0
        assert await neighbour.fetchval("SELECT 1") == 1
        await neighbour.close()
