"""Tests of the settlement queue: batches, culprits, doubt, and every way of losing a connection."""

# ruff: noqa: ASYNC110 - what is waited for happens in the database

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

import asyncpg
import pytest

from server.ledger.backend import SettlementBackend
from server.ledger.items import Item, Verdict
from server.ledger.queue import Fenced
from tests.patience import PATIENCE_S
from tests.server.ledger.ledger import NODE, Answer, Ledger, Seat, ask, send, waits_for_lock

NOWHERE = "postgresql://croupier_app@127.0.0.1:1/nowhere"


class Counts:
    """What the queue counted."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.reasons: Counter[str] = Counter()

    def batch(self, items: int, seconds: float) -> None:
        """Take the size of a batch."""
        assert seconds >= 0
        self.batches.append(items)

    def retried(self, reason: str) -> None:
        """Take the reason of a retry."""
        self.reasons[reason] += 1


async def fault(ledger: Ledger, body: str, table: str = "batch") -> None:
    """Let every insert into *table* run *body*; `occasion` counts them, rolled back ones too."""
    await ledger.owner.execute(
        f"""
        CREATE SEQUENCE occasions;
        CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            occasion bigint := nextval('croupier.occasions');
        BEGIN
            {body}
            RETURN NEW;
        END $$;
        CREATE TRIGGER fault BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION fault();
        """
    )


async def spins(queue: Any, *seats: Seat, **more: Any) -> list[Answer]:
    """Let each seat spin once, all at the same time."""
    return list(await asyncio.gather(*(ask(queue, seat.spin, **more) for seat in seats)))


def verdicts(answers: list[Answer]) -> list[int]:
    """Return the verdicts alone."""
    return [answer.verdict for answer in answers]


# -- batches ------------------------------------------------------------------------------------


async def test_two_halves_take_turns(ledger: Ledger) -> None:
    """Of many waiting bets a batch takes the mean of them and of the batch before."""
    counts = Counts()
    seats = [await ledger.seat() for _ in range(101)]
    async with ledger.queue(metrics=counts) as queue:
        first = asyncio.create_task(spins(queue, seats[0]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        answers = await spins(queue, *seats[1:])
        await first

    assert counts.batches == [1, 51, 49]
    assert verdicts(answers) == [Verdict.ACCEPTED] * 100
    await ledger.audit()


async def test_no_timer(ledger: Ledger) -> None:
    """A lone bet goes at once; what comes while it is in flight is the next batch."""
    counts = Counts()
    seats = [await ledger.seat() for _ in range(30)]
    async with ledger.queue(metrics=counts) as queue:
        first = asyncio.create_task(spins(queue, seats[0]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await spins(queue, *seats[1:])
        await first

    assert counts.batches == [1, 29]
    await ledger.audit()


async def test_one_item_an_account(ledger: Ledger) -> None:
    """Rule 5: later items of an account wait for the next batch, in their order."""
    counts = Counts()
    seats = [await ledger.seat(1_000) for _ in range(3)]
    async with ledger.queue(metrics=counts) as queue:
        answers = await asyncio.gather(
            *(ask(queue, seat.spin, 100) for seat in (*seats, seats[0], seats[0], seats[1]))
        )

    assert counts.batches == [3, 2, 1]
    assert [answer.balance for answer in answers] == [900, 900, 900, 800, 700, 800]


async def test_largest_batch(ledger: Ledger) -> None:
    """No call takes more items than it may."""
    counts = Counts()
    seats = [await ledger.seat() for _ in range(25)]
    async with ledger.queue(metrics=counts, most_items=10) as queue:
        await spins(queue, *seats)

    assert counts.batches == [10, 10, 5]


async def test_same_request_twice_in_the_queue(ledger: Ledger) -> None:
    """Rule 5: a duplicate id waits for the first and joins its answer."""
    seat = await ledger.seat()
    async with ledger.queue() as queue:
        answers = await spins(queue, *[seat] * 5, request=7, n=1)

    assert sorted(verdicts(answers)) == [Verdict.ACCEPTED, *[Verdict.KNOWN] * 4]
    assert await ledger.count("wager") == 1


async def test_full_queue(ledger: Ledger) -> None:
    """A full queue takes no new money, and what ends a round all the same."""
    seats = [await ledger.seat() for _ in range(4)]
    await ledger.settle(seats[3].deal())
    async with ledger.queue(most_queued=2) as queue:
        assert [queue.submit(seat.spin()) for seat in seats[:3]] == [True, True, False]
        assert queue.submit(seats[3].void())
        assert len(queue) == 3

    assert await ledger.count("wager") == 3


async def test_table_that_fails_over_its_answer(ledger: Ledger) -> None:
    """A verdict that a table cannot take keeps no other table from its own."""
    seats = [await ledger.seat() for _ in range(3)]

    def fails(*_: Any) -> None:
        raise ZeroDivisionError

    async with ledger.queue() as queue:
        broken = seats[0].spin()
        broken.decided = fails
        assert queue.submit(broken)
        assert verdicts(await spins(queue, *seats[1:])) == [0, 0]
    assert await ledger.count("wager") == 3


# -- culprits -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [{"n": 1, "request": 99}, {"stake": -1}, {"stake": 2**63}, {"payout": 2**63 - 1}, {"chain": 0}],
    ids=str,
)
async def test_batch_does_not_die_of_one_item(ledger: Ledger, broken: dict[str, Any]) -> None:
    """Rule 5: the culprit alone is refused; its neighbours settle (22 and 23, halving)."""
    counts = Counts()
    seats = [await ledger.seat() for _ in range(32)]
    if "n" in broken:
        await ledger.settle(seats[13].spin())
    if "chain" in broken:
        broken = {"chain": await ledger.owner.fetchval("SELECT id_at('2099-01-01')")}
    async with ledger.queue(metrics=counts) as queue:
        answers = await asyncio.gather(
            *(
                ask(queue, seat.spin, **(broken if index == 13 else {}))
                for index, seat in enumerate(seats)
            )
        )

    expected = [Verdict.ACCEPTED] * 32
    expected[13] = Verdict.BROKEN
    assert verdicts(answers) == expected
    assert counts.reasons == {"split": 5}
    assert counts.batches == [32]
    await ledger.audit()


@pytest.mark.parametrize(("digest", "verdict"), [(b"digest", 10), (b"another", 11)])
async def test_refused_on_record_at_the_same_moment(
    ledger: Ledger, digest: bytes, verdict: int
) -> None:
    """A request that somebody else records meanwhile is known: nobody is told of a fault."""
    seat = await ledger.seat()
    backend = SettlementBackend(lambda: ledger.database.app, NODE)
    async with ledger.queue(backend) as queue, ledger.database.connected("app") as elsewhere:
        async with elsewhere.transaction():
            await elsewhere.execute(
                "SELECT croupier.request_refuse($1, 1, $2, 15::smallint, $3, 1, 1, 0)",
                seat.session,
                digest,
                seat.account,
            )
            asked = asyncio.create_task(spins(queue, seat))
            await waits_for_lock(ledger.database, backend._connection)
        assert verdicts(await asked) == [verdict]
    assert await ledger.count("wager") == 0
    await ledger.audit()


async def test_several_culprits(ledger: Ledger) -> None:
    """Every culprit is found, wherever they stand; no neighbour is paid twice meanwhile."""
    seats = [await ledger.seat() for _ in range(20)]
    culprits = {0, 1, 7, 19}
    async with ledger.queue() as queue:
        answers = await asyncio.gather(
            *(
                ask(queue, seat.spin, -1 if index in culprits else 1)
                for index, seat in enumerate(seats)
            )
        )

    assert {index for index, each in enumerate(answers) if each.verdict} == culprits
    assert await ledger.count("wager") == 16
    await ledger.audit()


async def test_culprit_of_another_kind(ledger: Ledger) -> None:
    """An item that fails for a reason not its own was certainly not executed: temporary."""
    await fault(
        ledger, "IF NEW.stake = 13 THEN RAISE 'fault' USING ERRCODE = 'XX000'; END IF;", "wager"
    )
    seats = [await ledger.seat() for _ in range(8)]
    async with ledger.queue() as queue:
        answers = await asyncio.gather(
            *(ask(queue, seat.spin, 13 if index == 5 else 1) for index, seat in enumerate(seats))
        )

    assert verdicts(answers) == [0] * 5 + [Verdict.TEMPORARY] + [0] * 2
    await ledger.audit()


async def test_never_split(ledger: Ledger) -> None:
    """Rule 5: trouble that no item can be blamed for is waited out; the batch stays whole."""
    codes = ("08006", "0A000", "25006", "40001", "40P01", "53100", "53200", "57014", "58030")
    await fault(ledger, "")
    seats = [await ledger.seat() for _ in range(8)]
    for code in codes:
        counts = Counts()
        await ledger.owner.execute(
            "CREATE OR REPLACE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF nextval('croupier.occasions') <= 1 THEN"
            f" RAISE EXCEPTION 'fault' USING ERRCODE = '{code}'; END IF; RETURN NEW; END $$;"
            " ALTER SEQUENCE occasions RESTART"
        )
        async with ledger.queue(metrics=counts) as queue:
            assert verdicts(await spins(queue, *seats)) == [0] * 8, code
        assert counts.reasons == {code: 1}
    sizes = await ledger.owner.fetchval("SELECT array_agg(items) FROM batch")
    assert sizes == [8] * len(codes)
    await ledger.audit()


async def test_disk_full_then_room_again(ledger: Ledger) -> None:
    """While the disk is full new money is turned away, and the batch settles once there is room."""
    await fault(
        ledger, "IF occasion <= 3 THEN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END IF;"
    )
    one, two, three = [await ledger.seat() for _ in range(3)]
    async with ledger.queue() as queue:
        first = asyncio.create_task(spins(queue, one))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(spins(queue, two))
        await asyncio.wait([waiting])
        assert not queue.available
        assert await spins(queue, three) == [None]
        assert verdicts(await waiting) == [Verdict.TEMPORARY], "never handed to the database"
        assert verdicts(await first) == [Verdict.ACCEPTED]
        assert verdicts(await spins(queue, two, n=1)) == [Verdict.ACCEPTED]
    await ledger.audit()


# -- asked twice, one answer --------------------------------------------------------------------


class LosesReplies:
    """A backend whose connection breaks after the call has committed."""

    def __init__(self, real: SettlementBackend, times: int = 1) -> None:
        self.real = real
        self.times = times

    async def settle(self, arguments: tuple[Any, ...]) -> Any:
        """Settle, and lose the answer some times."""
        result = await self.real.settle(arguments)
        if self.times:
            self.times -= 1
            raise ConnectionResetError
        return result

    async def renew(self) -> None:
        """Renew the real one."""
        await self.real.renew()


async def test_committed_but_never_heard(ledger: Ledger) -> None:
    """Rule 4: a call that committed and whose answer was lost is known when it is sent again."""
    seats = [await ledger.seat(1_000) for _ in range(5)]
    await ledger.settle(seats[4].deal(100))
    async with ledger.queue(wrap=LosesReplies) as queue:
        answers = await asyncio.gather(
            *(ask(queue, seat.spin, 100) for seat in seats[:3]),
            ask(queue, seats[3].spin, 5_000),
            ask(queue, seats[4].act, 100),
        )

    assert verdicts(answers) == [Verdict.KNOWN] * 5
    assert [answer.balance for answer in answers] == [900, 900, 900, 1_000, 800]
    assert await ledger.count("wager") == 3
    await ledger.audit()


async def test_committed_but_never_heard_while_busy(ledger: Ledger) -> None:
    """What had committed is told as known even if its account is locked when it is asked again."""
    seat = await ledger.seat(1_000)
    async with ledger.database.connected("owner") as other:

        class Locks(LosesReplies):
            async def renew(self) -> None:
                await super().renew()
                await other.execute("BEGIN")
                await other.execute(
                    "SELECT croupier.lock_accounts(ARRAY[$1::bigint])", seat.account
                )

        async with ledger.queue(wrap=Locks, lock_retries=2) as queue:
            assert verdicts(await spins(queue, seat)) == [Verdict.KNOWN]
        await other.execute("ROLLBACK")


async def test_deadline_ends_the_call(ledger: Ledger) -> None:
    """Rule 4: past its deadline a call's backend is ended and the same batch sent again, once."""
    counts = Counts()
    await fault(ledger, "IF occasion = 1 THEN PERFORM pg_sleep(60); END IF;")
    seats = [await ledger.seat() for _ in range(4)]
    async with ledger.queue(metrics=counts, deadline_s=0.2) as queue:
        assert verdicts(await spins(queue, *seats)) == [0] * 4

    assert counts.reasons == {"deadline": 1}
    assert await ledger.count("wager") == 4
    await ledger.audit()


async def test_slow_database_gets_longer(ledger: Ledger) -> None:
    """A call that takes longer than the deadline every time is not ended for ever."""
    counts = Counts()
    await fault(ledger, "PERFORM pg_sleep(0.5);")
    seat = await ledger.seat()
    async with ledger.queue(metrics=counts, deadline_s=0.1) as queue:
        (answer,) = await spins(queue, seat)

    assert answer.verdict in (Verdict.ACCEPTED, Verdict.KNOWN)
    assert counts.reasons["deadline"] <= 3
    assert await ledger.count("wager") == 1


async def test_connections_cut_at_random(ledger: Ledger) -> None:
    """E15: whenever the backend is ended, each request is settled once and answered truly."""
    seed = random.randrange(2**32)
    print("seed", seed)  # noqa: T201 - shown when the test fails
    chance, counts = random.Random(seed), Counts()
    seats = [await ledger.seat(10**9) for _ in range(20)]
    real = SettlementBackend(lambda: ledger.database.app, NODE)
    told: Counter[tuple[int, int]] = Counter()

    async def play(seat: Seat, cutting: asyncio.Task[None]) -> None:
        while not cutting.done():
            item = seat.spin(chance.randrange(1, 50), chance.choice((0, 0, 90)))
            answer = None
            while answer is None or answer.verdict == Verdict.TEMPORARY:
                answer = await send(queue, item)
                if answer is None:
                    await asyncio.sleep(0.01)
            assert answer.verdict in (Verdict.ACCEPTED, Verdict.KNOWN)
            told[seat.session, item.row[2]] += 1

    async def cut() -> None:
        async with ledger.database.connected("superuser") as superuser:
            for _ in range(12):
                await asyncio.sleep(chance.uniform(0.002, 0.04))
                await superuser.execute("SELECT pg_terminate_backend($1)", real.pid)

    async with ledger.queue(real, metrics=counts) as queue:
        cutting = asyncio.create_task(cut())
        await asyncio.gather(cutting, *(play(seat, cutting) for seat in seats))

    assert sum(counts.reasons.values()) > 0
    assert set(told.values()) == {1}
    rows = await ledger.owner.fetch("SELECT session, id FROM request")
    assert {tuple(row) for row in rows} == set(told)
    assert await ledger.count("wager") == len(told)
    await ledger.audit()


async def test_cancelled_queue_does_not_cancel_the_call(ledger: Ledger) -> None:
    """Rule 4: a call under way is not cancelled with the queue: it may have committed already."""
    seat = await ledger.seat()
    await fault(ledger, "PERFORM pg_sleep(0.2);")
    backend = SettlementBackend(lambda: ledger.database.app, NODE)
    await backend.open()
    queue = ledger.new_queue(backend)
    running = asyncio.create_task(queue.run())
    assert queue.submit(seat.spin())
    await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()

    async with asyncio.timeout(PATIENCE_S):
        while not await ledger.count("wager"):
            await asyncio.sleep(0.01)
    assert not queue.submit(seat.spin())
    await backend.close()


# -- doubt --------------------------------------------------------------------------------------


async def test_unknown_is_told_as_unknown(ledger: Ledger) -> None:
    """Rule 3: in flight when the database goes: unknown, then the truth; waiting: temporary."""
    seats = [await ledger.seat() for _ in range(4)]
    await ledger.settle(seats[3].deal())
    urls = [ledger.database.app]
    doubted: list[Item] = []
    backend = SettlementBackend(lambda: urls[0], NODE)
    async with ledger.queue(
        backend, wrap=LosesReplies, in_doubt=doubted.append, doubt_s=0.2
    ) as queue:
        urls[0] = NOWHERE
        flying = asyncio.create_task(spins(queue, *seats[:2]))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(spins(queue, seats[2]))
        assert verdicts(await waiting) == [Verdict.TEMPORARY]
        void = asyncio.create_task(ask(queue, seats[3].void))
        while len(doubted) < 3:
            await asyncio.sleep(0.005)
        assert not flying.done()
        assert not queue.available
        assert not queue.submit(seats[2].spin(n=1))
        urls[0] = ledger.database.app
        assert verdicts(await flying) == [Verdict.KNOWN] * 2
        assert (await void).verdict == Verdict.ACCEPTED
        assert (await spins(queue, seats[2]))[0].verdict == Verdict.ACCEPTED

    assert len(doubted) == len(set(doubted)) == 3, "each told once"
    await ledger.audit()


async def test_other_half_is_in_doubt_too(ledger: Ledger) -> None:
    """When a split batch meets an outage, the half that waits is not left without a word."""
    seats = [await ledger.seat() for _ in range(4)]
    doubted: list[Item] = []
    outage = asyncio.Event()

    class Fails:
        def __init__(self, real: SettlementBackend) -> None:
            self.real = real

        async def settle(self, arguments: tuple[Any, ...]) -> Any:
            if len(arguments[-1]) == 4:
                raise asyncpg.UniqueViolationError
            if not outage.is_set():
                raise ConnectionResetError
            return await self.real.settle(arguments)

        async def renew(self) -> None:
            await self.real.renew()

    async with ledger.queue(wrap=Fails, in_doubt=doubted.append, doubt_s=0) as queue:
        flying = asyncio.create_task(spins(queue, *seats))
        while len(doubted) < 4:
            await asyncio.sleep(0.005)
        outage.set()
        assert verdicts(await flying) == [0] * 4


# -- gates --------------------------------------------------------------------------------------


async def test_gate_that_cannot_be_compiled(ledger: Ledger) -> None:
    """A gate that stays stale refuses its item in the end; nothing is lost or recorded."""
    one, two = await ledger.seat(), await ledger.seat()
    await ledger.owner.execute(
        "UPDATE account SET gate_until = '-infinity' WHERE id = $1", one.account
    )

    async def fails(account: int) -> None:
        assert account == one.account
        raise LookupError

    async with ledger.queue(refresh_gate=fails, lock_retries=2) as queue:
        assert verdicts(await spins(queue, one, two)) == [Verdict.STALE_GATE, Verdict.ACCEPTED]
    assert await ledger.count("request") == 1


async def test_gate_that_hangs(ledger: Ledger) -> None:
    """A gate whose compiling hangs is tried again after the deadline, and the queue can stop."""
    seat = await ledger.seat()
    await ledger.owner.execute("UPDATE account SET gate_until = '-infinity'")
    calls = 0

    async def hangs_once(account: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            await asyncio.Event().wait()
        await ledger.refresh_gate(account)

    async with ledger.queue(refresh_gate=hangs_once, deadline_s=0.2) as queue:
        assert verdicts(await spins(queue, seat)) == [Verdict.ACCEPTED]
    assert calls == 2


# -- the end ------------------------------------------------------------------------------------


async def test_stop_answers_everybody(ledger: Ledger) -> None:
    """Stopping takes no new money, settles what is queued and what waits for a lock, and ends."""
    seats = [await ledger.seat() for _ in range(10)]
    async with ledger.database.connected("owner") as other, ledger.queue() as queue:
        await other.execute("BEGIN")
        await other.execute("SELECT croupier.lock_accounts(ARRAY[$1::bigint])", seats[0].account)
        asked = [asyncio.create_task(spins(queue, seat)) for seat in seats]
        await asyncio.wait(asked[1:])
        stopping = asyncio.create_task(queue.stop())
        await asyncio.sleep(0)
        assert not queue.submit(seats[1].spin())
        await other.execute("ROLLBACK")
        await stopping
        assert verdicts(await asked[0]) == [Verdict.ACCEPTED]
        await queue.stop()
    assert not queue.submit(seats[0].void()), "nobody would settle it"


async def test_fenced_queue_ends(ledger: Ledger) -> None:
    """A fenced node stops: in flight is unknown, waiting is temporary, nothing more is taken."""
    seats = [await ledger.seat() for _ in range(3)]
    doubted: list[Item] = []
    backend = SettlementBackend(lambda: ledger.database.app, NODE)
    with pytest.raises(Fenced):  # noqa: PT012 - it is raised where the queue has stopped
        async with (
            ledger.database.connected("owner") as other,
            ledger.queue(backend, in_doubt=doubted.append) as queue,
        ):
            await other.execute("BEGIN; UPDATE croupier.node SET epoch = epoch + 1")
            flying = seats[0].spin()
            assert queue.submit(flying)
            await waits_for_lock(ledger.database, backend._connection)
            waiting = asyncio.create_task(spins(queue, *seats[1:]))
            await asyncio.sleep(0)
            await other.execute("COMMIT")
            assert verdicts(await waiting) == [Verdict.TEMPORARY] * 2

    assert doubted == [flying]
    assert queue.fenced
    assert not queue.available
    assert not queue.submit(seats[0].void())
    await asyncio.wait_for(queue.stop(), 1)
    assert await ledger.count("wager") == 0
