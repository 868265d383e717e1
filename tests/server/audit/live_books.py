"""Books with rounds of live tables in them, settled by the settling call of live tables."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from games.entropy import Draws
from games.live import LiveRules, LiveState, RisingRound, live_rules
from server.fairness.chains import SeedChain
from server.fairness.framing import frame_client_seeds
from server.ledger.items import Verdict
from server.ledger.live_items import SETTLE_LIVE, LiveItem, LiveKind, live_arguments
from server.tables.digests import act_digest, bet_digest
from tests.server.audit.books import CATALOGUE, LIMITS, NODE, Books, Table

TAMPERED = ("round", "round_input", "wager", "transfer", "request", "account", "chain", "hold",
    "open_round", "live_round")  # fmt: skip
"""Tables that tests tamper with."""
encode = msgspec.msgpack.Encoder().encode


def _unheard(*_: object) -> None:
    """Take a verdict that is read from the call itself."""


class Shared:
    """One live table, played by the rules without a clock."""

    def __init__(self, books: Books, rules: LiveRules, identifier: int) -> None:
        self.books = books
        self.rules = rules
        self.id = identifier
        self.chain = books.ids.next()
        self.n = 0
        self.seeds = SeedChain(sha256(b"table %d" % identifier).digest(), 64)
        self.rounds: list[str] = []
        """Every round that has ended."""
        self.seats: dict[int, Table] = {}
        """Who sits where."""
        self.bets: dict[int, Any] = {}
        self.inputs = 0
        self.client_seeds: list[bytes] = []
        self.state: LiveState | None = None
        self.rising: RisingRound | None = None
        self.at_ms: dict[int, int] = {}
        self.staked: dict[int, int] = {}

    @classmethod
    async def make(cls, books: Books, name: str) -> Shared:
        """Put a table, its fence and its chain on record."""
        game = CATALOGUE.current(name)
        assert game is not None
        rules = live_rules(game)
        assert rules is not None
        identifier = await books.app.fetchval(
            "SELECT live_table_put($1, $2, $2, 'EUR', 10, 100000, 7::smallint, 15000, 15000, 5000,"
            " 60000, 'config')",
            books.ids.next(),
            name,
        )
        await books.owner.execute(
            "INSERT INTO fence (shared_table, epoch) VALUES ($1, 1)", identifier
        )
        table = cls(books, rules, identifier)
        secret, key_id = books.vault.seal(table.chain, table.seeds.last_seed)
        row = (table.chain, identifier, None, books.versions[name], table.seeds.commitment, secret,
            key_id, 64, None)  # fmt: skip
        await books.app.execute("SELECT chains_start($1)", [row])
        return table

    @property
    def round_id(self) -> str:
        """The round in play, or the last one."""
        return f"{self.chain}-{self.n}"

    async def sit(self, *seats: int) -> None:
        """Seat new players."""
        for seat in seats:
            self.seats[seat] = await self.books.sit("slot")

    async def settle(self, kind: LiveKind, **fields: Any) -> int:
        """Settle one item, which is accepted; the balance behind it."""
        item = LiveItem(
            _unheard,
            None,
            **{
                "kind": kind,
                "table": self.id,
                "epoch": 1,
                "chain": self.chain,
                "n": self.n,
                "transfer": self.books.ids.next(),
                **fields,
            },
        )
        for _ in range(2):
            row = await self.books.app.fetchrow(
                SETTLE_LIVE,
                *live_arguments(NODE, self.books.epoch, self.books.ids.next(), [item]),
            )
            if row["verdict"] != [Verdict.STALE_GATE]:
                break
            await self.books.app.execute("SELECT gate_refresh($1)", item.account)
        assert row["verdict"] == [Verdict.ACCEPTED], (kind, row)
        balance: int = row["balance"][0]
        return balance

    async def asked(self, kind: LiveKind, seat: int, digest: bytes, **fields: Any) -> None:
        """Settle what a player asked for."""
        player = self.seats[seat]
        player.requests += 1
        stake, payout = fields.get("stake", 0), fields.get("payout")
        line = {"request": player.requests, "round": self.round_id}
        kinds = ("bet", "accepted") if kind is LiveKind.BET else ("act", "acted")
        self.books.line("sent", player, kinds[0], stake=stake, **line)
        balance = await self.settle(
            kind,
            seat=seat,
            account=player.account,
            session=player.session,
            request=player.requests,
            session_epoch=player.epoch,
            digest=digest,
            **fields,
        )
        self.inputs += 1
        self.staked[seat] = self.staked.get(seat, 0) + stake
        told = {"stake": self.staked[seat], "payout": payout, "balance": balance}
        self.books.line("reply", player, kinds[1], **told, **line)

    # -- one round ----------------------------------------------------------------------------

    async def open(self) -> None:
        """Open the next round for whoever sits here."""
        self.n += 1
        self.bets, self.at_ms, self.staked, self.inputs = {}, {}, {}, 0
        self.client_seeds = [b"seat %d" % seat for seat in sorted(self.seats)]
        await self.settle(
            LiveKind.OPEN,
            game_version=self.books.versions[self.rules.game.name],
            data=frame_client_seeds(self.client_seeds),
            seats=sorted(self.seats),
        )

    async def bet(self, seat: int, bets: dict[str, Any]) -> None:
        """Bet, or bet more."""
        more = msgspec.convert(bets, self.rules.game.bets_type)
        before = self.bets.get(seat)
        merged = self.rules.added(before, more)
        stake = self.rules.stake(merged, LIMITS)
        added = stake - (self.rules.stake(before, LIMITS) if before else 0)
        data = encode(more)
        digest = bet_digest("bet", str(self.id), self.round_id, b"", data)
        await self.asked(
            LiveKind.BET, seat, digest, input_data=data, data=encode(merged), stake=added
        )
        self.bets[seat] = merged

    def index(self, seat: int) -> int:
        """Return a seat's place among those that bet."""
        return sorted(self.bets).index(seat)

    async def draw(self) -> None:
        """Close and draw."""
        await self.settle(LiveKind.CLOSE)
        bets = [self.bets[seat] for seat in sorted(self.bets)]
        draws = Draws(self.seeds.seed(self.n), self.client_seeds)
        if self.rules.game.name == "crash":
            self.rising = self.rules.rising(bets, draws)
        else:
            self.state = self.rules.draw(bets, draws)
        await self.settle(LiveKind.DRAW)

    async def decide(self, *, platform: bool = False) -> None:
        """Let the seat whose turn it is decide as the house would."""
        assert self.state is not None
        game = self.rules.game
        place, decision = game.platform_decision(self.state.parts[0])
        seat = sorted(self.bets)[place]
        data = encode(decision)
        if platform:
            await self.settle(LiveKind.PLATFORM, seat=seat, step=self.inputs, input_data=data)
            self.inputs += 1
        else:
            digest = act_digest(str(self.id), self.round_id, self.inputs, data)
            await self.asked(LiveKind.ACT, seat, digest, step=self.inputs, input_data=data)
        self.state = self.rules.decided(self.state, place, decision)

    async def cash_out(self, seat: int, at_ms: int, *, platform: bool = False) -> None:
        """Cash a seat out of a rising round."""
        assert self.rising is not None
        self.at_ms[seat] = at_ms
        data = encode({"action": "cash-out", "at_ms": at_ms})
        if platform:
            await self.settle(LiveKind.PLATFORM, seat=seat, step=self.inputs, input_data=data)
            self.inputs += 1
            return
        asked = encode({"action": "cash-out"})
        await self.asked(
            LiveKind.CASH_OUT,
            seat,
            act_digest(str(self.id), self.round_id, 0, asked),
            input_data=data,
            payout=self.rising.payout(self.index(seat), at_ms),
        )

    async def pay(self, *seats: int) -> None:
        """Pay seats."""
        for seat in seats:
            if self.rising is not None:
                payout = self.rising.payout(self.index(seat), self.at_ms.get(seat))
            else:
                assert self.state is not None
                payout = self.state.payouts[self.index(seat)] or 0
            player = self.seats[seat]
            balance = await self.settle(
                LiveKind.SETTLE, seat=seat, account=player.account, payout=payout
            )
            told = {"stake": self.staked[seat], "payout": payout, "balance": balance}
            self.books.line("reply", player, "round_result", round=self.round_id, **told)

    async def end(self, reason: str | None = None) -> str:
        """End the round."""
        await self.settle(LiveKind.END, reason=reason)
        self.rounds.append(self.round_id)
        return self.round_id

    async def void(self) -> str:
        """Give everything back."""
        await self.settle(LiveKind.CLOSE)
        for seat in sorted(self.bets):
            await self.give_back(seat)
        return await self.end("a fault")

    async def give_back(self, seat: int) -> None:
        """Return one seat's stakes."""
        player = self.seats[seat]
        balance = await self.settle(LiveKind.RETURN, seat=seat, account=player.account)
        told = {"stake": self.staked[seat], "payout": self.staked[seat], "balance": balance}
        self.books.line("reply", player, "round_voided", round=self.round_id, **told)


def chips(**stakes: int) -> dict[str, Any]:
    """Return bets by name; underscores stand for hyphens."""
    return {"bets": [{"bet": n.replace("_", "-"), "stake": s} for n, s in stakes.items()]}


class LivePlayed(Books):
    """Rounds of every style and every end, and one in play at each table."""

    wheel: Shared
    cards: Shared
    rocket: Shared
    spun: str
    """A round of roulette for three, one of whom bet twice."""
    empty: str
    """A round that nobody bet on."""
    voided: str
    dealt: str
    """A round of blackjack in which players and the house decided."""
    flown: str
    """A round in which a seat cashed out by hand and another reached its target."""
    interrupted: str
    """A round whose table was taken over."""

    async def play(self) -> None:
        """Play."""
        await self.start()
        await self._wheel()
        await self._cards()
        await self._rocket()
        await self.owner.execute("SELECT house_fold()")

    async def keep(self) -> None:
        """Keep the record as it is, to be put back after tampering."""
        for table in TAMPERED:
            await self.owner.execute(f"CREATE TEMP TABLE kept_{table}_now AS TABLE {table}")

    async def put_back(self) -> None:
        """Make the record what it was when it was kept."""
        statements = []
        for table in TAMPERED:
            statements.append(f"DELETE FROM {table}")
            statements.append(f"INSERT INTO {table} TABLE kept_{table}_now")
        await self.tamper(*statements)

    async def _wheel(self) -> None:
        table = self.wheel = await Shared.make(self, "roulette")
        await table.sit(1, 2, 5)
        await table.open()
        await table.bet(1, chips(red=100, straight_17=20))
        await table.bet(2, chips(black=100))
        await table.bet(1, chips(red=50, low=30))
        await table.bet(5, chips(dozen_1=40))
        await table.draw()
        await table.pay(1, 2, 5)
        self.spun = await table.end()
        await table.open()
        await table.draw()
        self.empty = await table.end()
        await table.open()
        await table.bet(2, chips(black=70))
        await table.bet(5, chips(red=60))
        await table.bet(2, chips(black=30))
        self.voided = await table.void()
        await table.open()
        await table.bet(5, chips(red=60))
        await table.bet(1, chips(black=70))
        await table.bet(5, chips(low=40))

    async def _cards(self) -> None:
        table = self.cards = await Shared.make(self, "blackjack")
        await table.sit(2, 5)
        while True:
            await table.open()
            await table.bet(5, {"stake": 100})
            await table.bet(2, {"stake": 200})
            await table.draw()
            decisions = 0
            while table.state is not None and not table.state.finished:
                await table.decide(platform=decisions == 1)
                decisions += 1
            await table.pay(2, 5)
            self.dealt = await table.end()
            if decisions > 1:
                break
        while True:
            await table.open()
            await table.bet(2, {"stake": 200})
            await table.bet(5, {"stake": 300})
            await table.draw()
            assert table.state is not None
            if not table.state.finished:
                await table.decide()
                return
            await table.pay(2, 5)
            await table.end()

    async def _rocket(self) -> None:
        table = self.rocket = await Shared.make(self, "crash")
        await table.sit(1, 2, 3)
        await self._launch(table)
        await table.cash_out(1, 300)
        await table.pay(2, 3)
        self.flown = await table.end()
        await self._launch(table)
        await table.pay(2)
        for seat in (1, 3):
            await table.cash_out(seat, 900, platform=True)
        await table.pay(1, 3)
        self.interrupted = await table.end()
        await self._launch(table)
        await table.cash_out(3, 500)

    async def _launch(self, table: Shared) -> None:
        """Open rounds until one rises for long enough."""
        while True:
            await table.open()
            await table.bet(1, chips(**{"cash_out_10000.00": 100}))
            await table.bet(2, chips(**{"cash_out_1.03": 100}))
            await table.bet(3, chips(**{"cash_out_9999.00": 200}))
            await table.draw()
            assert table.rising is not None
            if 2_000 < table.rising.crash_ms < 60_000:
                return
            await table.pay(1, 2, 3)
            await table.end()
