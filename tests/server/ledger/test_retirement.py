"""Tests of retirement: what stays of a period, what is refused, and that bets never wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from server.ledger import retirement
from server.ledger.items import Verdict
from server.ledger.live_items import LiveKind
from server.ledger.retirement import (
    RETIREMENT_LOCK,
    NotRetired,
    Order,
    retire,
)
from tests.server.ledger.ledger import Ledger, Seat, waits_for_lock
from tests.server.ledger.periods import (
    BORDER,
    ORDER,
    ORIGIN,
    PARENTS,
    PERIOD,
    at,
    balances_agree,
    dated,
    end,
    live_round,
    locked,
    play_old,
    retired,
    settling,
    tables,
)


@pytest.fixture
async def old(ledger: Ledger) -> Ledger:
    """A ledger with partitions for periods 0 to 3 beside those of the present."""
    for parent in PARENTS:
        for number in range(4):
            await ledger.owner.execute("SELECT partition_make($1, $2)", parent, number)
    return ledger


@pytest.fixture
async def owner(old: Ledger) -> AsyncIterator[Any]:
    """A connection that may retire."""
    async with retirement.owner_connection(old.database.owner) as connection:
        yield connection


async def test_partitions_are_listed(old: Ledger, owner: Any) -> None:
    """Every partition is listed with its range and where it stands in time."""
    found = await retirement.partitions(owner)

    assert {each.name for each in found} == await tables(old)
    states = [each.state for each in found if each.table == "wager"]
    assert states == sorted(states, key=["old", "current", "ahead"].index)
    assert states.count("current") == 1
    first = found[0]
    assert (first.low, first.high) == (ORIGIN, ORIGIN + PERIOD)
    assert first.size > 0


async def test_all_tables_of_a_period_go(old: Ledger, owner: Any) -> None:
    """Rule 11, K1: the five tables go together, later periods stay, what was played is counted."""
    seat = await play_old(old)
    before = await tables(old)

    planned = await retirement.look(owner, ORDER)
    assert not planned.obstacles
    assert await tables(old) == before, "looking changes nothing"
    done = await retired(old, owner)

    gone = {f"{parent}_p{number:04}" for parent in PARENTS for number in range(3)}
    assert set(done.tables) == set(planned.tables) == gone
    assert await tables(old) == before - gone
    assert (done.until, done.rounds, done.wagers) == (BORDER, 3, 3)
    assert (done.transfers, done.requests) == (9, 4)
    assert await old.money(seat) == (100_000 + 150 - 80, 0)
    sums = await old.owner.fetchrow(
        "SELECT sum(wagers) AS wagers, sum(stake) AS stake, sum(payout) AS payout"
        " FROM closing_wager"
    )
    assert tuple(sums) == (2, 250, 320)
    kinds = await old.owner.fetch("SELECT kind, amount FROM closing_transfer ORDER BY kind")
    assert [tuple(row) for row in kinds] == [(1, 250), (2, 320), (3, 450), (4, 300), (5, 100_000)]
    assert (await retirement.look(owner, ORDER)).tables == ()
    assert (await retire(owner, ORDER)).tables == (), "asked twice, done once"


async def test_next_period_goes_on_from_the_border(old: Ledger, owner: Any) -> None:
    """What straddled a border is closed once: closing sums of two retirements add up."""
    async with dated(old, 2.5):
        seat = await old.seat()
        await old.verdict(seat.deal(100))
        chain, session = seat.chain, seat.session
    async with dated(old, 3.5):
        await old.verdict(seat.act(20, finish=True, payout=30))
        await old.verdict(seat.spin(40))
        seat.chain, seat.n = old.ids.next(), 1
        await old.verdict(seat.spin(60))
        await old.verdict(seat.spin(10**9))
    await end(old, seat)

    await retired(old, owner)
    kept = await old.owner.fetch("SELECT session, chain, verdict FROM kept_request")
    assert [tuple(row) for row in kept] == [(session, seat.chain, 0)], "its wager is still there"
    assert await old.count("wager") == 1
    assert chain != seat.chain

    done = await retired(old, owner, Order(BORDER + PERIOD, 0, wait_s=0.5))
    assert (done.rounds, done.requests) == (1, 0)
    assert await old.count("kept_request") == 0, "nothing needs it any more"
    sums = await old.owner.fetchrow("SELECT sum(stake), sum(payout) FROM closing_wager")
    assert tuple(sums) == (220, 30)


@pytest.mark.parametrize(
    ("period", "years", "said"), [(3, 5, "kept for 5 years"), (100, 0, "only what is from before")]
)
async def test_young_periods_stay(
    old: Ledger, owner: Any, period: int, years: int, said: str
) -> None:
    """K1: nothing goes before its retention is over, and never a period that goes on."""
    before = await tables(old)
    order = Order(ORIGIN + period * PERIOD, years)

    with pytest.raises(NotRetired, match=said):
        await retirement.look(owner, order)
    with pytest.raises(NotRetired, match=said):
        await retire(owner, order)
    assert await tables(old) == before


async def test_rows_count_by_their_own_time(
    old: Ledger, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chain of an old period that was played lately keeps the period."""
    await play_old(old)
    lately = datetime.now(UTC) - timedelta(hours=1)
    monkeypatch.setattr(Order, "younger_than", lambda *_: lately)

    with pytest.raises(NotRetired, match="rounds that ended within the retention"):
        await retire(owner, ORDER)


async def test_open_round_keeps_its_period(old: Ledger, owner: Any) -> None:
    """A round that waits for a decision is not retired, and can still be ended."""
    async with dated(old, 1.5):
        seat = await old.seat()
        await old.verdict(seat.deal(100))
        await end(old, seat)

        with pytest.raises(NotRetired, match=rf"open rounds \(1, one is {seat.chain}-1\)"):
            await retire(owner, ORDER)
        assert await old.verdict(seat.void()) == Verdict.ACCEPTED
    assert (await retired(old, owner)).rounds == 1


async def test_open_session_keeps_its_period(old: Ledger, owner: Any) -> None:
    """A session whose requests would be cut is not, unless it is to be ended; then it is fenced."""
    async with dated(old, 1.5):
        seat = await old.seat()
        await old.verdict(seat.spin())

    with pytest.raises(NotRetired, match="open sessions"):
        await retire(owner, ORDER)
    assert "open sessions" in (await retirement.look(owner, ORDER)).obstacles[0]
    order = Order(BORDER, 0, end_sessions=True, wait_s=0.5)
    assert not (await retirement.look(owner, order)).obstacles
    await retired(old, owner, order)

    assert await old.verdict(seat.spin(chain=old.ids.next())) == Verdict.REPLACED
    reason = await old.owner.fetchval("SELECT end_reason FROM session WHERE id = $1", seat.session)
    assert reason == "retention"


async def test_session_that_played_an_old_chain_keeps_it(old: Ledger, owner: Any) -> None:
    """A later session may ask again for a round on an old chain: while it is open, that stays."""
    seat = await old.seat()
    async with dated(old, 1.5):
        seat.chain = old.ids.next()
    await old.verdict(seat.spin())

    with pytest.raises(NotRetired, match="open sessions"):
        await retire(owner, ORDER)
    await end(old, seat)
    await retired(old, owner)


async def start_chain(ledger: Ledger, seat: Seat, account: int | None) -> None:
    """Put the chain of a seat on record."""
    await ledger.chain(seat.chain, account, seat.chain.to_bytes(32, "big"))


async def test_chain_in_use_keeps_its_period(old: Ledger, owner: Any) -> None:
    """A chain that somebody sits at stays; once nobody does it is retired, never used again."""
    seat = await old.seat()
    async with dated(old, 1.5):
        seat.chain = old.ids.next()
        await start_chain(old, seat, seat.account)

    with pytest.raises(NotRetired, match="chains in use"):
        await retire(owner, ORDER)
    await end(old, seat)
    assert not (await retirement.look(owner, ORDER)).obstacles
    await retired(old, owner)

    reason = await old.owner.fetchval("SELECT retired_for FROM chain WHERE id = $1", seat.chain)
    assert reason == "retention"


async def test_shared_chain_keeps_its_period(old: Ledger, owner: Any) -> None:
    """The chain of a live table stays for as long as a round is in play on it, and no longer."""
    async with dated(old, 1.5):
        seat = await old.seat()
        table = await live_round(old, seat, ended=False)
    await end(old, seat)
    with pytest.raises(NotRetired, match="open rounds"):
        await retire(owner, ORDER)

    await table.do(LiveKind.CLOSE)
    await table.settle(table.of(LiveKind.RETURN, seat, 1))
    await table.do(LiveKind.END, reason="a fault")
    found = await retirement.look(owner, ORDER)
    assert [line for line in found.obstacles if "chains" in line] == []


async def test_live_table_that_nobody_came_to(old: Ledger, owner: Any) -> None:
    """Its old chain is retired with its period; a round that is to open on it is refused."""
    async with dated(old, 1.5):
        seat = await old.seat()
        table = await live_round(old, seat)
    await end(old, seat)
    assert not (await retirement.look(owner, ORDER)).obstacles
    done = await retired(old, owner)

    assert (done.rounds, done.wagers, done.transfers, done.requests) == (1, 1, 4, 1)
    reason = await old.owner.fetchval("SELECT retired_for FROM chain WHERE id = $1", table.chain)
    assert reason == "retention"
    table.n += 1
    assert await table.verdicts(table.open(1)) == [Verdict.ROUND_OPEN]


async def test_legal_hold_of_a_live_round(old: Ledger, owner: Any) -> None:
    """K1: of a live round the whole is kept that proves it, of others no more than their inputs."""
    async with dated(old, 1.5):
        held, other = await old.seat(), await old.seat()
        await live_round(old, held, other)
    await end(old, held, other)
    await retirement.impose_hold(owner, held.player, "court order 12", "compliance")
    await retired(old, owner)

    (wager,) = await old.owner.fetch("SELECT * FROM kept_wager")
    assert (wager["account"], wager["stake"], wager["payout"]) == (held.account, 100, 150)
    (row,) = await old.owner.fetch("SELECT * FROM kept_round")
    assert (row["accepted"], row["closed"], row["drawn"], row["seats"]) == (2, 3, 4, [1, 2])
    assert await old.count("kept_round_input") == 2
    assert await old.count("kept_transfer WHERE kind <> 5") == 3


async def test_unfolded_batches_keep_their_period(old: Ledger, owner: Any) -> None:
    """Batches that cannot be folded yet, because an older transaction runs, are waited for."""
    async with old.database.connected("owner") as other:
        await other.execute("BEGIN; SELECT pg_current_xact_id()")
        await play_old(old)
        with pytest.raises(NotRetired, match="not yet folded"):
            await retire(owner, ORDER)
        await other.execute("ROLLBACK")
    await retired(old, owner)


async def test_clocks_apart_at_a_border(old: Ledger, owner: Any) -> None:
    """A transfer with an id from before its chain, by another node's clock, goes with the chain."""
    async with dated(old, 2.99):
        seat = await old.seat()
        spin = seat.spin(chain=at(3.01).next())
        await old.verdict(spin)
    await end(old, seat)

    with pytest.raises(NotRetired, match="name a later date"):
        await retire(owner, ORDER)
    await retired(old, owner, Order(BORDER + PERIOD, 0, wait_s=0.5))


async def test_no_row_gets_in_after_the_fence(old: Ledger, owner: Any) -> None:
    """Once a period is fenced a late bet on it is refused alone; no round opens that cannot end."""
    await play_old(old)
    fresh = await old.seat()
    await owner.execute("SELECT retire_fence(2)")
    for make in (fresh.spin, fresh.deal):
        with pytest.raises(asyncpg.CheckViolationError, match="retired"):
            await old.settle(make(chain=at(1.7).next()))

    assert await old.verdict(fresh.spin()) == Verdict.ACCEPTED
    assert await old.verdict(fresh.deal()) == Verdict.ACCEPTED
    await owner.execute("SELECT retire_fence(2)")
    with pytest.raises(asyncpg.PostgresError, match="not fenced"):
        await owner.execute("SELECT retire_close(3, now())")


async def test_fence_sees_a_round_that_is_just_opening(old: Ledger, owner: Any) -> None:
    """A deal that commits while the fence waits keeps its period: its round could never end."""
    async with dated(old, 1.5):
        seat = await old.seat()
        await old.app.execute("BEGIN")
        await old.verdict(seat.deal(100))
        await owner.execute("ALTER FUNCTION retire_fence SET lock_timeout = '1min'")
        fencing = asyncio.create_task(owner.execute("SELECT retire_fence(2)"))
        await waits_for_lock(old.database, owner)
        await old.app.execute("COMMIT")
        with pytest.raises(asyncpg.PostgresError, match="a round of the period is open"):
            await fencing
        assert await old.verdict(seat.act(finish=True)) == Verdict.ACCEPTED


async def test_legal_hold(old: Ledger, owner: Any) -> None:
    """K1: the rows of a player under legal hold are copied whole; when released they go."""
    held, other = await play_old(old), await play_old(old, 1.6)
    hold = await retirement.impose_hold(owner, held.player, "dispute 17", "compliance")
    expired = await retirement.impose_hold(owner, other.player, "an enquiry", "compliance")
    await retirement.release_hold(owner, expired, "closed", "compliance")
    rows = {
        table: await old.owner.fetch(f"SELECT * FROM {table} WHERE {condition} ORDER BY 1, 2")
        for table, condition in {
            "wager": f"account = {held.account}",
            "round": f"chain = {held.chain}",
            "round_input": f"chain = {held.chain}",
            "transfer": f"{held.player} IN (account_owner(debit), account_owner(credit))",
            "request": f"session = {held.session}",
        }.items()
    }
    assert all(rows.values())

    await retired(old, owner)

    for table, wanted in rows.items():
        assert await old.owner.fetch(f"SELECT * FROM kept_{table} ORDER BY 1, 2") == wanted
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await old.owner.execute(f"TRUNCATE kept_{table}")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await old.owner.execute("UPDATE kept_wager SET payout = 1")
    await retirement.release_hold(owner, hold, "settled", "compliance")
    await retired(old, owner, Order(BORDER + PERIOD, 0, wait_s=0.5))
    assert {await old.count(f"kept_{table}") for table in rows} == {0}


async def test_legal_hold_mistakes(old: Ledger, owner: Any) -> None:
    """A hold names a player and a reason, and ends once."""
    seat = await old.seat()
    with pytest.raises(NotRetired, match="no player 999"):
        await retirement.impose_hold(owner, 999, "x", "y")
    with pytest.raises(NotRetired, match="reason"):
        await retirement.impose_hold(owner, seat.player, "", "y")
    with pytest.raises(NotRetired, match="no legal hold 5"):
        await retirement.release_hold(owner, 5, "x", "y")
    hold = await retirement.impose_hold(owner, seat.player, "x", "y")
    await retirement.release_hold(owner, hold, "x", "y")
    with pytest.raises(NotRetired, match="released before"):
        await retirement.release_hold(owner, hold, "x", "y")


async def test_what_stays_is_append_only(old: Ledger, owner: Any) -> None:
    """Closing rows and legal holds are never altered, deleted or truncated, even by the owner."""
    seat = await play_old(old)
    hold = await retirement.impose_hold(owner, seat.player, "x", "y")
    await retirement.release_hold(owner, hold, "x", "y")
    await retired(old, owner)
    for table in (
        *("closing_balance", "closing_transfer", "closing_wager", "retirement"),
        *("legal_hold", "legal_hold_release"),
    ):
        assert await old.count(table) > 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await old.owner.execute(f"DELETE FROM {table}")
        with pytest.raises(asyncpg.PostgresError, match=r"append-only|referenced in a foreign key"):
            await old.owner.execute(f"TRUNCATE {table}")


async def test_bets_go_on_beside_a_report(old: Ledger, owner: Any) -> None:
    """Rule 11: while a report reads, retirement waits and gives up clearly; bets settle at once."""
    await play_old(old)
    fresh = await old.seat()
    stop = asyncio.Event()
    slowest = 0.0

    async def bet() -> int:
        nonlocal slowest
        count = 0
        clock = asyncio.get_running_loop().time
        while not stop.is_set():
            began = clock()
            assert await old.verdict(fresh.spin(1)) == Verdict.ACCEPTED
            slowest = max(slowest, clock() - began)
            count += 1
        return count

    async with old.database.connected("report") as report:
        await report.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        seen = {each: await report.fetchval(f"SELECT count(*) FROM {each}") for each in PARENTS}
        betting = asyncio.create_task(bet())
        await asyncio.sleep(0)
        for _ in range(2):  # the first detaches, the second goes on with what was begun
            with pytest.raises(NotRetired, match="request_p0000 is still being read"):
                await retire(owner, ORDER)
        pending = {
            each.name for each in await retirement.partitions(owner) if each.state == "retired"
        }
        assert "request_p0000" in pending
        still = {each: await report.fetchval(f"SELECT count(*) FROM {each}") for each in PARENTS}
        stop.set()
        assert await betting > 20
        await report.execute("ROLLBACK")

    assert still == seen, "the report reads on"
    assert slowest < 1, "no bet waited for as long as the retirement did"
    assert await old.count("retirement") == 1
    done = await retired(old, owner)
    assert len(done.tables) == 15
    assert await old.verdict(fresh.spin()) == Verdict.ACCEPTED


@pytest.mark.parametrize("steps", range(1, 12))
async def test_goes_on_after_a_crash(
    old: Ledger, owner: Any, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    """Killed after any step, the next run finishes; no row goes before its closing is committed."""
    seat = await play_old(old)
    money = await old.money(seat)
    left = steps

    class Crash(Exception):  # noqa: N818 - what it stands for
        pass

    class Dying:
        """A connection whose program dies after some calls."""

        def __getattr__(self, name: str) -> Any:
            real = getattr(owner, name)
            if name not in {"execute", "fetchrow", "fetch"}:
                return real

            async def call(query: str, *arguments: Any) -> Any:
                nonlocal left
                if "unlock" in query:
                    return await real(query, *arguments)
                if left == 0:
                    raise Crash
                left -= 1
                return await real(query, *arguments)

            return call

    with pytest.raises(Crash):
        await retire(Dying(), ORDER)
    if not await old.count("retirement"):
        assert await old.count("wager") == 3
        assert not {"wager_p0001", "round_p0001"} - await tables(old)
    await balances_agree(old)
    await retired(old, owner)
    assert not {each for each in await tables(old) if each.endswith(("0000", "0001", "0002"))}
    assert await old.money(seat) == money


async def test_detach_that_was_interrupted(old: Ledger, owner: Any) -> None:
    """A detach whose backend died while it waited is finished by the next run."""
    await play_old(old)
    async with old.database.connected("report") as report:
        await report.execute("BEGIN; SELECT count(*) FROM croupier.request")
        async with retirement.owner_connection(old.database.owner) as dying:
            pid = dying.get_server_pid()
            await dying.execute("SET lock_timeout = '1min'")
            retiring = asyncio.create_task(retire(dying, ORDER))
            await waits_for_lock(old.database, dying)
            await old.owner.execute("SELECT pg_terminate_backend($1)", pid)
            with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
                await retiring
        assert await old.owner.fetchval("SELECT bool_or(inhdetachpending) FROM pg_inherits")
        await report.execute("ROLLBACK")

    assert len((await retired(old, owner)).tables) == 15


async def test_no_plan_keeps_what_is_being_detached(old: Ledger, owner: Any) -> None:
    """A plan made while a detach began does not go on asking for the partition, and so wait."""
    await play_old(old)
    query = "SELECT count(*) FROM request"
    await owner.execute("SELECT house_fold()")
    await owner.execute("SELECT retire_fence(2)")
    await owner.execute("SELECT retire_close(2, now() + interval '1 hour')")
    async with old.database.connected("report") as report, settling(old) as settler:
        await settler.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM site")
        await report.execute("BEGIN; SELECT count(*) FROM croupier.request")
        await owner.execute("SET lock_timeout = '100ms'")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await owner.execute("ALTER TABLE request DETACH PARTITION request_p0000 CONCURRENTLY")
        prepared = await settler.prepare(query)
        await prepared.fetchval()
        assert "request_p0000" in await locked(old, settler)
        await settler.execute("COMMIT; BEGIN")
        await prepared.fetchval()
        assert "request_p0000" in await locked(old, settler), "else this test shows nothing"
        await settler.execute("COMMIT")

        with pytest.raises(NotRetired, match="still being read"):
            await retire(owner, Order(BORDER, 0, wait_s=0))
        await settler.execute("BEGIN")
        await prepared.fetchval()
        assert "request_p0000" not in await locked(old, settler)


async def test_detached_by_hand(old: Ledger, owner: Any) -> None:
    """A partition that somebody detached is not dropped: its rows stand in no closing row."""
    await play_old(old)
    await owner.execute("ALTER TABLE wager DETACH PARTITION wager_p0001")

    with pytest.raises(NotRetired, match=r"detached by hand \(wager_p0001\)"):
        await retire(owner, ORDER)
    assert "wager_p0001" in await tables(old)
    assert not await old.count("retirement")


async def test_one_at_a_time(old: Ledger, owner: Any) -> None:
    """Two commands do not retire at once, and none while an audit reads."""
    async with old.database.connected("app") as auditing:
        await auditing.execute("SELECT pg_advisory_lock_shared($1)", RETIREMENT_LOCK)
        with pytest.raises(NotRetired, match="being audited"):
            await retire(owner, ORDER)
    await retired(old, owner)


async def test_only_the_owner_retires(old: Ledger) -> None:
    """The server's own user cannot retire anything."""
    with pytest.raises(NotRetired, match="connect as croupier_owner"):
        async with retirement.owner_connection(old.database.app):
            pass
    for call in ("retire_fence(2)", "retire_close(2, now())", "retire_chains(2)"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await old.app.execute(f"SELECT {call}")


def test_retention_ends_on_a_leap_day() -> None:
    """Years are counted back from the 29th of February as well."""
    order = Order(BORDER, retention_years=5)
    leap = datetime(2028, 2, 29, tzinfo=UTC)

    assert order.younger_than(leap) == datetime(2023, 2, 28, tzinfo=UTC)
    assert order.period == 2
    assert Order(BORDER - timedelta(seconds=1)).period == 1
