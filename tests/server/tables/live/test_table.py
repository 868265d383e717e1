"""Tests of live tables by people on a real node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from games.instant.curve import multiplier_at
from server.fairness.proof import verify_proof
from tests.postgres import Database
from tests.server.tables.live.people import (
    LONG_MS,
    Person,
    chips,
    hurry,
    live_house,
    table_settings,
)


async def test_a_roulette_round_for_three(database: Database) -> None:
    """Everybody sees the same dense events, is paid once, and can prove the round."""
    async with live_house(database, table_settings("roulette", seats=5)) as house:
        people = [await Person.join(house, "Table of roulette") for _ in range(3)]
        watcher = await Person.join(house, "Table of roulette", watch=True)
        await watcher.event("round_result", 1)
        opened = await watcher.opened(len(watcher.seen("round_opened")))
        assert [seed["seat"] for seed in opened["client_seeds"]] == [1, 2, 3]
        stakes = []
        for index, person in enumerate(people):
            answer = await person.bet(opened["round"], chips(red=100 + index, black=100))
            assert answer.type == "accepted", answer
            assert answer.body["stake"] == 200 + index
            more = await person.bet(opened["round"], chips(red=10))
            stakes.append(more.body["stake"])
        assert stakes == [210, 211, 212]
        seen = await watcher.newest("round_result", round=opened["round"])
        assert seen["stake"] is seen["payout"] is seen["balance"] is None
        for person, stake in zip(people, stakes, strict=True):
            result = await person.newest("round_result", round=opened["round"])
            assert (result["stake"], result["seed"]) == (stake, seen["seed"])
            assert result["view"]["number"] == seen["view"]["number"]
            assert result["balance"]["amount"] == 100_000 - stake + result["payout"]
            assert await house.money(person.player) == (result["balance"]["amount"], 0)
            proof = (await person.wire.ask("round", round=opened["round"])).body["proof"]
            assert verify_proof(proof, house.casino.catalogue).ok
            assert len(proof["client_seeds"]) == 3
            history = (await person.wire.ask("history")).body["rounds"]
            assert history[0]["round"] == opened["round"]
            numbers = person.numbers()
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_a_late_bet_stays_refused(database: Database) -> None:
    """A bet after the close is refused for good, and not moved to the next round."""
    async with live_house(database, table_settings("roulette")) as house:
        person = await Person.join(house, "Table of roulette")
        opened = await person.event("round_opened")
        await person.event("round_result")
        late = await person.bet(opened["round"], chips(red=100))
        assert (late.code, late.body["certainty"]) == ("bets_closed", "final")
        await person.event("round_opened", 1)
        again = await person.bet(opened["round"], chips(red=100), late.id)
        assert again.code == "bets_closed"
        assert await house.money(person.player) == (100_000, 0)


async def test_nobody_bets_from_another_seat_or_without_one(database: Database) -> None:
    """A watcher cannot bet; a seat is one player's; nobody sits twice."""
    table = table_settings("roulette", seats=2, betting_ms=LONG_MS)
    async with live_house(database, table) as house:
        person = await Person.join(house, table.title, seat=2)
        opened = await person.event("round_opened")
        watcher = await Person.join(house, table.title, watch=True)
        answer = await watcher.bet(opened["round"], chips(red=100))
        assert answer.code == "no_seat"
        sit: dict[str, Any] = {"table": person.table}
        assert await watcher.wire.refusal("join", **sit, seat=2) == "seat_taken"
        assert await watcher.wire.refusal("join", **sit, seat=3) == "seat_taken"
        assert await person.wire.refusal("join", **sit, seat=1) == "seat_taken"
        assert (await person.wire.ask("join", **sit)).body["live"]["seat"] == 2
        assert (await watcher.wire.ask("join", **sit)).body["live"]["seat"] == 1
        third = await Person.join(house, table.title, watch=True)
        assert await third.wire.refusal("join", **sit) == "table_full"
        bad: Any
        for bad in ({"bets": []}, chips(red=-5), chips(red=5), chips(nothing=100), {"bets": 7}):
            assert (await person.bet(opened["round"], bad)).type == "error"
        assert (await person.bet(opened["round"], chips(red=100))).type == "accepted"
        for bad in (chips(red=-50), chips(red=0), {"bets": []}):
            assert (await person.bet(opened["round"], bad)).type == "error"
        assert await house.money(person.player) == (99_900, 100)
        assert await person.wire.refusal("spin", table=person.table, round=opened["round"],
            bets=chips(red=10), client_seed=b"x") == "wrong_request"  # fmt: skip


async def test_blackjack_in_turn(database: Database) -> None:
    """Seats decide one after the other; out of turn is refused, late the house decides."""
    table = table_settings("blackjack", betting_ms=400)
    async with live_house(database, table) as house:
        people = [await Person.join(house, table.title) for _ in range(3)]
        opened = await people[2].event("round_opened")
        for person in people:
            assert (await person.bet(opened["round"], {"stake": 100})).type == "accepted"
        step = await _play(people, opened["round"])
        results = [await p.newest("round_result", round=opened["round"]) for p in people]
        for person, result in zip(people, results, strict=True):
            assert result["view"]["payout"] == result["payout"]
            proof = (await person.wire.ask("round", round=opened["round"])).body["proof"]
            assert len(proof["bets"]) == 3
            assert len(proof["decisions"]) == step
            assert verify_proof(proof, house.casino.catalogue).ok
            assert await house.money(person.player) == (
                100_000 - result["stake"] + result["payout"], 0)  # fmt: skip


async def _play(people: list[Person], round_id: str) -> int:
    """Stand whenever it is somebody's turn, after all others were refused; count the decisions."""
    first = people[0]
    decided = 0
    while True:
        news = len(first.seen("turn")) + len(first.seen("round_result"))
        if any(result["round"] == round_id for result in first.seen("round_result")):
            return decided
        if news <= decided:
            await first.wire.until(_more_than(first, decided))
            continue
        turn = first.seen("turn")[decided]
        for number, person in enumerate(people, 1):
            mine = await person.newest("turn", round=round_id, step=turn["step"])
            assert None in mine["view"]["dealer"]["cards"], "the hole card is hidden"
            if number != turn["acting"]:
                assert mine["view"]["options"] == []
                answer = await person.act(round_id, turn["step"], "stand")
                assert answer.code == "not_your_turn"
        person = people[turn["acting"] - 1]
        mine = await person.newest("turn", round=round_id, step=turn["step"])
        actions = [option["action"] for option in mine["view"]["options"]]
        action = "decline" if "decline" in actions else "stand"
        answer = await person.act(round_id, turn["step"], action)
        assert answer.type == "acted", answer
        stale = await person.act(round_id, turn["step"], "hit")
        assert stale.code in ("stale_step", "bets_closed", "not_your_turn")
        decided += 1


def _more_than(person: Person, count: int) -> Callable[[], bool]:
    return lambda: len(person.seen("turn")) + len(person.seen("round_result")) > count


async def test_the_house_decides_for_who_does_not(database: Database) -> None:
    """When a seat's time has run out the stated default is taken, recorded as the house's (C5)."""
    table = table_settings("blackjack", betting_ms=200, decision_ms=1)
    async with live_house(database, table) as house:
        person = await Person.join(house, table.title)
        for index in range(3):
            opened = await person.opened(index)
            await person.bet(opened["round"], {"stake": 100})
            result = await person.newest("round_result", round=opened["round"])
            assert result["stake"] == 100
        assert await house.count("round_input WHERE platform AND stake > 0") == 0
        turns = person.seen("turn")
        assert all(turn["platform"] for turn in turns if turn["decided"] is not None)


async def test_crash_by_hand_and_by_target(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cash-out acknowledged is paid at its moment; targets pay by themselves; proofs hold."""
    hurry(monkeypatch, 20)
    table = table_settings("crash", betting_ms=6_000, result_ms=1_000)
    async with live_house(database, table) as house:
        hand, target, rider = [await Person.join(house, table.title) for _ in range(3)]
        cashed = paid = 0
        for index in range(12):
            opened = await rider.event("round_opened", index)
            round_id = opened["round"]
            await hand.bet(round_id, {"bets": [{"bet": "cash-out-10000.00", "stake": 1000}]})
            await target.bet(round_id, {"bets": [{"bet": "cash-out-1.05", "stake": 1000}]})
            await rider.bet(round_id, {"bets": [{"bet": "cash-out-1.10", "stake": 1000}]})
            await hand.newest("rising", round=round_id)
            answer = await hand.act(round_id, 0, "cash-out")
            while answer.type == "error" and answer.code == "busy":
                answer = await hand.act(round_id, 0, "cash-out", answer.id)
            result = await hand.newest("round_result", round=round_id)
            crash = round(float(result["view"]["crash"]) * 100)
            if answer.type == "acted":
                cashed += 1
                factor = multiplier_at(answer.body["at_ms"])
                assert answer.body["payout"] == 1000 * factor // 100 == result["payout"]
                assert factor <= crash
            else:
                assert answer.code in ("bets_closed", "stale_step")
                assert result["payout"] == 0
            seen = await target.newest("round_result", round=round_id)
            assert seen["payout"] == (1050 if crash >= 105 else 0)
            paid += crash >= 105
            for person in (hand, target):
                proof = (await person.wire.ask("round", round=round_id)).body["proof"]
                assert verify_proof(proof, house.casino.catalogue).ok
            if cashed and paid:
                break
        assert cashed
        assert paid


async def test_coming_back(database: Database) -> None:
    """After a disconnect a seat is there again, with every event missed or where things stand."""
    table = table_settings("roulette", seats=3, betting_ms=LONG_MS)
    async with live_house(database, table) as house:
        person = await Person.join(house, table.title)
        other = await Person.join(house, table.title)
        opened = await person.event("round_opened")
        await person.bet(opened["round"], chips(red=100))
        last = person.numbers()[-1]
        token, epoch = person.wire.welcome["token"], person.live["epoch"]
        await person.wire.drop()
        await other.newest("seat_changed", seat=1, connected=False)
        await other.bet(opened["round"], chips(black=100))
        position = [{"table": person.table, "epoch": epoch, "seq": last}]
        wire = await house.resume(token, position)
        (state,) = wire.welcome["tables"]
        assert state["recovered"]
        assert [e["type"] for e in state["events"]] == ["seat_changed", "bets_placed"]
        assert [e["seq"] for e in state["events"]] == [last + 1, last + 2]
        await wire.drop()
        wire = await house.resume(wire.welcome["token"])
        (state,) = wire.welcome["tables"]
        assert (state["recovered"], state["live"]["seat"]) == (False, 1)
        assert [p["stake"] for p in state["live"]["placed"]] == [100, 100]


async def test_a_client_seed_counts_for_a_chain_that_was_told_before(database: Database) -> None:
    """Else the house could make a chain that fits seeds which it knows (law of the commitment)."""
    async with live_house(database, table_settings("roulette", seats=3)) as house:
        first = await Person.join(house, "Table of roulette")
        opened = await first.opened()
        assert [seed["client_seed"] for seed in opened["client_seeds"]] == [b""]
        renew: dict[str, Any] = {"table": first.table, "client_seed": b"mine"}
        for chain, told in ((None, b""), ("1", b""), (opened["chain"]["chain"], b"mine")):
            count = len(first.seen("round_opened"))
            assert (await first.wire.ask("join", **renew, chain=chain)).type == "joined"
            later = await first.opened(count)
            assert [seed["client_seed"] for seed in later["client_seeds"]] == [told]
        assert (await first.wire.ask("join", table=first.table)).type == "joined"
        later = await first.opened(len(first.seen("round_opened")))
        assert later["client_seeds"][0]["client_seed"] == b"mine", "left out, it stays"
