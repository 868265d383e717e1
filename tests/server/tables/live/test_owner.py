"""Tests of the owner of a live table as other nodes meet him."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from protocol.errors import ErrorCode, Refused
from protocol.messages.rounds import Bet
from server.tables.live import nodes
from server.tables.live.owner import Owner
from tests.postgres import Database
from tests.server.tables.live.people import LONG_MS, Person, chips, live_house, table_settings

TABLE = table_settings("roulette", betting_ms=LONG_MS)


async def test_request_asked_anew_while_it_is_being_settled(database: Database) -> None:
    """A request that comes under a second number is the same: one bet, and every asker's answer."""
    async with live_house(database, TABLE) as house:
        person = await Person.join(house, TABLE.title)
        opened = await person.opened()
        table = house.casino._live.floor.tables[int(person.table)]
        owner: Owner = house.casino._live.hall.owner
        sessions = house.casino._hub.sessions.values()
        (session,) = [each for each in sessions if str(each.player) == person.player]
        who = nodes.Person(session.account, session.id, session.epoch, 9)
        await owner.handler(table.id)(nodes.encode(nodes.Present(who, connected=True, here=True)))

        def money(stake: int) -> nodes.Money:
            bets = msgspec.Raw(msgspec.msgpack.encode(chips(red=stake)))
            bet = Bet(table=person.table, round=opened["round"], bets=bets)
            return nodes.Money(who, 77, bet=True, body=nodes.encode(bet))

        async def ask(command: nodes.Money) -> Any:
            return nodes.decode_answer(await owner.handler(table.id)(nodes.encode(command)))

        async with house.stalled():
            asked = [asyncio.ensure_future(ask(money(100))) for _ in range(3)]
            await asyncio.sleep(0)
            other = await ask(money(200))
            assert isinstance(other, nodes.Turned)
            assert nodes.refused_by(other).code is ErrorCode.REQUEST_ID_REUSED
            assert not any(each.done() for each in asked)
        answers = await asyncio.wait_for(asyncio.gather(*asked), 10)

        assert [type(answer) for answer in answers] == [nodes.Settled] * 3
        assert len({answer.body for answer in answers}) == 1
        assert await house.money(person.player) == (99_900, 100)


async def test_late_command_of_an_older_session(database: Database) -> None:
    """A join that comes late does not take the seat from a newer session, which can go away."""
    async with live_house(database, TABLE) as house:
        person = await Person.join(house, TABLE.title)
        table = house.casino._live.floor.tables[int(person.table)]
        handle = house.casino._live.hall.owner.handler(table.id)
        seat = table.seats[1]
        old, new = (nodes.Person(seat.account, 70 + epoch, epoch, 9) for epoch in (50, 51))
        for who in (new, old):
            await handle(nodes.encode(nodes.Join(who, None, None, None)))
        assert seat.player is not None
        assert seat.player.id == new.session
        await handle(nodes.encode(nodes.Present(old, connected=False, here=False)))
        assert seat.connected
        await handle(nodes.encode(nodes.Present(new, connected=False, here=False)))
        assert not seat.connected


async def test_sitting_down_again_is_no_news(database: Database) -> None:
    """One who joins at his own seat over and over makes nobody else hear of it."""
    async with live_house(database, TABLE) as house:
        watcher = await Person.join(house, TABLE.title, watch=True)
        person = await Person.join(house, TABLE.title)
        for number in range(30):
            answer = await person.wire.ask("join", table=person.table, client_seed=bytes([number]))
            assert answer.type == "joined"
        await watcher.wire.settled()
        told = [(each["taken"], each["connected"]) for each in watcher.seen("seat_changed")]
        assert told == [(True, False), (True, True)]
        await person.wire.drop()
        await watcher.newest("seat_changed", connected=False, taken=True)
        await house.resume(person.wire.welcome["token"])
        await watcher.wire.until(lambda: len(watcher.seen("seat_changed")) == 4)


async def test_a_void_is_told_as_done_when_it_is(database: Database) -> None:
    """An operator hears that a round is void once that has committed; else that it is not known."""
    async with live_house(database, TABLE) as house:
        person = await Person.join(house, TABLE.title)
        floor = house.casino._live.floor
        owner: Owner = house.casino._live.hall.owner
        table = floor.tables[int(person.table)]
        for index in range(2):
            opened = await person.opened(index)
            await person.bet(opened["round"], chips(red=100))
            void = nodes.Act(None, "The wheel is broken.", opened["round"])
            async with house.stalled():
                asked = asyncio.ensure_future(owner.operate(table, void))
                await person.wire.settled()
                assert not asked.done(), "nothing is on record"
                if index:
                    floor.lost(table)
                    with pytest.raises(Refused) as refused:
                        await asked
                    assert refused.value.code is ErrorCode.UNAVAILABLE
            if not index:
                await asked
                assert await house.money(person.player) == (100_000, 0)


def test_refusals_travel_whole() -> None:
    """What an owner refuses is told on the player's node word for word."""
    refusal = Refused(ErrorCode.STAKE_BELOW, "Too little.", {"minimum": 5})
    answer = nodes.decode_answer(nodes.encode(nodes.turned(refusal)))
    assert isinstance(answer, nodes.Turned)
    told = nodes.refused_by(answer)
    assert (told.code, told.message, told.details) == (
        refusal.code,
        refusal.message,
        refusal.details,
    )
