"""Tests of `server.tables.records`: rounds read back, played again, and proved."""

from __future__ import annotations

import pytest

from games.blackjack import Blackjack
from games.catalogue import Catalogue, standard
from games.roulette import EuropeanRoulette
from games.slots.machine import shipped_machines
from server.fairness.proof import verify_proof
from server.tables.records import parse_round_id
from tests.postgres import Database
from tests.server.harness import House, Seat, open_house


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("7203-17", (7203, 17)),
        ("1-1", (1, 1)),
        (f"{2**63 - 1}-1024", (2**63 - 1, 1024)),
        (f"{2**63}-1", None),
        ("9" * 20 + "-1", None),
        ("1-10000", None),
        ("1", None),
        ("-", None),
        ("-1", None),
        ("1-", None),
        ("1--1", None),
        ("1-1-1", None),
        (" 1-1", None),
        ("+1-1", None),
        ("1_0-1", None),
        ("\u0661-1", None),
        ("1-\u00b2", None),
        ("", None),
    ],
)
def test_round_ids(text: str, parsed: tuple[int, int] | None) -> None:
    """A round id is a chain, a dash and a number; nothing else is taken for one."""
    assert parse_round_id(text) == parsed


async def test_proofs(house: House) -> None:
    """The proof of any ended round is right in every step, played by the player or the platform."""
    wire = await house.player("100000.00")
    red = {"bets": [{"bet": "red", "stake": 50}, {"bet": "straight-7", "stake": 10}]}
    for game in ("slot", "roulette", "blackjack"):
        seat = await house.sit(wire, game)
        for _ in range(5):
            if game == "blackjack":
                played = await seat.finish((await seat.deal()).body)
            else:
                bets = red if game == "roulette" else {"stake": 20}
                played = (await seat.bet("spin", bets)).body
            answer = await wire.ask("round", round=played["round"])
            assert answer.type == "round_proof", answer
            proof = answer.body["proof"]
            verification = verify_proof(proof, standard())
            assert verification.ok, verification
            assert proof["round"] == played["round"]
            assert (proof["stake"], proof["payout"]) == (played["stake"], played["payout"])
            assert proof["seed"] == played["seed"].hex()
            assert proof["outcome"] == played["view"]


async def test_no_proof_of_an_open_round(house: House) -> None:
    """The proof of an open round is refused: it would tell the seed (A17)."""
    seat = await house.seat("blackjack")
    played = await seat.open_round()
    refused = await seat.wire.ask("round", round=played["round"])
    assert refused.code == "round_undecided"
    ended = await seat.finish(played)
    assert (await seat.wire.ask("round", round=ended["round"])).type == "round_proof"


async def test_proofs_of_other_players(house: House) -> None:
    """A round of somebody else, open or ended, or of nobody, is simply unknown."""
    other = await house.seat("blackjack")
    ended = await other.finish((await other.deal()).body)
    opened = await other.open_round()
    wire = await house.player()
    for name in (
        ended["round"],
        opened["round"],
        f"{opened['round'].partition('-')[0]}-99",
        "1-1",
        "x",
        "1",
        "9" * 64,
        f"{2**63}-1",
        "'; DROP TABLE round; --",
    ):
        request = wire.new_id()
        body = {"round": name}
        await wire.send("round", body, request)
        answer = await wire.answer(request)
        code = "invalid_body" if " " in name else "unknown_round"
        assert answer.code == code, name
    for wrong in ({"round": "a\0b"}, {"round": ""}, {"round": "x" * 65}, {}):
        request = await wire.send("round", wrong)
        assert (await wire.answer(request)).code == "invalid_body"


async def test_a_record_replays_to_what_was_told(house: House) -> None:
    """Replaying the record of every round gives the payout that its player was told (C2)."""
    wire = await house.player("100000.00")
    hand, reels = await house.sit(wire, "blackjack"), await house.sit(wire)
    told = {}
    for _ in range(15):
        for played in (
            await hand.finish((await hand.deal()).body),
            (await reels.spin()).body,
        ):
            told[played["round"]] = (played["stake"], played["payout"])
    records = house.casino._hub._recall._records
    for name, (stake, payout) in told.items():
        parsed = parse_round_id(name)
        assert parsed is not None
        record = await records.ended(*parsed)
        assert record is not None
        state = record.state()
        assert state.finished
        assert (state.stakes[0], state.payouts[0]) == (stake, payout)
        assert (record.stake, record.payout) == (stake, payout)
        assert await records.undecided(*parsed) is None


async def test_an_open_record_gives_no_proof(house: House) -> None:
    """Asked for the proof of an open round by mistake, the record itself refuses."""
    seat = await house.seat("blackjack")
    played = await seat.open_round()
    parsed = parse_round_id(played["round"])
    assert parsed is not None
    record = await house.casino._hub._recall._records.undecided(*parsed)
    assert record is not None
    with pytest.raises(ValueError, match="ended round"):
        record.proof()


async def test_no_round_follows_on_a_restored_chain(database: Database) -> None:
    """A round that was open in a backup ends; its chain is retired, so the next is on another."""
    async with open_house(database) as house:
        seat = await house.seat("blackjack")
        played = await seat.open_round()
        await house.crash()
        await house.owner.execute("SELECT croupier.after_restore()")
        await house.restart()
        wire = await house.hello(await house.ticket(int(seat.wire.welcome["player"])))
        (state,) = wire.welcome["tables"]
        back = Seat(wire, state["snapshot"])
        await back.finish(played)
        await back.ready()
        following = (await back.deal()).body["round"]
        assert following.partition("-")[0] != played["round"].partition("-")[0]
        assert following.endswith("-1")


async def test_rounds_of_a_program_that_runs_beside_this_one(database: Database) -> None:
    """While a node of another version runs, a round of its rules is left to it, and not parked."""
    games = (*shipped_machines(), EuropeanRoulette())
    async with open_house(database, Catalogue((*games, Blackjack()))) as house:
        seat = await house.seat("blackjack")
        await seat.open_round()
        house.casino.catalogue = Catalogue(games)
        await house.owner.execute(
            "INSERT INTO croupier.node (id, epoch) VALUES (77, 1);"
            "INSERT INTO croupier.node_heartbeat"
            " (node, epoch, announced_epoch, started_at, at, program, state) VALUES (77, 1, 1,"
            " now(), now() + interval '1 h', '9.9.9 (schema 99)', 'ready')"
        )
        for _ in range(3):
            await house.restart()
            assert house.casino.open_rounds == (0, 1)
        assert not await house.owner.fetchval(
            "SELECT parked OR failures > 0 FROM croupier.open_round"
        )
        await house.owner.execute("DELETE FROM croupier.node_heartbeat WHERE node = 77")
        house.expected_errors |= {"open round does not replay"}
        for _ in range(2):
            await house.restart()
        assert await house.owner.fetchval("SELECT parked FROM croupier.open_round")
