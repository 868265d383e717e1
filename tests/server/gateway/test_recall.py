"""Tests of answers from the record, and of the refusals that must be on it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.gateway.sessions import ANSWERS_KEPT
from tests.postgres import Database
from tests.server.harness import House, Seat, open_house
from tests.server.wire import CLIENT, JSON, Answer

STAKE = {"stake": 20}


async def come_back(house: House, token: str) -> Seat:
    """Restart the server and resume: nothing is left but the record."""
    await house.restart()
    wire = await house.resume(token)
    (state,) = wire.welcome["tables"]
    return Seat(wire, state["snapshot"])


def following(round_id: str) -> str:
    """Return the id of the round after this one."""
    chain, _, n = round_id.partition("-")
    return f"{chain}-{int(n) + 1}"


def told(answer: Answer) -> tuple[Any, Any]:
    """Return code and certainty of a refusal."""
    return answer.body["code"], answer.body["certainty"]


async def test_a_round_that_was_yet_to_come_stays_refused(database: Database) -> None:
    """Law 5: refused as stale, a bet is not taken after a crash because its time has come."""
    async with open_house(database) as house:
        seat = await house.seat()
        token = seat.wire.welcome["token"]
        early = seat.body(STAKE, round=following(seat.round))
        refused = await seat.wire.ask("spin", **early)
        assert told(refused) == ("stale_round", "final")
        assert refused.details["round"] == seat.round
        await seat.spin()
        seat = await come_back(house, token)
        assert seat.round == early["round"]
        again = await seat.wire.ask("spin", refused.id, **early)

        assert told(again) == told(refused)
        assert await house.count("wager") == 1
        other = await seat.wire.ask("spin", refused.id, **{**early, "client_seed": b"other"})
        assert told(other) == ("request_id_reused", "final")


async def test_a_step_that_was_yet_to_come_stays_refused(database: Database) -> None:
    """Law 5: a decision for a later step is not taken after a crash in its time."""
    async with open_house(database) as house:
        for _ in range(200):
            seat = await house.seat("blackjack")
            token = seat.wire.welcome["token"]
            played = await seat.open_round(option="hit")
            early = {
                "table": seat.table,
                "round": played["round"],
                "step": played["step"] + 1,
                "decision": {"action": "stand"},
            }
            refused = await seat.wire.ask("act", **early)
            assert told(refused) == ("stale_step", "final")
            played = (await seat.act(played, "hit")).body
            if not played["finished"]:
                break
        else:
            pytest.fail("every hit ended its round")
        seat = await come_back(house, token)
        again = await seat.wire.ask("act", refused.id, **early)

        assert told(again) == told(refused)
        assert (await seat.act(played, "stand")).body["finished"]


async def test_a_deal_for_the_round_after_the_open_one_stays_refused(database: Database) -> None:
    """Law 5: refused because a round is open, a deal is not taken after a crash when it is over."""
    async with open_house(database) as house:
        seat = await house.seat("blackjack")
        token = seat.wire.welcome["token"]
        played = await seat.open_round()
        early = seat.body({"stake": 100}, round=following(played["round"]))
        refused = await seat.wire.ask("deal", **early)
        assert told(refused) == ("round_open", "final")
        await seat.finish(played)
        seat = await come_back(house, token)
        assert seat.round == early["round"]
        again = await seat.wire.ask("deal", refused.id, **early)

        assert told(again) == told(refused)
        assert await house.count("open_round") == 0


async def test_a_step_that_was_over_keeps_its_answer(database: Database) -> None:
    """Law 5: a late decision gets the same refusal after a crash, when its round is over."""
    async with open_house(database) as house:
        seat = await house.seat("blackjack")
        token = seat.wire.welcome["token"]
        played = await seat.open_round(option="stand")
        refused = await seat.act(played, "stand", step=played["step"] + 5)
        assert told(refused) == ("stale_step", "final")
        await seat.finish(played)
        seat = await come_back(house, token)
        body = {
            "table": seat.table,
            "round": played["round"],
            "step": played["step"] + 5,
            "decision": {"action": "stand"},
        }

        assert told(await seat.wire.ask("act", refused.id, **body)) == told(refused)


async def test_only_what_the_table_decides_goes_on_record(database: Database) -> None:
    """A refusal that follows from the request alone costs the database nothing."""
    async with open_house(database) as house:
        seat = await house.seat()
        await seat.spin()
        before = await house.count("request")
        wrong: tuple[Any, ...] = (
            {"stake": 21},
            {"stake": 1},
            {"stake": 10**9},
            {"stake": 0.5},
            {},
            [],
        )
        for bets in wrong:
            assert (await seat.bet("spin", bets)).body["certainty"] == "final"
        assert await house.count("request") == before
        await seat.bet("spin", STAKE, round="x")
        assert await house.count("request") == before + 1


async def test_a_database_that_is_away_leaves_an_early_bet_in_doubt(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be put on record is not told as final: it must be asked again."""
    async with open_house(database) as house:
        seat = await house.seat()
        early = seat.body(STAKE, round=following(seat.round))
        recall = house.casino._hub._recall
        usual = recall.refuse

        async def away(*_arguments: Any) -> None:
            raise OSError

        monkeypatch.setattr(recall, "refuse", away)
        doubtful = await seat.wire.ask("spin", **early)
        assert told(doubtful) == ("in_doubt", "unknown")
        monkeypatch.setattr(recall, "refuse", usual)
        assert told(await seat.wire.ask("spin", doubtful.id, **early)) == ("stale_round", "final")
        assert await house.count("wager") == 0


async def test_a_refused_id_takes_no_other_content(database: Database) -> None:
    """An id that was refused says so to the same request again, in either codec; to no other."""
    async with open_house(database) as house:
        seat = await house.seat()
        token = seat.wire.welcome["token"]
        body = seat.body({"stake": 21})
        refused = await seat.wire.ask("spin", **body)
        assert told(refused) == ("stake_not_whole", "final")
        other = await seat.wire.ask("spin", refused.id, **{**body, "bets": STAKE})
        assert told(other) == ("request_id_reused", "final")
        assert told(await seat.wire.ask("spin", refused.id, **body)) == told(refused)
        await seat.wire.drop()
        wire = await house.resume(token, subprotocol=JSON)
        assert told(await wire.ask("spin", refused.id, **body)) == told(refused)
        assert await house.count("wager") == 0


async def test_an_id_that_may_be_on_record_is_never_told_as_not_executed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 3: when too much is under way to look an id up, it is in doubt, not temporary."""
    async with open_house(database, gateway__max_in_flight=3) as house:
        seat = await house.seat()
        bodies: list[dict[str, Any]] = []
        for _ in range(ANSWERS_KEPT + 4):
            bodies.append(seat.body(STAKE))
            assert seat.took(await seat.wire.ask("spin", **bodies[-1])).type == "played"
        first = seat.wire.new_id() - len(bodies)
        recall = house.casino._hub._recall
        usual, opened = recall.known, asyncio.Event()

        async def slow(*arguments: Any) -> Any:
            await opened.wait()
            return await usual(*arguments)

        monkeypatch.setattr(recall, "known", slow)
        for index in range(3):
            await seat.wire.send("spin", bodies[index], first + index)
        crowded = await seat.wire.ask("spin", first + 3, **bodies[3])
        assert told(crowded) == ("in_doubt", "unknown")
        opened.set()
        for index in range(3):
            assert (await seat.wire.answer(first + index, 1)).type == "played"
        assert (await seat.wire.ask("spin", first + 3, **bodies[3])).type == "played"
        assert await house.count("wager") == len(bodies)


async def test_requests_behind_a_resume_get_their_answers(database: Database) -> None:
    """A client need not wait for its welcome: what it sends behind resume is answered after it."""
    async with open_house(database) as house:
        seat = await house.seat()
        body = seat.body(STAKE)
        played = await seat.wire.ask("spin", **body)
        await seat.wire.drop()
        wire = await house.connect()
        resume = {"token": seat.wire.welcome["token"], "client": CLIENT}
        await wire.send("resume", resume, 50)
        await wire.send("spin", body, played.id)
        await wire.send("balance", {}, 51)
        assert (await wire.answer(50)).type == "welcome"
        again = await wire.answer(played.id)

        assert (again.type, again.body["seed"]) == ("played", played.body["seed"])
        assert (await wire.answer(51)).type == "balance_now"
        assert next(answer.id for answer in wire.received) == 50


async def test_one_id_for_two_different_requests(house: House) -> None:
    """Of two requests under one id that differ, the second is told so, money or not."""
    wire = await house.player()
    await wire.send("history", {"limit": 5}, 60)
    await wire.send("balance", {}, 60)
    await wire.send("history", {"limit": 6}, 60)
    await wire.answer(60, 2)
    codes = sorted(answer.body.get("code", "") for answer in wire.answers[60])
    assert codes == ["", "request_id_reused", "request_id_reused"]
