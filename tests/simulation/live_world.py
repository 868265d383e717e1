"""A world in which one live table lives: virtual time, people who do anything, a model ledger."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

from games.game import AnyGame, StakeForm, StakeLimits
from games.live import Style, live_rules
from protocol.codec import MSGPACK
from protocol.errors import Refused
from protocol.messages.common import Balance
from protocol.messages.live import RoundResult, RoundVoided, Turn
from protocol.messages.rounds import Act, Bet
from server.fairness.chains import SeedChain
from server.ledger.live_items import LiveItem
from server.tables.live.loading import load_board, load_round, load_seats, resume_round
from server.tables.live.seats import Push
from server.tables.live.settings import TableSettings, TableState
from server.tables.live.table import LiveTable
from server.tables.table import Chain, Overtaken
from tests.simulation.folding import Followers
from tests.simulation.live_ledger import PLAYERS_OWN
from tests.simulation.live_record import LiveRecord, at_once

FUNDS = 100_000
POOR = 250
LOST = 0.1
"""How often the answer to a player's request is lost behind its commit."""
LOST_OWNER = 0.02
"""How often the table changes hands, before something is done or behind a commit."""
PARKED = 0.05
"""How often its round is parked then, until an operator has it tried again or voids it."""
NEAR = 0.7
"""How often a player's session is on the node that takes the table."""
SEATS = 5

UNDECIDED = {"busy", "table_moved"}
"""Answers behind which the same request is sent again."""


class Timer:
    """A call that may be forgotten."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        """Forget it."""
        self.call = None


class Player:
    """One person's session."""

    def __init__(self, world: World, account: int) -> None:
        self.world = world
        self.id = account
        self.account = account
        self.epoch = 1
        self.connected = True
        self.requests = count(1)
        self.answered: dict[int, str] = {}
        self.sent: list[tuple[int, Bet | Act]] = []

    def _answer(self, request: int, answer: str) -> None:
        before = self.answered.get(request)
        if before is not None and not UNDECIDED & {before, answer}:
            assert before == answer or "recalled" in (before, answer), (before, answer)
        self.answered[request] = answer

    def settled(self, request: int, digest: bytes, reply: Any) -> None:
        """Take an answer; the balance in it is the ledger's."""
        del digest
        assert reply.balance.amount == self.world.told_balance, "the balance of its commit"
        self._answer(request, "accepted")

    def refused(self, request: int, digest: bytes, refusal: Refused) -> None:
        """Take a refusal."""
        del digest
        self._answer(request, refusal.code.value)

    def recall(self, request: int, digest: bytes) -> None:
        """It is on record."""
        del digest
        self._answer(request, "recalled")

    def doubt(self, request: int) -> None:
        """Nothing is in doubt here."""
        raise AssertionError(request)

    def note_balance(self, balance: Balance) -> None:
        """Nothing to keep."""

    def reply(self, request: int, body: Any) -> None:
        """Nothing is asked that way."""


class World:
    """The house of one table. Everything that happens follows from the seed."""

    client_seed = True

    def __init__(self, game: AnyGame, seed: int, *, takeovers: bool = False) -> None:
        self.random = random.Random(seed)
        self.takeovers = takeovers
        self.taken_over: dict[str, int] = {}
        """How often the table changed hands, by its phase."""
        self.now = 0.0
        self.heap: list[tuple[float, int, Timer]] = []
        self.order = count()
        self.ids = count(1 << 40, 4)
        self.ledger = LiveRecord()
        self.queue: list[LiveItem] = []
        self.settling = False
        self.reading = 0
        """Requests whose verdict was lost and is being read from the record."""
        self.recorded_answers: dict[tuple[int, int], tuple[int, int, int, int]] = {}
        self.told_balance = 0
        self.pushes: list[Push] = []
        rules = live_rules(game)
        assert rules is not None
        stakes = game.describe().stakes
        settings = TableSettings(
            1, "Table", game.name, "EUR", StakeLimits(stakes[0], stakes[-1] * 10), SEATS,
            8_000, 5_000, 2_000, 20_000, TableState.OPEN,
            draw_ms=self.random.choice((0, 1_500)))  # fmt: skip
        self.table = LiveTable(self, settings, rules, game_version=1, fence=1, epoch=1)
        self.players = [Player(self, account) for account in range(1, 8)]
        for player in self.players:
            self.ledger.balances[player.account] = FUNDS
        # He can bet, and not raise.
        self.ledger.balances[self.players[0].account] = POOR
        self.followers = Followers(seed, [player.account for player in self.players])
        self.funds = sum(self.ledger.balances.values())
        self.form = game.describe().stake_form
        self.bets = [choice.bet for choice in game.describe().choices]
        if rules.style is Style.ROLLS:
            self.bets += ["come", "dont-come", "odds-pass", "odds-come-6", "odds-dont-come-8"]
        self.renew_chain(self.table)

    # -- the house ----------------------------------------------------------------------------

    def next_id(self) -> int:
        """Return a new id."""
        return next(self.ids)

    def check_open(self) -> None:
        """Rounds may always open."""

    def superseded(self, game: AnyGame) -> bool:
        """There is one version."""
        del game
        return False

    def handed_over(self, table: LiveTable) -> bool:
        """There is nobody else to take it; but whoever took it would find nothing in play."""
        if table.between_rounds:
            current = [item for item in self.queue if item.row[2] == table.fence]
            assert not current, "what is being settled would be lost"
            assert not any(round_.holds for round_ in self.ledger.rounds.values())
        return False

    def monotonic(self) -> float:
        """Return virtual seconds."""
        return self.now

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call back later, in virtual time."""
        timer = Timer(call)
        heapq.heappush(self.heap, (self.now + seconds, next(self.order), timer))
        return timer

    def renew_chain(self, table: LiveTable) -> None:
        """Make a chain after a while."""
        table.renewing = True
        # Hands of rolls go on from a short chain to the next.
        length = 8 if table.rules.style is Style.ROLLS else 64
        seeds = SeedChain(self.random.randbytes(32), length)
        chain = Chain(self.next_id(), seeds)
        self.ledger.chains[chain.id] = seeds
        self.call_later(0.01, lambda: table.chain_ready(chain))

    def recorded(
        self, session: int, request: int, then: Callable[[int, int, int, int], None]
    ) -> None:
        """Read what a request was answered, in a while."""
        self.reading += 1

        def read() -> None:
            self.reading -= 1
            answer = self.recorded_answers[session, request]
            self.told_balance = answer[1]
            then(*answer)

        self.call_later(self.random.uniform(0.001, 0.08), read)

    def submit(self, item: Any) -> bool:
        """Settle it in a while, in order."""
        self.queue.append(item)
        if not self.settling:
            self.settling = True
            self.call_later(self.random.uniform(0.001, 0.08), self._settle)
        return True

    def _settle(self) -> None:
        """Settle a batch, one item an account, and tell the verdicts."""
        batch: list[LiveItem] = []
        for item in list(self.queue):
            if item.account not in {each.account for each in batch}:
                batch.append(item)
        self.queue = [item for item in self.queue if item not in batch]
        verdicts = []
        for item in batch:
            verdict = self.ledger.settle(item)
            balance = self.ledger.balances.get(item.account, 0)
            held = self.ledger.held(item.account)
            if item.kind in PLAYERS_OWN and self.random.random() < LOST:
                # It has committed, nobody heard of it, and it is sent again.
                own = item.context.player.id, item.context.request
                self.recorded_answers.setdefault(own, (verdict, balance, held, 1))
                verdict, item.uncertain = self.ledger.settle(item), True
            verdicts.append((item, verdict, balance, held))
        self.settling = bool(self.queue)
        if self.queue:
            self.call_later(self.random.uniform(0.001, 0.08), self._settle)
        if self.takeovers and self.random.random() < LOST_OWNER:
            self.take_over()  # what has committed is not on the table of whoever takes it
        for item, verdict, balance, held in verdicts:
            self.told_balance = balance
            item.decided(item, verdict, balance, held, 1)

    def tell(self, table: LiveTable, push: Push) -> None:
        """Check an event before it is told: dense numbers, nothing hidden."""
        assert push.seq == len(self.pushes) + 1, "numbers are dense"
        self.pushes.append(push)
        for event in (push.common, *push.own.values()):
            numbers = event.seq, event.epoch  # type: ignore[attr-defined]
            assert numbers == (push.seq, table.epoch)
            if isinstance(event, Turn):
                view: Any = event.view
                assert None in view.dealer.cards, "the hole card is hidden"
            if not isinstance(event, RoundResult | RoundVoided):
                assert b"seed" not in MSGPACK.encode(event).replace(b"client_seed", b"")
        if isinstance(push.common, RoundResult):
            self._check_result(push)
        self.followers.hear(push, self.now)

    def _check_result(self, push: Push) -> None:
        """Check that what is told of a round is what the ledger did, and that it is over."""
        chain, _, n = push.common.round.partition("-")  # type: ignore[attr-defined]
        record = self.ledger.rounds[int(chain), int(n)]
        assert record.over
        assert not record.void
        paid = {account: (stake, payout) for account, stake, payout in record.paid.values()}
        told = {a: (e.stake, e.payout) for a, e in push.own.items()}  # type: ignore[attr-defined]
        assert {a: both for a, both in told.items() if both != (None, None)} == paid

    def changed(self, table: LiveTable) -> None:
        """Nobody looks."""

    def failed(self, table: LiveTable, reason: str) -> None:
        """Memory and record never disagree."""
        raise AssertionError(reason)

    def refused(self, table: LiveTable, reason: str) -> None:
        """Nothing that the table does by itself is refused."""
        raise AssertionError(reason)

    def lost(self, table: LiveTable) -> None:
        """Whoever takes it has given it up before."""
        raise AssertionError("the table was lost")

    def take_over(self) -> None:
        """Drop the table where it is, and load it from the record as its next owner does."""
        old, record = self.table, self.ledger
        self.taken_over[old.phase.value] = self.taken_over.get(old.phase.value, 0) + 1
        old.die()
        record.fence += 1
        if old.parked is None and self.random.random() < PARKED:
            record.park("SETTLE was BROKEN")
        record.seats = [
            {"seat": n, "account": s.account, "client_seed": s.client_seed, "chain": s.seed_chain}
            for n, s in old.seats.items()
        ]
        settings = old.settings._replace(state=old.state)
        fence = record.fence
        self.table = table = LiveTable(
            self, settings, old.rules, game_version=1, fence=fence, epoch=fence
        )
        self.pushes = []
        record.place_chain(table)
        at_once(load_seats(record, table))
        round_ = at_once(load_round(record, table))
        at_once(load_board(record, table, record.seeds_of))
        for seat in table.seats.values():
            player = self.players[seat.account - 1]
            if self.random.random() < NEAR:
                seat.player = player  # at the node that takes it, so that all are told at once
            else:
                self.call_later(self.random.uniform(0.1, 2), partial(self._present, player))
        self.followers.shown(table, self.now)
        if round_ is not None:
            at_once(resume_round(record, table, round_))
        else:
            table.start()

    def _try_again(self) -> None:
        self.ledger.park(None)
        self.take_over()

    def _present(self, player: Player) -> None:
        """The node of a player tells the owner that he is there, or is not."""
        seat = self.table.seat_of(player.account)
        if seat is not None:
            self.table.attach(seat, player)
            self.table.start()

    # -- what people do -----------------------------------------------------------------------

    def run(self, actions: int) -> None:
        """Let so many things happen, then let the table come to rest; check after every step."""
        for _ in range(actions):
            self._until(self.now + self.random.expovariate(1 / 0.4))
            self._anything()
            self.check()
        if self.table.parked is not None:
            self._try_again()
        self.takeovers = False
        self.table.set_state(TableState.CLOSED)
        self._until(self.now + (20_000 if self.table.rules.style is Style.ROLLS else 1_000))
        self.check()
        assert self.table.round is None
        assert not any(round_.holds for round_ in self.ledger.rounds.values())
        assert sum(self.ledger.balances.values()) == self.funds + self.ledger.moved

    def _until(self, time: float) -> None:
        """Let time pass, one timer after the other."""
        while self.heap and self.heap[0][0] <= time:
            self.now, _, timer = heapq.heappop(self.heap)
            if timer.call is not None:
                timer.call()
                self.check()
        self.now = time

    def check(self) -> None:
        """Compare the table's money with the ledger's."""
        table = self.table
        for account, balance in self.ledger.balances.items():
            assert balance >= 0, account
        if table.round is not None and not (self.queue or self.settling or self.reading):
            record = self.ledger.rounds.get((table.round.chain, table.round.n))
            on_hold = sum(a for _, a in record.holds.values()) if record else 0
            assert table.held == on_hold, "holds are the open bets"
            if table.rules.style is Style.ROLLS and record and not record.drawn:
                for seat, placed in table.round.placed.items():
                    assert not placed.stake or placed.account == record.holds[seat][0]
        if table.round is None:
            assert not any(r.holds for r in self.ledger.rounds.values())
        self.followers.check(table, self.now)

    def _anything(self) -> None:
        player = self.random.choice(self.players)
        doings = (self._sit, self._bet, self._bet, self._bet, self._act, self._act, self._again,
            self._connection, self._leave, self._operate)  # fmt: skip
        weights = (4, 8, 8, 8, 8, 8, 4, 3, 1, 1)
        if self.takeovers and self.random.random() < LOST_OWNER:
            self.take_over()
            return
        (doing,) = self.random.choices(doings, weights)
        try:
            doing(player)
        except Overtaken as overtaken:
            # As the gateway does: on record, then told.
            session = (player.id, player.sent[-1][0])
            self.ledger.requests.setdefault(session, overtaken.digest)
            player.refused(session[1], overtaken.digest, overtaken)
        except Refused as refused:
            if player.sent:
                player.answered.setdefault(player.sent[-1][0], "busy")
            del refused

    def _sit(self, player: Player) -> None:
        table = self.table
        number = table.free_seat(player.account, None)
        chain = table.chain.id if table.chain is not None else None
        table.sit(number, player.account, self.random.randbytes(4), chain, player)
        table.attach(table.seats[number], player)
        self.followers.seated(player.account, number)
        table.start()

    def _leave(self, player: Player) -> None:
        seat = self.table.seat_of(player.account)
        if seat is not None and not self.table.has_bets(seat):
            self.table.stand_up(seat)

    def _connection(self, player: Player) -> None:
        player.connected = not player.connected
        self._present(player)

    def _operate(self, _: Player) -> None:
        doing = self.random.randrange(3)
        parked = self.table.parked is not None
        if doing == 0:
            if self.table.voidable:
                self.ledger.order_void("the operator says so")
            if parked:
                self.take_over()
            else:
                self.table.void("the operator says so")
        elif doing == 2 and parked:
            self._try_again()
        else:
            self.table.set_state(TableState.PAUSED if doing == 1 else TableState.OPEN)

    def _some_round(self) -> str:
        round_ = self.table.round
        if round_ is not None and self.random.random() < 0.9:
            return round_.wire_id
        chain = self.table.chain
        return f"{chain.id if chain else 1}-{self.random.randrange(1, 64)}"

    def _bet(self, player: Player) -> None:
        stake = self.random.choice((0, 10, 100, 100, 200, 1_000))
        if self.form is StakeForm.ONE:
            body: Any = {"stake": stake}
        else:
            names = self.random.sample(self.bets, min(2, len(self.bets)))
            if self.table.rules.style is Style.ROLLS:
                stake *= 6  # so that every bet may take it
            body = {"bets": [{"bet": name, "stake": stake} for name in names]}
        bets = MSGPACK.encode(body)
        message = Bet(self.table.wire_id, self._some_round(), bets)  # type: ignore[arg-type]
        self._send(player, next(player.requests), message)

    def _act(self, player: Player) -> None:
        round_ = self.table.round
        step = round_.step if round_ is not None else 0
        style = self.table.rules.style
        action = "cash-out" if style is Style.RISING else self._choice(player)
        if self.random.random() < 0.1:
            step += self.random.choice((-1, 1))
        decision = MSGPACK.encode({"action": action})
        message = Act(self.table.wire_id, self._some_round(), max(step, 0), decision)  # type: ignore[arg-type]
        self._send(player, next(player.requests), message)

    def _choice(self, player: Player) -> str:
        round_ = self.table.round
        seat = self.table.seat_of(player.account)
        if round_ is not None and round_.state is not None and seat is not None:
            view: Any = round_.view(seat.number)
            if getattr(view, "options", ()):
                return str(self.random.choice(view.options).action)
        return self.random.choice(("stand", "hit", "double", "nonsense"))

    def _again(self, player: Player) -> None:
        """Send an older request again, as after a lost answer."""
        if player.sent:
            request, message = self.random.choice(player.sent)
            if player.answered.get(request) in UNDECIDED:
                self._send(player, request, message)

    def _send(self, player: Player, request: int, message: Bet | Act) -> None:
        player.sent.append((request, message))
        if isinstance(message, Bet):
            self.table.bet(player, request, message, MSGPACK)
        else:
            self.table.act(player, request, message, MSGPACK)
