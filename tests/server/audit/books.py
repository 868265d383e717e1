"""A small ledger that was really played: real chains, real games, settled by the settling call.

Beside the ledger it keeps the record that a load tester would have written.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from games.catalogue import Catalogue, standard
from games.entropy import Draws
from games.game import AnyGame, StakeLimits
from protocol.errors import Refused
from protocol.messages.common import MAXIMUM_INTEGER
from server.fairness.chains import SeedChain
from server.fairness.framing import frame_client_seeds
from server.fairness.vault import Vault
from server.ledger.ids import IdGenerator
from server.ledger.items import SETTLE, Item, ItemKind, Verdict, settle_arguments
from server.tables.digests import act_digest, bet_digest
from tests.postgres import Database

NODE = 1
KEY = sha256(b"the key of these tests").digest()
LIMITS = StakeLimits(1, MAXIMUM_INTEGER)
OPENING = 100_000
PARTITIONED = ("request", "round", "round_input", "transfer", "wager")
CATALOGUE: Catalogue = standard()


def _unheard(*_: object) -> None:
    """Take a verdict that is read from the call itself."""


class Books:
    """The house: settles, and tampers when told to."""

    def __init__(self, database: Database, owner: Any, app: Any) -> None:
        self.database = database
        self.owner = owner
        self.app = app
        self.ids = IdGenerator(NODE)
        self.vault = Vault({"1": KEY})
        self.epoch = 0
        self.versions: dict[str, int] = {}
        self.lines: list[dict[str, Any]] = []
        self._settle: Any = None

    async def start(self) -> None:
        """Start a node and pin every game."""
        row = await self.app.fetchrow("SELECT * FROM node_start($1)", NODE)
        self.epoch = row["epoch"]
        for game in CATALOGUE:
            self.versions[game.name] = await self.app.fetchval(
                "SELECT id FROM game_version_pin($1, $2, $3)", game.name, game.version, game.digest
            )
        self._settle = await self.app.prepare(SETTLE)

    async def sit(self, name: str, currency: str = "EUR", **chain: Any) -> Table:
        """Sign a player up and seat him at a table of his own."""
        game = CATALOGUE.current(name)
        assert game is not None
        ticket = os.urandom(32)
        row = await self.app.fetchrow(
            "SELECT * FROM demo_sign_up($1, $2, $3, $4, '1 hour')",
            currency,
            OPENING,
            self.ids.next(),
            ticket,
        )
        opened = await self.app.fetchrow(
            "SELECT * FROM session_open($1, 'nonce', $2, $3, 'test')",
            ticket,
            self.ids.next(),
            os.urandom(32),
        )
        table = Table(self, game, row["player"], row["account"], opened)
        self.line("reply", table, "demo", session=None, balance=OPENING)
        await table.begin_chain(**chain)
        return table

    async def settle(self, *items: Item) -> list[tuple[int, int]]:
        """Settle a batch; returns verdict and balance of each, in the order given."""
        ordered = sorted(items, key=lambda item: item.account)
        row = await self._settle.fetchrow(
            *settle_arguments(NODE, self.epoch, self.ids.next(), ordered)
        )
        answers = {
            id(item): (verdict, balance)
            for item, verdict, balance in zip(ordered, row["verdict"], row["balance"], strict=True)
        }
        return [answers[id(item)] for item in items]

    def line(self, direction: str, table: Table, kind: str, **values: Any) -> None:
        """Write one line of a load test's record."""
        line = {
            "at_ms": 0,
            "direction": direction,
            "player": str(table.player),
            "session": str(table.session),
            "request": None,
            "type": kind,
            "round": None,
            "stake": None,
            "payout": None,
            "balance": None,
            "code": None,
        }
        self.lines.append({**line, **values})

    def record(self, path: Path) -> Path:
        """Write the record and return where it is."""
        path.write_text("".join(json.dumps(line) + "\n" for line in self.lines))
        return path

    def key_file(self, directory: Path) -> Path:
        """Write the key file and return where it is."""
        path = directory / "keys"
        path.write_text(f"1 {KEY.hex()}\n")
        path.chmod(0o600)
        return path

    async def tamper(self, *statements: str) -> None:
        """Change what nobody may change, as the owner of the tables."""
        tables = [*PARTITIONED, "funding", "batch", "batch_total"]
        for verb in ("DISABLE", "ENABLE"):
            for table in tables:
                await self.owner.execute(f"ALTER TABLE {table} {verb} TRIGGER USER")
            if verb == "DISABLE":
                for statement in statements:
                    await self.owner.execute(statement)

    async def drop_constraint(self, table: str, name: str) -> None:
        """Drop a constraint of a table and of its partitions."""
        rows = await self.owner.fetch(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = $1::regclass",
            table,
        )
        for each in (table, *(row[0] for row in rows)):
            await self.owner.execute(f"ALTER TABLE {each} DROP CONSTRAINT IF EXISTS {name}")


class Table:
    """One player's table."""

    def __init__(self, books: Books, game: AnyGame, player: int, account: int, row: Any) -> None:
        self.books = books
        self.game = game
        self.player = player
        self.account = account
        self.session: int = row["session"]
        self.epoch: int = row["epoch"]
        self.requests = 0
        self.rounds: list[str] = []
        """Every round that has ended."""
        self.chain = 0
        self.seating = 0
        self.n = 1
        self.step = 0
        self.state: Any = None
        self.seeds = SeedChain(bytes(32), 1)

    @property
    def round_id(self) -> str:
        """The round that is open or comes next."""
        return f"{self.chain}-{self.n}"

    def undecided(self) -> bool:
        """Whether a round waits for a decision."""
        return self.state is not None

    async def begin_chain(self, seeds: SeedChain | None = None) -> None:
        """Start on a chain, by default one that follows from the player's number."""
        books = self.books
        self.seeds = seeds or SeedChain(sha256(b"chain %d" % self.player).digest(), 64)
        self.chain, self.n = books.ids.next(), 1
        self.seating = books.ids.next()
        secret, key_id = books.vault.seal(self.chain, self.seeds.last_seed)
        row = (
            self.chain,
            self.seating,
            self.account,
            books.versions[self.game.name],
            self.seeds.commitment,
            secret,
            key_id,
            self.seeds.length,
            None,
        )
        await books.app.execute("SELECT chains_start($1)", [row])

    async def spin(self, bets: dict[str, Any]) -> None:
        """Play an instant round."""
        item = self.bet(bets, ItemKind.INSTANT)
        await self.taken(item, "spin")

    async def deal(self, bets: dict[str, Any]) -> None:
        """Open a round with decisions."""
        item = self.bet(bets, ItemKind.DEAL)
        await self.taken(item, "deal")

    async def act(self, action: str) -> None:
        """Take a decision."""
        decision = msgspec.convert({"action": action}, self.game.decision_type)
        price = self.game.price(self.state, 0, decision)
        self.state = self.game.decide(self.state, 0, decision)
        self.requests += 1
        item = self.item(ItemKind.ACT, decision, price)
        await self.taken(item, "act")

    async def platform(self) -> None:
        """Let the platform decide."""
        seat, decision = self.game.platform_decision(self.state)
        self.state = self.game.decide(self.state, seat, decision)
        await self.taken(self.item(ItemKind.PLATFORM, decision, 0), "")

    async def void(self) -> None:
        """Return every stake of the open round."""
        item = self.item(ItemKind.VOID, None, 0)
        ((verdict, _),) = await self.books.settle(item)
        assert verdict == Verdict.ACCEPTED
        self._ended()

    async def play_out(self, *actions: str) -> None:
        """Deal, take what decisions are allowed, then stand to the end."""
        await self.deal({"stake": 200})
        for action in actions:
            with suppress(Refused):
                if self.undecided():
                    await self.act(action)
        while self.undecided():
            await self.act_safely()

    async def act_safely(self) -> None:
        """Decide as the platform would."""
        _, decision = self.game.platform_decision(self.state)
        await self.act(decision.action.value)

    async def deal_open(self) -> None:
        """Deal until a round stays open."""
        while not self.undecided():
            await self.deal({"stake": 200})

    def bet(self, bets: dict[str, Any], kind: ItemKind) -> Item:
        """Return the item of a round's first request."""
        decoded = msgspec.convert(bets, self.game.bets_type)
        self.state = self.game.open((decoded,), Draws(self.seeds.seed(self.n), (self.client_seed,)))
        self.step = 0
        self.requests += 1
        return self.item(kind, decoded, self.game.stake(decoded, LIMITS))

    @property
    def client_seed(self) -> bytes:
        """The client seed of the present round."""
        return b"client %d" % self.n

    def item(self, kind: ItemKind, data: object, stake: int) -> Item:
        """Return what is settled next."""
        by_player = kind <= ItemKind.ACT
        void = kind is ItemKind.VOID
        finish = void or self.state.finished
        encoded = b"" if void else msgspec.msgpack.encode(data)
        return Item(
            _unheard,
            None,
            kind=kind,
            session=self.session if by_player else 0,
            request=self.requests if by_player else 0,
            digest=self.digest(kind, encoded) if by_player else b"",
            account=self.account,
            session_epoch=self.epoch if by_player else 0,
            chain=self.chain,
            n=self.n,
            step=self.step,
            game_version=self.books.versions[self.game.name],
            client_seeds=frame_client_seeds([self.client_seed]) if kind <= ItemKind.DEAL else b"",
            data=encoded,
            stake=stake,
            payout=(self.state.payouts[0] or 0) if finish and not void else 0,
            finish=finish,
            transfer=self.books.ids.next(),
            deadline_ms=3_600_000,
            void_cause="a fault" if void else None,
        )

    def digest(self, kind: ItemKind, data: bytes) -> bytes:
        """Return the digest of a request, as a table makes it."""
        table = str(self.seating)
        if kind is ItemKind.ACT:
            return act_digest(table, self.round_id, self.step, data)
        name = "spin" if kind is ItemKind.INSTANT else "deal"
        return bet_digest(name, table, self.round_id, self.client_seed, data)

    async def taken(self, item: Item, kind: str) -> None:
        """Settle an item and write down what the player was told."""
        ((verdict, balance),) = await self.books.settle(item)
        if verdict == Verdict.STALE_GATE:
            await self.books.app.execute("SELECT gate_refresh($1)", self.account)
            ((verdict, balance),) = await self.books.settle(item)
        assert verdict == Verdict.ACCEPTED
        self.told(item, kind, balance)

    def told(self, item: Item, kind: str, balance: int) -> None:
        """Go on after an accepted item."""
        state, name = self.state, self.round_id
        if kind:
            self.books.line(
                "sent", self, kind, request=self.requests, round=name, stake=item.row[12]
            )
            self.books.line(
                "reply",
                self,
                "played",
                request=self.requests,
                round=name,
                stake=state.stakes[0],
                payout=state.payouts[0] if state.finished else None,
                balance=balance,
            )
        if state.finished:
            self._ended()
        elif item.kind in (ItemKind.ACT, ItemKind.PLATFORM):
            self.step += 1

    def _ended(self) -> None:
        self.rounds.append(self.round_id)
        self.state = None
        self.n += 1


class Played(Books):
    """Books with some of everything in them.

    A slot and a roulette table, a blackjack table with rounds that doubled, stood, were ended by
    the platform or void, and one with an open round.
    """

    slot: Table
    roulette: Table
    blackjack: Table
    open: Table
    voided: str
    """The void round."""
    decided: str
    """A round that ended after decisions of the player."""

    async def play(self) -> None:
        """Play."""
        await self.start()
        self.slot = await self.sit("slot")
        for stake in (20, 40, 100, 20, 40, 100, 20, 40):
            await self.slot.spin({"stake": stake})
        self.roulette = await self.sit("roulette")
        for bets in (("red", "straight-17"), ("black",), ("low", "dozen-1", "odd")) * 2:
            await self.roulette.spin({"bets": [{"bet": bet, "stake": 10} for bet in bets]})
        table = self.blackjack = await self.sit("blackjack")
        await table.play_out("double")
        await table.play_out("hit")
        await table.deal_open()
        while table.undecided():
            await table.platform()
        await table.deal_open()
        self.voided = table.round_id
        await table.void()
        await table.deal_open()
        self.decided = table.round_id
        while table.undecided():
            await table.act_safely()
        self.open = await self.sit("blackjack")
        while not self.open.undecided() or self.open.step == 0:
            await self.open.deal_open()
            try:
                await self.open.act("hit")
            except Refused:
                await self.open.act("decline")
        await self.owner.execute("SELECT house_fold()")


def where(round_id: str) -> str:
    """Return the SQL condition of a round."""
    chain, _, n = round_id.partition("-")
    return f"chain = {chain} AND n = {n}"
