"""Tests of live tables whose players are on other nodes than their owner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from protocol.errors import ErrorCode, Refused
from server.cluster.commands import Answered, Unanswered
from server.config import LiveTableSettings
from server.fairness.proof import verify_proof
from server.tables.live import nodes
from server.tables.live.remote import RemoteTable
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.cluster.nodes import until
from tests.server.harness import House, Seat, open_house
from tests.server.tables.live.people import (
    LONG_MS,
    Person,
    chips,
    hurry,
    loaded,
    table_settings,
)


@asynccontextmanager
async def casino(
    database: Database, valkey: Any, *tables: LiveTableSettings, nodes: int = 2, **changes: Any
) -> AsyncIterator[list[House]]:
    """Run several nodes of one casino; every one of them lists all tables."""
    async with AsyncExitStack() as stack:
        houses: list[House] = []
        for number in range(nodes):
            keys: dict[str, Any] = {}
            if houses:
                keys["fairness__key_file"] = houses[0].casino.settings.data / "seed-keys"
            house = await stack.enter_async_context(
                open_house(
                    database,
                    live__tables=tables,
                    redis__url=valkey.connection_url,
                    site__node=number + 1,
                    **keys,
                    **changes,
                )
            )
            houses.append(house)
        for house in houses:
            wire = await house.player()
            await loaded(wire, len(tables))
            await wire.close()
        yield houses


def owner_of(houses: list[House], table: str) -> tuple[House, House]:
    """Return the node that owns a table, and another one."""
    for house in houses:
        if int(table) in house.casino._live.floor.tables:
            return house, next(other for other in houses if other is not house)
    raise AssertionError("nobody owns the table")


async def table_id(house: House) -> str:
    """Return the id of the only table."""
    wire = await house.player()
    (card,) = (await wire.ask("tables")).body["tables"]
    await wire.close()
    return str(card["table"])


async def test_one_table_for_people_on_two_nodes(database: Database, valkey: Any) -> None:
    """They see the same events, each his own result, wherever the table lives."""
    table = table_settings("roulette", betting_ms=600, seats=6)
    async with casino(database, valkey, table) as houses:
        here, there = owner_of(houses, await table_id(houses[0]))
        near, far = await Person.join(here, table.title), await Person.join(there, table.title)
        json = await Person.at(await there.player(subprotocol="croupier.v1.json"), table.title)
        watcher = await Person.join(there, table.title, watch=True)
        people = [near, far, json]
        await watcher.event("round_result")
        opened = await watcher.opened(len(watcher.seen("round_opened")))
        for index, person in enumerate(people):
            answer = await person.bet(opened["round"], chips(red=100 + index))
            assert answer.type == "accepted", answer
            again = await person.bet(opened["round"], chips(red=100 + index), answer.id)
            assert again.body == answer.body
        for index, person in enumerate(people):
            result = await person.newest("round_result", round=opened["round"])
            assert result["stake"] == 100 + index
            assert await here.money(person.player) == (result["balance"]["amount"], 0)
            proof = (await person.wire.ask("round", round=opened["round"])).body["proof"]
            assert verify_proof(proof, here.casino.catalogue).ok
            numbers = person.numbers()
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        seen = await watcher.newest("round_result", round=opened["round"])
        assert seen["stake"] is None
        late = await far.bet(opened["round"], chips(red=100))
        assert late.code == "bets_closed"


@pytest.mark.parametrize("kind", ["watch", "join"])
async def test_where_a_table_stands_is_told_before_what_came_later(
    database: Database, valkey: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks again where a table of another node stands is never led back in time."""
    table = table_settings("roulette", betting_ms=LONG_MS, seats=6)
    async with casino(database, valkey, table) as houses:
        here, there = owner_of(houses, await table_id(houses[0]))
        near, far = await Person.join(here, table.title), await Person.join(there, table.title)
        other = await Person.join(there, table.title, watch=True)
        opened = await near.opened()
        ask = RemoteTable.ask
        early: list[int] = []

        async def slowly(remote: RemoteTable, *given: Any) -> Any:
            answer = await ask(remote, *given)
            await near.bet(opened["round"], chips(red=100))
            await other.event("bets_placed")  # who is told after the one that asks
            early.extend(event["seq"] for event in far.seen("bets_placed"))
            return answer

        monkeypatch.setattr(RemoteTable, "ask", slowly)
        answer = await far.wire.ask(kind, table=far.table)
        assert early == []
        placed = await far.event("bets_placed")
        assert placed["seq"] == answer.body["live"]["seq"] + 1
        assert len(far.seen("bets_placed")) == 1


async def test_blackjack_across_nodes_hides_what_it_hides(database: Database, valkey: Any) -> None:
    """Each seat gets its own view; decisions from another node count in turn."""
    table = table_settings("blackjack", betting_ms=700)
    async with casino(database, valkey, table) as houses:
        here, there = owner_of(houses, await table_id(houses[0]))
        people = [await Person.join(house, table.title) for house in (here, there, there)]
        opened = await people[2].newest("round_opened")
        for person in people:
            assert (await person.bet(opened["round"], {"stake": 100})).type == "accepted"
        while not any(r["round"] == opened["round"] for r in people[0].seen("round_result")):
            turns = people[0].seen("turn")
            if not turns or turns[-1].get("done"):
                await people[0].wire.until(_more(people[0]))
                continue
            turn = turns[-1]
            turn["done"] = True
            person = people[turn["acting"] - 1]
            mine = await person.newest("turn", step=turn["step"], round=opened["round"])
            assert None in mine["view"]["dealer"]["cards"]
            actions = {option["action"] for option in mine["view"]["options"]}
            action = "decline" if "decline" in actions else "stand"
            assert (await person.act(opened["round"], turn["step"], action)).type == "acted"
        for person in people:
            result = await person.newest("round_result", round=opened["round"])
            assert await here.money(person.player) == (result["balance"]["amount"], 0)


def _more(person: Person) -> Callable[[], bool]:
    before = len(person.wire.events)
    return lambda: len(person.wire.events) > before


async def test_cashing_out_from_another_node(
    database: Database, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cash-out is stamped by the owner and paid at that moment."""
    hurry(monkeypatch, 5)
    table = table_settings("crash", betting_ms=4_000, result_ms=500)
    async with casino(database, valkey, table) as houses:
        _, there = owner_of(houses, await table_id(houses[0]))
        person = await Person.join(there, table.title)
        for index in range(8):
            opened = await person.opened(index)
            bets = {"bets": [{"bet": "cash-out-10000.00", "stake": 1000}]}
            assert (await person.bet(opened["round"], bets)).type == "accepted"
            await person.newest("rising", round=opened["round"])
            answer = await person.act(opened["round"], 0, "cash-out")
            while answer.type == "error" and answer.code == "busy":
                answer = await person.act(opened["round"], 0, "cash-out", answer.id)
            if answer.type == "acted":
                assert answer.body["payout"] >= 1010
                break
        else:
            raise AssertionError("eight crashes at once")


async def test_a_dead_owner_is_followed_within_five_seconds(
    database: Database, valkey: Any
) -> None:
    """Whoever was at the table of a node that died goes on at the next owner, bets and all."""
    table = table_settings("roulette", betting_ms=LONG_MS)
    async with casino(database, valkey, table) as houses:
        here, there = owner_of(houses, await table_id(houses[0]))
        there.expected_errors = {"the lease has run out"}
        here.expected_errors = {"node fenced", "the lease has run out"}
        person = await Person.join(there, table.title)
        opened = await person.opened()
        assert (await person.bet(opened["round"], chips(red=100))).type == "accepted"
        await here.crash()
        shown = await person.event("live_snapshot")
        live = shown["live"]
        assert live["epoch"] > person.live["epoch"]
        assert live["seat"] == person.live["seat"]
        assert live["round"] == opened["round"]
        assert [placed["stake"] for placed in live["placed"]] == [100]
        assert (await person.bet(opened["round"], chips(black=50))).body["stake"] == 150
        assert await there.money(person.player) == (99_850, 150)


async def test_a_session_lands_anywhere_and_resumes_anywhere(
    database: Database, valkey: Any
) -> None:
    """One live session a player: resumed at another node, it goes on there, private tables too."""
    table = table_settings("roulette", betting_ms=LONG_MS)
    async with casino(database, valkey, table) as (one, two):
        person = await Person.join(one, table.title)
        opened = await person.opened()
        await person.bet(opened["round"], chips(red=100))
        private = await one.sit(person.wire, "blackjack")
        played = await private.open_round()
        wire = await two.resume(person.wire.welcome["token"])
        assert await person.wire.closed() == 4500
        states = {state["table"]: state for state in wire.welcome["tables"]}
        assert states[person.table]["live"]["seat"] == person.live["seat"]
        assert [p["stake"] for p in states[person.table]["live"]["placed"]] == [100]
        assert states[private.table]["snapshot"]["open"] == played
        again = Person(wire, states[person.table]["live"])
        assert (await again.bet(opened["round"], chips(black=1))).code == "stake_below"
        assert (await again.bet(opened["round"], chips(red=10))).body["stake"] == 110
        seat = Seat(wire, states[private.table]["snapshot"])
        await seat.finish(played)
        newer = await one.hello(await one.ticket(int(person.player)))
        assert await wire.closed() == 4500
        assert newer.welcome["balance"]["held"] == 110


def lose_the_first_answer(house: House, meanwhile: Callable[[], Awaitable[object]]) -> None:
    """Let a node not hear the first answer of an owner to a bet, which was taken."""
    cluster = house.casino._live.cluster
    assert cluster is not None
    ask, lost = cluster.commands.ask, False

    async def deaf(table: int, epoch: int, body: bytes, *, deadline_s: float) -> Any:
        nonlocal lost
        reply = await ask(table, epoch, body, deadline_s=deadline_s)
        if not lost and isinstance(nodes.decode_command(body), nodes.Money):
            lost = True
            await meanwhile()
            raise Unanswered("lost")
        return reply

    cluster.commands.ask = deaf  # type: ignore[method-assign]


async def test_a_bet_whose_answer_was_lost_is_not_refused_as_late(
    database: Database, valkey: Any
) -> None:
    """Asked again after bets have closed, a bet that was taken is still answered as accepted."""
    table = table_settings("roulette", betting_ms=LONG_MS, result_ms=LONG_MS)
    async with casino(database, valkey, table) as houses:
        here, there = owner_of(houses, await table_id(houses[0]))
        person = await Person.join(there, table.title)
        opened = await person.opened()

        async def closed() -> None:
            here.casino._live.floor.tables[int(person.table)].close()
            await person.event("round_result")

        lose_the_first_answer(there, closed)
        answer = await person.bet(opened["round"], chips(red=100))
        assert (answer.type, answer.body["stake"]) == ("accepted", 100)
        again = await person.bet(opened["round"], chips(red=100), answer.id)
        assert again.body == answer.body


async def test_a_bet_whose_answer_was_lost_is_not_refused_by_the_limit(
    database: Database, valkey: Any
) -> None:
    """A bet that was taken does not stand in its own way when it is asked again."""
    table = table_settings("roulette", betting_ms=LONG_MS, maximum="1.00")
    async with casino(database, valkey, table) as houses:
        _, there = owner_of(houses, await table_id(houses[0]))
        person = await Person.join(there, table.title)
        opened = await person.opened()
        lose_the_first_answer(there, person.wire.settled)
        answer = await person.bet(opened["round"], chips(red=100))
        assert (answer.type, answer.body["stake"]) == ("accepted", 100)
        again = await person.bet(opened["round"], chips(red=100), answer.id)
        assert (again.type, again.body["stake"]) == ("accepted", 100)
        assert await there.money(person.player) == (99_900, 100)


async def test_word_that_somebody_is_there_is_not_repeated_when_he_is_not(
    database: Database, valkey: Any
) -> None:
    """Where an owner's answer was lost, he is told again what is true by then: the seat is away."""
    table = table_settings("roulette", betting_ms=LONG_MS)
    async with casino(database, valkey, table) as houses:
        here, there = owner_of(houses, await table_id(houses[0]))
        person = await Person.join(there, table.title)
        seat = here.casino._live.floor.tables[int(person.table)].seats[1]
        await person.wire.drop()
        await until(lambda: not seat.connected)
        cluster = there.casino.cluster
        ask, lost = cluster.commands.ask, asyncio.Event()

        async def deaf(table: int, epoch: int, body: bytes, *, deadline_s: float) -> Any:
            reply = await ask(table, epoch, body, deadline_s=deadline_s)
            said = nodes.decode_command(body)
            if isinstance(said, nodes.Present) and said.connected and not lost.is_set():
                lost.set()
                await until(lambda: not seat.connected)
                raise Unanswered("lost")
            return reply

        cluster.commands.ask = deaf  # type: ignore[method-assign]
        wire = await there.resume(person.wire.welcome["token"])
        await asyncio.wait_for(lost.wait(), 10)
        await wire.drop()
        await until(lambda: not there.casino._live.hall._background.tasks - {*_endless(there)})
        assert not seat.connected


def _endless(house: House) -> list[Any]:
    """Return the work of a hall that never ends."""
    tasks = house.casino._live.hall._background.tasks
    return [task for task in tasks if "tell" not in str(task.get_coro())]


async def test_an_owner_of_another_version_says_so(database: Database, valkey: Any) -> None:
    """A command that it does not know is answered at once, for the player to ask again later."""
    table = table_settings("roulette", betting_ms=LONG_MS)
    async with casino(database, valkey, table) as houses:
        here, there = owner_of(houses, await table_id(houses[0]))
        opened = await (await Person.join(here, table.title)).opened()
        person = await Person.join(there, table.title)
        cluster = there.casino._live.cluster
        assert cluster is not None
        owner = cluster.owners.find(int(person.table))
        assert owner is not None
        for unknown in ({"type": "whisper", "text": "x"}, {"type": "money", "request": "x"}):
            reply = await cluster.commands.ask(
                int(person.table), owner.epoch, nodes.encode(unknown), deadline_s=5
            )
            assert isinstance(reply, Answered)
            turned = nodes.decode_answer(reply.body)
            assert isinstance(turned, nodes.Turned)
            assert turned.code == "unavailable"
        assert (await person.bet(opened["round"], chips(red=100))).type == "accepted"
        assert not here.expected_errors


@pytest.mark.parametrize(
    "unknown",
    [{"type": "turned", "code": "no_such_code", "message": "x", "details": None}, {"type": "hm"}],
)
async def test_an_answer_of_another_version_leaves_a_bet_in_doubt(
    database: Database, valkey: Any, unknown: dict[str, Any]
) -> None:
    """What only a newer program knows is told as in doubt; asked again, the record answers."""
    table = table_settings("roulette", betting_ms=LONG_MS)
    async with casino(database, valkey, table) as houses:
        here, there = owner_of(houses, await table_id(houses[0]))
        opened = await (await Person.join(here, table.title)).opened()
        person = await Person.join(there, table.title)
        cluster = there.casino._live.cluster
        assert cluster is not None
        ask, told = cluster.commands.ask, 0

        async def newer(table: int, epoch: int, body: bytes, *, deadline_s: float) -> Any:
            nonlocal told
            reply = await ask(table, epoch, body, deadline_s=deadline_s)
            if isinstance(nodes.decode_command(body), nodes.Money) and not told:
                told += 1
                return Answered(1, nodes.encode(unknown))
            return reply

        cluster.commands.ask = newer  # type: ignore[method-assign]
        answer = await person.bet(opened["round"], chips(red=100))
        assert (answer.code, answer.body["certainty"]) == ("in_doubt", "unknown")
        again = await person.bet(opened["round"], chips(red=100), answer.id)
        assert (again.type, again.body["stake"]) == ("accepted", 100)
        assert await there.money(person.player) == (99_900, 100)


class _Lacking:
    """The games of a program of another version."""

    def __init__(self, catalogue: Any) -> None:
        self.catalogue = catalogue

    def current(self, name: str) -> None:
        """Return no game."""
        del name

    def version(self, name: str, version: int) -> None:
        """Return no game."""
        del name, version


async def test_a_table_whose_game_a_node_lacks_goes_to_another(
    database: Database, valkey: Any
) -> None:
    """A node of another version that came by such a table gives it to one that can run it."""
    table = table_settings("roulette", betting_ms=LONG_MS)
    async with casino(database, valkey, table) as houses:
        here, there = owner_of(houses, await table_id(houses[0]))
        person = await Person.join(here, table.title)
        opened = await person.opened()
        assert (await person.bet(opened["round"], chips(red=100))).type == "accepted"
        lacking, floor = there.casino._live, here.casino._live.floor
        lacking.floor.catalogue = _Lacking(lacking.floor.catalogue)  # type: ignore[assignment]
        assert floor._ownership is here.casino._live
        here.casino._live.avoid(int(person.table))
        floor.lost(floor.tables[int(person.table)])
        shown = await person.event("live_snapshot")
        assert shown["live"]["round"] == opened["round"]
        assert any(entry["event"] == "live table left to others" for entry in there.logs)
        assert (await person.bet(opened["round"], chips(black=50))).body["stake"] == 150


async def test_an_operator_is_never_told_no_of_what_was_done(
    database: Database, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A void whose answer was lost, asked for again, is not known to be done; nor is it refused."""
    table = table_settings("roulette", betting_ms=LONG_MS, result_ms=LONG_MS)
    async with casino(database, valkey, table) as houses:
        here, there = owner_of(houses, await table_id(houses[0]))
        person = await Person.join(here, table.title)
        opened = await person.opened()
        await person.bet(opened["round"], chips(red=100))
        remote = there.casino._live.hall.find(person.table)
        assert isinstance(remote, RemoteTable)
        void = nodes.Act(None, "The wheel is broken.", opened["round"])
        with monkeypatch.context() as patched:
            patched.setattr(here.casino.cluster.commands, "_reply", lambda *_: None)
            asked = asyncio.create_task(remote.ask(void))
            await person.event("round_voided")
            answer = there.casino.cluster.commands.counts
            async with asyncio.timeout(PATIENCE_S):
                while not answer["unanswered"]:  # noqa: ASYNC110 - nobody is told of it
                    await asyncio.sleep(0.01)
        with pytest.raises(Refused) as refused:
            await asked
        assert refused.value.code is ErrorCode.UNAVAILABLE
        with pytest.raises(Refused) as refused:
            await remote.ask(void)
        assert refused.value.code is ErrorCode.UNKNOWN_ROUND, "nothing was lost this time"


@pytest.mark.parametrize("game", ["roulette", "craps", "blackjack"])
async def test_a_window_that_begins_anew_shows_what_was_accepted(
    database: Database, valkey: Any, game: str
) -> None:
    """Where a table moves while bets are taken, nobody is told that his bets are gone."""
    table = table_settings(game, betting_ms=LONG_MS)
    bets = {"stake": 100} if game == "blackjack" else chips(field=100)
    if game == "roulette":
        bets = chips(red=100)
    async with casino(database, valkey, table) as houses:
        here, there = owner_of(houses, await table_id(houses[0]))
        person = await Person.join(there, table.title)
        round_id = person.live["round"] or (await person.opened())["round"]
        assert (await person.bet(round_id, bets)).type == "accepted"
        before = len(person.seen("round_opened"))
        await here.casino._live.drain(0)
        again = await person.opened(before)
        assert again["round"] == round_id
        assert [(each["seat"], each["stake"]) for each in again["placed"]] == [(1, 100)]
