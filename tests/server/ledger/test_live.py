"""Hostile tests of settling at live tables: races, lost answers, culprits, crowds."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import asyncpg
import pytest

from server.ledger.backend import SettlementBackend
from server.ledger.items import Verdict
from server.ledger.live_items import SETTLE_LIVE, LiveItem, LiveKind, live_arguments
from tests.server.ledger.ledger import NODE, Answer, Ledger, Seat, settler, waits_for_lock
from tests.server.ledger.live import LiveTable
from tests.server.ledger.test_backend import SMALL, scans

ACCEPTED, KNOWN, STALE, MOVED = Verdict.ACCEPTED, Verdict.KNOWN, Verdict.STALE, Verdict.MOVED
MOST = 500
"""Seats of the largest table, and items of the largest call."""


async def opened(ledger: Ledger, *players: Seat, title: str = "Table 1") -> LiveTable:
    """Return a table with a round open; each player has bet 100 from seat 1 up."""
    table = await LiveTable.make(ledger, title)
    await table.settle(table.open(*range(1, len(players) + 1)))
    if players:
        bets = [table.bet(player, seat) for seat, player in enumerate(players, 1)]
        assert await table.verdicts(*bets) == [ACCEPTED] * len(players)
    return table


async def drawn(table: LiveTable) -> None:
    """Close and draw."""
    assert await table.do(LiveKind.CLOSE) is ACCEPTED
    assert await table.do(LiveKind.DRAW) is ACCEPTED


def called(table: LiveTable, connection: Any, *items: LiveItem) -> asyncio.Task[list[int]]:
    """Call `settle_live` on a connection of its own."""

    async def call() -> list[int]:
        arguments = live_arguments(NODE, table.ledger.epoch, table.ledger.ids.next(), items)
        row = await connection.fetchrow(SETTLE_LIVE, *arguments)
        return list(row["verdict"])

    return asyncio.ensure_future(call())


async def heard(queue: Any, *items: LiveItem) -> list[Answer]:
    """Submit items all at once and wait for their answers, in the order given."""
    loop = asyncio.get_running_loop()
    futures = []
    for item in items:
        future = loop.create_future()

        def decided(_: Any, *answer: int, future: Any = future) -> None:
            future.set_result(Answer(*answer))

        item.decided = decided
        assert queue.submit(item)
        futures.append(future)
    return list(await asyncio.gather(*futures))


def verdicts(answers: list[Answer]) -> list[int]:
    """Return the verdicts alone."""
    return [answer.verdict for answer in answers]


# -- one player, many tables ----------------------------------------------------------------------


async def test_one_player_at_two_tables(ledger: Ledger) -> None:
    """Bets of one player at two tables at once are decided one after the other, by his funds."""
    player = await ledger.seat(150)
    one, two = await opened(ledger), await opened(ledger, title="Table 2")
    async with ledger.queue() as queue:
        answers = await heard(queue, one.bet(player, 1), two.bet(player, 1))
    assert verdicts(answers) == [ACCEPTED, Verdict.INSUFFICIENT_FUNDS]
    assert await ledger.money(player) == (50, 100)
    with pytest.raises(asyncpg.CardinalityViolationError):
        await one.settle(one.bet(player, 1, 10), two.bet(player, 1, 10))
    assert await ledger.money(player) == (50, 100)
    await ledger.audit()


async def test_private_and_live_at_once(ledger: Ledger) -> None:
    """Whoever plays by himself and with others at the same moment spends no coin twice."""
    player = await ledger.seat(1_000)
    table = await opened(ledger)
    other = await settler(ledger.database)
    for _ in range(15):
        spin, bet = player.spin(90), table.bet(player, 1, 90)
        live = called(table, other, bet)
        (spun,) = await ledger.settle(spin)
        (taken,) = await live
        assert {spun.verdict, taken} <= {ACCEPTED, Verdict.SKIPPED, Verdict.INSUFFICIENT_FUNDS}
    balance, held = await ledger.money(player)
    assert balance >= 0
    assert held == await ledger.owner.fetchval("SELECT coalesce(sum(amount), 0) FROM hold")
    await other.close()
    await ledger.audit()


async def test_two_players_on_one_seat(ledger: Ledger) -> None:
    """A seat is one player's for the round: of two who bet on it together one is refused."""
    one, two = await ledger.seat(1_000), await ledger.seat(1_000)
    table = await opened(ledger)
    async with ledger.queue() as queue:
        answers = await heard(queue, table.bet(one, 1), table.bet(two, 1))
    assert sorted(verdicts(answers)) == [ACCEPTED, STALE]
    assert await ledger.count("hold") == 1
    await drawn(table)
    thief = two if answers[0].verdict == ACCEPTED else one
    stolen = [table.of(LiveKind.SETTLE, thief, 1, payout=500),
        table.of(LiveKind.CASH_OUT, thief, 1, payout=500),
        table.of(LiveKind.RETURN, thief, 1)]  # fmt: skip
    for item in stolen:
        assert await table.verdicts(item) == [STALE]
    assert await ledger.money(thief) == (1_000, 0)
    await ledger.audit()


# -- takeovers ----------------------------------------------------------------------------------


async def test_a_takeover_waits_for_a_call(ledger: Ledger) -> None:
    """What an owner is settling commits first; whatever it sends after the takeover does not."""
    player = await ledger.seat(1_000)
    table = await opened(ledger)
    owner, taker = await settler(ledger.database), await settler(ledger.database)
    lease = await taker.fetchval("SELECT fence_lease_start(7::smallint, 1, '{}', 60000)")
    async with ledger.database.connected("owner") as blocker:
        transaction = blocker.transaction()
        await transaction.start()
        await blocker.execute("SELECT FROM croupier.live_round FOR UPDATE")
        bet = called(table, owner, table.bet(player, 1))
        await waits_for_lock(ledger.database, owner)
        taking = asyncio.ensure_future(taker.fetchval("SELECT fence_take($1, $2)", table.id, lease))
        await waits_for_lock(ledger.database, taker)
        await transaction.rollback()
    assert await bet == [ACCEPTED]
    assert await taking == 2
    for item in (table.bet(player, 1), table.item(LiveKind.CLOSE)):
        assert await called(table, owner, item) == [MOVED]
    assert await ledger.money(player) == (900, 100)
    for connection in (owner, taker):
        await connection.close()
    await ledger.audit()


async def test_a_call_waits_for_a_takeover(ledger: Ledger) -> None:
    """A call that meets a takeover halfway decides by the fence as it is afterwards."""
    player = await ledger.seat(1_000)
    table = await opened(ledger, player)
    await drawn(table)
    late = await settler(ledger.database)
    items = [
        table.of(LiveKind.CASH_OUT, player, 1, payout=900),
        table.item(LiveKind.END, reason="a fault"),
    ]
    async with ledger.database.connected("owner") as taker:
        async with taker.transaction():
            await taker.execute("UPDATE croupier.fence SET epoch = 2")
            call = called(table, late, *items)
            await waits_for_lock(ledger.database, late)
        assert await call == [MOVED, MOVED]
    assert await ledger.money(player) == (900, 100)
    await late.close()
    await ledger.audit()


async def test_two_tables_in_one_call(ledger: Ledger) -> None:
    """Of a call for two tables only the items of the one that was taken over are refused."""
    one, two = await ledger.seat(1_000), await ledger.seat(1_000)
    first, second = await opened(ledger), await opened(ledger, title="Table 2")
    await ledger.owner.execute("UPDATE fence SET epoch = 2 WHERE shared_table = $1", first.id)
    items = first.bet(one, 1), second.bet(two, 1), first.item(LiveKind.CLOSE)
    assert await first.verdicts(*items) == [MOVED, ACCEPTED, MOVED]
    await ledger.audit()


# -- answers that are lost ----------------------------------------------------------------------


class LosesReplies:
    """A backend whose connection breaks after each first call has committed."""

    def __init__(self, real: SettlementBackend) -> None:
        self.real = real
        self.lost = False

    async def settle_live(self, arguments: tuple[Any, ...]) -> Any:
        """Settle, and lose every other answer."""
        result = await self.real.settle_live(arguments)
        self.lost = not self.lost
        if self.lost:
            raise ConnectionResetError
        return result

    async def renew(self) -> None:
        """Renew the real one."""
        await self.real.renew()


async def test_a_round_whose_every_answer_is_lost(ledger: Ledger) -> None:
    """Each item that committed unheard is known when it is sent again, and done once (rule 4)."""
    one, two = await ledger.seat(1_000), await ledger.seat(1_000)
    table = await LiveTable.make(ledger)
    async with ledger.queue(wrap=LosesReplies) as queue:
        steps: list[list[LiveItem]] = [
            [table.open(1, 2)],
            [table.bet(one, 1), table.bet(two, 2, 200)],
            [table.bet(one, 1, 50)],
            [table.item(LiveKind.CLOSE)],
            [table.item(LiveKind.DRAW)],
            [table.of(LiveKind.ACT, one, 1, step=3, stake=70)],
            [table.item(LiveKind.PLATFORM, step=4, seat=2, input_data=b"\x81")],
            [table.of(LiveKind.CASH_OUT, two, 2, payout=260)],
            [table.of(LiveKind.SETTLE, one, 1, payout=0)],
            [table.item(LiveKind.END)],
        ]
        for items in steps:
            assert verdicts(await heard(queue, *items)) == [KNOWN] * len(items)
    assert await ledger.money(one) == (1_000 - 220, 0)
    assert await ledger.money(two) == (1_060, 0)
    row = await ledger.owner.fetchrow("SELECT steps, accepted, closed, drawn FROM round")
    assert tuple(row) == (6, 3, 4, 5)
    await ledger.audit()


async def test_a_void_whose_every_answer_is_lost(ledger: Ledger) -> None:
    """Stakes are returned once, however often the items are sent."""
    players = [await ledger.seat(1_000) for _ in range(3)]
    table = await opened(ledger, *players)
    async with ledger.queue(wrap=LosesReplies) as queue:
        back = [table.of(LiveKind.RETURN, each, seat) for seat, each in enumerate(players, 1)]
        for items in ([table.item(LiveKind.CLOSE)], back,
                      [table.item(LiveKind.END, reason="a fault")]):  # fmt: skip
            assert verdicts(await heard(queue, *items)) == [KNOWN] * len(items)
    assert [await ledger.money(player) for player in players] == [(1_000, 0)] * 3
    await ledger.audit()


# -- culprits ------------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", [{"stake": -1}, {"transfer": 1}, {"input_data": None}], ids=str)
async def test_one_broken_bet(ledger: Ledger, broken: dict[str, Any]) -> None:
    """The culprit alone is refused; everybody else's bet of the same call is taken (rule 5)."""
    players = [await ledger.seat(1_000) for _ in range(9)]
    table = await opened(ledger)
    if "transfer" in broken:
        broken = {"transfer": await ledger.owner.fetchval("SELECT max(id) FROM transfer")}
    items = [
        table.bet(player, seat, **(broken if seat == 5 else {}))
        for seat, player in enumerate(players, 1)
    ]
    async with ledger.queue() as queue:
        answers = verdicts(await heard(queue, *items))
    assert answers == [*[ACCEPTED] * 4, Verdict.BROKEN, *[ACCEPTED] * 4]
    assert await ledger.count("round_input") == 8
    await ledger.audit()


async def test_one_broken_payment(ledger: Ledger) -> None:
    """A payout that no account could hold keeps no neighbour from his own."""
    players = [await ledger.seat(1_000) for _ in range(6)]
    table = await opened(ledger, *players)
    await drawn(table)
    items = [
        table.of(LiveKind.SETTLE, player, seat, payout=2**63 - 1 if seat == 3 else 10)
        for seat, player in enumerate(players, 1)
    ]
    async with ledger.queue() as queue:
        answers = verdicts(await heard(queue, *items))
    assert answers == [0, 0, Verdict.BROKEN, 0, 0, 0]
    assert await ledger.money(players[2]) == (900, 100), "still owed, and to be paid"
    assert await table.do(LiveKind.END) is STALE
    await ledger.audit()


# -- crowds --------------------------------------------------------------------------------------


async def crowd(ledger: Ledger, count: int) -> list[Seat]:
    """Return many players, made in few statements."""
    rows = await ledger.app.fetch(
        """
        SELECT d.player, d.account, o.session, o.epoch
        FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bytea[])
            AS k (id, ticket, session, token)
        CROSS JOIN LATERAL demo_sign_up('EUR', 1000, k.id, k.ticket, '1 hour') AS d
        CROSS JOIN LATERAL session_open(k.ticket, 'nonce', k.session, k.token, d.player::text) AS o
        """,
        [ledger.ids.next() for _ in range(count)],
        [b"ticket %24d" % number for number in range(count)],
        [ledger.ids.next() for _ in range(count)],
        [b"token %26d" % number for number in range(count)],
    )
    return [Seat(ledger, row, row["epoch"], row["session"]) for row in rows]


async def test_five_hundred_seats(ledger: Ledger) -> None:
    """The largest table bets in one call, is paid in one, and its books are right to the cent."""
    players = await crowd(ledger, MOST)
    table = await LiveTable.make(ledger)
    await table.settle(table.open(*range(1, MOST + 1)))
    bets = [table.bet(player, seat, 10 + seat) for seat, player in enumerate(players, 1)]
    assert {*await table.verdicts(*bets)} == {ACCEPTED}
    await drawn(table)
    paid = [
        table.of(LiveKind.SETTLE, player, seat, payout=2 * (10 + seat) if seat % 2 else 0)
        for seat, player in enumerate(players, 1)
    ]
    answers = await table.settle(*paid)
    assert {answer.verdict for answer in answers} == {ACCEPTED}
    assert [answer.balance for answer in answers] == [
        1_000 + (10 + seat) * (1 if seat % 2 else -1) for seat in range(1, MOST + 1)
    ]
    assert {answer.held for answer in answers} == {0}
    assert {*await table.verdicts(*paid)} == {KNOWN}
    assert await table.do(LiveKind.END) is ACCEPTED
    assert await ledger.owner.fetchval("SELECT accepted FROM round") == MOST
    total = await ledger.owner.fetchrow("SELECT sum(wagers) AS n, sum(stake) AS s FROM batch_total")
    assert (total["n"], total["s"]) == (MOST, sum(10 + seat for seat in range(1, MOST + 1)))
    await ledger.audit()


async def test_totals_are_of_the_round_s_game(ledger: Ledger) -> None:
    """What a batch came to is counted under the game version that the round was opened with."""
    player = await ledger.seat(1_000)
    table = await opened(ledger, player)
    await drawn(table)
    await table.settle(table.of(LiveKind.SETTLE, player, 1, payout=40, game_version=0))
    versions = await ledger.owner.fetch("SELECT game_version FROM batch_total")
    assert [row["game_version"] for row in versions] == [ledger.game_version]


async def test_every_call_goes_by_index(ledger: Ledger) -> None:
    """Rule 13: a whole round reads nothing from end to end, however little there is to read."""
    players = [await ledger.seat(1_000) for _ in range(3)]
    table = await LiveTable.make(ledger)
    fresh = await settler(ledger.database)
    ledger.app, old = fresh, ledger.app
    for _ in range(2):
        before = await scans(ledger)
        await table.settle(table.open(1, 2, 3))
        await table.settle(*(table.bet(each, seat) for seat, each in enumerate(players, 1)))
        await drawn(table)
        await table.settle(table.of(LiveKind.ACT, players[0], 1, step=3, stake=10))
        await table.settle(table.item(LiveKind.PLATFORM, step=4, seat=2, input_data=b"\x81"))
        await table.settle(
            table.of(LiveKind.CASH_OUT, players[0], 1, payout=130),
            table.of(LiveKind.SETTLE, players[1], 2, payout=0),
        )
        await table.settle(table.of(LiveKind.SETTLE, players[2], 3, payout=20))
        await table.do(LiveKind.END)
        after = await scans(ledger)
        table.n += 1
    read = {name for name in after if after[name] != before[name]}
    assert read <= SMALL
    ledger.app = old
    await fresh.close()


# -- the last moment -----------------------------------------------------------------------------


async def test_cash_out_against_the_crash(ledger: Ledger) -> None:
    """Whichever of a cash-out and the settlement of a crash comes first pays, and no other."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")  # noqa: T201 - to reproduce a failure
    rng = random.Random(seed)
    player = await ledger.seat(10_000)
    table = await LiveTable.make(ledger)
    one, two = await settler(ledger.database), await settler(ledger.database)
    spent = 0
    for _ in range(12):
        await table.settle(table.open(1))
        assert await table.verdicts(table.bet(player, 1)) == [ACCEPTED]
        await drawn(table)
        out = table.of(LiveKind.CASH_OUT, player, 1, payout=170)
        lost = table.of(LiveKind.SETTLE, player, 1, payout=0)
        calls = [(one, out), (two, lost)]
        rng.shuffle(calls)
        tasks = {item.kind: called(table, connection, item) for connection, item in calls}
        (cashed,), (settled,) = await tasks[LiveKind.CASH_OUT], await tasks[LiveKind.SETTLE]
        assert (cashed, settled) in {(ACCEPTED, KNOWN), (STALE, ACCEPTED)}
        spent += 100 - (170 if cashed == ACCEPTED else 0)
        assert await ledger.money(player) == (10_000 - spent, 0)
        assert await table.do(LiveKind.END) is ACCEPTED
        table.n += 1
    for connection in (one, two):
        await connection.close()
    await ledger.audit()


async def test_an_account_that_was_closed(ledger: Ledger) -> None:
    """Closed, suspended or drained, an account takes no bet; what it has staked is still paid."""
    players = [await ledger.seat(1_000) for _ in range(4)]
    table = await opened(ledger, *players)
    for status, player in zip((1, 2, 3, 3), players, strict=True):
        await ledger.owner.execute(
            "UPDATE account SET status = $1, gate_until = 'infinity', session_epoch ="
            " session_epoch + 1 WHERE id = $2",
            status,
            player.account,
        )
        player.epoch += 1
    refused = await table.verdicts(*(table.bet(p, seat) for seat, p in enumerate(players, 1)))
    assert refused == [Verdict.SUSPENDED, Verdict.EXCLUDED, Verdict.CLOSED, Verdict.CLOSED]
    await drawn(table)
    paid = [
        table.of(LiveKind.CASH_OUT, players[0], 1, payout=130),
        *(table.of(LiveKind.SETTLE, players[seat - 1], seat, payout=130) for seat in (2, 3, 4)),
    ]
    assert await table.verdicts(*paid) == [ACCEPTED] * 4
    assert await table.do(LiveKind.END) is ACCEPTED
    assert [await ledger.money(player) for player in players] == [(1_030, 0)] * 4
    await ledger.audit()


async def test_a_newer_session_settles_the_older_ones_bets(ledger: Ledger) -> None:
    """Who came back elsewhere is paid for what he bet before; his old session cannot cash out."""
    player = await ledger.seat(1_000)
    table = await opened(ledger, player)
    await drawn(table)
    await ledger.owner.execute("UPDATE account SET session_epoch = session_epoch + 1")
    old = table.of(LiveKind.CASH_OUT, player, 1, payout=150)
    assert await table.verdicts(old) == [Verdict.REPLACED]
    player.epoch += 1
    assert await table.verdicts(table.of(LiveKind.CASH_OUT, player, 1, payout=150)) == [ACCEPTED]
    assert await ledger.money(player) == (1_050, 0)
    await ledger.audit()


# -- the chain that a round opens on --------------------------------------------------------------


async def test_only_the_next_round_of_a_chain_in_use_opens(ledger: Ledger) -> None:
    """None opens on a retired chain, on another table's, on none, or past the chain's next (E7)."""
    table, other = await LiveTable.make(ledger), await LiveTable.make(ledger, "Table 2")
    foreign = other.chain
    unknown = ledger.ids.next()
    for wrong in ({"n": 2}, {"n": 257}, {"chain": foreign}, {"chain": unknown}):
        assert await table.do(LiveKind.OPEN, **wrong) is Verdict.ROUND_OPEN, wrong
    assert await table.verdicts(table.open()) == [ACCEPTED]
    assert await table.do(LiveKind.CLOSE) is ACCEPTED
    assert await table.do(LiveKind.END, reason="nobody") is ACCEPTED
    for wrong in ({"n": 1}, {"n": 3}):
        assert await table.do(LiveKind.OPEN, **wrong) is Verdict.ROUND_OPEN, wrong
    await ledger.app.execute("SELECT chain_retire($1, 'overtaken')", table.chain)
    table.n = 2
    assert await table.verdicts(table.open()) == [Verdict.ROUND_OPEN]
    assert await ledger.count("open_round") == 0
    await ledger.audit()


async def test_a_chain_that_is_retired_as_a_round_opens(ledger: Ledger) -> None:
    """A round that meets the end of its chain halfway does not open."""
    table = await LiveTable.make(ledger)
    owner = await settler(ledger.database)
    async with ledger.database.connected("owner") as retiring:
        async with retiring.transaction():
            await retiring.execute("SELECT croupier.chain_retire($1, 'retention')", table.chain)
            call = called(table, owner, table.open())
            await waits_for_lock(ledger.database, owner)
        assert await call == [Verdict.ROUND_OPEN]
    assert await ledger.count("open_round") == 0
    await owner.close()


# -- rounds that an operator has to see to --------------------------------------------------------

_VOID = "SELECT live_round_void($1, $2, $3, $4, 'why', NULL)"
_FAILED = "SELECT live_round_failed($1, $2, $3, $4, 'SETTLE was BROKEN')"


async def test_a_round_that_was_ordered_void_pays_nobody(ledger: Ledger) -> None:
    """Behind the order no seat is paid and no draw counts; stakes go back, the end has a cause."""
    player = await ledger.seat(1_000)
    table = await opened(ledger, player)
    await drawn(table)
    assert await ledger.app.fetchval(_VOID, table.id, 2, table.chain, 1) is None, "fenced"
    assert await ledger.app.fetchval(_VOID, table.id, 1, table.chain, 2) is False
    assert await ledger.app.fetchval(_VOID, table.id, 1, table.chain, 1) is True
    for refused in (table.of(LiveKind.SETTLE, player, 1, payout=900),
            table.of(LiveKind.CASH_OUT, player, 1, payout=900),
            table.of(LiveKind.STAND, player, 1, stake=50, payout=100, data=b"\x80")):  # fmt: skip
        assert await table.verdicts(refused) == [STALE]
    assert await table.do(LiveKind.FOLLOW, n=2) is Verdict.ROUND_OPEN
    assert await table.verdicts(table.of(LiveKind.RETURN, player, 1)) == [ACCEPTED]
    assert await table.do(LiveKind.END) is STALE
    assert await table.do(LiveKind.END, reason="why") is ACCEPTED
    assert await ledger.money(player) == (1_000, 0)
    await ledger.audit()


async def test_a_round_that_was_paid_is_not_ordered_void(ledger: Ledger) -> None:
    """An order that comes behind a payment is refused: a round is paid or void, never both."""
    player = await ledger.seat(1_000)
    table = await opened(ledger, player)
    await drawn(table)
    assert await table.verdicts(table.of(LiveKind.SETTLE, player, 1, payout=0)) == [ACCEPTED]
    assert await ledger.app.fetchval(_VOID, table.id, 1, table.chain, 1) is False


async def test_the_third_refusal_parks(ledger: Ledger) -> None:
    """It is counted under the fence alone; the table is paused until an operator tries again."""
    table = await opened(ledger)
    where = table.id, 1, table.chain, 1
    assert await ledger.app.fetchval(_FAILED, table.id, 2, table.chain, 1) is None, "fenced"
    assert [await ledger.app.fetchval(_FAILED, *where) for _ in range(3)] == [False, False, True]
    state = """
        SELECT state, parked_for, parked, failures FROM live_table t
        JOIN live_round l ON l.table_id = t.id JOIN open_round o ON o.chain = l.chain
    """
    assert tuple(await ledger.owner.fetchrow(state)) == (1, "SETTLE was BROKEN", True, 3)
    assert not await ledger.app.fetchval("SELECT live_round_retry($1, 2, NULL, NULL)", table.id), (
        "fenced"
    )
    assert await ledger.app.fetchval("SELECT live_round_retry($1, 1, NULL, NULL)", table.id)
    assert tuple(await ledger.owner.fetchrow(state)) == (0, None, False, 0)
