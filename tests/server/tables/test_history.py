"""Tests of `server.tables.history`: a player's ended rounds, newest first, page by page."""

from __future__ import annotations

from typing import Any

from tests.server.harness import House
from tests.server.wire import Wire

STAKE = {"stake": 20}


async def page(wire: Wire, **body: Any) -> dict[str, Any]:
    """Return one page."""
    answer = await wire.ask("history", **body)
    assert answer.type == "history_list", answer
    return answer.body


async def everything(wire: Wire, limit: int) -> list[dict[str, Any]]:
    """Read page after page to the end."""
    rounds: list[dict[str, Any]] = []
    body: dict[str, Any] = {"limit": limit}
    while True:
        told = await page(wire, **body)
        assert len(told["rounds"]) <= limit
        rounds += told["rounds"]
        if not told["more"]:
            return rounds
        assert len(told["rounds"]) == limit
        body["before"] = rounds[-1]["round"]


async def test_empty(house: House) -> None:
    """Who has not played has no history; an open round is not part of it."""
    seat = await house.seat("blackjack")
    assert await page(seat.wire) == {"rounds": [], "more": False}
    played = await seat.open_round()
    ended = {entry["round"] for entry in (await page(seat.wire))["rounds"]}
    assert played["round"] not in ended


async def test_newest_first_over_games(house: House) -> None:
    """Rounds of several tables stand in the order in which they ended; no page loses or repeats."""
    wire = await house.player("100000.00")
    reels, wheel = await house.sit(wire), await house.sit(wire, "roulette")
    hand = await house.sit(wire, "blackjack")
    red = {"bets": [{"bet": "red", "stake": 50}]}
    told = []
    opened = (await hand.deal()).body
    for index in range(12):
        told.append((await reels.spin()).body)
        told.append((await wheel.bet("spin", red)).body)
        if index == 5:
            told.append(await hand.finish(opened))  # ended when already dealt: maybe at once
    expected = [body["round"] for body in reversed(told)]
    if opened["finished"]:
        expected.remove(opened["round"])
        expected.append(opened["round"])
    for limit in (1, 3, 7, 25, 100):
        rounds = await everything(wire, limit)
        assert [entry["round"] for entry in rounds] == expected
    by_id = {body["round"]: body for body in told}
    for entry in rounds:
        body = by_id[entry["round"]]
        assert (entry["stake"], entry["payout"]) == (body["stake"], body["payout"])
        assert entry["voided"] is False
        assert entry["version"] == 1
    assert {entry["game"] for entry in rounds} == {"slot", "roulette", "blackjack"}
    ended = [entry["ended_ms"] for entry in rounds]
    assert ended == sorted(ended, reverse=True)


async def test_over_many_empty_chains(house: House) -> None:
    """History goes back as far as there are rounds, though many sittings in between had none."""
    wire = await house.player()
    expected: list[str] = []
    for index in range(206):
        seat = await house.sit(wire)
        if index in {0, 100, 205}:
            for _ in range(2):
                expected.insert(0, (await seat.spin()).body["round"])
        assert (await wire.ask("leave", table=seat.table)).type == "left"
    for limit in (1, 2, 3, 100):
        rounds = await everything(wire, limit)
        assert [entry["round"] for entry in rounds] == expected


async def test_positions_that_are_none(house: House) -> None:
    """A position must be an ended round of the player's own."""
    other = await house.seat()
    theirs = (await other.spin()).body["round"]
    seat = await house.seat("blackjack")
    played = await seat.open_round()
    for name in (theirs, played["round"], "1-1", "x", "-", f"{2**63}-1", "9" * 64):
        assert await seat.wire.refusal("history", before=name) == "unknown_round"
    for body in ({"limit": 0}, {"limit": 101}, {"limit": -1}, {"limit": 2**60}):
        assert await seat.wire.refusal("history", **body) == "number_out_of_bounds"
    for wrong in ({"limit": 1.5}, {"limit": "5"}, {"before": ""}, {"before": 5}):
        request = await seat.wire.send("history", wrong)
        assert (await seat.wire.answer(request)).code == "invalid_body"
