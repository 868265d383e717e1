"""Tests of `server.console.replays`: finished rounds, played again for operators."""

from __future__ import annotations

from server.console.replays import Replays
from server.fairness.proof import verify_proof
from tests.server.harness import House


def replays(house: House) -> Replays:
    """Return the replays of a node."""
    return Replays(house.casino._pool, house.casino._records)


async def test_a_finished_round(house: House) -> None:
    """A round is told with its bets, its result and a proof that holds."""
    seat = await house.seat("roulette")
    bets = {"bets": [{"bet": "red", "stake": 100}, {"bet": "straight-17", "stake": 50}]}
    answer = await seat.bet("spin", bets)
    assert answer.type == "played", answer
    told = await replays(house).of(answer.body["round"])
    assert told is not None
    assert (told.game, told.currency, told.exponent) == ("roulette", "EUR", 2)
    assert (told.staked, told.paid) == (150, answer.body["payout"])
    assert told.agrees
    assert [(step.kind, step.text, step.amount) for step in told.steps[:2]] == [
        ("bet", "red", 100),
        ("bet", "straight-17", 50),
    ]
    assert told.steps[-1].kind == "result"
    assert told.steps[-1].amount == told.paid
    assert told.result == told.steps[-1].text != ""
    assert told.proof is not None
    assert verify_proof(told.proof, house.casino.catalogue).ok


async def test_decisions(house: House) -> None:
    """Decisions stand between bet and result, those of the house as its own."""
    seat = await house.seat("blackjack")
    opened = await seat.open_round(option="stand")
    await seat.finish((await seat.act(opened, "stand")).body)
    told = await replays(house).of(opened["round"])
    assert told is not None
    first, *decisions, last = told.steps
    assert (first.kind, {step.kind for step in decisions}, last.kind) == (
        "bet",
        {"decision"},
        "result",
    )
    assert (decisions[-1].text, decisions[-1].by_house) == ("stand", False)
    assert told.agrees


async def test_an_open_round_is_not_told(house: House) -> None:
    """Of a round that has not ended nothing is told: a replay would know its cards."""
    seat = await house.seat("blackjack")
    opened = await seat.open_round()
    assert await replays(house).of(opened["round"]) is None


async def test_no_round(house: House) -> None:
    """What is no round's id, or of no round, finds nothing."""
    for text in ("", "7", "7-1", "x-1", "1-x", "9" * 30 + "-1", "-1", "1-99999"):
        assert await replays(house).of(text) is None


async def test_a_record_that_does_not_follow(house: House) -> None:
    """C5: where what was paid is not what the replay pays, that is said."""
    seat = await house.seat("roulette")
    answer = await seat.bet("spin", {"bets": [{"bet": "red", "stake": 100}]})
    async with house.database.connected("superuser") as superuser:
        await superuser.execute(
            "SET session_replication_role = replica; UPDATE croupier.wager SET payout = payout + 1"
        )
    told = await replays(house).of(answer.body["round"])
    assert told is not None
    assert not told.agrees
