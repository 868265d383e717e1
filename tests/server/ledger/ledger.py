"""A ledger to try things on: players who bet, time that passes, and an audit of every invariant."""

# ruff: noqa: ASYNC110 - what is waited for happens in the database

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, NamedTuple

import asyncpg

from server.ledger.backend import PLAN_SETTINGS, SettlementBackend, settle
from server.ledger.ids import IdGenerator
from server.ledger.items import SETTLE, SETTLE_INSTANT, Item, ItemKind, Verdict, settle_arguments
from server.ledger.queue import SettlementQueue
from tests.postgres import Database

NODE = 1
SEEDS = b"\0\x04seed"

BREACHES = {
    "a balance is not its transfers": """
        SELECT a.id FROM account a WHERE a.balance IS NOT NULL AND a.balance IS DISTINCT FROM (
            SELECT coalesce(sum(CASE WHEN t.credit = a.id THEN t.amount ELSE -t.amount END), 0)
            FROM transfer t WHERE a.id IN (t.debit, t.credit))""",
    "a balance is below zero": "SELECT id FROM account WHERE balance < 0 OR held < 0",
    "what is held is not the open bets": """
        SELECT a.id FROM account a WHERE a.kind = 1 AND a.held IS DISTINCT FROM (
            SELECT coalesce(sum(h.amount), 0) FROM hold h WHERE h.account = a.id)""",
    "funds on game are not the open bets": """
        SELECT a.id FROM account a WHERE a.kind = 2 AND (
            SELECT coalesce(sum(CASE WHEN t.credit = a.id THEN t.amount ELSE -t.amount END), 0)
            FROM transfer t WHERE a.id IN (t.debit, t.credit)
        ) IS DISTINCT FROM (SELECT coalesce(sum(h.amount), 0) FROM hold h
            WHERE h.account = account_id(a.owner, 1, account_currency(a.id), a.test))""",
    "a wager is not its transfers": """
        SELECT w.chain, w.n FROM wager w LEFT JOIN LATERAL (
            SELECT coalesce(sum(amount) FILTER (WHERE kind = 1), 0) AS stake,
                coalesce(sum(amount) FILTER (WHERE kind = 2), 0) AS payout,
                coalesce(sum(amount) FILTER (WHERE kind = 3), 0) AS held,
                coalesce(sum(amount) FILTER (WHERE kind = 4), 0) AS returned
            FROM transfer t WHERE t.chain = w.chain AND t.n = w.n AND t.seat = w.seat) t ON true
        WHERE (w.stake, w.payout) IS DISTINCT FROM (t.stake, t.payout)
            OR t.held NOT IN (0, t.stake + t.returned)""",
    "an open bet is not its transfers": """
        SELECT h.chain, h.n FROM hold h WHERE h.amount IS DISTINCT FROM (
            SELECT sum(amount) FROM transfer t
            WHERE t.chain = h.chain AND t.n = h.n AND t.seat = h.seat AND t.kind = 3)
            OR EXISTS (SELECT FROM transfer t
                WHERE t.chain = h.chain AND t.n = h.n AND t.seat = h.seat AND t.kind <> 3)""",
    "a transfer lacks its cause": """
        SELECT t.id FROM transfer t
        WHERE NOT EXISTS (SELECT FROM wager w WHERE w.chain = t.chain AND w.n = t.n)
            AND NOT EXISTS (SELECT FROM hold h WHERE h.chain = t.chain AND h.n = t.n)
            AND NOT EXISTS (SELECT FROM funding f WHERE f.transfer = t.id)""",
    "a round and its wager do not come together": """
        SELECT chain, n FROM round FULL JOIN wager USING (chain, n)
            LEFT JOIN live_round l USING (chain, n)
        WHERE round.steps IS NULL AND l.chain IS NULL
            OR wager.stake IS NULL AND round.table_id IS NULL""",
    "an open round and its hold do not come together": """
        SELECT chain, o.n, h.n FROM open_round o FULL JOIN hold h USING (chain)
            LEFT JOIN live_round l USING (chain)
        WHERE o.n IS DISTINCT FROM h.n AND (l.chain IS NULL OR h.n IS NOT NULL)""",
    "an open round of a live table is not whole": """
        SELECT l.chain FROM live_round l LEFT JOIN open_round o ON o.chain = l.chain AND o.n = l.n
        WHERE o.step IS NULL OR o.step < l.accepted
            OR o.step > l.accepted AND l.drawn IS NULL""",
    "a round is open and over": """
        SELECT r.chain FROM round r JOIN open_round o ON o.chain = r.chain AND o.n = r.n""",
    "a wager's request was not accepted": """
        SELECT w.chain FROM (SELECT chain, n, session, request FROM wager
            UNION ALL SELECT chain, n, session, request FROM hold) w
        LEFT JOIN request r ON r.session = w.session AND r.id = w.request
        WHERE (r.verdict, r.chain, r.n) IS DISTINCT FROM (0::smallint, w.chain, w.n)""",
    "an accepted request has no round": """
        SELECT r.session, r.id FROM request r WHERE r.verdict = 0
            AND NOT EXISTS (SELECT FROM round o WHERE o.chain = r.chain AND o.n = r.n)
            AND NOT EXISTS (SELECT FROM open_round o WHERE o.chain = r.chain AND o.n = r.n)""",
    "inputs have a hole": """
        SELECT chain, n FROM round_input GROUP BY chain, n
        HAVING count(*) <> max(step) + 1 OR min(step) <> 0""",
    "the totals are not the wagers": """
        SELECT w.*, b.* FROM (
            SELECT coalesce(sum(w.stake), 0) AS s, coalesce(sum(w.payout), 0) AS p, count(*) AS c,
                coalesce(sum(w.stake::numeric * w.stake), 0) AS ss
            FROM wager w LEFT JOIN round r USING (chain, n) WHERE r.void_cause IS NULL
                AND NOT (w.seat > 0 AND w.stake = 0)) w, (
            SELECT coalesce(sum(stake), 0) AS s, coalesce(sum(payout), 0) AS p,
                coalesce(sum(wagers), 0) AS c, coalesce(sum(stake_squares), 0) AS ss
            FROM batch_total) b
        WHERE (w.s, w.p, w.c, w.ss) IS DISTINCT FROM (b.s, b.p, b.c, b.ss)""",
    "the hours do not count what was staked and paid": """
        SELECT a.id FROM account a LEFT JOIN LATERAL (
            SELECT coalesce(sum(stake), 0) AS stake, coalesce(sum(payout), 0) AS payout
            FROM play_hour p WHERE p.account = a.id) p ON true
        WHERE a.kind = 1 AND (p.stake + a.hour_stake, p.payout + a.hour_payout) IS DISTINCT FROM (
            (SELECT coalesce(sum(w.stake), 0) FROM wager w WHERE w.account = a.id)
            + (SELECT coalesce(sum(h.amount), 0) FROM hold h WHERE h.account = a.id),
            (SELECT coalesce(sum(w.payout), 0) FROM wager w WHERE w.account = a.id))""",
}
"""What must never be found, and the query that finds it."""

PASSING = (
    """UPDATE account SET hour = hour - $2, gate_until = gate_until - $2 * interval '1 hour'
        WHERE owner = $1""",
    "UPDATE play_hour SET hour = $2::bigint - hour WHERE account_owner(account) = $1",
    "UPDATE play_hour SET hour = -hour WHERE account_owner(account) = $1 AND $2::bigint > 0",
    """UPDATE player_limit SET requested_at = requested_at - $2 * interval '1 hour',
        effective_at = effective_at - $2 * interval '1 hour' WHERE player = $1""",
    """UPDATE exclusion SET starts_at = starts_at - $2 * interval '1 hour',
        ends_at = ends_at - $2 * interval '1 hour' WHERE player = $1""",
    """UPDATE open_round o SET opened_at = opened_at - $2 * interval '1 hour' FROM hold h
        WHERE h.chain = o.chain AND account_owner(h.account) = $1""",
    """UPDATE round_input i SET at = at - $2 * interval '1 hour' FROM hold h
        WHERE h.chain = i.chain AND h.n = i.n AND account_owner(h.account) = $1""",
)
"""Moves player $1 by $2 hours into the past. Hours go in two steps, so that none meets another."""


class Answer(NamedTuple):
    """What the database said to one item."""

    verdict: int
    balance: int
    held: int
    version: int


class Seat:
    """A player at a private table: makes items, one request after the other."""

    def __init__(self, ledger: Ledger, row: Any, epoch: int, session: int) -> None:
        self.ledger = ledger
        self.player: int = row["player"]
        self.account: int = row["account"]
        self.session = session
        self.epoch = epoch
        self.chain = ledger.ids.next()
        self.n = 1
        self.step = 0
        self.requests = count(1)
        self.answers: list[Answer] = []

    def heard(self, item: Item, verdict: int, balance: int, held: int, version: int) -> None:
        """Keep an answer, as a table would."""
        if item.context is not None and not item.context.done():
            item.context.set_result(Answer(verdict, balance, held, version))
        self.answers.append(Answer(verdict, balance, held, version))

    def item(self, usual: int, **changes: Any) -> Item:
        """Return an item of this seat; *changes* replace what it would say."""
        kind = changes.pop("kind", usual)
        platform = usual > ItemKind.ACT
        fields: dict[str, Any] = {
            "kind": kind,
            "session": 0 if platform else self.session,
            "request": 0 if platform or "request" in changes else next(self.requests),
            "digest": b"" if platform else b"digest",
            "account": self.account,
            "session_epoch": 0 if platform else self.epoch,
            "chain": self.chain,
            "n": self.n,
            "step": self.step,
            "game_version": self.ledger.game_version,
            "client_seeds": SEEDS,
            "data": b"\x80",
            "stake": 0,
            "payout": 0,
            "finish": False,
            "transfer": self.ledger.ids.next(),
            "deadline_ms": 60_000,
        }
        context = changes.pop("context", None)
        return Item(self.heard, context, **{**fields, **changes})

    def spin(self, stake: int = 100, payout: int = 0, **changes: Any) -> Item:
        """Return an instant round, and move on to the next."""
        item = self.item(
            ItemKind.INSTANT, **{"stake": stake, "payout": payout, "finish": True, **changes}
        )
        if "n" not in changes:
            self.n += 1
        return item

    def deal(self, stake: int = 100, **changes: Any) -> Item:
        """Return the opening of a round."""
        self.step = 0
        return self.item(ItemKind.DEAL, **{"stake": stake, "step": 0, **changes})

    def act(self, stake: int = 0, **changes: Any) -> Item:
        """Return the player's next decision."""
        return self._decision(ItemKind.ACT, {"stake": stake, **changes})

    def platform(self, **changes: Any) -> Item:
        """Return the platform's decision."""
        return self._decision(ItemKind.PLATFORM, changes)

    def void(self, **changes: Any) -> Item:
        """Return the end of a round that cannot go on."""
        return self._decision(ItemKind.VOID, {"finish": True, "void_cause": "fault", **changes})

    def _decision(self, kind: ItemKind, changes: dict[str, Any]) -> Item:
        item = self.item(kind, **changes)
        if changes.get("finish"):
            self.n += 1
            self.step = 0
        elif "step" not in changes:
            self.step += 1
        return item


class Ledger:
    """A database with one node started on it."""

    def __init__(self, database: Database, owner: Any, app: Any) -> None:
        self.database = database
        self.owner = owner
        self.app = app
        self.ids = IdGenerator(NODE)
        self.epoch = 0
        self.game_version = 0
        self._settle: Any = None
        self._instant: Any = None

    async def start(self) -> None:
        """Start the node, pin a game, prepare the call."""
        row = await self.app.fetchrow("SELECT * FROM node_start($1)", NODE)
        self.epoch = row["epoch"]
        self.game_version = await self.app.fetchval(
            "SELECT id FROM game_version_pin('slot', 1, 'digest')"
        )
        self._settle = await self.app.prepare(SETTLE)
        self._instant = await self.app.prepare(SETTLE_INSTANT)

    async def seat(self, amount: int = 100_000, currency: str = "EUR") -> Seat:
        """Sign a player up with *amount* and open a session."""
        ticket = os.urandom(32)
        row = await self.app.fetchrow(
            "SELECT * FROM demo_sign_up($1, $2, $3, $4, '1 hour')",
            currency,
            amount,
            self.ids.next(),
            ticket,
        )
        opened = await self.open(ticket)
        return Seat(self, row, opened["epoch"], opened["session"])

    async def open(self, ticket: bytes, nonce: str = "nonce", connection: Any = None) -> Any:
        """Use a ticket."""
        return await (connection or self.app).fetchrow(
            "SELECT * FROM session_open($1, $2, $3, $4, 'test')",
            ticket,
            nonce,
            self.ids.next(),
            os.urandom(32),
        )

    async def ticket(self, seat: Seat) -> bytes:
        """Give a player another ticket."""
        ticket = os.urandom(32)
        await self.owner.execute(
            "INSERT INTO ticket (hash, player, account, expires_at)"
            " VALUES ($1, $2, $3, clock_timestamp() + interval '1 hour')",
            ticket,
            seat.player,
            seat.account,
        )
        return ticket

    async def settle(self, *items: Item, epoch: int | None = None) -> list[Answer]:
        """Settle as the queue's backend does, in its order, and answer in the order given."""
        ordered = sorted(items, key=lambda item: item.account)
        row = await settle(
            self._instant,
            self._settle,
            settle_arguments(
                NODE, self.epoch if epoch is None else epoch, self.ids.next(), ordered
            ),
        )
        answers = dict(
            zip(map(id, ordered), (Answer(*each) for each in zip(*row, strict=True)), strict=True)
        )
        return [answers[id(item)] for item in items]

    async def chain(
        self, chain: int, account: int | None, commitment: bytes, follows: int | None = None
    ) -> None:
        """Put a chain on record."""
        row = (
            chain,
            self.ids.next(),
            account,
            self.game_version,
            commitment,
            b"sealed",
            "key",
            256,
            follows,
        )
        await self.app.execute("SELECT chains_start($1)", [row])

    async def play(self, item: Item) -> Answer:
        """Settle one item, compiling its gate afresh when it is stale, as the queue does."""
        for _ in range(3):
            (answer,) = await self.settle(item)
            if answer.verdict != Verdict.STALE_GATE:
                break
            await self.app.execute("SELECT gate_refresh($1)", item.account)
        return answer

    async def verdict(self, item: Item) -> Verdict:
        """Settle one item and return the verdict alone."""
        return Verdict((await self.play(item)).verdict)

    async def limit(
        self, seat: Seat, kind: str, amount: int | None, hours: int = 24, by: str = "player"
    ) -> Any:
        """Set a limit; returns when it comes into force."""
        return await self.app.fetchval(
            "SELECT limit_set($1, 'EUR', $2, $3, $4, $5)", seat.player, kind, hours, amount, by
        )

    async def exclude(
        self, seat: Seat, kind: str = "exclusion", starts: str = "0 s", ends: str = "1 day"
    ) -> None:
        """Exclude a player, from and to so long after now."""
        await self.app.execute(
            "SELECT exclusion_add($1, $2, 'player', '', clock_timestamp() + $3::text::interval,"
            " clock_timestamp() + $4::text::interval)",
            seat.player,
            kind,
            starts,
            ends,
        )

    async def pass_time(self, seat: Seat, hours: int) -> None:
        """Move everything that the gate looks at into the past."""
        if not hours:
            return
        async with self.owner.transaction():
            await self.owner.execute(
                """
                ALTER TABLE player_limit DISABLE TRIGGER append_only;
                ALTER TABLE exclusion DISABLE TRIGGER append_only;
                ALTER TABLE round_input DISABLE TRIGGER append_only;
                """
            )
            for statement in PASSING:
                await self.owner.execute(statement, seat.player, hours)
            await self.owner.execute(
                """
                ALTER TABLE player_limit ENABLE TRIGGER append_only;
                ALTER TABLE exclusion ENABLE TRIGGER append_only;
                ALTER TABLE round_input ENABLE TRIGGER append_only;
                """
            )

    async def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return int(await self.owner.fetchval(f"SELECT count(*) FROM {table}"))

    async def money(self, seat: Seat) -> tuple[int, int]:
        """Return what a player can stake and what he has on open rounds."""
        row = await self.owner.fetchrow(
            "SELECT balance, held FROM account WHERE id = $1", seat.account
        )
        return row["balance"], row["held"]

    async def audit(self) -> None:
        """Fail with every invariant that does not hold."""
        query = " UNION ALL ".join(
            f"SELECT {index} AS breach, (SELECT array_agg(b::text) FROM ({query}) b) AS found"
            for index, query in enumerate(BREACHES.values())
        )
        names = tuple(BREACHES)
        rows = await self.owner.fetch(query)
        found = {names[row["breach"]]: row["found"] for row in rows if row["found"]}
        assert not found, found

    async def refresh_gate(self, account: int) -> None:
        """Compile a gate, as the queue asks."""
        async with self.database.connected("app") as connection:
            await connection.execute("SELECT croupier.gate_refresh($1)", account)

    def new_queue(self, backend: Any, **options: Any) -> SettlementQueue:
        """Return a queue that does not run yet."""
        usual: dict[str, Any] = {
            "node": NODE,
            "epoch": self.epoch,
            "next_id": self.ids.next,
            "refresh_gate": self.refresh_gate,
            "in_doubt": lambda item: None,
        }
        return SettlementQueue(backend, **{**usual, **options})

    @asynccontextmanager
    async def queue(
        self,
        backend: Any = None,
        wrap: Callable[[SettlementBackend], Any] = lambda backend: backend,
        **options: Any,
    ) -> AsyncIterator[SettlementQueue]:
        """Yield a queue that runs on a backend of its own, and stop it in order."""
        real = backend or SettlementBackend(lambda: self.database.app, NODE)
        await real.open()
        queue = self.new_queue(wrap(real), **options)
        running = asyncio.create_task(queue.run())
        try:
            yield queue
            await queue.stop()
            await running
        finally:
            running.cancel()
            await asyncio.wait([running])
            await real.close()


async def ask(queue: SettlementQueue, make: Callable[..., Item], *values: Any, **more: Any) -> Any:
    """Submit what *make* makes and wait for its answer; None if it was not taken."""
    return await send(queue, make(*values, **more))


async def send(queue: SettlementQueue, item: Item) -> Any:
    """Submit an item and wait for its answer; None if it was not taken."""
    item.context = asyncio.get_running_loop().create_future()
    if not queue.submit(item):
        return None
    return await item.context


async def waits_for_lock(database: Database, connection: Any) -> None:
    """Return once the backend of *connection* waits for a lock."""
    pid = connection.get_server_pid()
    async with database.connected("superuser") as observer:
        while not await observer.fetchval(
            "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $1", pid
        ):
            await asyncio.sleep(0.002)


async def settler(database: Database) -> Any:
    """Return a connection that settles, with the settings of the real one."""
    return await asyncpg.connect(database.app, server_settings=PLAN_SETTINGS)
