"""Attacks on the money of live tables: answers lost, seats changed and owners gone in mid-round."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from games.entropy import Draws
from games.instant.crash import Crash
from server.fairness.proof import verify_proof
from server.ledger.backend import SettlementBackend
from server.ledger.live_items import LiveKind
from server.tables.live.round import LiveRound
from server.tables.live.table import LiveTable
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.tables.live.people import (
    LONG_MS,
    Person,
    chips,
    hurry,
    live_house,
    table_settings,
)
from tests.server.tables.live.test_remote import casino, owner_of, table_id


def lose_the_answer(monkeypatch: pytest.MonkeyPatch, kind: LiveKind) -> list[int]:
    """Cut the connection once, right after a call with such an item has committed."""
    settle_live = SettlementBackend.settle_live
    lost: list[int] = []

    async def cut(self: SettlementBackend, arguments: tuple[Any, ...]) -> Any:
        row = await settle_live(self, arguments)
        if not lost and any(item[0] == kind for item in arguments[3]):
            lost.append(kind)
            raise ConnectionResetError
        return row

    monkeypatch.setattr(SettlementBackend, "settle_live", cut)
    return lost


def crash_at(monkeypatch: pytest.MonkeyPatch, hundredths: int) -> None:
    """Let every multiplier crash at the same height."""
    monkeypatch.setattr(Crash, "draw", lambda _self, _draws: hundredths)


def deal_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deal cards with which nobody has blackjack, so that there is a turn."""
    monkeypatch.setattr(LiveRound, "draws", property(lambda _: Draws(b"\x01" * 32, [b""])))


def settling(table: LiveTable) -> bool:
    """Whether a bet or decision is being settled."""
    return table.round is not None and table.round.pending


async def test_a_bet_that_committed_unheard_is_dealt_in(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bet whose commit was not heard of is answered, and its seat gets cards like the others."""
    table = table_settings("blackjack", betting_ms=1_000, decision_ms=1)
    async with live_house(database, table) as house:
        first, second = [await Person.join(house, table.title) for _ in range(2)]
        opened = await second.opened()
        lost = lose_the_answer(monkeypatch, LiveKind.BET)
        assert (await first.bet(opened["round"], {"stake": 100})).type == "accepted"
        assert lost
        assert (await second.bet(opened["round"], {"stake": 200})).type == "accepted"
        assert [e["placed"]["stake"] for e in first.seen("bets_placed")] == [100, 200]
        for person, stake in ((first, 100), (second, 200)):
            result = await person.newest("round_result", round=opened["round"])
            assert result["stake"] == stake
            proof = (await person.wire.ask("round", round=opened["round"])).body["proof"]
            assert len(proof["bets"]) == 2
            assert verify_proof(proof, house.casino.catalogue).ok
        assert not first.seen("live_snapshot"), "nobody had to load the table anew"


async def test_a_cash_out_that_committed_unheard_is_told_as_paid(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of a round tells of a cash-out what was paid, though its commit was not heard of."""
    hurry(monkeypatch, 20)
    crash_at(monkeypatch, 200)
    table = table_settings("crash", betting_ms=6_000, result_ms=LONG_MS)
    async with live_house(database, table) as house:
        person = await Person.join(house, table.title)
        opened = await person.opened()
        await person.bet(opened["round"], {"bets": [{"bet": "cash-out-10000.00", "stake": 1000}]})
        await person.newest("rising", round=opened["round"])
        assert lose_the_answer(monkeypatch, LiveKind.CASH_OUT) == []
        answer = await person.act(opened["round"], 0, "cash-out")
        while answer.type == "error" and answer.code == "busy":
            answer = await person.act(opened["round"], 0, "cash-out", answer.id)
        assert answer.type == "acted", answer
        assert answer.body["payout"] > 1000
        told = await person.newest("cashed_out", round=opened["round"])
        assert told["cash_out"]["payout"] == answer.body["payout"]
        result = await person.newest("round_result", round=opened["round"])
        assert result["payout"] == answer.body["payout"]
        assert await house.money(person.player) == (99_000 + answer.body["payout"], 0)


async def test_a_refusal_that_committed_unheard_stays_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bet that was refused by a call not heard of is not taken by the one after it."""
    table = table_settings("roulette", betting_ms=LONG_MS, maximum="5000.00")
    async with live_house(database, table) as house:
        person = await Person.join(house, table.title)
        opened = await person.opened()
        lose_the_answer(monkeypatch, LiveKind.BET)
        assert (await person.bet(opened["round"], chips(red=200_000))).code == "insufficient_funds"
        assert (await person.bet(opened["round"], chips(red=100))).body["stake"] == 100
        assert await house.money(person.player) == (99_900, 100)


@pytest.mark.parametrize("game", ["roulette", "blackjack"])
async def test_a_void_goes_on_after_its_owner_is_gone(
    database: Database, monkeypatch: pytest.MonkeyPatch, game: str
) -> None:
    """A round of which some stakes were returned is void: the next owner returns the others."""
    deal_alike(monkeypatch)
    table = table_settings(game, betting_ms=LONG_MS, result_ms=LONG_MS)
    async with live_house(database, table) as house:
        people = [await Person.join(house, table.title) for _ in range(3)]
        opened = await people[0].opened()
        for person in people:
            bets = {"stake": 100} if game == "blackjack" else chips(red=100)
            assert (await person.bet(opened["round"], bets)).type == "accepted"
        floor = house.casino._live.floor
        live = floor.tables[int(people[0].table)]
        if game == "blackjack":
            live.close()
            await people[0].event("turn")
        async with house.locked(people[1].player):
            await floor.void(live, "The wheel is broken.")
            async with asyncio.timeout(PATIENCE_S):
                while await house.count("hold") > 1:  # noqa: ASYNC110 - nobody is told of it
                    await asyncio.sleep(0.01)
            floor.lost(live)
            async with asyncio.timeout(PATIENCE_S):
                while floor.tables.get(live.id) in (None, live):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        for person in people:
            voided = await person.newest("round_voided", round=opened["round"])
            assert voided["returned"] == 100
            assert await house.money(person.player) == (100_000, 0)
        assert await house.count("wager WHERE stake > 0") == 0
        assert await house.count("round WHERE void_cause IS NOT NULL") == 1


async def test_a_decision_refused_behind_its_deadline(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is refused a raise as his time runs out is decided for: nobody freezes a table so."""
    deal_alike(monkeypatch)
    table = table_settings("blackjack", betting_ms=LONG_MS, decision_ms=100, result_ms=10)
    async with live_house(database, table) as house:
        person = await Person.at(await house.player("1.00"), table.title)
        opened = await person.opened()
        await person.bet(opened["round"], {"stake": 100})
        live = house.casino._live.floor.tables[int(person.table)]
        async with house.locked(person.player):
            live.close()
            turn = await person.event("turn")
            request = await person.wire.send("act", {
                "table": person.table,
                "round": opened["round"],
                "step": turn["step"],
                "decision": {"action": "double"},
            })  # fmt: skip
            async with asyncio.timeout(PATIENCE_S):
                while not live._overdue:  # noqa: ASYNC110 - nobody is told that time has run out
                    await asyncio.sleep(0.005)
        assert (await person.wire.answer(request)).code in ("insufficient_funds", "busy")
        result = await person.newest("round_result", round=opened["round"])
        assert result["stake"] == 100


async def test_a_bet_refused_behind_the_close(database: Database) -> None:
    """A table of turns whose only bet is refused while it closes deals to nobody, and says so."""
    table = table_settings("blackjack", betting_ms=LONG_MS, result_ms=LONG_MS)
    async with live_house(database, table) as house:
        person = await Person.at(await house.player("1.00"), table.title)
        opened = await person.opened()
        live = house.casino._live.floor.tables[int(person.table)]
        async with house.locked(person.player):
            body = {"table": person.table, "round": opened["round"], "bets": {"stake": 200}}
            request = await person.wire.send("bet", body)
            await person.wire.settled()
            live.close()
        assert (await person.wire.answer(request)).code in ("insufficient_funds", "busy")
        voided = await person.newest("round_voided", round=opened["round"])
        assert voided["reason"] == "Nobody had bet."


async def test_who_resumes_elsewhere_is_never_told_no_of_a_bet_that_was_taken(
    database: Database, valkey: Any
) -> None:
    """Sent again by another node, a bet under way is in doubt, and one taken is no second one."""
    table = table_settings("roulette", betting_ms=LONG_MS, maximum="1.00")
    async with casino(database, valkey, table) as houses:
        here, there = owner_of(houses, await table_id(houses[0]))
        person = await Person.join(there, table.title)
        opened = await person.opened()
        body = {"table": person.table, "round": opened["round"], "bets": chips(red=100)}
        live = here.casino._live.floor.tables[int(person.table)]
        async with here.stalled():
            request = await person.wire.send("bet", body)
            async with asyncio.timeout(PATIENCE_S):
                while not settling(live):  # noqa: ASYNC110 - nobody is told of it
                    await asyncio.sleep(0.01)
            wire = await here.resume(person.wire.welcome["token"])
            under_way = await wire.ask("bet", request, **body)
            assert (under_way.code, under_way.body["certainty"]) == ("in_doubt", "unknown")
        async with asyncio.timeout(PATIENCE_S):
            while settling(live):  # noqa: ASYNC110 - the answer goes to the other node
                await asyncio.sleep(0.01)
        again = await wire.ask("bet", request, **body)
        assert (again.type, again.body["stake"]) == ("accepted", 100), again
        assert await here.money(person.player) == (99_900, 100)


async def test_nobody_bets_from_a_seat_that_he_is_leaving(database: Database) -> None:
    """A seat that is being given up takes no bet, so that the next player's meets none there."""
    table = table_settings("roulette", betting_ms=LONG_MS, seats=1)
    async with live_house(database, table) as house:
        person = await Person.join(house, table.title)
        opened = await person.opened()
        async with house.database.connected("owner") as other, other.transaction():
            await other.execute("SELECT FROM croupier.live_seat FOR UPDATE")
            leaving = await person.wire.send("leave", {"table": person.table})
            seat = house.casino._live.floor.tables[int(person.table)].seats[1]
            async with asyncio.timeout(PATIENCE_S):
                while not seat.standing_up:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert (await person.bet(opened["round"], chips(red=100))).code == "busy"
        assert (await person.wire.answer(leaving)).type == "left"
        following = await Person.join(house, table.title)
        assert (await following.bet(opened["round"], chips(red=100))).type == "accepted"
        assert await house.money(person.player) == (100_000, 0)
        assert not following.seen("live_snapshot"), "nobody had to load the table anew"


async def test_an_owner_gone_while_it_pays_a_crash_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a round that crashed at 1.00 the next owner pays what is left as it was: nothing."""
    hurry(monkeypatch, 20)
    crash_at(monkeypatch, 100)
    table = table_settings("crash", betting_ms=LONG_MS, result_ms=LONG_MS)
    async with live_house(database, table) as house:
        people = [await Person.join(house, table.title) for _ in range(2)]
        opened = await people[0].opened()
        for person in people:
            bets = {"bets": [{"bet": "cash-out-2.00", "stake": 1000}]}
            assert (await person.bet(opened["round"], bets)).type == "accepted"
        floor = house.casino._live.floor
        live = floor.tables[int(people[0].table)]
        async with house.locked(people[1].player):
            live.close()
            async with asyncio.timeout(PATIENCE_S):
                while await house.count("hold") > 1:  # noqa: ASYNC110 - nobody is told of it
                    await asyncio.sleep(0.01)
            floor.lost(live)
            async with asyncio.timeout(PATIENCE_S):
                while floor.tables.get(live.id) in (None, live):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        for person in people:
            result = await person.newest("round_result", round=opened["round"])
            assert (result["stake"], result["payout"]) == (1000, 0)
            assert await house.money(person.player) == (99_000, 0)
        assert await house.count("round_input WHERE platform") == 0
