"""People who play at live tables whatever happens, and keep what they were told.

Each is connected to one node or another, resumes on any, sends what was not answered again under
the same id, now and then twice, and notes every answer. What contradicts itself goes to `Crowd`.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import aiohttp
import msgpack  # type: ignore[import-untyped]
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from client.load.record import Recorder, minor_units
from protocol.errors import Certainty, ErrorCode
from tests.chaos.live.casino import Casino
from tests.chaos.live.views import View

__all__ = ["Crowd", "Kept", "Person"]

CLIENT: Final = {"name": "crowd", "version": "1"}
MSGPACK: Final = "croupier.v1.msgpack"
SILENCE_S: Final = 2.0
"""After so long without a word a person asks whether anybody is there."""
_ERRORS: Final = (OSError, TimeoutError, WebSocketException, aiohttp.ClientError)
_CHIPS: Final = ("red", "black", "odd", "even", "low", "high")
_TARGETS: Final = ("cash-out-1.05", "cash-out-1.50", "cash-out-3.00", "cash-out-10000.00")


class Kept(NamedTuple):
    """A bet or decision that was acknowledged."""

    player: int
    session: int
    request: int
    kind: str
    round: str
    added: int
    """What the request asked to stake; of a decision nothing is known."""
    stake: int
    payout: int | None


class Asked:
    """A request that is not decided yet, as far as its player knows."""

    __slots__ = ("added", "body", "kind", "request")

    def __init__(self, request: int, kind: str, body: dict[str, Any], added: int) -> None:
        self.request = request
        self.kind = kind
        self.body = body
        self.added = added


class Person:
    """One player."""

    def __init__(self, crowd: Crowd, number: int, seed: int) -> None:
        self.crowd = crowd
        self.number = number
        self.chance = random.Random(seed)
        self.player = 0
        self.session = 0
        self.asked: dict[int, Asked] = {}
        self.kept: dict[int, Kept] = {}
        """By request id."""
        self.refused: dict[int, str] = {}
        self.results: dict[str, tuple[int, int]] = {}
        """Stake and payout by round, as told."""
        self.nothing: set[str] = set()
        """Rounds of whose result he was told that nothing of his was settled."""
        self.voided: set[str] = set()
        self.views: dict[str, View] = {}
        self._seeded: dict[str, str] = {}
        """The chain that a client seed was given for, by table."""
        self.at = ""
        self._socket: ClientConnection | None = None
        self._ticket = ""
        self._nonce = os.urandom(8).hex()
        self._token = ""
        self._next = 0
        self._waiting: dict[int, Callable[[str, dict[str, Any]], None]] = {}
        """What is to be done with answers that are not about money."""
        self._later: set[asyncio.TimerHandle] = set()
        self._sending: set[asyncio.Task[None]] = set()

    # -- coming and going -------------------------------------------------------------------------

    async def live(self) -> None:
        """Play until the crowd goes home."""
        while True:
            try:
                await self._visit()
            except _ERRORS:
                pass
            finally:
                self._socket = None
                for handle in self._later:
                    handle.cancel()
                self._later.clear()
            await asyncio.sleep(self.chance.uniform(0.02, 0.2))

    async def _visit(self) -> None:
        """Be connected to some node for a while."""
        node = self.chance.choice(self.crowd.casino.nodes)
        if not self._ticket:
            await self._sign_up(node.http)
        loop = asyncio.get_running_loop()
        async with connect(
            node.gateway,
            subprotocols=[Subprotocol(MSGPACK)],
            compression=None,
            ping_interval=None,
            proxy=None,
            open_timeout=2,
            close_timeout=0.2,
        ) as socket:
            await self._enter(socket)
            self._socket = socket
            ends_s = loop.time() + self.chance.uniform(4, 20)
            self._play()
            asked = False
            while loop.time() < ends_s:
                try:
                    async with asyncio.timeout(SILENCE_S):
                        frame = await socket.recv()
                except TimeoutError:
                    if asked:
                        raise
                    asked = True
                    await self._ask("ping", {}, lambda kind, body: None)
                    continue
                asked = False
                self._hear(msgpack.unpackb(frame))

    async def _sign_up(self, http: str) -> None:
        timeout = aiohttp.ClientTimeout(total=3)
        async with (
            aiohttp.ClientSession(timeout=timeout) as web,
            web.post(f"{http}/api/v1/demo", json={"amount": "100000.00", "currency": "EUR"}) as got,
        ):
            told = await got.json()
            if got.status in (200, 201):
                self.player, self._ticket = int(told["player"]), told["ticket"]
                self._note("reply", None, "demo", balance=told["balance"])

    async def _enter(self, socket: ClientConnection) -> None:
        self._next += 1
        request = self._next
        if self._token:
            positions = [
                {"table": table, "epoch": view.epoch, "seq": view.seq}
                for table, view in self.views.items()
                if self.chance.random() < 0.8
            ]
            body: dict[str, Any] = {"token": self._token, "client": CLIENT, "positions": positions}
            kind = "resume"
        else:
            body = {"ticket": self._ticket, "nonce": self._nonce, "client": CLIENT}
            kind = "hello"
        await socket.send(msgpack.packb({"id": request, "type": kind, "body": body}))
        async with asyncio.timeout(6):
            while True:
                frame = msgpack.unpackb(await socket.recv())
                if frame.get("id") == request:
                    break
        told = frame["body"]
        if frame["type"] != "welcome":
            if ErrorCode(told["code"]).certainty is Certainty.FINAL:
                self.crowd.breach(f"player {self.player}: {kind} was refused: {told['code']}")
            raise OSError(told["code"])
        session = int(told["session"])
        if self.session not in (0, session):
            self.crowd.breach(f"player {self.player}: resumed session {session}")
        self.session, self._token = session, told["token"]
        self._next = max(self._next, told["highest_request"])
        for state in told["tables"]:
            self._came_back(state)

    def _came_back(self, state: dict[str, Any]) -> None:
        view = self.views.get(state["table"])
        if state["recovered"]:
            if view is None:
                self.crowd.breach(f"player {self.player}: events of a table never seen")
                return
            for event in state["events"]:
                self._event(event["type"], event)
        elif state["live"] is not None:
            self._snapshot(state["live"])

    # -- sending ----------------------------------------------------------------------------------

    async def _send(self, kind: str, body: dict[str, Any], request: int, times: int = 1) -> None:
        socket = self._socket
        if socket is None:
            return
        asked = self.asked.get(request)
        try:
            for _ in range(times):
                if asked is not None:
                    added = asked.added if kind == "bet" else None
                    self._note("sent", request, kind, body["round"], added)
                await socket.send(msgpack.packb({"id": request, "type": kind, "body": body}))
        except _ERRORS:
            pass  # what reads notices as well

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _ask(
        self, kind: str, body: dict[str, Any], then: Callable[[str, dict[str, Any]], None]
    ) -> None:
        self._next += 1
        self._waiting[self._next] = then
        await self._send(kind, body, self._next)

    def _money(self, kind: str, body: dict[str, Any], added: int = 0) -> None:
        """Bet or decide: it is asked until it is decided."""
        if self._socket is None or self.crowd.closing:
            return
        self._next += 1
        asked = self.asked[self._next] = Asked(self._next, kind, body, added)
        times = 2 if self.chance.random() < 0.15 else 1
        self._start(self._send(kind, body, asked.request, times))

    def _again(self, request: int) -> None:
        asked = self.asked.get(request)
        if asked is not None:
            self._start(self._send(asked.kind, asked.body, request))

    def _soon(self, low_s: float, high_s: float, call: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        handle = loop.call_later(self.chance.uniform(low_s, high_s), call)
        self._later.add(handle)

    def _play(self) -> None:
        """Begin where it was left: what was not answered is sent again, oldest first."""
        self._waiting.clear()
        for request in sorted(self.asked):
            self._again(request)
        for table in self.crowd.tables_of(self):
            view = self.views.get(table)
            if view is None or view.seat is None:
                self._join(table)

    def _join(self, table: str) -> None:
        def joined(kind: str, body: dict[str, Any]) -> None:
            if kind == "joined":
                self._snapshot(body["live"])
            else:
                self._soon(0.3, 0.8, lambda: self._join(table))

        self._start(self._ask("join", {"table": table}, joined))

    def _seed(self, view: View) -> None:
        """Give a client seed for the chain in play; it counts once its commitment was told."""
        if view.seat is None or view.chain is None or self._seeded.get(view.table) == view.chain:
            return
        self._seeded[view.table] = view.chain
        body = {"table": view.table, "chain": view.chain, "client_seed": os.urandom(8)}
        self._start(self._ask("join", body, self._seeded_at))

    def _seeded_at(self, kind: str, body: dict[str, Any]) -> None:
        if kind == "joined":
            self._snapshot(body["live"])

    # -- hearing ----------------------------------------------------------------------------------

    def _hear(self, frame: dict[str, Any]) -> None:
        request, kind, body = frame.get("id"), frame["type"], frame["body"]
        if request is None:
            if kind == "live_snapshot":
                self._snapshot(body["live"])
            elif "seq" in body:
                self._event(kind, body)
            return
        then = self._waiting.pop(request, None)
        if then is not None:
            then(kind, body)
        elif request in self.asked or request in self.kept or request in self.refused:
            self._answer(request, kind, body)

    def _note(
        self,
        direction: str,
        request: int | None,
        kind: str,
        round_id: str | None = None,
        stake: int | None = None,
        payout: int | None = None,
        balance: Any = None,
        code: str | None = None,
    ) -> None:
        """Write a line of the record that the audit is given."""
        session = str(self.session) if self.session else None
        amount = None if balance is None else minor_units(balance)
        self.crowd.record.write(
            *(direction, str(self.player), session, request, kind),
            *(round_id, stake, payout, amount, code),
        )

    def _answer(self, request: int, kind: str, body: dict[str, Any]) -> None:
        """Take an answer about money. Given twice, it must be the same."""
        name = f"player {self.player}, session {self.session}, request {request}"
        if kind == "error":
            self._note("reply", request, kind, code=body["code"])
            code = ErrorCode(body["code"])
            if code.certainty is not Certainty.FINAL:
                self._soon(0.1, 0.3, lambda: self._again(request))
            elif request in self.kept:
                self.crowd.breach(f"{name} was acknowledged, then refused: {code.value}")
            elif self.refused.setdefault(request, code.value) != code.value:
                self.crowd.breach(
                    f"{name} was refused twice: {self.refused[request]}, {code.value}"
                )
            if code.certainty is Certainty.FINAL:
                self.asked.pop(request, None)
            return
        if kind not in ("accepted", "acted"):
            self.crowd.breach(f"{name} was answered with {kind}")
            return
        amounts = body["stake"], body.get("payout"), body["balance"]["amount"]
        self._note("reply", request, kind, body["round"], *amounts)
        asked = self.asked.pop(request, None)
        known = self.kept.get(request)
        added = asked.added if asked else known.added if known else 0
        kept = Kept(
            self.player,
            self.session,
            request,
            kind,
            body["round"],
            added,
            body["stake"],
            body.get("payout"),
        )
        if request in self.refused:
            self.crowd.breach(f"{name} was refused, then acknowledged")
        if known is not None and known != kept:
            self.crowd.breach(f"{name} was answered twice: {known}, {kept}")
        self.kept.setdefault(request, kept)

    def _snapshot(self, live: dict[str, Any]) -> None:
        table = live["table"]
        view = self.views.get(table)
        if view is not None and (live["epoch"], live["seq"]) < (view.epoch, view.seq):
            self.crowd.breach(
                f"player {self.player} at {table} was shown {live['epoch']}/{live['seq']}"
                f" after {view.epoch}/{view.seq}"
            )
            return
        following = View.of(live, view.rolls if view is not None else None)
        view = self.views[table] = following
        if view.contradiction:
            self.crowd.breach(f"player {self.player} at {table}: {view.contradiction}")
        self.crowd.heard(table, view.epoch, view.seq, "snapshot", None)
        self._react(view, "snapshot", live)

    def _event(self, kind: str, body: dict[str, Any]) -> None:
        view = self.views.get(body["table"])
        if view is None:
            return  # of a table that is being joined: its answer is on the way
        epoch, seq = body["epoch"], body["seq"]
        if (epoch, seq) <= view.stood:
            return  # overtaken by a state that holds it
        if (epoch, seq) != (view.epoch, view.seq + 1):
            self.crowd.breach(
                f"player {self.player} at {body['table']} heard {kind} {epoch}/{seq} after"
                f" {view.epoch}/{view.seq}"
            )
        view.take(kind, body)
        if view.contradiction:
            self.crowd.breach(f"player {self.player} at {body['table']}: {view.contradiction}")
        self.crowd.heard(body["table"], epoch, seq, kind, body)
        if kind == "round_result" and body["stake"] is None:
            self.nothing.add(body["round"])
        elif kind == "round_result":
            told = body["stake"], body["payout"]
            self._note("reply", None, kind, body["round"], *told)
            if self.results.setdefault(body["round"], told) != told:
                self.crowd.breach(f"player {self.player}: two results of {body['round']}")
        elif kind == "round_voided":
            self.voided.add(body["round"])
        self._react(view, kind, body)

    # -- playing ----------------------------------------------------------------------------------

    def _react(self, view: View, kind: str, body: dict[str, Any]) -> None:
        self._seed(view)
        if view.seat is None or self.crowd.closing:
            return
        if view.phase == "betting" and kind in ("round_opened", "snapshot"):
            for _ in range(1 if view.style == "turns" else self.chance.randint(1, 2)):
                if self.chance.random() < 0.8:
                    self._soon(0.0, 0.9, lambda: self._bet(view, body["round"]))
        elif view.phase == "playing" and view.style == "turns" and view.acting == view.seat:
            options = [option["action"] for option in (body.get("view") or {}).get("options", ())]
            if options and self.chance.random() < 0.85:
                step = view.step
                self._soon(0.0, 0.3, lambda: self._decide(view, step, self.chance.choice(options)))
        elif kind == "rising" and self.chance.random() < 0.6:
            self._soon(0.05, 2.0, lambda: self._cash_out(view, body["round"]))

    def _bet(self, view: View, round_id: str) -> None:
        stake = 100 * self.chance.randint(1, 5)
        if view.style == "turns":
            bets: Any = {"stake": stake}
        elif view.rolls is not None:
            chips = view.rolls.wanted(self.chance, view.seat or 0)
            bets, stake = {"bets": chips}, sum(chip["stake"] for chip in chips)
        else:
            names = _CHIPS if view.style == "window" else _TARGETS
            bets = {"bets": [{"bet": self.chance.choice(names), "stake": stake}]}
        self._money("bet", {"table": view.table, "round": round_id, "bets": bets}, stake)

    def _decide(self, view: View, step: int, action: str) -> None:
        self._act(view, str(view.round), step, action)

    def _cash_out(self, view: View, round_id: str) -> None:
        if view.round == round_id and view.phase == "playing":
            self._act(view, round_id, 0, "cash-out")

    def _act(self, view: View, round_id: str, step: int, action: str) -> None:
        body = {"table": view.table, "round": round_id, "step": step}
        self._money("act", {**body, "decision": {"action": action}})


class Crowd:
    """Everybody, what contradicted itself, and what was heard first of each table."""

    def __init__(self, casino: Casino, chance: random.Random, count: int) -> None:
        self.casino = casino
        self.record = Recorder(casino.home / "record.jsonl")
        self.breaches: list[str] = []
        self.closing = False
        """Whether nobody bets any more; what was asked is still answered."""
        self.people = [Person(self, index, chance.getrandbits(64)) for index in range(count)]
        self.first_heard_s: dict[tuple[str, int], float] = {}
        """When anybody first heard of a table under an epoch."""
        self._kinds: dict[tuple[str, int, int], str] = {}
        self._watchers: list[Callable[[str, str, Any], None]] = []
        self._tasks: list[asyncio.Task[None]] = []

    def tables_of(self, person: Person) -> list[str]:
        """Return the tables that a person plays at: of each style one."""
        tables = sorted(self.casino.titles)
        games = sorted({self.casino.games[table] for table in tables})
        chosen = []
        for game in games:
            of_game = [table for table in tables if self.casino.games[table] == game]
            chosen.append(str(of_game[person.number % len(of_game)]))
        return chosen

    def start(self) -> None:
        """Let them play."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(person.live()) for person in self.people]

    async def stop(self) -> None:
        """Send them home."""
        for task in self._tasks:
            task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result
        self.record.close()

    def check(self) -> None:
        """Raise what made somebody stop playing."""
        for task in self._tasks:
            if task.done():
                task.result()

    @asynccontextmanager
    async def quiet(self) -> AsyncIterator[Path]:
        """Let nobody ask for anything, with all that was asked decided; the record until then."""
        self.closing = True
        try:
            await self._answered()
            self.record.flush()
            if self.record.failure is not None:
                raise self.record.failure
            yield self.casino.home / "record.jsonl"
        finally:
            self.closing = False

    async def _answered(self, seconds: float = 30) -> None:
        try:
            async with asyncio.timeout(seconds):
                while any(person.asked for person in self.people):
                    self.check()
                    await asyncio.sleep(0.05)
        except TimeoutError:
            for person in self.people:
                for asked in person.asked.values():
                    self.breach(
                        f"player {person.player}, session {person.session}, request"
                        f" {asked.request} got no answer: {asked.kind} {asked.body}"
                    )

    def breach(self, text: str) -> None:
        """Note what should never be."""
        self.breaches.append(text)

    def heard(self, table: str, epoch: int, seq: int, kind: str, body: Any) -> None:
        """Take note of what somebody heard; the others must hear the same."""
        now_s = asyncio.get_running_loop().time()
        self.first_heard_s.setdefault((table, epoch), now_s)
        if kind != "snapshot":
            known = self._kinds.setdefault((table, epoch, seq), kind)
            if known != kind:
                self.breach(f"table {table}: {epoch}/{seq} is {known} and {kind}")
            for watcher in tuple(self._watchers):
                watcher(table, kind, body)

    async def moment(
        self, wanted: Callable[[str, str, Any], bool], seconds: float = 60
    ) -> tuple[str, Any]:
        """Wait for an event; returns its table and itself."""
        found: asyncio.Future[tuple[str, Any]] = asyncio.get_running_loop().create_future()

        def watch(table: str, kind: str, body: Any) -> None:
            if not found.done() and wanted(table, kind, body):
                found.set_result((table, body))

        self._watchers.append(watch)
        try:
            async with asyncio.timeout(seconds):
                return await found
        finally:
            self._watchers.remove(watch)
