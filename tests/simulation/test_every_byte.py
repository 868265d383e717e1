"""Every byte that every client is sent, searched for what it may not know yet."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, Final, NamedTuple

import pytest
from redis.asyncio import Redis

from games.blackjack import view
from games.blackjack.hands import total_of
from games.game import AnyGame
from server.cluster import fences
from server.fairness.chains import SeedChain
from tests.postgres import TEMPLATE, Database, copy_of
from tests.server.harness import House, Seat
from tests.server.tables.live.people import Person, chips, hurry, table_settings
from tests.server.tables.live.test_remote import casino
from tests.server.wire import JSON, MSGPACK, Wire
from tests.simulation.hidden_cards import Shown
from tests.simulation.recordings import ROUNDS_MIN, Recording, Search

ROUNDS = 7
TIMES = 60
"""How much faster the clocks of the tables go."""
GAMES = ("roulette", "baccarat", "blackjack", "crash")
SPREAD = 2_000_000
"""How far a balance may move, in minor units: stakes are far below."""
BETS: dict[str, Any] = {
    "roulette": chips(red=100, straight_17=10),
    "baccarat": chips(player=100, tie=10),
    "blackjack": {"stake": 100},
    "crash": {"bets": [{"bet": "cash-out-1.50", "stake": 100}]},
}


class Guest:
    """One player, through all his connections."""

    def __init__(self, name: str, wire: Wire, ticket: str, funds: range) -> None:
        self.name = name
        self.wires = [wire]
        self.seat: int | None = None
        """His place among those that bet."""
        self.game = ""
        self.every_result = True
        """Whether each result came as an event of its own, so that outcomes can be compared."""
        self.funds = funds
        self.private: set[str | bytes] = {ticket, wire.welcome["player"]}
        self.proofs: dict[str, dict[str, Any]] = {}

    def recordings(self) -> list[Recording]:
        """Return what he was sent, a recording a connection."""
        for wire in self.wires:
            self.private |= {wire.welcome["session"], wire.welcome["token"]}
        private = tuple(sorted(self.private, key=repr))
        return [
            Recording(f"{self.name} {number}", wire.binary, wire.frames, private, self.funds)
            for number, wire in enumerate(self.wires)
        ]


WELL_BEFORE: Final = ("round_opened", "bets_placed")
"""Events that no result follows at once."""
Plant = Callable[["Evening", Recording, dict[str, Any], dict[str, Any]], None]
"""Changes the body of a message. Also given: who gets it, and the result that comes later."""


class Leak(NamedTuple):
    """Something that a message must not tell, put into it after the fact."""

    kind: str
    game: str
    plant: Plant
    anywhere: bool
    """Whether it needs no later result."""


LEAKS: list[Leak] = []


def _in(kind: str, game: str, *, anywhere: bool = False) -> Callable[[Plant], Plant]:
    """Say in which message, at which game's table, a leak is planted."""

    def mark(plant: Plant) -> Plant:
        LEAKS.append(Leak(kind, game, plant, anywhere))
        return plant

    return mark


@_in("bets_closed", "roulette")
def _seed(played: Evening, to: Recording, body: dict[str, Any], result: dict[str, Any]) -> None:
    seed = played.seeds[result["round"]]
    body["note"] = seed if to.binary else base64.b64encode(seed).decode()


@_in("seat_changed", "roulette")
def _seed_as_hex(
    played: Evening, _: Recording, body: dict[str, Any], result: dict[str, Any]
) -> None:
    body["note"] = f"next is {played.seeds[result['round']].hex()}"


@_in("round_opened", "baccarat")
def _seed_of_a_later_round(
    played: Evening, to: Recording, body: dict[str, Any], result: dict[str, Any]
) -> None:
    chain, _, n = result["round"].partition("-")
    seed = played.seeds[f"{chain}-{int(n) + 500}"]
    data = b"x" + seed
    body["chain"]["length"] = data if to.binary else base64.b64encode(data).decode()


@_in("bets_closed", "roulette")
def _number(_: Evening, __: Recording, body: dict[str, Any], result: dict[str, Any]) -> None:
    body["pocket"] = result["view"]["number"]


@_in("round_opened", "baccarat")
def _words(_: Evening, __: Recording, body: dict[str, Any], result: dict[str, Any]) -> None:
    body["hint"] = f"It will be {result['summary']}."


@_in("bets_placed", "baccarat")
def _card(_: Evening, __: Recording, body: dict[str, Any], result: dict[str, Any]) -> None:
    body["placed"]["order"] = [result["view"]["banker"][0]]


@_in("rising", "crash")
def _crash(_: Evening, __: Recording, body: dict[str, Any], result: dict[str, Any]) -> None:
    body["ends_ms"] = result["view"]["duration"]


@_in("watching", "crash")
def _crash_clock(_: Evening, __: Recording, body: dict[str, Any], result: dict[str, Any]) -> None:
    del result
    if body["live"]["elapsed_ms"] is not None:
        body["live"]["phase_ms"] = 1234


@_in("turn", "blackjack")
def _hole_card(_: Evening, __: Recording, body: dict[str, Any], result: dict[str, Any]) -> None:
    body["view"]["dealer"]["cards"] = result["view"]["dealer"]["cards"][:2]


@_in("turn", "blackjack")
def _hole_total(_: Evening, __: Recording, body: dict[str, Any], result: dict[str, Any]) -> None:
    body["view"]["dealer"]["total"] = total_of(result["view"]["dealer"]["cards"][:2])[0]


@_in("seat_changed", "crash")
def _player(played: Evening, to: Recording, body: dict[str, Any], _: dict[str, Any]) -> None:
    other = next(each for each in played.guests if each.funds != to.funds)
    body["player"] = other.wires[0].welcome["player"]


@_in("pong", "crash", anywhere=True)
def _client_seed(played: Evening, to: Recording, body: dict[str, Any], _: dict[str, Any]) -> None:
    secrets = [s for guest in played.guests for s in guest.private if isinstance(s, bytes)]
    body["seed"] = secrets[0] if to.binary else secrets[0].hex()


@_in("bets_placed", "roulette")
def _balance(played: Evening, to: Recording, body: dict[str, Any], _: dict[str, Any]) -> None:
    other = next(each for each in played.guests if each.funds != to.funds)
    body["placed"]["balance"] = other.funds.start + SPREAD - 110


OF_STATES: Final = (_crash_clock,)
"""Leaks that need no comparison of results, in states that are told while the multiplier rises."""


class Evening:
    """Everything that was played, and the search of what was sent of it."""

    def __init__(
        self,
        guests: list[Guest],
        bus: list[bytes],
        seeds: dict[str, bytes],
        blackjack: AnyGame,
    ) -> None:
        self.guests = guests
        self.bus = bus
        """What the nodes told each other."""
        self.seeds = seeds
        self._blackjack = blackjack
        self._proofs = {r: p for guest in guests for r, p in guest.proofs.items()}
        self._search = Search([each for guest in guests for each in guest.recordings()], seeds)
        self.views = 0
        """How many views of open rounds of blackjack were looked at."""

    def findings(self) -> list[str]:
        """Return all that somebody was told too early, or should never know."""
        found = [finding for guest in self.guests for recording in guest.recordings()
            for finding in self._look(guest, recording)]  # fmt: skip
        return found + self.between_nodes(self.bus)

    def agreements(self) -> set[str]:
        """Return which fields agreed with outcomes, each time before they were told."""
        return {finding for guest in self.guests if guest.every_result
            for recording in guest.recordings()
            for finding in self._search.outcomes(recording)}  # fmt: skip

    def between_nodes(self, bus: list[bytes]) -> list[str]:
        """Return what nodes told each other before it was committed that a round is over."""
        return list(self._search.between_nodes(bus))

    def _look(self, guest: Guest, recording: Recording) -> Iterator[str]:
        yield from self._search.look(recording, every_result=guest.every_result)
        if guest.game == "blackjack":
            shown = Shown(self._blackjack, recording, guest.seat)
            yield from shown.findings(self._proofs)
            self.views += shown.seen

    def found(self, leak: Leak) -> bool:
        """Plant a leak in every recording that has its message; say whether each was found."""
        planted = 0
        for guest in self.guests:
            seen = guest.game == leak.game and (guest.every_result or leak.plant in OF_STATES)
            for recording in guest.recordings() if seen else ():
                leaky = self._planted(recording, leak)
                if leaky is not None:
                    planted += 1
                    if next(self._look(guest, leaky), None) is None:
                        return False
        return planted > 0

    def _planted(self, recording: Recording, leak: Leak) -> Recording | None:
        """Return a recording with a leak in it, None where it has no such message."""
        frames: list[bytes] = []
        result: dict[str, Any] = {}
        for frame in reversed(recording.frames):
            read = recording.read(frame)
            if read["type"] == "round_result":
                result = read["body"]
            if read["type"] == leak.kind and (result or leak.anywhere):
                leak.plant(self, recording, read["body"], result)
            frames.append(recording.write(read))
        frames.reverse()
        return None if frames == recording.frames else recording._replace(frames=frames)


class Party:
    """Brings guests to the tables and lets them play."""

    def __init__(self, houses: list[House]) -> None:
        self.houses = houses
        self.guests: list[Guest] = []
        self._numbers = count()

    async def guest(self, game: str, subprotocol: str) -> tuple[Guest, House]:
        """Let somebody in, by a node of his own; nobody else has as much money."""
        number = next(self._numbers)
        house = self.houses[number % len(self.houses)]
        start = 10_000_000 + 2 * SPREAD * number
        ticket = await house.sign_up(f"{start // 100}.00")
        wire = await house.hello(ticket.ticket, subprotocol=subprotocol)
        funds = range(start - SPREAD, start + SPREAD)
        guest = Guest(f"guest {number} at {game}", wire, ticket.ticket, funds)
        guest.game = game
        self.guests.append(guest)
        return guest, house

    async def live(self, game: str, rounds: int = ROUNDS) -> None:
        """Play so many rounds at a live table: two seats and two watchers, in both encodings."""
        title = f"Table of {game}"
        seated: list[Person] = []
        for number, subprotocol in enumerate((MSGPACK, JSON)):
            guest, _ = await self.guest(game, subprotocol)
            guest.seat = number
            seated.append(await Person.at(guest.wires[0], title))
        watchers: list[Person] = []
        for subprotocol in (JSON, MSGPACK):
            guest, _ = await self.guest(game, subprotocol)
            watchers.append(await Person.at(guest.wires[0], title, watch=True))
        peeping = [asyncio.ensure_future(_peep(each, WELL_BEFORE)) for each in watchers]
        # Where a table stands may be told before a result, which is then told no more.
        guest, _ = await self.guest(game, MSGPACK)
        guest.every_result = False
        peeper = await Person.at(guest.wires[0], title, watch=True)
        peeping.append(asyncio.ensure_future(_peep(peeper)))
        mine = self.guests_of(seated)
        for index in range(rounds):
            begun = len(seated[1].seen("round_opened"))
            opened = await seated[1].opened(begun if index else 0)
            answers = [await each.bet(opened["round"], BETS[game]) for each in seated]
            if any(answer.type != "accepted" for answer in answers):
                continue  # too late for this one
            if game == "blackjack":
                await self._play(seated, opened["round"], interrupted=index == 1)
            elif game == "crash":
                await _cash_out(seated[0], opened["round"])
            for each in (*seated, *watchers):
                await each.newest("round_result", round=opened["round"])
            for guest, each in zip(mine, seated, strict=True):
                answer = await each.wire.ask("round", round=opened["round"])
                guest.proofs[opened["round"]] = answer.body["proof"]
        for task in peeping:
            task.cancel()
        assert all(len(guest.proofs) >= min(rounds, ROUNDS_MIN) for guest in mine)

    async def _play(self, people: list[Person], round_id: str, *, interrupted: bool) -> None:
        """Play every turn until the round has ended; once, somebody's connection is lost."""
        step = -1

        def news() -> dict[str, Any] | None:
            turns = [turn for turn in people[0].seen("turn") if turn["round"] == round_id]
            ended = any(each["round"] == round_id for each in people[0].seen("round_result"))
            return {} if ended else next((turn for turn in turns if turn["step"] > step), None)

        while True:
            await people[0].wire.until(lambda: news() is not None)
            turn = news()
            if not turn:
                return
            step = turn["step"]
            if interrupted and turn["acting"] == 1:
                interrupted = False
                await self._come_back(people[1])
            person = people[turn["acting"] - 1]
            mine = await person.newest("turn", round=round_id, step=step)
            actions = {option["action"] for option in mine["view"]["options"]}
            small = mine["view"]["hands"][0]["total"] < 12 and "hit" in actions
            action = "decline" if "decline" in actions else "hit" if small else "stand"
            answer = await person.act(round_id, step, action)
            assert answer.type == "acted", answer

    async def _come_back(self, person: Person) -> None:
        """Lose a connection and resume behind the first event, so that all are sent again."""
        (guest,) = self.guests_of([person])
        house = self.houses[0]
        token, first = person.wire.welcome["token"], person.numbers()[0]
        position = {"table": person.table, "epoch": person.live["epoch"], "seq": first}
        await person.wire.drop()
        subprotocol = MSGPACK if person.wire.binary else JSON
        wire = await house.resume(token, [position], subprotocol)
        guest.private.add(token)
        guest.wires.append(wire)
        person.wire = wire

    def guests_of(self, people: list[Person]) -> list[Guest]:
        """Return the guests that these people are."""
        return [next(g for g in self.guests if p.wire in g.wires) for p in people]

    async def alone(self, subprotocol: str, rounds: int = ROUNDS) -> None:
        """Play private blackjack."""
        guest, house = await self.guest("blackjack", subprotocol)
        guest.seat = 0
        seat: Seat = await house.sit(guest.wires[0], "blackjack")
        for _ in range(rounds):
            await seat.ready()
            played = (await seat.deal()).body
            played = await seat.finish(played)
            proof = (await seat.wire.ask("round", round=played["round"])).body["proof"]
            guest.proofs[played["round"]] = proof
            guest.private |= {bytes.fromhex(each) for each in proof["client_seeds"]}
            guest.private.add(proof["chain"])


async def _peep(person: Person, when: Collection[str] = ()) -> None:
    """Ask where the table stands whenever anything happens there, and for the lobby's cards."""
    while True:
        before = len(person.wire.events)
        await person.wire.until(lambda before=before: len(person.wire.events) > before)  # type: ignore[misc]
        if when and person.wire.events[-1].type not in when:
            continue
        await person.wire.ask("watch", table=person.table)
        await person.wire.ask("tables")


async def _cash_out(person: Person, round_id: str) -> None:
    """Cash out by hand where the multiplier has not ended before."""
    await person.newest("rising", round=round_id)
    await person.act(round_id, 0, "cash-out")


async def _seeds(house: House) -> dict[str, bytes]:
    """Return the seed of every round that there was or could have been."""
    rows = await house.owner.fetch("SELECT id, secret, key_id, length FROM croupier.chain")
    found: dict[str, bytes] = {}
    for row in rows:
        secret = house.casino._vault.open(row["id"], row["secret"], row["key_id"])
        chain = SeedChain(secret, row["length"])
        found |= {f"{row['id']}-{n}": chain.seed(n) for n in range(1, row["length"] + 1)}
    return found


async def _tell_ids_apart(database: Database) -> None:
    """Let ids of players begin where no other number of a message is the same by chance."""
    async with database.connected("owner") as owner:
        await owner.execute("ALTER TABLE croupier.player ALTER id RESTART WITH 753190000000")


@asynccontextmanager
async def _listening(url: str) -> AsyncIterator[list[bytes]]:
    """Keep everything that any node publishes."""
    heard: list[bytes] = []
    async with Redis.from_url(url) as redis, redis.pubsub() as channels:
        await channels.psubscribe("croupier:*")

        async def listen() -> None:
            async for message in channels.listen():
                if message["type"] == "pmessage":
                    heard.append(message["data"])  # noqa: PERF401 - as it comes

        listening = asyncio.ensure_future(listen())
        try:
            yield heard
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


@asynccontextmanager
async def evening(
    database: Database, valkey: Any, monkeypatch: pytest.MonkeyPatch, *games: str, rounds: int
) -> AsyncIterator[Evening]:
    """Play at live tables of two nodes and at private ones, all at once."""
    hurry(monkeypatch, TIMES)
    # Both nodes are in this process, which is busy for seconds when it searches.
    monkeypatch.setattr(fences, "LEASE_S", 60.0)
    await _tell_ids_apart(database)
    clocks = {"betting_ms": 400 * TIMES, "result_ms": 20 * TIMES, "decision_ms": 60_000 * TIMES}
    tables = [table_settings(game, **clocks) for game in games]
    async with casino(database, valkey, *tables) as houses:
        party = Party(houses)
        private = (party.alone(each, rounds) for each in (MSGPACK, JSON))
        async with _listening(valkey.connection_url) as bus:
            await asyncio.gather(*(party.live(game, rounds) for game in games), *private)
        for guest in party.guests:
            for wire in guest.wires:
                if wire.close_code is None:
                    await wire.settled()
        blackjack = houses[0].casino.catalogue.current("blackjack")
        assert blackjack is not None
        yield Evening(party.guests, bus, await _seeds(houses[0]), blackjack)


async def test_nobody_is_told_what_he_may_not_know(
    database: Database, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a hole card, an outcome, a seed, a crash, or anything that is another's (A10, E7).

    Then leaks are planted in what was recorded, one after the other, and each of them is found.
    """
    async with evening(database, valkey, monkeypatch, *GAMES, rounds=ROUNDS) as played:
        agreed = played.agreements()
        assert [finding for finding in played.findings() if finding not in agreed] == []
        assert played.views
        assert sum(b"round_result" in payload for payload in played.bus) >= ROUNDS
        early = [b"turn" + played.seeds[round_id] for round_id in list(played.seeds)[:2]]
        assert len(played.between_nodes(early)) == 2
        missed = [leak.plant.__name__ for leak in LEAKS if not played.found(leak)]
        assert not missed
    if agreed:
        # What tells an outcome tells it every evening; what agrees by chance does not.
        async with (
            copy_of(database.cluster, TEMPLATE) as fresh,
            evening(fresh, valkey, monkeypatch, *GAMES, rounds=ROUNDS) as another,
        ):
            assert not agreed & another.agreements()


async def test_a_view_that_shows_the_hole_card_is_caught(
    database: Database, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a view that does not cut the dealer's cards every table of blackjack gives it away."""

    def open_cards(cards: tuple[int, ...], finished: bool) -> view.DealerView:
        del finished
        return view.DealerView(cards, *total_of(cards))

    monkeypatch.setattr(view, "_dealer_view", open_cards)
    async with evening(database, valkey, monkeypatch, "blackjack", rounds=3) as played:
        found = " ".join(played.findings())
        assert "turn shows" in found
        assert "played shows" in found
        assert "watching shows" in found
