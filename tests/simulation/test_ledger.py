"""Random operations on the ledger, compared with a model after every step.

On failure the seed and the last operations are printed. The same seed gives the same operations.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.ledger.items import Item, ItemKind, Verdict
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.ledger.ledger import Answer, Ledger, Seat, settler
from tests.server.ledger.test_items import FIELDS
from tests.server.ledger.test_queue import LosesReplies
from tests.simulation.ledger_model import Account, Model

PLAYERS = 5
STEPS = 120
FUNDS = 2_000
HOURS = "SELECT floor(extract(epoch FROM clock_timestamp()) / 3600)::bigint"


class HourTurned(Exception):  # noqa: N818 - a coincidence, not an error
    """The clock's hour changed in the middle: the limits' windows are not what was predicted."""


@pytest.fixture
async def ledger(database: Database) -> AsyncIterator[Ledger]:
    """A ledger of its own with a node started."""
    app = await settler(database)
    async with database.connected("owner") as owner:
        ledger = Ledger(database, owner, app)
        await ledger.start()
        yield ledger
    await app.close()


class Simulation:
    """Players who do whatever comes to their minds."""

    def __init__(self, ledger: Ledger, seed: int) -> None:
        self.ledger = ledger
        self.chance = random.Random(seed)
        self.model = Model()
        self.seats: list[Seat] = []
        self.sent: dict[int, list[Item]] = {}
        self.log: deque[str] = deque(maxlen=40)
        self.hour = 0
        self.shift = 0
        self.lossy = LosesReplies(None, 0)  # type: ignore[arg-type]
        self.seen: set[str] = set()

    def wrapped(self, backend: Any) -> LosesReplies:
        """Put the backend behind one that loses replies when it is told to."""
        self.lossy.real = backend
        return self.lossy

    async def run(self, steps: int) -> None:
        """Take *steps* steps; after each the record, the model and the answers must agree."""
        for _ in range(PLAYERS):
            seat = await self.ledger.seat(FUNDS)
            self.seats.append(seat)
            self.sent[seat.account] = []
            self.model.accounts[seat.account] = Account(FUNDS, epoch=seat.epoch)
        self.hour = await self.ledger.owner.fetchval(HOURS)
        async with self.ledger.queue(wrap=self.wrapped) as queue:
            for step in range(steps):
                self.log.append(f"-- step {step}")
                await self.chance.choice((self.batch,) * 6 + (self.rule, self.session, self.time))(
                    queue
                )
                if await self.ledger.owner.fetchval(HOURS) != self.hour:
                    raise HourTurned
                await self.compare()

    # -- what players send ------------------------------------------------------------------------

    def choose(self, seat: Seat) -> Item:
        """Return whatever this player sends next."""
        chance, opened = self.chance, self.model.opened.get(seat.chain)
        if self.sent[seat.account] and chance.random() < 0.15:
            return self.again(seat)
        stake = chance.choice((0, 1, 10, 50, 100, 700, 5_000))
        payout = chance.choice((0, 0, 0, stake, 2 * stake, 3_000))
        finish = chance.random() < 0.4
        fields: dict[str, Any] = {"stake": stake, "payout": payout, "finish": finish}
        kind = chance.choice((ItemKind.INSTANT, ItemKind.DEAL))
        fields["n"] = seat.n
        if opened is not None and chance.random() < 0.95:
            fields |= {"n": opened.n, "step": opened.step}
            kind = chance.choices((ItemKind.ACT, ItemKind.PLATFORM, ItemKind.VOID), (8, 1, 1))[0]
        if kind == ItemKind.INSTANT:
            fields["finish"] = True
        if kind == ItemKind.ACT:
            fields["stake"] = chance.choice((0, 0, stake))
        if kind > ItemKind.ACT:
            fields["stake"] = 0
        if kind == ItemKind.VOID:
            fields |= {"finish": True, "void_cause": "simulated"}
        if chance.random() < 0.12:
            fields |= self.odd(seat)
        return seat.item(kind, **fields)

    def odd(self, seat: Seat) -> dict[str, Any]:
        """Return something that is wrong about an item."""
        other = self.chance.choice(self.seats)
        return self.chance.choice(
            (
                {"stake": -7},
                {"payout": -7, "finish": True},
                {"session_epoch": seat.epoch - 1},
                {"step": 3},
                {"n": seat.n + 1},
                {"chain": other.chain, "n": other.n, "step": 0},
            )
        )

    def again(self, seat: Seat) -> Item:
        """Return something that was sent before, sometimes with other content."""
        old = self.chance.choice(self.sent[seat.account])
        fields = dict(zip(FIELDS, old.row, strict=True))
        fields["transfer"] = self.ledger.ids.next()
        if self.chance.random() < 0.3:
            fields["digest"] = b"something else"
        return seat.item(fields.pop("kind"), **fields)

    # -- steps ------------------------------------------------------------------------------------

    async def batch(self, queue: Any) -> None:
        """Let several players send something at once; sometimes the replies are lost."""
        seats = self.chance.sample(self.seats, self.chance.randint(1, PLAYERS))
        chains: set[int] = set()
        items: list[tuple[Seat, Item]] = []
        for seat in seats:
            item = self.choose(seat)
            # Two on one chain in one call would hang on the order of their accounts.
            if item.row[6] not in chains:
                chains.add(item.row[6])
                items.append((seat, item))
        lost = self.chance.random() < 0.15
        self.lossy.times = int(lost)
        answers = await self.send(queue, [item for _, item in items])
        lost = lost and not self.lossy.times
        self.lossy.times = 0
        for (seat, item), answer in zip(items, answers, strict=True):
            expected = self.model.verdict(item, self.hour + self.shift)
            self.log.append(f"{item.row[:9]} {item.row[12:15]} -> {answer}, expected {expected}")
            self.model.apply(item, expected, self.hour + self.shift)
            self.check(item, expected, answer, lost=lost)
            self.sent[seat.account].append(item)
            if expected == Verdict.ACCEPTED and item.row[6] == seat.chain and item.row[14]:
                seat.n = max(seat.n, item.row[7] + 1)
            self.seen.add(f"{ItemKind(item.row[0]).name} {Verdict(expected).name}")

    async def send(self, queue: Any, items: list[Item]) -> list[Answer]:
        """Submit all and wait for all."""
        for item in items:
            item.context = asyncio.get_running_loop().create_future()
            assert queue.submit(item)
        async with asyncio.timeout(PATIENCE_S):
            return list(await asyncio.gather(*(item.context for item in items)))

    def check(self, item: Item, expected: int, answer: Answer, *, lost: bool) -> None:
        """Compare an answer with the model's."""
        allowed = {expected}
        if (
            lost
            and item.row[0] <= ItemKind.ACT
            and (item.row[1], item.row[2]) in self.model.requests
        ):
            allowed.add(Verdict.KNOWN)
        if lost and item.row[0] > ItemKind.ACT:
            allowed.add(Verdict.STALE)
        assert answer.verdict in allowed
        if expected != Verdict.BROKEN:
            account = self.model.accounts[item.account]
            assert answer[1:] == (account.balance, account.held, account.version)

    async def rule(self, queue: Any) -> None:
        """Set a limit or exclude somebody."""
        chance, ledger = self.chance, self.ledger
        seat = chance.choice(self.seats)
        account = self.model.accounts[seat.account]
        kind = chance.choice(("wager", "loss", "stake", "exclusion"))
        amount = chance.choice((None, 0, 100, 500, 1_500, 20_000))
        self.log.append(f"{kind} {amount} for {seat.account}")
        if kind == "exclusion":
            hours = chance.randint(1, 2)
            # To the hour, as the model counts.
            await ledger.app.execute(
                "SELECT exclusion_add($1, 'time-out', 'player', '', now(),"
                " date_trunc('hour', now()) + $2 * interval '1 hour')",
                seat.player,
                hours,
            )
            account.excluded = max(account.excluded, self.hour + self.shift + hours)
        elif kind == "stake":
            await ledger.limit(seat, kind, amount, 0, "operator")
            account.stake_cap = amount
        else:
            hours = chance.choice((1, 2, 24))
            await ledger.limit(seat, kind, amount, hours, "operator")
            limits = account.wager_limits if kind == "wager" else account.loss_limits
            limits[hours] = amount

    async def session(self, queue: Any) -> None:
        """Start a newer session for somebody."""
        seat = self.chance.choice(self.seats)
        opened = await self.ledger.open(await self.ledger.ticket(seat))
        seat.session, seat.epoch = opened["session"], opened["epoch"]
        self.model.accounts[seat.account].epoch = seat.epoch
        self.log.append(f"new session for {seat.account}: {seat.epoch}")

    async def time(self, queue: Any) -> None:
        """Let an hour or two go by for everybody."""
        hours = self.chance.randint(1, 2)
        self.log.append(f"{hours} hours")
        for seat in self.seats:
            await self.ledger.pass_time(seat, hours)
        self.shift += hours

    async def compare(self) -> None:
        """Compare the record with the model, and every invariant."""
        model = self.model
        rows = await self.ledger.owner.fetch(
            "SELECT id, balance, held, version, session_epoch FROM account WHERE kind = 1"
        )
        assert {tuple(row) for row in rows} == {
            (number, each.balance, each.held, each.version, each.epoch)
            for number, each in model.accounts.items()
        }
        rows = await self.ledger.owner.fetch(
            "SELECT o.chain, o.n, o.step, h.account, h.amount FROM open_round o"
            " JOIN hold h ON h.chain = o.chain"
        )
        assert {tuple(row) for row in rows} == {
            (chain, each.n, each.step, each.account, each.held)
            for chain, each in model.opened.items()
        }
        assert await self.ledger.count("request") == len(model.requests)
        assert await self.ledger.count("round") == len(model.rounds)
        assert model.result == await self.ledger.owner.fetchval(
            "SELECT coalesce(sum(payout - stake), 0) FROM batch_total"
        )
        await self.ledger.audit()


async def simulate(ledger: Ledger, seed: int) -> set[str]:
    """Run one simulation and tell what happened if it fails; returns which verdicts there were."""
    simulation = Simulation(ledger, seed)
    try:
        await simulation.run(STEPS)
    except HourTurned:
        pytest.skip("the hour turned meanwhile")
    except BaseException:
        print("seed", seed, *simulation.log, sep="\n")  # noqa: T201 - what led to the failure
        raise
    return simulation.seen


@pytest.mark.parametrize("run", range(3))
async def test_random_operations(ledger: Ledger, run: int) -> None:
    """Σ = 0, no balance below zero, one answer an id: after every operation, whatever it was."""
    seed = random.randrange(2**32) + run
    print("seed", seed)  # noqa: T201 - shown when the test fails

    seen = await simulate(ledger, seed)

    assert {"INSTANT ACCEPTED", "DEAL ACCEPTED", "ACT ACCEPTED"} <= seen
